"""Feedback and the class report in a real browser: readable, self-contained, and no script of a student's runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autograde.exam.prepare import rubrics
from autograde.feedback.class_report import BINS, render, score_bins
from tests import sample_class
from tests.conftest import COURSE, source_of
from tests.corpus import CORPUS, NAME, write_corpus

BIN = Path(sys.executable).parent
SCRIPTS = [entry for entry in CORPUS if entry.name.startswith("script-")]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    sample_class.make_course(folder)
    write_corpus(folder / "submitted", SCRIPTS)
    sample_class.write_class(folder, ["padding"])
    (folder / "autograde.toml").write_text("draw_ahead = false\ncell_timeout_s = 2\n", "utf-8")
    for command in (
        ["autograde", "release", NAME, "padding"],
        ["autograde", "grade", NAME],
        ["nbgrader", "generate_feedback", NAME],
        ["autograde", "grade", "padding"],
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
    assert page.get_by_text("of 3 points").count() >= 1
    page.close()


@pytest.mark.parametrize("width", [375, 1280])
def test_the_class_report_reads_well_and_asks_for_nothing(course, browser, width):
    page = browser.new_page(viewport={"width": width, "height": 800})
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto((course / ".autograde" / "padding.html").as_uri())
    assert len(requests) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    text = page.inner_text("main")
    for words in ("14 submissions", "Functions, hardest first", "What students misunderstood", "What failed, and why"):
        assert words in text
    assert "broken-file" in text
    page.close()


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
