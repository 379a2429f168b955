"""Tells when a notebook has been saved: by looking at the file again and again, which works on every file system."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

TICK_S = 0.1
PATIENCE = 10
"""Looks for which a file that is no whole notebook must rest before it is taken as it is."""


def ticks() -> Iterator[None]:
    """When to look."""
    while True:
        yield
        time.sleep(TICK_S)


def _look(path: Path) -> tuple[int, ...] | None:
    """What changes with a save, also where the file is replaced by another; None where there is none at the moment."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _is_whole(path: Path) -> bool:
    """Whether a notebook's last bracket is written; an editor that writes in place leaves it for last."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 64))
            return file.read().rstrip().endswith(b"}")
    except OSError:
        return False


def saves(path: Path, clock: Iterable[object]) -> Iterator[None]:
    """Yields for the file as it is, and after each save, once the file has come to rest.

    It has come to rest when two looks in a row find the same and its end is written. What stays without an end is
    yielded too, after `PATIENCE` looks, so that whoever watches can say what is wrong with it.

    Args:
        path: the notebook.
        clock: one item for each look; it ends when the clock does.
    """
    taken: tuple[int, ...] | None = None
    before: tuple[int, ...] | None = None
    rested = 0
    for _ in clock:
        now = _look(path)
        rested = rested + 1 if now == before else 0
        before = now
        if now is None or now == taken or not rested:
            continue
        if _is_whole(path) or rested >= PATIENCE:
            taken = now
            yield
