"""What the page on setting up tells a learner to paste works with the zips that this site offers."""

from __future__ import annotations

import functools
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from course_ext.assignments import write_archives

from tests.conftest import ASSIGNMENTS, ROOT, source_of
from tests.journeys.pages import Commands

PAGE = ROOT / "book" / "setup.md"
ADDRESS = "https://address.of.this.book"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """A test's output is no place for an access log."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The address of a site with the assignments' zips, as the book's build makes them."""
    folder = tmp_path_factory.mktemp("site")
    builder = SimpleNamespace(format="html")
    write_archives(SimpleNamespace(builder=builder, srcdir=str(ROOT / "book"), outdir=str(folder)), None)
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def _run(folder, code):
    """Runs code as a notebook in this folder would, in a Python that has heard of nothing else here."""
    start = "import sys; sys.path.insert(0, '')\n"
    command = [sys.executable, "-I", "-c", start + code]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _cell(site, name):
    code = Commands(PAGE)["colab-files"]
    assert code.count(ADDRESS) == code.count('"padding"') == 1
    return code.replace(ADDRESS, site).replace('"padding"', f'"{name}"')


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_colabs_cell_brings_all_that_the_set_up_cell_asks_for(site, name, tmp_path):
    setup = next(cell.source for cell in source_of(name).cells if cell.role == "locked")
    alone = _run(tmp_path, setup)
    assert "No module named 'check'" in alone.stderr
    done = _run(tmp_path, f"{_cell(site, name)}\n{setup}")
    assert done.returncode == 0, done.stderr
    assert {path.suffix for path in (tmp_path / name).iterdir()} <= {".py", ".npz", ".txt", ""}


def test_colabs_cell_runs_twice_and_leaves_notebooks_alone(site, tmp_path):
    (tmp_path / "padding").mkdir()
    mine = tmp_path / "padding" / "padding.ipynb"
    mine.write_text("my work")
    cell = _cell(site, "padding")
    done = _run(tmp_path, f"{cell}\n{cell}\nimport check; print(os.getcwd())")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "padding")
    assert mine.read_text() == "my work"


def test_the_page_names_the_notebooks_that_need_matplotlib():
    needing = {
        name for name in ASSIGNMENTS if any("import matplotlib" in cell.source for cell in source_of(name).cells)
    }
    (sentence,) = [line for line in PAGE.read_text("utf-8").splitlines() if "does not run there" in line]
    assert {name for name in ASSIGNMENTS if f"`{name}`" in sentence} == needing
