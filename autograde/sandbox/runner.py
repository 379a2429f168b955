"""Runs one notebook's cells and asks its functions, inside the wall, as the last privilege has gone.

Nothing here is trusted by the grader: a student's code shares this process and may do to it as it likes. All that
it can win is the right to send other bytes, and only right answers earn points.
"""

import ast
import contextlib
import inspect
import io
import os
import signal
import sys
import textwrap
import traceback
import warnings

import wire

shell = None
CELL = "<ipython-input-"
"""How the file names of cells begin."""


class OutOfTime(BaseException):
    """Raised in the student's code when a cell or a function has used up its time."""


class Capture(io.TextIOBase):
    """A text stream that keeps its first characters."""

    def __init__(self, limit):
        """Keeps at most `limit` characters."""
        self.limit = limit
        self.parts = []
        self.size = 0

    def writable(self):
        """Streams of prints are written to."""
        return True

    def write(self, text):
        """Keeps what still fits; returns the length of all of it, as streams do."""
        text = str(text)
        kept = text[: max(0, self.limit - self.size)]
        if kept:
            self.parts.append(kept)
            self.size += len(kept)
        return len(text)

    def take(self):
        """What was kept, as bytes, and an empty stream afterwards."""
        text = "".join(self.parts)
        self.parts, self.size = [], 0
        return text.encode("utf-8", "replace")


def warm_up():
    """Builds the IPython shell in which every submission runs; forks inherit it."""
    global shell
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    HistoryManager.enabled = False
    config = Config()
    config.InteractiveShell.colors = "NoColor"
    config.InteractiveShell.xmode = "Plain"
    config.InteractiveShell.autocall = 0
    shell = InteractiveShell.instance(config=config)
    shell.enable_gui = lambda gui=None: None
    shell.run_cell("None", silent=True)
    shell.reset(new_session=False)


def _out_of_time(number, frame):
    raise OutOfTime


@contextlib.contextmanager
def _time_limit(seconds):
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _explain(error):
    """The error and the student's line that led to it: the deepest frame in a cell, none of NumPy's or the grader's."""
    name, text = type(error).__name__, str(error)[:500]
    if isinstance(error, SyntaxError) and error.lineno is not None:
        return f"{name}: {error.msg} (line {error.lineno}: {(error.text or '').strip()[:120]})"
    if isinstance(error, ModuleNotFoundError):
        text += "; here is no more to import than numpy, matplotlib and what comes with Python"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if CELL in frame.filename]
    where = f" (line {frames[-1].lineno}: {(frames[-1].line or '').strip()[:120]})" if frames else ""
    return f"{name}: {text}{where}"


def _not_written(function, error):
    """What to say where a stub's `raise` was reached: nothing is written yet, or the line was left below what is."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if CELL in frame.filename]
    with contextlib.suppress(OSError, TypeError, SyntaxError):  # a function without a source is told as before
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
        own = [one for one in tree.body if not isinstance(one, (ast.Raise, ast.Pass))]
        finished = [one for one in own if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
        if isinstance(tree, ast.FunctionDef) and finished and frames:
            line = f"line {frames[-1].lineno}: {frames[-1].line}"
            return (
                f"your function reaches `raise NotImplementedError` ({line}); delete that line if your code is complete"
            )
    return "the function raises NotImplementedError: it is not written yet"


def _copy(value):
    """An independent copy of a case's plain data, which the student's code may write to."""
    header_and_body = wire.encode(value)
    sizes = wire._LENGTH.unpack(header_and_body[:8])
    return wire.decode(header_and_body[8 : 8 + sizes[0]], header_and_body[8 + sizes[0] :])


def _call(function, ask, case):
    args, kwargs = _copy(case["args"]), _copy(case["kwargs"])
    try:
        value = function(*args, **kwargs) if ask is None else ask(function, *args, **kwargs)
    except NotImplementedError as error:
        return {"status": "no_answer", "text": _not_written(function, error)}
    except (Exception, SystemExit, KeyboardInterrupt, GeneratorExit) as error:  # noqa: BLE001  (whatever a student raises)
        return {"status": "error", "text": _explain(error)}
    # What the call has left of its inputs is compared outside: a verdict of this process would be the student's own.
    left = wire.encode([args, kwargs]) if wire.can_change([*args, *kwargs.values()]) else None
    return {"status": "ok", "value": value, "inputs": left}


def _answers(question, seconds):
    namespace = shell.user_ns
    name = question["name"]
    if name not in namespace:
        return [{"status": "no_answer", "text": f"the notebook defines no {name}"}]
    ask = None
    if question["driver"] is not None:
        driver = {}
        exec(compile(question["driver"].decode(), "<driver>", "exec"), driver)
        ask = driver["ask"]
    records = []
    try:
        with _time_limit(seconds):
            for case in question["cases"]:
                records.append(_call(namespace[name], ask, case))
    except OutOfTime:
        records.append({"status": "timeout", "text": f"no answer within {seconds:g} s"})
    return records


def _run_cell(source, seconds):
    """How a cell ended ("ok", "error" or "timeout"), and the error in words."""
    try:
        with _time_limit(seconds):
            result = shell.run_cell(source, store_history=False)
    except OutOfTime as error:
        return _end(error, seconds)
    return _end(result.error_before_exec or result.error_in_exec, seconds)


def _end(error, seconds):
    if error is None:
        return {"ended": "ok", "text": ""}
    if isinstance(error, OutOfTime):
        return {"ended": "timeout", "text": f"no end within {seconds:g} s"}
    return {"ended": "error", "text": _explain(error)}


def _write_files(files):
    for name, content in files.items():
        with open(os.path.basename(name), "wb") as file:
            file.write(content)


def run(connection, limits):
    """Reads one job, runs its steps in order, sends a message after each.

    Args:
        connection: the job's socket.
        limits: "cell_timeout_s" and "output_kib".
    """
    stream = connection.makefile("rb")
    job = wire.receive(stream.read, 1 << 30)
    if limits["isolated"]:
        os.chdir("/tmp/home")
    else:
        os.chdir(job["folder"])
    sys.path.insert(0, os.getcwd())
    _write_files(job["files"])
    warnings.resetwarnings()
    captured = Capture(limits["output_kib"] * 1024)
    sys.stdout = sys.stderr = captured
    seconds = limits["cell_timeout_s"]
    for step in job["steps"]:
        connection.sendall(wire.encode({"begin": step["id"]}))
        if step["kind"] == "cell":
            message = {"id": step["id"], **_run_cell(step["source"].decode(), seconds), "output": captured.take()}
        else:
            message = {"id": step["id"], "answers": _answers(step, seconds), "output": captured.take()}
        connection.sendall(wire.encode(message))
    connection.sendall(wire.encode({"done": True}))
