"""The interactive convolution computes what torch computes, and can be worked by keyboard and pointer."""

from __future__ import annotations

import functools
import io
import itertools
import json
import random
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn.functional import avg_pool2d, conv2d, conv_transpose2d, max_pool2d, pad

from tests.conftest import exam_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Locator, Page

    from tests.book.conftest import Contexts

SCRIPT = Path(__file__).resolve().parents[2] / "book" / "_static" / "conv-playground.js"
TORCH_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


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


def _settings() -> list[dict[str, object]]:
    """Every operation with every mode, over sizes that fit and sizes that do not, and a draw from all."""
    found: list[dict[str, object]] = []
    for n, k, p, s, d in itertools.product((1, 2, 3, 5, 8), range(1, 5), range(4), (1, 2, 3), (1, 2, 3)):
        base = {"n": n, "k": k, "p": p, "s": s, "d": d}
        found += [{**base, "op": "conv", "m": m, "flip": (n + k) % 2 == 0} for m in TORCH_MODES]
        found += [{**base, "op": op, "q": q} for op in ("paint", "spread") for q in (0, 1)]
        found += [{**base, "op": "max"}, *({**base, "op": "average", "include": yes} for yes in (True, False))]
        found.append({**base, "op": "conv", "c": 2, "f": 3 - n % 2})
    draw = random.Random(16)
    for _ in range(1200):
        n, k, p, s, d = (draw.randint(*ends) for ends in ((1, 12), (1, 7), (0, 4), (1, 5), (1, 4)))
        base = {
            "n": n,
            "k": k,
            "p": p,
            "s": s,
            "d": d,
            "op": draw.choice(("conv", "paint", "spread", "max", "average")),
        }
        if base["op"] == "conv":
            base |= {"m": draw.choice(tuple(TORCH_MODES)), "flip": draw.random() < 0.5, "c": draw.randint(1, 3)}
            base["f"] = draw.randint(1, 3)
        elif base["op"] in ("paint", "spread"):
            base["q"] = draw.randint(0, 4)
        elif base["op"] == "average":
            base["include"] = draw.random() < 0.5
        found.append(base)
    return found


def _expected(setting: dict[str, object], x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> list[object]:
    """What torch answers; a RuntimeError where torch has none."""
    q = {"p": 0, "s": 1, "d": 1, "q": 0, "m": "zeros", "flip": False, "include": True, **setting}
    if q["op"] == "max":
        return max_pool2d(x, q["k"], q["s"], q["p"], q["d"]).tolist()
    if q["op"] == "average":
        return avg_pool2d(x, q["k"], q["s"], q["p"], False, q["include"]).tolist()
    if q["op"] in ("paint", "spread"):
        return conv_transpose2d(x[None], w, None, q["s"], q["p"], q["q"], 1, q["d"])[0].tolist()
    w = w.flip(2, 3) if q["flip"] else w
    padded = pad(x[None], (q["p"],) * 4, mode=TORCH_MODES[q["m"]])
    return conv2d(padded, w, b, stride=q["s"], dilation=q["d"])[0].tolist()


def test_arithmetic_equals_torch_for_every_setting(page: Page) -> None:
    settings = _settings()
    answers = page.evaluate(
        """settings => settings.map(given => {
            const a = ConvPlayground, q = {...a.START, ...given}, {x, w} = a.defaults(q, {});
            const b = w.map((_, f) => 3 - 5 * f);
            x[0][0][0] = -5;
            w[0][0][0][q.k - 1] = -3;
            const fit = a.fit(q);
            return {x, w, b, size: fit.size, problem: fit.problem,
                    maps: a.compute(q, x, w, b).map(m => m.map(row => row.map(v => v === -Infinity ? "-inf" : v)))};
        })""",
        settings,
    )
    fitting: Counter[str] = Counter()
    for setting, answer in zip(settings, answers, strict=True):
        op, note = str(setting["op"]), json.dumps(setting)
        x, w, b = (torch.tensor(answer[name], dtype=torch.float64) for name in "xwb")
        try:
            expected = _expected(setting, x, w, b if op == "conv" else torch.zeros(1))
        except RuntimeError:
            assert answer["size"] == 0, note
            assert answer["problem"], note
            continue
        assert answer["problem"] == "", note
        fitting[op] += 1
        shown = [[[float(v) for v in row] for row in plane] for plane in answer["maps"]]
        assert torch.tensor(shown).shape == torch.tensor(expected).shape, note
        assert torch.allclose(torch.tensor(shown).double(), torch.tensor(expected).double(), atol=1e-5), note
    assert fitting == {"conv": 2718, "paint": 1342, "spread": 1316, "average": 715, "max": 284}


def test_the_map_of_a_whole_picture_is_what_torch_computes(page: Page) -> None:
    settings = []
    for size, k, p, s in itertools.product(((9, 13), (3, 5)), (1, 2, 3, 4), (0, 1, 2, 3), (1, 2, 3)):
        base = {"size": size, "k": k, "p": p, "s": s, "d": 1 + (k + p) % 2}
        settings += [{**base, "op": "conv", "m": m, "c": 1 + (k + s) % 3, "flip": p % 2 == 0} for m in TORCH_MODES]
        settings += [{**base, "op": "max"}, *({**base, "op": "average", "include": yes} for yes in (True, False))]
    answers = page.evaluate(
        """settings => settings.map(given => {
            const a = ConvPlayground, q = {...a.START, ...given}, {w} = a.defaults({...q, n: 1}, {});
            const line = (i, c) => Array.from({length: given.size[1]}, (_, j) => (7 * i + 5 * j * j + 3 * c) % 23 - 11);
            const plane = c => Array.from({length: given.size[0]}, (_, i) => line(i, c));
            const x = Array.from({length: q.c}, (_, c) => plane(c));
            return {x, w, map: a.picture(q, x, w[0], 2).map(row => row.map(v => v === -Infinity ? "-inf" : v))};
        })""",
        settings,
    )
    fitting = 0
    for setting, answer in zip(settings, answers, strict=True):
        x, w = (torch.tensor(answer[name], dtype=torch.float64) for name in "xw")
        try:
            expected = _expected(setting, x, w, torch.tensor([2.0], dtype=torch.float64))
        except RuntimeError:
            assert answer["map"] == [], json.dumps(setting)
            continue
        fitting += 1
        shown = torch.tensor([[float(value) for value in row] for row in answer["map"]])
        assert torch.allclose(shown.double(), torch.tensor(expected[0]).double(), atol=1e-5), json.dumps(setting)
    assert fitting > 400  # of 672; torch refuses the others, and so does the playground


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


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Callable[..., Page]:
    """Opens a page with one playground from a file, as a downloaded book is read."""
    contexts = []

    def open_page(attributes: str, search: str = "", width: int = 900, *, touch: bool = False) -> Page:
        path = tmp_path / "page.html"
        path.write_text(
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title>'
            '<meta name="viewport" content="width=device-width"><main><h1>t</h1><h2>t</h2>'
            f'<div id="conv-playground-1"><conv-playground {attributes}>fallback</conv-playground></div>'
            f'</main><script src="{SCRIPT.as_uri()}"></script></html>'
        )
        context = browser.new_context(
            viewport={"width": width, "height": 800}, reduced_motion="reduce", has_touch=touch, is_mobile=touch
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(path.as_uri() + search)
        return page

    yield open_page
    for context in contexts:
        context.close()


def _paste(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).evaluate(
        """(cell, text) => {
            const data = new DataTransfer();
            data.setData("text", text);
            cell.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        text,
    )


def _read(page: Page, grid: str, size: int) -> list[list[float]]:
    cell = "document.querySelector('conv-playground').shadowRoot.querySelector(`[aria-label=\"${label}\"]`).value"
    labels = [[f"{grid}, row {i}, column {j}" for j in range(size)] for i in range(size)]
    texts = page.evaluate(f"labels => labels.map(row => row.map(label => {cell}))", labels)
    return [[float(text.replace("\N{MINUS SIGN}", "-")) for text in row] for row in texts]


@pytest.mark.parametrize(
    "text",
    ["1\t-2\t3\t4\n5\t6\t7\t8\n9\t1\t2\t3\n4\t5\t6\t7\n", "[[1, -2, 3, 4], [5, 6, 7, 8], [9, 1, 2, 3], [4, 5, 6, 7]]",
     "[[ 1. -2.  3.  4.]\n [ 5.  6.  7.  8.]\n [ 9.  1.  2.  3.]\n [ 4.  5.  6.  7.]]"],
    ids=["spreadsheet", "list", "numpy"],
)  # fmt: skip
def test_a_pasted_matrix_brings_its_size_and_undo_takes_it_back(page: Page, text: str) -> None:
    before = numbers(page)
    _paste(page, "Input, row 0, column 0", text)
    x = [[1, -2, 3, 4], [5, 6, 7, 8], [9, 1, 2, 3], [4, 5, 6, 7]]
    assert page.get_by_label("Input size n").input_value() == "4"
    assert numbers(page) == _torch(page, x, page.evaluate("ConvPlayground.defaultKernel(3)"))
    _paste(page, "Weight, row 1, column 1", "7 8 9\n4 5 6")
    assert page.get_by_role("status").inner_text() == "Pasted 2\u00a0\u00d7\u00a03; 2 numbers found no cell."
    w = page.evaluate("ConvPlayground.defaultKernel(3)")
    w[1][1:], w[2][1:] = [7, 8], [4, 5]
    assert numbers(page) == _torch(page, x, w)
    undo = page.get_by_role("button", name="Undo")
    undo.click()
    undo.click()
    assert numbers(page) == before
    assert undo.is_disabled()
    _paste(page, "Input, row 0, column 0", "1 2\nx y")
    assert numbers(page) == before


def test_undo_takes_back_numbers_sizes_examples_and_random_ones(page: Page) -> None:
    undo = page.get_by_role("button", name="Undo")
    states = [numbers(page)]
    _type(page, "Input, row 1, column 1", "-12")  # three keys, one step back
    states.append(numbers(page))
    page.get_by_label("Stride s").fill("1")
    states.append(numbers(page))
    page.get_by_label("Example").select_option("Sobel, across")
    assert _read(page, "Weight", 3) == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    states.append(numbers(page))
    page.get_by_role("button", name="Random numbers").click()
    x, w = _read(page, "Input", 5), _read(page, "Weight", 3)
    image, taps = torch.tensor([[x]]), torch.tensor([[w]])
    assert numbers(page) == conv2d(image, taps, padding=1).flatten().tolist()
    for state in reversed(states):
        page.get_by_label("Padding p").focus()
        page.keyboard.press("Control+z")
        assert numbers(page) == state
    assert undo.is_disabled()


def test_an_impulse_draws_the_filter_rotated(page: Page) -> None:
    page.get_by_label("Stride s").fill("1")
    page.get_by_label("Example").select_option("A single 1 as the input")
    taps = page.evaluate("ConvPlayground.defaultKernel(3)")
    out = torch.tensor(numbers(page)).reshape(5, 5)
    assert out[1:4, 1:4].tolist() == [row[::-1] for row in taps[::-1]]
    assert out.sum().item() == sum(map(sum, taps))


CASES = {
    "reflect": ('n="5" k="3" features="modes"', [("Padding p", "2")], [("Padding mode", "Reflect")]),
    "two channels": ('n="4" k="2" features="modes channels" b="1,-2" c="2" f="2"', [("Stride s", "2")], []),
    "paint": ('n="3" k="3" s="2" features="paint" op="paint"', [("Output padding", "1")], []),
    "spread": (
        'n="3" k="2" s="2" features="paint"',
        [("Padding p", "1")],
        [("Operation", "Transposed: zeros between")],
    ),
    "average": ('n="5" k="3" p="1" s="2" features="pool" op="average"', [("Stride s", "1")], []),
    "max": ('n="4" k="2" s="2" features="pool" op="max"', [("Input size n", "6")], []),
}


WAYS = ("mouse", "touch at 375", "keyboard at 375")


def _use(page: Page, by: str, one: Locator, key: str = "Enter") -> None:
    """Clicks, taps, or goes there and presses a key."""
    if by.startswith("keyboard"):
        one.focus()
        page.keyboard.press(key)
    else:
        (one.tap if by.startswith("touch") else one.click)()


@pytest.mark.parametrize("by", WAYS)
@pytest.mark.parametrize("case", CASES)
def test_a_setting_survives_the_way_through_the_address(opened: Callable[..., Page], case: str, by: str) -> None:
    attributes, fields, choices = CASES[case]
    width, touch = (900 if by == "mouse" else 375), by.startswith("touch")
    page = opened(attributes, "?other=1#conv-playground-1", width, touch=touch)
    for label, value in fields:
        page.get_by_label(label).fill(value)
    for label, value in choices:
        page.get_by_label(label).select_option(value)
    name = "Input channel 0, row 0, column 1" if case == "two channels" else "Input, row 0, column 1"
    _use(page, by, page.get_by_label(name), "Shift")  # a key that changes nothing: the cell is entered by focus
    page.keyboard.type("-7.5")
    _use(page, by, page.get_by_role("button", name="Step"))
    shown = page.locator(".out").all_text_contents()
    page.wait_for_function("location.search.includes('play1=') && location.search.includes('-7.5')")
    assert page.url.endswith("#conv-playground-1")
    assert "?other=1&play1=" in page.url
    link = page.get_by_role("link", name="Link to these numbers").get_attribute("href")
    assert page.url.endswith(link)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    again = opened(attributes, "?" + link.partition("?")[2], width, touch=touch)
    again.get_by_label(name).focus()  # in a painting figure it is the cell's own paint that is shown
    _use(again, by, again.get_by_role("button", name="Step"))
    assert again.locator(".out").all_text_contents() == shown
    again.get_by_label(fields[0][0]).fill("9" if fields[0][0] == "Input size n" else "0")
    assert again.get_by_label(name, exact=True).input_value() == "\N{MINUS SIGN}7.5"


@pytest.mark.parametrize("wrong", ["n99", "k3_x1,2", "opmax", "zz", "k3_w1,2,3,4,5,6,7,8,z"])
def test_an_address_that_is_none_is_told_and_the_page_shows_its_numbers(
    opened: Callable[..., Page], wrong: str
) -> None:
    plain = opened('n="4" k="3"')
    expected = numbers(plain)
    page = opened('n="4" k="3"', f"?play1={wrong}")
    assert "The address asks for something" in page.get_by_role("status").inner_text()
    assert numbers(page) == expected


def test_a_pixel_paints_the_filter(opened: Callable[..., Page]) -> None:
    page = opened('n="2" k="3" s="2" op="paint" features="paint" x="1,2;3,4" w="1,0,2;0,1,0;3,0,1"')
    x, w = torch.tensor([[[[1.0, 2], [3, 4]]]]), torch.tensor([[[[1.0, 0, 2], [0, 1, 0], [3, 0, 1]]]])
    canvas = page.locator("[role=cell]")
    page.get_by_label("Input, row 1, column 0", exact=True).focus()
    added = [text.split(" +") for text in canvas.all_text_contents()]
    assert page.locator(".where").inner_text() == "pixel 3 of 4"
    assert [int(text[0]) for text in added] == conv_transpose2d(x, w, stride=2).flatten().int().tolist()
    alone = torch.zeros(1, 1, 2, 2)
    alone[0, 0, 1, 0] = 3
    own = conv_transpose2d(alone, w, stride=2).flatten().int().tolist()
    assert [int(text[1]) if text[1:] else 0 for text in added] == own
    painted = [text[0] for text in added]
    page.get_by_label("Operation").select_option("Transposed: zeros between")
    assert page.get_by_role("gridcell").all_text_contents() == painted
    assert page.locator("td.between").count() == 5  # of 3 x 3 cells, four are pixels


def test_two_channels_are_summed_by_channel_before_the_bias(opened: Callable[..., Page]) -> None:
    page = opened('n="3" k="2" c="2" f="2" b="1,-2" features="channels"')
    page.get_by_role("grid", name="Output 1").get_by_role("gridcell").nth(3).click()
    written = page.locator(".sum").inner_text().replace("\N{MINUS SIGN}", "-")
    parts = [int(line.partition(": ")[2]) for line in written.splitlines() if line.startswith("channel")]
    answer = page.evaluate(
        "(() => { const a = ConvPlayground, q = {...a.START, n: 3, k: 2, c: 2, f: 2}; return a.defaults(q, {}); })()"
    )
    x, w = (torch.tensor(answer[name], dtype=torch.float64) for name in "xw")
    assert parts == [int((x[c, 1:, 1:] * w[1, c]).sum()) for c in range(2)]
    assert "+ (-2) (bias)" in written
    assert int(written.split("=")[-1]) == sum(parts) - 2
    page.get_by_label("Bias filter 1", exact=True).fill("10")
    assert numbers(page)[7] == sum(parts) + 10


def test_a_cell_is_wide_enough_for_its_number_on_a_phone(opened: Callable[..., Page]) -> None:
    page = opened('n="4" k="2" x="9,9,9,9;9,-99,9,9;9,9,9,9;9,9,9,99"', "?play1=w12,-7,3.25,1", 375, touch=True)
    lines = page.get_by_role("gridcell").evaluate_all(
        """cells => cells.map(cell => {
            const range = document.createRange();
            range.selectNodeContents(cell);
            const [text, box] = [range.getBoundingClientRect(), cell.getBoundingClientRect()];
            return range.getClientRects().length === 1 && text.left >= box.left && text.right <= box.right;
        })"""
    )
    assert lines == [True] * 9
    clipped = "cells => cells.map(cell => cell.value.length > 2 && cell.scrollWidth > cell.clientWidth)"
    inputs = page.locator("td input")
    page.get_by_label("Input, row 0, column 0", exact=True).fill("-123.5")
    assert inputs.evaluate_all("cells => cells.filter(cell => cell.value.length > 2).length") == 3
    assert not any(inputs.evaluate_all(clipped))


def test_max_pooling_pads_with_minus_infinity_and_the_mean_says_its_divisor(opened: Callable[..., Page]) -> None:
    page = opened('n="2" k="3" p="1" op="max" features="pool" x="-1,-2;-3,-4"')
    assert numbers(page) == [-1, -1, -1, -1]
    assert page.locator("td.pad").first.inner_text() == "\N{MINUS SIGN}\N{INFINITY}"
    written = "".join(page.locator(".sum").inner_text().replace("\N{MINUS SIGN}", "-").split())
    assert written.replace("\N{INFINITY}", "inf") == "y[0,0]=maxof-inf,-inf,-inf,-inf,-1,-2,-inf,-3,-4=-1"
    page.get_by_label("Operation").select_option("Average pooling")
    assert "/ 9" in page.locator(".sum").inner_text()
    page.get_by_label("Count the padding").uncheck()
    assert "/ 4" in page.locator(".sum").inner_text()
    assert page.get_by_role("gridcell").first.inner_text() == "\N{MINUS SIGN}2.5"


def _png(pixels: np.ndarray) -> dict[str, object]:
    """A picture file as a reader would choose it."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return {"name": "own.png", "mimeType": "image/png", "buffer": file.getvalue()}


def _levels(page: Page, place: int) -> np.ndarray:
    """The gray levels of the first or the second canvas."""
    found = page.evaluate(
        """place => {
            const one = document.querySelector("conv-playground").shadowRoot.querySelectorAll("canvas")[place];
            const data = one.getContext("2d").getImageData(0, 0, one.width, one.height).data;
            return [one.height, one.width, [...data].filter((_, i) => i % 4 === 0)];
        }""",
        place,
    )
    return np.array(found[2]).reshape(found[:2])


def _whole(gray: np.ndarray, taps: list[list[float]]) -> tuple[np.ndarray, np.ndarray]:
    """The map of a picture by torch, and the gray levels that it is drawn with: middle gray for 0."""
    image, weight = (torch.tensor(array, dtype=torch.float64)[None, None] for array in (gray, np.array(taps)))
    found = conv2d(image, weight)[0, 0].numpy()
    assert found.min() < 0
    return found, 127.5 + 127.5 * found / abs(found).max()


@pytest.mark.parametrize("by", WAYS)
def test_a_photograph_is_loaded_framed_and_answered_and_goes_nowhere(opened: Callable[..., Page], by: str) -> None:
    gray = np.random.default_rng(1).integers(0, 256, (30, 40), dtype=np.uint8)
    width, taps = (900 if by == "mouse" else 375), [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    page = opened('n="4" k="3" w="-1,0,1;-2,0,2;-1,0,1" features="photo"', "", width, touch=by.startswith("touch"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    before = numbers(page)

    use = functools.partial(_use, page, by)
    use(page.get_by_text("Use a photograph of your own", exact=True))
    with page.expect_file_chooser() as chooser:
        use(page.get_by_label("Photograph", exact=True), "Space")
    chooser.value.set_files(_png(np.stack([gray] * 3, axis=-1)))
    page.get_by_text("30 \u00d7 40 pixels here").wait_for()
    assert _read(page, "Input", 4) == gray[13:17, 18:22].tolist()  # the middle
    own = page.locator("canvas").first
    if by.startswith("keyboard"):
        use(page.get_by_label("First row of the frame"), "ArrowRight")
        use(page.get_by_label("First column of the frame"), "ArrowLeft")
        row, column = 14, 17
    else:
        box, (row, column) = own.bounding_box(), (20, 7)
        middle = {"x": (column + 2) * box["width"] / 40, "y": (row + 2) * box["height"] / 30}
        (own.tap if by.startswith("touch") else own.click)(position=middle)
    assert _read(page, "Input", 4) == gray[row : row + 4, column : column + 4].tolist()
    assert f"The frame starts at row {row}, column {column}." in own.get_attribute("aria-label")
    expected, levels = _whole(gray, taps)
    assert numbers(page) == expected[row : row + 2, column : column + 2].ravel().tolist()
    assert abs(_levels(page, 1) - levels).max() < 1
    assert "Middle gray is 0." in page.locator("canvas").nth(1).get_attribute("aria-label")
    taps[1][1] = -9
    page.get_by_label("Weight, row 1, column 1", exact=True).fill("-9")
    assert abs(_levels(page, 1) - _whole(gray, taps)[1]).max() < 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    use(page.get_by_role("button", name="Remove the photograph"))
    assert own.is_hidden()
    for left in (2, 1, 0):  # the weight, the frame, the photograph
        use(page.get_by_role("button", name="Undo"))
        assert page.get_by_role("button", name="Undo").is_disabled() == (left == 0)
    assert numbers(page) == before
    assert [url for url in asked if not url.startswith(("blob:", "data:"))] == []


@pytest.mark.parametrize("by", ["drop", "paste"])
def test_a_photograph_may_be_dropped_or_pasted(opened: Callable[..., Page], by: str) -> None:
    gray = np.random.default_rng(3).integers(0, 256, (8, 10), dtype=np.uint8)
    page = opened('n="4" k="3" features="photo"')
    page.locator("summary").click()
    dealt = """([by, bytes, kind]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], "own", { type: kind }));
        const told = { bubbles: true, cancelable: true };
        const event = by === "drop" ? new DragEvent("drop", { ...told, dataTransfer: data })
            : new ClipboardEvent("paste", { ...told, clipboardData: data });
        document.querySelector("conv-playground").shadowRoot.querySelector(".photo").dispatchEvent(event);
        return event.defaultPrevented;
    }"""
    file = list(_png(np.stack([gray] * 3, axis=-1))["buffer"])  # type: ignore[call-overload]
    assert page.evaluate(dealt, [by, list(b"some text"), "text/plain"]) == (
        by == "drop"
    )  # a page must not open what falls on it
    assert page.locator("canvas").first.is_hidden()
    assert page.evaluate(dealt, [by, file, "image/png"])
    page.get_by_text("8 \u00d7 10 pixels here").wait_for()
    assert _read(page, "Input", 4) == gray[2:6, 3:7].tolist()


def test_a_photograph_in_color_fills_as_many_channels_as_there_are(opened: Callable[..., Page]) -> None:
    color = np.random.default_rng(2).integers(0, 256, (300, 200, 3), dtype=np.uint8)
    color[...] = color[:1, :1]  # of one color, so that shrinking changes nothing
    page = opened('n="3" k="2" c="3" features="photo channels pool" op="conv"')
    page.locator("summary").click()
    page.get_by_label("Photograph", exact=True).set_input_files(_png(color))
    page.get_by_text("192 \u00d7 128 pixels here").wait_for()
    for c in range(3):
        assert _read(page, f"Input channel {c}", 3) == [[color[0, 0, c]] * 3] * 3
    page.get_by_label("Input size n").fill("5")
    assert _read(page, "Input channel 2", 5) == [[color[0, 0, 2]] * 5] * 5
    page.get_by_label("Operation").select_option("Max pooling")
    shade = round(float(color[0, 0] @ [0.299, 0.587, 0.114]))
    assert _read(page, "Input", 5) == [[shade] * 5] * 5
    assert (_levels(page, 1) == 255).all()
    assert f"{shade} to {shade}." in page.locator("canvas").nth(1).get_attribute("aria-label")
    page.get_by_label("Photograph", exact=True).set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"}
    )
    page.get_by_text("can’t read this file as a picture").wait_for()


def test_fallback_is_read_without_scripts(browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content("<conv-playground n='5'><p>in words</p></conv-playground>")
    assert page.get_by_text("in words").is_visible()
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("op", ["conv", "paint", "spread", "max", "average"])
def test_every_operation_is_accessible_and_narrow(browser: Browser, axe: str, theme: str, op: str) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 800}, color_scheme=theme, has_touch=True)
    page = context.new_page()
    style = (SCRIPT.parent / "course.css").read_text()
    page.set_content(
        f'<!doctype html><html lang="en" data-theme="{theme}"><title>t</title><style>{style}'
        "body{margin:8px;background:var(--c-page)}</style><main><h1>t</h1><h2>t</h2><conv-playground n='6' k='3' "
        f"p='1' s='2' c='2' f='2' b='1,2' m='reflect' op='{op}' features='modes paint channels pool photo'>"
        "x</conv-playground></main>"
    )
    page.add_script_tag(path=str(SCRIPT))
    page.get_by_role("button", name="Step").tap()
    page.locator("summary").tap()
    page.get_by_label("Photograph", exact=True).set_input_files(_png(np.zeros((50, 90, 3), dtype=np.uint8)))
    page.get_by_text("50 \u00d7 90 pixels here").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    sizes = page.evaluate(
        "[...document.querySelector('conv-playground').shadowRoot"
        ".querySelectorAll('button, select, summary, td input, .photo input, .cell')]"
        ".filter(one => one.checkVisibility()).map(one => (one.closest('td') || one).getBoundingClientRect())"
        ".map(box => Math.min(box.width, box.height))"
    )
    assert min(sizes) >= 24
    page.evaluate(axe)
    assert page.evaluate("axe.run({preload: false})")["violations"] == []
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


NAMES = ("filter_arithmetic", "padding", "stride", "channels", "pooling")
TAKE = """(one, text) => {
    const taken = text === null || one.decode(text), maps = ConvPlayground.compute(one.set, one.x, one.w, one.b);
    return {taken, maps, note: one.note.textContent};
}"""


def test_each_small_case_that_names_the_playground_is_shown_by_it(contexts: Contexts, site: Path) -> None:
    page = contexts.get().new_page()
    opened = set()
    for case in (case for name in NAMES for cases in exam_of(name).small.values() for case in cases if case.figure):
        address, _, anchor = case.figure.partition("#")
        file, _, query = address.partition("?")
        box = page.locator(f"#{anchor} conv-playground")
        first = (file, anchor) not in opened
        if first:  # as a reader does, by the link; the others by what the link holds
            opened.add((file, anchor))
            page.goto(f"{(site / file).as_uri()}?{query}#{anchor}")
            box.get_by_role("button", name="Step").wait_for()
        told = box.evaluate(TAKE, None if first else query.partition("=")[2])
        assert told["taken"], case
        assert "does not offer" not in told["note"], case
        right = case.expectation.value
        maps = right[0] if right.ndim == 4 else [right]
        np.testing.assert_allclose(told["maps"], maps, atol=1e-6, err_msg=case.figure)
    assert len(opened) == len(NAMES) + 1  # chapter 3 has two
    page.close()
