"""A new chapter passes the checks of every chapter at once, and what cannot be done leaves everything as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograde.author.new import new_chapter
from autograde.course import find_course
from autograde.errors import UsageError
from tests.conftest import ROOT

NAME, AFTER = "weaving", "stride"
CHECKS = (
    *("tests/solutions/test_questions.py", "tests/solutions/test_banks.py", "tests/nbgrader_adapter/test_release.py"),
    *("tests/course/test_folder.py", "tests/author/test_earlier.py", "tests/test_guide.py", "tests/test_imports.py"),
    "tests/book/test_answers.py",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The whole project, as a fresh clone would have it, with the environments beside it."""
    folder = tmp_path_factory.mktemp("project") / "course"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / ".venv-students").symlink_to(ROOT / ".venv-students")
    return folder


def run(folder: Path, *command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


def test_a_new_chapter_passes_every_chapters_checks_at_once(copy):
    said = run(copy, "autograde.cli", "new", NAME, "--title", "Weaving: two threads", "--after", AFTER)
    for file in (f"solutions/{NAME}/bank.py", f"book/chapters/{NAME}.md", "book/_toc.yml", "solutions/course.toml"):
        assert f"wrote {file}" in said
    run(copy, "ruff", "check", "solutions")
    run(copy, "ruff", "format", "--check", "solutions")
    chosen = f"({NAME} or order or every_folder or engine or table) and not built"
    out = run(copy, "pytest", "-q", "-p", "no:cacheprovider", *CHECKS, "-k", chosen)
    assert "passed" in out
    names = find_course(copy).assignments()
    assert names.index(NAME) == names.index(AFTER) + 1


@pytest.mark.parametrize(
    ("name", "title", "after", "said"),
    [
        ("Weaving", "W", AFTER, "cannot be a chapter's name"),
        ("padding", "K", AFTER, "there is a chapter padding already"),
        ("crochet", "K", "nothing", "no chapter 'nothing' to put it after"),
        ("crochet", " ", AFTER, "expected a title of one line"),
    ],
)
def test_what_cannot_be_done_leaves_everything_as_it_was(copy, name, title, after, said):
    def files():
        return {path: path.read_bytes() for path in (copy / "solutions").rglob("*.toml")}

    before = files()
    with pytest.raises(UsageError, match=said):
        new_chapter(find_course(copy), name, title, after)
    assert files() == before
    assert not (copy / "solutions" / "crochet").exists()
