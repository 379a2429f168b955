"""What a person does in JupyterLab: opens a notebook, types, runs, validates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page, expect

from tests.journeys.servers import PATIENCE_S


def open_page(browser: Any, url: str, width: int = 1280) -> Page:
    """A page of a browser that knows nobody yet, patient with a busy machine, which asks for nothing outside it."""
    expect.set_options(timeout=PATIENCE_S * 1000)
    context = browser.new_context(viewport={"width": width, "height": 1000})
    context.route(re.compile(r"https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
    page = context.new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    page.goto(url)
    return page


def notebook(page: Page, name: str) -> Any:
    """The panel of the open notebook, once its kernel waits for work."""
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    expect(panel.locator(".jp-Notebook .jp-Cell").first).to_be_visible()
    expect(page.get_by_role("tab", name=name).first).to_be_visible()
    # Not the notebook's own sign, which reads idle before there is a kernel.
    expect(page.get_by_role("button", name=re.compile(r"Python 3 .* Idle"))).to_be_visible()
    return panel


def write(page: Page, panel: Any, sources: Mapping[str, str]) -> None:
    """Types functions into the cells that define them, in place of what is there.

    Args:
        page: the page.
        panel: as `notebook` gives it.
        sources: for each function its whole cell.
    """
    for function, source in sources.items():
        cell = panel.locator(".jp-CodeCell", has_text=f"def {function}(").first
        editor = cell.locator(".cm-content")
        editor.scroll_into_view_if_needed()
        editor.click()
        page.keyboard.press("Control+A")
        # As one piece of text: typed key by key, the editor would indent and close brackets on its own.
        page.keyboard.insert_text(source)
        expect(editor).to_contain_text(source.strip().splitlines()[-1].strip())


def run_all(page: Page) -> None:
    """Run, Run All Cells; the caller waits for what it expects of them."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def validate(page: Page, panel: Any) -> str:
    """Presses nbgrader's Validate and returns what its window says."""
    panel.get_by_role("button", name="Validate").click()
    window = page.locator(".jp-Dialog").last
    expect(window).to_be_visible()
    said = window.inner_text()
    window.get_by_role("button").last.click()
    expect(window).to_be_hidden()
    return str(said)
