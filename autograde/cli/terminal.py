"""What the commands print and write: the only place that does."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from autograde.errors import UsageError
from autograde.text import visible


def say(text: str = "") -> None:
    """Prints; students' words among it give the terminal no commands, which could erase a line or fake one."""
    print(visible(text), flush=True)


def note(text: str) -> None:
    """Prints to standard error, likewise."""
    print(visible(text), file=sys.stderr, flush=True)


def write_json(target: str, data: dict[str, Any]) -> None:
    """Writes a report to a file, or prints it where the target is "-".

    Raises:
        UsageError: it cannot be written.
    """
    text = json.dumps(data, indent=2, ensure_ascii=False)
    if target == "-":
        say(text)
        return
    try:
        Path(target).write_text(text + "\n", "utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot write the report to {target}: {error.strerror}; name a file in a folder that exists"
        ) from error
