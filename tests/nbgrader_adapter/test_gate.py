"""nbgrader's own `autograde` and `generate_feedback` over the corpus: the same scores, and no link is followed."""

import os
import subprocess

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
ENTRIES = [one for one in CORPUS if not one.heavy or one.name in BOUNDED]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    sample_class.make_course(folder)
    (folder / "autograde.toml").write_text("draw_ahead = false\ncell_timeout_s = 2\ntotal_timeout_s = 10\n", "utf-8")
    (folder / "secret.txt").write_text(CANARY, "utf-8")
    write_corpus(folder / "submitted", ENTRIES)
    for name in ODD:
        path = folder / "submitted" / name / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(document(submission(NAME)))
    said = {}
    for command in (["autograde", "release"], ["nbgrader", "autograde"], ["nbgrader", "generate_feedback"]):
        run = [BIN / command[0], command[1], NAME]
        done = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False, timeout=500)
        assert done.returncode == 0, done.stderr[-3000:]
        said[command[1]] = done.stderr
    return folder, said


@pytest.fixture(scope="module")
def scores(graded):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{graded[0] / 'gradebook.db'}") as book:
        return {entry.student.id: entry.score for entry in book.assignment_submissions(NAME)}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda one: one.name)
def test_nbgraders_own_path_gives_what_the_answers_earn(entry, scores):
    assert scores[entry.name] == entry.earns


def test_a_name_that_is_no_id_is_told_and_passed_over(graded, scores):
    assert graded[1]["autograde"].count("rename it, and grade again") == len(ODD)
    assert set(scores) == {entry.name for entry in ENTRIES}
    assert "Traceback" not in graded[1]["autograde"]


def test_nothing_that_a_link_leads_to_is_copied(graded):
    folder, _ = graded
    peer = (folder / "submitted" / "honest-1" / NAME / f"{NAME}.ipynb").read_bytes()
    for top in ("autograded", "feedback"):
        for path in (folder / top).rglob("*"):
            assert not path.is_symlink()
            if path.is_file():
                content = path.read_bytes()
                assert CANARY.encode() not in content, path
                assert not content.startswith(b"SQLite format"), path
                assert content != peer
    assert not (folder / "autograded" / "link-gradebook" / NAME / "data.db").exists()
    for name in ("link-student", "link-assignment", "link-to-peer", "link-to-source", "link-notebook-secret"):
        notebook = nbformat.read(folder / "autograded" / name / NAME / f"{NAME}.ipynb", 4)
        (told,) = [cell.source for cell in notebook.cells if UNGRADED.rstrip(".") in cell.source]
        assert "is a symbolic link" in told
        assert "&lt;" not in told


def test_everybody_has_a_page_of_bounded_size(graded):
    folder, _ = graded
    pages = {path.parts[-3]: path.stat().st_size for path in (folder / "feedback").rglob(f"{NAME}.html")}
    assert set(pages) == {entry.name for entry in ENTRIES}
    assert max(pages.values()) < 20 << 20
    assert max(path.stat().st_size for path in (folder / "autograded").rglob("*.ipynb")) < 20 << 20


def test_other_files_are_copied_as_they_were(graded):
    folder, _ = graded
    copied = folder / "autograded" / "wheel" / NAME / "scipy" / "signal.py"
    assert copied.read_bytes() == (folder / "submitted" / "wheel" / NAME / "scipy" / "signal.py").read_bytes()
    assert not (folder / "autograded" / "timestamp-device" / NAME / "timestamp.txt").exists()
