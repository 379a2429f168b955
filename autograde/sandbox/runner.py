"""Runs one notebook's cells and asks its functions, inside the wall, as the last privilege has gone.

Nothing here is trusted by the grader: a student's code shares this process and may do to it as it likes. All that
it can win is the right to send other bytes, and only right answers earn points.
"""

import contextlib
import io
import os
import signal
import sys
import warnings

import asking
import wire

shell = None


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


def _answers(question, seconds):
    driver = None if question["driver"] is None else question["driver"].decode()
    asked = asking.answers(shell.user_ns, question["name"], driver, question["cases"])
    records = []
    try:
        with _time_limit(seconds):
            for record in asked:
                records.append(record)
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
    return {"ended": "error", "text": asking.explain(error)}


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
