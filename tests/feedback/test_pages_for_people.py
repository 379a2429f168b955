"""Feedback and the class report in a real browser: readable, self-contained, and no script of a student's runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograde.exam.prepare import rubrics
from autograde.exam.rubric import Idea, Rubric
from autograde.feedback import over_weeks
from autograde.feedback.cards import code_words
from autograde.feedback.class_report import BINS, render, score_bins
from autograde.feedback.over_weeks import Week
from autograde.nbgrader_adapter.feedback_page import author_html, steps
from tests import sample_class
from tests.conftest import ASSIGNMENTS, COURSE, document, programs, source_of, submission
from tests.corpus import CORPUS, NAME, write_corpus

BIN = Path(sys.executable).parent
SWAPPED = next(
    one for one in programs("padding") if (one.function, one.misconception) == ("pad2d", "reflect_replicate_swapped")
)
SCRIPTS = [entry for entry in CORPUS if entry.name.startswith("script-")]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    sample_class.make_course(folder)
    write_corpus(folder / "submitted", SCRIPTS)
    sample_class.write_class(folder, ["padding"])
    path = folder / "submitted" / "swapped" / "padding" / "padding.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(document(submission("padding", {"pad2d": SWAPPED.source})))
    (folder / "autograde.toml").write_text("draw_ahead = false\ncell_timeout_s = 2\n", "utf-8")
    sample_class.release(folder, NAME, "padding")
    for command in (
        ["autograde", "grade", NAME],
        ["nbgrader", "generate_feedback", NAME],
        ["autograde", "grade", "padding"],
        ["nbgrader", "generate_feedback", "padding"],
        ["autograde", "report", "padding"],
        ["autograde", "report", NAME],
    ):
        subprocess.run([BIN / command[0], *command[1:]], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("entry", SCRIPTS, ids=lambda entry: entry.name)
def test_no_script_of_a_students_runs_in_feedback(entry, course, browser):
    page = browser.new_page()
    page.route("http*://**", lambda route: route.abort())
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto((course / "feedback" / entry.name / NAME / f"{NAME}.html").as_uri())
    # As the browser understands them: decoded, with what it passes over removed.
    for address in page.eval_on_selector_all("a[href]", "links => links.map(link => link.protocol)"):
        assert address in ("http:", "https:", "mailto:", "file:")
    sources = page.eval_on_selector_all("img", "images => images.map(image => image.src.slice(0, 11))")
    assert set(sources) <= {"data:image/"}
    assert page.title() == NAME
    assert not dialogs
    assert page.get_by_text("of 4 points").count() >= 1
    page.close()


@pytest.mark.parametrize(("width", "theme"), [(375, "dark"), (1280, "light"), (375, "light"), (1280, "dark")])
def test_feedback_is_for_a_phone_and_the_dark_and_needs_nothing(course, browser, axe, width, theme):
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=theme)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto((course / "feedback" / "swapped" / "padding" / "padding.html").as_uri())
    assert len(requests) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    todo = page.locator("section[aria-labelledby=first] li")
    assert todo.all_inner_texts() == [
        "Mend pad2d, which conv2d_padded uses. You have exchanged reflect and replicate.",
        "Mend conv2d_padded.",
    ]
    todo.first.locator("a").click()
    assert page.evaluate("document.querySelector(':target').innerText").startswith("The verdict on pad2d: ")
    lines = page.get_by_label("Lines to copy, pad2d")
    lines.click()
    assert page.evaluate("getSelection().toString().trim()") == lines.inner_text().strip()
    assert "got = pad2d(x, " in lines.inner_text()
    assert page.get_by_label("Yours, pad2d").inner_text() != page.get_by_label("Expected, pad2d").inner_text()
    names = page.locator("main a[href^='#']").all_inner_texts()
    assert set(names) == set(source_of("padding").points)
    page.evaluate(axe)
    assert [one["id"] for one in page.evaluate("axe.run({preload: false})")["violations"]] == []
    page.close()


@pytest.mark.parametrize("student", ["right-1", "blank", "broken-file"])
def test_feedback_says_what_there_is_to_do(course, student):
    text = (course / "feedback" / student / "padding" / "padding.html").read_text("utf-8")
    first = text[text.index("What to do first") : text.index('id="points"')]
    assert ("every answer is right" in first) == (student == "right-1")
    assert first.count("<li>") == (0 if student == "right-1" else len(source_of("padding").points))


def test_steps_begin_with_what_others_wait_for():
    def wrong(*waits, verdict="wrong_value", idea=""):
        return {"verdict": verdict, "mend_first": list(waits), "idea": idea}

    verdicts = {
        "top": wrong("middle", "base"),
        "right": wrong(verdict="correct"),
        "middle": wrong("base", idea="`p` & <q>"),
        "alone": wrong(verdict="no_answer"),
        "base": wrong(),
    }
    found = steps(verdicts)
    assert [(one.verb, one.function) for one in found] == [
        ("Mend", "base"),
        ("Mend", "middle"),
        ("Mend", "top"),
        ("Write", "alone"),
    ]
    assert found[0].users == ("top", "middle")
    assert found[1].idea == "<code>p</code> &amp; &lt;q&gt;"
    circle = {"one": wrong("two"), "two": wrong("one")}  # each calls the other: any order, but both
    assert {one.function for one in steps(circle)} == {"one", "two"}


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_every_formula_of_an_assignment_is_set_without_a_script(name):
    for cell in nbformat.read(COURSE.exercises / name / f"{name}.ipynb", 4).cells:
        if cell.cell_type == "markdown":
            shown = author_html(cell.source)
            assert ("$" in cell.source) == ("<math" in shown), cell.source
            assert "$" not in re.sub(r"<code>.*?</code>|<annotation.*?</annotation>", "", shown, flags=re.S)
            assert not re.search(r"\\[a-z]", re.sub(r"<code>.*?</code>", "", shown, flags=re.S)), cell.source


@pytest.mark.parametrize(("width", "theme"), [(375, "dark"), (1280, "light")])
def test_the_class_report_reads_well_and_asks_for_nothing(course, browser, axe, width, theme):
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=theme)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto((course / ".autograde" / "padding.html").as_uri())
    assert len(requests) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    text = page.inner_text("main")
    for words in ("15 submissions", "Functions, hardest first", "What students misunderstood", "What failed, and why"):
        assert words in text
    heads = page.locator(".weeks thead th")
    assert heads.evaluate_all("all => all.map(one => one.ariaLabel)") == [NAME, "padding"]
    swapped = page.locator(".weeks tbody", has_text="You have exchanged reflect and replicate.")
    assert swapped.locator("td").all_inner_texts() == ["", "1"]
    assert "broken-file" in text
    for cell in page.locator("td").all():
        box = cell.bounding_box()
        assert box["x"] + box["width"] <= width
    assert (
        page.locator("a", has_text="swapped")
        .first.evaluate("one => one.href")
        .endswith("/feedback/swapped/padding/padding.html")
    )
    assert "`" not in text
    page.evaluate(axe)
    assert [one["id"] for one in page.evaluate("axe.run({preload: false})")["violations"]] == []
    page.close()


def test_an_idea_is_told_once_whatever_functions_it_is_met_in():
    rubric = rubrics(COURSE, "padding")
    (key, text), *_ = sorted(
        (idea.key, idea.text)
        for idea in rubric["pad2d"].ideas
        if any(idea.key == other.key and idea.text == other.text for other in rubric["conv2d_padded"].ideas)
    )
    points = source_of("padding").points

    def record(student, *functions):
        told = {
            name: {
                "points": 0,
                "max_points": points[name],
                "verdict": "wrong_value",
                "misconception": key,
                "message": "",
            }
            for name in functions
        }
        return {"student": student, "score": 0, "max_score": 10, "reason": None, "functions": told}

    records = [record("a", "pad2d", "conv2d_padded"), record("b", "conv2d_padded")]
    page = render(source_of("padding"), rubric, records, "https://book.example/", {"b": "feedback/b.html"})
    shown = f">{code_words(text)}<"
    assert page.count(shown) == 1
    row = page[page.index(shown) - 200 : page.index(shown) + 800]
    assert ">2<" in row
    assert "<code>pad2d</code>, <code>conv2d_padded</code>" in row
    assert 'a, <a href="feedback/b.html">b</a>' in row


def test_an_idea_is_counted_in_each_assignment_that_it_was_met_in():
    def week(number, name, known, *held):
        rubric = Rubric({}, "a.html", tuple(Idea(key, text, "why", "a.html") for key, text in known.items()))
        records = [
            {"student": who, "functions": {f: {"misconception": key} for f, key in functions.items()}}
            for who, functions in held
        ]
        return Week(number, name, {"f": rubric, "g": rubric}, records)

    first = week(1, "one", {"flip": "Flipped <1>.", "pad": "Padded."}, ("a", {"f": "flip", "g": "flip"}), ("b", {}))
    second = week(3, "three", {"flip": "Flipped."}, ("a", {"f": "flip"}), ("b", {"g": "flip+gone"}), ("c", {"f": None}))
    told = over_weeks.html([first, second])
    flip, gone = re.findall("<tbody>(.*?)</tbody>", told)
    assert "Flipped. <strong>2 students" in flip  # as most of them met it
    assert re.findall("<td.*?</td>", flip) == ['<td style="--share:0.75">1</td>', '<td style="--share:1.00">2</td>']
    assert "an idea that no assignment knows any longer" in gone
    assert re.findall("<td.*?</td>", gone) == ['<td class="unasked"></td>', '<td style="--share:0.50">1</td>']
    assert "Padded" not in told
    assert over_weeks.html([first]) == ""
    many = {f"idea{i:03d}": f"Idea {i}." for i in range(over_weeks.MOST_ROWS + 2)}
    told = over_weeks.html([first, week(2, "two", many, *((f"s{key}", {"f": key}) for key in many))])
    assert told.count("<tbody>") == over_weeks.MOST_ROWS
    assert "3 more ideas" in told


def test_the_report_escapes_what_students_wrote(course):
    page = (course / ".autograde" / f"{NAME}.html").read_text("utf-8")
    assert "<script" not in page
    assert "onerror=alert" not in page or "&lt;img" in page


def test_score_bins_hold_every_score():
    assert score_bins([0, 5, 9.99, 10], 10) == [1, 0, 0, 0, 0, 1, 0, 0, 0, 2]
    assert sum(score_bins([0.1 * i for i in range(101)], 10)) == 101
    assert len(score_bins([], 10)) == BINS


def test_the_report_of_one_submission_has_its_numbers():
    assignment = source_of("padding")
    functions = {
        name: {"points": 0, "max_points": points, "verdict": "timeout", "misconception": None, "message": "<b>slow</b>"}
        for name, points in assignment.points.items()
    }
    record = {"student": "<i>", "score": 0, "max_score": assignment.max_score, "reason": None, "functions": functions}
    page = render(assignment, rubrics(COURSE, NAME), [record], "https://book.example/")
    assert "1 submissions, median 0" in page
    assert "<i>" not in page
    assert "&lt;b&gt;slow" in page
