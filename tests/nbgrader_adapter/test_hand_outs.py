"""Whichever way an assignment is made, students get the same, and nothing of what the course keeps."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograde.nbgrader_adapter import load_config
from tests import sample_class
from tests.conftest import ROOT, significant_lines

NAME = "convnet"  # data beside the notebook, drivers, held-out digits, and a part of the library
BIN = Path(sys.executable).parent
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning", "ignore::DeprecationWarning")


def run(folder, *command):
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def handed_out(folder):
    """By path, what students get."""
    top = folder / "exercises"
    return {str(path.relative_to(top)): path.read_bytes() for path in sorted(top.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    sample_class.make_course(folder)
    run(folder, "autograde", "release", NAME)
    return folder


def test_a_command_and_a_button_of_nbgraders_hand_out_what_a_release_does(course):
    from nbgrader.apps import NbGraderAPI

    released = handed_out(course)
    assert {path for path in released if path.endswith(".npz")} == {f"{NAME}/{NAME}.npz", f"{NAME}/digits.npz"}
    run(course, "nbgrader", "generate_assignment", NAME, "--force", "--quiet")
    assert handed_out(course) == released
    assert NbGraderAPI(config=load_config(course)).generate_assignment(NAME)["success"]  # the formgrader's button
    assert handed_out(course) == released


def test_nothing_that_the_course_keeps_is_where_nbgrader_copies_from(course):
    """Nbgrader copies every file of its source folder: the references, questions and banks are not in it."""
    kept = [path for path in (ROOT / "solutions").rglob("*") if path.suffix in (".py", ".npz", ".toml", ".md", ".json")]
    given = {path for path in kept if path.parent.name == "given" or path.name == "check.py"}
    bytes_there = {path.read_bytes() for path in (course / "source").rglob("*") if path.is_file()}
    assert [path for path in set(kept) - given if path.read_bytes() in bytes_there] == []
    secret = set()
    for part in ("reference", "questions", "bank", "drivers/train"):
        secret |= significant_lines((ROOT / "solutions" / NAME / f"{part}.py").read_text("utf-8"))
    secret -= significant_lines((ROOT / "solutions" / NAME / "notebook.py").read_text("utf-8"))
    secret -= significant_lines((ROOT / "solutions" / "earlier.py").read_text("utf-8"))
    there = "\n".join(path.read_text("utf-8") for path in (course / "source").rglob("*.py"))
    assert len(secret) > 500
    assert not secret & significant_lines(there)
