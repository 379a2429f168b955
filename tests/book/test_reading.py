"""What a reader does with the built pages, in a real browser: search, copy, download, switch, zoom, tab through."""

from __future__ import annotations

import functools
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import quickjs

from tests.conftest import ASSIGNMENTS, ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# A reader types the term and expects the chapter among the answers.
CHAPTERS = ROOT / "book" / "chapters"
TERMS = {
    name: found[1]
    for name in ASSIGNMENTS
    if (found := re.search(r"^:search: (.+)$", (CHAPTERS / f"{name}.md").read_text("utf-8"), re.M))
}
"""By chapter, the word that its page says it is found by."""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    context.add_init_script(LAID_OUT)
    yield context.new_page()
    context.close()


def test_every_chapter_has_a_term_to_search_for() -> None:
    assert sorted(TERMS) == sorted(ASSIGNMENTS)


@functools.cache
def search_engine(file: Path) -> quickjs.Function:
    """The site's search, outside of a browser: a query → the addresses that it finds, best first."""
    script = file.read_text("utf-8") + "\nvar prepared = courseSearch.prepare(courseSearch.data);"
    call = "function found(query) { return JSON.stringify(courseSearch.find(prepared, query, 12)); }"
    return quickjs.Function("found", f"{script}\n{call}")


def search(site: Path, query: str) -> list[dict]:
    return json.loads(search_engine(site / "search-book.js")(query))


def test_queries_find_their_section_first(site: Path) -> None:
    """The section that somebody who knows the book would open, for what a reader types: misspelled, in other words."""
    queries = json.loads((Path(__file__).parent / "search_queries.json").read_text("utf-8"))
    assert len(queries) >= 30
    first = {query: search(site, query)[0]["address"] for query, _ in queries}
    assert {query: found for query, found in first.items() if found != dict(queries)[query]} == {}


@pytest.mark.parametrize("name", TERMS)
def test_search_finds_a_term_of_the_chapter(site: Path, name: str) -> None:
    assert any(one["address"].startswith(f"chapters/{name}.html") for one in search(site, TERMS[name]))


def test_what_search_finds_is_there_and_reads_well(site: Path) -> None:
    data = (site / "search-book.js").read_text("utf-8").partition("\ncourseSearch.data = ")[2].partition(";\n")[0]
    book = json.loads(data)
    for page, anchor, _, _, title, *_, text in book["entries"]:
        file = site / book["pages"][page][0]
        assert not anchor or f'id="{anchor}"' in file.read_text("utf-8"), (file, anchor)
        assert title, (file, anchor)
        assert not re.search(r"[\x02\x03]|\\(?:frac|cdot|sum|floor|text)\b|\b(?:chap|eq|fig|tbl|ex)-\w+", text), (
            file,
            anchor,
            text,
        )


def test_one_searches_as_one_types_by_keyboard_on_any_page(site: Path, page: Page, axe: str) -> None:
    page.goto((site / "chapters" / "stride.html").as_uri())
    page.keyboard.press("/")
    page.keyboard.type("same padd")
    dialog = page.locator("#pst-search-dialog")
    dialog.get_by_role("link").nth(7).wait_for()
    assert dialog.get_by_role("status").inner_text().startswith("The first 8 results")
    assert "Padding: what to do at the border" in dialog.get_by_role("link").first.inner_text()
    page.evaluate(axe)
    assert page.evaluate("axe.run('#pst-search-dialog', {preload: false})")["violations"] == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chapters/padding.html#same-size-for-any-kernel")
    page.keyboard.press("Control+K")
    page.keyboard.type("where does the bias go")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=*")
    results = page.locator("#search-results")
    results.get_by_role("link", name="Where the bias goes").wait_for()
    page.locator(".bd-search-container input[name=q]").fill("xyzzyplugh")
    results.get_by_text("Nothing found for “xyzzyplugh”").wait_for()
    assert results.get_by_role("link").count() == 0


def test_search_tells_the_numbers_of_equations_that_the_pages_show(site: Path, pages: list[str]) -> None:
    told = set(re.findall(r"Equation ([\d.]*\d)", (site / "search-book.js").read_text("utf-8")))
    shown = {
        number
        for name in pages
        for number in re.findall(r'class="eqno">\(([\d.]+)\)', (site / name).read_text("utf-8"))
    }
    assert len(told) > 10
    assert told <= shown


def test_the_copy_button_copies_the_code_and_says_so(site: Path, page: Page) -> None:
    page.goto((site / "chapters" / "padding.html").as_uri())
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    block = page.locator("div.highlight:has(button.copybtn):visible").first
    block.hover()
    button = block.locator("button.copybtn")
    button.click()
    page.locator("button.copybtn.success").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == block.locator("pre").inner_text().strip() != ""


LAID_OUT = (
    "addEventListener('DOMContentLoaded', () => document.addEventListener('laid-out', () => { window.laid = 1; }))"
)
WITHOUT_ANCHORING = """addEventListener("DOMContentLoaded", () => {
  const style = document.createElement("style");
  style.textContent = "* { overflow-anchor: none !important }";
  document.head.append(style);
})"""
"""What Safari does: nothing that grows above the window moves the page along."""


def wait_until_laid_out(page: Page) -> None:
    page.wait_for_function("window.laid")


@pytest.mark.parametrize(("anchoring", "width"), [(True, 1280), (False, 1280), (False, 375)])
def test_a_link_stays_at_its_target_while_the_page_above_is_laid_out(
    site: Path, browser: Browser, *, anchoring: bool, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    context.add_init_script(LAID_OUT if anchoring else f"{LAID_OUT};{WITHOUT_ANCHORING}")
    strayed = {}
    for name in ASSIGNMENTS:
        file = site / "chapters" / f"{name}.html"
        sections = re.findall(r'<section [^>]*id="([^"]+)"', file.read_text("utf-8"))
        target = sections[len(sections) // 2]
        page = context.new_page()
        page.goto(f"{file.as_uri()}#{target}")
        wait_until_laid_out(page)
        page.evaluate("new Promise(then => requestAnimationFrame(() => requestAnimationFrame(then)))")
        top = page.evaluate("id => document.getElementById(id).getBoundingClientRect().top", target)
        if not -1 <= top < 400:
            strayed[f"{name}#{target}"] = top
        page.close()
    context.close()
    assert strayed == {}


def test_who_scrolls_while_the_page_is_laid_out_is_not_taken_back(site: Path, page: Page) -> None:
    page.add_init_script(
        """addEventListener("load", () => setTimeout(() => {
          window.scrolled = [scrollY, window.laid];
          document.querySelector(".bd-article > section > section").scrollIntoView();
        }, 30));"""
    )
    page.goto((site / "chapters" / "resnet.html").as_uri() + "#further-reading")
    wait_until_laid_out(page)
    before, laid = page.evaluate("window.scrolled")
    assert before > 1000
    assert laid is None
    section = page.locator(".bd-article > section > section").first
    assert 0 <= section.bounding_box()["y"] < 400


def test_a_link_into_a_fold_opens_it(site: Path, page: Page) -> None:
    page.goto((site / "chapters" / "padding.html").as_uri() + "#padding-crop")
    mistakes = page.locator("details.closing").first
    heading = mistakes.get_by_role("heading", name="Cropping with")
    assert heading.is_visible()
    wait_until_laid_out(page)
    assert 0 <= heading.bounding_box()["y"] < 900
    assert page.locator("details[open]").count() == 1
    mistakes.locator("summary").click()
    assert heading.is_hidden()
    page.evaluate("location.hash = '#padding-sides'")
    page.wait_for_function("document.querySelector('details.closing').open")
    assert mistakes.get_by_role("heading", name="The sides are in another order").is_visible()


@pytest.mark.parametrize("name", ["padding", "resnet"])
def test_the_download_is_the_assignment_as_students_get_it(site: Path, page: Page, name: str) -> None:
    page.goto((site / "chapters" / f"{name}.html").as_uri())
    with page.expect_download() as download:
        page.locator(".assignment-links a[href$='.zip']").click()
    assert download.value.suggested_filename == f"{name}.zip"
    folder = ROOT / "exercises" / name
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        assert archive.testzip() is None
        inside = {entry: archive.read(entry) for entry in archive.namelist()}
    for file in folder.iterdir():
        if file.is_file():
            assert inside.pop(f"{name}/{file.name}") == file.read_bytes()
    assert inside == {f"{name}/requirements.txt": (ROOT / "exercises" / "requirements.txt").read_bytes()}


def test_the_theme_switch_changes_the_page_and_holds_on_the_next(site: Path, page: Page) -> None:
    page.goto((site / "chapters" / "padding.html").as_uri())
    background = "getComputedStyle(document.body).backgroundColor"
    seen = {page.evaluate(background)}
    for _ in range(3):  # auto, light, dark, in the theme's order
        page.locator(".theme-switch-button:visible").first.press("Enter")
        seen.add(page.evaluate(background))
        if page.evaluate("document.documentElement.dataset.theme") == "dark":
            break
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert len(seen) == 2
    dark = page.evaluate(background)
    # Chromium carries what a page stores to the next page's process when it finds time: another page sees it arrive.
    witness = page.context.new_page()
    witness.goto((site / "intro.html").as_uri())
    witness.wait_for_function("['mode', 'theme'].every(key => localStorage.getItem(key) === 'dark')")
    page.goto((site / "chapters" / "beyond.html").as_uri())
    page.wait_for_function(HERE_IS_SHOWN)  # though the theme keeps the sidebar where it was on the last page
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate(background) == dark


# Of the sidebar's entries, the one of this page lies in the window, and the page itself has not moved.
HERE_IS_SHOWN = """() => {
    const entry = document.querySelector('.bd-docs-nav a.current').getBoundingClientRect();
    return entry.height > 0 && entry.top >= 0 && entry.bottom <= innerHeight && scrollY === 0;
}"""


def test_at_200_percent_the_sidebar_opens_and_leads_on(site: Path, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 640, "height": 450}, device_scale_factor=2)
    page = context.new_page()
    page.goto((site / "chapters" / "beyond.html").as_uri())
    page.locator("label.sidebar-toggle.primary-toggle:visible, button.primary-toggle:visible").first.click()
    page.wait_for_function(HERE_IS_SHOWN)
    page.locator(".bd-sidebar-primary a[href*='channels.html']:visible").first.click()
    page.wait_for_url("**/channels.html")
    context.close()


# As a reader goes through a page, a screen at a time. (Who jumps to its end sees far sections take their heights.)
SHIFT = """
() => new Promise(done => {
    let total = 0;
    new PerformanceObserver(list => list.getEntries().forEach(one => { if (!one.hadRecentInput) total += one.value; }))
        .observe({type: "layout-shift", buffered: true});
    const frames = (count, then) => count ? requestAnimationFrame(() => frames(count - 1, then)) : then();
    (function screen() {
        const before = scrollY;
        scrollBy(0, innerHeight * 0.9);
        frames(3, () => scrollY > before ? screen() : done(total));
    })();
})
"""
HEADING = "() => document.getElementById(location.hash.slice(1)).getBoundingClientRect().top"


@pytest.mark.parametrize("width", [375, 1280])
def test_a_link_into_the_far_end_of_a_page_leads_there(site: Path, browser: Browser, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    for target in ("further-reading", "before-any-training"):
        page.goto(f"{(site / 'chapters' / 'resnet.html').as_uri()}#{target}")
        page.wait_for_function(f"({HEADING})() > 0 && ({HEADING})() < 200")
    context.close()


@pytest.mark.parametrize("name", ["intro", "chapters/stride", "chapters/channels", "chapters/resnet"])
def test_a_page_does_not_move_while_it_loads(site: Path, browser: Browser, name: str) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 800})
    page = context.new_page()
    page.goto((site / f"{name}.html").as_uri(), wait_until="load")
    assert page.evaluate(SHIFT) < 0.1  # web.dev's limit of a good page
    context.close()


def test_the_keyboard_reaches_the_text_and_everything_that_can_be_operated(site: Path, page: Page) -> None:
    page.goto((site / "chapters" / "stride.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText.trim()") == "Skip to main content"
    page.keyboard.press("Enter")
    reached, hidden = set(), []
    for _ in range(400):
        page.keyboard.press("Tab")
        here = page.evaluate(
            """() => {
                let one = document.activeElement;
                const host = one;
                while (one.shadowRoot && one.shadowRoot.activeElement) one = one.shadowRoot.activeElement;
                const box = one.getBoundingClientRect();
                const style = getComputedStyle(one);
                const ring = style.outlineStyle !== "none" || style.boxShadow !== "none";
                return [host.tagName, host.className, one.tagName, box.width > 0 && box.height > 0, ring,
                        one.outerHTML.slice(0, 120)];
            }"""
        )
        if here[0] == "BODY":
            break
        reached.add(here[0])
        reached.update(str(here[1]).split())
        if not (here[3] and here[4]):
            hidden.append(here[5])
    assert {"CONV-PLAYGROUND", "SUMMARY", "copybtn", "left-prev", "right-next"} <= reached
    assert not hidden, "focused, but not to be seen"
