"""What was handed in: where it lies, its bytes as they were read once, and what came with it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from autograde.policy import Policy
from autograde.run.notebook import BadNotebookError, read_bytes

TIMESTAMP, SECRET_FILE = "timestamp.txt", "submission_secret.txt"
_SECRET = re.compile(r"[0-9a-f]{32,256}")


@dataclass(frozen=True)
class Submission:
    """Whose notebook lies where."""

    student: str
    path: Path


@dataclass(frozen=True)
class Work:
    """A submission as it is sent to a worker, on this machine or another: its bytes, or why there are none."""

    student: str
    name: str
    content: bytes
    reason: str = ""

    @property
    def digest(self) -> str:
        """A name for what was handed in: the same work has the same."""
        return hashlib.sha256(self.reason.encode() if self.reason else self.content).hexdigest()


@dataclass(frozen=True)
class Receipt:
    """What was read with the work, at the same time: it goes with the result, whatever lies in the folder by then.

    Args:
        student: who handed it in.
        digest: the work's.
        timestamp: the text of timestamp.txt, "" where there is none.
        secret: nbgrader's secret of the submission, "" where there is none.
    """

    student: str
    digest: str
    timestamp: str = ""
    secret: str = ""


def read_work(submission: Submission, policy: Policy) -> Work:
    """Reads one submitted file; whatever is wrong with the file becomes its reason."""
    try:
        return Work(submission.student, submission.path.name, read_bytes(submission.path, policy.notebook_mib))
    except BadNotebookError as error:
        return Work(submission.student, submission.path.name, b"", str(error))


def beside(folder: Path, name: str) -> str:
    """The text of a small file in a student's folder; "" where there is none that can be read."""
    try:
        return read_bytes(folder / name, 1).decode("ascii", "replace").strip()
    except BadNotebookError:
        return ""


def receive(submission: Submission, policy: Policy) -> tuple[Work, Receipt]:
    """Reads a submission and what came with it, again where it was replaced meanwhile."""
    folder = submission.path.parent
    while True:
        timestamp = beside(folder, TIMESTAMP)
        work = read_work(submission, policy)
        secret = beside(folder, SECRET_FILE)
        if beside(folder, TIMESTAMP) == timestamp:
            kept = secret if _SECRET.fullmatch(secret) else ""
            return work, Receipt(submission.student, work.digest, timestamp, kept)
