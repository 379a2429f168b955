"""What nbgrader's tools rely on: the secret that feedback is given back by, an exam drawn after the work came in."""

from __future__ import annotations

import os
import time

import pytest

from autograde.course import find_course
from autograde.nbgrader_adapter.plugins import _Exams
from autograde.policy import Policy
from autograde.run.submission import Submission, receive
from tests import sample_class

NAME = "padding"
SECRET = "0123456789abcdef" * 8


@pytest.fixture
def work(tmp_path):
    return Submission("someone", tmp_path / f"{NAME}.ipynb")


def _secret(work):
    return receive(work, Policy())[1].secret


def test_a_submissions_secret_is_kept(work):
    (work.path.parent / "submission_secret.txt").write_text(SECRET, "utf-8")
    assert _secret(work) == SECRET


@pytest.mark.parametrize("content", [None, b"", b"short", b"\xff" * 64, b"../" * 30, b"0" * 10**6])
def test_what_is_no_secret_counts_as_none(work, content):
    if content is not None:
        (work.path.parent / "submission_secret.txt").write_bytes(content)
    assert _secret(work) == ""


def test_a_link_is_no_secret(work, tmp_path):
    (tmp_path / "elsewhere").write_text(SECRET, "utf-8")
    (work.path.parent / "submission_secret.txt").symlink_to(tmp_path / "elsewhere")
    assert _secret(work) == ""


def test_the_formgrader_draws_anew_for_later_work_and_for_a_changed_source(tmp_path):
    sample_class.make_course(tmp_path)
    course, exams = find_course(tmp_path), _Exams()
    earlier = time.time() - 10
    first = exams.get(course, NAME, earlier)
    assert exams.get(course, NAME, earlier) is first
    later = exams.get(course, NAME, time.time() + 10)
    assert later.seed != first.seed
    assert exams.get(course, NAME, earlier) is later
    os.utime(course.source(NAME), ns=(1, 1))
    assert exams.get(course, NAME, earlier) is not later
