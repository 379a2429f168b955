"""Solutions to exercises: the source notebook is made from its .py, and nbgrader makes the release from that."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat

from autograde.author import earlier
from autograde.course import Course, load_assignment
from autograde.errors import UsageError
from autograde.nbgrader_adapter import load_config
from autograde.nbgrader_adapter.notebooks import source_notebook


def write_source(course: Course, name: str) -> Path:
    """Writes source/NAME/, from which nbgrader makes releases: the notebook, and what students get beside it.

    Raises:
        UsageError: no such assignment, its recorded answers are missing, or it imports what is not earlier.
    """
    assignment = load_assignment(course.source(name), name)
    content = course.content
    if not content.recorded(name).is_file():
        raise UsageError(f"no recorded answers at {content.recorded(name)}: run `autograde record {name}`")
    folder = course.sources / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for given in content.given(name):
        shutil.copyfile(given, folder / given.name)
    library = content.library()
    before = earlier.cut(library.read_text("utf-8"), assignment) if library is not None else None
    if before is not None:
        (folder / "earlier.py").write_text(before, "utf-8")
    path = folder / f"{name}.ipynb"
    nbformat.write(nbformat.from_dict(source_notebook(assignment)), path)
    return path


def release(course: Course, names: list[str]) -> Iterator[str]:
    """Makes exercises/NAME/ for each name, and enters the assignment in the gradebook.

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
