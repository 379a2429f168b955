"""Exams drawn ahead: one run takes each, nobody else can read it, and what changes a score throws it away."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autograde import cli
from autograde.course import find_course
from autograde.errors import UsageError
from autograde.exam.prepare import prepare
from autograde.run import ledger, shelf
from autograde.run.shelf import Shelf, exam_for
from autograde.sandbox import wire
from tests import sample_class
from tests.conftest import ASSIGNMENTS, SEED, document, exam_of, grade, submission

NAME = "padding"
draw_later = shelf.draw_later
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning", "ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shelf") / "course"
    sample_class.make_course(folder, draw_ahead=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        sample_class.release(folder, NAME)
        assert cli.main(["draw", NAME, "--count", "2", "--device", "cpu"]) == 0
    return folder


@pytest.fixture
def course(made, tmp_path, monkeypatch):
    """A course with two exams of one assignment at hand, and one submission."""
    folder = tmp_path / "course"
    shutil.copytree(made, folder, symlinks=True)
    # A copied course is another one: its files are found at another place, which the exams are bound to by content.
    monkeypatch.chdir(folder)
    path = folder / "submitted" / "ada" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(document(submission(NAME)))
    return find_course(folder)


def run(capsys, *arguments):
    """The seed that a command graded with."""
    capsys.readouterr()
    assert cli.main([*arguments, "--json", "-"]) == 0
    return json.loads(capsys.readouterr().out)["seed"]


def graded(capsys, *arguments):
    return run(capsys, "grade", NAME, "--force", "--jobs", "1", *arguments)


def test_a_run_takes_one_and_no_later_run_gets_it(course, capsys):
    held = Shelf(course)
    assert held.count(NAME) == 2
    first, second = graded(capsys), graded(capsys)
    assert held.count(NAME) == 0
    third = graded(capsys)
    assert len({first, second, third}) == 3


def test_check_takes_one_too(course, capsys):
    run(capsys, "check", f"submitted/ada/{NAME}/{NAME}.ipynb")
    assert Shelf(course).count(NAME) == 1


def test_it_is_gone_before_students_code_starts(course, monkeypatch):
    from autograde.run import workers

    def looks(*arguments):
        assert Shelf(course).count(NAME) == 1
        return real(*arguments)

    real = workers.grade_cells
    monkeypatch.setattr(workers, "grade_cells", looks)
    assert cli.main(["grade", NAME, "--jobs", "1"]) == 0


def test_a_seed_that_is_asked_for_is_drawn(course, capsys):
    assert graded(capsys, "--seed", "7") == 7
    assert Shelf(course).count(NAME) == 2


def test_an_exam_is_for_its_device(course):
    assert Shelf(course).take(NAME, "cuda") is None
    assert Shelf(course).take(NAME, "cpu") is not None


def test_two_runs_at_once_get_different_ones(course):
    start = threading.Barrier(8)

    def take(_):
        mine = Shelf(find_course(course.root))
        start.wait()
        return mine.take(NAME)

    with ThreadPoolExecutor(8) as pool:
        taken = [exam.seed for exam in pool.map(take, range(8)) if exam is not None]
    assert len(taken) == len(set(taken)) == 2


def test_nobody_else_can_read_them(course):
    folder = Shelf(course).folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*.*.*.*")} == {0o600}


def test_a_folder_that_others_can_read_is_no_shelf(course):
    held = Shelf(course)
    held.folder.chmod(0o755)
    assert held.take(NAME) is None
    with pytest.raises(UsageError, match="is not closed to others"):
        list(held.fill([NAME], "cpu", 3))
    held.folder.chmod(0o700)
    assert held.count(NAME) == 2


def test_a_folder_or_a_file_that_is_a_link_is_no_shelf(course, tmp_path):
    held = Shelf(course)
    for path in held.folder.glob("*.*.*.*"):
        path.rename(tmp_path / path.name)
        path.symlink_to(tmp_path / path.name)
    assert held.take(NAME) is None
    held.folder.rename(tmp_path / "elsewhere")
    held.folder.symlink_to(tmp_path / "elsewhere")
    assert held.count(NAME) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files that are somebody else's")
def test_a_file_of_somebody_elses_is_left_alone(course):
    for path in Shelf(course).folder.glob("*.*.*.*"):
        os.chown(path, 65534, 65534)
    assert Shelf(course).take(NAME) is None


def test_a_run_without_isolation_takes_none_and_leaves_none(course, capsys):
    held = Shelf(course)
    drawn = {pickle.loads(path.read_bytes())[1].seed for path in held.folder.glob("*.*.*.*")}
    seed = run(capsys, "check", f"submitted/ada/{NAME}/{NAME}.ipynb", "--no-isolation")
    assert seed not in drawn
    assert list(held.folder.glob("*.*.*.*")) == []


def _mend(course, where):
    if where == "the grader":
        return None
    path = course.root / where
    with path.open("a", encoding="utf-8") as file:
        file.write("\n")
    return path


@pytest.mark.parametrize(
    "where",
    [f"solutions/{NAME}/questions.py", f"solutions/{NAME}/notebook.py", f"exercises/{NAME}/check.py", "the grader"],
)
def test_what_changes_a_score_throws_them_away(course, where, monkeypatch):
    if _mend(course, where) is None:
        monkeypatch.setattr(ledger, "_engine", lambda: "another checker")
    assert Shelf(course).take(NAME) is None
    assert list(Shelf(course).folder.glob("*.*.*.*")) == []


@pytest.mark.parametrize("package", ["torch", "numpy", "python"])
def test_another_version_throws_them_away(course, package, monkeypatch):
    if package == "torch":
        monkeypatch.setattr(shelf.importlib.metadata, "version", lambda _: "99")
    elif package == "numpy":
        monkeypatch.setattr(shelf.np, "__version__", "99")
    else:
        monkeypatch.setattr(shelf.platform, "python_version", lambda: "3.99")
    assert Shelf(course).take(NAME) is None


def test_another_chapter_changes_nothing(course):
    _mend(course, "solutions/resnet/questions.py")
    assert Shelf(course).count(NAME) == 2


def test_an_address_in_the_book_that_moved_throws_it_away(course, monkeypatch):
    kind = type(course.content)
    monkeypatch.setattr(kind, "page", lambda *_: "chapters/elsewhere.html")
    assert Shelf(course).take(NAME) is None


def test_a_damaged_file_is_passed_over(course):
    first, second = sorted(Shelf(course).folder.glob("*.*.*.*"))
    seed = pickle.loads(second.read_bytes())[1].seed
    first.write_bytes(first.read_bytes()[:-100])
    assert Shelf(course).take(NAME).seed == seed


def test_a_source_that_changes_while_it_is_drawn_leaves_none(course, monkeypatch):
    held = Shelf(course)
    held.clear()

    def changed_at_once(*arguments):
        exam = prepare(*arguments)
        _mend(course, f"solutions/{NAME}/questions.py")
        return exam

    monkeypatch.setattr(shelf, "prepare", changed_at_once)
    assert list(held.fill([NAME], "cpu", 1)) == []
    assert list(held.folder.glob("*.*.*.*")) == []


def test_what_a_killed_process_left_half_written_is_swept(course):
    held = Shelf(course)
    (held.folder / f"{shelf._PARTIAL}0").touch()
    assert list(held.fill([NAME], "cpu", 2)) == []
    assert not (held.folder / f"{shelf._PARTIAL}0").exists()


def test_draw_ahead_false_draws_when_the_run_begins(course, capsys):
    (course.root / "autograde.toml").write_text("draw_ahead = false\n", "utf-8")
    graded(capsys)
    assert Shelf(course).count(NAME) == 2


def test_each_gets_one_before_any_gets_two(course, monkeypatch):
    held = Shelf(course)
    held.clear()
    monkeypatch.setattr(shelf, "prepare", lambda _course, name, *_: exam_of(name))
    names = [NAME, "filter_arithmetic"]
    assert list(held.fill(names, "cpu", 2)) == [*names, *names]


def test_the_background_draws_what_is_missing_and_nothing_else(course, monkeypatch):
    started = []
    monkeypatch.setattr(shelf, "spawn_apart", lambda command, log: started.append(command))
    draw_later(course, [NAME], "auto", 2)
    assert started == []
    draw_later(course, [NAME], "cpu", 3)
    ((python, _, _, *arguments),) = started
    assert python == sys.executable
    assert arguments == ["--course", str(course.root), "draw", NAME, "--count", "3", "--device", "cpu"]


def test_the_first_command_in_a_new_course_draws_in_the_background(course, monkeypatch):
    shutil.rmtree(course.state)
    logs = []
    monkeypatch.setattr(shelf, "spawn_apart", lambda command, log: logs.append(Path(log)))
    draw_later(course, [NAME], "cpu", 1)
    (log,) = logs
    assert log.parent.is_dir()


def test_a_process_that_is_spawned_is_of_a_session_of_its_own(tmp_path):
    """Asked of another Python, whose children this one needs not wait for."""
    told = "import os; print(os.getpid() == os.getsid(0), os.readlink('/proc/self/fd/0'))"
    code = (
        "import os, sys; from autograde.run.shelf import spawn_apart\n"
        f"spawn_apart([sys.executable, '-c', {told!r}], {str(tmp_path / 'log')!r})\n"
        "os.wait()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert (tmp_path / "log").read_text("utf-8") == "True /dev/null\n"


def test_with_an_exam_at_hand_neither_torch_nor_nbgrader_is_imported(course):
    code = (
        "import sys; from autograde.cli import main; code = main(['grade', 'padding', '--jobs', '1'])\n"
        "print('IMPORTED', code, *sorted({'torch', 'nbgrader', 'nbformat', 'jupytext'} & set(sys.modules)))"
    )
    (course.root / "autograde.toml").write_text("draw_ahead = true\n", "utf-8")
    quiet = "import autograde.run.shelf as shelf; shelf.draw_later = lambda *_: None\n"
    done = subprocess.run(
        [sys.executable, "-c", quiet + code], cwd=course.root, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "IMPORTED 0"


def _plain(expectation):
    """An expectation as bytes that differ when a type, a shape or a number does."""
    parts = vars(expectation)
    return [(key, wire.encode(dict(part) if isinstance(part, Mapping) else part)) for key, part in parts.items()]


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_an_exam_that_lay_on_the_disk_asks_and_expects_the_same(name):
    drawn, kept = exam_of(name), pickle.loads(pickle.dumps(exam_of(name), protocol=5))
    for function, ask in drawn.asks.items():
        for (args, kwargs), (other_args, other_kwargs) in zip(ask.cases, kept.asks[function].cases, strict=True):
            assert wire.encode([list(args), dict(kwargs)]) == wire.encode([list(other_args), dict(other_kwargs)])
        assert (ask.driver, ask.memory_mib) == (kept.asks[function].driver, kept.asks[function].memory_mib)
        for one, other in zip(drawn.expectations[function], kept.expectations[function], strict=True):
            assert _plain(one) == _plain(other)
    assert (kept.rubric, kept.files, kept.assignment) == (drawn.rubric, drawn.files, drawn.assignment)


def test_a_score_from_the_shelf_is_the_score_of_its_seed(course, sandbox, monkeypatch):
    from autograde.run.grade import grade_cells
    from tests.conftest import programs

    exam = exam_for(course, NAME, None, "cpu")
    again = exam_for(course, NAME, exam.seed, "cpu")
    assert exam.seed != SEED
    for program in programs(NAME)[::4]:
        content = document(submission(NAME, {program.function: program.source}))
        one, other = (grade_cells(each, "you", content, NAME, sandbox) for each in (exam, again))
        assert one.points == other.points
        assert [f.misconception for f in one.findings.values()] == [f.misconception for f in other.findings.values()]
    assert grade(NAME, submission(NAME), sandbox).score == exam.assignment.max_score
