"""The instructors' guide: what its pages tell to type does what they say."""

from __future__ import annotations

import datetime
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import jupytext
import nbformat
import pytest

from autograde.author import audit, tally
from autograde.course.assignment import load_assignment
from autograde.policy import load_policy
from tests import sample_class
from tests.conftest import ASSIGNMENTS, COURSE, ROOT, document, exam_of, programs, source_of, submission

PAGES = ROOT / "book" / "instructors"
BIN = Path(sys.executable).parent
LATE = datetime.timedelta(hours=30)
DUE = datetime.datetime(2026, 11, 20, 12)


def block(page: str, name: str) -> str:
    """The text of a page's code block of this name."""
    text = (PAGES / f"{page}.md").read_text("utf-8")
    found = re.search(rf"^```\{{code-block\}} \w+\n:name: {name}\n\n?(.*?)^```$", text, re.M | re.S)
    assert found, f"{page}.md has no block named {name}"
    return found[1]


def run(folder: Path, text: str, program: tuple[str, ...] = ("sh", "-ec")) -> str:
    """Runs a block of a page in a course; returns what it printed."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [*program, text], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """A graded class of two; student1 handed in late, which costs everything."""
    folder = tmp_path_factory.mktemp("guide")
    sample_class.make_course(folder)
    with (folder / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write('\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    for student, late in (("student1", LATE), ("student2", -LATE)):
        home = folder / "submitted" / student / "padding"
        home.mkdir(parents=True)
        (home / "padding.ipynb").write_bytes(document(submission("padding")))
        (home / "timestamp.txt").write_text(f"{DUE + late:%Y-%m-%d %H:%M:%S.%f} UTC", "utf-8")
    due = f'nbgrader db assignment add padding --duedate "{DUE:%Y-%m-%d %H:%M:%S} UTC"'
    sample_class.release(folder, "padding")
    run(folder, f"{due}\nautograde grade padding --seed 1")
    return folder


def score(folder: Path, student: str) -> tuple[float, float]:
    """(points, late penalty) in the gradebook."""
    ask = (
        "from nbgrader.api import Gradebook\n"
        "with Gradebook('sqlite:///gradebook.db') as gradebook:\n"
        f"    one = gradebook.find_submission('padding', '{student}')\n"
        "    print('SCORE', one.score, one.late_submission_penalty)\n"
    )
    found = re.search(r"SCORE ([\d.]+) ([\d.]+)", run(folder, ask, (sys.executable, "-c")))
    assert found
    return float(found[1]), float(found[2])


def test_an_extension_ends_the_penalty_and_stays(course):
    full = source_of("padding").max_score
    assert score(course, "student1") == (full, full)
    assert score(course, "student2") == (full, 0)
    run(course, block("conduct", "conduct-extension"), (sys.executable, "-c"))
    run(course, block("conduct", "conduct-regrade"))
    assert score(course, "student1") == (full, 0)


def test_one_notebook_is_graded_again_with_the_seed_of_the_class(course):
    said = run(course, block("troubleshooting", "troubleshooting-one"))
    full = source_of("padding").max_score
    assert f"score: {full:g} of {full:g} (seed 1," in said


def test_the_settings_of_the_guide_are_settings_of_the_grader(tmp_path):
    text = block("adopting", "adopting-address") + block("conduct", "conduct-time")
    assert set(tomllib.loads(text)) == {"book_url", "time_factors"}
    (tmp_path / "autograde.toml").write_text(text, "utf-8")
    assert load_policy(tmp_path).time_factors == {"student1": 4}


def test_points_are_changed_as_the_guide_says(course):
    before = load_assignment(course / "solutions" / "padding" / "notebook.py", "padding").points["same_padding"]
    run(course, block("adopting", "adopting-points"))
    after = load_assignment(course / "solutions" / "padding" / "notebook.py", "padding").points["same_padding"]
    assert (before, after) == (2, 3)


def test_a_person_who_is_forgotten_leaves_no_trace(course):
    """Runs last: it takes a student out of the class."""
    assert any(b"student2" in path.read_bytes() for path in course.rglob("*") if path.is_file())
    run(course, block("conduct", "conduct-forget"))
    own = [path for path in course.rglob("*") if path.is_file() and ".venv-students" not in path.parts]
    assert [path for path in own if b"student2" in path.read_bytes() or "student2" in str(path)] == []
    assert score(course, "student1")[0] > 0


def test_a_notebook_survives_as_a_python_file(tmp_path):
    """For students whose screen reader does not get on with notebooks."""
    released = jupytext.read(ROOT / "exercises" / "padding" / "padding.ipynb")
    again = jupytext.reads(jupytext.writes(released, fmt="py:percent"), fmt="py:percent")
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in released.cells]
    assert [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in again.cells] == ids
    assert [cell.source for cell in again.cells] == [cell.source for cell in released.cells]
    nbformat.validate(again)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_audit_that_the_guide_shows_is_of_this_solution_and_bank(name):
    path = COURSE.source(name).with_name(audit.KEPT)
    shown = json.loads(path.read_text("utf-8"))
    bank = programs(name)
    counted = {}
    for function in source_of(name).points:
        mine = [one for one in bank if one.function == function]
        right = sum(one.misconception is None for one in mine)
        changed = [one for one in audit.programs(COURSE, exam_of(name), function) if one.kind not in ("right", "idea")]
        ideas = sum(bool(one.misconception) for one in mine)  # a stray program holds none
        counted[function] = (right, ideas, len(changed))
    recorded = {
        one["function"]: (
            one["right"],
            one["ideas"],
            sum(one.get(kind, 0) for kind in ("mutants", "ignored", "typed", "equivalent", "strays")),
        )
        for one in shown["functions"]
    }
    assert recorded == counted, f"run: autograde audit {name} --keep"
    assert shown["amiss"] == []
    assert shown["seeds"] == list(audit.SEEDS)
    assert set(shown["total"]) == set(tally.figures([]))


def test_most_mistakes_of_mutants_are_named():
    kept = [json.loads((COURSE.source(name).with_name(audit.KEPT)).read_text("utf-8"))["total"] for name in ASSIGNMENTS]
    total = {key: sum(one[key] for one in kept) for key in kept[0]}
    assert total["mutants_mistake"] >= 0.6 * total["mutants_hidden"]
    assert total["mutants_answered_told"] >= 0.6 * total["mutants_answered"]
    assert total["mutants_stopped_told"] >= 0.95 * total["mutants_stopped"]
