"""nbgrader's own `autograde` and `generate_feedback` over the corpus: the same scores, and no link is followed."""

import os
import subprocess
from pathlib import Path

import nbformat
import pytest

from autograde.nbgrader_adapter.notebooks import UNGRADED
from tests import sample_class
from tests.conftest import ROOT, document, submission
from tests.corpus import CANARY, CORPUS, NAME, write_corpus

BIN = ROOT / ".venv/bin"
ODD = ["line\nbreak", os.fsdecode(b"caf\xe9"), "a" * 129]
BOUNDED = {"quotes", "formulas", "huge-cell", "many-outputs", "brackets", "fifo", "fifo-beside", "device", "loop"}
"""What exhausts the sandbox is tried by ours, in the same sandbox; these exhaust what stands around it."""
HONEST = "honest-1"
LINKS = {"link-student", "link-assignment", "link-to-peer", "link-to-source", "link-notebook-secret"}
ENTRIES = [one for one in CORPUS if not one.heavy or one.name in BOUNDED]


HALVES = (ENTRIES[::2], ENTRIES[1::2])
"""Two classes, since nbgrader takes its time with one after the other."""


def _graded(folder, entries):
    """A class of these entries and of folders with odd names, graded by nbgrader's commands; what they said."""
    sample_class.make_course(folder)
    (folder / "autograde.toml").write_text("draw_ahead = false\ncell_timeout_s = 2\ntotal_timeout_s = 10\n", "utf-8")
    (folder / "secret.txt").write_text(CANARY, "utf-8")
    write_corpus(folder / "submitted", entries)
    for name in (HONEST, *ODD):
        path = folder / "submitted" / name / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(document(submission(NAME)))
    sample_class.release(folder, NAME)
    said = {}
    for command in ("autograde", "generate_feedback"):
        run = [BIN / "nbgrader", command, NAME]
        done = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False, timeout=500)
        assert done.returncode == 0, done.stderr[-3000:]
        said[command] = done.stderr
    return folder, said


@pytest.fixture(scope="module")
def graded_0(tmp_path_factory):
    return _graded(tmp_path_factory.mktemp("first"), HALVES[0])


@pytest.fixture(scope="module")
def graded_1(tmp_path_factory):
    return _graded(tmp_path_factory.mktemp("second"), HALVES[1])


@pytest.fixture(params=[0, 1], ids=["first half", "second half"])
def half(request):
    """The folder of one class, what the commands said, and the ids of those in it."""
    folder, said = request.getfixturevalue(f"graded_{request.param}")
    return folder, said, {HONEST, *(entry.name for entry in HALVES[request.param])}


def _scores(folder):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        return {entry.student.id: entry.score for entry in book.assignment_submissions(NAME)}


@pytest.mark.parametrize("number", [0, 1])
def test_nbgraders_own_path_gives_what_the_answers_earn(number, request):
    folder, _ = request.getfixturevalue(f"graded_{number}")
    scores = _scores(folder)
    assert {one.name: scores.get(one.name) for one in HALVES[number]} == {one.name: one.earns for one in HALVES[number]}


def test_a_name_that_is_no_id_is_told_and_passed_over(half):
    folder, said, everybody = half
    assert said["autograde"].count("rename it, and grade again") == len(ODD)
    assert set(_scores(folder)) == everybody
    assert "Traceback" not in said["autograde"]


def test_nothing_that_a_link_leads_to_is_copied(half):
    folder, _, everybody = half
    peer = (folder / "submitted" / HONEST / NAME / f"{NAME}.ipynb").read_bytes()
    for top in ("autograded", "feedback"):
        for path in (folder / top).rglob("*"):
            assert not path.is_symlink()
            if path.is_file():
                content = path.read_bytes()
                assert CANARY.encode() not in content, path
                assert not content.startswith(b"SQLite format"), path
                assert content != peer
    assert not (folder / "autograded" / "link-gradebook" / NAME / "data.db").exists()
    for name in LINKS & everybody:
        notebook = nbformat.read(folder / "autograded" / name / NAME / f"{NAME}.ipynb", 4)
        (told,) = [cell.source for cell in notebook.cells if UNGRADED.rstrip(".") in cell.source]
        assert "is a symbolic link" in told
        assert "&lt;" not in told


def test_everybody_has_a_page_of_bounded_size(half):
    folder, _, everybody = half
    pages = {path.parts[-3]: path.stat().st_size for path in (folder / "feedback").rglob(f"{NAME}.html")}
    assert set(pages) == everybody
    assert max(pages.values()) < 20 << 20
    assert max(path.stat().st_size for path in (folder / "autograded").rglob("*.ipynb")) < 20 << 20


def test_other_files_are_copied_as_they_were(graded_0, graded_1):
    wheel = Path("wheel", NAME, "scipy", "signal.py")
    device = Path("timestamp-device", NAME, "timestamp.txt")
    found = {
        path: folder
        for folder, _ in (graded_0, graded_1)
        for path in (wheel, device)
        if (folder / "submitted" / path).exists()
    }
    assert set(found) == {wheel, device}
    assert (found[wheel] / "autograded" / wheel).read_bytes() == (found[wheel] / "submitted" / wheel).read_bytes()
    assert not (found[device] / "autograded" / device).exists()
