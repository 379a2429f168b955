"""What a page loads: nothing that it does not use, and nothing that keeps the text waiting.

The theme brings half a megabyte of icons (compressed) for the nine that it shows, and Sphinx's search to the search
page. Here the icons' script goes (course.css draws the nine), that search too (search_index.py makes another), a
component's script stays with the pages that hold the component, and scripts wait until the text is there.
"""

import base64
import filecmp
import hashlib
import io
import posixpath
import re
from pathlib import Path

from docutils import nodes
from PIL import Image
from sphinx.application import Sphinx
from sphinx.util import logging

from course_ext import idle_styles
from course_ext.words import _

logger = logging.getLogger(__name__)

COMPONENTS: dict[str, tuple[str, ...]] = {
    "conv-playground.js": ("conv-playground",),
    "volume-explorer.js": ("volume-explorer",),
    "receptive-field-explorer.js": ("receptive-field-explorer",),
    "deletion-explorer.js": ("deletion-explorer",),
    "digit-reader.js": ("digit-reader",),
    "answers.js": ("answer-field",),
    "figure-scrubber.js": ("figure-scrubber",),
    "solve-here.js": ("solve-here",),
    "network-explorers.js": ("residual-block-explorer", "architecture-browser"),
}
"""Script → the elements that it defines."""

UNUSED = ("fontawesome.js", "searchtools.js", "language_data.js", "searchindex.js")
# Inline scripts of the theme write into what this one defines, so it stays where it is; it has 600 bytes.
FIRST = "documentation_options.js"
IN_ITEMS = "p, ul, ol, dl, div, figure, details"  # what has a margin in an item of a list
LENGTH = 155  # characters of a description that search engines show

_SCRIPT = re.compile(r'<script\b(?P<before>[^>]*?)\bsrc="(?P<address>[^"]+)"(?P<after>[^>]*)>\s*</script>\n?')
_PRELOAD = re.compile(r'<link rel="preload" as="script"[^>]*>\n?')


_SITE = re.compile(r'<script defer[^>]*\bsrc="[^"]*/site\.js[^>]*></script>\n?')


def lighten(page: str) -> str:
    """Returns a page's HTML with only the scripts that it uses, all but one deferred. Twice is as good as once."""

    def script(match: re.Match[str]) -> str:
        name = match["address"].split("?")[0].rsplit("/", 1)[-1]
        unused = name in COMPONENTS and not any(f"<{tag}" in page for tag in COMPONENTS[name])
        if unused or name in UNUSED:
            return ""
        if name == FIRST or "defer" in match["before"] + match["after"]:
            return match[0]
        return f'<script defer{match["before"] or " "}src="{match["address"]}"{match["after"]}></script>\n'

    light = _SCRIPT.sub(script, _PRELOAD.sub("", page))
    own = _SITE.search(light)  # components ask it whether they may be made yet
    made = (
        match for match in _SCRIPT.finditer(light) if match["address"].split("?")[0].rsplit("/", 1)[-1] in COMPONENTS
    )
    first = min((match.start() for match in made), default=-1)
    if own is None or first < 0 or own.start() <= first:
        return light
    rest = light[: own.start()] + light[own.end() :]
    return rest[:first] + own[0] + rest[first:]


_THEME_ASKED = """\
    document.documentElement.dataset.mode = localStorage.getItem("mode") || "auto";
    document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto";
"""
_THEME_KNOWN = """\
    (function (html) {
      var mode = "auto";
      try { mode = localStorage.getItem("mode") || mode; } catch (refused) { /* a browser that keeps nothing */ }
      var dark = mode === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : mode === "dark";
      html.dataset.mode = mode;
      html.dataset.theme = dark ? "dark" : "light";
    })(document.documentElement);
"""


def know_the_theme(page: str) -> str:
    """Returns a page's HTML that is light or dark from its first line on.

    The theme's script says so only at the end, and the browser would style and lay out all of it again.
    """
    return page.replace(_THEME_ASKED, _THEME_KNOWN)


_DRAWN = re.compile(r"/_images/(drawn-[0-9a-f]{16}\.webp)\"")
_PICTURE = re.compile(r'(?P<before>(?:href|src)=")data:image/png;base64,(?P<data>[A-Za-z0-9+/=\s]{2000,})"')


def picture_files(page: str, file: Path, out: Path) -> str:
    """Returns a page's HTML with its larger pictures as files beside it: they load after the text, and are kept.

    The files are WebP, with the same pixels as the PNG that Matplotlib draws, in half of its bytes.

    Args:
        page: the HTML.
        file: where the page is.
        out: the site's folder; pictures go to its _images.
    """
    folder = out / "_images"
    up = posixpath.relpath(folder.as_posix(), file.parent.as_posix())

    def moved(match: re.Match[str]) -> str:
        content = base64.b64decode(match["data"])
        name = f"drawn-{hashlib.sha256(content).hexdigest()[:16]}.webp"
        folder.mkdir(exist_ok=True)
        if not (folder / name).is_file():
            with Image.open(io.BytesIO(content)) as picture:
                picture.save(folder / name, lossless=True, exact=True, quality=100, method=6)
        return f'{match["before"]}{up}/{name}"'

    return _PICTURE.sub(moved, page)


_LOADED = re.compile(r'<script\b[^>]*?\bsrc="([^"?]+\.js)')


def scripts_of(pages: dict[Path, tuple[str, str]], out: Path) -> list[str]:
    """Returns the scripts that pages load (file → HTML before and after), and those that these may load."""
    loaded = {(file.parent / one).resolve() for file, (_, after) in pages.items() for one in _LOADED.findall(after)}
    loaded |= {file.resolve() for file in out.glob("*.js")}  # search, which is fetched when somebody searches
    return [file.read_text(encoding="utf-8") for file in sorted(loaded) if file.is_file()]


_STYLE = re.compile(r'<link\b[^>]*?rel="stylesheet"[^>]*?/?>\n?')
_ADDRESS = re.compile(r'href="([^"?]+)')
_URL = re.compile(r"url\((['\"]?)(?!data:|https?:|#)([^)'\"]+)\1\)")
_IMPORT = re.compile(r'@import "([^"]+)";')
_BUNDLE = re.compile(r'/(site-[0-9a-f]{8}\.css)(?:\?v=\w+)?"')
_SHEETS = re.compile(r"/\* (.*?) \*/\n")
_LAST_CHILD = re.compile(r"(li|dd):(first|last)-child > :\2-child")
_ICON_RULE = re.compile(r"(?:\.fa-[\w-]+:{1,2}before,?)+\{content:[^}]*\}|@font-face\{[^}]*Font Awesome[^}]*\}")


def bundle(sheets: list[Path], folder: Path) -> str:
    """Returns style sheets, and those that they import, as one text to stand in a folder; its addresses are mended.

    Sphinx has rules for whatever comes first or last in an item of a list: with them a browser styles a whole section
    again whenever something is added to its end, as it is while a page loads. Here they name what an item may hold.
    """
    parts = []
    for sheet in sheets:
        text = sheet.read_text(encoding="utf-8").replace('@charset "UTF-8";', "")
        parts.append(bundle([(sheet.parent / name).resolve() for name in _IMPORT.findall(text)], folder))
        start = posixpath.relpath(sheet.parent.as_posix(), folder.as_posix())

        def moved(match: re.Match[str], start: str = start) -> str:
            return f"url({match[1]}{posixpath.normpath(posixpath.join(start, match[2]))}{match[1]})"

        text = _LAST_CHILD.sub(rf"\1:\2-child > :where({IN_ITEMS}):\2-child", _IMPORT.sub("", text))
        parts.append(_URL.sub(moved, _ICON_RULE.sub("", text)))
    return "\n".join(part for part in parts if part)


def bundle_styles(page: str, file: Path, out: Path, sets: dict[str, list[str]]) -> str:
    """Returns a page's HTML with its style sheets replaced by one.

    Args:
        page: the HTML.
        file: where the page is.
        out: the site's folder.
        sets: gets the one sheet's name, and the sheets that it stands for, relative to the site's folder.
    """
    links = list(_STYLE.finditer(page))
    addresses = [found for link in links if (found := _ADDRESS.search(link[0]))]
    if len(addresses) < 2:
        return page
    up = posixpath.relpath(out.as_posix(), file.parent.as_posix())
    if addresses[0][1].startswith("/"):  # the page for lost addresses is shown at any depth
        up = addresses[0][1].split("_static/")[0].rstrip("/") or "/"
    sheets = [posixpath.relpath(address[1], up) for address in addresses]
    name = f"site-{hashlib.sha256(' '.join(sheets).encode()).hexdigest()[:8]}.css"
    sets[name] = sheets
    before, after = page[: links[0].start()], page[links[0].end() :]
    return f'{before}<link rel="stylesheet" href="{posixpath.join(up, "_static", name)}" />\n{_STYLE.sub("", after)}'


def write_bundles(out: Path, sets: dict[str, list[str]], names: idle_styles.Names, own: set[str]) -> dict[str, str]:
    """Writes every bundle anew, those of pages from earlier builds too. Returns name → version, for the addresses.

    A bundle's first line says what it stands for, so that a build which writes no page still brings a changed sheet in.

    Args:
        out: the site's folder.
        sets: bundle → the sheets that it stands for, relative to the site's folder.
        names: classes and ids that pages may have; rules for others are left out.
        own: the course's own sheets, which stay as they are.
    """
    folder = out / "_static"
    for file in folder.glob("site-*.css"):
        found = _SHEETS.match(file.read_text(encoding="utf-8"))
        if found:
            sets.setdefault(file.name, found[1].split())
    versions = {}
    for name, sheets in sets.items():
        parts = [bundle([(out / sheet).resolve()], folder.resolve()) for sheet in sheets]
        used = (
            part if sheet in own else idle_styles.without_idle_rules(part, names)[0]
            for sheet, part in zip(sheets, parts, strict=True)
        )  # fmt: skip
        text = "\n".join(part for part in used if part)
        (folder / name).write_text(f"/* {' '.join(sheets)} */\n{text}", encoding="utf-8")
        versions[name] = hashlib.sha256(text.encode()).hexdigest()[:8]
    return versions


SCRIPT_OF_THEME = "_static/scripts/pydata-sphinx-theme.js"
MEASURED = (
    '"pre",".nboutput > .output_area",".cell_output > .output",".jp-RenderedHTMLCommon",'
    '".pst-scrollable-table-container"'
)
NOTHING = '".measured-by-site-js"'
SIDEBAR = 'if(!document.querySelector(".bd-docs-nav"))return;var e=document.querySelector("div.bd-sidebar")'
LEFT_ALONE = "return;" + SIDEBAR
HEADER = 'window.addEventListener("resize",_(c,300)),c()'  # to know which heading of the page's contents to mark
LATER = 'window.addEventListener("resize",_(c,300)),addEventListener("load",()=>setTimeout(c,200))'
CALMED = {MEASURED: NOTHING, SIDEBAR: LEFT_ALONE, HEADER: LATER}
"""What the theme's script measures while the page loads → what stands there instead."""


def stop_measuring(out: Path) -> str:
    """Keeps the theme from measuring every box of a page, the sidebar and the header: all that waits would be laid out.

    site.js measures the boxes that come near the window, and moves the sidebar once the page is there. Returns what is
    amiss; "" when nothing is.
    """
    file = out / SCRIPT_OF_THEME
    text = file.read_text(encoding="utf-8")
    for measured, instead in CALMED.items():
        if instead in text:
            continue
        if measured not in text:
            return f"{file} does not measure as the theme did that loading.py knows: mend CALMED there"
        text = text.replace(measured, instead)
    file.write_text(text, encoding="utf-8")
    return ""


def notice_static_files(app: Sphinx, *_: object) -> list[str]:
    """Names the front page as out of date when a static file has changed: Sphinx copies none where no page has."""
    for folder in app.config.html_static_path:
        source = Path(app.srcdir) / folder
        for file in source.rglob("*"):
            copy = Path(app.outdir) / "_static" / file.relative_to(source)
            if file.is_file() and not (copy.is_file() and filecmp.cmp(file, copy, shallow=False)):
                return [app.config.root_doc]
    return []


def lighten_site(app: Sphinx, exception: Exception | None) -> None:
    """Goes through every page that the build wrote."""
    if exception is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    if (out / SCRIPT_OF_THEME).is_file() and (amiss := stop_measuring(out)):
        logger.warning(amiss, type="course", subtype="loading")
    sets: dict[str, list[str]] = {}
    pages = {}
    for file in out.rglob("*.html"):
        if "_static" not in file.relative_to(out).parts:
            before = file.read_text(encoding="utf-8")
            after = picture_files(know_the_theme(lighten(before)), file, out)
            pages[file] = (before, bundle_styles(after, file, out, sets))
    texts = [after for _, after in pages.values()]
    own = {
        f"_static/{file.name}" for path in app.config.html_static_path for file in Path(app.srcdir, path).glob("*.css")
    }
    versions = write_bundles(out, sets, idle_styles.Names.of(texts, scripts_of(pages, out)), own)
    used = {name for _, after in pages.values() for name in _BUNDLE.findall(after)}
    for name in versions.keys() - used:  # of a build before another sheet came or went
        (out / "_static" / name).unlink()
    shown = {name for _, after in pages.values() for name in _DRAWN.findall(after)}
    for picture in (out / "_images").glob("drawn-*"):
        if picture.name not in shown:
            picture.unlink()
    for file, (before, after) in pages.items():
        versioned = _BUNDLE.sub(lambda match: f'/{match[1]}?v={versions[match[1]]}"', after)
        if versioned != before:
            file.write_text(versioned, encoding="utf-8")


def describe(doctree: nodes.document) -> str:
    """The beginning of a page's first paragraph that is a sentence, cut at a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if isinstance(paragraph.parent, nodes.section | nodes.container) and len(text) > 40 and "$" not in text:
            return text if len(text) <= LENGTH else text[: text.rindex(" ", 0, LENGTH)] + " …"
    return ""


def add_description(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, object], doctree: nodes.document | None
) -> None:
    """Gives the page the description that search engines show."""
    text = describe(doctree) if doctree is not None else ""
    if not text:
        page, course = context.get("title") or pagename, app.config.html_title or app.config.project
        text = _("{page}: a page of the course {course}").format(page=page, course=course)
    escaped = text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    context["metatags"] = f'{context.get("metatags") or ""}\n<meta name="description" content="{escaped}" />'


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.connect("env-get-outdated", notice_static_files)
    app.connect("html-page-context", add_description)
    # The theme puts its colors of code into pygments.css at 500: they are to be in the bundle.
    app.connect("build-finished", lighten_site, priority=800)
