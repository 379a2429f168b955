"""JupyterLab in a browser: an instructor grades a class in the formgrader, a student validates a notebook."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess

import pytest
from playwright.sync_api import expect

from tests import sample_class
from tests.conftest import source_of
from tests.journeys import lab
from tests.journeys.servers import BIN, jupyter_lab

NAME = "padding"
RIGHT, WRONG, BROKEN = STUDENTS = "right-1", "wrong-3", "broken-file"
COMMENT = "Read what the argument means once more."
ERROR = "[data-mime-type='application/vnd.jupyter.stderr'], [data-mime-type='application/vnd.jupyter.error']"
WIDTHS = (375, 1280)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("formgrader") / "course"
    sample_class.make_course(folder)
    sample_class.write_class(folder, [NAME])
    for path in (folder / "submitted").iterdir():
        if path.name not in STUDENTS:
            shutil.rmtree(path)
    _run(folder, "autograde", "release", NAME)
    return folder


@pytest.fixture(scope="module")
def address(course):
    with jupyter_lab(course, course.parent / "home") as where:
        yield where


def _run(folder, *command):
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _accept(page, said):
    """Reads the window that reports success, and closes it."""
    window = page.locator("#success-modal")
    expect(window).to_contain_text(said)
    window.locator(".modal-footer button").click()
    expect(window).to_have_count(0)


def _row(page, student):
    return page.locator("tr", has=page.locator(".student-id", has_text=re.compile(f"^{student}$")))


def _autograde(page, student):
    """Presses a student's Autograde and returns the score that the row shows then."""
    _row(page, student).locator(".autograde a").click()
    _accept(page, f"Successfully autograded '{NAME}' for student '{student}'")
    cell = _row(page, student).locator(".score")
    expect(cell).to_contain_text("/")
    score, maximum = cell.inner_text().split(" / ")
    return float(score), float(maximum)


def _submissions(page, address):
    page.goto(f"{address}/formgrader/manage_submissions/{NAME}")
    expect(_row(page, RIGHT)).to_be_visible()


def _grade_by_hand(page, address, score):
    """Enters one point and a comment on the submission with this score."""
    page.goto(f"{address}/formgrader/gradebook/{NAME}/{NAME}")
    page.locator("tr", has_text=f"{score:g} / 10").get_by_role("link").first.click()
    for field, value, kind in (("test_pad2d", "1", "grade"), ("pad2d-comment", COMMENT, "comment")):
        # The page's program puts the hint into a field when it begins to listen to it.
        expect(page.locator(f"#{field}")).to_have_attribute("placeholder", re.compile("."))
        with page.expect_response(lambda answer, kind=kind: f"/api/{kind}/" in answer.url) as saved:
            page.locator(f"#{field}").press_sequentially(value)
            page.keyboard.press("Tab")
        assert saved.value.request.method == "PUT"
        assert saved.value.ok


def test_an_assignment_in_the_formgrader(course, address, browser):
    page = lab.open_page(browser, f"{address}/lab?token=journey")
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name="Formgrader").click()
    listed = page.frame_locator("iframe").first.locator("tr", has=page.locator(".name", has_text=NAME))
    expect(listed.locator(".num-submissions")).to_have_text("3")

    page.goto(f"{address}/formgrader/manage_assignments")
    page.locator("tr", has=page.locator(".name", has_text=NAME)).locator(".assign a").click()
    _accept(page, f"Successfully created the student version of '{NAME}'")
    assert "hidden_test" not in (course / "exercises" / NAME / f"{NAME}.ipynb").read_text("utf-8")

    _submissions(page, address)
    scores = {student: _autograde(page, student) for student in STUDENTS}
    assert scores[RIGHT] == (10, 10)
    assert scores[BROKEN] == (0, 10)
    assert 0 < scores[WRONG][0] < 10
    report = json.loads(_run(course, "autograde", "grade", NAME, "--force", "--json", "-"))
    assert {one["student"]: (one["score"], one["max_score"]) for one in report["submissions"]} == scores

    _grade_by_hand(page, address, scores[WRONG][0])
    source = course / "solutions" / NAME / "notebook.py"
    text = source.read_text("utf-8")
    assert text.count('"test_same_padding", "grade": true, "points": 2') == 1
    source.write_text(
        text.replace(
            '"test_same_padding", "grade": true, "points": 2', '"test_same_padding", "grade": true, "points": 3'
        ),
        "utf-8",
    )
    _run(course, "autograde", "release", NAME)
    _submissions(page, address)
    assert _autograde(page, RIGHT) == (11, 11)
    wrong = next(one for one in report["submissions"] if one["student"] == WRONG)
    by_hand = 1 - wrong["functions"]["pad2d"]["points"]
    assert _autograde(page, WRONG) == (pytest.approx(scores[WRONG][0] + by_hand + 1), 11)

    _row(page, WRONG).locator(".generate-feedback a").click()
    _accept(page, f"Successfully generated feedback for '{NAME}' for student '{WRONG}'")
    page.context.close()


@pytest.fixture(scope="module")
def feedback(course):
    """The page that a student with one wrong function gets."""
    shutil.rmtree(course / "feedback", ignore_errors=True)
    _run(course, "autograde", "grade", NAME)
    _run(course, "nbgrader", "generate_feedback", NAME)
    return course / "feedback" / WRONG / NAME / f"{NAME}.html"


@pytest.mark.parametrize("width", WIDTHS)
def test_feedback_reads_well(feedback, browser, width):
    page = lab.open_page(browser, feedback.as_uri(), width)
    card = page.locator("div", has_text="Wrong shape").last
    expect(card).to_be_visible()
    card.scroll_into_view_if_needed()
    box = card.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert "First failing case" in card.inner_text()
    if "JOURNEY_SHOTS" in os.environ:
        page.screenshot(path=f"{os.environ['JOURNEY_SHOTS']}/feedback-{width}.png", full_page=True)
    page.context.close()


def test_a_student_validates_a_notebook(address, course, browser):
    shutil.copytree(course / "exercises" / NAME, course / "student" / NAME)
    page = lab.open_page(browser, f"{address}/lab/tree/student/{NAME}/{NAME}.ipynb?token=journey")
    panel = lab.notebook(page, f"{NAME}.ipynb")
    lab.run_all(page)
    expect(panel.locator(ERROR)).to_contain_text("NotImplementedError")
    said = lab.validate(page, panel)
    assert said.count("The following cell failed") == len(source_of(NAME).points)
    assert "NotImplementedError" in said
    lab.write(page, panel, {c.id: c.source for c in source_of(NAME).cells if c.role == "solution"})
    lab.run_all(page)
    expect(panel.locator(".jp-CodeCell").last.locator(".jp-InputPrompt")).to_have_text(re.compile(r"^\[\d+\]:$"))
    expect(panel.locator(ERROR)).to_have_count(0)
    assert "Success! Your notebook passes all the tests." in lab.validate(page, panel)
    page.context.close()
