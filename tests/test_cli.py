"""The command line: reports that follow their schema, and one clear line for every misuse."""

import json
import shutil
import subprocess

import jsonschema
import pytest

from autograde import cli
from tests import sample_class
from tests.conftest import ASSIGNMENTS, ROOT, document, submission

SCHEMA = json.loads((ROOT / "autograde" / "feedback" / "report.schema.json").read_text("utf-8"))
NAME = "padding"
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning", "ignore::DeprecationWarning")


@pytest.fixture
def at_root(monkeypatch):
    monkeypatch.chdir(ROOT)


def _run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


@pytest.fixture
def solved(tmp_path):
    path = tmp_path / f"{NAME}.ipynb"
    path.write_bytes(document(submission(NAME)))
    return path


def test_check_prints_a_report_that_follows_the_schema(at_root, solved, capsys):
    code, out, err = _run(capsys, "check", solved, "--json", "-", "--seed", 5, "--device", "cpu")
    report = json.loads(out)
    jsonschema.validate(report, SCHEMA)
    assert (code, err) == (0, "")
    assert (report["assignment"], report["seed"], report["device"]) == (NAME, 5, "cpu")
    (entry,) = report["submissions"]
    assert entry["score"] == entry["max_score"] > 0
    assert {item["verdict"] for item in entry["functions"].values()} == {"correct"}


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_check_of_the_release_is_zero_with_reasons(at_root, name, capsys):
    code, out, _ = _run(capsys, "check", ROOT / "exercises" / name / f"{name}.ipynb", "--json", "-")
    (entry,) = json.loads(out)["submissions"]
    assert (code, entry["score"]) == (0, 0)
    assert {item["verdict"] for item in entry["functions"].values()} <= {"no_answer", "error"}


def test_check_prints_cards_that_name_the_idea_and_the_section(at_root, tmp_path, capsys):
    wrong = "def same_padding(kernel_size, dilation=1):\n    total = dilation * (kernel_size - 1)\n"
    wrong += "    return total - total // 2, total // 2"
    path = tmp_path / f"{NAME}.ipynb"
    path.write_bytes(document(submission(NAME, {"same_padding": wrong})))
    code, out, _ = _run(capsys, "check", path)
    assert code == 0
    assert "same_padding: Wrong values" in out
    assert "chapters/padding.html#padding-same" in out
    assert "first failing case" in out


def test_a_students_words_give_the_terminal_no_commands_and_no_lines(at_root, tmp_path, capsys):
    words = r"\x1b[2K\rscore: 99 of 99\nscore: 99 of 99\u202e"
    shouts = f"def pad2d(x, padding, mode='zeros'):\n    raise ValueError('{words}')"
    path = tmp_path / f"{NAME}.ipynb"
    path.write_bytes(document(submission(NAME, {"pad2d": shouts})))
    code, out, _ = _run(capsys, "check", path)
    assert code == 0
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "\\u001b[2K" in out
    assert len([line for line in out.splitlines() if line.startswith("score:")]) == 1


MISUSES = {
    "missing file": (["check", "nothing.ipynb"], "no notebook at nothing.ipynb"),
    "not a notebook's name": (["check", "pyproject.toml"], "ends in .ipynb"),
    "unknown assignment": (["grade", "nothing"], "unknown assignment 'nothing': expected one of"),
    "unknown second assignment": (["grade", NAME, "nothing"], "unknown assignment 'nothing': expected one of"),
    "one report for two": (["grade", NAME, "padding", "--json", "x.json"], "describes one class"),
    "unknown release": (["release", "nothing"], "unknown assignment 'nothing'"),
    "unknown device": (["record", NAME, "--device", "tpu"], "unknown device 'tpu'"),
    "unwritable report": (["check", "{solved}", "--json", "/nowhere/at/all.json"], "cannot write the report"),
}


@pytest.mark.parametrize("misuse", MISUSES)
def test_misuse_gets_one_line_and_exit_code_2(at_root, misuse, solved, capsys):
    arguments, said = MISUSES[misuse]
    code, _, err = _run(capsys, *[argument.format(solved=solved) for argument in arguments])
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize("content", [b"", b"no json", b"[1]", b'{"cells": 3}', b"\xff\xfe", b"[" * 10**5])
def test_a_file_that_is_no_notebook_gets_one_line(at_root, tmp_path, content, capsys):
    path = tmp_path / f"{NAME}.ipynb"
    path.write_bytes(content)
    code, _, err = _run(capsys, "check", path)
    assert code == 2
    assert err.startswith(f"autograde: {NAME}.ipynb ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["check"], ["fly"], [], ["check", "x.ipynb", "--seed", "-1"]])
def test_bad_arguments_are_explained(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_without_bubblewrap_nothing_runs_until_told_to(at_root, solved, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda *_: None)
    code, _, err = _run(capsys, "check", solved)
    assert code == 2
    assert "bubblewrap" in err
    assert "--no-isolation" in err
    code, out, err = _run(capsys, "check", solved, "--no-isolation", "--json", "-")
    assert code == 0
    assert "warning: running without isolation" in err
    report = json.loads(out)
    assert report["isolated"] is False
    assert report["submissions"][0]["score"] == report["submissions"][0]["max_score"]


def test_outside_a_course_the_command_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, _, err = _run(capsys, "doctor")
    assert code == 2
    assert "is in no course" in err


def test_doctor_looks_at_everything(at_root, capsys):
    code, out, _ = _run(capsys, "doctor")
    assert code == 0, out
    for word in ("Python", "torch", "GPU", "bubblewrap", "isolation", "free disk", f"release of {NAME}"):
        assert word in out


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    sample_class.make_course(folder)
    sample_class.write_class(folder, [NAME])
    (folder / "autograde.toml").write_text("draw_ahead = false\ncell_timeout_s = 2\n", "utf-8")
    sample_class.release(folder, NAME)
    return folder


def test_a_class_is_graded_once_and_the_same_by_nbgrader(classroom, monkeypatch, capsys):
    monkeypatch.chdir(classroom)
    code, out, err = _run(capsys, "grade", NAME, "--json", "class.json", "--jobs", 2)
    assert code == 0, err
    report = json.loads((classroom / "class.json").read_text("utf-8"))
    jsonschema.validate(report, SCHEMA)
    scores = {entry["student"]: entry["score"] for entry in report["submissions"]}
    best = report["submissions"][0]["max_score"]
    for student in ("right-1", "right-2", "right-3", "right-solution", "endless-loop"):
        assert scores[student] == best
    for student in ("blank", "broken-file", "forger"):
        assert scores[student] == 0
    assert all(0 <= scores[f"wrong-{turn}"] < best for turn in range(1, 5))
    assert "what students misunderstood" in out
    assert _gradebook(classroom) == scores

    _, _, err = _run(capsys, "grade", NAME, "--json", "-")
    assert f"{len(scores)} submissions are graded already" in err
    (classroom / "gradebook.db").unlink()
    shutil.rmtree(classroom / "autograded")
    for command in (["autograde", "release", NAME], ["nbgrader", "autograde", NAME]):
        program = ROOT / ".venv/bin" / command[0]
        done = subprocess.run([program, *command[1:]], cwd=classroom, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
    assert _gradebook(classroom) == scores
    subprocess.run(
        [ROOT / ".venv/bin/nbgrader", "generate_feedback", NAME], cwd=classroom, capture_output=True, check=True
    )
    page = (classroom / "feedback" / "wrong-1" / NAME / f"{NAME}.html").read_text("utf-8")
    assert "First failing case" in page
    assert "hidden_test" not in page


def _gradebook(folder):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        return {entry.student.id: entry.score for entry in book.assignment_submissions(NAME)}
