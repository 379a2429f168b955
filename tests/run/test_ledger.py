"""What was graded is what is recorded; what decides a score regrades; a damaged or old record stops nothing."""

from __future__ import annotations

import json
import shutil

import pytest

from autograde import cli
from autograde.course import find_course
from autograde.run import classroom, ledger
from autograde.run.submission import Submission, receive
from tests import sample_class
from tests.conftest import document, programs, submission

NAME = "padding"
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning", "ignore::DeprecationWarning")
WRONG = next(one for one in programs(NAME) if one.misconception)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ledger") / "course"
    sample_class.make_course(folder)
    sample_class.release(folder, NAME)
    return folder


@pytest.fixture
def course(made, tmp_path, monkeypatch):
    """A course with two students, one of them wrong."""
    folder = tmp_path / "course"
    shutil.copytree(made, folder, symlinks=True)
    monkeypatch.chdir(folder)
    for student, replaced in (("ada", {}), ("bob", {WRONG.function: WRONG.source})):
        hand_in(folder, student, replaced)
    return folder


def hand_in(folder, student, replaced, timestamp="2026-01-02 10:00:00 UTC"):
    path = folder / "submitted" / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(document(submission(NAME, replaced)))
    (path.parent / "timestamp.txt").write_text(timestamp, "utf-8")


def grade(capsys):
    capsys.readouterr()
    assert cli.main(["grade", NAME, "--json", "-", "--jobs", "1"]) == 0
    out, err = capsys.readouterr()
    return {one["student"]: one["score"] for one in json.loads(out)["submissions"]}, err


def test_work_that_is_replaced_while_it_is_graded_is_graded_again(course, capsys, monkeypatch):
    real = classroom.receive

    def replaced_at_once(submission_, policy):
        taken = real(submission_, policy)
        if submission_.student == "ada":
            hand_in(course, "ada", {WRONG.function: WRONG.source}, "2026-01-05 10:00:00 UTC")
        return taken

    with monkeypatch.context() as patch:
        patch.setattr(classroom, "receive", replaced_at_once)
        first, _ = grade(capsys)
    kept = (course / "autograded" / "ada" / NAME / "timestamp.txt").read_text("utf-8")
    assert kept.startswith("2026-01-02")
    again, said = grade(capsys)
    assert again["ada"] < first["ada"]
    assert "1 are graded anew: the submission changed since" in said
    assert "1 submissions are graded already" in said


def test_a_timestamp_that_changes_while_it_is_read_is_read_with_its_work(course, monkeypatch):
    from autograde.run import submission as module

    path = course / "submitted" / "ada" / NAME / f"{NAME}.ipynb"
    real, calls = module.read_work, []

    def replaced_once(one, policy):
        work = real(one, policy)
        if not calls:
            hand_in(course, "ada", {WRONG.function: WRONG.source}, "2026-01-07 10:00:00 UTC")
        calls.append(work)
        return work

    monkeypatch.setattr(module, "read_work", replaced_once)
    work, receipt = receive(Submission("ada", path), find_course(course).policy)
    assert len(calls) == 2
    assert (work.digest, receipt.digest) == (calls[1].digest, calls[1].digest)
    assert receipt.timestamp.startswith("2026-01-07")


@pytest.mark.parametrize("file", [f"{NAME}/questions.py", f"{NAME}/reference.py", "filter_arithmetic/reference.py"])
def test_a_mended_reference_or_question_regrades_and_says_why(course, capsys, file):
    grade(capsys)
    _, said = grade(capsys)
    assert "2 submissions are graded already" in said
    with (course / "solutions" / file).open("a", encoding="utf-8") as mended:
        mended.write("\n# mended\n")
    _, said = grade(capsys)
    assert "2 are graded anew: the assignment's tests changed since" in said


def test_a_mended_checker_regrades_and_says_why(course, capsys, monkeypatch):
    grade(capsys)
    monkeypatch.setattr(ledger, "_engine", lambda: "another checker")
    _, said = grade(capsys)
    assert "2 are graded anew: the grader changed since" in said


def test_a_chapter_that_is_not_used_regrades_nothing(course, capsys):
    grade(capsys)
    with (course / "solutions" / "resnet" / "questions.py").open("a", encoding="utf-8") as mended:
        mended.write("\n# mended\n")
    _, said = grade(capsys)
    assert "2 submissions are graded already" in said


def test_a_damaged_record_is_left_out_of_the_report_and_graded_again(course, capsys):
    grade(capsys)
    path = sorted((course / ".autograde" / NAME).glob("*.json"))[0]
    path.write_text(path.read_text("utf-8")[:-40], "utf-8")
    assert cli.main(["report", NAME]) == 0
    said = capsys.readouterr()
    assert "on 1 submissions" in said.out
    assert f"{path} is damaged and left out" in said.err
    scores, said = grade(capsys)
    assert len(scores) == 2
    assert "1 submissions are graded already" in said


def test_a_function_that_was_renamed_and_an_idea_that_is_gone_are_told(course, capsys):
    grade(capsys)
    for path in (course / ".autograde" / NAME).glob("*.json"):
        text = path.read_text("utf-8").replace('"pad2d"', '"pad"')
        path.write_text(text.replace(f'"{WRONG.misconception}"', '"an_old_idea"'), "utf-8")
    assert cli.main(["report", NAME]) == 0
    page = (course / ".autograde" / f"{NAME}.html").read_text("utf-8")
    assert "an_old_idea (an idea that the assignment no longer knows)" in page


def test_who_has_left_the_class_is_not_in_the_report(course, capsys):
    grade(capsys)
    shutil.rmtree(course / "submitted" / "bob")
    assert cli.main(["report", NAME]) == 0
    said = capsys.readouterr()
    assert "on 1 submissions" in said.out
    assert "1 who were graded have left the class and are left out" in said.err
    assert "bob" not in (course / ".autograde" / f"{NAME}.html").read_text("utf-8")


def test_ctrl_c_is_one_line(course, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(classroom, "receive", interrupted)
    assert cli.main(["grade", NAME, "--jobs", "1"]) == 130
    assert "autograde: stopped; what is graded is saved" in capsys.readouterr().err
