"""The deletion explorer says what was counted, waits with the answer for a guess, and can be worked by keyboard."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STATIC = ROOT / "book" / "_static"
RECORD = json.loads((ROOT / "benchmarks" / "results" / "deletion.json").read_text("utf-8"))
COUNTS = " ".join(f'{name}="{",".join(map(str, RECORD["wrong"][name]))}"' for name in ("residual", "plain"))
TAG = f'<deletion-explorer pictures="{RECORD["pictures"]}" {COUNTS}>fallback</deletion-explorer>'


def _percent(name: str, *blocks: int) -> str:
    wrong = RECORD["wrong"][name][sum(1 << block for block in blocks)]
    return f"{round(1000 * wrong / RECORD['pictures']) / 10:.1f} %"


@pytest.fixture
def explorer(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 900, "height": 1000}, reduced_motion="reduce")
    page = context.new_page()
    page.set_content(f'<!doctype html><html lang="en"><title>t</title><main>{TAG}</main></html>')
    page.add_script_tag(path=str(STATIC / "deletion-explorer.js"))
    yield page
    context.close()


def test_whole_networks_are_what_is_shown_first(explorer: Page) -> None:
    said = explorer.get_by_role("status").inner_text()
    assert f"Whole: ResNet-20 errs on {_percent('residual')}, plain-20 on {_percent('plain')}." in said
    assert "512 paths 512 are left" in said


def test_the_answer_waits_for_the_guess_and_tells_how_far_it_was_off(explorer: Page) -> None:
    status = explorer.get_by_role("status")
    explorer.get_by_role("button", name="Take out block 1.1").click()
    assert _percent("residual", 1) not in status.inner_text()
    assert "Guess, then show." in status.inner_text()
    explorer.get_by_role("spinbutton").fill("99")
    explorer.get_by_role("button", name="Show the errors").click()
    said = status.inner_text()
    assert f"Without 1.1: ResNet-20 errs on {_percent('residual', 1)}, plain-20 on {_percent('plain', 1)}." in said
    off = 99 - float(_percent("residual", 1).removesuffix(" %"))
    assert f"{off:.1f} points too high" in said
    assert "256 are left" in said
    explorer.get_by_role("spinbutton").fill("101")
    explorer.get_by_role("button", name="Show the errors").click()
    assert status.inner_text() == "A guess is a number from 0 to 100."


def test_several_blocks_are_taken_out_and_put_back_by_keyboard(explorer: Page) -> None:
    status = explorer.get_by_role("status")
    for name in ("1.0", "3.2"):
        explorer.get_by_role("button", name=f"Take out block {name}").focus()
        explorer.keyboard.press("Space")
    explorer.get_by_role("spinbutton").focus()
    explorer.keyboard.press("Enter")
    assert f"Without 1.0, 3.2: ResNet-20 errs on {_percent('residual', 0, 8)}" in status.inner_text()
    assert "128 are left" in status.inner_text()
    label = explorer.locator("svg").get_attribute("aria-label") or ""
    assert ", ".join(str(math.comb(7, k)) for k in range(10)) in label
    explorer.get_by_role("button", name="Put all back").click()
    assert "Whole:" in status.inner_text()
    assert explorer.get_by_role("button", pressed=True).count() == 0


def test_path_lengths_and_places_are_arithmetic(explorer: Page) -> None:
    lengths = explorer.evaluate("[0, 1, 9, 20].map(n => DeletionExplorer.lengths(n))")
    assert lengths == [[math.comb(n, k) for k in range(n + 1)] for n in (0, 1, 9, 20)]
    assert explorer.evaluate("DeletionExplorer.place([true, false, true])") == 5
    counts = [*list(range(0, 2001, 7)), 181, 1805, 1807]
    shown = explorer.evaluate("counts => counts.map(wrong => DeletionExplorer.percent(wrong, 2000))", counts)
    assert shown == [round(1000 * wrong / 2000) / 10 for wrong in counts]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible_and_narrow(browser: Browser, axe: str, theme: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 800}, color_scheme=theme)
    page = context.new_page()
    style = (STATIC / "course.css").read_text()
    page.set_content(
        f'<!doctype html><html lang="en" data-theme="{theme}"><title>t</title><style>{style}'
        f"body{{margin:8px;background:var(--c-page)}}</style><main><h1>t</h1><h2>t</h2>{TAG}</main></html>"
    )
    page.add_script_tag(path=str(STATIC / "deletion-explorer.js"))
    page.get_by_role("button", name="Take out block 2.1").click()
    page.get_by_role("spinbutton").fill("30")
    page.get_by_role("button", name="Show the errors").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.evaluate(axe)
    assert page.evaluate("axe.run({preload: false})")["violations"] == []
    context.close()


def test_words_are_read_without_scripts(browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content("<deletion-explorer><p>in words</p></deletion-explorer>")
    assert page.get_by_text("in words").is_visible()
    context.close()
