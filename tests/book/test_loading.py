"""What a page loads: only what it uses, all of it there."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from course_ext import far_sections, idle_styles, loading
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HEAD = """<head>
<link href="../_static/styles/theme.css?digest=1" rel="stylesheet" />
<link rel="stylesheet" type="text/css" href="../_static/course.css?v=2" />
<link rel="icon" href="../_static/favicon.svg"/>
<link rel="preload" as="script" href="../_static/scripts/bootstrap.js" />
<script defer src="../_static/scripts/fontawesome.js?digest=1"></script>
<script src="../_static/documentation_options.js?v=1"></script>
<script src="../_static/doctools.js?v=1"></script>
<script src="../_static/conv-playground.js?v=1"></script>
<script src="../_static/volume-explorer.js"></script>
<script src="../searchindex.js"></script>
<script>let hint = 'inline';</script>
</head><conv-playground></conv-playground>
"""


def png(pixels: np.ndarray) -> bytes:
    """A picture's file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_a_page_keeps_the_scripts_that_it_uses_and_defers_them():
    page = loading.lighten(HEAD)
    assert re.findall(r"<script[^>]*>", page) == [
        '<script src="../_static/documentation_options.js?v=1">',
        '<script defer src="../_static/doctools.js?v=1">',
        '<script defer src="../_static/conv-playground.js?v=1">',
        "<script>",
    ]
    assert "preload" not in page
    assert loading.lighten(page) == page


def test_one_style_sheet_holds_all_with_their_addresses_mended(tmp_path):
    static = tmp_path / "_static"
    (static / "styles").mkdir(parents=True)
    (static / "vendor").mkdir()
    (tmp_path / "chapters").mkdir()
    (static / "basic.css").write_text("b { c: url(x.png) }", "utf-8")
    (static / "styles" / "theme.css").write_text(
        '@charset "UTF-8";@import "../basic.css";a{src:url("../vendor/f.woff2")}'
        '.fa-sun:before,.fa-moon:before{content:"\\f185"}.fa-moon{color:red}',
        "utf-8",
    )
    (static / "course.css").write_text("i { background: url(data:image/svg+xml,x) }", "utf-8")
    file = tmp_path / "chapters" / "padding.html"
    sets: dict[str, list[str]] = {}
    page = loading.bundle_styles(HEAD, file, tmp_path, sets)
    (link,) = re.findall(r'<link rel="stylesheet" href="\.\./_static/(site-\w{8}\.css)" />', page)
    assert page.count('rel="stylesheet"') == 1
    assert sets == {link: ["_static/styles/theme.css", "_static/course.css"]}
    assert loading.bundle_styles(page, file, tmp_path, sets) == page
    lost = loading.bundle_styles(HEAD.replace('"../', '"/course/'), tmp_path / "404.html", tmp_path, sets)
    assert f'<link rel="stylesheet" href="/course/_static/{link}" />' in lost
    assert len(sets) == 1
    names, own = idle_styles.Names({"fa-moon"}), {"_static/course.css"}
    first = loading.write_bundles(tmp_path, sets, names, own)
    assert (static / link).read_text("utf-8").splitlines()[1:] == [
        "b{c: url(x.png)}",
        'a{src:url("vendor/f.woff2")}',
        ".fa-moon{color:red}",
        "i { background: url(data:image/svg+xml,x) }",
    ]
    (static / "course.css").write_text("i { color: blue }", "utf-8")
    assert loading.write_bundles(tmp_path, {}, names, own)[link] != first[link]
    assert "i { color: blue }" in (static / link).read_text("utf-8")


SHEET = """
/* a remark */

:root { --a: url(x.png) }
p, .used > a.gone, .used:not(.gone)::after { color: red }
.gone, #gone, [class*=gone].gone { color: blue }
.made-up-later:hover { color: green }
@media (min-width: 10px) { .gone { x: y } .used { top: 0 } @supports (x: y) { .gone { x: z } } }
@media print { .gone { x: y } }
@keyframes turn { from { left: 0 } }
@font-face { font-family: F; src: url(f.woff2) }
"""


def test_a_rule_that_no_page_can_use_is_left_out():
    pages = ['<b class="used other" id="top"></b><script>x.classList.add("shown")</script><i title="gone"></i>']
    names = idle_styles.Names.of(pages, ['y.className = "made-" + kind'])
    assert all(names.may_be(name) for name in ("used", "top", "shown", "made-up-later"))
    assert not names.may_be("gone")
    made, left_out = idle_styles.without_idle_rules(SHEET, names)
    assert re.sub(r"\s+", "", made) == re.sub(
        r"\s+", "",
        """:root{--a: url(x.png)} p,.used:not(.gone)::after{color: red} .made-up-later:hover{color: green}
        @media (min-width: 10px){.used{top: 0}} @keyframes turn { from { left: 0 } }
        @font-face { font-family: F; src: url(f.woff2) }""",
    )  # fmt: skip
    assert left_out == [".used > a.gone", ".gone", "#gone", "[class*=gone].gone", ".gone", ".gone", ".gone"]


def test_the_script_that_says_when_comes_before_those_that_ask():
    def tag(name: str) -> str:
        return f'<script defer src="_static/{name}.js"></script>\n'

    made = loading.lighten(
        f"<answer-field></answer-field>{tag('course-words')}{tag('answers')}{tag('reading')}{tag('site')}"
    )
    assert re.findall(r"(\w[\w-]*)\.js", made) == ["course-words", "site", "answers", "reading"]
    assert loading.lighten(made) == made
    alone = f"{tag('reading')}{tag('site')}"
    assert loading.lighten(alone) == alone


def test_a_changed_static_file_is_a_reason_to_build(tmp_path):
    config = SimpleNamespace(html_static_path=["_static"], root_doc="intro")
    app = SimpleNamespace(srcdir=tmp_path / "book", outdir=tmp_path / "html", config=config)
    for folder in (app.srcdir, app.outdir):
        (folder / "_static" / "katex").mkdir(parents=True)
        (folder / "_static" / "katex" / "a.css").write_text("a", "utf-8")
    assert loading.notice_static_files(app) == []
    (app.srcdir / "_static" / "katex" / "a.css").write_text("b", "utf-8")
    assert loading.notice_static_files(app) == ["intro"]
    (app.srcdir / "_static" / "new.js").write_text("c", "utf-8")
    assert loading.notice_static_files(app) == ["intro"]


def test_the_bundles_of_the_site_lead_to_files(site: Path):
    bundles = list((site / "_static").glob("site-*.css"))
    assert len(bundles) == 1
    for _, address in loading._URL.findall(bundles[0].read_text("utf-8")):
        if "webfonts" not in address:  # the theme's icons, whose rules are gone
            assert (bundles[0].parent / address.split("?")[0].split("#")[0]).is_file(), address


def test_every_icon_that_the_theme_shows_is_drawn(site: Path, pages: list[str]):
    style = next((site / "_static").glob("site-*.css")).read_text("utf-8")
    shown = set()
    for name in pages:
        for classes in re.findall(r'class="([^"]*\bfa-solid\b[^"]*)"', (site / name).read_text("utf-8")):
            shown |= {one for one in classes.split() if one.startswith("fa-")} - {"fa-solid", "fa-lg"}
    assert shown
    assert [icon for icon in sorted(shown) if not re.search(rf"\.{icon}\b[^{{}}]*\{{ --icon", style)] == []


@pytest.mark.parametrize("part", ['<meta name="description" content="', '<meta name="viewport"', "<title>"])
def test_every_page_says_what_it_is(site: Path, pages: list[str], part: str):
    assert [name for name in pages if part not in (site / name).read_text("utf-8")] == []


def test_the_theme_measures_nothing_while_a_page_loads(tmp_path, site: Path):
    script = tmp_path / loading.SCRIPT_OF_THEME
    script.parent.mkdir(parents=True)
    script.write_text(f"f([{loading.MEASURED}]);e(function(){{{loading.SIDEBAR};}});{loading.HEADER}", "utf-8")
    assert loading.stop_measuring(tmp_path) == ""
    calmed = f"f([{loading.NOTHING}]);e(function(){{return;{loading.SIDEBAR};}});{loading.LATER}"
    assert script.read_text("utf-8") == calmed
    assert loading.stop_measuring(tmp_path) == ""
    assert script.read_text("utf-8") == calmed
    script.write_text(f"f([{loading.MEASURED}])", "utf-8")
    assert "mend CALMED" in loading.stop_measuring(tmp_path)
    text = (site / loading.SCRIPT_OF_THEME).read_text("utf-8")
    assert all(instead in text for instead in loading.CALMED.values())


def test_a_far_section_says_how_tall_it_is():
    body = (
        f'<section id="page"><h1>Page</h1><section id="first"><p>{"o" * far_sections.FAR * 2}</p></section>'
        '<section id="second"><h2>Two</h2><p>1234567890</p><img src="x"><section id="deeper">'
        "<pre>a\nb\n</pre></section>"
        "<details><summary>folded</summary><div class='drawing'>not seen</div></details>"
        '<div class="drawing"><svg><text>not text</text></svg></div>'
        '<div class="math-scroll"><math><mi>x</mi></math>y</div><conv-playground>fallback</conv-playground></section>'
        "</section>"
    )
    found = far_sections.contents(body)
    assert list(found) == ["first", "second"]
    assert found["second"] == far_sections.Content(
        letters=len("Two1234567890xyfallback"), lines=2, formulas=1, drawings=1, folds=1, components=1
    )
    said = far_sections.say_heights(body)
    wide, narrow = (found["second"].height(narrow=narrow) for narrow in (False, True))
    assert f'<section id="second" style="--wide: {wide}px; --narrow: {narrow}px">' in said
    assert said.count("--wide") == 1
    assert "--wide" not in far_sections.say_heights(body.replace("o" * 100, ""))
    assert far_sections.say_heights("<p>No section.</p>") == "<p>No section.</p>"


def test_larger_pictures_are_files_and_smaller_ones_stay(tmp_path, site: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 30, 4), dtype=np.uint8)
    large, small = (base64.b64encode(png(part)).decode() for part in (pixels, pixels[:2, :2]))
    page = "".join(
        f'<image xlink:href="data:image/png;base64,{data}"/><img src="data:image/png;base64,{data}">'
        for data in (large, small)
    )
    after = loading.picture_files(page, tmp_path / "chapters" / "padding.html", tmp_path)
    addresses = re.findall(r'(?:href|src)="([^"]+)"', after)
    assert addresses[0] == addresses[1]
    with Image.open((tmp_path / "chapters" / addresses[0]).resolve()) as picture:
        assert np.array_equal(np.asarray(picture), pixels)
    assert addresses[2:] == [f"data:image/png;base64,{small}"] * 2
    assert loading.picture_files(after, tmp_path / "chapters" / "padding.html", tmp_path) == after
    shown = {name for file in site.rglob("*.html") for name in re.findall(r"drawn-\w+\.\w+", file.read_text("utf-8"))}
    assert {file.name for file in (site / "_images").glob("drawn-*")} == shown
    assert {Path(name).suffix for name in shown} == {".webp"}


def test_a_page_is_light_or_dark_from_its_first_line_on(site: Path, browser: Browser):
    """Until the theme's script came, it was "auto": styled and laid out twice, and pale for a moment in the dark."""
    count = """new MutationObserver(found => { window.changes = (window.changes || []).concat(
      found.filter(one => one.oldValue !== one.target.getAttribute(one.attributeName)).map(one => one.oldValue));
    }).observe(document.documentElement, { attributeFilter: ["data-theme", "data-mode"], attributeOldValue: true });"""
    for scheme, kept in (("light", None), ("dark", None), ("light", "dark"), ("dark", "light"), ("dark", "auto")):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto((site / "intro.html").as_uri())
        if kept:
            page.evaluate(
                "mode => { localStorage.setItem('mode', mode); localStorage.setItem('theme', 'light'); }", kept
            )
        page.add_init_script(f"addEventListener('readystatechange', () => {{ {count} }}, {{ once: true }})")
        page.goto((site / "chapters" / "padding.html").as_uri())
        html = page.locator("html")
        assert html.get_attribute("data-theme") == (scheme if kept in (None, "auto") else kept)
        assert html.get_attribute("data-mode") == (kept or "auto")
        assert page.evaluate("window.changes || []") == []
        context.close()


ELEMENTS = """() => {
  const count = root => [...root.querySelectorAll("*")]
    .reduce((all, one) => all + 1 + (one.shadowRoot ? count(one.shadowRoot) : 0), 0);
  return count(document);
}"""
MOST_ELEMENTS = 4000


def test_no_page_has_more_elements_than_a_phone_shows_quickly(site: Path, pages: list[str], browser: Browser):
    """Counted when all of it is laid out, and every figure to play with is made."""
    context = browser.new_context(viewport={"width": 412, "height": 823})
    context.add_init_script("document.addEventListener('laid-out', () => { window.laid = 1; })")
    found = {}
    for name in pages:
        page = context.new_page()
        page.goto((site / name).as_uri())
        page.wait_for_function("window.laid")
        found[name] = page.evaluate(ELEMENTS)
        page.close()
    context.close()
    assert {name: count for name, count in found.items() if count > MOST_ELEMENTS} == {}


def test_a_browser_that_keeps_nothing_still_shows_the_page(site: Path, browser: Browser):
    page = browser.new_page(color_scheme="dark")
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('refused'); } })")
    page.goto((site / "chapters" / "padding.html").as_uri())
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.close()


def test_what_is_added_to_a_list_or_a_section_styles_nothing_else_again(site: Path):
    for sheet in (site / "_static").glob("site-*.css"):
        assert re.findall(r"[^{},]*:(?:first|last)-child\s*>\s*:(?!where)[^{},]*", sheet.read_text("utf-8")) == []
