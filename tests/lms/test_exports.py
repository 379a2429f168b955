"""Scores for other systems: each format's cells, what is reported, and a class whose numbers are worked out by hand."""

from __future__ import annotations

import csv
import io
import re
import shlex
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograde import cli
from autograde.errors import UsageError
from autograde.lms.exports import (
    CANVAS_HEADER,
    CSV_HEADER,
    GRADED,
    MANUAL,
    NOTHING,
    UNGRADED,
    ClassScores,
    Row,
    Sheet,
    canvas_sheet,
    csv_sheet,
    make_sheet,
    moodle_sheet,
    write,
)
from autograde.lms.roster import read_roster
from tests import sample_class
from tests.conftest import ROOT, document, skip_or_fail, source_of, submission
from tests.journeys.pages import Commands

NAME = "padding"
BIN = Path(sys.executable).parent
PAGE = ROOT / "book" / "instructors" / "exports.md"
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning", "ignore::DeprecationWarning")

ANNA = Row("anna", "Anna", "Müller", "anna@example.edu", "101", status=GRADED, raw_score=7.5, late_penalty=2.0)
BEN = Row("ben", "Ben", "Ott", "ben@example.edu", "102")


def _class(*rows, max_score=10.0):
    return ClassScores(NAME, max_score, rows)


def _cells(sheet):
    return list(csv.reader(io.StringIO(sheet.text, newline=""), strict=True))


def test_csv_has_its_documented_columns():
    row = Row(**vars(ANNA) | {"timestamp": datetime(2026, 3, 4, 10, 0, 5)})
    header, anna, ben = _cells(csv_sheet(_class(row, BEN)))
    assert header == CSV_HEADER
    assert dict(zip(header, anna, strict=True)) == {
        "assignment": "padding",
        "student_id": "anna",
        "last_name": "Müller",
        "first_name": "Anna",
        "email": "anna@example.edu",
        "lms_user_id": "101",
        "on_roster": "yes",
        "status": "graded",
        "timestamp": "2026-03-04T10:00:05Z",
        "raw_score": "7.5",
        "late_submission_penalty": "2",
        "score": "5.5",
        "max_score": "10",
    }
    assert ben[6:] == ["yes", "no submission", "", "", "", "", "10"]


def test_canvas_has_the_columns_that_its_import_asks_for():
    assert _cells(canvas_sheet(_class(ANNA, BEN), "Padding (4711)")) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Padding (4711)"],
        ["    Points Possible", "", "", "", "", "10"],
        ["Müller, Anna", "101", "", "anna", "", "5.5"],
        ["Ott, Ben", "102", "", "ben", "", ""],
    ]


@pytest.mark.parametrize(
    ("lms_user_id", "cells"),
    [("101", ["101", ""]), ("12ab", ["", "12ab"]), ("s-101", ["", "s-101"]), ("", ["", ""]), ("٣", ["", "٣"])],
)
def test_only_a_number_goes_into_canvas_own_id(lms_user_id, cells):
    # Canvas reads "12ab" under ID as its student 12.
    row = Row(**vars(ANNA) | {"lms_user_id": lms_user_id})
    assert _cells(canvas_sheet(_class(row), NAME))[2][1:3] == cells


@pytest.mark.parametrize(
    ("identify", "header", "who"),
    [
        ("email", "Email address", "anna@example.edu"),
        ("username", "Username", "anna"),
        ("idnumber", "ID number", "101"),
    ],
)
def test_moodle_has_one_identifier_and_the_grade_item(identify, header, who):
    sheet = moodle_sheet(_class(ANNA, BEN), "Padding", identify)
    assert _cells(sheet)[:2] == [["First name", "Last name", header, "Padding"], ["Anna", "Müller", who, "5.5"]]
    assert _cells(sheet)[2][3] == "-"
    assert not sheet.problems


@pytest.mark.parametrize("kind", ["csv", "canvas", "moodle"])
def test_missing_work_is_zero_only_when_told_to_be_and_ungraded_work_never(kind):
    waiting = Row(**vars(BEN) | {"student_id": "waiting", "email": "w@example.edu", "status": UNGRADED})
    at = CSV_HEADER.index("score") if kind == "csv" else -1
    none = "-" if kind == "moodle" else ""

    def scores(missing):
        return [line[at] for line in make_sheet(kind, _class(ANNA, BEN, waiting), None, "email", missing).lines[-3:]]

    assert scores("empty") == ["5.5", none, none]
    assert scores("zero") == ["5.5", "0", none]


@pytest.mark.parametrize(
    ("raw", "penalty", "written"),
    [
        (10.0, 0.0, "10"),
        (0.0, 0.0, "0"),
        (3.0, 4.5, "0"),
        (11.5, 0.0, "11.5"),
        (1 / 3, 0.0, "0.333333"),
        (0.1 + 0.2, 0.0, "0.3"),
        (100.0, 0.0, "100"),
        (1234567.25, 0.0, "1234567.25"),
        (1e-9, 0.0, "0"),
        (-0.5, 0.0, "0"),
    ],
)
def test_scores_are_plain_numbers_and_never_below_zero(raw, penalty, written):
    row = Row(**vars(ANNA) | {"raw_score": raw, "late_penalty": penalty})
    assert _cells(canvas_sheet(_class(row), NAME))[2][-1] == written


REPORTS = {
    "not on the roster": ({"on_roster": False}, "csv", "is not on the roster"),
    "not graded": ({"status": UNGRADED, "raw_score": None}, "csv", "is not graded"),
    "waits for a person": ({"status": MANUAL}, "csv", "waits for a manual grade"),
    "handed in again": ({"resubmitted": True}, "csv", "newer work than the graded one"),
    "formula in the id": ({"student_id": "=cmd|' /C calc'!A0"}, "csv", "would run as a formula"),
    "formula in the name": ({"last_name": "-2+3"}, "canvas", "would run as a formula"),
    "formula behind a separator": ({"last_name": "x;=1+1"}, "csv", "would run as a formula"),
    "formula in the address": ({"email": "@sum(a1)"}, "moodle", "would run as a formula"),
    "nothing for Canvas": ({"lms_user_id": "", "first_name": "", "last_name": ""}, "canvas", "needs a name or its own"),
    "no email": ({"email": ""}, "moodle", "has no email address"),
    "no such email": ({"email": "anna at home"}, "moodle", "is no email address"),
    "extra credit": ({"raw_score": 12.5}, "moodle", "10.5 points of 10"),
}


@pytest.mark.parametrize("case", REPORTS)
def test_what_is_amiss_is_reported_and_stays_in_the_file(case):
    changed, kind, said = REPORTS[case]
    row = Row(**vars(ANNA) | changed)
    sheet = make_sheet(kind, _class(row, BEN), None, "email", "empty")
    assert [problem for problem in sheet.problems if said in problem]
    assert all(problem.removeprefix("'").startswith(row.student_id) for problem in sheet.problems)
    assert len(sheet.lines) == 2 + (kind == "canvas")
    assert not make_sheet(kind, _class(ANNA, BEN), None, "email", "empty").problems


def test_a_student_who_left_and_handed_nothing_in_is_not_reported():
    assert not csv_sheet(_class(Row("gone", "Gone", "Girl", on_roster=False, status=NOTHING))).problems


def test_extra_credit_needs_no_setting_in_canvas():
    assert not canvas_sheet(_class(Row(**vars(ANNA) | {"raw_score": 12.5})), NAME).problems


@pytest.mark.parametrize(
    ("changed", "kind", "said"),
    [
        ({"lms_user_id": "101"}, "canvas", "anna, ben: the LMS id '101' is the same"),
        ({"email": "ANNA@example.edu"}, "moodle", "anna, ben: the Email address 'anna@example.edu' is the same"),
        ({"student_id": "Anna"}, "csv", "anna, Anna: the id, capitals aside, 'anna' is the same"),
    ],
)
def test_an_identifier_of_two_students_is_reported_once(changed, kind, said):
    problems = make_sheet(kind, _class(ANNA, Row(**vars(BEN) | changed)), None, "email", "empty").problems
    assert len([problem for problem in problems if problem.startswith(said)]) == 1


def test_an_empty_identifier_never_reaches_moodle():
    # Moodle passes over an empty one, and enters the grade for the student of the line above.
    sheet = moodle_sheet(_class(ANNA, Row("ben", status=GRADED, raw_score=1.0)), NAME)
    assert _cells(sheet)[2] == ["", "", "missing:ben", "1"]


@pytest.mark.parametrize("column", ["Final Score", "Padding Current Grade", "Override Score (Fall)", "Section", " "])
def test_canvas_column_that_it_would_leave_out_is_refused(column):
    with pytest.raises(UsageError, match="--column"):
        canvas_sheet(_class(ANNA), column)


@pytest.mark.parametrize("column", ["Email address", "First name", ""])
def test_moodle_column_that_is_taken_is_refused(column):
    with pytest.raises(UsageError, match="--column"):
        moodle_sheet(_class(ANNA), column)


text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(st.lists(st.tuples(text, text, text, text, text), max_size=5))
def test_every_text_comes_back_from_the_csv(people):
    rows = [Row(*person) for person in people]
    lines = _cells(csv_sheet(_class(*rows)))[1:]
    fields = ("student_id", "last_name", "first_name", "email", "lms_user_id")
    assert len(lines) == len(rows)
    for row, line in zip(rows, lines, strict=True):
        for name, cell in zip(fields, line[1:6], strict=True):
            value = getattr(row, name)
            assert cell.replace("'", "") == value.replace("'", "")
            assert cell == value or "'" in cell
            assert not re.match(r"[\s\"]*[=+@＝＋－＠-]", cell)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "name", ["x;=1+1", "x; =1+1", "=1+1", "a|@sum(a1)", 'x;"=1+1', " +1", "x\t-2+3", "＝1+1", "x;\n=1"]
)
def test_no_cell_is_a_formula_whatever_separates_cells(name, separator):
    for kind in ("csv", "canvas", "moodle"):
        text = make_sheet(kind, _class(Row("anna", name, name, "a@b.example", "7")), None, "email", "empty").text
        for cells in csv.reader(io.StringIO(text), delimiter=separator):
            assert not [cell for cell in cells if re.match(r"[\s\"]*[=+@＝＋－＠-](?![0-9.]*$)", cell)], cells


@pytest.mark.parametrize("name", ["O'Neil-Smith", "von der Au; Dr.", "Anna-Maria", "a=b", "x, -y", "C++"])
def test_ordinary_names_stay_as_they_are(name):
    assert _cells(csv_sheet(_class(Row("anna", "A", name))))[1][2] == name


names = st.text(st.characters(categories=["L", "N", "P", "Zs"], exclude_characters=","), max_size=12)
ids = st.from_regex(r"[a-z][a-z0-9._-]{0,9}", fullmatch=True)


@given(st.lists(st.tuples(ids, names, names, st.integers(1, 10**9).map(str)), max_size=5, unique_by=lambda p: p[0]))
def test_roster_reads_a_canvas_export_back(people):
    rows = [Row(who, first, f"L{last}", "", number) for who, first, last, number in people]
    found = read_roster(canvas_sheet(_class(*rows), NAME).text.encode())
    assert not found.problems
    assert [(one.id, one.lms_user_id) for one in found.students] == [(row.student_id, row.lms_user_id) for row in rows]
    for one, row in zip(found.students, rows, strict=True):
        assert one.last_name == " ".join(row.last_name.split())
        assert one.first_name == " ".join(row.first_name.split())


def test_a_file_that_is_no_export_is_never_overwritten(tmp_path):
    sheet = canvas_sheet(_class(ANNA), NAME)
    target = tmp_path / "deep" / "canvas.csv"
    write(sheet, target)
    write(canvas_sheet(_class(ANNA, BEN), "Another (1)"), target)
    assert "Ott, Ben" in target.read_text("utf-8")
    for other in (csv_sheet(_class(ANNA)), Sheet([*CANVAS_HEADER, "a", "b"], [], [])):
        with pytest.raises(UsageError, match="not an earlier export"):
            write(other, target)
    for content in (b"SQLite format 3\0", b"", b"Student,ID\n", b'"' * 9000, b"\xff\xfe"):
        target.write_bytes(content)
        with pytest.raises(UsageError, match="not an earlier export"):
            write(sheet, target)
        assert target.read_bytes() == content
    with pytest.raises(UsageError, match="not an earlier export"):
        write(sheet, tmp_path)
    with pytest.raises(UsageError, match="cannot write"):
        write(sheet, target / "inside")
    assert [path.name for path in target.parent.iterdir()] == ["canvas.csv"]


def test_a_write_that_fails_leaves_the_earlier_file_and_nothing_else(tmp_path, monkeypatch):
    target = tmp_path / "canvas.csv"
    write(canvas_sheet(_class(ANNA), NAME), target)
    before = target.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("autograde.lms.exports.os.replace", full)
    with pytest.raises(UsageError, match="No space left"):
        write(canvas_sheet(_class(ANNA, BEN), NAME), target)
    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


STUDENTS = '''Student,ID,SIS User ID,SIS Login ID,Section
    Points Possible,,,,
"Müller, Anna",101,,anna,A
"Ott, ""Ben""",102,,ben,A
"Zed, Cleo",103,,cleo,A
"Dent, Dora",104,,dora,A
"Eck, Emil",105,,emil,A
'''
DUE_AND_HANDED_IN = {
    "anna": "2026-03-02 16:59:59",
    "ben": "2026-03-04 10:00:00",
    "dora": "2026-03-02 17:00:00",
    "stranger": "2026-03-09 17:00:00",
}
# source_index has 2 points, pad2d 3, same_padding 2, conv2d_padded 3; each day begun after March 2, 17:00, takes 2.
BY_HAND = {
    "anna": ("11.5", "0", "11.5"),  # all right, in time, 1.5 points of extra credit
    "ben": ("8", "4", "4"),  # same_padding missing, two days begun
    "dora": ("1.25", "0", "1.25"),  # nothing solved, 1.25 points by hand
    "stranger": ("10", "10", "0"),  # all right, seven days: the penalty stops at the score
}


def _hand_in(folder, student, content, timestamp=None):
    path = folder / "submitted" / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if timestamp:
        (path.parent / "timestamp.txt").write_text(f"{timestamp} UTC\n", "utf-8")


@pytest.fixture(scope="module")
def commands():
    return Commands(PAGE)


@pytest.fixture(scope="module")
def class_folder(tmp_path_factory, commands):
    """A class of six: graded with the page's commands, then changed by hand as the formgrader does."""
    if shutil.which("bwrap") is None:
        skip_or_fail("bubblewrap is not installed (apt-get install bubblewrap)")
    folder = tmp_path_factory.mktemp("class")
    sample_class.make_course(folder)
    with (folder / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(f"\n{commands['exports-late']}\n")
    (folder / "students.csv").write_text(STUDENTS, "utf-8")
    stub = source_of(NAME).by_id()["same_padding"].released
    work = {
        "anna": submission(NAME),
        "ben": submission(NAME, {"same_padding": stub}),
        "dora": submission(NAME, solved=False),
        "stranger": submission(NAME),
    }
    for student, cells in work.items():
        _hand_in(folder, student, document(cells), DUE_AND_HANDED_IN[student])
    for block in ("exports-roster", "exports-grade"):
        for line in commands[block].splitlines():
            program, *arguments = shlex.split(line)
            done = subprocess.run([BIN / program, *arguments], cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr[-3000:]}"
    _grade_by_hand(folder)
    return folder


def _grade_by_hand(folder):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        gradebook.find_grade("test_pad2d", NAME, NAME, "anna").extra_credit = 1.5
        dora = gradebook.find_grade("test_same_padding", NAME, NAME, "dora")
        dora.manual_score, dora.needs_manual_grade = 1.25, False
        gradebook.db.commit()


def _run(capsys, line):
    program, *arguments = shlex.split(line) if isinstance(line, str) else line
    assert program == "autograde"
    code = cli.main(arguments)
    return code, *capsys.readouterr()


def _table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_class_is_exported_with_penalties_extra_credit_and_everybody(class_folder, commands, monkeypatch, capsys):
    monkeypatch.chdir(class_folder)
    said = {}
    for line in commands["exports-export"].replace("\\\n", "").splitlines():
        code, out, said[shlex.split(line)[-1]] = _run(capsys, line)
        assert code == 1, out  # the stranger
        assert "6 students" in out
    table = {row["student_id"]: row for row in _table(class_folder / "scores.csv")}
    fields = ("raw_score", "late_submission_penalty", "score")
    assert {who: tuple(table[who][name] for name in fields) for who in BY_HAND} == BY_HAND
    for who in ("cleo", "emil"):
        assert [table[who][name] for name in ("status", *fields, "max_score")] == ["no submission", "", "", "", "10"]
    assert table["ben"]["timestamp"] == "2026-03-04T10:00:00Z"
    assert {who: row["on_roster"] for who, row in table.items() if row["on_roster"] == "no"} == {"stranger": "no"}

    canvas = _table(class_folder / "canvas.csv")
    assert [(row["Student"], row["ID"], row["SIS Login ID"], row["Padding (4711)"]) for row in canvas] == [
        ("    Points Possible", "", "", "10"),
        ("", "", "stranger", "0"),
        ("Dent, Dora", "104", "dora", "1.25"),
        ("Eck, Emil", "105", "emil", ""),
        ("Müller, Anna", "101", "anna", "11.5"),
        ('Ott, "Ben"', "102", "ben", "4"),
        ("Zed, Cleo", "103", "cleo", ""),
    ]
    moodle = _table(class_folder / "moodle.csv")
    assert [(row["Email address"], row["Padding"]) for row in moodle][:2] == [
        ("missing:stranger", "0"),
        ("missing:dora", "1.25"),
    ]
    for lines in said.values():
        assert "stranger: has work but is not on the roster" in lines
    assert said["scores.csv"].count("\n") == 1
    assert "anna: 11.5 points of 10: Moodle takes more than the maximum only" in said["moodle.csv"]
    assert said["moodle.csv"].count("has no email address") == 6


def test_scores_are_those_that_nbgrader_exports(class_folder, tmp_path, monkeypatch, capsys):
    theirs = tmp_path / "grades.csv"
    subprocess.run([BIN / "nbgrader", "export", f"--to={theirs}"], cwd=class_folder, check=True, capture_output=True)
    monkeypatch.chdir(class_folder)
    _, out, _ = _run(capsys, ["autograde", "export", NAME, "--format", "csv", "--missing", "zero", "--output", "-"])
    ours = {row["student_id"]: row for row in csv.DictReader(io.StringIO(out))}
    with theirs.open(encoding="utf-8", newline="") as file:
        # nbgrader puts no quotes around its cells: the name that holds some is the one that shows it.
        rows = [line for line in csv.DictReader(file, quoting=csv.QUOTE_NONE) if line["assignment"] == NAME]
    assert len(rows) == len(ours) == 6
    for row in rows:
        mine = ours[row["student_id"]]
        assert float(mine["score"]) == float(row["score"])
        assert float(mine["raw_score"] or 0) == float(row["raw_score"])
        assert float(mine["late_submission_penalty"] or 0) == float(row["late_submission_penalty"])


def test_the_pages_commands_are_all_run(class_folder, commands):
    commands["exports-export"]
    assert not commands.unused


def test_work_after_grading_is_reported(class_folder, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "class"
    shutil.copytree(class_folder, folder, symlinks=True)
    monkeypatch.chdir(folder)
    _hand_in(folder, "emil", document(submission(NAME)), "2026-03-10 08:00:00")
    _hand_in(folder, "ann", document(submission(NAME)), "2026-03-10 08:00:00")
    _hand_in(folder, "anna", document(submission(NAME)), "2026-03-10 08:00:00")
    code, out, err = _run(capsys, ["autograde", "export", NAME, "--format", "csv", "--output", "-"])
    table = {row["student_id"]: row for row in csv.DictReader(io.StringIO(out))}
    assert code == 1
    assert [(table[who]["status"], table[who]["score"]) for who in ("emil", "ann")] == [("not graded", "")] * 2
    assert (table["anna"]["status"], table["anna"]["score"]) == ("graded", "11.5")
    for line in ("emil: work was handed in and is not graded", "ann: has work but is not on", "anna: newer work than"):
        assert line in err

    # Graded again, a score that was given by hand waits for a second look.
    assert cli.main(["grade", NAME, "--force", "--jobs", "1"]) == 0
    capsys.readouterr()
    code, out, err = _run(capsys, ["autograde", "export", NAME, "--format", "csv", "--output", "-"])
    table = {row["student_id"]: row for row in csv.DictReader(io.StringIO(out))}
    assert (table["dora"]["status"], table["dora"]["score"]) == ("needs manual grade", "1.25")
    assert "dora: the score may change" in err
    # 11.5 points, eight days begun: the penalty stops at the score.
    assert (table["anna"]["raw_score"], table["anna"]["score"]) == ("11.5", "0")
    assert table["emil"]["status"] == "graded"


def test_the_canvas_file_is_a_roster_that_changes_nothing(class_folder, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "class"
    shutil.copytree(class_folder, folder, symlinks=True)
    monkeypatch.chdir(folder)
    assert cli.main(["export", NAME, "--format", "canvas"]) == 1
    capsys.readouterr()
    code, out, err = _run(capsys, ["autograde", "roster", f".autograde/{NAME}-canvas.csv"])
    assert (code, err) == (0, "")
    assert "0 new, 0 changed, 6 as they were" in out
    code, _, err = _run(capsys, ["autograde", "export", NAME, "--format", "csv"])
    assert (code, err) == (0, "")  # the stranger is on the roster now


MISUSES = {
    "unknown assignment": (["nothing", "--format", "csv"], "does not know 'nothing': expected one of padding"),
    "missing gradebook": ([NAME, "--format", "csv", "--db", "sqlite:///none.db"], "no gradebook at none.db"),
    "no gradebook": ([NAME, "--format", "csv", "--db", "sqlite:///students.csv"], "file is not a database"),
    "no URL": ([NAME, "--format", "csv", "--db", "gradebook"], "cannot be used"),
    "over the gradebook": ([NAME, "--format", "csv", "--output", "gradebook.db"], "not an earlier export"),
    "into a file": ([NAME, "--format", "csv", "--output", "gradebook.db/x"], "cannot write the scores"),
    "column of csv": ([NAME, "--format", "csv", "--column", "x"], "those of csv stay"),
    "column of Canvas": ([NAME, "--format", "canvas", "--column", "Final Score"], "choose another --column"),
}


@pytest.mark.parametrize("misuse", MISUSES)
def test_misuse_gets_one_line_and_exit_code_2(class_folder, monkeypatch, capsys, misuse):
    monkeypatch.chdir(class_folder)
    arguments, said = MISUSES[misuse]
    before = (class_folder / "gradebook.db").read_bytes()
    code, out, err = _run(capsys, ["autograde", "export", *arguments])
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert (class_folder / "gradebook.db").read_bytes() == before
    assert not (class_folder / "none.db").exists()


def test_an_assignment_without_graded_work_is_an_error(class_folder, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "class"
    sample_class.make_course(folder)
    monkeypatch.chdir(folder)
    sample_class.release(folder, NAME)
    capsys.readouterr()
    code, _, err = _run(capsys, ["autograde", "export", NAME, "--format", "csv"])
    assert code == 2
    assert f"no graded submission of {NAME}: run `autograde grade {NAME}` first" in err
