"""Code carries marks for words that have a color of their own, and none for the rest.

Pygments marks every name, bracket and space, which the styles of the site show in the color of the block: two thirds of
the marks, and a tenth of a page's elements.
"""

import re
from functools import cache

from pygments.styles import get_style_by_name
from pygments.token import STANDARD_TYPES, Text
from sphinx.application import Sphinx

_BLOCK = re.compile(r'(?<=<div class="highlight"><pre>).*?(?=</pre>)', re.DOTALL)
_MARK = re.compile(r'<span class="(?P<kind>\w+)">(?P<word>[^<]*)</span>')
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


def fewer_marks(body: str, kinds: frozenset[str]) -> str:
    """Returns a page's HTML without the marks of some kinds in its blocks of code."""

    def word(match: re.Match[str]) -> str:
        return match["word"] if match["kind"] in kinds else match[0]

    return _BLOCK.sub(lambda block: _MARK.sub(word, block[0]), body)


def on_page(app: Sphinx, _page: str, _template: str, context: dict[str, object], _doctree: object) -> None:
    """Takes the idle marks from a page."""
    if isinstance(context.get("body"), str):
        options = app.config.html_theme_options
        kinds = colorless(options["pygments_light_style"], options["pygments_dark_style"])
        context["body"] = fewer_marks(str(context["body"]), kinds)


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.connect("html-page-context", on_page)
