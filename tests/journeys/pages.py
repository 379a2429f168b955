"""The commands that a page of the book names, so that a test can run just these."""

from __future__ import annotations

import re
from pathlib import Path

BLOCK = re.compile(r"^```\{code-block\} (\w+)\n((?::\w[^\n]*\n)*)(.*?)^```$", re.M | re.S)
NAME = re.compile(r"^:name: (\S+)$", re.M)


class Commands:
    """The code blocks of a page that have a name.

    Args:
        page: a MyST page.

    Attributes:
        used: names of the blocks that a test has asked for.
    """

    def __init__(self, page: Path) -> None:
        self._blocks: dict[str, str] = {}
        for _, options, body in BLOCK.findall(page.read_text("utf-8")):
            for name in NAME.findall(options):
                assert name not in self._blocks, f"{page} has two blocks {name}"
                self._blocks[name] = body.strip()
        self.used: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.used.add(name)
        return self._blocks[name]

    @property
    def unused(self) -> set[str]:
        """Names of the blocks that nobody has asked for."""
        return set(self._blocks) - self.used
