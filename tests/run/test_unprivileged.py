"""The grader as somebody who is not root: the same promises, on a machine where bubblewrap makes user namespaces.

Where the tests themselves run as such a user, `test_corpus.py` is that test.
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests import sample_class
from tests.conftest import ROOT, SEED, marked, sandboxes, skip_or_fail
from tests.corpus import CANARY, CORPUS, NAME, write_corpus

USER = "autograde-test"
NAMES = {
    *("honest-1", "stderr", "half", "long-cell", "inputs-modified", "runner-patched", "forged-reply", "torch"),
    *("searches-disk", "parents", "network", "shared-memory", "keyring", "sockets", "namespaces", "device-folder"),
    *("loop", "forks", "memory", "memory-files", "memory-segments", "outlives", "disk", "not-json"),
}
ENTRIES = [entry for entry in CORPUS if entry.name in NAMES]
AS_USER = """
set -e
# A home that only root may enter hides the interpreters in it; this view of it is the command's alone.
kept=$(mktemp -d)
if [ -d /root/.pyenv ]; then
    mkdir "$kept/pyenv"
    mount --bind /root/.pyenv "$kept/pyenv"
    mount -t tmpfs -o mode=0755 none /root
    mkdir /root/.pyenv
    mount --move "$kept/pyenv" /root/.pyenv
fi
exec setpriv --reuid "$1" --regid "$2" --clear-groups --no-new-privs -- "${@:3}"
"""


@pytest.fixture(scope="module")
def user():
    """User and group ids of an ordinary user, made for the test."""
    if os.geteuid() != 0:
        pytest.skip("the tests run as an ordinary user already: test_corpus.py is this test")
    missing = [tool for tool in ("useradd", "userdel", "setpriv", "unshare", "bash") if shutil.which(tool) is None]
    if missing:
        skip_or_fail(f"{', '.join(missing)} not installed")
    subprocess.run(["useradd", "--system", "--no-create-home", "--user-group", USER], check=True, capture_output=True)
    entry = subprocess.run(["getent", "passwd", USER], check=True, capture_output=True, text=True).stdout.split(":")
    yield entry[2], entry[3]
    subprocess.run(["userdel", USER], check=True, capture_output=True)


@pytest.fixture(scope="module")
def graded(user):
    """By student, the report; the course's folder; what was left running."""
    with tempfile.TemporaryDirectory(prefix="autograde-user-") as made:
        folder = Path(made)
        sample_class.make_course(folder)
        (folder / "autograde.toml").write_text(
            "draw_ahead = false\ncell_timeout_s = 3\ntotal_timeout_s = 30\n", "utf-8"
        )
        (folder / "secret.txt").write_text(CANARY, "utf-8")
        write_corpus(folder / "submitted", ENTRIES)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, int(user[0]), int(user[1]), follow_symlinks=False)
        environment = {**marked(made), "HOME": made, "PYTHONPATH": str(ROOT), "SECRET": CANARY}
        bare = ["unshare", "--mount", "--propagation", "private", "bash", "-c", AS_USER, "as-user", *user]

        def run(*command):
            return subprocess.run(
                [*bare, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
            )

        program = str(ROOT / ".venv/bin/python")
        tried = run("bwrap", "--unshare-user", "--ro-bind", "/", "/", "true")
        if tried.returncode != 0:
            skip_or_fail(f"no user namespaces for an ordinary user: {tried.stderr.strip()}")
        released = run(program, "-m", "autograde.cli", "release", NAME)
        assert released.returncode == 0, released.stderr[-2000:]
        options = ("--json", "report.json", "--seed", str(SEED), "--jobs", "2")
        done = run(program, "-m", "autograde.cli", "grade", NAME, *options)
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
