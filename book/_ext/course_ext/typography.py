"""Keeps on one line what is read as one: "3 × 3", "5 %", "chapter 6", "(2, 3)", short code and short formulas."""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

NO_BREAK = "\N{NO-BREAK SPACE}"
_TIMES = re.compile(r"(?<=\w) × (?=\w)")
_PERCENT = re.compile(r"(?<=\d) (?=%)")
_NUMBERED = re.compile(
    r"\b(chapter|equation|exercise|figure|layer|listing|padding|seed|stage|stride|table|dilation) (?=\d)", re.IGNORECASE
)
_TUPLE = re.compile(r"\(-?\d+(?:, -?\d+){1,3}\)")
_COMMAND, _UNSEEN = re.compile(r"\\[A-Za-z]+"), re.compile(r"[{}^_\\\s]")
SHORT_CODE, LONGER_CODE, SHORT_FORMULA = 24, 38, 14
"""Up to so many letters; a narrow phone shows 30."""
_AS_TYPED = (nodes.FixedTextElement, nodes.literal, nodes.math, nodes.math_block, nodes.raw)


def kept_together(text: str) -> str:
    """The text with spaces that do not break: in sizes and short tuples, before a percent sign and before numbers."""
    text = _NUMBERED.sub(rf"\1{NO_BREAK}", _PERCENT.sub(NO_BREAK, _TIMES.sub(f"{NO_BREAK}×{NO_BREAK}", text)))
    return _TUPLE.sub(lambda found: found[0].replace(" ", NO_BREAK), text)


def line_breaks(node: nodes.literal | nodes.math) -> list[str]:
    """Returns the class of inline code or a formula that stays on one line: everywhere, or where the window is wide."""
    text = node.astext()
    if isinstance(node, nodes.math):
        return ["whole"] if len(_UNSEEN.sub("", _COMMAND.sub("#", text))) <= SHORT_FORMULA else []
    if len(text) <= SHORT_CODE:
        return ["whole"]
    return ["whole-if-wide"] if "-" in text and len(text) <= LONGER_CODE else []


class KeepTogether(SphinxPostTransform):
    """Applies `kept_together` to prose; code and formulas stay as they were typed."""

    default_priority = 900

    def run(self, **_: object) -> None:
        """Replaces what changes."""
        for text in list(self.document.findall(nodes.Text)):
            new = kept_together(text.astext())
            if new != text.astext() and not isinstance(text.parent, _AS_TYPED):
                text.parent.replace(text, nodes.Text(new))
        for short in [*self.document.findall(nodes.literal), *self.document.findall(nodes.math)]:
            short["classes"] += line_breaks(short)


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.add_post_transform(KeepTogether)
