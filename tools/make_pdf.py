"""Typesets the built site as one PDF: title page, contents with page numbers, running heads, bookmarks, links.

python tools/make_pdf.py [--paper Letter]   (after make book)

The pages of the built site are taken as they are, in the order of the sidebar, and become one document, which Chromium
prints. Sphinx's singlehtml builder would give one document as well, but it numbers and renders everything a second
time with visitors of its own, and ids of different pages, such as ``the-question``, meet in it. Taken from the site,
chapters, figures, equations and exercises have the site's numbers by construction, and each page's ids get the page's
name in front of them, so that a link to ``chapters/padding.html#x`` can become a link inside the document.

Chromium does not tell the number of a page that a link leads to. So the document is printed twice: the first print
tells on which page each heading stands, the second has these numbers in its contents.
"""

from __future__ import annotations

import argparse
import datetime
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import yaml
from playwright.sync_api import Browser, sync_playwright
from pypdf import PdfReader

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "book" / "_build" / "html"
OUTPUT = SITE.parent / "convolution-to-resnet.pdf"
PARTS = Path(__file__).parent / "pdf"
FIRST_PAGE = "intro.html"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
CHROMIUM_ARGUMENTS += ["--disable-background-networking", "--disable-component-update"]
# Both families come with matplotlib, which draws the book's figures: the same fonts on every machine.
FONTS = (
    ("Book Serif", "STIXGeneral.ttf", "normal", 400),
    ("Book Serif", "STIXGeneralItalic.ttf", "italic", 400),
    ("Book Serif", "STIXGeneralBol.ttf", "normal", 700),
    ("Book Serif", "STIXGeneralBolIta.ttf", "italic", 700),
    ("Book Mono", "DejaVuSansMono.ttf", "normal", 400),
    ("Book Mono", "DejaVuSansMono-Bold.ttf", "normal", 700),
    ("Book Mono", "DejaVuSansMono-Oblique.ttf", "italic", 400),
)
STYLES = ("pygments.css", "course.css")
# A listing of at most so many lines is kept on one page.
SHORT_LINES = 14
READ_SIDEBAR = """
    () => Array.from(document.querySelectorAll('nav.bd-links :is(p.caption, a[href])'), one =>
        one.matches('a') ? {address: one.href.split('#')[0]} : {caption: one.textContent.trim()})
"""
MARK_SHORT_LISTINGS = f"""
    document.querySelectorAll('.cell_input, pre').forEach(one => {{
        if (one.textContent.trimEnd().split('\\n').length <= {SHORT_LINES}) one.classList.add('short');
    }});
"""


class PdfError(Exception):
    """The PDF cannot be made; the message says what to do."""


@dataclass(frozen=True)
class Entry:
    """One page of the site: its path, and the caption of the part that it opens, if it opens one."""

    path: str
    part: str | None

    @property
    def prefix(self) -> str:
        """What the page's ids get in front of them."""
        return re.sub(r"[^a-z0-9]+", "-", self.path.removesuffix(".html").lower()) + "--"


@dataclass(frozen=True)
class Chapter:
    """A page made ready for print: its title, its sections' (id, title), its markup."""

    entry: Entry
    title: str
    sections: list[tuple[str, str]]
    markup: str


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium, as the machine has it."""
    program = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if program is None:
        raise PdfError("Chromium is not installed, and it prints the book: sudo apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def read_order(page: Any, site: Path) -> list[Entry]:
    """The site's pages in the order of its sidebar, which has the book's title first."""
    first = site / FIRST_PAGE
    if not first.is_file():
        raise PdfError(f"{first} is missing: build the book first (make book)")
    page.goto(first.as_uri())
    entries: dict[str, Entry] = {}
    part: str | None = None
    for item in page.evaluate(READ_SIDEBAR):
        if "caption" in item:
            part = item["caption"]
            continue
        path = item["address"].removeprefix(f"{site.as_uri()}/")
        if path not in entries:
            entries[path] = Entry(path, part)
            part = None
    return list(entries.values())


def read_chapters(browser: Browser, site: Path, only: Collection[str] | None = None) -> list[Chapter]:
    """Every page of the site, or those of the paths in `only`, made ready for print."""
    prepare = (PARTS / "page.js").read_text(encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    # The pages are read here, not looked at.
    page.route(re.compile(r"\.(css|woff2?)(\?|$)"), lambda route: route.abort())
    entries = read_order(page, site)
    if only is not None:
        unknown = set(only) - {entry.path for entry in entries}
        if unknown:
            raise PdfError(f"the site's sidebar has no page {', '.join(sorted(unknown))}")
        entries = [entry for entry in entries if entry.path in only]
    prefixes = {entry.path: entry.prefix for entry in entries}
    chapters = []
    for entry in entries:
        page.goto((site / entry.path).as_uri(), wait_until="domcontentloaded")
        options = {"root": f"{site.as_uri()}/", "prefixes": prefixes, "path": entry.path}
        made = page.evaluate(prepare, options)
        sections = [(section["id"], section["title"]) for section in made["sections"]]
        chapters.append(Chapter(entry, made["title"], sections, made["html"]))
    context.close()
    return chapters


def source_date() -> datetime.date | None:
    """The day of the book's last change, from SOURCE_DATE_EPOCH or git; never the clock's."""
    stamp = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not stamp and (ROOT / ".git").exists():
        command = ["git", "log", "-1", "--format=%ct", "--", "book"]
        try:
            stamp = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError) as error:
            reason = getattr(error, "stderr", None) or error
            raise PdfError(
                f"git does not tell the book's date ({reason}); set SOURCE_DATE_EPOCH in its place"
            ) from error
    return datetime.datetime.fromtimestamp(int(stamp), datetime.UTC).date() if stamp else None


def title_page(config: dict[str, Any], date: datetime.date | None) -> str:
    """The first page: title, version and date, license."""
    from autograde import __version__

    day = f", {date:%B} {date.day}, {date.year}" if date else ""
    lines = (
        f"Version {__version__}{day}",
        f"© {config['copyright']}, {config['author']}",
        "Prose and figures: Creative Commons Attribution 4.0 International (CC BY 4.0). Code: BSD 3-Clause License.",
    )
    imprint = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    subtitle = "A course from one filter tap to ResNet and DenseNet"
    return (
        f'<section class="title-page"><p class="book-title">{html.escape(config["title"])}</p>'
        f'<p class="book-subtitle">{subtitle}</p><div class="imprint">{imprint}</div></section>'
    )


def contents(chapters: list[Chapter], pages: dict[str, int]) -> str:
    """The table of contents; without numbers where `pages` has none yet."""
    items = []
    # The site's indexes have a section for each chapter; listing those would list each chapter over and over.
    indexed = {re.sub(r"^\d+\. ", "", chapter.title) for chapter in chapters}

    def add(kind: str, target: str, title: str) -> None:
        number = pages[target] if pages else ""
        items.append(
            f'<li class="{kind}"><a href="#{target}"><span>{html.escape(title)}</span>'
            f'<span class="leader"></span><span class="number">{number}</span></a></li>'
        )

    for chapter in chapters:
        if chapter.entry.part:
            items.append(f'<li class="toc-part">{html.escape(chapter.entry.part)}</li>')
        add("toc-chapter", f"{chapter.entry.prefix}top", chapter.title)
        for target, title in chapter.sections:
            if title not in indexed:
                add("toc-section", target, title)
    return f'<section class="contents"><h2>Contents</h2><ol>{"".join(items)}</ol></section>'


def styles(chapters: list[Chapter], paper: str) -> str:
    """The fonts, the paper, and each chapter's running head."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    rules = [
        f'@font-face {{ font-family: "{family}"; src: url("{(folder / file).as_uri()}"); '
        f"font-style: {style}; font-weight: {weight}; }}"
        for family, file, style, weight in FONTS
    ]
    rules.append(f"@page {{ size: {paper}; }}")
    for number, chapter in enumerate(chapters):
        head = json.dumps(chapter.title, ensure_ascii=False)
        rules.append(f"@page chapter{number} {{ @top-left {{ content: {head}; }} }}")
    return "\n".join(rules)


def document(chapters: list[Chapter], site: Path, paper: str, pages: dict[str, int]) -> str:
    """The whole book as one page of HTML."""
    config = yaml.safe_load((ROOT / "book" / "_config.yml").read_text(encoding="utf-8"))
    sheets = [site / "_static" / name for name in STYLES] + [PARTS / "book.css"]
    missing = [str(sheet) for sheet in sheets if not sheet.is_file()]
    if missing:
        raise PdfError(f"style sheets are missing: {', '.join(missing)}; build the book (make book) or mend STYLES")
    links = "".join(f'<link rel="stylesheet" href="{sheet.as_uri()}">' for sheet in sheets)
    body = [title_page(config, source_date()), contents(chapters, pages)]
    for number, chapter in enumerate(chapters):
        part = f"<h1>{html.escape(chapter.entry.part)}</h1>" if chapter.entry.part else ""
        body.append(
            f'<section class="chapter" id="{chapter.entry.prefix}top" style="page: chapter{number}">'
            f"{part}{chapter.markup}</section>"
        )
    return (
        f'<!DOCTYPE html><html lang="en" data-theme="light"><head><meta charset="utf-8">'
        f"<title>{html.escape(config['title'])}</title>{links}<style>{styles(chapters, paper)}</style></head>"
        f'<body><main class="bd-article">{"".join(body)}</main></body></html>'
    )


def open_document(browser: Browser, file: Path) -> Any:
    """The page of a document, laid out for print with its fonts there."""
    page = browser.new_page()
    page.emulate_media(media="print")
    page.goto(file.as_uri(), wait_until="load")
    page.evaluate(MARK_SHORT_LISTINGS)
    page.evaluate("document.fonts.ready.then(() => null)")
    return page


def print_document(browser: Browser, file: Path, target: Path) -> dict[str, int]:
    """Prints a document; returns the page that each link target stands on, the first being 1."""
    page = open_document(browser, file)
    page.pdf(path=target, prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
    page.close()
    reader = PdfReader(target)
    numbers = {page.indirect_reference.idnum: number for number, page in enumerate(reader.pages, 1)}
    return {
        name.removeprefix("/"): numbers[destination.raw_get("/Page").idnum]
        for name, destination in reader.named_destinations.items()
    }


def fix_date(file: Path, date: datetime.date) -> None:
    """Puts the source's date where Chromium wrote the clock's, so that the same source gives the same bytes."""
    stamp = f"{date:%Y%m%d}000000".encode()
    content, count = re.subn(rb"(/(?:Creation|Mod)Date \(D:)\d{14}", rb"\g<1>" + stamp, file.read_bytes())
    if not count:
        raise PdfError("Chromium's PDF has no date where one was expected; fix_date in tools/make_pdf.py looks for it")
    file.write_bytes(content)


def write_pdf(browser: Browser, chapters: list[Chapter], site: Path, output: Path, paper: str = "A4") -> None:
    """Prints chapters with a title page and contents: once to learn the page numbers, once with them."""
    date = source_date()
    with tempfile.TemporaryDirectory() as folder:
        source, printed = Path(folder) / "book.html", Path(folder) / "book.pdf"
        pages: dict[str, int] = {}
        for _ in range(2):
            before = pages
            source.write_text(document(chapters, site, paper, before), encoding="utf-8")
            pages = print_document(browser, source, printed)
        if pages != before:
            raise PdfError("the page numbers moved the pages; widen .contents .number in tools/pdf/book.css")
        fix_date(printed, date or datetime.date(2000, 1, 1))
        shutil.copyfile(printed, output)


def main() -> int:
    """Reads the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description="Typesets the built book as one PDF.")
    parser.add_argument("--site", type=Path, default=SITE, help="folder of the built pages")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--paper", choices=("A4", "Letter"), default="A4")
    options = parser.parse_args()
    try:
        site = options.site.resolve()
        with chromium() as browser:
            write_pdf(browser, read_chapters(browser, site), site, options.output, options.paper)
    except PdfError as error:
        print(error, file=sys.stderr)
        return 1
    print(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
