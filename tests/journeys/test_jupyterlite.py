"""Released notebooks in JupyterLite: Python 3.10 with NumPy 1.21 in the browser, and no server but one for files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from playwright.sync_api import expect

from tests.conftest import ROOT, skip_or_fail, source_of
from tests.journeys import lab
from tests.journeys.pages import Commands
from tests.journeys.servers import free_port, server

ENVIRONMENT = ROOT / ".venv-lite" / "bin"
KERNEL = "Python (XPython)"
RIGHT, WRONG = "stride", "padding"
ANSWERED = "return total // 2, total - total // 2"
SWAPPED = "return total - total // 2, total // 2"
ERROR = "[data-mime-type='application/vnd.jupyter.stderr'], [data-mime-type='application/vnd.jupyter.error']"
VERSIONS = "import sys, numpy\nprint('python', sys.version.split()[0], 'numpy', numpy.__version__)"


def _write_content(folder, name, replaced):
    """A released notebook with solutions in it, the page's cell on top and the files that are handed out beside it."""
    shutil.copytree(ROOT / "exercises" / name, folder / name, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    path = folder / name / f"{name}.ipynb"
    notebook = nbformat.read(path, 4)
    solutions = {cell.id: cell.source for cell in source_of(name).cells if cell.role == "solution"}
    for cell in notebook.cells:
        if cell.id in solutions:
            cell.source = solutions[cell.id]
            for old, new in replaced.items():
                cell.source = cell.source.replace(old, new)
    files = Commands(ROOT / "book" / "setup.md")["jupyterlite-files"]
    notebook.cells[:0] = [nbformat.v4.new_code_cell(files), nbformat.v4.new_code_cell(VERSIONS)]
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A JupyterLite site with two notebooks, served as any server for files would."""
    if not (ENVIRONMENT / "jupyter-lite").exists():
        skip_or_fail("JupyterLite's environment is not there (make .venv-lite/.ready)")
    folder = tmp_path_factory.mktemp("jupyterlite")
    assert ANSWERED in next(cell.source for cell in source_of(WRONG).cells if cell.id == "same_padding")
    _write_content(folder / "content", RIGHT, {})
    _write_content(folder / "content", WRONG, {ANSWERED: SWAPPED})
    environment = {**os.environ, "PATH": f"{ENVIRONMENT}{os.pathsep}{os.environ['PATH']}"}
    command = [ENVIRONMENT / "jupyter-lite", "build", "--contents", "content", "--output-dir", "site"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    port = free_port()
    where = f"http://127.0.0.1:{port}"
    files = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with server(files, f"{where}/lab/index.html", folder / "site", folder / "server.log"):
        yield where


@pytest.fixture
def open_lite(address, browser):
    """Opens a notebook with the kernel that has NumPy and runs all of it."""
    pages = []

    def run(name):
        page = lab.open_page(browser, f"{address}/lab/index.html")
        pages.append(page)
        # It hands files to the kernel, and only to pages that are opened once it is there.
        page.wait_for_function("navigator.serviceWorker.ready.then(() => true)")
        page.goto(f"{address}/lab/index.html?path={name}/{name}.ipynb")
        page.locator(".jp-Dialog select").select_option(label=KERNEL)
        page.locator(".jp-Dialog .jp-mod-accept").click()
        expect(page.locator("#jp-main-statusbar")).to_contain_text("Idle")
        lab.run_all(page)
        panel = page.locator(".jp-NotebookPanel")
        expect(panel.locator(".jp-CodeCell").last.locator(".jp-InputPrompt")).to_have_text(re.compile(r"^\[\d+\]:$"))
        return panel

    yield run
    for page in pages:
        page.context.close()


def _said(panel, name, function):
    return panel.locator(".jp-CodeCell", has_text=f'recorded("{name}", "{function}", {function})').locator(
        ".jp-Cell-outputArea"
    )


def test_a_solved_notebook_passes_in_the_browser_alone(open_lite):
    panel = open_lite(RIGHT)
    expect(panel.get_by_text(re.compile(r"python 3\.10\.\d+ numpy 1\.21"))).to_have_count(1)
    for function in source_of(RIGHT).points:
        expect(_said(panel, RIGHT, function)).to_contain_text("✓ torch's answer")
    expect(panel.get_by_text("✗")).to_have_count(0)
    expect(panel.locator(ERROR)).to_have_count(0)


def test_a_wrong_function_is_explained_in_the_browser_alone(open_lite):
    panel = open_lite(WRONG)
    expect(_said(panel, WRONG, "pad2d")).to_contain_text("✓ torch's answer")
    expect(panel.locator(ERROR)).not_to_have_count(0)
    said = _said(panel, WRONG, "same_padding")
    expect(said).to_contain_text("✓ three taps")
    expect(said).to_contain_text(
        re.compile(r"✗ four taps: the odd pixel goes after\s+expected  \(1, 2\)\s+got +\(2, 1\)")
    )
    if "JOURNEY_SHOTS" in os.environ:
        said.scroll_into_view_if_needed()
        said.page.screenshot(path=f"{os.environ['JOURNEY_SHOTS']}/jupyterlite-wrong.png")
