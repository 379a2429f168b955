"""Every built page in a real browser: nothing fails, nothing leaves the machine, nothing is out of reach."""

from __future__ import annotations

import functools
import gzip
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from tests.book.conftest import CHAPTER_PAGES, PAGES, Contexts

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Every rule runs at both widths and in both themes; the rules that look at colors alone run for the other two pairs.
# preload would fetch the style sheets again, which a page opened from a file may not.
RULES = "axe.run({preload: false, resultTypes: ['violations'], runOnly: %s})"
EVERY_RULE = RULES % "undefined"
COLOR_RULES = RULES % "['color-contrast', 'link-in-text-block', 'scrollable-region-focusable']"
FIRST_THEME = {1280: "light", 375: "dark"}
# Drawings and formulas are thousands of elements that axe would visit one by one. Their names are on the element
# around them (and stay); what is inside has no role. Of code, the first word of each color stays in each kind of block.
FEWER_ELEMENTS = """
    document.querySelectorAll('.drawing svg > *').forEach(one => one.remove());
    document.querySelectorAll('math').forEach(one => one.replaceChildren(one.textContent));
    const seen = new Set();
    document.querySelectorAll('.highlight pre span:not(:has(*))').forEach(one => {
        const block = one.closest('pre'), around = one.closest('.highlight').parentElement;
        const kind = [one.className, around.className, getComputedStyle(block).backgroundColor].join('|');
        if (seen.has(kind)) one.remove();
        seen.add(kind);
    });
"""
# Figures that scroll, and those with text that is smaller than 9 pixels. Matplotlib draws each text as a group of
# glyphs, scaled by a hundredth of its size; an exponent is smaller than the text that it belongs to.
FIGURES_TOO_WIDE_OR_SMALL = r"""
    [...document.querySelectorAll('figure')].flatMap(figure => {
        const drawing = figure.querySelector('.drawing');
        if (!drawing) return [];
        const sizes = [...drawing.querySelectorAll('svg g[transform], svg text')].flatMap(text => {
            const scale = Math.hypot(text.getScreenCTM().a, text.getScreenCTM().b);
            if (text.localName === 'text') return [parseFloat(getComputedStyle(text).fontSize) * scale];
            return /scale\(0?\.\d+ -/.test(text.getAttribute('transform')) ? [100 * scale] : [];
        });
        const small = Math.min(...sizes), more = drawing.scrollWidth - drawing.clientWidth;
        const found = more > 0 ? [`${figure.id} is ${more} px wider than the page`] : [];
        return small < 9 ? [...found, `${figure.id} has text of ${small.toFixed(1)} px`] : found;
    })
"""
# Labels of a figure that lie on each other: by more than two pixels in both directions.
LABELS_ON_LABELS = r"""
    [...document.querySelectorAll('figure .drawing svg')].flatMap(drawing => {
        // A text whose letters have a place each is as many labels.
        const letter = (text, k) => {
            const own = text.getExtentOfChar(k), to = text.getScreenCTM();
            const place = [to.a * own.x + to.e, to.d * own.y + to.f];
            return [text.textContent[k], new DOMRect(...place, to.a * own.width, to.d * own.height)];
        };
        const box = text => text.x.baseVal.length > 1
            ? [...text.textContent].map((_, k) => letter(text, k)) : [[text.textContent, text.getBoundingClientRect()]];
        const boxes = [...drawing.querySelectorAll('text')].flatMap(box);
        return boxes.flatMap(([one, a], k) => boxes.slice(k + 1).flatMap(([other, b]) => {
            const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            const apart = across <= 2 || down <= Math.max(2, 0.35 * Math.min(a.height, b.height));
            return apart ? [] : [`${drawing.closest('figure').id}: "${one}" lies on "${other}"`];
        }));
    })
"""
# Tables and formulas wider than a phone: a table may have another form there (course_ext/tables.py), a formula be
# split at a \qquad. And links of a digit or two that a finger can't hit: WCAG 2.2 asks for 24 pixels.
CUT_ON_A_PHONE = r"""
    [...document.querySelectorAll('.pst-scrollable-table-container, .math-scroll')].flatMap(box => {
        const more = box.scrollWidth - box.clientWidth;
        return more > 0 ? [`${more} px wider than a phone: ${box.textContent.trim().slice(0, 60)}`] : [];
    }).concat([...document.querySelectorAll('.bd-article math')]
        .filter(one => !one.closest('.pst-scrollable-table-container, .math-scroll')
            && one.getBoundingClientRect().right > innerWidth)
        .map(one => `beyond the phone's edge: ${one.textContent}`))
"""
LINKS_TOO_SMALL = r"""
    [...document.querySelectorAll('.bd-article a[href]:not(.headerlink)')].flatMap(link => {
        const { width, height } = link.getBoundingClientRect(), text = link.textContent.trim();
        const hit = text.length > 2 || !width || Math.min(width, height) >= 24;
        return hit ? [] : [`link ${text}: ${width} × ${height} px`];
    })
"""
# In a still narrower window a table may scroll, and says so once it comes near the window.
SCROLLING = """
    [...document.querySelectorAll('.pst-scrollable-table-container')]
        .filter(box => box.checkVisibility() && box.scrollWidth > box.clientWidth + 1)
"""
OTHER = {"light": "dark", "dark": "light"}
# At 200 % a window of 1280 pixels is 640 wide, and a picture has twice the device's pixels.
NARROW = {1280: (640, 2), 375: (320, 1)}


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


@pytest.mark.parametrize(("down", "found"), [(14, []), (4, ['f: "left" lies on "right"'])])
def test_labels_that_lie_on_each_other_are_found(contexts: Contexts, down: int, found: list[str]) -> None:
    page = contexts.get(viewport={"width": 375, "height": 400}).new_page()
    page.set_content(
        '<figure id="f"><div class="drawing"><svg width="100" height="60" style="font-size: 10px">'
        f'<text x="1" y="20">left</text><text x="8" y="{20 + down}">right</text></svg></div></figure>'
    )
    assert page.evaluate(LABELS_ON_LABELS) == found
    page.set_content(
        '<figure id="f"><div class="drawing"><svg width="100" height="60" style="font-size: 10px">'
        f'<text x="10 30" y="20 20">12</text><text x="30" y="{20 + down}">r</text></svg></div></figure>'
    )
    assert page.evaluate(LABELS_ON_LABELS) == [one.replace("left", "2").replace("right", "r") for one in found]
    page.close()


def test_no_sentence_became_an_item_of_a_list(site: Path, pages: list[str]) -> None:
    """An answer that begins with "27." does, and counts from there."""
    lists = {name: re.findall(r'<ol[^>]*start="[^"]*"', (site / name).read_text("utf-8")) for name in pages}
    assert {name: found for name, found in lists.items() if found} == {}


def test_the_pages_are_those_of_the_table_of_contents(pages: list[str]) -> None:
    assert sorted(pages) == PAGES


# far_sections.py guesses how tall a section is; site.js has them all laid out soon after the page has loaded.
GUESSED_WRONG = """() => [...document.querySelectorAll(".bd-article > section > section[style]")].map(section => {
    const guess = parseFloat(getComputedStyle(section).containIntrinsicBlockSize.replace("auto", ""));
    const height = section.getBoundingClientRect().height;
    const near = height < 2 * guess + 100 && guess < 3 * height + 100;
    return near ? "" : `${section.id}: ${guess} px guessed, ${height} px tall`;
}).filter(said => said)"""
ALL_LAID_OUT = """() => [...document.querySelectorAll(".bd-article > section > section[style]")]
    .every(section => section.style.contentVisibility === "visible" && !section.querySelector(".later"))"""


def sideways(page: Page, width: int) -> list[str]:
    """What is wider than the window at the narrow layout of a width."""
    narrow, scale = NARROW[width]
    devtools = page.context.new_cdp_session(page)
    metrics = {"width": narrow, "height": 800, "deviceScaleFactor": scale, "mobile": False}
    devtools.send("Emulation.setDeviceMetricsOverride", metrics)
    found = page.evaluate("[window.innerWidth, document.documentElement.scrollWidth]")
    if page.evaluate(f"{SCROLLING}.slice(0, 1).map(box => box.scrollIntoView()).length"):
        page.wait_for_function(f"(([box]) => !box || box.dataset.more?.includes('scroll'))({SCROLLING})")
    devtools.send("Emulation.clearDeviceMetricsOverride")
    devtools.detach()
    assert found[0] == narrow
    return [] if found[1] <= narrow else [f"scrolls sideways at {narrow} px: {found[1]} px wide"]


@functools.cache
def compressed(path: Path) -> int:
    """A file's bytes on the way to the reader."""
    content = path.read_bytes()
    return min(len(content), len(gzip.compress(content)))


def heavy(loaded: set[str]) -> list[str]:
    """What is amiss with the size of a chapter and all that it loads: a reader waits for it, or it is no chapter."""
    paths = {urlsplit(url).path for url in loaded if url.startswith("file:")} - {""}
    total = sum(compressed(Path(path)) for path in paths)
    return [] if 50_000 < total < 1_500_000 else [f"{total} bytes on the way to the reader"]


@pytest.mark.parametrize("width", FIRST_THEME)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_cleanly_fits_and_breaks_no_accessibility_rule(
    site: Path, contexts: Contexts, axe: str, name: str, width: int
) -> None:
    """One visit of a page at a width answers all that is asked of every page: to load one takes a second."""
    first = FIRST_THEME[width]
    page = contexts.get(
        viewport={"width": width, "height": 900}, color_scheme=first, reduced_motion="reduce"
    ).new_page()
    problems, loaded = watch(page), set[str]()
    page.on("request", lambda request: loaded.add(request.url))
    page.goto((site / name).as_uri(), wait_until="load")
    if name in CHAPTER_PAGES:
        problems += heavy(loaded)
    page.wait_for_function(ALL_LAID_OUT)
    problems += sideways(page, width)
    problems += page.evaluate(GUESSED_WRONG)
    if width == 375:
        problems += page.evaluate(FIGURES_TOO_WIDE_OR_SMALL)
        problems += page.evaluate(LABELS_ON_LABELS)
        problems += page.evaluate(CUT_ON_A_PHONE)
        problems += page.evaluate(LINKS_TOO_SMALL)
    page.evaluate(FEWER_ELEMENTS)
    page.evaluate(axe)
    for theme, rules in ((first, EVERY_RULE), (OTHER[first], COLOR_RULES)):
        page.emulate_media(color_scheme=theme)  # as when the system changes while the page is open
        page.wait_for_function(f"document.documentElement.dataset.theme === '{theme}'")
        for violation in page.evaluate(rules)["violations"]:
            nodes = [node["html"][:150] for node in violation["nodes"][:3]]
            problems.append(f"{name} ({theme}): {violation['id']}: {violation['help']}: {nodes}")
    page.close()
    assert not problems, "\n".join(dict.fromkeys(problems))


class _Links(HTMLParser):
    """The ids and the links of a page, as they are written."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.add(given["id"] or "")
        if tag == "a" and given.get("href") is not None:
            self.links.append(given["href"] or "")


@functools.cache
def anchors(file: Path) -> tuple[set[str], list[str]]:
    """A page's ids and the addresses that its links resolve to, without any script."""
    parser = _Links()
    parser.feed(file.read_text("utf-8"))
    return parser.ids, [urljoin(file.as_uri(), link) for link in parser.links]


@pytest.mark.parametrize("name", PAGES)
def test_every_link_inside_the_site_resolves(site: Path, name: str) -> None:
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
