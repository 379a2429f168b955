"""A killed run, a full disk, a locked gradebook, two graders, a cluster: everyone is graded once, nothing is lost."""

from __future__ import annotations

import contextlib
import fcntl
import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests import sample_class, servers
from tests.conftest import document, marked, programs, sandboxes, skip_or_fail, source_of, submission

NAME = "padding"
BIN = Path(sys.executable).parent
STUDENTS = 24


def _command(*arguments):
    return [str(BIN / arguments[0]), *arguments[1:]]


def _run(folder, *arguments, **options):
    return subprocess.run(_command(*arguments), cwd=folder, capture_output=True, text=True, check=False, **options)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A course with a class of its own: right and wrong in turn, one late, one with a manual grade to come."""
    folder = tmp_path_factory.mktemp("made") / "course"
    sample_class.make_course(folder)
    sample_class.release(folder, NAME)
    bank = list(programs(NAME))
    for number in range(STUDENTS):
        program = bank[(5 * number) % len(bank)]
        path = folder / "submitted" / f"s{number:03d}" / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(document(submission(NAME, {program.function: program.source})))
        (path.parent / "timestamp.txt").write_text("2026-01-02 10:00:00 UTC", "utf-8")
    return folder


@pytest.fixture
def classroom(made, tmp_path):
    """A copy of the course for one test."""
    folder = tmp_path / "course"
    shutil.copytree(made, folder, symlinks=True)
    return folder


@pytest.fixture(scope="module")
def expected(made, tmp_path_factory):
    """The class's scores when nothing comes in between."""
    folder = tmp_path_factory.mktemp("undisturbed") / "course"
    shutil.copytree(made, folder, symlinks=True)
    return _graded(folder)


def _scores(folder, url=None):
    from nbgrader.api import Gradebook

    with Gradebook(url or f"sqlite:///{folder / 'gradebook.db'}") as book:
        entries = book.assignment_submissions(NAME)
        scores = {entry.student.id: entry.score for entry in entries}
        assert len(scores) == len(entries)
        return scores


def _graded(folder, *options):
    done = _run(folder, "autograde", "grade", NAME, "--json", "report.json", "--jobs", "2", *options)
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads((folder / "report.json").read_text("utf-8"))
    return {entry["student"]: entry["score"] for entry in report["submissions"]}


def test_killed_at_many_moments_everyone_is_graded_once(classroom):
    from nbgrader.api import Gradebook

    command = _command("autograde", "grade", NAME, "--jobs", "2", "--force")
    for moment in (0.8, 2.5, 3.2, 4.0, 5.0):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, cwd=classroom, env=marked(str(classroom)), **quiet)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
    scores = _graded(classroom)
    assert len(scores) == STUDENTS
    assert _scores(classroom) == scores
    # Their parent's death ends them; one that is dead but not yet reaped has no command line any more.
    assert sandboxes(str(classroom)) == []

    student = "s003"
    with Gradebook(f"sqlite:///{classroom / 'gradebook.db'}") as book:
        book.find_assignment(NAME).duedate = None
        grade = book.find_grade("test_pad2d", NAME, NAME, student)
        grade.manual_score, grade.extra_credit = 0.5, 0.25
        comment = book.find_comment("pad2d", NAME, NAME, student)
        comment.manual_comment = "See me."
        book.update_or_create_assignment(NAME, duedate="2026-01-01 10:00:00 UTC")
        book.db.commit()
    again = _graded(classroom, "--force")
    assert again == scores
    with Gradebook(f"sqlite:///{classroom / 'gradebook.db'}") as book:
        grade = book.find_grade("test_pad2d", NAME, NAME, student)
        assert (grade.manual_score, grade.extra_credit, grade.needs_manual_grade) == (0.5, 0.25, True)
        assert book.find_comment("pad2d", NAME, NAME, student).manual_comment == "See me."
        assert book.find_submission(NAME, student).total_seconds_late == 86400


def test_a_second_grader_says_so_and_leaves(classroom):
    (classroom / ".autograde").mkdir(exist_ok=True)
    with (classroom / ".autograde" / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = _run(classroom, "autograde", "grade", NAME)
        assert done.returncode == 2
        assert "another grader is at work" in done.stderr
        assert done.stderr.count("\n") == 1
    assert len(_graded(classroom)) == STUDENTS


def test_a_locked_gradebook_loses_nothing(classroom):
    lock = sqlite3.connect(classroom / "gradebook.db")
    lock.execute("BEGIN EXCLUSIVE")
    done = _run(classroom, "autograde", "grade", NAME)
    assert done.returncode == 2
    assert "gradebook" in done.stderr
    assert "Traceback" not in done.stderr
    lock.rollback()
    lock.close()
    scores = _graded(classroom)
    assert len(scores) == STUDENTS
    assert _scores(classroom) == scores


def test_an_unreachable_gradebook_is_one_line(classroom):
    done = _run(classroom, "autograde", "grade", NAME, "--db", "sqlite:////nowhere/at/all.db")
    assert done.returncode == 2
    assert "cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_loses_nothing(classroom):
    if shutil.which("bwrap") is None:
        skip_or_fail("bubblewrap is missing")
    (classroom / "autograded").mkdir()
    wall = ["bwrap", "--dev-bind", "/", "/", "--size", "150000", "--tmpfs", str(classroom / "autograded"), "--"]
    command = [*wall, *_command("autograde", "grade", NAME, "--jobs", "2")]
    done = subprocess.run(command, cwd=classroom, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr[-2000:]
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    scores = _graded(classroom)
    assert len(scores) == STUDENTS
    assert _scores(classroom) == scores
    assert len(list((classroom / "autograded").glob(f"*/{NAME}/{NAME}.ipynb"))) == STUDENTS


def test_new_work_is_graded_and_old_work_is_not_graded_again(classroom):
    first = _graded(classroom)
    notebook = classroom / "submitted" / "s000" / NAME / f"{NAME}.ipynb"
    stamps = {p: p.stat().st_mtime_ns for p in (classroom / "autograded").rglob("*.ipynb")}
    notebook.write_bytes(document(submission(NAME)))
    second = _graded(classroom)
    assert second["s000"] == source_of(NAME).max_score
    assert {s: v for s, v in second.items() if s != "s000"} == {s: v for s, v in first.items() if s != "s000"}
    changed = [p for p, stamp in stamps.items() if p.stat().st_mtime_ns != stamp]
    assert [p.parts[-3] for p in changed] == ["s000"]


def _on_the_cluster(folder, port, *options):
    """A run on a cluster, and what it said until somebody was graded."""
    address = f"tcp://127.0.0.1:{port}"
    command = _command("autograde", "grade", NAME, "--json", "report.json", "--scheduler", address, *options)
    run = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    said = ""
    while "/24" not in said.replace(" 0/24", ""):
        said += run.stderr.read(1) or pytest.fail(said)
    return run, said


def test_a_cluster_gives_the_same_scores_though_a_worker_dies_and_one_comes_late(classroom, expected):
    pytest.importorskip("distributed", reason="Dask is not installed")
    port = servers.free_port()
    # Whoever has the exam grades with NumPy alone.
    bare = ("--preload", str(Path(__file__).with_name("no_torch_no_content.py")))
    with servers.scheduler(port, classroom):
        with servers.worker(port, classroom, *bare) as doomed:
            run, said = _on_the_cluster(classroom, port)
            doomed.kill()
            doomed.wait()
            with servers.worker(port, classroom, *bare):
                _, rest = run.communicate(timeout=300)
        assert run.returncode == 0, (said + rest)[-3000:]
    report = json.loads((classroom / "report.json").read_text("utf-8"))
    assert {entry["student"]: entry["score"] for entry in report["submissions"]} == expected
    assert _scores(classroom) == expected


def test_a_scheduler_that_dies_and_comes_back_loses_nothing(classroom, expected):
    pytest.importorskip("distributed", reason="Dask is not installed")
    port = servers.free_port()
    with servers.scheduler(port, classroom) as doomed, servers.worker(port, classroom):
        run, said = _on_the_cluster(classroom, port)
        doomed.kill()
        doomed.wait()
        _, rest = run.communicate(timeout=300)
    assert run.returncode == 2, (said + rest)[-3000:]
    assert "the scheduler is gone" in rest
    assert "Traceback" not in rest
    with servers.scheduler(port, classroom), servers.worker(port, classroom):
        again = _run(classroom, "autograde", "grade", NAME, "--scheduler", f"tcp://127.0.0.1:{port}")
    assert again.returncode == 0, again.stderr[-3000:]
    kept = re.search(r"^(\d+) submissions are graded already", again.stderr, re.M)
    assert kept
    assert 1 <= int(kept[1]) < STUDENTS
    assert _scores(classroom) == expected
    assert len(list((classroom / ".autograde" / NAME).glob("*.json"))) == STUDENTS


def test_no_scheduler_is_one_line(classroom):
    done = _run(classroom, "autograde", "grade", NAME, "--scheduler", f"tcp://127.0.0.1:{servers.free_port()}")
    assert done.returncode == 2
    assert "no Dask scheduler answers" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def postgres(tmp_path_factory):
    """A PostgreSQL server of this test's."""
    if servers.postgres_programs() is None:
        skip_or_fail("PostgreSQL is not installed (apt-get install postgresql)")
    with servers.postgres(tmp_path_factory.mktemp("postgres")) as address:
        yield address


def test_a_postgresql_gradebook_holds_the_same(classroom, expected, postgres):
    config = (classroom / "nbgrader_config.py").read_text("utf-8")
    (classroom / "nbgrader_config.py").write_text(f"{config}\nc.CourseDirectory.db_url = {postgres!r}\n", "utf-8")
    assert _run(classroom, "autograde", "release", NAME).returncode == 0
    assert _graded(classroom, "--db", postgres) == expected
    assert _scores(classroom, postgres) == expected
