"""What nbgrader's own `autograde` runs under our configuration, so that it gives the same scores as ours."""

from __future__ import annotations

import functools
import json
import os
import time
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from autograde.course import Course, course_at, load_assignment
from autograde.exam.model import Exam
from autograde.exam.prepare import new_seed, prepare
from autograde.nbgrader_adapter.gate import install
from autograde.nbgrader_adapter.notebooks import METADATA, UNGRADED, graded_notebook, source_notebook
from autograde.policy import Policy
from autograde.run import faults
from autograde.run.grade import failed
from autograde.run.notebook import BadNotebookError, SubmittedCell, merge, parse, read_bytes
from autograde.run.submission import Work
from autograde.run.workers import Worker
from autograde.text import one_line


class _Exams:
    """Exams that this process has drawn. The formgrader's process lives for days: they must not outlive their use.

    An exam is drawn anew when a file that decides its scores has changed, and for work that came in after it was
    drawn: its author may have read, in the feedback on an earlier try, what it asks.
    """

    def __init__(self) -> None:
        self._drawn: dict[tuple[Path, str], tuple[list[int], float, Exam]] = {}

    def get(self, course: Course, name: str, arrived: float) -> Exam:
        """The exam for a notebook that arrived at a time, in seconds since 1970."""
        changed = [path.stat().st_mtime_ns for path in course.content.sources(name)]
        known = self._drawn.get((course.root, name))
        if known is not None and known[0] == changed and known[1] > arrived:
            return known[2]
        exam = prepare(course, name, new_seed())
        self._drawn[course.root, name] = (changed, time.time(), exam)
        return exam


_exams = _Exams()


@functools.lru_cache(maxsize=4)
def _worker(root: Path, policy: Policy) -> Worker:
    """One warm sandbox for all the submissions that this process grades; it ends with the process."""
    return Worker(root, policy)


def _course(preprocessor: NbGraderPreprocessor | NotebookExporter) -> Course:
    return course_at(Path(preprocessor.config.CourseDirectory.root))


class SubmissionExporter(NotebookExporter):
    """Reads a submission as a file from a stranger; what is no notebook becomes one with the reason in it."""

    def from_filename(self, filename: str, resources: Any = None, **kwargs: Any) -> Any:
        """The notebook in `filename`, as nbconvert's exporters give it."""
        path = Path(filename)
        notebook = nbformat.v4.new_notebook(metadata=dict(METADATA))
        try:
            # STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb: no folder of these may be a link.
            cells = parse(read_bytes(path, _course(self).policy.notebook_mib, path.parents[2]), path.name)
        except BadNotebookError as error:
            cells = [SubmittedCell("markdown", f"{UNGRADED} {one_line(str(error))}", None)]
        notebook.metadata["submitted"] = [
            [cell.kind, cell.source, cell.grade_id, dict(cell.pictures)] for cell in cells
        ]
        return self.from_notebook_node(notebook, resources, **kwargs)


class RestoreAuthorsCells(NbGraderPreprocessor):
    """Locked cells as their author wrote them, missing tests put back, grade_ids each once."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Turns the submitted cells into the notebook to be graded; the submission's metadata count for nothing."""
        course, name = _course(self), resources["nbgrader"]["assignment"]
        assignment = load_assignment(course.source(name), name)
        submitted = [SubmittedCell(*cell) for cell in nb.metadata.pop("submitted")]
        author = {cell.id: cell for cell in nbformat.from_dict(source_notebook(assignment)).cells}
        for cell in merge(submitted, assignment):
            metadata = author[cell.id].metadata if cell.origin is not None else {}
            about: dict[str, Any] = {"metadata": metadata, "id": cell.id}
            if cell.kind == "code":
                nb.cells.append(nbformat.v4.new_code_cell(cell.source, **about))
            else:
                # Raw: what a run that is cut short here leaves in autograded/ is rendered by nobody.
                about["attachments"] = {name: dict(bundle) for name, bundle in cell.pictures.items()}
                nb.cells.append(nbformat.v4.new_raw_cell(cell.source, **about))
        return nb, resources


class SandboxedExecute(NbGraderPreprocessor):
    """Runs the notebook in the sandbox and puts a card and the score into each test cell."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """The graded notebook."""
        course = _course(self)
        document = {"cells": [_as_json(*cell) for cell in nb.metadata.pop("submitted")]}
        name, student = resources["nbgrader"]["assignment"], resources["nbgrader"]["student"]
        folders = CourseDirectory(config=self.config)
        path = Path(folders.format_path(folders.submitted_directory, student, name)) / f"{name}.ipynb"
        # ctime: a student can set a file's other times.
        exam = _exams.get(course, name, path.lstat().st_ctime if os.path.lexists(path) else 0.0)
        work = Work(student, path.name, json.dumps(document).encode())
        graded = _worker(course.root, course.policy).grade(exam, work)
        try:
            notebook = graded_notebook(exam, graded, course.book_url)
        except Exception as error:  # noqa: BLE001  (one submission's fault is its own reason, never the class's)
            graded = failed(exam, student, error)
            notebook = graded_notebook(exam, graded, course.book_url)
        if graded.fault:
            faults.log(course.state, student, graded.fault)
        return nbformat.from_dict(notebook), resources


install(SubmissionExporter)


def _as_json(kind: str, source: str, grade_id: str | None, pictures: dict[str, Any]) -> dict[str, Any]:
    grader = {"nbgrader": {"grade_id": grade_id}} if grade_id else {}
    return {"cell_type": kind, "source": source, "metadata": grader, "attachments": pictures}
