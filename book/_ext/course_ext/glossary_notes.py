"""The glossary's definitions in one small script, for the notes that notes.js shows beside a word's link."""

import json
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

FILE = "glossary-notes.js"
KEPT = {"em", "strong", "code", "sup", "sub"}


def definition(entry: Tag) -> str:
    """Returns the HTML of a definition's first paragraph: its words and emphasis, formulas as MathML, no links."""
    paragraph = entry.select_one("p")
    if paragraph is None:
        return ""
    for tag in paragraph.find_all(True):
        if tag.name == "math" or tag.find_parent("math"):
            continue
        if tag.name in KEPT:
            tag.attrs = {}
        else:
            tag.unwrap()
    return f"<p>{paragraph.decode_contents().strip()}</p>"


def notes(page: str) -> dict[str, str]:
    """Returns id → definition for every word on the glossary's page."""
    found: dict[str, str] = {}
    for term in BeautifulSoup(page, "html.parser").select("dl.glossary > dt[id]"):
        entry = term.find_next_sibling("dd")
        if isinstance(entry, Tag):
            found[str(term["id"])] = definition(entry)
    return found


def write(app: Sphinx, exception: Exception | None) -> None:
    """Writes the script beside the glossary.

    Raises:
        ExtensionError: there is no word on the glossary's page, or one without a definition.
    """
    page = Path(app.outdir) / "glossary.html"
    if exception is not None or app.builder.name != "html" or not page.is_file():
        return
    found = notes(page.read_text(encoding="utf-8"))
    if not found or not all(found.values()):
        bare = [name for name, text in found.items() if not text]
        raise ExtensionError(f"{page}: no definition for {bare or 'any word'}")
    data = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    (page.parent / FILE).write_text(f"window.courseGlossary = {data};\n", encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.connect("build-finished", write)
