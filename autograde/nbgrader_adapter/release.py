"""Solutions to exercises: the source notebook is made from its .py, and nbgrader makes the release from that."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat

from autograde import earlier
from autograde.assignment import load_assignment
from autograde.course import Course
from autograde.errors import UsageError
from autograde.nbgrader_adapter import load_config
from autograde.nbgrader_adapter.notebooks import source_notebook


def write_source(course: Course, name: str) -> Path:
    """Writes solutions/NAME/: the notebook with everything in it, and what lies beside it.

    Raises:
        UsageError: no such assignment, its recorded answers are missing, or it imports what is not earlier.
    """
    assignment = load_assignment(course.source(name))
    recorded = course.solutions / f"{name}.npz"
    if not recorded.exists():
        raise UsageError(f"no recorded answers at {recorded}: run `autograde record {name}`")
    folder = course.solutions / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copyfile(course.solutions / "check.py", folder / "check.py")
    before = earlier.cut((course.solutions / "earlier.py").read_text("utf-8"), assignment)
    if before is not None:
        (folder / "earlier.py").write_text(before, "utf-8")
    shutil.copyfile(recorded, folder / recorded.name)
    for data in sorted(course.solutions.glob("*.npz")):
        if data != recorded and any(f'"{data.name}"' in cell.source for cell in assignment.cells):
            shutil.copyfile(data, folder / data.name)
    path = folder / f"{name}.ipynb"
    nbformat.write(source_notebook(assignment), path)
    return path


def release(course: Course, names: list[str]) -> Iterator[str]:
    """Makes exercises/NAME/ from solutions/NAME.py for each name, and enters the assignment in the gradebook.

    Yields:
        each name when it is done.

    Raises:
        UsageError: a name is unknown, or nbgrader refuses the source.
    """
    from nbgrader.apps import NbGraderAPI

    for name in names:
        course.source(name)
    api = NbGraderAPI(config=load_config(course.root))
    for name in names:
        write_source(course, name)
        result = api.generate_assignment(name, force=True, create=True)
        if not result["success"]:
            detail = (result.get("error") or result.get("log") or "").strip().splitlines()
            raise UsageError(f"nbgrader could not release {name}: {detail[-1] if detail else 'no reason given'}")
        yield name
