"""The whole corpus and a week of the course, by a grader who is not root."""

import re
import tempfile
from pathlib import Path

from tests.conftest import ROOT, marked
from tests.ordinary_user import ordinary_user

FILES = ("tests/run/test_corpus.py", "tests/journeys/test_week.py")


def test_the_corpus_and_the_week_pass_for_an_ordinary_user():
    with tempfile.TemporaryDirectory(prefix="autograde-user-") as made, ordinary_user(Path(made)) as user:
        environment = {**marked(made), "HOME": made, "TMPDIR": made, "PYTHONDONTWRITEBYTECODE": "1"}
        pytest = [str(ROOT / ".venv/bin/python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
        done = user.run([*pytest, "--basetemp", f"{made}/tests", *FILES], ROOT, environment)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    told = done.stdout.strip().splitlines()[-1]
    assert int(re.search(r"(\d+) passed", told)[1]) > 140, told
    assert "skipped" not in told
