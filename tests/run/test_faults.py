"""A fault in one submission's reading, grading or saving is that submission's reason; the class goes on."""

import errno
import json
import os
import shutil
from concurrent.futures import Future
from pathlib import Path

import pytest
import sqlalchemy

from autograde import cli
from autograde.errors import GradebookError, IsolationError
from autograde.nbgrader_adapter import gradebook
from autograde.nbgrader_adapter.store import moment
from autograde.run import faults, workers
from autograde.run.submission import Work, misnamed
from autograde.run.workers import grade_all
from tests import sample_class
from tests.conftest import document, exam_of, source_of, submission

NAME = "padding"
STUDENTS = ("anna", "bea", "culprit", "dora")
FULL = source_of(NAME).max_score
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning", "ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    sample_class.make_course(folder)
    sample_class.release(folder, NAME)
    return folder


@pytest.fixture
def classroom(released, monkeypatch):
    for old in ("submitted", "autograded", ".autograde"):
        shutil.rmtree(released / old, ignore_errors=True)
    for student in STUDENTS:
        _hand_in(released, student)
    monkeypatch.chdir(released)
    return released


def _hand_in(folder, student):
    path = folder / "submitted" / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(document(submission(NAME)))
    return path


def _grade(capsys, *options):
    code = cli.main(["grade", NAME, "--jobs", "2", "--device", "cpu", "--json", "report.json", *options])
    report = json.loads(Path("report.json").read_text("utf-8"))
    return code, {entry["student"]: entry for entry in report["submissions"]}, capsys.readouterr().err


def _only_for_the_culprit(function, place):
    def wrapped(*arguments, **options):
        if "culprit" in str(place(*arguments)):
            raise TypeError("a value of \udcff\x1b[2K")
        return function(*arguments, **options)

    return wrapped


def _the_class_went_on(code, records, said, folder):
    assert code == 1
    assert {student: entry["score"] for student, entry in records.items() if student != "culprit"} == dict.fromkeys(
        ("anna", "bea", "dora"), FULL
    )
    assert records["culprit"]["score"] == 0
    assert records["culprit"]["reason"].startswith("the grader failed on this submission: TypeError; see ")
    assert "the grader itself failed on 1 submissions of padding: culprit" in said
    log = (folder / ".autograde" / faults.LOG).read_text("utf-8")
    assert "Traceback" in log
    assert "a value of \\udcff\\u001b[2K" in log


def test_a_fault_in_grading_is_one_submissions_reason_and_is_tried_again(classroom, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr(workers, "grade_cells", _only_for_the_culprit(workers.grade_cells, lambda *a: a[1]))
        _the_class_went_on(*_grade(capsys), classroom)
    code, records, said = _grade(capsys)
    assert (code, records["culprit"]["score"]) == (0, FULL)
    assert "3 submissions are graded already" in said


@pytest.mark.parametrize("what", ["graded_notebook", "_write", "moment"])
def test_a_fault_in_saving_leaves_out_the_culprit_alone(classroom, monkeypatch, capsys, what):
    place = {"graded_notebook": lambda *a: a[1].student if not a[1].reason else "", "_write": lambda *a: a[0]}
    if what == "moment":
        (classroom / "submitted" / "culprit" / NAME / "timestamp.txt").write_text("culprit", "utf-8")
    broken = _only_for_the_culprit(getattr(gradebook, what), place.get(what, lambda *a: a[0]))
    monkeypatch.setattr(gradebook, what, broken)
    _the_class_went_on(*_grade(capsys), classroom)


def test_what_concerns_all_still_ends_the_run(classroom, monkeypatch, capsys):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(gradebook, "_write", full)
    assert cli.main(["grade", NAME, "--device", "cpu"]) == 2
    assert "No space left on device" in capsys.readouterr().err
    for error in (GradebookError("x"), IsolationError("x"), OSError(errno.EROFS, "x")):
        assert faults.concerns_all(error)
    for error in (
        TypeError("x"),
        NotADirectoryError(errno.ENOTDIR, "x"),
        sqlalchemy.exc.StatementError("x", "", (), None),
    ):
        assert not faults.concerns_all(error)


ODD_NAMES = [os.fsdecode(b"caf\xe9"), "line\nbreak", "erase\x1b[2K", "\u202etxt", "a" * 129, "tab\there"]


def test_a_folder_whose_name_is_no_id_has_its_reason_and_stops_nobody(classroom, capsys):
    for name in ODD_NAMES:
        _hand_in(classroom, name)
    code, records, said = _grade(capsys)
    assert code == 0, said
    assert len(records) == len(STUDENTS) + len(ODD_NAMES)
    odd = [entry for entry in records.values() if entry["reason"]]
    assert len(odd) == len(ODD_NAMES)
    assert all("rename it" in entry["reason"] and entry["score"] == 0 for entry in odd)
    assert {path.name for path in (classroom / "autograded").iterdir()} == set(STUDENTS)
    assert cli.main(["grade", NAME, "--device", "cpu"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\\u001b[2K" in out


@pytest.mark.parametrize("name", ["s001", "müller", "名前", "o'neil", "x;=1+1", "a b", "a" * 128])
def test_ordinary_names_are_ids(name):
    assert misnamed(name) == ""


def test_the_log_does_not_grow_for_ever(tmp_path):
    for _ in range(3):
        faults.log(tmp_path, "someone", "x" * (faults.MAX_LOG + 1))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["errors.log", "errors.log.old"]


class _Executor:
    """Gives each job the result, or the error, that it has for the student."""

    def __init__(self, errors):
        self.errors = errors

    def submit(self, job, exam, work):
        future = Future()
        error = self.errors.get(work.student)
        future.set_exception(error) if error else future.set_result(work.student)
        return future


class WorkersKilledError(Exception):
    """What Dask raises for work that ended its workers."""


def test_work_that_ends_its_workers_is_named_and_the_others_are_graded():
    works = [Work(student, "", b"") for student in STUDENTS]
    results = list(grade_all(works, _Executor({"culprit": WorkersKilledError("x")}), None, exam_of(NAME), 2))
    assert [one for one in results if isinstance(one, str)] == ["anna", "bea", "dora"] or len(results) == 4
    (culprit,) = [one for one in results if not isinstance(one, str)]
    assert "WorkersKilledError" in culprit.reason
    assert culprit.fault
    with pytest.raises(OSError, match="gone"):
        list(grade_all(works, _Executor({"bea": ConnectionError("the scheduler is gone")}), None, exam_of(NAME), 2))


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-01-10 12:00:00.000000 UTC", 12),
        ("2026-01-10 12:00:00 UTC", 12),
        ("2026-01-10 12:00:00", 12),
        ("2026-01-10 12:00:00.5 +0100", 11),
        ("2026-01-10 12:00:00 -02:30", 14),
        ("2026-01-10 12:00:00 Europe/Berlin", 11),
        ("2026-01-10 12:00:00 /proc/self/mem", None),
        ("2026-01-10 12:00:00 ../../../dev/zero", None),
        ("2026-01-10 12:00:00 tzdata.zi", None),
        ("2026-01-10 12:00:00 Europe", None),
        ("2026-01-10 12:00:00 +9999", None),
        ("0001-01-01 00:00:00 +2300", None),
        ("2026-13-10 12:00:00 UTC", None),
        ("yesterday, honestly", None),
        ("٢٠٢٦-01-10 12:00:00 UTC", None),
        ("12", None),
        ("", None),
    ],
)
def test_a_timestamp_is_read_strictly(text, hour):
    found = moment(text)
    assert (None if found is None else found.hour) == hour
