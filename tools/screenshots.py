"""Takes the README's two pictures: a page of the built book, and a student's feedback from the demo's class.

python tools/screenshots.py   (after make demo)
"""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / ".github" / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def main() -> None:
    """Writes page.png and feedback.png."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1180, "height": 780})
        page.goto((ROOT / "book" / "_build" / "html" / "chapters" / "stride.html").as_uri())
        top = "document.querySelector('conv-playground').getBoundingClientRect().top"
        page.evaluate(f"window.scrollTo(0, {top} + window.scrollY - 70)")
        page.wait_for_timeout(500)
        page.screenshot(path=TARGET / "page.png")
        feedback = ROOT / ".demo" / "feedback" / "wrong-2" / "padding" / "padding.html"
        page.set_viewport_size({"width": 820, "height": 700})
        page.goto(feedback.as_uri())
        page.locator("div[style*='border-left:6px solid #b35900']").first.screenshot(path=TARGET / "feedback.png")
        browser.close()


if __name__ == "__main__":
    main()
