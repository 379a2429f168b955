"""Code, and what it printed, is at most 76 columns wide, so that a window of a laptop cuts none of it."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

COLUMNS = 76
logger = logging.getLogger(__name__)


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Warns of each line of code that is too long."""
    for block in doctree.findall(nodes.literal_block):
        for line in block.astext().splitlines():
            if len(line) > COLUMNS:
                logger.warning(
                    "a line of code or output has %d columns; expected %d at most: break it, comment above it: %s",
                    len(line), COLUMNS, line.strip(), location=block, type="course", subtype="width",
                )  # fmt: skip


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.connect("doctree-read", check)
