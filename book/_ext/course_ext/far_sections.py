"""Sections that are far from the window are not laid out: each says how tall it is, about, for links and scroll bar.

A chapter has some ten thousand elements, most of them in formulas and drawings, and a phone takes a second to lay them
out. course.css has the browser skip the sections that are far away (``content-visibility``), which needs a guess at
their heights. The guess is a sum over what a section holds; its weights were fitted to the chapters' measured heights,
and a test compares guess and height on every page.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from docutils import nodes
from sphinx.application import Sphinx

from course_ext import loading

UNSEEN = {"svg", "style", "script", "details", "template"}
TO_PLAY_WITH = {tag for tags in loading.COMPONENTS.values() for tag in tags} - {
    "solve-here",
    "answer-field",
    "figure-scrubber",
}
FAR = 2500  # pixels below the top of the page
VOID = {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_SPACE = re.compile(r"\s+")


@dataclass
class Content:
    """What a section holds, as far as it takes room.

    Attributes:
        letters: of the text, without code and what is folded.
        lines: of code and of what it printed.
        formulas: on lines of their own.
        drawings: figures.
        folds: boxes that open.
        components: figures to play with.
    """

    letters: int = 0
    lines: int = 0
    formulas: int = 0
    drawings: int = 0
    folds: int = 0
    components: int = 0

    def height(self, *, narrow: bool) -> int:
        """Returns about how many pixels it takes, in a window of 412 (narrow) or of 1,280 pixels."""
        letter, drawing = (0.94, 180) if narrow else (0.64, 204)
        text = letter * self.letters + 20 * self.lines + 83 * self.formulas
        boxes = drawing * self.drawings + 80 * self.folds + 850 * self.components
        return max(100, round(1.15 * (text + boxes)))  # rather too tall: what overlaps can't be pressed


class _Reader(HTMLParser):
    """Finds the sections of a page's second level, and what they hold."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, Content] = {}
        self._open: list[str] = []
        self._sections = 0
        self._unseen = 0
        self._code = 0
        self._here: Content | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        told = dict(attrs)
        if tag == "section":
            self._sections += 1
            if self._sections == 2:
                self._here = self.found.setdefault(told.get("id") or "", Content())
        self._open.append(tag)
        self._unseen += tag in UNSEEN
        self._code += tag == "pre"
        if self._here and self._unseen == (tag in UNSEEN):
            self._here.folds += tag == "details"
            kinds = (told.get("class") or "").split()
            self._here.formulas += "math-scroll" in kinds
            self._here.drawings += "drawing" in kinds
            self._here.components += tag in TO_PLAY_WITH

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or tag not in self._open:
            return
        while self._open:
            closed = self._open.pop()
            self._unseen -= closed in UNSEEN
            self._code -= closed == "pre"
            if closed == "section":
                self._sections -= 1
                if self._sections == 1:
                    self._here = None
            if closed == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._here or self._unseen:
            return
        if self._code:
            self._here.lines += data.count("\n")
        else:
            self._here.letters += len(_SPACE.sub(" ", data))


def contents(body: str) -> dict[str, Content]:
    """Returns what each section of the second level holds, by its id, in the order of the page."""
    reader = _Reader()
    reader.feed(body)
    reader.close()
    return reader.found


def say_heights(body: str) -> str:
    """Returns a page's body in which every far section of the second level says how tall it is, about.

    The sections that a reader sees first are left alone: nothing may move while a page loads.
    """
    above = 0
    for name, content in contents(body).items():
        wide, narrow = content.height(narrow=False), content.height(narrow=True)
        if above > FAR:
            opening = f'<section id="{name}"'
            body = body.replace(opening, f'{opening} style="--wide: {wide}px; --narrow: {narrow}px"', 1)
        above += wide
    return body


def on_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, object], doctree: nodes.document | None
) -> None:
    """Says the heights on a page that is made of sections."""
    if doctree is not None and isinstance(context.get("body"), str):
        context["body"] = say_heights(str(context["body"]))


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.connect("html-page-context", on_page)
