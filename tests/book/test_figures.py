"""Every figure that a cell draws is in its page: a kernel without pyplot's hooks loses all of them without an error."""

from __future__ import annotations

from pathlib import Path

import jupytext
import pytest
from bs4 import BeautifulSoup

from tests.conftest import ROOT

BOOK = ROOT / "book"
EXECUTED = [
    path.relative_to(BOOK).with_suffix("").as_posix()
    for path in sorted([*BOOK.glob("*.md"), *BOOK.glob("chapters/*.md"), *BOOK.glob("instructors/*.md")])
    if path.name != "AUTHORING.md" and "```{code-cell}" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", EXECUTED)
def test_every_cell_with_a_caption_has_its_picture(site: Path, name: str) -> None:
    cells = jupytext.read(BOOK / f"{name}.md").cells
    figures = [cell.metadata.get("mystnb", {}).get("figure") for cell in cells if cell.cell_type == "code"]
    names = [figure["name"] for figure in figures if figure]
    page = BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
    assert [one for one in names if not page.select(f"figure#{one} :is([role=img] :is(path, image), img)")] == []
    # A picture without a caption comes from a cell that forgot its figure.
    drawings = page.select(".cell_output :is([role=img], img)")
    assert len(drawings) == len(names)
    assert not name.startswith("chapters/") or names
