"""The built book, and a browser to look at it with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.conftest import ROOT

for folder in (ROOT / "book", ROOT / "book" / "_ext"):  # as the pages themselves find their modules
    sys.path.insert(0, str(folder))

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext

SITE = Path(os.environ.get("COURSE_SITE") or ROOT / "book" / "_build" / "html")


def _expected_pages() -> list[str]:
    """The pages that the table of contents and Sphinx promise: known before the book is built, for a test of each."""
    toc = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text(encoding="utf-8"))
    files = [toc["root"], *(entry["file"] for part in toc["parts"] for entry in part["chapters"])]
    return sorted(f"{name}.html" for name in [*files, "genindex", "search"])


PAGES = _expected_pages()
CHAPTER_PAGES = [name for name in PAGES if name.startswith("chapters/")]


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


class Contexts:
    """Browser contexts by their settings, each opened once: a new one costs as much as the loading of a page."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._opened: dict[str, BrowserContext] = {}

    def get(self, **settings: object) -> BrowserContext:
        key = repr(sorted(settings.items()))
        if key not in self._opened:
            self._opened[key] = self._browser.new_context(**settings)
        return self._opened[key]

    def close(self) -> None:
        for context in self._opened.values():
            context.close()


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Iterator[Contexts]:
    """For tests that leave nothing behind in theirs: no stored theme, no emulated device."""
    opened = Contexts(browser)
    yield opened
    opened.close()
