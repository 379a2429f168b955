"""The built book, and a browser to look at it with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT, skip_or_fail

for folder in (ROOT / "book", ROOT / "book" / "_ext"):  # as the pages themselves find their modules
    sys.path.insert(0, str(folder))

if TYPE_CHECKING:
    pass

SITE = Path(os.environ.get("COURSE_SITE") or ROOT / "book" / "_build" / "html")
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def site() -> Path:
    """The built pages; builds them where there are none."""
    if not (SITE / "intro.html").is_file():
        command = [str(Path(sys.executable).parent / "jupyter-book"), "build", "book", "-W", "-n", "--keep-going"]
        built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stdout[-3000:] + built.stderr[-3000:]
    return SITE


@pytest.fixture(scope="session")
def pages(site: Path) -> list[str]:
    """The site's pages, without the redirect that index.html is."""
    found = [path.relative_to(site) for path in sorted(site.rglob("*.html"))]
    return [path.as_posix() for path in found if "_static" not in path.parts and path.name != "index.html"]


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
