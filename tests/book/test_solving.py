"""Solving in the page: in a real browser, from a server that has nothing but the site, with no other network."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from course_ext import notebooks, solving
from playwright.sync_api import BrowserContext, Page, expect
from sphinx.errors import ConfigError

from autograde.cli import main
from tests.book.solving import SOLVE_ALL, served, solutions, wrong_programs
from tests.conftest import ASSIGNMENTS, ROOT, programs, source_of

READY = "Python is ready."
FIRST = "chapters/padding.html"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """The site, served as `make serve` does."""
    with served(site) as at:
        yield at


@pytest.fixture(autouse=True, scope="module")
def patience() -> Iterator[None]:
    """Pages wait for Python, and Python for the other tests' processes."""
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=5_000)


class Visit:
    """A browser of its own on the site: what it asked for, and its pages. Whatever is not the site does not answer."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address = context, address
        self.asked: list[str] = []
        self.asked_by_other: list[str] = []
        self.foreign: list[str] = []
        context.set_default_timeout(60_000)
        context.route(lambda url: not url.startswith((address, "blob:", "data:")), self._refuse)
        context.on("request", lambda request: self.asked.append(request.url.removeprefix(address)))

    def _refuse(self, route: Any) -> None:
        self.foreign.append(route.request.url)
        route.abort()

    def page(self, name: str = FIRST) -> Page:
        page = self.context.new_page()
        page.goto(self.address + name)
        return page

    def open(self, name: str = FIRST) -> Page:
        """A chapter with its assignment open and Python ready."""
        page = self.page(name)
        page.get_by_role("button", name="Solve it here").click()
        expect(page.locator(".solve-bar .solve-status")).to_have_text(READY)
        return page


@pytest.fixture(scope="module")
def visit(browser: Any, address: str) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    yield Visit(context, address)
    context.close()


@pytest.fixture(scope="module")
def padding(visit: Visit) -> Page:
    """Chapter 2 with its assignment open; the tests in this file use it one after the other."""
    return visit.open()


@pytest.fixture(scope="module")
def other(visit: Visit) -> Iterator[Page]:
    """A second tab of the same browser, opened when there is something to see in the first."""
    before = len(visit.asked)
    page = visit.open()
    visit.asked_by_other = visit.asked[before:]
    yield page
    page.close()


def solution_box(page: Page, function: str) -> Any:
    return page.locator(f".solve-solution[id$='-{function}']")


def type_in(page: Page, function: str, text: str) -> None:
    """Replaces an editor's text by hand, as pasting does."""
    content = solution_box(page, function).locator(".cm-content")
    content.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


def agree(page: Page) -> None:
    """Presses OK when the page asks next."""
    page.once("dialog", lambda dialog: dialog.accept())


def test_before_the_click_a_page_asks_for_nothing_of_it(visit):
    page = visit.page("chapters/stride.html")
    page.get_by_role("button", name="Solve it here").wait_for()
    assert [url for url in visit.asked if "solve/" in url] == []
    page.close()


def test_a_student_solves_a_cell_by_hand(padding):
    page, box = padding, solution_box(padding, "pad2d")
    box.get_by_role("button", name="Check my answer").click()
    expect(box.locator(".solve-error")).to_contain_text("NotImplementedError: this function is not written yet")
    swapped = next(one for one in programs("padding") if one.function == "pad2d" and one.misconception)
    type_in(page, "pad2d", swapped.source)
    box.get_by_role("button", name="Check my answer").click()
    expect(box.locator(".solve-error")).to_contain_text("expected")
    box.get_by_role("button", name="Ask what the graders ask").click()
    idea = page.locator(".solve-card strong").nth(1)
    expect(idea).to_be_visible()
    assert page.locator(".solve-card a").get_attribute("href").startswith("../chapters/padding.html#")
    type_in(page, "pad2d", solutions("padding")["pad2d"])
    page.keyboard.press("Shift+Enter")
    expect(box.locator(".solve-said")).to_have_text("It ran, and printed nothing.")
    box.get_by_role("button", name="Check my answer").click()
    expect(box.locator(".solve-good")).to_have_text("✓ pad2d passes the visible tests.")
    box.get_by_role("button", name="Ask what the graders ask").click()
    expect(page.locator(".solve-card")).to_contain_text("Correct")


def test_another_tab_shows_what_was_written_and_fetches_no_python_again(padding, visit, other):
    assert any(url.startswith("solve/") for url in visit.asked_by_other)
    assert [url for url in visit.asked_by_other if "python-" in url or url.endswith("grader.zip")] == []
    written = solution_box(other, "pad2d").locator(".cm-content").inner_text()
    assert "def pad2d" in written
    assert "raise NotImplementedError()" not in written


def test_a_cell_of_the_chapter_is_edited_and_run_beside_what_the_book_shows(padding):
    editable = padding.get_by_role("button", name="Edit and run", include_hidden=True)  # some lie in what is folded
    kinds = padding.locator("solve-here").get_attribute("cells")
    assert editable.count() == len(kinds.replace("-", "")) > 5
    cell = padding.locator("div.cell").filter(has_text="np.convolve(a, b, mode)").first
    built = cell.locator(".cell_output pre").inner_text()
    cell.get_by_role("button", name="Edit and run").click()
    box = padding.locator(".solve-page-cell")
    expect(box.locator(".solve-printed")).to_contain_text("full")
    assert box.locator(".solve-printed").inner_text().split() == built.split()
    box.locator(".cm-content").fill("print(np.arange(3) * 2)")
    padding.keyboard.press("Shift+Enter")
    expect(box.locator(".solve-printed")).to_have_text("[0 2 4]\n")
    expect(padding.get_by_text("This cell stays as it is: it needs torch.").first).to_be_visible()


def test_the_keyboard_leaves_the_editor(padding):
    content = solution_box(padding, "pad2d").locator(".cm-content")
    content.focus()
    before = content.inner_text()
    padding.keyboard.press("Escape")
    padding.keyboard.press("Tab")
    focused = padding.evaluate("document.activeElement.textContent")
    assert focused.startswith("Run")
    assert content.inner_text() == before
    assert "Escape, then Tab" in padding.locator(".solve > .solve-help").inner_text()


def test_code_without_an_end_is_stopped_and_nothing_is_lost(padding):
    box = solution_box(padding, "same_padding")
    endless = (
        "def same_padding(kernel_size, dilation=1):\n    while True:\n        pass\n\nprint('begun')\nsame_padding(3)"
    )
    type_in(padding, "same_padding", endless)
    box.get_by_role("button", name="Run").click()
    padding.locator(".solve-bar .solve-stop").click()
    expect(box.locator(".solve-error")).to_contain_text("what you wrote is kept")
    expect(padding.locator(".solve-bar .solve-status")).to_have_text(READY)
    assert "while True" in box.locator(".cm-content").inner_text()
    # The clock does the same as the button; the tests do not wait for all of its minute.
    padding.evaluate("async () => { (await solveHere.load('../solve/')).module.pythonOf().limitMs = 300; }")
    box.get_by_role("button", name="Run").click()
    expect(box.locator(".solve-error")).to_contain_text("Stopped after 0.3 s: does a loop never end?")
    expect(padding.locator(".solve-bar .solve-status")).to_have_text(READY)
    padding.evaluate("async () => { (await solveHere.load('../solve/')).module.pythonOf().limitMs = 60000; }")
    type_in(
        padding,
        "same_padding",
        "def same_padding(k, dilation=1):\n    return same_padding(k, dilation)\n\nsame_padding(3)",
    )
    box.get_by_role("button", name="Run").click()
    expect(box.locator(".solve-error")).to_contain_text("RecursionError")
    assert re.search(r"… \d+ more calls", box.locator(".solve-error").inner_text())
    assert box.locator(".solve-error").inner_text().count("\n") < 30
    type_in(padding, "same_padding", "import numpy as np\nnp.zeros(10 ** 10)")
    box.get_by_role("button", name="Run").click()
    expect(box.locator(".solve-error")).to_contain_text("a few GB at most")


def test_versions_come_back_and_erasing_asks(padding):
    type_in(padding, "same_padding", "# one\n")
    solution_box(padding, "same_padding").get_by_role("button", name="Check my answer").click()
    expect(solution_box(padding, "same_padding").locator(".solve-error")).to_contain_text("is not defined")
    agree(padding)
    solution_box(padding, "same_padding").get_by_role("button", name="Start over").click()
    assert "raise NotImplementedError()" in solution_box(padding, "same_padding").locator(".cm-content").inner_text()
    padding.get_by_text("Versions to go back to").click()
    kept = padding.locator(".solve-versions li")
    expect(kept.first).to_contain_text("same_padding")
    kept.filter(has_text="checked same_padding").first.get_by_role("button").click()
    expect(solution_box(padding, "same_padding").locator(".cm-content")).to_contain_text("# one")
    padding.once("dialog", lambda dialog: dialog.dismiss())
    padding.get_by_role("button", name="Erase").click()
    expect(solution_box(padding, "same_padding").locator(".cm-content")).to_contain_text("# one")


def test_two_tabs_show_the_same_and_overwrite_nothing(padding, other):
    type_in(other, "conv2d_padded", "# from the other tab\n")
    expect(solution_box(padding, "conv2d_padded").locator(".cm-content")).to_contain_text("# from the other tab")
    type_in(padding, "conv2d_padded", "# and back\n")
    expect(solution_box(other, "conv2d_padded").locator(".cm-content")).to_contain_text("# and back")
    expect(solution_box(other, "same_padding").locator(".cm-content")).to_contain_text("# one")
    # What another tab wrote while this one slept, and had no event for, becomes a version.
    padding.evaluate(
        """() => {
          const key = Object.keys(localStorage).find((one) => one.endsWith(':cell:conv2d_padded'));
          localStorage.setItem(key, '# unseen');
        }"""
    )
    type_in(padding, "conv2d_padded", "# mine\n")
    padding.locator(".solve-end details").evaluate("one => { one.open = false; }")
    padding.locator(".solve-end summary").click()
    expect(padding.locator(".solve-versions li").first).to_contain_text("what another tab had written (conv2d_padded)")


def test_the_download_is_graded_with_full_marks_and_opens_again(padding, tmp_path):
    for function, text in solutions("padding").items():
        type_in(padding, function, text)
    with padding.expect_download() as started:
        padding.get_by_role("button", name="Download the notebook").click()
    folder = tmp_path / "course"
    folder.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    for name in ("solutions", "exercises"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / ".venv-students").symlink_to(ROOT / ".venv-students")
    handed_in = folder / "submitted" / "somebody" / "padding" / "padding.ipynb"
    handed_in.parent.mkdir(parents=True)
    started.value.save_as(handed_in)
    assert started.value.suggested_filename == "padding.ipynb"
    report = tmp_path / "report.json"
    command = ["--course", str(folder), "grade", "padding", "--jobs", "1", "--seed", "3", "--device", "cpu"]
    command += ["--json", str(report)]
    assert main(["--course", str(folder), "release", "padding"]) == 0
    assert main(command) == 0
    (record,) = json.loads(report.read_text("utf-8"))["submissions"]
    assert record["score"] == record["max_score"] == 10
    agree(padding)
    count = len(solutions("padding"))
    padding.get_by_role("button", name="Erase").click()
    expect(solution_box(padding, "pad2d").locator(".cm-content")).to_contain_text("raise NotImplementedError()")
    padding.locator(".solve-end input[type=file]").set_input_files(handed_in)
    expect(padding.locator(".solve-note")).to_contain_text(f"{count} of {count} solution cells")
    padding.get_by_role("button", name="Check all my answers").click()
    expect(padding.locator(".solve-end .solve-good")).to_have_text(
        f"{count} of {count} functions pass the visible tests."
    )
    wrong = tmp_path / "other.ipynb"
    wrong.write_text('{"cells": []}', "utf-8")
    padding.locator(".solve-end input[type=file]").set_input_files(wrong)
    expect(padding.locator(".solve-note")).to_contain_text("none of the solution cells of padding")


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_every_assignment_is_solved_in_the_page_to_full_marks(padding, name, site):
    texts = solutions(name)
    wrong = wrong_programs(name)
    told = padding.evaluate(SOLVE_ALL, [name, texts, {function: one.source for function, one in wrong.items()}])
    assert told["failing"] == []
    points = source_of(name).points
    assert told["passed"] == list(points)
    assert {function: card["points"] for function, card in told["cards"].items()} == dict(points)
    assert {function: one["misconception"] for function, one in told["named"].items()} == {
        function: one.misconception for function, one in wrong.items()
    }
    assert all("Read the section of the book" in one["card"] for one in told["named"].values())
    assert told["pictures"] == (1 if name == "resnet" else 0)
    # One source: what students are given is what the page shows, and what it hands out again.
    released = json.loads((ROOT / "exercises" / name / f"{name}.ipynb").read_text("utf-8"))
    for cell in released["cells"]:
        if cell["cell_type"] == "code":
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", cell["id"])
            assert told["shown"][grade_id] == "".join(cell["source"])
            if grade_id in texts:
                cell["source"] = texts[grade_id].splitlines(keepends=True)
    assert json.loads(told["file"]) == released
    as_the_book_shows(site / "chapters" / f"{name}.html", told["ran"])


def as_the_book_shows(page: Path, ran: list[dict[str, str]]) -> None:
    """Fails unless a chapter's cells, run in the page with the author's answers, print what the built page shows."""
    cells = BeautifulSoup(page.read_text("utf-8"), "html.parser").select(".bd-article div.cell")
    shown = [cell for cell in cells if cell.select_one(".cell_input")]
    assert len(shown) == len(ran)
    for cell, told in zip(shown, ran, strict=True):
        assert cell.select_one(".cell_input pre").get_text().split() == told["source"].split()
        assert bool(told["kind"]) != bool(told["why"])
        built = " ".join(pre.get_text() for pre in cell.select(".cell_output pre")).split()
        if told["kind"] and not cell.select_one(".cell_output img, .cell_output table"):
            assert (told["error"], told["printed"].split()) == ("", built), told["source"]


def test_nothing_but_the_site_was_asked(padding, visit):
    assert visit.foreign == []


AXE = """
() => axe.run({ include: ['.solve', '.solve-page-cell', '.solve-edit', '.solve-left-out'] }).then(
  (told) => told.violations.map((one) => [one.id, one.nodes.map((node) => node.html.slice(0, 200))]))
"""


def test_the_open_assignment_breaks_no_accessibility_rule_in_either_theme(padding, axe):
    padding.set_viewport_size({"width": 375, "height": 800})
    padding.evaluate(axe)
    padding.evaluate("() => dispatchEvent(new Event('resize'))")  # the browser's own may come later than the rules
    for theme in ("light", "dark"):
        padding.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        assert padding.evaluate(AXE) == [], theme
    assert padding.evaluate("() => document.documentElement.scrollWidth") <= 375
    padding.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("delete window.WebAssembly", "runs no WebAssembly"),
        ("delete window.DecompressionStream", "too old to run Python"),
        ("Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }", "storage is full"),
        (
            "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } })",
            "keeps nothing",
        ),
    ],
)
def test_what_a_browser_lacks_is_said_in_words(browser, address, script, said):
    context = browser.new_context()
    context.add_init_script(script)
    context.route("**/solve/python-*/*", lambda route: route.abort())
    page = context.new_page()
    page.goto(address + FIRST)
    page.get_by_role("button", name="Solve it here").click()
    expect(page.locator(".solve")).to_contain_text(said)
    if "torage" in script:  # and the network that is gone, which is said beside it
        expect(page.locator(".solve-status")).to_contain_text("the network is gone, or the site is")
    context.close()


def test_the_fetching_of_python_is_counted_and_can_be_cancelled_by_touch(browser, address):
    context = browser.new_context(viewport={"width": 375, "height": 800}, has_touch=True, is_mobile=True)
    context.route("**/*.whl", lambda route: None)  # a network that does not answer
    page = context.new_page()
    page.goto(address + FIRST)
    page.get_by_role("button", name="Solve it here").tap()
    status = page.locator(".solve-bar .solve-status")
    expect(status).to_have_text(re.compile(r"Fetching Python: [5-7]\.\d of 8\.\d MB"))
    page.get_by_role("button", name="Cancel").tap()
    expect(status).to_have_text("Python was not fetched. Run, Check and Ask fetch it.")
    context.unroute_all()
    page.locator(".solve-solution .cm-content").first.tap()
    page.keyboard.insert_text("# typed on a phone\n")
    page.get_by_role("button", name="Check my answer").first.tap()
    expect(page.locator(".solve-error").first).to_contain_text("NotImplementedError")
    assert "# typed on a phone" in page.locator(".solve-solution .cm-content").first.inner_text()
    context.close()


def test_a_page_from_the_disk_says_how_to_serve_it(browser, site):
    page = browser.new_page()
    page.goto((site / FIRST).as_uri())
    page.get_by_role("button", name="Solve it here").click()
    words = page.locator(".solve-words")
    expect(words).to_contain_text("make serve")
    expect(words).to_contain_text("http://127.0.0.1:8000/chapters/padding.html")
    page.close()


def _app(tmp_path: Path, **config: object) -> Any:
    settings = {"course_ask_off": [], "course_python_url": "", "course_solve_missing": "", **config}
    return SimpleNamespace(
        srcdir=str(ROOT / "book"), outdir=str(tmp_path / "html"), config=SimpleNamespace(**settings),
        builder=SimpleNamespace(name="html", format="html"),
    )  # fmt: skip


def test_a_class_may_switch_the_graders_questions_off(site, tmp_path):
    at = solving.Places(ROOT / "book" / "_solve", ROOT / "book" / "_build" / "solve")
    files = solving.page_files(_app(tmp_path, course_ask_off=["padding"]), at)
    assert "padding/practice.pack" not in files
    assert "stride/practice.pack" in files


def test_python_may_come_from_the_official_distribution(site, tmp_path):
    at = solving.Places(ROOT / "book" / "_solve", ROOT / "book" / "_build" / "solve")
    told = solving._python_files(_app(tmp_path, course_python_url="https://cdn.example/full/"), at, "python-1")
    by_name = {file["name"]: file for file in told}
    assert by_name["pyodide.asm.wasm"]["url"] == "https://cdn.example/full/pyodide.asm.wasm"
    assert len(by_name["pyodide.asm.wasm"]["sha256"]) == 64
    assert by_name["pyodide-lock.json"]["url"].startswith("python-1/")


def test_without_npm_the_book_says_what_is_missing_and_ci_fails(tmp_path, monkeypatch):
    shutil.copytree(
        ROOT / "book" / "_solve", tmp_path / "book" / "_solve", ignore=shutil.ignore_patterns("node_modules")
    )
    app = _app(tmp_path)
    app.srcdir = str(tmp_path / "book")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", "false")
    solving.prepare(app, app.config)
    assert app.config.course_solve_missing == "npm is not installed: apt-get install npm"
    monkeypatch.setenv("CI", "true")
    with pytest.raises(ConfigError, match="npm is not installed"):
        solving.prepare(app, app.config)


def test_the_site_is_as_light_as_promised(site):
    manifest = json.loads((site / "solve" / "manifest.json").read_text("utf-8"))
    assert sum(file["bytes"] for file in manifest["python"]) < 10_000_000
    folders = {path.name for path in (site / "solve").iterdir() if path.is_dir()}
    assert len(folders) == 2
    assert (
        site / "solve" / next(name for name in folders if name.startswith("python-")) / "LICENSE-numpy.txt"
    ).is_file()


def test_a_notebooks_text_is_typeset_as_the_books():
    made = notebooks.text_html(
        "# 1 · Title\n\n## A *part*\n\n$$a_1 \\quad b$$\n\nand $x_i$, `$code$`, \\$5\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    )
    assert "Title" not in made
    assert "<h3>A <em>part</em></h3>" in made
    assert made.count("<math") == 3
    assert "<code>$code$</code>" in made
    assert "<table>" in made
    assert "@@" not in made
