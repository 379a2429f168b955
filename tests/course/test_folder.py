"""The reading order is said once, and a course's folder that promises what is not there says so."""

from __future__ import annotations

import re
import shutil

import pytest

from autograde.course import find_course
from autograde.course.program import edited, right
from autograde.errors import ConfigError, UsageError
from tests.conftest import ASSIGNMENTS, COURSE, ROOT


def test_the_book_has_the_chapters_in_their_order():
    toc = (ROOT / "book" / "_toc.yml").read_text("utf-8")
    assert re.findall(r"file: chapters/(\w+)", toc) == ASSIGNMENTS


def test_every_folder_with_a_notebook_is_a_chapter_and_nothing_else_is():
    assert sorted(path.parent.name for path in (ROOT / "solutions").glob("*/notebook.py")) == sorted(ASSIGNMENTS)
    assert sorted(path.parent.name for path in (ROOT / "exercises").glob("*/*.ipynb")) == sorted(ASSIGNMENTS)


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(ROOT / "solutions", tmp_path / "solutions", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "convolution-to-resnet"', "", "expected `id`"),
        ('"padding",', '"knitting",', "knitting.notebook.py is missing"),
        ('"padding",', '"Padding!",', "no chapter's name"),
        ("chapters = [", "chapters = [[", "cannot be read as TOML"),
    ],
)
def test_a_damaged_title_file_is_one_clear_error(copy, old, new, said):
    path = copy / "solutions" / "course.toml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(ConfigError, match=said):
        find_course(copy).assignments()


def test_a_change_of_the_content_is_seen_without_a_restart(copy):
    course = find_course(copy)
    first = course.content.questions("padding")["same_padding"].section
    path = copy / "solutions" / "padding" / "questions.py"
    path.write_text(path.read_text("utf-8").replace(f'"{first}"', '"stride-floor"'), "utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.write('QUESTIONS = tuple(replace(one, section="stride-floor") for one in QUESTIONS)\n')
    assert course.content.questions("padding")["same_padding"].section == "stride-floor"
    assert COURSE.content.questions("padding")["same_padding"].section == first


def test_a_score_depends_on_what_the_questions_use_and_on_nothing_else():
    names = {str(path.relative_to(COURSE.solutions)) for path in COURSE.content.sources("backward")}
    assert {"backward/notebook.py", "backward/questions.py", "backward/reference.py", "windows.py"} <= names
    assert {"backward/drivers/functions.py", "stride/reference.py", "pooling/reference.py"} <= names
    assert not {"backward/bank.py", "resnet/questions.py", "networks.py"} & names


def test_labels_lead_where_the_built_book_has_them():
    from sphinx.util.inventory import InventoryFile

    inventory = ROOT / "book" / "_build" / "html" / "objects.inv"
    if not inventory.is_file():
        pytest.fail("build the book first: make book")
    with inventory.open("rb") as file:
        labels = InventoryFile.load(file, "", lambda base, path: path)["std:label"]
    for name in ASSIGNMENTS:
        for question in COURSE.content.questions(name).values():
            for label in {question.section, *(idea.section for idea in (*question.misconceptions, *question.kin))}:
                assert COURSE.content.page(label) == labels[label][2].replace("$", label)


@right("double")
def twice(x):
    y = x + x
    return y


def test_an_edit_replaces_a_piece_of_a_line_or_whole_lines():
    piece = edited(twice, "squared", ("x + x", "x * x"))
    lines = edited(
        twice,
        "forgotten",
        """
        -    y = x + x
        +    y = x
        +    y = y + 0
             return y
        """,
    )
    assert piece.source == "def double(x):\n    y = x * x\n    return y\n"
    assert lines.source == "def double(x):\n    y = x\n    y = y + 0\n    return y\n"
    assert (lines.function, lines.misconception) == ("double", "forgotten")


def test_an_edit_that_no_idea_explains_wants_its_cards_words():
    assert edited(twice, "", ("x + x", "x * x"), says="2 times").says == "2 times"
    for idea, says in (("", ""), ("squared", "2 times"), (None, "2 times")):
        with pytest.raises(ValueError, match="wants its card's words"):
            edited(twice, idea, ("x + x", "x * x"), says=says)


def test_a_bank_has_the_programs_of_outsiders_behind_its_own():
    titles = [program.title for program in COURSE.content.bank("padding")]
    outside = [title.startswith(("outside_", "second_")) for title in titles]
    assert any(outside)
    assert outside == sorted(outside)
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("edit", [("z", "x"), ("x", "z"), "-    y = x\n+    y = z", "?    y = x + x"])
def test_an_edit_whose_old_text_is_not_there_once_fails(edit):
    with pytest.raises(ValueError, match="expected"):
        edited(twice, "idea", edit)


def test_an_unknown_chapter_and_a_missing_part_are_one_line(copy):
    (copy / "solutions" / "padding" / "bank.py").unlink()
    course = find_course(copy)
    with pytest.raises(UsageError, match="unknown assignment 'nothing'"):
        course.source("nothing")
    with pytest.raises(UsageError, match="padding has no bank: expected"):
        course.content.bank("padding")
