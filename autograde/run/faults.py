"""The log of the grader's own faults: what a submission's reason cannot say is read here."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

from autograde.errors import AutogradeError, EntryError
from autograde.text import visible

LOG = "errors.log"
MAX_LOG = 4 << 20
"""Bytes after which a log is put aside and a new one begun."""
_ONE = (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL, errno.ELOOP)
"""Errors of the system that a single path can cause; all others (a full disk, no permission) concern everyone."""


def concerns_all(error: Exception) -> bool:
    """Whether an error in saving results has nothing to do with any one submission."""
    if isinstance(error, OSError):
        return error.errno not in _ONE
    return isinstance(error, AutogradeError) and not isinstance(error, EntryError)


def log(state: Path, student: str, fault: str) -> None:
    """Adds a fault to the log.

    Args:
        state: the course's folder of records.
        student: whose submission it was.
        fault: the traceback.
    """
    state.mkdir(parents=True, exist_ok=True)
    path = state / LOG
    if path.exists() and path.stat().st_size > MAX_LOG:
        os.replace(path, path.with_suffix(".log.old"))
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC, {visible(student)}\n{visible(fault)}\n")
