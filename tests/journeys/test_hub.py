"""A week on a real JupyterHub, in the browser: the hub of deploy/plain, an instructor and two students."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import sample_class
from tests.conftest import ROOT, programs, skip_or_fail, source_of
from tests.journeys import lab
from tests.journeys.servers import BIN, free_port, server, wait_for

NAME = "padding"
MISCONCEPTION = "odd_pixel_before"
INSTRUCTOR = "instructor"
PASSWORDS = {INSTRUCTOR: "an instructor has a longer password", "student1": "filters and taps"}
PASSWORDS["student2"] = PASSWORDS["student1"]
PROXY = Path(__file__).parent / "node_modules" / ".bin" / "configurable-http-proxy"


@dataclass
class Hub:
    """A running hub, and a browser to visit it with."""

    address: str
    folder: Path
    process: subprocess.Popen[bytes]
    browser: object

    def home(self, name):
        return self.folder / "home" / name

    def login(self, name):
        """Logs in and waits for JupyterLab."""
        page = lab.open_page(self.browser, f"{self.address}/hub/login")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(PASSWORDS[name])
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("menuitem", name="Nbgrader")).to_be_visible()
        assert f"/user/{name}/lab" in page.url
        return page

    def wait_for(self, what, ready):
        wait_for(self.process, ready, self.folder / "hub.log", what)


@pytest.fixture(scope="module")
def hub(tmp_path_factory, browser):
    if not PROXY.exists() and shutil.which("npm"):
        command = ["npm", "ci", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=PROXY.parents[2], capture_output=True, check=False)
    if not PROXY.exists():
        skip_or_fail("configurable-http-proxy is not installed (npm ci in tests/journeys)")
    folder = tmp_path_factory.mktemp("hub")
    sample_class.make_course(folder / "home" / INSTRUCTOR / "course")
    port = free_port()
    environment = {
        "HUB_FOLDER": str(folder),
        "HUB_PASSWORD": PASSWORDS["student1"],
        "HUB_INSTRUCTOR_PASSWORD": PASSWORDS[INSTRUCTOR],
        "HUB_PORT": str(port),
        "HUB_INNER_PORT": str(free_port()),
        "HUB_PROXY_PORT": str(free_port()),
        "PATH": f"{PROXY.parent}:{BIN}:/usr/local/bin:/usr/bin:/bin",
    }
    command = [str(BIN / "jupyterhub"), "--config", str(ROOT / "deploy" / "plain" / "jupyterhub_config.py")]
    address = f"http://127.0.0.1:{port}"
    with server(command, f"{address}/hub/health", folder, folder / "hub.log", environment) as process:
        yield Hub(address, folder, process, browser)


def _menu(page, entry):
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name=entry).click()


def _terminal(page, line):
    """Types a line into a terminal of JupyterLab."""
    page.locator(".jp-LauncherCard[title='Start a new terminal session']").click()
    terminal = page.locator(".jp-Terminal").last
    expect(terminal.locator(".xterm-screen")).to_be_visible()
    terminal.click()
    page.keyboard.type(line + "\n")


def _press(page, button, said):
    """Presses a button of the assignment's row in the formgrader, reads the window that reports it, and closes it."""
    page.locator("tr", has=page.locator(".name", has_text=NAME)).locator(f".{button} a").click()
    window = page.locator(".modal.in")
    expect(window).to_contain_text(said)
    window.locator(".modal-footer button").click()
    expect(window).to_have_count(0)


def _work(hub, name, replaced):
    """A student fetches the assignment, solves it with some functions replaced, validates and hands in."""
    page = hub.login(name)
    _menu(page, "Assignment List")
    page.get_by_role("button", name="Fetch", exact=True).click()
    expect(page.get_by_role("button", name="Submit", exact=True)).to_be_visible()
    page.goto(f"{hub.address}/user/{name}/lab/tree/{NAME}/{NAME}.ipynb")
    panel = lab.notebook(page, f"{NAME}.ipynb")
    solution = {cell.id: cell.source for cell in source_of(NAME).cells if cell.role == "solution"}
    lab.write(page, panel, solution | replaced)
    said = lab.validate(page, panel)
    _menu(page, "Assignment List")
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_role("button", name="Fetch Feedback", exact=True)).to_be_visible()
    return page, said


def _read_feedback(hub, name, page):
    """A student fetches the feedback and opens its page in JupyterLab."""
    page.get_by_role("button", name="Fetch Feedback", exact=True).click()
    pages = hub.home(name) / NAME / "feedback"
    hub.wait_for("fetching feedback", lambda: any(pages.glob(f"*/{NAME}.html")))
    (path,) = pages.glob(f"*/{NAME}.html")
    page.goto(f"{hub.address}/user/{name}/lab/tree/{path.relative_to(hub.home(name)).as_posix()}")
    return page.frame_locator(".jp-HTMLViewer iframe")


def test_a_week_on_a_hub(hub):
    instructor = hub.login(INSTRUCTOR)
    home = hub.home(INSTRUCTOR)
    _terminal(instructor, f"cd ~/course && autograde release {NAME} && touch ~/released")
    hub.wait_for("autograde release", (home / "released").exists)
    instructor.goto(f"{hub.address}/user/{INSTRUCTOR}/formgrader/manage_assignments")
    _press(instructor, "release", f"Successfully released '{NAME}'")

    wrong = next(p for p in programs(NAME) if p.misconception == MISCONCEPTION)
    first, said = _work(hub, "student1", {})
    assert "Success! Your notebook passes all the tests." in said
    second, said = _work(hub, "student2", {wrong.function: wrong.source})
    assert said.count("The following cell failed") == 1
    assert "the odd pixel goes after" in said

    _press(instructor, "collect", "Collecting submission: student2")
    instructor.goto(f"{hub.address}/user/{INSTRUCTOR}/lab?reset")
    _terminal(instructor, f"cd ~/course && autograde grade {NAME} > ~/table.txt && touch ~/graded")
    hub.wait_for("autograde grade", (home / "graded").exists)
    table = (home / "table.txt").read_text("utf-8")
    assert "10 of 10" in table
    assert f"1  {MISCONCEPTION} (same_padding)" in table
    instructor.goto(f"{hub.address}/user/{INSTRUCTOR}/formgrader/manage_assignments")
    _press(instructor, "generate-feedback", "Successfully generated feedback")
    _press(instructor, "release-feedback", "Successfully released feedback")

    card = _read_feedback(hub, "student2", second).locator("div", has_text="Your odd pixel stands before").last
    expect(card).to_be_visible()
    right = _read_feedback(hub, "student1", first)
    expect(right.locator(".total")).to_have_text("10 of 10 points")
    for page in (instructor, first, second):
        page.context.close()
