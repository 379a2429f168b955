"""What the browser remembers of reading, and the notes beside links: each is asked for in one visit."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STORED = "JSON.parse(localStorage.getItem('course-reading'))"
SECTION = "document.querySelectorAll('.bd-article > section > section')[%d].scrollIntoView({block: '%s'})"


def violations(page: Page, axe: str, where: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("where => axe.run(where, {preload: false})", where)["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found]


@pytest.fixture
def page(browser: Browser) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def read_to_the_end(page: Page, section: int) -> None:
    """As a reader does: a while at the beginning, a while at the end."""
    for block in ("start", "end"):
        page.evaluate(SECTION % (section, block))
        page.clock.run_for(60_000)


def test_sections_that_were_read_are_remembered_shown_saved_and_erased(
    site: Path, page: Page, axe: str, tmp_path: Path
) -> None:
    page.clock.install()  # time goes on, and the test may hurry it
    page.goto((site / "chapters" / "stride.html").as_uri())
    assert page.locator(".reading-left").inner_text() == "About 30 min left"
    assert page.locator(".reading-end p").inner_text() == "0 of 13 sections read"
    page.evaluate(SECTION % (4, "end"))  # passed at a glance
    page.clock.run_for(1000)
    read_to_the_end(page, 0)
    read_to_the_end(page, 1)
    stored = page.evaluate(STORED)
    read = {"ids": ["the-question", "ten-cells-three-taps-steps-of-two"], "of": 13}
    assert stored["read"] == {"chapters/stride": read}
    assert stored["place"]["number"] in ("3.2", "3.3")
    assert page.locator(".page-toc a.is-read").all_inner_texts()[0].startswith("3.1. The question")
    minutes = int(page.locator(".reading-left").inner_text().split()[1])
    assert 20 <= minutes < 30
    field = page.locator("answer-field").first
    field.get_by_label("Side of the output").fill("111")
    field.get_by_role("button", name="Check").click()
    assert field.get_by_role("status").inner_text() == "You count the steps; the places are one more."
    field.get_by_label("Side of the output").fill("112")
    page.keyboard.press("Enter")
    assert field.get_by_role("status").inner_text() == "Right."
    assert page.locator(".self-check").first.locator("details").get_attribute("open") is not None
    assert page.evaluate(STORED)["answered"] == {"chapters/stride": ["check-1"]}
    page.locator(".reading-end").get_by_role("button", name="What this browser remembers").click()
    dialog = page.get_by_role("dialog")
    assert re.search(r"Sections read: \d; chapters begun: 1", dialog.inner_text())
    assert violations(page, axe, ".reading-dialog") == violations(page, axe, ".self-check") == []
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Save as a file").click()
    saved = Path(download.value.path()).read_text("utf-8")
    count = len(json.loads(saved)["read"]["chapters/stride"]["ids"])
    assert json.loads(saved)["answered"] == page.evaluate(STORED)["answered"]
    dialog.get_by_role("button", name="Erase").click()
    page.clock.run_for(60_000)  # nothing comes back while the page stays
    assert page.evaluate(STORED) == {"version": 1, "place": None, "read": {}, "answered": {}}
    assert page.locator(".is-read, .read-ring, .answered-said").count() == 0
    bad = json.loads(saved)
    bad["place"]["page"] = "javascript:alert(1)//"
    files = (("other.json", '{"version": 1, "read": 3}', "was not saved here"), ("mine.json", saved, "Loaded"))
    for name, content, said in (*files, ("bad.json", json.dumps(bad), "was not saved here")):
        (tmp_path / name).write_text(content, "utf-8")
        dialog.locator("input[type=file]").set_input_files(tmp_path / name)
        dialog.get_by_text(said).wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    page.goto((site / "chapters" / "padding.html").as_uri())
    link = page.locator(".bd-links a[href='stride.html']")
    assert f"({count} of 13 sections read)" in link.inner_text()
    assert link.locator(".read-ring").is_visible()
    assert page.locator(".bd-links .read-ring").count() == 1


def test_notes_come_on_hover_focus_and_tap(site: Path, page: Page, browser: Browser, axe: str) -> None:
    page.goto((site / "chapters" / "stride.html").as_uri())
    word = page.locator(".bd-article a[href*='glossary.html#term-output-size']").first
    paper = page.locator(".bd-article a[href*='bibliography.html#']").first
    note = page.locator(".link-note")
    word.hover()
    note.wait_for()
    assert note.inner_text().startswith("The number of places at which a window fits")
    assert word.get_attribute("aria-describedby") == note.get_attribute("id")
    assert violations(page, axe, ".link-note") == []
    page.keyboard.press("Escape")
    assert note.count() == 0
    page.mouse.move(0, 0)
    word.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    note.wait_for()
    page.keyboard.press("Tab")
    page.locator(".link-note", has_text="The number of places").wait_for(state="detached")
    paper.hover()
    note.get_by_text("A guide to convolution arithmetic for deep learning").wait_for()
    assert note.get_by_role("link").first.get_attribute("href") == "https://arxiv.org/abs/1603.07285"
    context = browser.new_context(viewport={"width": 375, "height": 800}, has_touch=True)
    phone = context.new_page()
    phone.goto((site / "chapters" / "stride.html").as_uri())
    phone.locator(".bd-article a[href*='glossary.html#term-output-size']").first.tap()
    note = phone.locator(".link-note")
    note.wait_for()
    box = note.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 375
    note.get_by_role("link", name="In the glossary").tap()
    phone.wait_for_url("**/glossary.html#term-output-size")
    context.close()
