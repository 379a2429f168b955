r"""A student's text cell as HTML that no later reader can turn into anything else.

nbconvert, the formgrader and JupyterLab each render Markdown in their own way, and then MathJax looks at the page. To
filter Markdown before them is to guess what each will make of it. So a text cell is rendered here, once; the result is
sanitized by a list of what is allowed (bleach); and what is kept is one line of HTML in which every sign that means
something to Markdown is a character reference (`[` is `&#91;`). A renderer passes it on as it is.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from html import escape, unescape
from html.parser import HTMLParser
from urllib.parse import unquote

import bleach
import mistune
from mistune.util import striptags

from autograde.text import visible

MAX_MARKDOWN = 10_000
"""Characters beyond which a text cell is shown as it was typed; no parser of Markdown is linear in all texts."""
TAGS = frozenset(
    ("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "em", "strong", "del", "code", "pre", "blockquote", "ul")
) | {"ol", "li", "table", "thead", "tbody", "tr", "th", "td", "a", "img"}
PROTOCOLS = frozenset(("http", "https", "mailto", "picture"))
MAGIC = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8"}
VOID = ("br", "hr", "img")
_MATH = re.compile(
    r"(?<!\\)\$\$(?P<block>.{1,2000}?)(?<!\\)\$\$"
    r"|(?<![\\$])\$(?P<inline>[^\s$](?:[^$]{0,1000}[^\s$\\])?)\$(?![0-9$])"
    r"|\\\\\[(?P<display>.{1,2000}?)\\\\\]"
    r"|\\\\\((?P<within>.{1,1000}?)\\\\\)"
    r"|(?P<environment>\\begin\{(?P<name>[a-z]{1,20}\*?)\}.{0,2000}?\\end\{(?P=name)\})",
    re.S,
)
_ACTING = re.compile(
    # What MathJax's extensions do besides setting formulas: links, classes, styles, extensions, new names for them.
    r"\\(?=(?:href|url|class|cssId|style|require|unicode|data|html[A-Za-z]*|includegraphics|csname|[egx]?def|let"
    r"|(?:new|renew|provide)(?:command|environment)|definecolor|bbox|mmlToken|texttip|tooltip|mathtip|toggle|enclose"
    r"|action|input)(?![A-Za-z]))",
    re.I,
)
_PASTED = re.compile(r"\(data:(image/(?:png|jpeg|gif));base64,([A-Za-z0-9+/=]+)\)")
_MARKS = re.compile("[\ue000\ue001]")
_LINE_END = re.compile("\r\n?")
_PLACE = re.compile("\ue000([0-9]+)\ue001")
_REFERENCED = re.compile(r"[\x00-\x1f!-/:-@\[-`{-~]")

Pictures = Mapping[str, Mapping[str, str]]


def spelled(text: str) -> str:
    """The text with all but letters, digits and spaces as character references: the same to read, and never markup."""
    return _REFERENCED.sub(lambda sign: f"&#{ord(sign[0])};", text)


def as_typed(text: str) -> str:
    """A text cell that shows the text letter by letter; MathJax looks into no <pre>."""
    return f"<div><pre>{spelled(visible(_LINE_END.sub(chr(10), text)))}</pre></div>"


def as_rendered(text: str, pictures: Pictures, afford: Callable[[int], bool]) -> str:
    """A text cell that shows what the Markdown means, as far as that is allowed.

    Args:
        text: what a student wrote.
        pictures: what was pasted into the cell, {name: {type: base64}}.
        afford: told a picture's size, says whether the notebook has room for it.
    """
    pasted = {name: dict(bundle) for name, bundle in pictures.items()}

    def attach(found: re.Match[str]) -> str:
        name = f"pasted-{len(pasted)}"
        pasted[name] = {found[1]: found[2]}
        return f"(attachment:{name})"

    text = _PASTED.sub(attach, _MARKS.sub("", text))
    if len(text) > MAX_MARKDOWN:
        return as_typed(text)
    formulas: list[str] = []

    def put_by(found: re.Match[str]) -> str:
        block, inline = found["block"] or found["display"], found["inline"] or found["within"]
        formulas.append(found["environment"] or (f"$${block}$$" if block else f"${inline}$"))
        return f"\ue000{len(formulas) - 1}\ue001"

    shown: list[str] = []
    renderer = _Renderer(pasted, shown, afford)
    render = mistune.create_markdown(renderer=renderer, plugins=["strikethrough", "table"])
    try:
        rendered = str(render(_MATH.sub(put_by, text)))
    except RecursionError:
        return as_typed(text)
    clean = bleach.clean(rendered, tags=TAGS, attributes=_may, protocols=PROTOCOLS, strip=True)
    writer = _Writer(formulas, shown)
    writer.feed(clean)
    writer.close()
    return f"<div>{''.join(writer.parts)}</div>"


def _may(tag: str, name: str, value: str) -> bool:
    """Whether a tag may have an attribute with this value."""
    if tag == "a":
        return name == "title" or (name == "href" and not value.lower().startswith("picture:"))
    if tag == "img":
        return name == "alt" or (name == "src" and re.fullmatch(r"picture:[0-9]+", value) is not None)
    return tag == "ol" and name == "start" and value.isdigit()


class _Renderer(mistune.HTMLRenderer):
    """Markdown to HTML: a student's own HTML as text, pictures from the notebook alone."""

    def __init__(self, pasted: Pictures, shown: list[str], afford: Callable[[int], bool]) -> None:
        super().__init__(escape=True)
        self._pasted, self._shown, self._afford = pasted, shown, afford

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """A pasted picture, or words in its place: a remote one would tell its server who reads the page, and when."""
        bundle = self._pasted.get(unquote(url.removeprefix("attachment:")), {}) if url.startswith("attachment:") else {}
        source = next((_source(kind, content) for kind, content in bundle.items()), "")
        if not source or not self._afford(len(source)):
            return f"<em>[a picture is left out: {text}]</em>"
        self._shown.append(source)
        return f'<img src="picture:{len(self._shown) - 1}" alt="{escape(unescape(striptags(text)))}">'


def _source(kind: str, content: str) -> str:
    """The picture as a data: URI; "" for what is no picture of its type."""
    try:
        data = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return ""
    if kind not in MAGIC or not data.startswith(MAGIC[kind]):
        return ""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


class _Writer(HTMLParser):
    """Writes clean HTML again, on one line, with every text and value spelled out."""

    def __init__(self, formulas: list[str], shown: list[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._formulas, self._shown = formulas, shown
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that bleach has let pass, with its attributes."""
        told = "".join(f' {name}="{self._value(name, value or "")}"' for name, value in attrs)
        self.parts.append(f"<{tag}{told}>")

    def handle_endtag(self, tag: str) -> None:
        """Its end."""
        if tag not in VOID:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Text, with the formulas back in their places."""
        self.parts.append(spelled(_ACTING.sub("＼", self._with_formulas(data))))

    def _with_formulas(self, text: str) -> str:
        return _PLACE.sub(lambda place: self._formulas[int(place[1])], visible(text))

    def _value(self, name: str, value: str) -> str:
        if name == "src":
            return self._shown[int(value.removeprefix("picture:"))]
        if name == "href" and value.startswith("http"):  # what looked like a formula is a part of the address
            value = re.sub("%EE%80%80([0-9]+)%EE%80%81", lambda place: self._formulas[int(place[1])], value)
        return spelled(self._with_formulas(value))
