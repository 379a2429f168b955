"""A student alone with the folder exercises/: JupyterLab in the students' environment, a wrong answer, a right one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
from playwright.sync_api import expect

from tests.conftest import ROOT, skip_or_fail, source_of
from tests.journeys import lab
from tests.journeys.servers import jupyter_lab

NAME = "padding"
FIRST = "source_index"
"""The first function that the notebook asks for."""
ENVIRONMENT = ROOT / ".venv-students" / "bin"
STUB = re.compile(r"NotImplementedError")
NO_FRAMES = ("Traceback", "check.py")
WIDTHS = (1280, 375)

EXTRA_PIXEL_BEFORE = '''\
def same_padding(kernel_size, dilation=1):
    """The padding of one axis that keeps its size at stride 1."""
    total = dilation * (kernel_size - 1)
    return total - total // 2, total // 2
'''
ZEROS_WHATEVER_THE_MODE = '''\
def pad2d(x, padding, mode="zeros"):
    """Pads an image on its four sides."""
    if np.ndim(padding) == 0:
        padding = (padding, padding)
    if len(padding) == 2:
        padding = (padding[0], padding[0], padding[1], padding[1])
    top, bottom, left, right = padding
    return np.pad(x, ((top, bottom), (left, right)))
'''
STOPS_AT_NINE_TAPS = '''\
def same_padding(kernel_size, dilation=1):
    """The padding of one axis that keeps its size at stride 1."""
    if kernel_size > 8:
        raise IndexError("so many taps are too much for me")
    total = dilation * (kernel_size - 1)
    return total // 2, total - total // 2
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What a student has: the handed-out folder, under a name that is not all ASCII and has spaces in it."""
    place = tmp_path_factory.mktemp("student") / "Übungen to convolution"
    shutil.copytree(ROOT / "exercises", place, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    return place


@pytest.fixture(scope="module")
def address(folder):
    if not (ENVIRONMENT / "jupyter-lab").exists():
        skip_or_fail("the students' environment is not there (make students)")
    with jupyter_lab(folder, folder.parent / "home", ENVIRONMENT) as where:
        yield where


class Desk:
    """The notebook as a student has it open."""

    def __init__(self, page):
        self.page = page
        self.panel = lab.notebook(page, f"{NAME}.ipynb")

    def test_cell(self, function):
        return self.panel.locator(".jp-CodeCell", has_text=f'recorded("{NAME}", "{function}", {function})')

    def said(self, function):
        return self.test_cell(function).locator(".jp-Cell-outputArea")

    def write_and_run(self, function, source):
        """Types a function and runs it and the test cell below it, as one does by keyboard."""
        lab.write(self.page, self.panel, {function: source})
        before = self.test_cell(function).locator(".jp-InputPrompt").inner_text()
        self.page.keyboard.press("Shift+Enter")
        self.page.keyboard.press("Control+Enter")
        prompt = self.test_cell(function).locator(".jp-InputPrompt")
        expect(prompt).not_to_have_text(before)
        expect(prompt).to_have_text(re.compile(r"^\[\d+\]:$"))
        return self.said(function)


def _shot(page, name):
    if "JOURNEY_SHOTS" in os.environ:
        page.screenshot(path=f"{os.environ['JOURNEY_SHOTS']}/student-{name}.png")


@pytest.fixture
def desk(address, folder, browser):
    shutil.copy(ROOT / "exercises" / NAME / f"{NAME}.ipynb", folder / NAME)
    page = lab.open_page(browser, f"{address}/lab/tree/{NAME}/{NAME}.ipynb?token=journey&reset")
    yield Desk(page)
    page.context.close()


def test_the_students_environment_holds_what_the_requirements_name_and_no_grader():
    frozen = subprocess.run(
        [ENVIRONMENT / "python", "-m", "pip", "freeze"], capture_output=True, text=True, check=True
    ).stdout
    have = {line.partition("==")[0].lower() for line in frozen.splitlines()}
    assert have >= {"numpy", "matplotlib", "jupyterlab", "ipykernel"}
    assert not have & {"torch", "scipy", "nbgrader", "autograde", "jupyter-book"}


def test_an_untouched_notebook_stops_at_the_first_test(desk):
    lab.run_all(desk.page)
    said = desk.said(FIRST)
    expect(said).to_contain_text(STUB)
    expect(said).to_contain_text("raise NotImplementedError()")
    expect(desk.panel.get_by_text(STUB).locator("visible=true")).not_to_have_count(0)
    expect(desk.said("same_padding")).to_have_text("")
    assert desk.test_cell("same_padding").locator(".jp-InputPrompt").inner_text() == "[ ]:"
    _shot(desk.page, "untouched")


def test_a_wrong_answer_is_explained_and_a_right_one_passes(desk):
    lab.run_all(desk.page)
    expect(desk.said(FIRST)).to_contain_text(STUB)
    said = desk.write_and_run("same_padding", EXTRA_PIXEL_BEFORE)
    expect(said).to_contain_text("✓ three taps")
    expect(said).to_contain_text('line 2:  expect("four taps: the odd pixel goes after", same_padding(4), (1, 2))')
    expect(said).to_contain_text(
        re.compile(r"✗ four taps: the odd pixel goes after\s+expected  \(1, 2\)\s+got +\(2, 1\)")
    )
    for words in (*NO_FRAMES, "//", "total"):
        expect(said).not_to_contain_text(words)
    _shot(desk.page, "wrong")

    right = next(cell.source for cell in source_of(NAME).cells if cell.id == "same_padding")
    said = desk.write_and_run("same_padding", right)
    expect(said).to_contain_text("✓ one tap")
    expect(said).to_contain_text("✓ torch's answer")
    expect(said).not_to_contain_text("✗")
    _shot(desk.page, "right")


def test_a_wrong_array_is_shown_with_its_first_difference(desk):
    lab.run_all(desk.page)
    expect(desk.said(FIRST)).to_contain_text(STUB)
    said = desk.write_and_run("pad2d", ZEROS_WHATEVER_THE_MODE)
    expect(said).to_contain_text("✓ zeros")
    expect(said).to_contain_text("✗ reflect")
    expect(said).to_contain_text("4 of 8 values differ; the first is at index (0, 0)")
    expect(said).to_contain_text(re.compile(r"expected  3\s+got +0"))
    expect(said).to_contain_text("[[0. 0. 1. 2. 3. 4. 0. 0.]]")
    for words in NO_FRAMES:
        expect(said).not_to_contain_text(words)
    _shot(desk.page, "wrong-array")


def test_an_error_of_ones_own_is_shown_with_what_was_asked(desk):
    lab.run_all(desk.page)
    expect(desk.said(FIRST)).to_contain_text(STUB)
    said = desk.write_and_run("same_padding", STOPS_AT_NINE_TAPS)
    expect(said).to_contain_text("✗ torch's answer")
    expect(said).to_contain_text(re.compile(r"asked +same_padding\(9\)"))
    expect(said).to_contain_text('raise IndexError("so many taps are too much for me")')
    expect(said).not_to_contain_text("check.py")
    _shot(desk.page, "error")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_message_is_read_without_scrolling_sideways(address, folder, browser, width):
    shutil.copy(ROOT / "exercises" / NAME / f"{NAME}.ipynb", folder / NAME)
    page = lab.open_page(browser, f"{address}/lab/tree/{NAME}/{NAME}.ipynb?token=journey&reset", 1280)
    desk = Desk(page)
    lab.run_all(page)
    expect(desk.said(FIRST)).to_contain_text(STUB)
    desk.write_and_run("pad2d", ZEROS_WHATEVER_THE_MODE)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+b")  # the folder's list makes room
    page.set_viewport_size({"width": width, "height": 1000})
    message = desk.said("pad2d").locator("pre", has_text="✗ reflect").last
    message.scroll_into_view_if_needed()
    assert message.evaluate("node => node.scrollWidth <= node.clientWidth + 1")
    expect(message).to_be_in_viewport()
    _shot(page, f"message-{width}")
    page.context.close()
