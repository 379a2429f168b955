"""The book on paper: the PDF of all pages, the zip of the site, and a page printed from the browser.

Assembly is tested on every page. Printing takes Chromium half a minute for the whole book, so the PDF is made of a few
pages that have all there is: parts, links to one another and outward, long tables, formulas, an interactive figure.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader
from pypdf.generic import Destination

from tests.book.test_pages import watch
from tools import make_pdf, make_zip

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SOME = ("intro.html", "chapters/stride.html", "chapters/pooling.html", "glossary.html")
COMPONENTS = {
    "conv-playground",
    "volume-explorer",
    "receptive-field-explorer",
    "residual-block-explorer",
    "architecture-browser",
    "deletion-explorer",
}
PRINTABLE_WIDTH = round((210 - 2 * 23) / 25.4 * 96)  # pixels between the margins of book.css on A4
# Drawings and the inside of a formula's parts hold struts and clips beyond what is drawn.
TOO_WIDE = """
    limit => Array.from(document.querySelectorAll('main *'))
        .filter(one => (one.matches('svg') || !one.closest('svg'))
            && (one.matches('math') || !one.closest('math')))
        .filter(one => one.getBoundingClientRect().right > limit + 1 || one.getBoundingClientRect().left < -1)
        .map(one => `${one.closest('section[id]')?.id}: ${one.localName} ${one.textContent.slice(0, 60)}`)
"""


@pytest.fixture(scope="module")
def chapters(site: Path, browser: Browser) -> list[make_pdf.Chapter]:
    """Every page of the site, ready for print."""
    return make_pdf.read_chapters(browser, site)


@pytest.fixture(scope="module")
def whole(
    site: Path, browser: Browser, chapters: list[make_pdf.Chapter], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """The whole book in the browser, laid out at the paper's width."""
    file = tmp_path_factory.mktemp("document") / "book.html"
    file.write_text(make_pdf.document(chapters, site, "A4", {}), encoding="utf-8")
    page = make_pdf.open_document(browser, file)
    page.set_viewport_size({"width": PRINTABLE_WIDTH, "height": 900})
    yield page
    page.close()


@pytest.fixture(scope="module")
def printed(
    site: Path, browser: Browser, chapters: list[make_pdf.Chapter], tmp_path_factory: pytest.TempPathFactory
) -> PdfReader:
    """The PDF of some pages."""
    target = tmp_path_factory.mktemp("pdf") / "some.pdf"
    make_pdf.write_pdf(browser, make_pdf.read_chapters(browser, site, SOME), site, target)
    return PdfReader(target)


def sidebar(site: Path, browser: Browser) -> list[str]:
    """Titles of the site's pages, as its sidebar lists them to a reader."""
    page = browser.new_page()
    page.goto((site / "glossary.html").as_uri())
    found = page.locator("nav.bd-links .toctree-l1 > a").all_text_contents()
    page.close()
    return [" ".join(title.split()) for title in found]


def flat(outline: list[Any], depth: int = 0) -> list[tuple[int, str]]:
    """(depth, title) of every bookmark."""
    found: list[tuple[int, str]] = []
    for item in outline:
        found += flat(item, depth + 1) if isinstance(item, list) else [(depth, str(item.title))]
    return found


def annotations(reader: PdfReader) -> Iterator[tuple[int, Any]]:
    """(page's number, link) of every link."""
    for number, page in enumerate(reader.pages, 1):
        for reference in page.get("/Annots", []):
            annotation = reference.get_object()
            if annotation["/Subtype"] == "/Link":
                yield number, annotation


def test_every_page_of_the_sidebar_is_there_in_order(
    site: Path, browser: Browser, chapters: list[make_pdf.Chapter]
) -> None:
    assert [" ".join(chapter.title.split()) for chapter in chapters] == sidebar(site, browser)


def test_numbers_are_those_of_the_site(site: Path, whole: Page, chapters: list[make_pdf.Chapter]) -> None:
    for chapter in chapters:
        built = (site / chapter.entry.path).read_text(encoding="utf-8")
        for caption in (r"(?:Figure|Table) [\d.]+\d", r"Exercise [\d.]+\d"):
            expected = re.findall(rf'<span class="caption-number">({caption}) </span>', built)
            assert re.findall(rf'<span class="caption-number">({caption}) </span>', chapter.markup) == expected
        numbers = re.findall(r'<span class="eqno">\(([\d.]+)\)', built)
        assert re.findall(r'<span class="eqno">\(([\d.]+)\)', chapter.markup) == numbers
    assert whole.locator(".caption-number").count() > 200
    assert whole.locator(".eqno").count() > 50


def test_ids_are_unique_and_links_inside_lead_to_one(whole: Page) -> None:
    ids, links, references, drawn = whole.evaluate(
        """() => [
            Array.from(document.querySelectorAll('[id]:not(svg *)'), one => one.id),
            Array.from(document.querySelectorAll('a[href]'), one => one.getAttribute('href')),
            Array.from(document.querySelectorAll('svg *')).flatMap(one => Array.from(one.attributes, a => a.value)
                .flatMap(value => Array.from(value.matchAll(/(?:^|url\\()#([^)]+)/g), match => match[1])))
                .filter(name => !/^[0-9a-f]{3}([0-9a-f]{3})?$/i.test(name)),
            Array.from(document.querySelectorAll('svg [id]'), one => one.id),
        ]"""
    )
    assert len(ids) == len(set(ids))
    inside = [link[1:] for link in links if link.startswith("#")]
    assert len(inside) > 500
    assert set(inside) <= set(ids)
    assert len(references) > 1000
    assert set(references) <= set(drawn)
    assert all(link.startswith(("#", "https://", "http://", "mailto:")) for link in links)


def test_nothing_is_wider_than_the_paper(whole: Page) -> None:
    assert whole.evaluate(TOO_WIDE, PRINTABLE_WIDTH) == []
    assert whole.evaluate(TOO_WIDE, PRINTABLE_WIDTH // 2)  # the measure does find what is wider


def test_what_folds_or_moves_on_the_site_is_in_words(site: Path, whole: Page, chapters: list[make_pdf.Chapter]) -> None:
    built = "".join((site / chapter.entry.path).read_text(encoding="utf-8") for chapter in chapters)
    for kind in COMPONENTS:
        boxes = whole.locator(f"[data-component={kind}]")
        assert boxes.count() == built.count(f"<{kind} ") > 0, kind
        for text in boxes.all_inner_texts():
            assert len(text.removeprefix("Interactive on the book's site; in words").split()) > 10, kind
    assert whole.locator(".answer").count() == built.count('<details class="sd-sphinx-override sd-dropdown') > 100
    assert all(box["height"] > 0 for box in map(lambda one: one.bounding_box(), whole.locator(".answer").all()[:20]))
    assert whole.locator("details, button, input, script").count() == 0
    offered = built.count('<a class="play"')
    assert whole.locator("main").inner_text().count("(on the book's site)") == offered > 4
    assert whole.locator("a.play").count() == 0
    assert whole.locator("main *").evaluate_all("all => all.every(one => !one.localName.includes('-'))")


def test_bookmarks_name_every_page_and_section_in_order(printed: PdfReader, chapters: list[make_pdf.Chapter]) -> None:
    found = flat(printed.outline)
    some = [chapter for chapter in chapters if chapter.entry.path in SOME]
    titles = [" ".join(title.split()) for _, title in found]
    expected = [title for chapter in some for title in (chapter.title, *(title for _, title in chapter.sections))]
    places = [titles.index(" ".join(title.split())) for title in expected if titles.count(" ".join(title.split())) == 1]
    assert places == sorted(places)
    assert {" ".join(title.split()) for title in expected} <= set(titles)
    depths = dict(zip(titles, (depth for depth, _ in found), strict=True))
    stride = next(chapter for chapter in some if chapter.entry.path == SOME[1])
    assert depths[stride.sections[1][1]] == depths[stride.title] + 1
    assert depths["Contents"] == depths[some[0].title] == 0


def test_each_chapter_starts_a_page_which_the_contents_name(
    printed: PdfReader, chapters: list[make_pdf.Chapter]
) -> None:
    front = " ".join(printed.pages[1].extract_text().split())
    targets = {name.removeprefix("/"): where for name, where in printed.named_destinations.items()}
    for chapter in (one for one in chapters if one.entry.path in SOME):
        number = printed.get_destination_page_number(targets[f"{chapter.entry.prefix}top"]) + 1
        title = " ".join(chapter.title.split())
        text = " ".join(printed.pages[number - 1].extract_text().split())
        assert title in text[:200]
        assert re.search(rf"{re.escape(title)} ?{number}\b", front), (title, number, front)
        assert title not in " ".join(printed.pages[number - 2].extract_text().split())[-200:]


def test_fonts_are_embedded(printed: PdfReader) -> None:
    names = set()
    for page in printed.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            if font["/Subtype"] == "/Type3":  # its glyphs are drawings inside the file
                continue
            descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor), font["/BaseFont"]
            names.add(font["/BaseFont"].split("+")[1])
    assert {"STIXGeneral-Regular", "STIXGeneral-Bold", "DejaVuSansMono", "CourseMathematics"} <= names


def test_links_inside_lead_to_pages_and_links_outside_stay(
    printed: PdfReader, chapters: list[make_pdf.Chapter]
) -> None:
    inside, outside = [], set()
    for _, link in annotations(printed):
        if "/A" in link:
            outside.add(link["/A"]["/URI"])
        else:
            inside.append(link["/Dest"])
    targets = {name.removeprefix("/"): where for name, where in printed.named_destinations.items()}
    assert len(inside) > 100
    for name in inside:
        destination = targets[name.removeprefix("/")]
        assert isinstance(destination, Destination)
        assert 0 <= printed.get_destination_page_number(destination) < len(printed.pages)
    some = "".join(chapter.markup for chapter in chapters if chapter.entry.path in SOME)
    expected = {address.replace("&amp;", "&") for address in re.findall(r'href="(https?://[^"]+)"', some)}
    assert outside == expected


def test_pages_are_a4_with_number_and_running_head(printed: PdfReader) -> None:
    for number, page in enumerate(printed.pages, 1):
        assert float(page.mediabox.width) == pytest.approx(595.28, abs=1)
        assert float(page.mediabox.height) == pytest.approx(841.89, abs=1)
        text = page.extract_text()
        if number > 1:
            assert str(number) in text.split(), number
    assert "Version" in printed.pages[0].extract_text()


def test_the_same_source_gives_the_same_file(
    site: Path, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "951782400")  # the leap day of 2000
    files = [tmp_path / "one.pdf", tmp_path / "two.pdf"]
    for file in files:
        make_pdf.write_pdf(browser, make_pdf.read_chapters(browser, site, ["setup.html"]), site, file, "Letter")
    assert files[0].read_bytes() == files[1].read_bytes()
    reader = PdfReader(files[0])
    assert reader.metadata is not None
    assert reader.metadata["/CreationDate"].startswith("D:20000229")
    assert "February 29, 2000" in reader.pages[0].extract_text()
    assert float(reader.pages[0].mediabox.width) == pytest.approx(612, abs=1)


def test_errors_say_what_to_do(tmp_path: Path, browser: Browser, site: Path) -> None:
    with pytest.raises(make_pdf.PdfError, match="make book"):
        make_pdf.read_chapters(browser, tmp_path)
    with pytest.raises(make_pdf.PdfError, match=r"no page chapters/no\.html"):
        make_pdf.read_chapters(browser, site, ["chapters/no.html"])
    with pytest.raises(FileNotFoundError, match="make book"):
        make_zip.make_zip(tmp_path, tmp_path / "site.zip")


def colors(page: Page) -> list[str]:
    """Colors of text, of code, and of a figure's lines."""
    return page.evaluate(
        """() => ['.bd-article p', '.highlight .k', '.highlight .mi', '.drawing svg path', '.drawing svg use']
            .map(one => document.querySelector(one))
            .flatMap(one => [getComputedStyle(one).color, getComputedStyle(one).fill, getComputedStyle(one).stroke])"""
    )


def test_a_page_prints_readably_from_the_dark_theme(site: Path, browser: Browser) -> None:
    opened = {}
    for theme in ("light", "dark"):
        context = browser.new_context(color_scheme=theme, viewport={"width": 700, "height": 900})
        opened[theme] = context.new_page()
        opened[theme].goto((site / "chapters" / "stride.html").as_uri())
    page = opened["dark"]
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert colors(page) != colors(opened["light"])
    folded = page.locator(".bd-article details:not(.hide, .photo)").count()  # a photograph needs a screen
    assert page.locator(".bd-article details[open]").count() == 0 < folded

    for one in opened.values():
        one.emulate_media(media="print")
    page.wait_for_function("document.documentElement.dataset.theme === 'light'")
    assert colors(page) == colors(opened["light"])
    assert page.locator(".bd-article details[open]:not(.hide, .photo)").count() == folded
    for body in page.locator(".bd-article details.sd-dropdown .sd-summary-content").all():
        assert body.is_visible()
    # Buttons inside the interactive figure are the cells of its picture; those around it are gone.
    gone = "button, input, .headerlink, details.hide, nav, .bd-sidebar, .bd-header-article, footer, .skip-link"
    shown = (
        "gone => [...document.querySelectorAll(gone)].filter(one => one.checkVisibility()).map(one => one.outerHTML)"
    )
    assert page.evaluate(shown, gone) == []
    assert page.locator("conv-playground .fields:visible, conv-playground .buttons:visible").count() == 0
    clipped = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.textContent)"
    assert page.locator(".bd-article pre").evaluate_all(clipped) == []
    assert page.locator(".bd-article h1").is_visible()

    page.emulate_media(media="screen")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    assert page.locator(".bd-article details[open]").count() == 0
    for one in opened.values():
        one.context.close()


def test_the_zip_opens_from_a_folder_of_any_name(site: Path, browser: Browser, tmp_path: Path) -> None:
    archive = tmp_path / "site.zip"
    make_zip.make_zip(site, archive)
    again = tmp_path / "again.zip"
    make_zip.make_zip(site, again)
    assert archive.read_bytes() == again.read_bytes()
    folder = tmp_path / "a b é"
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)

    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    problems = watch(page)
    start = folder / make_zip.FOLDER
    page.goto((start / "index.html").as_uri())
    page.wait_for_url("**/intro.html")
    page.locator("nav.bd-links a[href$='stride.html']").click()
    page.wait_for_url("**/stride.html")
    playground = page.locator("conv-playground").first
    playground.locator("[role=gridcell]").first.wait_for()
    outputs = playground.locator("[role=gridcell]").count()
    playground.get_by_label("Padding p").fill("0")
    assert playground.locator("[role=gridcell]").count() < outputs
    assert not problems
    page.goto((start / "search.html").as_uri() + "?q=dilation")
    page.locator("#search-results a[href*='chapters/stride.html']").first.wait_for()
    context.close()
