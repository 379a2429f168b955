"""The grader against the whole corpus, in one class run: no false point, no harm done."""

from __future__ import annotations

import json
import subprocess

import nbformat
import pytest

from autograde.sandbox import control_groups
from tests import sample_class
from tests.conftest import ROOT, SEED, marked, sandboxes
from tests.corpus import CANARY, CORPUS, FULL, NAME, write_corpus


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The report on the corpus, the course's folder, and what was left running."""
    folder = tmp_path_factory.mktemp("corpus")
    sample_class.make_course(folder)
    (folder / "autograde.toml").write_text("draw_ahead = false\ncell_timeout_s = 2\ntotal_timeout_s = 20\n", "utf-8")
    (folder / "secret.txt").write_text(CANARY, "utf-8")
    program = ROOT / ".venv/bin/autograde"
    environment = {**marked(str(folder)), "SECRET": CANARY}
    sample_class.release(folder, NAME)
    write_corpus(folder / "submitted")
    command = [program, "grade", NAME, "--json", "report.json", "--seed", str(SEED), "--jobs", "2"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads((folder / "report.json").read_text("utf-8"))
    return {entry["student"]: entry for entry in report["submissions"]}, folder, sandboxes(str(folder))


@pytest.mark.parametrize("entry", CORPUS, ids=lambda e: f"{e.family}-{e.name}")
def test_corpus_scores_are_what_the_answers_earn(entry, graded):
    records, _, _ = graded
    assert records[entry.name]["score"] == entry.earns, records[entry.name]
    assert records[entry.name]["max_score"] == FULL


def test_corpus_is_large_and_nobody_is_missing(graded):
    records, _, _ = graded
    assert len(CORPUS) >= 60
    assert set(records) == {entry.name for entry in CORPUS}
    assert all(0 <= item["points"] <= item["max_points"] for r in records.values() for item in r["functions"].values())


def test_corpus_leaves_no_process_behind(graded):
    assert graded[2] == []


def test_corpus_gradebook_has_the_same_scores(graded):
    from nbgrader.api import Gradebook

    records, folder, _ = graded
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        scores = {entry.student.id: entry.score for entry in book.assignment_submissions(NAME)}
        manual = [g.manual_score for s in book.assignment_submissions(NAME) for n in s.notebooks for g in n.grades]
    assert scores == {student: record["score"] for student, record in records.items()}
    assert set(manual) == {None}


def test_corpus_leaks_nothing_into_what_students_see(graded):
    _, folder, _ = graded
    for path in (folder / "autograded").rglob("*.ipynb"):
        text = path.read_text("utf-8")
        nbformat.validate(nbformat.reads(text, 4))
        assert CANARY not in text
        # A student may type these words; only what came back from a run must not hold them.
        outputs = json.dumps([cell.get("outputs", []) for cell in json.loads(text)["cells"]])
        for word in ("hidden_test(", "BEGIN SOLUTION", "CONNECTED", "NOTES ['"):
            assert word not in outputs, f"{path} holds {word}"
        # Where no control group can be made, nothing counts the memory of several processes together: the threat model.
        apart = "memory-family" in path.parts and not control_groups.works()
        assert "HELD" not in outputs or apart, f"{path} holds HELD"
        assert "FOUND [" not in outputs or "FOUND []" in outputs, path
        assert "FRAMES [" not in outputs or "FRAMES [] []" in outputs, path
