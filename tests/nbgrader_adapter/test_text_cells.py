"""A student's text cell is shown as they meant it, and is nothing but text and pictures to whoever renders it later."""

import base64
import re
import time
from html.parser import HTMLParser

import bs4
import markdown_it
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograde.nbgrader_adapter.text_cells import MAX_MARKDOWN, as_rendered, as_typed

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 60).decode()
LINKS = [
    "[x](javascript:alert(1))",
    "[x](jav&#97;script:alert(1))",
    "[x](javascript\\:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x][r]\n\n[r]: &#106;avascript:alert(1)",
    "<javascript:alert(1)>",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](DATA:text/html,<script>)",
    "[x](file:///etc/passwd)",
    "[x](picture:0)",
    "[x](//evil.example/x)",
]
HTML = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "</div></pre><script>alert(1)</script>",
    "<!--><script>alert(1)</script>-->",
    "<style>*{display:none}</style>",
    "<form action=//evil><input name=password></form>",
    "`</code><script>alert(1)</script>`",
    "```<script>\n</pre><script>alert(1)</script>\n```",
    "$</script><script>alert(1)</script>$",
    "$$<img src=x onerror=alert(1)>$$",
    "\\begin{a}<script>alert(1)</script>\\end{a}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "![x](https://evil.example/pixel.png)",
    '![x](https://evil.example/pixel.png "onload=alert(1)")',
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![<img src=x onerror=alert(1)>](attachment:a.png)",
    '[x](https://ok.example/"onclick="alert(1))',
    '[x](https://ok.example "a\\"onclick=\\"alert(1)")',
    "\ue0000\ue001 $x$",
    "$\\href{javascript:alert(1)}{x}$",
    "```mermaid\ngraph TD\n```",
    "|a|\n|-|\n|<script>alert(1)</script>|",
]
SCHEMES = ("http://", "https://", "mailto:", "#", "/", "")


def _safe(page):
    soup = bs4.BeautifulSoup(page, "html.parser")
    for tag in soup.find_all(True):
        assert tag.name not in ("script", "style", "iframe", "svg", "math", "form", "input", "object", "embed"), page
        for name, value in tag.attrs.items():
            assert not name.startswith("on"), page
            if name in ("src", "data", "srcset"):
                assert re.match(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=]*\Z", value), page
            if name == "href":
                plain = re.sub(r"[\x00-\x20]", "", value).lower()
                scheme = re.match(r"([a-z][a-z0-9+.-]*):", plain)
                assert scheme is None or scheme[1] in ("http", "https", "mailto"), page


def _renderings(text):
    """What nbconvert, and a strict renderer as JupyterLab's, make of a text cell."""
    yield MarkdownWithMath(renderer=IPythonRenderer(escape=False)).render(text)
    yield markdown_it.MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)


def _shown(text, pictures=None, room=lambda size: True):
    return as_rendered(text, pictures or {}, room)


@pytest.mark.parametrize("text", [*LINKS, *HTML])
def test_nothing_that_acts_is_left_whoever_renders_it(text):
    for stored in (_shown(text, {"a.png": {"image/png": PNG}}), as_typed(text)):
        assert "\n" not in stored
        _safe(stored)
        for page in _renderings(stored):
            _safe(page)
            assert "\\href" not in bs4.BeautifulSoup(page, "html.parser").get_text() or "<pre>" in stored


SIGNS = st.sampled_from(
    [*"<>[]()!`*_$\\&#;:\"'\n -|~=/", "javascript:", "&#106;", "script", "onerror=", "a", "data:", "\ue000"]
)


@given(st.lists(SIGNS | st.text(max_size=3), max_size=30).map("".join))
@example("[a]: <javascript:x>\n[a]")
def test_nothing_that_acts_is_left_of_any_text(text):
    stored = _shown(text)
    assert "\n" not in stored
    for page in (stored, *_renderings(stored)):
        _safe(page)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp", "Co"]), max_size=60))
def test_typed_text_reads_the_same_in_every_rendering(text):
    for page in (as_typed(text), *_renderings(as_typed(text))):
        assert bs4.BeautifulSoup(page, "html.parser").get_text().strip("\n") == text


def _text(text, pictures=None):
    page = next(_renderings(_shown(text, pictures)))
    return bs4.BeautifulSoup(page, "html.parser")


def test_honest_markdown_is_shown_as_it_is_meant():
    page = _text(
        "## Notes\n\nA *good* **day**, `a < b`, [the book](https://book.example/a?b=1&c=$2), [up](#up).\n\n"
        "1. one\n2. two\n\n> quoted\n\n```python\nx = a[0] * b\n```\n\n|a|b|\n|-|-|\n|1|2|\n\nmailto <a@b.example>"
    )
    assert page.h2.get_text() == "Notes"
    assert (page.em.get_text(), page.strong.get_text(), page.code.get_text()) == ("good", "day", "a < b")
    assert [a["href"] for a in page.find_all("a")] == ["https://book.example/a?b=1&c=$2", "#up", "mailto:a@b.example"]
    assert len(page.find_all("li")) == 2
    assert page.pre.get_text() == "x = a[0] * b\n"
    assert [cell.get_text() for cell in page.find_all("td")] == ["1", "2"]
    assert page.blockquote.get_text().strip() == "quoted"


@pytest.mark.parametrize(
    "formula",
    ["$a_1 * b_1 * c$", "$$\\sum_{i<n} x_i^2 \\newline y$$", "\\begin{align}a &= b \\\\ c &< d\\end{align}", "$x$"],
)
def test_formulas_reach_mathjax_as_they_were_written(formula):
    assert formula in _text(f"We see {formula} here, and * there.").get_text()


def test_prices_are_no_formulas():
    assert _text("It costs $5 *today* and $6 tomorrow.").em.get_text() == "today"


@pytest.mark.parametrize("name", ["image.png", "my picture (1).png"])
def test_a_pasted_picture_is_shown(name):
    target = f"attachment:{name}" if " " not in name else f"<attachment:{name}>"
    page = _text(f"See ![my *result*]({target}).", {name: {"image/png": PNG}})
    assert page.img["src"] == f"data:image/png;base64,{PNG}"
    assert page.img["alt"] == "my result"


def test_a_picture_typed_into_the_text_is_shown():
    long = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 60_000).decode()
    assert _text(f"![a](data:image/png;base64,{long})").img["src"].endswith(long)


@pytest.mark.parametrize(
    ("text", "pictures"),
    [
        ("![a](attachment:gone.png)", {}),
        ("![a](attachment:a.png)", {"a.png": {"image/png": "no base64"}}),
        ("![a](attachment:a.png)", {"a.png": {"image/png": base64.b64encode(b"<svg>").decode()}}),
        ("![a](attachment:a.svg)", {"a.svg": {"image/svg+xml": PNG}}),
        ("![a](https://elsewhere.example/a.png)", {}),
        ("![a](a.png)", {}),
    ],
)
def test_what_is_no_pasted_picture_is_told_in_words(text, pictures):
    page = _text(text, pictures)
    assert page.img is None
    assert "a picture is left out: a" in page.get_text()


def test_a_picture_for_which_there_is_no_room_is_told_in_words():
    stored = _shown("![a](attachment:a.png)", {"a.png": {"image/png": PNG}}, lambda size: False)
    assert "<img" not in stored


PIECES = [
    "\\begin{a}",
    "$",
    "$$",
    "[",
    "![",
    "[a](",
    "*a ",
    "_a",
    "`",
    "> ",
    "- ",
    "<a ",
    "<!--",
    "\\\\(",
    "|",
    "&#",
    "a|b\n-|-\n",
    "[a]:x\n",
]


@pytest.mark.parametrize("piece", PIECES)
def test_no_text_takes_long(piece):
    text = (piece * MAX_MARKDOWN)[:MAX_MARKDOWN]
    began = time.process_time()
    stored = [_shown(text), _shown(piece * 100_000)]
    for one in stored:
        next(_renderings(one))
    assert time.process_time() - began < 20  # about a second; nbconvert alone needs minutes for 100,000 \begin{a}


def test_all_that_is_written_is_well_formed():
    class Open(HTMLParser):
        def __init__(self):
            super().__init__()
            self.stack = []

        def handle_starttag(self, tag, attrs):
            self.stack += [tag] if tag not in ("br", "hr", "img") else []

        def handle_endtag(self, tag):
            assert self.stack.pop() == tag

    for text in (*LINKS, *HTML):
        parser = Open()
        parser.feed(_shown(text))
        assert parser.stack == []
