"""Solving in the page, in Firefox, with no network but the site's."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.book.firefox import Firefox
from tests.book.solving import SOLVE_ALL, served, solutions, wrong_programs
from tests.conftest import skip_or_fail, source_of

OPEN = """
async () => {
  const opened = new Promise((resolve) => document.addEventListener('solve-open', (event) => resolve(event.detail)));
  while (!document.querySelector('.solve-open')) await new Promise(requestAnimationFrame);
  document.querySelector('.solve-open').click();
  window.one = await opened;
  await one.python.start();
  one.python.limitMs = 300;
  one.editors[one.solutions[0].id].replace('while True:\\n    pass');
  const told = await one.run(one.solutions[0]);
  one.python.limitMs = 60000;
  await one.python.start();
  one.editors.pad2d.focus();
  return told.error;
}
"""
FOCUSED = "() => document.activeElement.textContent"


def test_firefox_solves_stops_and_leaves_the_editor(site: Path, tmp_path: Path):
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        skip_or_fail("Firefox is not installed (apt-get install firefox-esr)")
    with served(site) as address, Firefox(program, tmp_path) as firefox:
        firefox.open(f"{address}chapters/padding.html")
        assert firefox.evaluate(OPEN).startswith("Stopped after 0.3 s: does a loop never end?")
        escape, tab = "\ue00c", "\ue004"
        firefox.press(escape, tab)
        assert firefox.evaluate(FOCUSED).startswith("Run")
        wrong = wrong_programs("padding")
        sources = {function: one.source for function, one in wrong.items()}
        told = firefox.evaluate(SOLVE_ALL, ["padding", solutions("padding"), sources])
        assert told["passed"] == list(source_of("padding").points)
        assert {function: card["points"] for function, card in told["cards"].items()} == dict(
            source_of("padding").points
        )
        assert {f: one["misconception"] for f, one in told["named"].items()} == {
            function: one.misconception for function, one in wrong.items()
        }
        assert [cell["error"] for cell in told["ran"] if cell["error"]] == []
