"""What nbgrader's own `autograde` may read and copy of a student's folder: what ours may, and no more.

nbgrader has no hook between finding a submission and copying it: it follows links, opens pipes, and gives the text of
timestamp.txt to dateutil, which opens files. So, where this course's configuration is in use, three of its methods are
replaced in the class. Each replaced method leaves other configurations as they were.
"""

from __future__ import annotations

import os
from fnmatch import fnmatch
from glob import glob
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde, BaseConverter

from autograde.nbgrader_adapter.store import moment
from autograde.run.notebook import BadNotebookError, read_bytes
from autograde.run.submission import SECRET_FILE, TIMESTAMP, beside, misnamed, secret_of
from autograde.text import one_line

COPIED_MIB = 8
"""The largest file beside a notebook that is copied into autograded/."""
MAX_COPIED = 200
"""How many of a student's other files are copied."""


def install(exporter: type) -> None:
    """Puts the gate into nbgrader's class, once.

    Args:
        exporter: the exporter by which our configuration is known.
    """
    if getattr(Autograde, "_gated", False):
        return
    Autograde._gated = True
    find, prepare = Autograde.init_notebooks, BaseConverter.init_assignment

    def ours(converter: Any) -> bool:
        return isinstance(converter, Autograde) and issubclass(converter.exporter_class, exporter)

    def init_notebooks(self: Any) -> None:
        find(self)
        if ours(self):
            self.coursedir.get_existing_timestamp = _arrived
            self.assignments = _found(self)

    def init_assignment(self: Any, assignment_id: str, student_id: str) -> None:
        if not ours(self):
            prepare(self, assignment_id, student_id)
            return
        source, target = (Path(place(assignment_id, student_id)) for place in (self._format_source, self._format_dest))
        authors = Path(self.coursedir.format_path(self.coursedir.source_directory, ".", assignment_id))
        _copy_beside(source, target, self.coursedir.ignore, {path.name for path in authors.glob("*")})

    Autograde.init_notebooks = init_notebooks
    BaseConverter.init_assignment = init_assignment


def _arrived(folder: str) -> Any:
    """When the work in a folder was handed in; nbgrader's own reader knows more formats than it is safe to know."""
    return moment(beside(Path(folder), TIMESTAMP, Path(folder).parent.parent))


def _found(converter: Any) -> dict[str, list[str]]:
    """By folder, the notebook that is graded, also where it is missing: then the page says so.

    nbgrader stops with a traceback at a folder that holds a notebook of another name alone.
    """
    course = converter.coursedir
    folders = glob(converter._format_source(course.assignment_id, course.student_id))
    books = {path: [os.path.join(path, f"{course.assignment_id}.ipynb")] for path in folders}
    return {path: books[path] for path in folders if _usable(converter, path)}


def _usable(converter: Any, path: str) -> bool:
    """Whether nbgrader can keep work under the name of its folder; it has no record for what it cannot."""
    student = Path(path).parent.name
    amiss = misnamed(student)
    if amiss:
        converter.log.error("the folder %s %s: rename it, and grade again", one_line(student), amiss)
    return not amiss


def _copy_beside(source: Path, target: Path, ignore: list[str], authors: set[str]) -> None:
    """Copies what a student handed in with the notebook: plain files within limits, by no link, through no link."""
    target.mkdir(parents=True, exist_ok=True)
    # A link on the way to the folder leads to somebody else's work, of which nothing is copied at all.
    linked = any(place.is_symlink() for place in (source, source.parent))
    # Names that nbgrader writes itself are left out: a folder of that name would be in its way.
    left_out = (*ignore, "*.ipynb", TIMESTAMP, SECRET_FILE)

    def wanted(names: list[str]) -> list[str]:
        return [name for name in sorted(names) if name not in authors and not any(fnmatch(name, g) for g in left_out)]

    copied = 0
    for folder, folders, names in os.walk(source) if not linked else ():
        folders[:] = wanted(folders)
        for name in wanted(names):
            path = Path(folder, name)
            if copied < MAX_COPIED and _copy(path, target / path.relative_to(source), source.parent.parent):
                copied += 1
    _write_known(target, TIMESTAMP, _stamp(source))
    _write_known(target, SECRET_FILE, secret_of(source))


def _copy(path: Path, place: Path, top: Path) -> bool:
    """Copies one file; False for a link, a pipe, a device, or what is too large: submitted/ still has it."""
    try:
        content = read_bytes(path, COPIED_MIB, top)
    except BadNotebookError:
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.write_bytes(content)
    return True


def _stamp(source: Path) -> str:
    timestamp = _arrived(str(source))
    return "" if timestamp is None else f"{timestamp:%Y-%m-%d %H:%M:%S.%f} UTC\n"


def _write_known(target: Path, name: str, text: str) -> None:
    """Writes one of nbgrader's own files beside the notebook, or none for no text."""
    (target / name).unlink(missing_ok=True)
    if text:
        (target / name).write_text(text, "utf-8")
