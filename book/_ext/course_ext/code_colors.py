"""Code carries marks for words that have a color of their own, and none for the rest.

Pygments marks every name, bracket and space, which the styles of the site show in the color of the block: two thirds of
the marks, and a tenth of a page's elements. Signs of arithmetic have a color there, which tells nobody what the sign
does not; here they have none. What stands side by side in one color is one mark.
"""

import re
from collections.abc import Mapping
from functools import cache

from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES, Text
from sphinx.application import Sphinx

_BLOCK = re.compile(r'(?<=<div class="highlight"><pre>).*?(?=</pre>)', re.DOTALL)
_MARK = re.compile(r'<span class="(?P<kind>\w+)">(?P<word>[^<]*)</span>')
_NEIGHBORS = re.compile(r'(<span class="(?P<kind>\w+)">[^<]*)</span>(?P<between> *)<span class="(?P=kind)">')
SIGNS, USUAL = {"o"}, ("k", "mi", "s2", "c1", "nf")
PROMPTS = {"gp", "go"}  # the copy button looks for them


@cache
def colorless(*styles: str) -> frozenset[str]:
    """Returns the kinds of words, by their short names, that every style shows like the text around them."""
    found = set(STANDARD_TYPES.values()) - PROMPTS - {""}
    for name in styles:
        style = get_style_by_name(name)
        plain = style.style_for_token(Text)
        found &= {short for kind, short in STANDARD_TYPES.items() if style.style_for_token(kind) == plain}
    return frozenset(found)


@cache
def alike(*styles: str) -> dict[str, str]:
    """Returns for each kind of word one kind that every style shows as it: a string's parts are one."""
    first: dict[tuple[str, ...], str] = {}
    shown = {
        short: tuple(str(get_style_by_name(name).style_for_token(kind)) for name in styles)
        for kind, short in STANDARD_TYPES.items()
    }
    for short in (*USUAL, *shown):
        first.setdefault(shown[short], short)
    return {short: first[look] for short, look in shown.items() if short not in PROMPTS}


def fewer_marks(body: str, kinds: frozenset[str], same: Mapping[str, str]) -> str:
    """Returns a page's HTML with fewer marks in its blocks of code.

    Args:
        body: the HTML.
        kinds: those of words that lose theirs.
        same: kind → the kind that it is marked as.
    """

    def word(match: re.Match[str]) -> str:
        kind = match["kind"]
        return match["word"] if kind in kinds else f'<span class="{same.get(kind, kind)}">{match["word"]}</span>'

    def block(match: re.Match[str]) -> str:
        text, joined = _MARK.sub(word, match[0].replace("<span></span>", "")), 1
        while joined:
            text, joined = _NEIGHBORS.subn(r"\1\g<between>", text)
        return text

    return _BLOCK.sub(block, body)


def on_page(app: Sphinx, _page: str, _template: str, context: dict[str, object], _doctree: object) -> None:
    """Takes the idle marks from a page."""
    if isinstance(context.get("body"), str):
        options = app.config.html_theme_options
        styles = (options["pygments_light_style"], options["pygments_dark_style"])
        context["body"] = fewer_marks(str(context["body"]), colorless(*styles) | SIGNS, alike(*styles))


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.connect("html-page-context", on_page)
