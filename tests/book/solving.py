"""What the tests of solving in the page share, whichever browser they drive."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograde.course.program import Program
from tests.conftest import programs, source_of

SOLVE_ALL = """
async ([name, texts, wrong]) => {
  const { manifest, module } = await solveHere.load('../solve/');
  const host = document.createElement('div');
  document.body.append(host);
  const base = new URL('../solve/', document.baseURI).href;
  const one = await module.open({ base, manifest, name, book: '../', host });
  for (const [id, text] of Object.entries(texts)) one.editors[id].replace(text);
  const failing = [];
  for (const cell of one.data.cells.filter((cell) => cell.role === 'code' || cell.role === 'locked')) {
    const told = await one.run(cell);
    if (told.error) failing.push(`${cell.id}: ${told.error}`);
  }
  const passed = await one.checkAll();
  const cards = await one.ask(Object.keys(texts));
  const named = {};
  for (const [id, text] of Object.entries(wrong)) {
    one.editors[id].replace(text);
    const told = await one.ask([id]);
    named[id] = { misconception: told[id].misconception, card: one.cards[id].box.textContent };
    one.editors[id].replace(texts[id]);
  }
  const pictures = host.querySelectorAll('.solve-picture').length;
  const shown = Object.fromEntries(one.data.cells.map((cell) => [cell.id, cell.source ?? null]));
  const now = Object.fromEntries(Object.keys(texts).map((id) => [id, one.editors[id].text()]));
  const file = module.written(one.notebook, now);
  const cells = await module.cells({ base, manifest, name, book: '../' });
  const ran = [];
  for (const cell of cells.told.cells) {
    let printed = '';
    const told = cell.kind ? await cells.run(cell, cell.source, (text) => { printed += text; }) : {};
    ran.push({ source: cell.source, kind: cell.kind, why: cell.why, printed, error: told.error ?? '' });
  }
  one.store.erase();
  if (name === 'padding') document.querySelector('.assignment').nextElementSibling.append(one.root);
  host.remove();
  return { failing, passed, cards, named, pictures, shown, file, ran };
}
"""
"""Solves an assignment, asks all, then each wrong program, runs the chapter's cells; of [name, texts, wrong]."""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing among the tests' lines."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server of this folder, as `make serve` starts one."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def solutions(name: str) -> dict[str, str]:
    """By cell, the author's text."""
    return {cell.id: cell.source for cell in source_of(name).cells if cell.role == "solution"}


def wrong_programs(name: str) -> dict[str, Program]:
    """By function, the first wrong program of its bank."""
    return {one.function: one for one in reversed(programs(name)) if one.misconception}
