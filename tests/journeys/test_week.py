"""A week of the course by command line: the commands of the book's page, in its order, by users of one machine."""

from __future__ import annotations

import csv
import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import sample_class
from tests.conftest import ROOT, programs, skip_or_fail, source_of
from tests.journeys.pages import Commands
from tests.journeys.people import INSTRUCTOR, Machine

NAME = "padding"
MISCONCEPTION = "odd_pixel_before"
MAILED = "student3"


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    if shutil.which("bwrap") is None:
        skip_or_fail("bubblewrap is not installed (apt-get install bubblewrap)")
    here = Machine(tmp_path_factory.mktemp("machine"), ["student1", "student2"])
    sample_class.make_course(here.home(INSTRUCTOR) / "course")
    (here.home(INSTRUCTOR) / "course").chmod(0o700)
    return here


class Week:
    """Who runs which of the page's blocks, and what they read then."""

    def __init__(self, machine):
        self.machine = machine
        self.commands = Commands(ROOT / "book" / "instructors" / "week.md")
        self.students = machine.students
        self.course = machine.home(INSTRUCTOR) / "course"

    def says(self, name, block):
        """Output of a block's commands, which all succeed."""
        return self.says_when(name, self.commands[block])

    def says_when(self, name, line, stdin=""):
        done = self.machine.run(name, f"set -e\n{line}", "course" if name == INSTRUCTOR else "", stdin)
        assert done.returncode == 0, f"{name}: {line}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        return done.stdout + done.stderr

    def students_say(self, block):
        """What each student reads; they work at the same time."""
        with ThreadPoolExecutor() as pool:
            return dict(zip(self.students, pool.map(lambda name: self.says(name, block), self.students), strict=True))

    def is_denied(self, name, line):
        done = self.machine.run(name, line)
        assert done.returncode != 0
        assert "Permission denied" in done.stderr

    def solve(self, name, replaced):
        """Types the author's solutions into a student's notebook, some functions replaced."""
        path = self.machine.home(name) / NAME / f"{NAME}.ipynb"
        notebook = json.loads(path.read_text("utf-8"))
        solutions = {cell.id: cell.source for cell in source_of(NAME).cells if cell.role == "solution"} | replaced
        for cell in notebook["cells"]:
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            cell["source"] = solutions.get(grade_id, cell["source"])
        path.write_text(json.dumps(notebook), "utf-8")

    def feedback(self, name):
        """The one page of feedback in a student's home."""
        (page,) = (self.machine.home(name) / NAME / "feedback").glob(f"*/{NAME}.html")
        return page.read_text("utf-8")

    def scores(self):
        """(score, maximum) of each student, from the exported table."""
        with (self.course / "grades.csv").open(newline="") as file:
            return {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(file)}


def test_a_week_with_the_commands_of_the_page(machine):
    week = Week(machine)
    _prepare(week)
    _release(week)
    wrong = next(p for p in programs(NAME) if p.misconception == MISCONCEPTION)
    _students_work(week, {wrong.function: wrong.source})
    _collect_and_grade(week)
    _grade_by_hand_and_again(week)
    _feedback(week)
    week.says(INSTRUCTOR, "week-export")
    assert week.scores() == {"student1": (11, 11), "student2": (9.5, 11), MAILED: (0, 11)}
    assert week.commands.unused == set(), "the page names commands that no one has run"


def _prepare(week):
    week.says(INSTRUCTOR, "week-exchange")
    for name in (INSTRUCTOR, *week.students):
        folder = week.machine.home(name) / ".jupyter"
        folder.mkdir()
        (folder / "nbgrader_config.py").write_text(week.commands["week-settings"] + "\n", "utf-8")
        for path in (folder, folder / "nbgrader_config.py"):
            week.machine.give(name, path)


def _release(week):
    said = week.says(INSTRUCTOR, "week-release")
    assert f"released {NAME} to /home/{INSTRUCTOR}/course/exercises/{NAME}" in said
    assert f"Released as: convolution-to-resnet {NAME}" in said


def _students_work(week, wrong):
    for name, said in week.students_say("week-fetch").items():
        assert f"Fetched as: convolution-to-resnet {NAME}" in said
        folder = week.machine.home(name) / NAME
        assert {path.name for path in folder.iterdir()} == {f"{NAME}.ipynb", f"{NAME}.npz", "check.py", "earlier.py"}
        text = (folder / f"{NAME}.ipynb").read_text("utf-8")
        assert "NotImplementedError" in text
        assert "hidden_test" not in text
    assert f"VALIDATION FAILED ON {len(source_of(NAME).points)} CELL(S)!" in week.says("student1", "week-validate")
    week.solve("student1", {})
    week.solve("student2", wrong)
    said = week.students_say("week-validate")
    assert "Success! Your notebook passes all the tests." in said["student1"]
    assert "VALIDATION FAILED ON 1 CELL(S)!" in said["student2"]
    assert "the odd pixel goes after" in said["student2"]
    for said_on_submitting in week.students_say("week-submit").values():
        assert f"Submitted as: convolution-to-resnet {NAME}" in said_on_submitting
    if week.machine.separate:
        week.is_denied("student2", "cat /home/student1/padding/padding.ipynb")
        week.is_denied("student2", f"ls /home/{INSTRUCTOR}/course/solutions")
        week.is_denied("student2", "ls /srv/nbgrader/exchange/convolution-to-resnet/inbound")


def _collect_and_grade(week):
    mailed = week.course / "submitted" / MAILED / NAME
    mailed.mkdir(parents=True)
    shutil.copy(week.course / "exercises" / NAME / f"{NAME}.ipynb", mailed)
    said = week.says(INSTRUCTOR, "week-collect")
    for name in week.students:
        assert f"Collecting submission: {name} {NAME}" in said
    # nbgrader compares a submission's owner with its name; where all share a user, it has reason to ask.
    assert ("cheating attempt" in said) != week.machine.separate
    rows = {line.split()[0]: line for line in said.splitlines() if line.endswith(" of 10")}
    assert rows["student1"].endswith("10 of 10")
    assert "wrong_value" in rows["student2"]
    assert rows[MAILED].endswith(" 0 of 10")
    assert f"1  {MISCONCEPTION} (same_padding)" in said
    assert "the report on 3 submissions" in said


def _grade_by_hand_and_again(week):
    week.says_when(INSTRUCTOR, "python -", week.commands["week-manual-grade"])
    said = week.says(INSTRUCTOR, "week-correct")
    assert f"Overwriting files: convolution-to-resnet {NAME}" in said
    assert "11 of 11" in said
    released = json.loads((week.course / "exercises" / NAME / f"{NAME}.ipynb").read_text("utf-8"))
    marks = [cell["metadata"].get("nbgrader", {}) for cell in released["cells"]]
    assert [mark["points"] for mark in marks if mark.get("grade_id") == "test_same_padding"] == [3]


def _feedback(week):
    said = week.says(INSTRUCTOR, "week-feedback")
    for name in (*week.students, MAILED):
        assert f"Releasing feedback for student '{name}'" in said
    for said_on_fetching in week.students_say("week-fetch-feedback").values():
        assert "Fetched feedback" in said_on_fetching
    right, wrong = week.feedback("student1"), week.feedback("student2")
    assert "<strong>11</strong> of 11 points" in right
    assert "<strong>9.5</strong> of 11 points" in wrong
    assert "Your odd pixel stands before" in wrong
    assert "Your odd pixel stands before" not in right
    assert "You explained your choice well." in wrong
    for page in (right, wrong):
        assert "hidden_test" not in page
