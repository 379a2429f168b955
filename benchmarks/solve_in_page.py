"""Times solving in the page: from the click to the first result, cold and from the browser's cache, and what is fetched.

    python benchmarks/solve_in_page.py [--rounds 5] [--json FILE]   (after make book; takes Chromium and Playwright)

"cold": a browser that has never been there, the site on this machine's disk: until the first answer has been checked.
"again": the same browser, the page loaded once more. "cell": one run of a cell in a Python that is ready, as the page sees it. "check" and "ask":
the visible tests, and the grader's questions. "new Python": after Stop, until Python is ready. Beside the clock's seconds
stand the processors', of the browser, the server and this program together: on a machine that does other work, too, they
tell more. The goals (6 s, 0.1 s) are about two cores that do nothing else; the load is recorded with the times.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import json
import os
import shutil
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.conftest import CHROMIUM_ARGUMENTS, source_of

SITE = ROOT / "book" / "_build" / "html"
CHAPTER, FUNCTION = "chapters/padding.html", "source_index"  # its first editor
# From the click to the change of the page that shows the text: this program's own talk with the browser takes longer.
IN_PAGE = """([name, text]) => new Promise(resolve => {
    const button = [...document.querySelectorAll("button")].find(one => one.getAttribute("aria-label") === name
        || one.textContent.trim() === name);
    const shown = () => document.body.innerText.includes(text);
    const start = performance.now();
    let gone = false;
    new MutationObserver((_, observer) => {
        if (!shown()) gone = true;
        else if (gone) { observer.disconnect(); resolve(performance.now() - start); }
    }).observe(document.body, {childList: true, subtree: true, characterData: true, attributes: true});
    button.click();
})"""
ENDLESS = "while True:\n    pass"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing among the figures."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of the folder."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def processor_s() -> float:
    """Processor time of this process and all below it that run, the browser's among them."""
    parents, spent = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()
            parents[int(folder.name)] = int(fields[1])
            spent[int(folder.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ours(process: int) -> bool:
        return process == os.getpid() or (process in parents and ours(parents[process]))

    return sum(seconds for process, seconds in spent.items() if ours(process))


@contextmanager
def timed(times: dict[str, list[tuple[float, float]]], name: str) -> Iterator[None]:
    """Adds the seconds that the block takes, by the clock and of the processor."""
    start, used = time.perf_counter(), processor_s()
    yield
    times.setdefault(name, []).append((time.perf_counter() - start, processor_s() - used))


def click(page: Page, name: str) -> None:
    """Presses the first button of this name."""
    page.get_by_role("button", name=name).first.click()


def ready(page: Page) -> None:
    """Waits for Python."""
    page.get_by_text("Python is ready.").wait_for()


def one_round(browser: Browser, address: str, solution: str, times: dict[str, list[tuple[float, float]]]) -> int:
    """One visit of a browser that has never been there. Returns the bytes that it fetched for solving, as they were sent."""
    context = browser.new_context()
    context.set_default_timeout(120_000)
    fetched: list[int] = []
    page = context.new_page()
    page.on("response", lambda one: "/solve/" in one.url and fetched.append(int(one.headers.get("content-length", 0))))
    page.goto(address + CHAPTER)
    with timed(times, "cold"):
        click(page, "Solve it here")
        click(page, "Check my answer")
        page.locator(".solve-error").first.wait_for()
    sent = sum(fetched)
    editor = page.locator(".cm-content").first
    editor.fill(solution)
    click(page, f"Run {FUNCTION}")
    page.get_by_text("It ran, and printed nothing.").wait_for()
    used = processor_s()
    milliseconds = page.evaluate(IN_PAGE, [f"Run {FUNCTION}", "It ran, and printed nothing."])
    times.setdefault("cell", []).append((milliseconds / 1000, processor_s() - used))
    with timed(times, "check"):
        click(page, "Check my answer")
        page.get_by_text("passes the visible tests").wait_for()
    with timed(times, "ask"):
        click(page, "Ask what the graders ask")
        page.locator(".solve-card").wait_for()
    editor.fill(ENDLESS)
    click(page, f"Run {FUNCTION}")
    page.get_by_role("button", name="Stop").wait_for()
    with timed(times, "new Python"):
        click(page, "Stop")
        page.get_by_text("Stopped.").wait_for()
        ready(page)
    editor.fill(solution)
    page.reload()
    with timed(times, "again"):
        click(page, "Solve it here")
        click(page, "Check my answer")
        page.get_by_text("passes the visible tests").wait_for()
    context.close()
    return sent


def measure(rounds: int) -> dict[str, Any]:
    """All figures."""
    solution = next(cell.source for cell in source_of("padding").cells if cell.id == FUNCTION)
    times: dict[str, list[tuple[float, float]]] = {}
    load = [os.getloadavg()[0]]
    with sync_playwright() as playwright, served(SITE) as address:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_ARGUMENTS)
        sent = [one_round(browser, address, solution, times) for _ in range(rounds)]
        about = {"browser": f"Chromium {browser.version}", "cores": os.cpu_count()}
        browser.close()
    load.append(os.getloadavg()[0])
    seconds = {name: summary([clock for clock, _ in found]) for name, found in times.items()}
    processor = {name: summary([used for _, used in found]) for name, found in times.items()}
    return {**about, "load": load, "rounds": rounds, "bytes": max(sent), "seconds": seconds, "processor_s": processor}


def summary(found: list[float]) -> dict[str, float]:
    """Minimum, median, maximum."""
    return {"min": round(min(found), 3), "median": round(statistics.median(found), 3), "max": round(max(found), 3)}


def main() -> int:
    """Reads the command line; prints a table."""
    parser = argparse.ArgumentParser(description="Times solving in the page.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not (SITE / "solve" / "manifest.json").is_file():
        print("the site has no solve/: build the book first, on a machine with npm (make book)", file=sys.stderr)
        return 1
    record = measure(options.rounds)
    print(f"{record['browser']}, {record['cores']} cores, load {record['load'][0]:.1f} to {record['load'][1]:.1f}")
    print(f"fetched on the first visit: {record['bytes'] / 1e6:.1f} MB")
    for name, found in record["seconds"].items():
        spread = f"({found['min']:.2f} to {found['max']:.2f})"
        print(
            f"{name:<12} {found['median']:>7.2f} s {spread:<16} {record['processor_s'][name]['median']:>7.2f} s of processors"
        )
    if options.json:
        options.json.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
