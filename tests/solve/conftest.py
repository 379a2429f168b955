"""What the page's Python is made of, for tests without a page."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from autograde.author.pack import pack
from tests.conftest import ASSIGNMENTS, COURSE, ROOT, skip_or_fail

SOLVE = ROOT / "book" / "_solve"


@pytest.fixture(scope="session")
def packs() -> Path:
    """Every assignment's practice pack, and the grader's modules; what the book's build has made is taken over."""
    folder = ROOT / "book" / "_build" / "solve" / "packs"
    list(pack(COURSE, ASSIGNMENTS, folder))
    return folder


@pytest.fixture(scope="session")
def npm() -> Path:
    """The folder whose node_modules hold Pyodide; `npm ci` puts it there."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        skip_or_fail("node and npm are not installed (apt-get install npm)")
    if not (SOLVE / "node_modules" / "pyodide" / "pyodide.mjs").is_file():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=SOLVE, capture_output=True, check=False)
    if not (SOLVE / "node_modules" / "pyodide" / "pyodide.mjs").is_file():
        skip_or_fail("Pyodide is not installed (npm ci in book/_solve)")
    return SOLVE
