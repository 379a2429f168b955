"""Every built page in a real browser: nothing fails, nothing leaves the machine, nothing is out of reach."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
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


@pytest.mark.parametrize("width", FIRST_THEME)
def test_pages_open_cleanly_and_break_no_accessibility_rule(
    site: Path, pages: list[str], browser: Browser, axe: str, width: int
) -> None:
    first = FIRST_THEME[width]
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=first, reduced_motion="reduce")
    page = context.new_page()
    problems = watch(page)
    for name in pages:
        page.goto((site / name).as_uri(), wait_until="load")
        page.evaluate(EMPTY_DRAWINGS)
        page.evaluate(axe)
        for theme, rules in ((first, EVERY_RULE), (OTHER[first], COLOR_RULES)):
            page.emulate_media(color_scheme=theme)  # as when the system changes while the page is open
            page.wait_for_function(f"document.documentElement.dataset.theme === '{theme}'")
            for violation in page.evaluate(rules)["violations"]:
                nodes = [node["html"][:150] for node in violation["nodes"][:3]]
                problems.append(f"{name} ({theme}): {violation['id']}: {violation['help']}: {nodes}")
        page.emulate_media(color_scheme=first)
    context.close()
    assert not problems, "\n".join(dict.fromkeys(problems))


def test_no_page_scrolls_sideways_at_320_pixels(site: Path, pages: list[str], browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 800})
    page = context.new_page()
    wide = {}
    for name in pages:
        page.goto((site / name).as_uri(), wait_until="load")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            wide[name] = width
    context.close()
    assert not wide


def test_every_link_inside_the_site_resolves(site: Path, pages: list[str], browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    ids: dict[Path, set[str]] = {}
    links: list[tuple[str, str]] = []
    for name in pages:
        page.goto((site / name).as_uri(), wait_until="domcontentloaded")
        ids[(site / name).resolve()] = set(page.eval_on_selector_all("[id]", "found => found.map(one => one.id)"))
        links += [(name, href) for href in page.eval_on_selector_all("a[href]", "found => found.map(one => one.href)")]
    context.close()
    missing = set()
    for name, href in links:
        if not href.startswith("file:"):
            continue
        address, _, anchor = href.removeprefix("file://").partition("#")
        target = Path(address.partition("?")[0])
        if not target.exists() or (anchor and target in ids and anchor not in ids[target]):
            missing.add((name, href))
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
