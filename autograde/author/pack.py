"""Makes what a reader's browser needs to ask what the graders ask: practice packs, and the grader's own modules."""

from __future__ import annotations

import ast
import importlib.metadata
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from autograde.course import Course
from autograde.exam.findings import Expectation
from autograde.exam.model import Exam
from autograde.exam.practice import SEED, Asked, Practice, packed
from autograde.exam.prepare import pages, prepare
from autograde.run.ledger import CONTENT, combined, exam_digests

PACKAGE = Path(__file__).resolve().parents[1]
ENTRIES = ("exam/practice.py", "exam/verdict.py", "exam/dependents.py", "feedback/cards.py")
"""What the page calls; what these import goes with them."""
ALONE = ("sandbox/asking.py", "sandbox/wire.py")
"""Modules that stand alone, in the browser as in the sandbox."""
MAKERS = ("findings", "oracle", "practice", "prepare", "rubric", "traits")
"""Modules of `exam` that decide what a pack holds."""
ENGINE = "engine.zip"
SUFFIX = ".pack"
INDEX = "packs.json"
_DATE = (2026, 1, 1, 0, 0, 0)


def _counts(value: Any) -> bool:
    """Whether a browser can work it out: there NumPy's whole numbers have 32 bits, and a right program overflows."""
    return not (type(value) is int and abs(value) >= 2**31)


def _kept(expectations: Sequence[Expectation]) -> list[int]:
    """The places of the cases that a browser can be asked; a group of points keeps its cases where it has no others."""
    left = {one.group for one in expectations if _counts(one.value)}
    return [at for at, one in enumerate(expectations) if _counts(one.value) or one.group not in left]


def _told(expectation: Expectation) -> Expectation:
    """The expectation without what ideas predict beyond a browser's numbers: the other cases tell them."""
    return replace(expectation, variants={key: one for key, one in expectation.variants.items() if _counts(one)})


def practice_of(exam: Exam) -> Practice:
    """The part of an exam that travels without torch, notebook and files."""
    kept = {name: _kept(expectations) for name, expectations in exam.expectations.items()}
    asked = {name: Asked(ask.driver, [ask.cases[at] for at in kept[name]]) for name, ask in exam.asks.items()}
    expectations = {name: tuple(_told(exam.expectations[name][at]) for at in places) for name, places in kept.items()}
    return Practice(exam.assignment.name, exam.assignment.points, asked, expectations, exam.rubric)


def _imported(path: Path) -> Iterator[Path]:
    """The package's modules that a module imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE.name:
            inner = PACKAGE.joinpath(*str(node.module).split(".")[1:])
            yield from (inner / f"{alias.name}.py" for alias in node.names)
            yield inner.with_suffix(".py")


def engine_files() -> list[Path]:
    """The modules that judge and tell, with all of the package that they import."""
    found: set[Path] = set()
    waiting = [PACKAGE / entry for entry in ENTRIES]
    while waiting:
        path = waiting.pop()
        if path in found or not path.is_file():
            continue
        found.add(path)
        folders = [folder for folder in path.parents if folder == PACKAGE or PACKAGE in folder.parents]
        waiting += [*_imported(path), *(folder / "__init__.py" for folder in folders)]
    return sorted(found)


def engine() -> bytes:
    """Their archive, byte-identical from one time to the next; modules that stand alone lie at its top."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in engine_files():
            name = path.relative_to(PACKAGE.parent).as_posix()
            archive.writestr(zipfile.ZipInfo(name, _DATE), path.read_bytes(), zipfile.ZIP_DEFLATED)
        for name in ALONE:
            path = PACKAGE / name
            archive.writestr(zipfile.ZipInfo(path.name, _DATE), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _made_from(course: Course, name: str) -> str:
    """A digest of what decides a pack: the questions, what draws and writes it, and the pages that its cards name."""
    makers = [Path(__file__), *(PACKAGE / "exam" / f"{name}.py" for name in MAKERS)]
    parts = {path.name: path.read_bytes() for path in makers}
    parts["questions"] = exam_digests(course, name)[CONTENT].encode()
    parts["pages"] = json.dumps(pages(course, name), sort_keys=True).encode()
    parts["versions"] = f"{np.__version__} {importlib.metadata.version('torch')}".encode()
    return combined(parts.items())[:32]


def _index(folder: Path) -> dict[str, str]:
    """By assignment, what the packs of a folder were made from; nothing where that is not known."""
    try:
        found = json.loads((folder / INDEX).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def pack(course: Course, names: Sequence[str], folder: Path) -> Iterator[tuple[Path, bool]]:
    """Writes NAME.pack for each name, and engine.zip; yields each pack and whether it was made now.

    A pack is made again when what decides a score has changed, or the pages that its cards name.

    Raises:
        UsageError: no such assignment, or a graded cell without a question.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ENGINE).write_bytes(engine())
    index = _index(folder)
    for name in names:
        course.source(name)
        path = folder / f"{name}{SUFFIX}"
        made_from = _made_from(course, name)
        current = path.is_file() and index.get(name) == made_from
        if not current:
            path.write_bytes(packed(practice_of(prepare(course, name, SEED, "cpu", at_home=False))))
            index[name] = made_from
            (folder / INDEX).write_text(json.dumps(index, indent=1, sort_keys=True) + "\n", "utf-8")
        yield path, not current
