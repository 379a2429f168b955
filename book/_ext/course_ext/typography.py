"""Keeps on one line what is read as one: "3 × 3", "5 %", "a + b", "chapter 6", "ResNet-50", "(2, 3)", short code.

Longer code is broken where a reader would: at its spaces, after a slash, a comma or a bracket, and in a long name after
a dot or an underscore.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

NO_BREAK, JOINED = "\N{NO-BREAK SPACE}", "\N{WORD JOINER}"
_NAME = re.compile(r"(?<=[A-Za-z]-)(?=[A-Z]?\d)|(?<=\b[A-Z\d]-)(?=[A-Z])")
"""Behind the hyphen of "ResNet-50": no line ends there, and who searches for the name still finds it."""
_TIMES = re.compile(r"(?<=\w) × (?=\w)")
_SUM = re.compile(r"(?<=\b[A-Za-z]) \+ (?=[A-Za-z]\b)")
_PERCENT = re.compile(r"(?<=\d) (?=%)|(?<=\bin) (?=%)")
_NUMBERED = re.compile(
    r"\b(bias|chapter|equation|exercise|figure|layer|listing|padding|seed|stage|stride|table|dilation) (?=\d)",
    re.IGNORECASE,
)
_TUPLE = re.compile(r"\(-?\d+(?:, -?\d+){1,3}\)")
_COMMAND, _UNSEEN = re.compile(r"\\[A-Za-z]+"), re.compile(r"[{}^_\\\s]")
CELL_CODE, SHORT_CODE, LONGER_CODE, SHORT_FORMULA = 16, 24, 38, 14
"""Up to so many letters; a narrow phone shows 30, and a column of a table there half of it."""
_BRACKETS, _DOTS, _UNDERSCORES = (
    re.compile(r"(?<=\w[(\[{])(?=[^\s)\]}])|(?<=[,/])(?=[^\s)\]}])"),
    re.compile(r"(?<=[A-Za-z_)\]]\.)(?=[A-Za-z_])"),
    re.compile(r"(?<=[A-Za-z0-9]_)(?=[A-Za-z0-9])"),
)
"""Where a line may end inside of code, the best place first."""
_AS_TYPED = (nodes.FixedTextElement, nodes.literal, nodes.math, nodes.math_block, nodes.raw)


def kept_together(text: str) -> str:
    """The text with spaces that do not break, in sizes, in short tuples, before numbers, and names that do not."""
    text = _NAME.sub(JOINED, text)
    text = _SUM.sub(f"{NO_BREAK}+{NO_BREAK}", text)
    text = _NUMBERED.sub(rf"\1{NO_BREAK}", _PERCENT.sub(NO_BREAK, _TIMES.sub(f"{NO_BREAK}×{NO_BREAK}", text)))
    return _TUPLE.sub(lambda found: found[0].replace(" ", NO_BREAK), text)


def _within(node: nodes.Node, kind: type[nodes.Element]) -> bool:
    while node.parent is not None and not isinstance(node, kind):
        node = node.parent
    return isinstance(node, kind)


def line_breaks(node: nodes.literal | nodes.math) -> list[str]:
    """Returns the class of inline code or a formula that stays on one line: everywhere, or where the window is wide."""
    text = node.astext()
    if isinstance(node, nodes.math):
        return ["whole"] if len(_UNSEEN.sub("", _COMMAND.sub("#", text))) <= SHORT_FORMULA else []
    if len(text) <= SHORT_CODE:
        return ["whole-if-wide" if _within(node, nodes.entry) and len(text) > CELL_CODE else "whole"]
    return ["whole-if-wide"] if "-" in text and len(text) <= LONGER_CODE else []


class seam(nodes.inline):  # noqa: N801 - docutils writes its nodes so
    """A place where a line may end."""


def visit_seam(self: HTML5Translator, node: seam) -> None:
    """Writes it."""
    self.body.append("<wbr>")
    raise nodes.SkipNode


def pieces(code: str, name: int = SHORT_CODE) -> list[str]:
    """Cuts code where a line may end: a word at its brackets, and only a long one at its dots or underscores."""
    found = re.findall(r"\s+|\S+", code)
    for longest, place in ((0, _BRACKETS), (min(16, name), _DOTS), (name, _UNDERSCORES)):
        found = [part for word in found for part in (place.split(word) if len(word) > longest else [word])]
    return found


def set_seams(code: nodes.literal) -> None:
    """Lets a line end between the pieces of inline code, and nowhere else where all of them fit a phone."""
    found = pieces(code.astext(), CELL_CODE if _within(code, nodes.entry) else SHORT_CODE)
    code.children.clear()
    for before, piece in zip(["", *found], found, strict=False):
        if before.strip() and piece.strip():
            code += seam()
        code += nodes.Text(piece)
    if max(map(len, found)) <= SHORT_CODE:
        code["classes"].append("pieces")


class KeepTogether(SphinxPostTransform):
    """Applies `kept_together` to prose; code and formulas stay as they were typed."""

    default_priority = 900

    def run(self, **_: object) -> None:
        """Replaces what changes."""
        for text in list(self.document.findall(nodes.Text)):
            new = kept_together(text.astext())
            if _within(text, nodes.thead):  # a column is as narrow as its numbers
                new = new.replace(JOINED, "")
            if new != text.astext() and not isinstance(text.parent, _AS_TYPED):
                text.parent.replace(text, nodes.Text(new))
        for short in [*self.document.findall(nodes.literal), *self.document.findall(nodes.math)]:
            short["classes"] += line_breaks(short)
        if self.app.builder.format == "html":
            for code in self.document.findall(nodes.literal):
                if "whole" not in code["classes"]:
                    set_seams(code)


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.add_node(seam, html=(visit_seam, None))
    app.add_post_transform(KeepTogether)
