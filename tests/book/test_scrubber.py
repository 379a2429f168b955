"""A slider draws a figure's lines up to a place, by pointer and by keyboard; without scripts they are whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCRIPT = ROOT / "book" / "_static" / "figure-scrubber.js"
MARKS = "".join(f'<use href="#m" x="{x}"/>' for x in (1, 2, 3))
PAGE = f"""<!doctype html><html lang="en"><title>t</title><main><h1>t</h1>
<figure-scrubber name="step" first="1" last="3">
<svg role="img" aria-label="a line" viewBox="0 0 4 4"><path id="m" d="M 0 0 L 1 1"/>
<g class="scrub"><path d="M 1 1 L 2 2 L 3 3 "/><g>{MARKS}</g></g>
<g class="scrub" data-first="2"><path d="M 2 0 L 3 0"/></g></svg></figure-scrubber></main></html>"""
SHOWN = """() => [document.querySelector('.scrub > path').getAttribute('d'),
    [...document.querySelectorAll('use')].filter(mark => mark.style.display !== 'none').length]"""


def test_the_slider_draws_the_lines_up_to_its_place(browser: Browser, axe: str) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 600})
    page = context.new_page()
    page.set_content(PAGE)
    page.add_script_tag(path=str(SCRIPT))
    slider = page.get_by_role("slider", name="step")
    assert slider.input_value() == "3"
    assert page.evaluate(SHOWN) == ["M 1 1 L 2 2 L 3 3", 3]
    slider.press("ArrowLeft")
    assert page.get_by_role("status").inner_text() == "2 of 3"
    assert page.evaluate(SHOWN) == ["M 1 1 L 2 2", 2]
    late = "document.querySelector('[data-first] > path').getAttribute('d')"
    assert page.evaluate(late) == "M 2 0"  # it begins later than the others
    slider.fill("1")
    assert page.evaluate(SHOWN) == ["M 1 1", 1]
    assert page.evaluate(late) == ""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(SHOWN) == ["M 1 1 L 2 2 L 3 3", 3]
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(SHOWN) == ["M 1 1", 1]
    slider.press("End")
    assert page.evaluate(SHOWN) == ["M 1 1 L 2 2 L 3 3", 3]
    page.evaluate(axe)
    assert page.evaluate("axe.run({preload: false})")["violations"] == []
    context.close()
