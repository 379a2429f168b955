"""The whole book with every message in brackets: what stands outside of them no translator could reach.

The messages are extracted as `make messages` does it, each is "translated" into itself between ⟦ and ⟧, and the book is
built from that without a warning. Its cells are not executed: their outputs are the normal build's, so that figures are
left in English here; tests/book/test_words.py draws one in brackets.
"""

from __future__ import annotations

import functools
import gettext
import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from bs4 import BeautifulSoup, Comment, NavigableString, Tag

from tests.conftest import ROOT, skip_or_fail

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.timeout(1800)  # two builds of the whole book
LANGUAGE = "en_XB"
SITE = Path(os.environ.get("COURSE_SITE") or ROOT / "book" / "_build" / "html")
TOOL = ROOT / "tools" / "make_edition.py"
OUTSIDE = {
    "script, style, svg": "no text of the page (what figures say is tested with the words)",
    "pre, code, kbd": "code, names of functions and keys",
    ".math": "formulas",
    "#bibliography .citation, .bibtex-citation": "authors, titles and publishers",
    ".fact-assignment a": "the folder's name",
    '[rel="license"]': "the license's name",
}
"""What may stand outside of brackets: a selector, and why."""
BLOCKS = {
    "p", "li", "td", "th", "h1", "h2", "h3", "h4", "dt", "dd", "figcaption", "caption", "summary", "div", "option",
    "button", "label",
}  # fmt: skip
WORD = re.compile(r"[^\W\d_]{2,}")
NAMES = {"alt", "aria-label", "title", "placeholder"}
"""Attributes that are read or heard."""


def run(*arguments: object) -> None:
    command = [sys.executable, str(TOOL), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def in_brackets(message: str) -> str:
    """The short answers are shown without what is around them, so they get brackets of their own."""
    return "⟦" + re.sub(r"\[([^\[]*?)\](\{\.in-short\})", r"[⟦\1⟧]\2", message, flags=re.DOTALL) + "⟧"


def translate(templates: Path, catalogs: Path) -> None:
    for template in sorted(templates.rglob("*.pot")):
        if template.stem == "drawings":
            continue
        with template.open("rb") as file:
            catalog: Catalog = read_po(file)
        for message in catalog:
            if message.id:
                message.string = in_brackets(str(message.id))
        target = (catalogs / template.relative_to(templates)).with_suffix(".po")
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            write_po(file, catalog)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make messages` writes."""
    if not (SITE / "intro.html").is_file():
        skip_or_fail("the book is not built: make book")
    folder = tmp_path_factory.mktemp("messages")
    run("messages", "--output", folder)
    return folder / "gettext"


@pytest.fixture(scope="module")
def edition(templates: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site in brackets."""
    folder = tmp_path_factory.mktemp("edition")
    translate(templates, folder / "locale" / LANGUAGE / "LC_MESSAGES")
    run("book", LANGUAGE, "--locale", folder / "locale", "--output", folder)
    return folder / "html"


@functools.cache
def page(file: Path) -> BeautifulSoup:
    """A page without its drawings, code and drawn formulas, which are most of its markup."""
    text = re.sub(r"<(svg|pre|script)\b.*?</\1>", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    return BeautifulSoup(text, "html.parser")


def pages(site: Path) -> list[str]:
    found = (path.relative_to(site) for path in site.rglob("*.html"))
    return sorted(path.as_posix() for path in found if "_static" not in path.parts and path.name != "index.html")


@functools.cache
def said_by_themes() -> re.Pattern[str]:
    """What Sphinx and the themes say, which their own catalogs translate into real languages."""
    import sphinx

    packages = Path(sphinx.__file__).parents[1]
    said: set[str] = set()
    for file in packages.glob("*/**/sphinx.pot"):
        with file.open("rb") as opened:
            said.update(str(message.id) for message in read_po(opened) if message.id)
    for file in packages.glob("*sphinx*/**/ja/LC_MESSAGES/*.mo"):
        with file.open("rb") as opened:
            catalog = gettext.GNUTranslations(opened)._catalog  # type: ignore[attr-defined]
        said.update(one for one in catalog if isinstance(one, str) and one)
    return re.compile("|".join(re.sub(r"%(?:\\?\(\w+\\?\))?s", ".*", re.escape(one)) for one in sorted(said)))


def block(text: NavigableString) -> Tag:
    """The box that a text stands in; a stop of the front page's map is one, whose title is cut in two."""
    parents = list(text.parents)
    stop = next((one for one in parents if one.name == "li" and one.find_parent(class_="chapter-map")), None)
    return stop or next((one for one in parents if one.name in BLOCKS), parents[-1])


def outside(file: Path) -> Iterator[str]:
    """The words of a page that stand outside of brackets; a caption that is cut after its first sentence opens one."""
    soup = page(file)
    skipped = {id(one) for one in soup.select(", ".join(OUTSIDE))}
    depth, last = 0, None
    for text in soup.body.find_all(string=True) if soup.body else ():
        if isinstance(text, Comment) or any(id(parent) in skipped for parent in text.parents):
            continue
        if (here := block(text)) is not last:
            depth, last = 0, here
        kept = ""
        for letter in text:
            depth += {"⟦": 1, "⟧": -1}.get(letter, 0)
            kept += letter if depth == 0 else ""
        kept = " ".join(kept.replace("⟧", "").split())
        if WORD.search(kept) and not said_by_themes().fullmatch(kept):
            yield kept


def unspoken(file: Path) -> Iterator[str]:
    """What names and describes parts of a page, outside of brackets; a citation's title is the paper's."""
    for tag in re.findall(r"<[a-z][^<>]*>", file.read_text(encoding="utf-8").partition("<body")[2]):
        for name, value in re.findall(r'\s([a-z-]+)="([^"]*)"', tag):
            said = html.unescape(value)
            bare = re.sub(r"⟦.*⟧", "", said, flags=re.DOTALL)
            paper = name == "title" and "bibliography.html#" in tag
            if name in NAMES and WORD.search(bare) and not paper and not said_by_themes().fullmatch(said):
                yield f"{name}: {said}"


def test_every_word_of_every_page_is_a_message(edition: Path) -> None:
    assert pages(edition) == pages(SITE)
    assert {name: list(outside(edition / name)) for name in pages(edition) if list(outside(edition / name))} == {}


def test_every_alternative_text_and_label_is_a_message(edition: Path) -> None:
    assert {name: list(unspoken(edition / name)) for name in pages(edition) if list(unspoken(edition / name))} == {}

    def pictures(site: Path) -> list[int]:
        drawn = re.compile(r'role="img" aria-label="(?!")|<img [^>]*\balt="(?!")')
        return [len(drawn.findall((site / name).read_text(encoding="utf-8"))) for name in pages(site)]

    assert pictures(edition) == pictures(SITE)
    assert sum(pictures(edition)) > 100


def test_addresses_and_links_are_those_of_the_english_book(edition: Path) -> None:
    def told(file: Path) -> list[str]:
        article = re.search(r"<article\b.*</article>", file.read_text(encoding="utf-8"), re.DOTALL)
        assert article, file
        tags = re.findall(r"<[a-z][^<>]*>", re.sub(r"<svg\b.*?</svg>", "", article[0], flags=re.DOTALL))
        return [one for tag in tags for one in re.findall(r'\s((?:id|href)="[^"]*")', tag)]

    # The index is sorted by letters, which are another language's; the page for search holds nothing of its own.
    for name in sorted(set(pages(SITE)) - {"genindex.html", "search.html"}):
        assert told(edition / name) == told(SITE / name), name
    assert len(told(edition / "chapters" / "padding.html")) > 100


def test_scripts_have_all_their_words(edition: Path) -> None:
    sys.path.insert(0, str(ROOT / "book" / "_ext"))
    try:
        from course_ext import messages
    finally:
        sys.path.pop(0)
    text = (edition / "_static" / "course-words.js").read_text(encoding="utf-8")
    words = json.loads(text.partition("var said = ")[2].partition(";\n")[0])
    book = ROOT / "book"
    scripts = [file for pattern in messages.SCRIPTS for file in book.glob(pattern)]
    said = {message for file in scripts for message, _ in messages.in_script(file.read_text(encoding="utf-8"))}
    assert len(said) > 300
    assert {message: words.get(message) for message in said} == {message: f"⟦{message}⟧" for message in said}
    for name in pages(edition):
        loaded = re.findall(r'<script\b[^>]*\bsrc="([^"]*)"', (edition / name).read_text(encoding="utf-8"))
        own = [one.split("?")[0].rsplit("/", 1)[-1] for one in loaded]
        assert own.index("course-words.js") < own.index("site.js"), name
    assert "course-words.js" not in (SITE / "intro.html").read_text(encoding="utf-8")


ALL_MADE = """() => document.querySelector('.reading-end button')
    && [...document.querySelectorAll('residual-block-explorer, architecture-browser, deletion-explorer')]
        .every(one => one.shadowRoot)
    && [...document.querySelectorAll('answer-field')].every(one => one.querySelector('.answer-form'))"""
STAGES = "[...document.querySelector('architecture-browser').shadowRoot.querySelectorAll('details')]"
OPEN = f"() => {STAGES}.forEach(one => {{ one.open = true; }})"
OPENED = f"() => {STAGES}.every(one => one.querySelector('table'))"
SAID = """() => {
    const found = [];
    const walk = (node) => {
        for (const child of (node.shadowRoot ?? node).childNodes) {
            const hidden = child instanceof Element && child.matches("style, svg, script, label.answer-label");
            if (child.nodeType === Node.TEXT_NODE) found.push(child.data);
            else if (!hidden) walk(child);
        }
        if (node.getAttribute?.("aria-label")) found.push(node.getAttribute("aria-label"));
    };
    document.querySelectorAll(
        "residual-block-explorer, architecture-browser, deletion-explorer, .answer-form, .reading-left, .reading-end"
    ).forEach(walk);
    return found;
}"""
NETWORKS = re.compile(r"(ResNet-18|ResNet-50 \(v1.5\)|DenseNet-121|layer\d|stem|head|[\w.]+|\([a-z0-9]+\))")
"""Names of networks and of torch's layers."""


def test_components_say_it_in_brackets(edition: Path, browser: Browser) -> None:
    context = browser.new_context()
    shown, problems = context.new_page(), []
    shown.on("pageerror", lambda error: problems.append(str(error)))
    shown.goto((edition / "chapters" / "resnet.html").as_uri())
    shown.wait_for_function(ALL_MADE)  # what is far below is made when the page is laid out
    shown.evaluate(OPEN)  # a stage's table is made when it is opened
    shown.wait_for_function(OPENED)
    said = [one.strip() for one in shown.evaluate(SAID)]
    context.close()
    assert problems == []
    assert len([one for one in said if "⟦" in one]) > 100
    bare = {one: re.sub(r"⟦.*⟧", "", one) for one in said}
    assert [one for one, left in bare.items() if WORD.search(left) and not NETWORKS.fullmatch(left.strip())] == []
