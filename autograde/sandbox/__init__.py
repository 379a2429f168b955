"""Notebook cells, inputs and limits in; plain answers or a typed failure out. The only starter of processes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NoReturn

from autograde.errors import AutogradeError, IsolationError, SandboxError
from autograde.policy import Policy
from autograde.sandbox import isolation, wire

__all__ = ["Ask", "Cell", "Ended", "Job", "Outcome", "Sandbox", "Step"]

GRACE_S = 2.0
"""How much longer than its own limit a step may take before everything is ended from outside."""
MAX_RESTARTS = 12


@dataclass(frozen=True)
class Cell:
    """A code cell to run: its place in the notebook and its text."""

    id: str
    source: str


@dataclass(frozen=True)
class Ask:
    """A function to ask: its name and the arguments of each call.

    Args:
        function: its name.
        cases: one (args, kwargs) a call.
        driver: Python source that defines `ask(student, *args, **kwargs)`, or None for a plain call.
    """

    function: str
    cases: Sequence[tuple[tuple[Any, ...], Mapping[str, Any]]]
    driver: str | None = None

    @property
    def id(self) -> str:
        """The step's id, which is its test cell's."""
        return f"test_{self.function}"


Step = Cell | Ask


@dataclass(frozen=True)
class Job:
    """What one submission's process is told.

    Args:
        steps: cells and questions, in order.
        files: what lies beside the notebook, by name.
        time_factor: how many times the policy's limits on time it may have.
    """

    steps: Sequence[Step]
    files: Mapping[str, bytes] = field(default_factory=dict)
    time_factor: float = 1.0


End = Literal["ok", "error", "timeout"]


@dataclass(frozen=True)
class Ended:
    """How a cell ended.

    Args:
        kind: "ok"; "error", which is also a process that died in it; "timeout".
        text: the error in words, "" for "ok".
    """

    kind: End
    text: str = ""


@dataclass(frozen=True)
class _Breach:
    """What ended a process before its steps were done: the step to blame ("" for none), how, and the words for it."""

    step: str
    kind: End
    why: str


@dataclass
class Outcome:
    """What came back.

    Attributes:
        answers: by function, the raw records in order ({"status", "value", "text", "modified"}).
        ended: by cell id, how it ended.
        output: by step id, printed text.
        incidents: what went wrong as a whole, in words, in order.
        spent_s: wall-clock time of the run.
    """

    answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)
    output: dict[str, str] = field(default_factory=dict)
    incidents: list[str] = field(default_factory=list)
    spent_s: float = 0.0

    def hung(self, cell_id: str) -> bool:
        """Whether a cell had no end."""
        return cell_id in self.ended and self.ended[cell_id].kind == "timeout"


def _step_message(step: Step) -> dict[str, Any]:
    if isinstance(step, Cell):
        return {"kind": "cell", "id": step.id, "source": step.source}
    cases = [{"args": tuple(args), "kwargs": dict(kwargs)} for args, kwargs in step.cases]
    return {"kind": "ask", "id": step.id, "name": step.function, "driver": step.driver, "cases": cases}


class Sandbox:
    """A warm interpreter behind a wall; each `run` is a fork of it with namespaces of its own.

    Args:
        root: the course's root; the students' Python is found from it.
        policy: limits.
        isolated: False runs without bubblewrap, with limits on processes alone.

    The interpreter warms up while the caller goes on; the first `run` waits for it.

    Raises:
        IsolationError: bubblewrap or the students' Python is missing.
    """

    def __init__(self, root: Path, policy: Policy, isolated: bool = True) -> None:
        self._policy = policy
        self._isolated = isolated
        # No resolve(): the virtual environment's python is a link, and its name is what makes it the students'.
        python = isolation.interpreter(Path(os.path.abspath(root / policy.student_python)))
        command = isolation.isolated_command(python) if isolated else isolation.plain_command(python)
        # Behind the wall /tmp is private; without a wall the notebook needs a folder of its own.
        self._folder = None if isolated else tempfile.TemporaryDirectory(prefix="autograde-")
        home = None if self._folder is None else isolation.environment(python.prefix, self._folder.name)
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=home,
                close_fds=True,
            )
        self._control.settimeout(120)
        self._replies = self._control.makefile("rb")
        self._ready = False

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the interpreter and all that it started."""
        self._replies.close()
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()
        if self._folder is not None:
            self._folder.cleanup()

    def _read_reply(self) -> bytes:
        try:
            return self._replies.readline(4096)
        except OSError:
            return b""

    def _fail(self, what: str, kind: type[AutogradeError] = SandboxError) -> NoReturn:
        self._process.kill()
        assert self._process.stderr is not None
        said = self._process.stderr.read().decode(errors="replace").strip()[-600:]
        self.close()
        raise kind(f"the sandbox {what}: {said or 'it said nothing'}; `autograde doctor` tells what this machine lacks")

    def run(self, job: Job, spent_s: float = 0.0) -> Outcome:
        """Runs the job's steps; a step that hangs or kills its process is left out of the next try.

        Args:
            job: what to run.
            spent_s: how much of the submission's time an earlier run has used up.

        Raises:
            IsolationError: isolation does not work on this machine.
            SandboxError: the sandbox itself broke.
        """
        if not self._ready and self._read_reply() != b"ready\n":
            self._fail("did not start", IsolationError)
        self._ready = True
        outcome = Outcome()
        started = time.monotonic()
        deadline = started + max(0.0, self._policy.total_timeout_s * job.time_factor - spent_s)
        self._tries(job, outcome, deadline)
        outcome.spent_s = time.monotonic() - started
        return outcome

    def _tries(self, job: Job, outcome: Outcome, deadline: float) -> None:
        skip: set[str] = set()
        for _ in range(MAX_RESTARTS):
            # A question that is answered is not asked again; cells must run anew, for later ones build on them.
            steps = [s for s in job.steps if s.id not in skip and getattr(s, "function", None) not in outcome.answers]
            if not any(isinstance(step, Ask) for step in steps):
                return
            breach = self._attempt(replace(job, steps=steps), outcome, deadline)
            if breach is None:
                return
            outcome.incidents.append(breach.why)
            if not breach.step:
                return
            skip.add(breach.step)
            blamed = next(step for step in steps if step.id == breach.step)
            if isinstance(blamed, Ask):
                outcome.answers[blamed.function] = [{"status": breach.kind, "text": breach.why}]
            else:
                outcome.ended[breach.step] = Ended(breach.kind, breach.why)
            if time.monotonic() >= deadline:
                return
        unanswered = [s.function for s in job.steps if isinstance(s, Ask) and s.function not in outcome.answers]
        if unanswered:
            outcome.incidents.append(
                f"{MAX_RESTARTS} cells ended the notebook's process, one after the other, and no further try is made"
            )

    def _attempt(self, job: Job, outcome: Outcome, deadline: float) -> _Breach | None:
        """One process. Returns None when it finished."""
        ours, theirs = socket.socketpair()
        leash_end, leash = os.pipe()
        limits = {
            "cell_timeout_s": self._policy.cell_timeout_s * job.time_factor,
            "total_timeout_s": self._policy.total_timeout_s * job.time_factor,
            "memory_mib": self._policy.memory_mib,
            "processes": self._policy.processes if self._isolated else 4096,
            "files_mib": self._policy.files_mib,
            "output_kib": self._policy.output_kib,
            "isolated": self._isolated,
            "uid": 61_000 + os.getpid() % 4000 if os.geteuid() == 0 else None,
        }
        with ours:
            with theirs:
                try:
                    socket.send_fds(self._control, [json.dumps(limits).encode()], [theirs.fileno(), leash_end])
                except OSError:
                    self._fail("is gone")
            os.close(leash_end)
            try:
                breach = self._listen(ours, job, outcome, deadline)
            finally:
                os.close(leash)
        reply = self._read_reply()
        if not reply:
            self._fail("died")
        code = json.loads(reply)["code"]
        if breach is None:
            return None
        if code == 70 and not breach.step:
            self._fail("could not isolate a submission")
        return breach if breach.why else replace(breach, why=_cause_of_death(code))

    def _listen(self, ours: socket.socket, job: Job, outcome: Outcome, deadline: float) -> _Breach | None:
        """Sends the job and takes in messages until the end, a breach or a deadline; no words: the process died."""
        known = {step.id: step for step in job.steps}
        current: str = ""
        stream = _Stream(ours)
        message = {
            "files": dict(job.files),
            "folder": None if self._folder is None else self._folder.name,
            "steps": [_step_message(s) for s in job.steps],
        }
        try:
            stream.until(min(deadline, time.monotonic() + 60))
            stream.send(wire.encode(message))
            while True:
                limit = time.monotonic() + self._policy.cell_timeout_s * job.time_factor + GRACE_S
                stream.until(min(deadline, limit))
                received = wire.receive(stream.read, self._policy.answer_mib << 20)
                if received is None:
                    return _Breach(current, "error", "")
                if not isinstance(received, dict):
                    raise wire.WireError("a message that is no table")
                if received.get("done") is True:
                    return None
                current = _take_in(received, known, outcome, current)
        except TimeoutError:
            total = time.monotonic() >= deadline
            seconds = (self._policy.total_timeout_s if total else self._policy.cell_timeout_s) * job.time_factor
            words = f"no end within {seconds:g} s" + (" for the whole notebook" if total else "")
            return _Breach(current, "timeout", words)
        except wire.WireError as error:
            return _Breach(current, "error", f"the answer could not be read: {error}")
        except OSError:
            return _Breach(current, "error", "")


class _Stream:
    """A socket with one deadline for everything that is read or written."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._deadline = 0.0

    def until(self, deadline: float) -> None:
        self._deadline = deadline

    def _arm(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)

    def send(self, data: bytes) -> None:
        self._arm()
        self._connection.sendall(data)

    def read(self, count: int) -> bytes:
        parts: list[bytes] = []
        while count > 0:
            self._arm()
            part = self._connection.recv(min(count, 1 << 20))
            if not part:
                break
            parts.append(part)
            count -= len(part)
        return b"".join(parts)


def _take_in(received: dict[str, Any], known: Mapping[str, Step], outcome: Outcome, current: str) -> str:
    """Files one message; returns the step that is under way. Steps that were not asked for are no message of ours."""
    begun = received.get("begin")
    if isinstance(begun, str) and begun in known:
        return begun
    name = received.get("id")
    if not isinstance(name, str) or name not in known:
        raise wire.WireError("a message about a step that nobody asked for")
    step = known[name]
    if isinstance(received.get("output"), str):
        outcome.output[name] = received["output"]
    if isinstance(step, Cell):
        kind, text = received.get("ended"), str(received.get("text", ""))[:2000]
        if kind not in ("ok", "error", "timeout"):
            raise wire.WireError("a cell that ended in no known way")
        outcome.ended[name] = Ended(kind, text)
    elif step.function not in outcome.answers:
        outcome.answers[step.function] = list(_records(received.get("answers"), len(step.cases)))
    return current


def _records(answers: Any, count: int) -> Iterator[dict[str, Any]]:
    if not isinstance(answers, list):
        raise wire.WireError("answers that are no list")
    for record in answers[:count]:
        if not isinstance(record, dict) or record.get("status") not in ("ok", "error", "timeout", "no_answer"):
            raise wire.WireError("an answer without a status")
        yield {
            "status": record["status"],
            "value": record.get("value"),
            "text": str(record.get("text", ""))[:2000],
            "modified": record.get("modified") is True,
        }


def _cause_of_death(code: int) -> str:
    with contextlib.suppress(ValueError):
        if code < 0:
            name = signal.Signals(-code).name
            reasons = {
                "SIGKILL": "it used up its processor time or memory",
                "SIGSEGV": "it crashed (segmentation fault)",
            }
            return f"the process died: {reasons.get(name, name)}"
    return "the process left before it answered (did the code call exit?)"
