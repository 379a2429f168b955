"""What nbgrader's tools rely on: the secret that feedback is given back by, an exam drawn after the work came in."""

from __future__ import annotations

import os
import time

import pytest

from autograde.course import find_course
from autograde.grade import Submission
from autograde.nbgrader_adapter.gradebook import _secret
from autograde.nbgrader_adapter.plugins import _Exams
from tests import sample_class

NAME = "padding"
SECRET = "0123456789abcdef" * 8


@pytest.fixture
def work(tmp_path):
    return Submission("someone", tmp_path / f"{NAME}.ipynb")


def test_a_submissions_secret_is_kept(work):
    (work.path.parent / "submission_secret.txt").write_text(SECRET, "utf-8")
    assert _secret(work) == SECRET


@pytest.mark.parametrize("content", [None, b"", b"short", b"\xff" * 64, b"../" * 30, b"0" * 10**6])
def test_what_is_no_secret_is_replaced_by_a_new_one(work, content):
    if content is not None:
        (work.path.parent / "submission_secret.txt").write_bytes(content)
    first, second = _secret(work), _secret(work)
    assert len(first) == len(second) == 128
    assert first != second


def test_a_link_is_no_secret(work, tmp_path):
    (tmp_path / "elsewhere").write_text(SECRET, "utf-8")
    (work.path.parent / "submission_secret.txt").symlink_to(tmp_path / "elsewhere")
    assert _secret(work) != SECRET


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
