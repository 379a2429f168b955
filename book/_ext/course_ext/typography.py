"""Keeps sizes and shares on one line: the spaces in "3 × 3" and "5 %" do not break."""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

NO_BREAK = "\N{NO-BREAK SPACE}"
_TIMES = re.compile(r"(?<=\w) × (?=\w)")
_PERCENT = re.compile(r"(?<=\d) (?=%)")
_AS_TYPED = (nodes.FixedTextElement, nodes.literal, nodes.math, nodes.math_block, nodes.raw)


def kept_together(text: str) -> str:
    """The text with spaces that do not break around a multiplication sign and before a percent sign."""
    return _PERCENT.sub(NO_BREAK, _TIMES.sub(f"{NO_BREAK}×{NO_BREAK}", text))


class KeepTogether(SphinxPostTransform):
    """Applies `kept_together` to prose; code and formulas stay as they were typed."""

    default_priority = 900

    def run(self, **_: object) -> None:
        """Replaces what changes."""
        for text in list(self.document.findall(nodes.Text)):
            new = kept_together(text.astext())
            if new != text.astext() and not isinstance(text.parent, _AS_TYPED):
                text.parent.replace(text, nodes.Text(new))


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.add_post_transform(KeepTogether)
