"""Every built page in a real browser: nothing fails, nothing leaves the machine, nothing is out of reach."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from tests.book.conftest import PAGES, Contexts

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

# Every rule runs at both widths and in both themes; the rules that look at colors alone run for the other two pairs.
# preload would fetch the style sheets again, which a page opened from a file may not.
EVERY_RULE = "axe.run({preload: false})"
COLOR_RULES = (
    "axe.run({preload: false, runOnly: ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable']})"
)
FIRST_THEME = {1280: "light", 375: "dark"}
# Drawings and formulas are thousands of elements that axe would visit one by one. Their names are on the element
# around them (and stay); what is inside has no role.
EMPTY_DRAWINGS = """
    document.querySelectorAll('.drawing svg > *').forEach(one => one.remove());
    document.querySelectorAll('.katex-html, .katex-mathml').forEach(one => one.replaceChildren('x'));
"""
OTHER = {"light": "dark", "dark": "light"}


def watch(page: Page) -> list[str]:
    """Collects what a page should not do: errors, failed requests, requests to another host."""
    problems: list[str] = []
    page.on("console", lambda message: problems.append(f"console: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(f"script: {error}"))
    page.on("requestfailed", lambda request: problems.append(f"failed: {request.url}"))
    page.on(
        "request",
        lambda request: None if request.url.startswith(("file:", "data:")) else problems.append(f"left: {request.url}"),
    )
    return problems


def test_the_pages_are_those_of_the_table_of_contents(pages: list[str]) -> None:
    assert sorted(pages) == PAGES


@pytest.mark.parametrize("width", FIRST_THEME)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_cleanly_and_breaks_no_accessibility_rule(
    site: Path, contexts: Contexts, axe: str, name: str, width: int
) -> None:
    first = FIRST_THEME[width]
    page = contexts.get(
        viewport={"width": width, "height": 900}, color_scheme=first, reduced_motion="reduce"
    ).new_page()
    problems = watch(page)
    page.goto((site / name).as_uri(), wait_until="load")
    page.evaluate(EMPTY_DRAWINGS)
    page.evaluate(axe)
    for theme, rules in ((first, EVERY_RULE), (OTHER[first], COLOR_RULES)):
        page.emulate_media(color_scheme=theme)  # as when the system changes while the page is open
        page.wait_for_function(f"document.documentElement.dataset.theme === '{theme}'")
        for violation in page.evaluate(rules)["violations"]:
            nodes = [node["html"][:150] for node in violation["nodes"][:3]]
            problems.append(f"{name} ({theme}): {violation['id']}: {violation['help']}: {nodes}")
    page.close()
    assert not problems, "\n".join(dict.fromkeys(problems))


# At 200 % a window of 1280 pixels is 640 wide, and a picture has twice the device's pixels.
@pytest.mark.parametrize(("width", "scale"), [(320, 1), (640, 2)])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways(site: Path, contexts: Contexts, name: str, width: int, scale: int) -> None:
    page = contexts.get(viewport={"width": width, "height": 800}, device_scale_factor=scale).new_page()
    page.goto((site / name).as_uri(), wait_until="load")
    found = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert found <= width


@pytest.fixture(scope="module")
def anchors(contexts: Contexts) -> Callable[[Path], tuple[set[str], list[str]]]:
    """A page's ids and the addresses that its links resolve to, as a browser without scripts finds them."""
    page = contexts.get(java_script_enabled=False).new_page()

    @functools.cache
    def found(file: Path) -> tuple[set[str], list[str]]:
        page.goto(file.as_uri(), wait_until="domcontentloaded")
        ids = page.eval_on_selector_all("[id]", "found => found.map(one => one.id)")
        return set(ids), page.eval_on_selector_all("a[href]", "found => found.map(one => one.href)")

    return found


@pytest.mark.parametrize("name", PAGES)
def test_every_link_inside_the_site_resolves(
    site: Path, anchors: Callable[[Path], tuple[set[str], list[str]]], name: str
) -> None:
    missing = set()
    for href in anchors(site / name)[1]:
        if not href.startswith("file:"):
            continue
        address, _, anchor = href.removeprefix("file://").partition("#")
        target = Path(unquote(address.partition("?")[0]))
        pages = {site / one for one in PAGES}
        if not target.exists() or (anchor and target in pages and unquote(anchor) not in anchors(target)[0]):
            missing.add(href)
    assert not missing


def test_figures_follow_the_theme(site: Path, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark")
    page = context.new_page()
    page.goto((site / "chapters" / "backward.html").as_uri())
    drawing = page.locator(".drawing svg").first
    assert drawing.get_attribute("role") == "img"
    assert (drawing.get_attribute("aria-label") or "").strip()
    fills = drawing.evaluate("svg => [...svg.querySelectorAll('*')].map(one => getComputedStyle(one).fill)")
    assert "rgb(228, 232, 236)" in fills  # ink, dark
    assert "rgb(31, 41, 51)" not in fills  # ink, light
    context.close()
