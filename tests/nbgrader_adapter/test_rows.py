"""What is written without nbgrader is what nbgrader would have written: folders, checksums, every row of a score."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import nbformat
import pytest
import sqlalchemy as sa
from nbgrader import utils
from nbgrader.api import Gradebook, get_alembic_version
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograde.errors import ConfigError, GradebookError
from autograde.nbgrader_adapter import rows
from autograde.nbgrader_adapter.folders import Folders
from autograde.nbgrader_adapter.notebooks import released_checksum, source_notebook
from autograde.nbgrader_adapter.rows import Entry, Writer, check
from tests.conftest import ASSIGNMENTS, source_of

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning", "ignore::DeprecationWarning")
NAME = "week1"
DUE = datetime(2026, 1, 1, 12)

SETTINGS = [
    {},
    {"submitted_directory": "in", "autograded_directory": "out", "feedback_directory": "told"},
    {"directory_structure": "{assignment_id}/{nbgrader_step}/{student_id}"},
    {"course_id": " c1 ", "db_url": "postgresql://course@db/grades"},
    {"root": "relative/course"},
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_folders_are_where_nbgrader_has_them(settings, tmp_path):
    config = Config()
    config.CourseDirectory.update({"root": str(tmp_path), **settings})
    ours, theirs = Folders(config, tmp_path), CourseDirectory(config=config)
    for step in (theirs.submitted_directory, theirs.autograded_directory, theirs.feedback_directory):
        for student in ("ada", "*"):
            assert os.fspath(ours.path(step, student, NAME)) == theirs.format_path(step, student, NAME)
    for key in ("submitted_directory", "autograded_directory", "feedback_directory", "course_id", "db_url", "root"):
        assert getattr(ours, key) == getattr(theirs, key)


def test_without_a_setting_the_defaults_are_nbgraders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ours, theirs = Folders(Config(), tmp_path), CourseDirectory()
    assert os.fspath(ours.path("submitted", "ada", NAME)) == theirs.format_path("submitted", "ada", NAME)
    assert ours.db_url == theirs.db_url


def test_a_setting_that_is_no_text_is_refused(tmp_path):
    config = Config()
    config.CourseDirectory.submitted_directory = 3
    with pytest.raises(ConfigError, match="submitted_directory must be text, not 3"):
        Folders(config, tmp_path)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_checksums_are_nbgraders(name):
    assignment = source_of(name)
    notebook = nbformat.from_dict(source_notebook(assignment))
    checked = 0
    for cell in assignment.cells:
        if cell.role in ("solution", "test", "locked"):
            node = next(one for one in notebook.cells if one.metadata.get("nbgrader", {}).get("grade_id") == cell.id)
            node.source = cell.released
            assert released_checksum(cell) == utils.compute_checksum(node)
            checked += 1
    assert checked >= 2 * len(assignment.points)


def test_the_version_is_nbgraders():
    assert get_alembic_version() == rows.VERSION


@pytest.fixture
def make_book(tmp_path):
    """Makes a gradebook of nbgrader's: two notebooks, a solution, a test, a cell graded by hand, a task."""

    def make(file):
        url = f"sqlite:///{tmp_path / file}"
        with Gradebook(url, "course") as book:
            book.add_assignment(NAME, duedate=DUE)
            for notebook in (NAME, "extra"):
                book.add_notebook(notebook, NAME)
                for function in ("one", "two"):
                    book.add_solution_cell(function, notebook, NAME)
                    book.add_grade_cell(f"test_{function}", notebook, NAME, max_score=2, cell_type="code")
                book.add_grade_cell("essay", notebook, NAME, max_score=3, cell_type="markdown")
                book.add_solution_cell("essay", notebook, NAME)
                book.add_task_cell("task", notebook, NAME, max_score=1, cell_type="markdown")
            book.add_student("old", first_name="Ada")
            book.add_submission(NAME, "old", timestamp=DUE - timedelta(hours=5))
            book.add_submission(NAME, "extended", timestamp=DUE) if book.update_or_create_student("extended") else None
            book.grant_extension(NAME, "extended", hours=2)
            grade = book.find_grade("test_one", NAME, NAME, "old")
            grade.manual_score, grade.extra_credit, grade.auto_score = 0.5, 0.25, 2
            book.find_comment("two", NAME, NAME, "old").manual_comment = "See me."
            book.db.commit()
        return url

    return make


ENTRIES = [
    Entry("old", DUE + timedelta(hours=1), {"one": 2.0, "two": 1.5}, {"two"}),
    Entry("extended", DUE + timedelta(hours=3), {"one": 1.0, "two": 1.0}, set()),
    Entry("new", None, {"one": 0.0, "two": 0.0}, {"one", "two"}),
    Entry("late", DUE + timedelta(seconds=1), {"one": 1.0, "two": 2.0}, set()),
    Entry("early", DUE - timedelta(days=1), {"one": 2.0, "two": 2.0}, set()),
]


def half(student, score, seconds):
    """A penalty in which all that decides it is to be seen."""
    return score / 2 + seconds / 1e6 if student != "old" else None


def by_nbgrader(url, entries):
    """As this grader wrote scores before: through nbgrader's own objects."""
    with Gradebook(url, "course") as book:
        for entry in entries:
            book.update_or_create_student(entry.student)
            extra = {} if entry.timestamp is None else {"timestamp": entry.timestamp}
            one = book.update_or_create_submission(NAME, entry.student, **extra)
            notebook = next(each for each in one.notebooks if each.name == NAME)
            for grade in notebook.grades:
                function = grade.name.removeprefix("test_")
                if function in entry.points:
                    grade.auto_score = entry.points[function]
                    grade.needs_manual_grade = grade.manual_score is not None
            for comment in notebook.comments:
                comment.auto_comment = "No response." if comment.name in entry.silent else None
            book.db.flush()
            notebook.late_submission_penalty = None
            if one.total_seconds_late > 0:
                book.db.flush()
                book.db.expire(notebook)
                notebook.late_submission_penalty = half(entry.student, notebook.score, one.total_seconds_late)
            book.db.commit()


def by_us(url, entries):
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        check(connection, NAME)
        Writer(connection, NAME).enter(entries, half)
    engine.dispose()


def content(url):
    """All that a gradebook holds, without the numbers by which its rows name each other."""
    with Gradebook(url, "course") as book:
        held = {}
        for one in book.assignment_submissions(NAME):
            held[one.student.id] = [one.timestamp, one.extension, one.score, one.late_submission_penalty]
            held[one.student.id] += [one.student.first_name, one.needs_manual_grade, len(one.notebooks)]
            for notebook in one.notebooks:
                key = (one.student.id, notebook.name)
                held[key] = [notebook.score, notebook.late_submission_penalty, notebook.flagged, notebook.failed_tests]
                for grade in notebook.grades:
                    told = (grade.auto_score, grade.manual_score, grade.extra_credit, grade.needs_manual_grade)
                    held[*key, "grade", grade.name] = told
                for comment in notebook.comments:
                    held[*key, "comment", comment.name] = (comment.auto_comment, comment.manual_comment)
        return held


def test_rows_are_those_that_nbgrader_writes(make_book):
    ours, theirs = make_book("ours.db"), make_book("theirs.db")
    assert content(ours) == content(theirs)
    for batch in (ENTRIES[:2], ENTRIES[1:], [Entry("new", DUE, {"one": 2.0, "two": 2.0}, set())], ENTRIES[::-1]):
        by_us(ours, batch)
        by_nbgrader(theirs, batch)
        assert content(ours) == content(theirs)
    assert len(content(ours)) > 5 * len(ENTRIES)
    assert content(ours)["late"][3] == pytest.approx(1.5 + 1e-6)


def test_a_batch_is_entered_as_a_whole_or_not_at_all(make_book):
    url = make_book("ours.db")
    before = content(url)

    def broken(student, *_):
        raise ZeroDivisionError(student)

    engine = sa.create_engine(url)
    with pytest.raises(ZeroDivisionError), engine.begin() as connection:
        Writer(connection, NAME).enter(ENTRIES, broken)
    engine.dispose()
    assert content(url) == before


@pytest.mark.parametrize(("name", "said"), [("week2", "does not know week2"), ("old", "version is 123")])
def test_another_gradebook_is_told(make_book, name, said):
    engine = sa.create_engine(make_book("ours.db"))
    with engine.begin() as connection:
        if name == "old":
            connection.execute(sa.update(rows.ALEMBIC).values(version_num="123"))
        with pytest.raises(GradebookError, match=said):
            check(connection, name)
    engine.dispose()


def test_a_file_without_tables_knows_nothing(tmp_path):
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    with engine.begin() as connection, pytest.raises(GradebookError, match="does not know week1"):
        check(connection, NAME)
    engine.dispose()
