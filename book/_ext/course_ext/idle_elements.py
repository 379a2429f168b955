"""Elements that docutils writes and nothing shows are taken from a page: there are some hundred in a chapter.

A table's cell holds a paragraph even where it is its only one, each word of inline code an element of its own, and a
link an element that says what kind of link it is. What folds has an arrow, which course.css draws.
"""

import re

from sphinx.application import Sphinx

_CELL = re.compile(
    r"(?P<opening><t[dh]\b[^>]*>)<p>(?P<inside>(?:(?!</?(?:p|div|ul|ol)\b).)*)</p>(?=</t[dh]>)", re.DOTALL
)
_CODE = re.compile(
    r'(?P<opening><code class="(?![^"]*\bpieces\b)[^"]*\bliteral\b[^"]*">)(?P<inside>.*?)</code>', re.DOTALL
)
_WORD = re.compile(r'<span class="pre">([^<]*)</span>')


_LINK = re.compile(r'(?P<opening><a\b[^>]*>)<span class="std std-(?:num)?ref">(?P<inside>[^<]*)</span></a>')
_ARROW = re.compile(r'(?P<opening><span class="sd-summary-state-marker[^"]*">)<svg\b.*?</svg>(?=</span>)', re.DOTALL)


def without_idle_elements(body: str) -> str:
    """Returns a page's HTML without elements that change nothing of what it shows."""
    body = _LINK.sub(lambda found: f"{found['opening']}{found['inside']}</a>", _ARROW.sub(r"\g<opening>", body))
    body = _CELL.sub(lambda found: found["opening"] + found["inside"], body)
    return _CODE.sub(lambda found: found["opening"] + _WORD.sub(r"\1", found["inside"]) + "</code>", body)


def on_page(app: Sphinx, _page: str, _template: str, context: dict[str, object], _doctree: object) -> None:
    """Takes the idle elements from a page."""
    if isinstance(context.get("body"), str):
        context["body"] = without_idle_elements(str(context["body"]))


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.connect("html-page-context", on_page)
