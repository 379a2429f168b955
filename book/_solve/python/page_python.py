"""Python of a page: runs cells as a notebook does, and asks functions what the graders ask. The worker calls it.

`asking` and `wire` are the sandbox's own modules, `autograde` the grader's: the page has no judge of its own.
"""

import ast
import contextlib
import io
import json
import linecache
import os
import re
import sys
import time
import traceback
import types
import warnings

import asking
import wire

from autograde.exam import practice, verdict
from autograde.exam.dependents import mend_first
from autograde.feedback import cards

MAX_TEXT = 200_000
"""Characters of a cell's output that are shown."""
EVERY_S = 0.1
"""How often what was printed is shown while a cell runs."""
MAX_FRAMES = 10
"""Lines of a traceback that are shown: a recursion without end has a thousand, all alike."""

LARGE = re.compile(r"\d{10}")
TOO_LARGE = re.compile("Maximum allowed dimension exceeded|array is too big")
SMALL_NUMBERS = (
    "In this page NumPy's whole numbers end at 2,147,483,647: a product of an array that is larger comes out wrong. "
    "Python's own whole numbers have no end: int(n), math.prod."
)

spaces = {}
defined = {}
packs = {}


class Shown(io.TextIOBase):
    """A stream whose text is shown while it is written."""

    def __init__(self, show):
        """Calls `show` with each piece of text."""
        self._show = show
        self._parts = []
        self._left = MAX_TEXT
        self._last = time.monotonic()

    def writable(self):
        """Streams of prints are written to."""
        return True

    def write(self, text):
        """Keeps what still fits, and shows it when it is time."""
        kept = text[: self._left]
        self._left -= len(kept)
        self._parts.append(kept)
        if kept and not self._left:
            self._parts.append("\n… what a cell prints beyond this is not shown\n")
        if time.monotonic() - self._last > EVERY_S:
            self.flush()
        return len(text)

    def flush(self):
        """Shows what is kept."""
        text = "".join(self._parts)
        self._parts, self._last = [], time.monotonic()
        if text:
            self._show(text)


def file_name(cell):
    """What Python calls a cell: errors are told by it."""
    return f"{asking.CELL}{cell}>"


class Answers:
    """What the reader has written in an assignment: stands where a chapter's cells name its solution."""

    def __init__(self, name):
        """Of the assignment NAME, as its cells have last run."""
        self._name = name

    def __getattr__(self, function):
        """The reader's function; one that is not there yet raises when it is called, as a stub does."""
        found = _space(self._name).get(function)
        if found is None:
            raise AttributeError(f"{function} is what you write in the assignment at the end of this page")
        return found


def lend_answers(space, name):
    """Lets a page's cells use the reader's answers to an assignment, as `solution(NAME)`."""
    _space(space)["solution"] = lambda _: Answers(name)


def _own_frames(error):
    lines = []
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith(asking.CELL):
            cell = frame.filename[len(asking.CELL) : -1]
            line = f"\n    {frame.line}" if frame.line else ""
            lines.append(f"  {cell}, line {frame.lineno}, in {frame.name}{line}")
    if len(lines) > MAX_FRAMES:
        half = MAX_FRAMES // 2
        lines[half:-half] = [f"  … {len(lines) - MAX_FRAMES} more calls"]
    return lines


def _said(error):
    """An error in words: as its own class says it, where it has a way; otherwise with the reader's lines alone."""
    if hasattr(error, "_render_traceback_"):
        told = "\n".join(error._render_traceback_())
        return f"{told}\n{SMALL_NUMBERS}" if LARGE.search(told) else told
    last = "".join(traceback.format_exception_only(error)).rstrip()
    if isinstance(error, NotImplementedError) and not str(error):
        last = "NotImplementedError: this function is not written yet"
    if isinstance(error, MemoryError) or TOO_LARGE.search(last):
        last += "\nThe browser gives this page's Python a few GB at most: does an array have more axes than you meant?"
    if isinstance(error, ModuleNotFoundError):
        last += "\nHere is no more to import than numpy and what comes with Python."
    return "\n".join([*_own_frames(error), last])


def _space(name):
    """The names of one notebook, as a module of its own: classes and functions find theirs in it."""
    if name not in spaces:
        spaces[name] = types.ModuleType("__main__")
    return vars(spaces[name])


def _forget(space, cell, tree):
    """Takes away what the cell defined when it last ran: an answer that is gone or renamed is not to look written."""
    namespace = _space(space)
    for name in defined.get((space, cell), ()):
        namespace.pop(name, None)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    defined[space, cell] = {node.name for node in tree.body if isinstance(node, kinds)}


def _execute(source, space, cell):
    tree = ast.parse(source, file_name(cell))
    _forget(space, cell, tree)
    namespace = _space(space)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, file_name(cell), "exec"), namespace)
    if last is not None and not source.rstrip().endswith(";"):
        value = eval(compile(ast.Expression(last.value), file_name(cell), "eval"), namespace)
        if value is not None:
            print(repr(value))
    elif last is not None:
        eval(compile(ast.Expression(last.value), file_name(cell), "eval"), namespace)


def run(space, cell, source, show):
    """Runs a cell; returns JSON with its error in words ("" for none) and its pictures (PNG in base64).

    Args:
        space: the name of the notebook whose names it shares.
        cell: the cell's id.
        source: its text.
        show: called with each piece of what it prints.
    """
    linecache.cache[file_name(cell)] = (len(source), None, source.splitlines(True), file_name(cell))
    stream, error_text = Shown(show), ""
    _space(space)
    sys.modules["__main__"] = spaces[space]
    with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream), warnings.catch_warnings():
        warnings.simplefilter("default")
        try:
            _execute(source, space, cell)
        except BaseException as error:  # noqa: BLE001  (whatever a reader's code raises is shown to the reader)
            error_text = _said(error)
    stream.flush()
    pyplot = sys.modules.get("matplotlib.pyplot")
    return json.dumps({"error": error_text, "figures": [] if pyplot is None else pyplot.taken()})


def write_files(folder, files):
    """Puts what lies beside a notebook into a folder of its own, and goes there."""
    os.makedirs(folder, exist_ok=True)
    for name, content in files.to_py().items():
        with open(os.path.join(folder, os.path.basename(name)), "wb") as file:
            file.write(content)


def enter(folder):
    """Works in a notebook's folder from now on, as Jupyter does; helpers of another notebook are forgotten."""
    if os.getcwd() == folder:
        return
    for name, module in list(sys.modules.items()):
        if os.path.dirname(getattr(module, "__file__", None) or "") == os.getcwd():
            del sys.modules[name]
    os.chdir(folder)
    sys.path[0] = folder


def load_pack(content):
    """Takes in a practice pack; returns its name."""
    pack = practice.unpacked(bytes(content.to_py()))
    packs[pack.name] = pack
    return pack.name


def _records(namespace, name, asked):
    cases = [{"args": args, "kwargs": kwargs} for args, kwargs in asked.cases]
    records = []
    for record, case in zip(asking.answers(namespace, name, asked.driver, cases), cases, strict=False):
        value = wire.copied(record.get("value"))
        left = (record.get("inputs"), case["args"], case["kwargs"])
        modified = record["status"] == "ok" and wire.modified(*left)
        changed = wire.changed(*left) if modified else []
        records.append({**record, "value": value, "modified": modified, "changed": changed})
    return records


def findings(pack, namespace, only):
    """By function, the verdict: as the grader gives it, for the same answers."""
    names = [name for name in pack.asked if name in only]
    return {
        name: verdict.finding(
            name, _records(namespace, name, pack.asked[name]), pack.expectations[name], pack.rubric[name]
        )
        for name in names
    }


def ask(space, name, sources, only, book_url):
    """Asks functions what the pack asks; returns JSON: by function the card, its points, and whether it is right.

    Args:
        space: the notebook's names.
        name: the assignment's.
        sources: JSON, by function, the text of its cell.
        only: JSON, the functions to ask.
        book_url: the book's front page, as the links of cards find it.
    """
    pack, told = packs[name], {}
    silent = io.StringIO()
    with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = mend_first(findings(pack, _space(space), json.loads(only)), json.loads(sources))
    for function, one in found.items():
        points = round(min(max(one.share, 0.0), 1.0) * pack.points[function], 4)
        card = cards.html_card(pack.rubric[function], one, points, pack.points[function], book_url)
        told[function] = {
            "card": card,
            "points": points,
            "max_points": pack.points[function],
            "verdict": one.verdict,
            "misconception": one.misconception,
        }
    return json.dumps(told)
