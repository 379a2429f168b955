"""Lists of students: three systems' files, spreadsheets' ways of saving them, and what is refused, line by line."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograde import cli
from autograde.errors import UsageError
from autograde.lms.roster import Student, compare, decode, read_roster, told
from tests import sample_class

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning", "ignore::DeprecationWarning")

NBGRADER = """id,first_name,last_name,email,lms_user_id
anna,Anna,Müller,anna@example.edu,101
ben,Ben,"Ott, Jr.",ben@example.edu,102
"""
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Padding (4711),Current Score
,,,,,Manual Posting,
    Points Possible,,,,,10.00,(read only)
"Müller, Anna",101,s101,anna,A and B,9.50,95
"Ott, Jr., Ben",102,s102,ben,A,,
"Student, Test",999,,4f2a,A,,
"""
CANVAS_NAMES = """LastName,FirstName,ID,SIS Login ID,Section
Müller,Anna,101,anna,A
Ott,Ben,102,ben,A
"""
MOODLE = """First name,Last name,ID number,Institution,Department,Email address,Username,Quiz (Real)
Anna,Müller,101,,,anna@example.edu,anna,9.50
Ben,"Ott, Jr.",102,,,ben@example.edu,ben,-
"""
ANNA = Student("anna", "Anna", "Müller", "anna@example.edu", "101")


def _read(text, **options):
    return read_roster(text.encode(), **options)


@pytest.mark.parametrize(("text", "email"), [(NBGRADER, True), (CANVAS, False), (CANVAS_NAMES, False), (MOODLE, True)])
def test_each_systems_file_is_known_by_its_header(text, email):
    found = _read(text)
    assert not found.problems
    anna, ben = found.students
    assert anna == Student("anna", "Anna", "Müller", "anna@example.edu" if email else "", "101")
    assert (ben.id, ben.lms_user_id) == ("ben", "102")


def test_lines_of_canvas_that_are_no_students_are_skipped_by_number():
    assert _read(CANVAS).skipped == [
        "line 2 is skipped: it tells which assignments are posted by hand",
        "line 3 is skipped: it holds the points possible",
        "line 6 is skipped: it is Canvas's test student",
    ]
    assert _read(CANVAS).students[1].last_name == "Ott"


def test_canvas_without_its_own_id_gives_the_sis_user_id():
    text = "Student,ID,SIS User ID,SIS Login ID,Section\n" + '"Ott, Ben",,s102,ben,A\n'
    assert _read(text).students[0].lms_user_id == "s102"


@pytest.mark.parametrize(
    ("text", "column", "ids"),
    [
        (CANVAS, "SIS User ID", ["s101", "s102"]),
        (CANVAS, " sis user id ", ["s101", "s102"]),
        (MOODLE, "Email address", ["anna@example.edu", "ben@example.edu"]),
        (MOODLE.replace(",Username", ",Nickname"), None, ["101", "102"]),
        (NBGRADER.replace("id,", "student_id,", 1), None, ["anna", "ben"]),
    ],
)
def test_the_column_with_the_ids_can_be_named(text, column, ids):
    found = _read(text, id_column=column)
    assert [student.id for student in found.students] == ids


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("text", [NBGRADER, CANVAS, MOODLE])
def test_files_as_spreadsheets_save_them(text, separator, encoding, ending):
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator, lineterminator=ending).writerows(csv.reader(io.StringIO(text)))
    found = read_roster(buffer.getvalue().encode(encoding))
    assert found.students == _read(text).students
    names = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "utf-16": "UTF-16"}
    assert names[encoding] in found.about
    assert {",": "comma", ";": "semicolon", "\t": "tab"}[separator] in found.about


REFUSED = {
    "no id": ("anna,A\n,B\n", "line 3 is refused: it has no id"),
    "only spaces": ("  ,A\n", "line 2 is refused: it has no id"),
    "slash": ("a/b,A\n", "line 2 is refused: the id 'a/b' cannot name a folder"),
    "backslash": ("a\\b,A\n", "line 2 is refused: the id"),
    "parent folder": ("..,A\n", "line 2 is refused: the id '..' cannot name a folder"),
    "hidden": (".anna,A\n", "line 2 is refused: the id '.anna' cannot name a folder"),
    "space": ("anna b,A\n", "line 2 is refused: the id 'anna b' cannot name a folder"),
    "line break": ('"anna\nb",A\n', "line 2 is refused: the id"),
    "plus sign": ("anna+b,A\n", "line 2 is refused: the id"),
    "control": ("an\x07na,A\n", "line 2 is refused: the id"),
    "twice": ("anna,A\nben,B\nanna,C\n", "line 4 is refused: the id 'anna' stands in line 2 already"),
    "twice, capitals": ("anna,A\nAnna,C\n", "line 3 is refused: the id 'Anna' stands in line 2 already"),
    "after a name of two lines": ('anna,"A\nB"\n,C\n', "line 4 is refused: it has no id"),
    "after blank lines": ("\n\n,C\n", "line 4 is refused: it has no id"),
    "too long": (f"anna,{'A' * 129}\n", "line 2 is refused: first_name is longer than the 128"),
    "more cells": ("anna,A,B\n", "line 2 is refused: 3 cells where the header has 2"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_line_is_refused_by_its_number_and_the_others_are_read(case):
    lines, said = REFUSED[case]
    found = _read(f"id,first_name\n{lines}zoe,Z\n")
    assert len(found.problems) == 1
    assert found.problems[0].startswith(said)
    assert found.students[-1].id == "zoe"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "found 'nothing'"),
        (b"\n\n", "found 'nothing'"),
        (b"name,age\nx,3\n", "found 'name,age'"),
        (b"Vorname,Nachname,E-Mail-Adresse\nx,y,z\n", "no header that is known"),
        (b"PK\x03\x04rest", "a workbook, not a CSV file"),
        (b"id\nanna\n\x81\n", "line 3 is neither UTF-8 nor Windows-1252"),
        (b"id\nanna\nb\0en\n", "line 3 holds a null character"),
        (b"\xff\xfei", "line 1 is neither"),
        (b'id,first_name\nanna,"A\nben,B\n', "line 2: unexpected end of data"),
        (b'id,first_name\nanna,A\nben,"B"x\n', "line 3: ',' expected after '\"'"),
        (b"id\n" + b"x" * 200_000, "line 2: field larger than field limit"),
        (b"First name,Last name,Email address\nA,B,c@d\n", "--id-column; the file has first name, last name, email"),
    ],
)
def test_a_file_that_is_no_roster_is_refused_with_its_line(content, said):
    with pytest.raises(UsageError) as raised:
        read_roster(content)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_column_that_is_missing_is_named_with_those_there():
    with pytest.raises(UsageError, match="no column 'login': expected one of id, first_name"):
        _read(NBGRADER, id_column="login")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_roster_or_a_usage_error(content):
    for start in (b"", b"id,first_name\n", b"Student,ID,SIS User ID,SIS Login ID,Section\n"):
        try:
            found = read_roster(start + content)
        except UsageError:
            continue
        assert len({student.id.casefold() for student in found.students}) == len(found.students)
        for student in found.students:
            assert student.id
            assert "/" not in student.id
            assert not student.id.startswith(".")


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30)


@given(st.lists(st.tuples(names, names), max_size=6))
def test_names_come_back_on_one_line(people):
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["id", "first_name", "last_name"])
    for number, (first, last) in enumerate(people):
        writer.writerow([f"s{number}", first, f"{last}\n2"])
    found = read_roster(buffer.getvalue().encode())
    assert not found.problems
    assert len(found.students) == len(people)
    for student, (first, last) in zip(found.students, people, strict=True):
        plain = " ".join(first.split())
        assert student.first_name in (plain, plain[1:] if plain[:1] == "'" else plain)
        assert student.last_name.split()[-1:] == [f"{last}\n2".split()[-1]]


def test_decode_takes_utf8_before_windows_1252():
    assert decode("Müller".encode()) == ("Müller", "utf-8-sig")
    assert decode("Müller".encode("cp1252")) == ("Müller", "cp1252")


def test_changes_keep_what_a_file_does_not_tell():
    known = {"anna": ANNA, "ben": Student("ben"), "gone": Student("gone", "G")}
    listed = [
        Student("anna", "Anna", "Müller", "", "101", 2),
        Student("ben", "Ben", "", "b@c", "", 3),
        Student("new", "N", line=4),
    ]
    changes = compare(known, listed)
    assert changes.unchanged == [ANNA]
    assert changes.updated == [(Student("ben"), Student("ben", "Ben", "", "b@c"))]
    assert [student.id for student in changes.added] == ["new"]
    assert changes.absent == ["gone"]
    assert list(told(changes)) == [
        "new: new (N)",
        "changed: ben: first_name '' to 'Ben', email '' to 'b@c'",
        "1 new, 1 changed, 1 as they were",
        "in the gradebook, not in the file, and kept: gone",
    ]


def test_an_id_that_differs_in_capitals_only_is_refused():
    changes = compare({"anna": ANNA}, [Student("Anna", line=7)])
    assert changes.problems[0].startswith("line 7 is refused: the gradebook knows 'anna'")
    assert not changes.listed
    assert not changes.absent


@pytest.fixture
def course(tmp_path, monkeypatch):
    sample_class.make_course(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _roster(capsys, *arguments):
    code = cli.main(["roster", *arguments])
    return code, *capsys.readouterr()


def _students(folder):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return {one.id: (one.first_name, one.last_name, one.email, one.lms_user_id) for one in gradebook.students}


def test_a_roster_is_entered_updated_and_never_shortened(course, capsys):
    path = course / "class.csv"
    path.write_text(NBGRADER, "utf-8")
    code, out, err = _roster(capsys, "class.csv", "--dry-run")
    assert (code, err) == (0, "")
    assert "new: anna (Anna Müller)" in out
    assert "nothing is changed (--dry-run)" in out
    assert not (course / "gradebook.db").exists()
    assert not (course / ".autograde").exists()

    assert _roster(capsys, "class.csv")[0] == 0
    anna = ("Anna", "Müller", "anna@example.edu", "101")
    assert _students(course) == {"anna": anna, "ben": ("Ben", "Ott, Jr.", "ben@example.edu", "102")}

    path.write_text("id,first_name,email\nben,,b@new.edu\n/x,X,\ncleo,Cleo,\n", "utf-8")
    code, out, err = _roster(capsys, "class.csv", "--dry-run")
    assert code == 1
    assert "changed: ben: email 'ben@example.edu' to 'b@new.edu'" in out
    assert _students(course)["ben"][2] == "ben@example.edu"
    code, out, err = _roster(capsys, "class.csv")
    assert code == 1
    assert err == (
        "class.csv: line 3 is refused: the id '/x' cannot name a folder of submissions: "
        "no space, no slash, no plus sign, no dot in front\n"
    )
    assert "in the gradebook, not in the file, and kept: anna" in out
    assert _students(course) == {
        "anna": anna,
        "ben": ("Ben", "Ott, Jr.", "b@new.edu", "102"),
        "cleo": ("Cleo", None, None, None),
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.csv"], "cannot read none.csv: No such file or directory"),
        (["."], "cannot read .: Is a directory"),
        (["autograde.toml"], "autograde.toml: the first line is no header that is known"),
        (["class.csv", "--id-column", "login"], "class.csv: no column 'login'"),
        (["class.csv", "--db", "sqlite:///class.csv"], "file is not a database"),
    ],
)
def test_misuse_gets_one_line_and_exit_code_2(course, capsys, arguments, said):
    (course / "class.csv").write_text(NBGRADER, "utf-8")
    code, out, err = _roster(capsys, *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert not (course / "gradebook.db").exists()


def test_a_memory_that_is_broken_is_named(course, capsys):
    (course / "class.csv").write_text(NBGRADER, "utf-8")
    assert _roster(capsys, "class.csv")[0] == 0
    (course / ".autograde" / "roster.json").write_text("{", "utf-8")
    sample_class.release(course, "padding")
    capsys.readouterr()
    assert cli.main(["export", "padding", "--format", "csv"]) == 2
    assert "roster.json cannot be read: run `autograde roster FILE` again" in capsys.readouterr().err
