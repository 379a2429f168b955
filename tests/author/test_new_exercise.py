"""The guide's worked example: its files and its commands, as they stand on the page, make a good assignment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import sample_class
from tests.conftest import ROOT

PAGE = ROOT / "book" / "instructors" / "new_exercise.md"
FOLDER = Path("solutions") / "contrast"
FILES = {
    "new-reference": "reference.py",
    "new-questions": "questions.py",
    "new-solution": "notebook.py",
    "new-bank": "bank.py",
}


def block(name: str) -> str:
    """The text of the page's code block of this name."""
    found = re.search(rf"^```\{{code-block\}} \w+\n:name: {name}\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    assert found, f"{PAGE} has no block named {name}"
    return found[1]


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """A command of the page in a copy of the course, whose own autograde it finds."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PYTHONPATH": str(folder), "PATH": path}
    return subprocess.run(
        command.split(), cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    sample_class.make_course(folder)
    (folder / "book").unlink()
    (folder / "book" / "chapters").mkdir(parents=True)
    for path in [ROOT / "book" / "_toc.yml", *(ROOT / "book" / "chapters").glob("*.md")]:
        shutil.copy(path, folder / path.relative_to(ROOT))
    command = block("new-begin").strip().replace('"Local contrast"', "Contrast")
    done = run(folder, command)
    assert done.returncode == 0, done.stdout + done.stderr
    for name, file in FILES.items():
        (folder / FOLDER / file).write_text(block(name), "utf-8")
    return folder


def test_the_commands_of_the_page_do_what_it_says(course):
    commands = block("new-commands").splitlines()
    said = {}
    for command in commands[:4]:
        done = run(course, command)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        said[command] = done.stdout
    assert "score: 4 of 4" in said["autograde check source/contrast/contrast.ipynb"]
    assert "score: 0 of 4" in said["autograde check exercises/contrast/contrast.ipynb"]

    without = run(course, commands[4])
    assert without.returncode == 1
    assert without.stdout.count("survives the hidden tests") == 4, without.stdout + without.stderr
    with (course / FOLDER / "equivalent.toml").open("a", encoding="utf-8") as file:
        file.write(block("new-excuses"))
    excused = run(course, commands[4])
    assert excused.returncode == 0, excused.stdout + excused.stderr
    assert re.search(r"contrast\.local_range +3/3 +2/2 ", excused.stdout)


def test_the_files_of_the_page_are_formatted_as_the_project_is(course):
    for name in ("reference", "questions", "bank"):
        file = course / FOLDER / FILES[f"new-{name}"]
        done = subprocess.run(
            [sys.executable, "-m", "ruff", "format", "--diff", "--config", ROOT / "pyproject.toml", file],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
