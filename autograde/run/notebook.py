"""A submitted notebook, read as what it is: a file from a stranger.

Whatever is wrong with it, it becomes either a list of plain cells or one typed reason; nothing in it is obeyed but the
text of its cells and the grade_ids that say which cell is which.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograde.course.assignment import Assignment, SourceCell
from autograde.errors import AutogradeError
from autograde.sandbox import Ask, Cell, Step
from autograde.text import storable, visible

MAX_CELLS = 2000
MAX_BRACKETS = 1_000_000
"""Lists and tables that a file may open. Each takes a hundred times its two characters of memory when it is read."""
PICTURES = ("image/png", "image/jpeg", "image/gif")
MAX_PICTURE = 4 << 20
"""Characters of one pasted picture, in base64; larger ones are left out."""


class BadNotebookError(AutogradeError):
    """A submitted file that cannot be read as a notebook; its text is the reason."""


@dataclass(frozen=True)
class SubmittedCell:
    """One cell of a submission: its kind, its text, the grade_id that it carries (or None), its pasted pictures.

    Pictures are {name: {type: base64}}, as notebooks keep them.
    """

    kind: str
    source: str
    grade_id: str | None
    pictures: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def _open(path: Path, top: Path | None) -> int:
    """A descriptor of a file that is no link; with `top`, none of the folders from there to the file is one either."""
    # O_NONBLOCK: opening a FIFO must not wait for a writer; O_NOFOLLOW: a link may lead to someone else's work.
    flags = os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_NOFOLLOW", 0)
    if top is None:
        return os.open(path, flags)
    # Step by step, each from the folder before it: what is looked at is what is opened.
    folder = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in path.relative_to(top).parts[:-1]:
            outer, folder = folder, os.open(part, flags | os.O_DIRECTORY, dir_fd=folder)
            os.close(outer)
        return os.open(path.name, flags, dir_fd=folder)
    finally:
        os.close(folder)


def _refusal(path: Path, top: Path | None, error: OSError) -> BadNotebookError:
    parts = [path.name] if top is None else list(path.relative_to(top).parts)
    start = path.parent if top is None else top
    for count in range(1, len(parts) + 1):
        link = start.joinpath(*parts[:count])
        if link.is_symlink():
            told = visible(str(link.relative_to(start)))
            return BadNotebookError(f"{told} is a symbolic link; expected the file itself, in the student's own folder")
    return BadNotebookError(f"{visible(path.name)} is not readable ({error.strerror}); expected a notebook file")


def read_bytes(path: Path, limit_mib: int, top: Path | None = None) -> bytes:
    """The content of a submitted file: a regular file, no link, no device, not too large.

    Args:
        path: the file.
        limit_mib: the largest size.
        top: a folder above it, below which nothing on the way may be a link.

    Raises:
        BadNotebookError: it is something else.
    """
    try:
        descriptor = _open(path, top)
    except OSError as error:
        raise _refusal(path, top, error) from error
    name = visible(path.name)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise BadNotebookError(f"{name} is not a regular file; expected a notebook")
        if status.st_size > limit_mib << 20:
            size = status.st_size >> 20
            raise BadNotebookError(f"{name} has {size} MiB; at most {limit_mib} are read (clear its outputs)")
        with os.fdopen(os.dup(descriptor), "rb") as file:
            return file.read((limit_mib << 20) + 1)
    except OSError as error:
        raise BadNotebookError(f"{name} cannot be read ({error.strerror}); expected a notebook file") from error
    finally:
        os.close(descriptor)


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return None


def _cell(raw: Any) -> SubmittedCell | None:
    if not isinstance(raw, dict):
        return None
    source = _text(raw.get("source", raw.get("input")))
    kind = raw.get("cell_type")
    if source is None or not isinstance(kind, str):
        return None
    metadata = raw.get("metadata")
    grader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = grader.get("grade_id") if isinstance(grader, dict) else None
    # Text that UTF-8 cannot carry (lone surrogates from \ud800 escapes) would stop every later writer.
    known = grade_id if isinstance(grade_id, str) else None
    return SubmittedCell(kind, storable(source), known, {} if kind == "code" else _pictures(raw.get("attachments")))


def _pictures(raw: Any) -> dict[str, dict[str, str]]:
    """The pictures among a cell's attachments; whatever else is attached stays behind."""
    found: dict[str, dict[str, str]] = {}
    for name, bundle in raw.items() if isinstance(raw, dict) else ():
        kinds = [kind for kind in PICTURES if isinstance(bundle, dict) and _text(bundle.get(kind))]
        if kinds:
            content = "".join((_text(bundle[kinds[0]]) or "").split())
            if len(content) <= MAX_PICTURE:
                found[storable(name)] = {kinds[0]: storable(content)}
    return found


def parse(content: bytes, name: str = "the notebook") -> list[SubmittedCell]:
    """The cells of a notebook, of any format since version 3; cells that are none are left out.

    Raises:
        BadNotebookError: the content is not a notebook.
    """
    if content.count(b"[") + content.count(b"{") > MAX_BRACKETS:
        raise BadNotebookError(f"{name} has more than {MAX_BRACKETS} brackets; clear its outputs and save it again")
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadNotebookError(f"{name} is not UTF-8 text (byte {error.start}); save it again from Jupyter") from error
    except RecursionError as error:
        raise BadNotebookError(f"{name} is nested too deeply to be a notebook") from error
    except ValueError as error:
        raise BadNotebookError(f"{name} is not JSON ({str(error)[:200]}); save it again from Jupyter") from error
    cells = document.get("cells") if isinstance(document, dict) else None
    if cells is None and isinstance(document, dict):
        with contextlib.suppress(LookupError, TypeError):
            cells = document["worksheets"][0]["cells"]
    if not isinstance(cells, list):
        raise BadNotebookError(f"{name} has no list of cells, so it is not a notebook")
    if len(cells) > MAX_CELLS:
        raise BadNotebookError(f"{name} has {len(cells)} cells; at most {MAX_CELLS} are run")
    return [cell for cell in map(_cell, cells) if cell is not None]


@dataclass(frozen=True)
class MergedCell:
    """A cell as graded: the submission's text where it is the student's, the author's where it is not.

    Args:
        id: the source cell's id, or extra-NN.
        kind: "code" or "markdown".
        source: text.
        origin: the source cell, or None for a cell that the student added.
        pictures: what was pasted into a text cell, as `SubmittedCell` has it.
    """

    id: str
    kind: str
    source: str
    origin: SourceCell | None
    pictures: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def merge(submitted: list[SubmittedCell], assignment: Assignment) -> list[MergedCell]:
    """The submission with the author's cells put right: locked text restored, missing tests added where they belong.

    A grade_id counts once, at its last place; copies stay as ordinary cells. A solution that the student
    turned into text is code again.
    """
    sources = {cell.id: cell for cell in assignment.cells if cell.role in ("solution", "test", "locked")}
    last = {cell.grade_id: place for place, cell in enumerate(submitted) if cell.grade_id is not None}
    merged: list[MergedCell] = []
    for place, cell in enumerate(submitted):
        source = sources.get(cell.grade_id or "")
        if source is None or last[source.id] != place:
            if source is not None and source.role != "solution":
                continue  # an earlier copy of a locked cell has nothing of the student's in it
            kind = "code" if cell.kind == "code" or source is not None else "markdown"
            merged.append(MergedCell(f"extra-{place:02d}", kind, cell.source, None, cell.pictures))
        else:
            text = cell.source if source.role == "solution" else source.released
            pictures = cell.pictures if source.role == "solution" else {}
            merged.append(MergedCell(source.id, source.kind, text, source, pictures))
    return _add_missing(merged, assignment, sources)


def _add_missing(
    merged: list[MergedCell], assignment: Assignment, sources: Mapping[str, SourceCell]
) -> list[MergedCell]:
    """Puts locked and test cells that the student deleted back behind the cell that they followed."""
    present = {cell.id for cell in merged}
    before = ""
    for source in assignment.cells:
        if source.id not in sources:
            continue
        if source.id not in present and source.role != "solution":
            places = [place for place, cell in enumerate(merged) if cell.id == before]
            # Behind its solution; without one, a test goes last (all is defined there) and a set-up cell first.
            end = len(merged) if source.role == "test" else 0
            merged.insert(places[0] + 1 if places else end, MergedCell(source.id, source.kind, source.released, source))
            present.add(source.id)
        if source.id in present:
            before = source.id
    return merged


def plan(merged: list[MergedCell], asks: Mapping[str, Ask]) -> list[Step]:
    """What to run: every code cell in order, and in each test cell's place its question.

    Each question is asked in its test cell's place; one that the notebook could not answer there is asked again at
    the end (`grade` does so), for students whose cells are out of order.
    """
    steps: list[Step] = []
    for cell in merged:
        if cell.origin is not None and cell.origin.role == "test":
            function = cell.id.removeprefix("test_")
            if function in asks:
                steps.append(asks[function])
        elif cell.kind == "code" and cell.source.strip():
            steps.append(Cell(cell.id, cell.source))
    return steps
