"""The grader as somebody who is not root: the same promises, on a machine where bubblewrap makes user namespaces.

Part of the corpus. The whole of it, and a week of the course, are run by `make journeys` (test_ordinary_user.py).
"""

import json
import tempfile
from pathlib import Path

import pytest

from tests import sample_class
from tests.conftest import ROOT, SEED, marked, sandboxes
from tests.corpus import CANARY, CORPUS, NAME, write_corpus
from tests.ordinary_user import ordinary_user

NAMES = {
    *("honest-1", "stderr", "half", "long-cell", "inputs-modified", "runner-patched", "forged-reply", "torch"),
    *("searches-disk", "parents", "network", "shared-memory", "keyring", "sockets", "namespaces", "device-folder"),
    *("loop", "forks", "memory", "memory-files", "memory-segments", "outlives", "disk", "not-json"),
}
ENTRIES = [entry for entry in CORPUS if entry.name in NAMES]


@pytest.fixture(scope="module")
def graded():
    """By student, the report; the course's folder; what was left running."""
    with tempfile.TemporaryDirectory(prefix="autograde-user-") as made, ordinary_user(Path(made)) as user:
        folder = Path(made)
        sample_class.make_course(folder)
        (folder / "autograde.toml").write_text(
            "draw_ahead = false\ncell_timeout_s = 3\ntotal_timeout_s = 30\n", "utf-8"
        )
        (folder / "secret.txt").write_text(CANARY, "utf-8")
        write_corpus(folder / "submitted", ENTRIES)
        user.owns(folder)
        environment = {**marked(made), "HOME": made, "PYTHONPATH": str(ROOT), "SECRET": CANARY}
        autograde = [str(ROOT / ".venv/bin/python"), "-m", "autograde.cli"]
        released = user.run([*autograde, "release", NAME], folder, environment)
        assert released.returncode == 0, released.stderr[-2000:]
        options = ("--json", "report.json", "--seed", str(SEED), "--jobs", "2")
        done = user.run([*autograde, "grade", NAME, *options], folder, environment)
        assert done.returncode == 0, done.stderr[-3000:]
        report = json.loads((folder / "report.json").read_text("utf-8"))
        yield {entry["student"]: entry for entry in report["submissions"]}, folder, sandboxes(made)


def test_the_entries_are_of_the_corpus():
    assert {entry.name for entry in ENTRIES} == NAMES


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_scores_are_what_the_answers_earn(entry, graded):
    assert graded[0][entry.name]["score"] == entry.earns, graded[0][entry.name]


def test_nothing_is_leaked_kept_or_left(graded):
    records, folder, left = graded
    assert left == []
    assert len(records) == len(ENTRIES)
    for path in (folder / "autograded").rglob("*.ipynb"):
        outputs = json.dumps([cell.get("outputs", []) for cell in json.loads(path.read_text("utf-8"))["cells"]])
        for word in ("CONNECTED", "NOTES ['", "HELD", CANARY):
            assert word not in outputs, f"{path} holds {word}"
        assert "FOUND [" not in outputs or "FOUND []" in outputs, path
