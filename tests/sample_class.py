"""Makes a course with a sample class: for each assignment a dozen submissions, right, wrong, broken, hostile.

    python -m tests.sample_class FOLDER

The folder becomes a course (its solutions/ is a copy, the students' environment a link to the real one), with
submitted/STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb for each student. The students are named for what they hand in.
"""

from __future__ import annotations

import atexit
import functools
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from autograde.course.assignment import Assignment
from autograde.course.program import Program
from tests.conftest import ASSIGNMENTS, ROOT, code, document, programs, source_of, submission

FORGER = """
import numpy as np
np.testing.assert_allclose = np.allclose = np.array_equal = lambda *a, **k: True
get_ipython().set_custom_exc((BaseException,), lambda *a, **k: None)
print("score: 1000 of 10")
1000
"""
ENDLESS = "while True:\n    pass"


def _mixed(bank: list[Program], right: bool, turn: int) -> dict[str, str]:
    """One program a function, the `turn`-th right or wrong one of its bank."""
    chosen: dict[str, str] = {}
    for function in dict.fromkeys(program.function for program in bank):
        fitting = [p for p in bank if p.function == function and (p.misconception is None) == right]
        chosen[function] = fitting[turn % len(fitting)].source
    return chosen


def _one_wrong(bank: list[Program], turn: int) -> dict[str, str]:
    """The solution with one wrong program of the bank in it."""
    wrong = [program for program in bank if program.misconception]
    program = wrong[(turn * 7) % len(wrong)]
    return {program.function: program.source}


def sample(name: str, assignment: Assignment) -> Iterator[tuple[str, bytes]]:
    """(student, notebook) for each student of the sample class, sorted by student."""
    bank = list(programs(name))
    functions = list(assignment.points)
    yield "blank", document(submission(name, solved=False))
    yield "broken-file", document(submission(name))[:-200]
    yield "endless-loop", document([*submission(name)[:-1], code(ENDLESS), submission(name)[-1]])
    yield "forger", document([code(FORGER), *submission(name, solved=False)])
    half = {function: assignment.by_id()[function].released for function in functions[len(functions) // 2 :]}
    yield "half-done", document(submission(name, half))
    yield "leaves-early", document(submission(name, {functions[0]: "import os\nos._exit(0)"}))
    for turn in range(3):
        yield f"right-{turn + 1}", document(submission(name, _mixed(bank, True, turn)))
    yield "right-solution", document(submission(name))
    for turn in range(4):
        yield f"wrong-{turn + 1}", document(submission(name, _one_wrong(bank, turn)))


def copy_content(folder: Path) -> None:
    """Copies the content into a course's folder, without what Python has compiled."""
    shutil.copytree(ROOT / "solutions", folder / "solutions", ignore=shutil.ignore_patterns("__pycache__"))


def make_course(folder: Path, draw_ahead: bool = False) -> None:
    """Makes `folder` a course around the real sources; what a former sample left in it goes.

    Without `draw_ahead` no command leaves a process behind that draws exams.
    """
    for old in ("submitted", "autograded", "feedback", ".autograde"):
        shutil.rmtree(folder / old, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("gradebook.db*"):
        old.unlink()
    # Copies, not links: nbgrader clears a release that fails, and must not clear the real one.
    for part in ("solutions", "exercises", "source"):
        shutil.rmtree(folder / part, ignore_errors=True)
    copy_content(folder)
    (folder / "exercises").mkdir()
    if not (folder / "book").is_symlink():
        (folder / "book").symlink_to(ROOT / "book")
    if not (folder / ".venv-students").is_symlink():
        (folder / ".venv-students").symlink_to(ROOT / ".venv-students")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    book = (ROOT / "book" / "_build" / "html").as_uri()
    policy = f'book_url = "{book}"\ncell_timeout_s = 5\ndraw_ahead = {str(draw_ahead).lower()}\n'
    (folder / "autograde.toml").write_text(policy, "utf-8")


@functools.cache
def _released(names: tuple[str, ...]) -> tempfile.TemporaryDirectory[str]:
    """A course in which these assignments are released; it goes when this process ends."""
    made = tempfile.TemporaryDirectory(prefix="autograde-released-", ignore_cleanup_errors=True)
    atexit.register(made.cleanup)
    make_course(Path(made.name))
    program = Path(sys.executable).parent / "autograde"
    subprocess.run([program, "release", *names], cwd=made.name, check=True, capture_output=True)
    return made


def release(folder: Path, *names: str) -> None:
    """Gives a course that `make_course` made what `autograde release NAMES` would: copies of what it wrote once.

    For tests that need a released assignment and do not test the release, which takes longer than grading a class.
    """
    made = Path(_released(names).name)
    for part in ("source", "exercises"):
        shutil.copytree(made / part, folder / part, dirs_exist_ok=True)
    shutil.copy(made / "gradebook.db", folder)


def write_class(folder: Path, names: list[str]) -> int:
    """Writes the class's submissions under folder/submitted; returns their number."""
    count = 0
    for name in names:
        for student, content in sample(name, source_of(name)):
            path = folder / "submitted" / student / name / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            count += 1
    return count


if __name__ == "__main__":
    target = Path(sys.argv[1]).absolute()
    make_course(target)
    print(f"{write_class(target, ASSIGNMENTS)} submissions in {target / 'submitted'}")
