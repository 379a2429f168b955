"""The interactive convolution computes what torch computes, and can be worked by keyboard and pointer."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from torch.nn.functional import conv2d

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCRIPT = Path(__file__).resolve().parents[2] / "book" / "_static" / "conv-playground.js"
SETTINGS = list(itertools.product(range(1, 9), range(1, 5), range(3), range(1, 5), range(1, 4)))


@pytest.fixture
def page(browser: Browser) -> Page:
    context = browser.new_context(viewport={"width": 900, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_content(
        '<!doctype html><html lang="en"><title>t</title><main>'
        '<conv-playground n="5" k="3" p="1" s="2" d="1">fallback</conv-playground></main></html>'
    )
    page.add_script_tag(path=str(SCRIPT))
    yield page
    context.close()


def numbers(page: Page) -> list[int]:
    return [int(text.replace("\N{MINUS SIGN}", "-")) for text in page.locator("[role=gridcell]").all_inner_texts()]


def marked(page: Page) -> int:
    return page.evaluate(
        "[...document.querySelector('conv-playground').shadowRoot.querySelectorAll('[role=gridcell]')]"
        ".findIndex(cell => cell.getAttribute('aria-selected') === 'true')"
    )


def test_arithmetic_equals_torch_for_every_setting(page: Page) -> None:
    answers = page.evaluate(
        """settings => settings.map(([n, k, p, s, d]) => {
            const a = ConvPlayground, x = a.defaultInput(n), w = a.defaultKernel(k);
            x[0][0] = -5;
            w[0][k - 1] = -3;
            return {x, w, size: a.outputSize(n, k, p, s, d).size,
                    plain: a.convolve(x, w, p, s, d, false), flipped: a.convolve(x, w, p, s, d, true)};
        })""",
        SETTINGS,
    )
    assert len(answers) == len(SETTINGS) == 1152
    fitting = 0
    for (n, k, p, s, d), answer in zip(SETTINGS, answers, strict=True):
        if d * (k - 1) + 1 > n + 2 * p:
            assert answer["size"] == 0
            assert answer["plain"] == []
            continue
        fitting += 1
        x = torch.tensor(answer["x"], dtype=torch.float64)[None, None]
        w = torch.tensor(answer["w"], dtype=torch.float64)[None, None]
        for weights, given in ((w, "plain"), (w.flip(2, 3), "flipped")):
            expected = conv2d(x, weights, stride=s, padding=p, dilation=d)[0, 0]
            assert expected.tolist() == answer[given], json.dumps([n, k, p, s, d])
    assert fitting == 900


def test_what_is_shown_is_what_torch_computes(page: Page) -> None:
    x = page.evaluate("ConvPlayground.defaultInput(6)")
    w = page.evaluate("ConvPlayground.defaultKernel(2)")
    for name, value in (("n", 6), ("k", 2), ("p", 2), ("s", 3), ("d", 2)):
        page.get_by_label(
            {"n": "Input size n", "k": "Kernel size k", "p": "Padding p", "s": "Stride s", "d": "Dilation d"}[name]
        ).fill(str(value))
    expected = conv2d(
        torch.tensor([[x]], dtype=torch.float64),
        torch.tensor([[w]], dtype=torch.float64),
        stride=3,
        padding=2,
        dilation=2,
    )
    assert numbers(page) == expected.flatten().int().tolist()
    page.get_by_label("Flip the kernel").check()
    expected = conv2d(
        torch.tensor([[x]], dtype=torch.float64),
        torch.tensor([[w]], dtype=torch.float64).flip(2, 3),
        stride=3, padding=2, dilation=2,
    )  # fmt: skip
    assert numbers(page) == expected.flatten().int().tolist()


def test_buttons_step_through_the_outputs(page: Page) -> None:
    back, step = page.get_by_role("button", name="Back"), page.get_by_role("button", name="Step")
    assert marked(page) == 0
    assert back.is_disabled()
    step.click()
    step.click()
    assert marked(page) == 2
    back.click()
    assert marked(page) == 1
    page.get_by_role("button", name="Start over").click()
    assert marked(page) == 0
    page.locator("[role=gridcell]").nth(8).click()
    assert marked(page) == 8
    assert step.is_disabled()


def test_arrow_keys_move_the_window_and_the_sum_is_read_out(page: Page) -> None:
    page.locator("[role=gridcell]").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert marked(page) == 4
    value = numbers(page)[4]
    spoken = page.locator("[aria-live=polite]").inner_text()
    assert "row 1, column 1" in spoken
    assert f"the sum is {value}." in spoken
    written = page.locator(".sum").inner_text()
    products = written.split("=")[1].replace("\N{MINUS SIGN}", "-").replace("\n", " ")
    total = sum(int(a) * int(b) for a, b in (term.split("\N{MIDDLE DOT}") for term in products.split("+")))
    assert total == value
    page.keyboard.press("Home")
    assert marked(page) == 3


def test_play_goes_to_the_last_output(page: Page) -> None:
    page.clock.install()
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(60_000)
    assert marked(page) == 8
    assert page.get_by_role("button", name="Play").is_visible()


def test_messages_say_what_is_wrong(page: Page) -> None:
    note = page.get_by_role("status")
    page.get_by_label("Input size n").fill("6")
    page.get_by_label("Padding p").fill("0")
    assert "not whole" in note.inner_text()
    assert "the last row and the last column" in note.inner_text()
    page.get_by_label("Kernel size k").fill("7")
    assert "fits nowhere" in note.inner_text()
    assert numbers(page) == []
    page.get_by_label("Stride s").fill("0")
    assert "Stride s is a whole number from 1 to 5." in note.inner_text()
    assert page.get_by_label("Stride s").get_attribute("aria-invalid") == "true"


def _type(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).focus()
    page.keyboard.type(text)  # the cell's number is selected when it is entered, so that typing replaces it


def _torch(page: Page, x: list[list[float]], w: list[list[float]]) -> list[float]:
    image, taps = (torch.tensor([[rows]], dtype=torch.float64) for rows in (x, w))
    return conv2d(image, taps, stride=2, padding=1).flatten().tolist()


def test_a_typed_number_moves_the_outputs_that_torch_moves(page: Page) -> None:
    x, w = page.evaluate("[ConvPlayground.defaultInput(5), ConvPlayground.defaultKernel(3)]")
    before = numbers(page)
    for place, text, value in (((1, 3), "-7", -7), ((0, 0), "\N{MINUS SIGN}2", -2), ((4, 4), "12", 12)):
        x[place[0]][place[1]] = value
        _type(page, f"Input, row {place[0]}, column {place[1]}", text)
        assert numbers(page) == _torch(page, x, w)
    w[2][1] = 5
    _type(page, "Weight, row 2, column 1", "5")
    after = numbers(page)
    assert after == _torch(page, x, w) != before
    page.get_by_role("gridcell").nth(4).click()
    assert f"the sum is {after[4]}." in page.locator("[aria-live=polite]").inner_text()
    page.get_by_label("Flip the kernel").check()
    assert numbers(page) == _torch(page, x, [row[::-1] for row in w[::-1]])
    w[0][2] = 9  # shown in row 2, column 0 now
    _type(page, "Weight, row 2, column 0", "9")
    assert numbers(page) == _torch(page, x, [row[::-1] for row in w[::-1]])


def test_typed_numbers_outlive_a_change_of_sizes_and_can_be_restored(page: Page) -> None:
    x, w = page.evaluate("[ConvPlayground.defaultInput(5), ConvPlayground.defaultKernel(3)]")
    restore = page.get_by_role("button", name="Restore the numbers")
    assert restore.is_disabled()
    before = numbers(page)
    _type(page, "Input, row 2, column 2", "8")
    x[2][2] = 8
    page.get_by_label("Padding p").fill("2")
    page.get_by_label("Padding p").fill("1")
    assert numbers(page) == _torch(page, x, w)
    page.get_by_label("Input size n").fill("6")
    assert page.get_by_label("Input, row 2, column 2", exact=True).input_value() == "8"
    page.get_by_label("Input size n").fill("5")
    assert numbers(page) == _torch(page, x, w)
    restore.click()
    assert numbers(page) == before
    assert restore.is_disabled()


def test_the_count_of_changed_outputs_is_said_and_marked(page: Page) -> None:
    _type(page, "Input, row 0, column 0", "5")  # read by the first of nine windows only, under the middle tap
    assert page.get_by_role("status").inner_text() == "1 of 9 outputs changed."
    assert page.locator(".cell.moved").count() == 1
    assert "moved" in page.get_by_role("gridcell").first.get_attribute("class")
    page.get_by_label("Input, row 0, column 0", exact=True).fill("5.0")
    assert page.get_by_role("status").inner_text() == "0 of 9 outputs changed."


def test_a_cell_refuses_what_is_no_number_and_keeps_the_last_one(page: Page) -> None:
    cell = page.get_by_label("Input, row 1, column 1", exact=True)
    kept, outputs = cell.input_value(), numbers(page)
    for wrong in ("", "x", "1e3", "1000", "--1"):
        cell.fill(wrong)
        assert cell.get_attribute("aria-invalid") == "true"
        assert "row 1, column 1: a number from" in page.get_by_role("status").inner_text()
        assert numbers(page) == outputs
    cell.blur()
    assert (cell.input_value(), cell.get_attribute("aria-invalid")) == (kept, "false")
    assert page.get_by_role("status").inner_text() == ""
    cell.fill(".5")
    page.get_by_label("Weight, row 1, column 1", exact=True).fill("0.1")
    assert "\u00b70.1" in page.locator(".sum").inner_text()


def test_arrow_keys_walk_through_the_cells_and_tab_leaves_them(page: Page) -> None:
    here = "document.querySelector('conv-playground').shadowRoot.activeElement.getAttribute('aria-label')"
    page.get_by_label("Input, row 0, column 0", exact=True).focus()
    way = [("Right", 0, 1), ("Down", 1, 1), ("Down", 2, 1), ("Left", 2, 0), ("Left", 2, 0), ("Up", 1, 0)]
    for direction, row, column in way:
        page.keyboard.press(f"Arrow{direction}")
        assert page.evaluate(here) == f"Input, row {row}, column {column}"
    page.keyboard.press("Enter")
    assert page.evaluate(here) == "Input, row 2, column 0"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    assert page.evaluate(here) == "Weight, row 0, column 0"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(here) == "Input, row 1, column 0"
    page.keyboard.type("-34")  # inside a number the arrows move the caret
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(here) == "Input, row 1, column 0"


def test_fallback_is_read_without_scripts(browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content("<conv-playground n='5'><p>in words</p></conv-playground>")
    assert page.get_by_text("in words").is_visible()
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 375])
def test_accessible_and_narrow(browser: Browser, axe: str, theme: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme, has_touch=True)
    page = context.new_page()
    style = (SCRIPT.parent / "course.css").read_text()
    page.set_content(
        f'<!doctype html><html lang="en" data-theme="{theme}"><title>t</title><style>{style}'
        "body{margin:8px;background:var(--c-page)}</style><main><h1>t</h1><h2>t</h2>"
        '<conv-playground n="12" k="3" p="4" s="2" d="2">fallback</conv-playground></main></html>'
    )
    page.add_script_tag(path=str(SCRIPT))
    page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cell = page.get_by_label("Weight, row 1, column 1", exact=True)
    size = page.get_by_role("gridcell").first.bounding_box()
    cell.tap()
    page.keyboard.type("-7")
    assert page.get_by_role("gridcell").first.bounding_box()["height"] == size["height"]
    assert min(cell.locator("..").bounding_box()[side] for side in ("width", "height")) >= 24  # WCAG 2.5.8
    page.evaluate(axe)
    assert page.evaluate("axe.run({preload: false})")["violations"] == []
    context.close()
