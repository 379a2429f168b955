"""Takes the README's pictures: a page of the book, an assignment solved in it, a student's feedback from the demo.

python tools/screenshots.py   (after make demo)
"""

import functools
import http.server
import shutil
import sys
import threading
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / ".github" / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


WRONG = "You read the pair as"
"""How the card of the picture begins to name its idea."""


def solve(browser: Browser) -> None:
    """Writes solve.png: chapter 2's assignment in its page, with a wrong answer and the grader's card."""
    sys.path.insert(0, str(ROOT))
    from tests.conftest import programs

    wrong = next(one for one in programs("padding") if one.misconception == "pair_is_before_after")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(ROOT / "book" / "_build" / "html"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page(viewport={"width": 1180, "height": 780})
        page.goto(f"http://127.0.0.1:{server.server_port}/chapters/padding.html")
        page.get_by_role("button", name="Solve it here").click()
        page.get_by_text("Python is ready.").wait_for()
        page.locator(".cm-content").first.click()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.insert_text(wrong.source.strip())
        page.keyboard.press("ControlOrMeta+Home")
        page.get_by_role("button", name="Ask what the graders ask of pad2d").click()
        page.get_by_text(WRONG).wait_for()
        top = "document.querySelector('.solve-solution').getBoundingClientRect().top"
        page.evaluate(f"window.scrollTo(0, {top} + window.scrollY - 90)")
        page.screenshot(path=TARGET / "solve.png")
        server.shutdown()


def main() -> None:
    """Writes page.png, solve.png and feedback.png."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1180, "height": 780})
        page.goto((ROOT / "book" / "_build" / "html" / "chapters" / "stride.html").as_uri())
        top = "document.querySelector('conv-playground').getBoundingClientRect().top"
        page.evaluate(f"window.scrollTo(0, {top} + window.scrollY - 70)")
        page.wait_for_timeout(500)
        page.screenshot(path=TARGET / "page.png")
        solve(browser)
        feedback = ROOT / ".demo" / "feedback" / "wrong-2" / "padding" / "padding.html"
        page.set_viewport_size({"width": 820, "height": 700})
        page.goto(feedback.as_uri())
        page.locator("div[style*='border-left:6px solid #b35900']").first.screenshot(path=TARGET / "feedback.png")
        browser.close()


if __name__ == "__main__":
    main()
