"""Fixtures that the tests share: the course, a warm sandbox, exams, and notebooks made from sources."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from autograde.course import Course, find_course
from autograde.course.assignment import Assignment, load_assignment
from autograde.course.program import Program
from autograde.errors import AutogradeError
from autograde.exam.model import Exam
from autograde.exam.prepare import prepare
from autograde.questions.model import Question
from autograde.run import shelf
from autograde.run.grade import Graded, grade_cells
from autograde.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[1]
COURSE = find_course(ROOT)
ASSIGNMENTS = COURSE.assignments()
AXE = ROOT / "tests" / "book" / "node_modules" / "axe-core" / "axe.min.js"
SEED = 20_261_121


settings.register_profile("fuzz", max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
"""`make fuzz`: some minutes for each property."""

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def skip_or_fail(reason: str) -> None:
    """Skips a test for what the machine lacks; in CI, where all is installed, that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI lacks what this test needs: {reason}")
    pytest.skip(reason)


@pytest.fixture(autouse=True, scope="session")
def nothing_in_the_background() -> Iterator[None]:
    """No command that a test runs in this process leaves one behind that draws exams for the repository itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shelf, "draw_later", lambda *_: None)
        yield


@pytest.fixture(scope="session")
def course() -> Course:
    return COURSE


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    try:
        box = Sandbox(ROOT, COURSE.policy)
    except AutogradeError as error:
        skip_or_fail(str(error))
    with box:
        yield box


@functools.cache
def exam_of(name: str) -> Exam:
    return prepare(COURSE, name, SEED, "cpu")


def questions_of(name: str) -> Mapping[str, Question]:
    return COURSE.content.questions(name)


def programs(name: str) -> list[Program]:
    """The bank's programs for an assignment."""
    return list(COURSE.content.bank(name))


def source_of(name: str) -> Assignment:
    return load_assignment(COURSE.source(name), name)


def code(source: str, grade_id: str | None = None) -> dict:
    """A code cell of a submission."""
    metadata = {"nbgrader": {"grade_id": grade_id}} if grade_id else {}
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": [], "execution_count": None}


def document(cells: list[dict]) -> bytes:
    """A notebook file with these cells."""
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def submission(name: str, replaced: Mapping[str, str] | None = None, solved: bool = True) -> list[dict]:
    """Cells of a submission: the author's solutions (or the released stubs), with some functions replaced."""
    cells = []
    for cell in source_of(name).cells:
        text = cell.source if solved and cell.role == "solution" else cell.released
        if replaced and cell.role == "solution" and cell.id in replaced:
            text = replaced[cell.id]
        if cell.kind == "code":
            cells.append(code(text, cell.id))
    return cells


def grade(name: str, cells: list[dict] | bytes, box: Sandbox) -> Graded:
    """The result of a submission given as cells or as raw bytes."""
    content = cells if isinstance(cells, bytes) else document(cells)
    return grade_cells(exam_of(name), "someone", content, f"{name}.ipynb", box)


def significant_lines(text: str) -> set[str]:
    """Lines of code that would give something away: not blank, no comment, long enough to be no accident."""
    lines = (re.sub(r"\s+", " ", line.strip()) for line in text.splitlines())
    return {line for line in lines if len(line) > 12 and not line.startswith("#")}


def marked(mark: str) -> dict[str, str]:
    """An environment by which `sandboxes` finds what a command has started."""
    return {**os.environ, "AUTOGRADE_TEST_MARK": mark}


def sandboxes(mark: str) -> list[str]:
    """Processes of sandboxes that a command with this mark has started and that still run.

    Student code has no environment of the caller's, but bubblewrap, around it, does.
    """
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (folder / "cmdline").read_bytes()
            if (
                b"/grader/zygote.py" in command
                and f"AUTOGRADE_TEST_MARK={mark}\0".encode() in (folder / "environ").read_bytes()
            ):
                found.append(folder.name)
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium; one for all tests of a process, since Playwright starts only once in it."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        skip_or_fail("Chromium is not installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's source; `npm ci` in tests/book puts it there."""
    if not AXE.is_file():
        npm = shutil.which("npm")
        if npm is not None:
            command = [npm, "ci", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=AXE.parents[2], capture_output=True, check=False)
    if not AXE.is_file():
        skip_or_fail("axe-core is not installed (npm ci in tests/book)")
    return AXE.read_text(encoding="utf-8")
