"""What was handed in: where it lies, its bytes as they were read once, and what came with it."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from autograde.policy import Policy
from autograde.run.notebook import BadNotebookError, read_bytes
from autograde.text import visible

TIMESTAMP, SECRET_FILE = "timestamp.txt", "submission_secret.txt"
_SECRET = re.compile(r"[0-9a-f]{32,256}")


TRIES = 5
"""How often a submission is read again because it is being replaced; then it is taken as it was read last."""
ID_LENGTH = 128
"""Characters of a student's id that nbgrader's gradebook holds."""


def misnamed(name: str) -> str:
    """Why a folder's name cannot be a student's id; "" where it can."""
    if visible(name) != name or "\n" in name or "\t" in name:
        return "has characters that nobody sees, or that are not UTF-8, in its name"
    if len(name) > ID_LENGTH:
        return f"has a name of {len(name)} characters, and the gradebook holds {ID_LENGTH}"
    return ""


@dataclass(frozen=True)
class Submission:
    """Whose notebook lies where.

    Args:
        student: who handed it in.
        path: the notebook.
        top: the folder of all submissions, below which nothing may be a link; None for a file that is by itself.
        unusable: why the student's folder cannot be graded under its name, or "".
    """

    student: str
    path: Path
    top: Path | None = None
    unusable: str = ""


def lone(path: Path) -> Submission:
    """A notebook that is graded by itself; below a folder called submitted/, nothing on the way to it may be a link."""
    path = Path(os.path.abspath(path))
    top = next((one for one in reversed(path.parents) if one.name == "submitted"), None)
    return Submission("you", path, top)


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
        return hashlib.sha256(
            self.reason.encode("utf-8", "backslashreplace") if self.reason else self.content
        ).hexdigest()


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
    student, name = submission.student, visible(submission.path.name)
    if submission.unusable:
        reason = f"the folder {student} {submission.unusable}: rename it, and grade again"
        return Work(student, name, b"", reason)
    try:
        return Work(student, name, read_bytes(submission.path, policy.notebook_mib, submission.top))
    except BadNotebookError as error:
        return Work(student, name, b"", str(error))


def beside(folder: Path, name: str, top: Path | None = None) -> str:
    """The text of a small file in a student's folder; "" where there is none that can be read."""
    try:
        return read_bytes(folder / name, 1, top).decode("ascii", "replace").strip()
    except BadNotebookError:
        return ""


def secret_of(folder: Path) -> str:
    """Nbgrader's secret of a submission, by the folder STUDENT/ASSIGNMENT; "" where there is none."""
    secret = beside(folder, SECRET_FILE, folder.parent.parent)
    return secret if _SECRET.fullmatch(secret) else ""


def receive(submission: Submission, policy: Policy) -> tuple[Work, Receipt]:
    """Reads a submission and what came with it, again where it was replaced meanwhile."""
    folder, top = submission.path.parent, submission.top
    for _ in range(TRIES):
        timestamp = beside(folder, TIMESTAMP, top)
        work = read_work(submission, policy)
        secret = secret_of(folder)
        if beside(folder, TIMESTAMP, top) == timestamp:
            break
    return work, Receipt(submission.student, work.digest, timestamp, secret)
