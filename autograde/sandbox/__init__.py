"""Notebook cells, inputs and limits in; plain answers or a typed failure out. The only starter of processes."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from autograde.errors import AutogradeError, IsolationError, SandboxError
from autograde.policy import Policy
from autograde.sandbox import control_groups, isolation, user_ids, wire
from autograde.sandbox.job import Ask, Breach, Cell, Ended, Job, Outcome, Step
from autograde.sandbox.replies import Stream, cause_of_death, step_message, take_in

__all__ = ["Ask", "Cell", "Ended", "Job", "Outcome", "Sandbox", "Step"]

GRACE_S = 2.0
"""How much longer than its own limit a step may take before everything is ended from outside."""
MAX_RESTARTS = 12
OWN_MIB, OWN_PROCESSES = 256, 8
"""What the warm interpreter and bubblewrap take themselves of a control group."""


class Sandbox:
    """A warm interpreter behind a wall; each `run` is a fork of it with namespaces of its own.

    Args:
        root: the course's root; the students' Python is found from it.
        policy: limits.
        isolated: False runs without bubblewrap, with limits on processes alone.
        lean: the interpreter is warm sooner and has no matplotlib; a submission that imports it waits for it.

    The interpreter warms up while the caller goes on; the first `run` waits for it.

    Raises:
        IsolationError: bubblewrap or the students' Python is missing.
    """

    def __init__(self, root: Path, policy: Policy, isolated: bool = True, lean: bool = False) -> None:
        self._policy = policy
        self._isolated = isolated
        # No resolve(): the virtual environment's python is a link, and its name is what makes it the students'.
        python = isolation.interpreter(Path(os.path.abspath(root / policy.student_python)))
        command = (isolation.isolated_command if isolated else isolation.plain_command)(python, lean)
        self._command = command
        # Behind the wall /tmp is private; without a wall the notebook needs a folder of its own.
        self._folder = None if isolated else tempfile.TemporaryDirectory(prefix="autograde-")
        self._home = None if self._folder is None else isolation.environment(python.prefix, self._folder.name)
        self._group = contextlib.ExitStack()
        if isolated:
            room = policy.memory_mib + policy.files_mib + OWN_MIB
            entries = self._group.enter_context(control_groups.group(room, policy.processes + OWN_PROCESSES))
            self._command = control_groups.entering(entries, command)
        self._start()

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                self._command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=self._home,
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
        self._end()
        self._group.close()
        if self._folder is not None:
            self._folder.cleanup()

    def _end(self) -> None:
        self._replies.close()
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()

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

    def _await_start(self) -> None:
        if not self._ready and self._read_reply() != b"ready\n":
            self._fail("did not start", IsolationError)
        self._ready = True

    def run(self, job: Job, spent_s: float = 0.0) -> Outcome:
        """Runs the job's steps; a step that hangs or kills its process is left out of the next try.

        Args:
            job: what to run.
            spent_s: how much of the submission's time an earlier run has used up.

        Raises:
            IsolationError: isolation does not work on this machine.
            SandboxError: the sandbox itself broke.
        """
        self._await_start()
        outcome = Outcome()
        started = time.monotonic()
        deadline = started + max(0.0, self._policy.total_timeout_s * job.time_factor - spent_s)
        ordinary = [step for step in job.steps if not (isinstance(step, Ask) and step.memory_mib)]
        self._tries(replace(job, steps=ordinary), outcome, deadline)
        for place, step in enumerate(job.steps):
            if isinstance(step, Ask) and step.memory_mib:
                self._ask_apart(job, place, outcome, deadline)
        outcome.spent_s = time.monotonic() - started
        return outcome

    def _ask_apart(self, job: Job, place: int, outcome: Outcome, deadline: float) -> None:
        """Asks one function in a process of its own, after the cells above it."""
        above = [step for step in job.steps[:place] if isinstance(step, Cell) and step.id not in outcome.left_out]
        apart = Outcome()
        self._tries(replace(job, steps=[*above, job.steps[place]]), apart, deadline)
        outcome.answers.update(apart.answers)
        outcome.ended = {**apart.ended, **outcome.ended}
        outcome.output = {**apart.output, **outcome.output}
        if not apart.answers:
            outcome.incidents += apart.incidents

    def _tries(self, job: Job, outcome: Outcome, deadline: float) -> None:
        skip: set[str] = set()
        for turn in range(MAX_RESTARTS):
            # A question that is answered is not asked again; cells must run anew, for later ones build on them.
            steps = [s for s in job.steps if s.id not in skip and getattr(s, "function", None) not in outcome.answers]
            if turn and not any(isinstance(step, Ask) for step in steps):
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
                outcome.left_out.add(breach.step)
            if time.monotonic() >= deadline:
                return
        unanswered = [s.function for s in job.steps if isinstance(s, Ask) and s.function not in outcome.answers]
        if unanswered:
            outcome.incidents.append(
                f"{MAX_RESTARTS} cells ended the notebook's process, one after the other, and no further try is made"
            )

    def _limits(self, job: Job, uid: int | None) -> dict[str, Any]:
        """What the submission's process may use."""
        policy = self._policy
        return {
            "cell_timeout_s": policy.cell_timeout_s * job.time_factor,
            "total_timeout_s": policy.total_timeout_s * job.time_factor,
            "memory_mib": policy.memory_mib,
            "extra_mib": next((step.memory_mib for step in job.steps if isinstance(step, Ask)), None),
            "processes": policy.processes if self._isolated else 4096,
            "files_mib": policy.files_mib,
            "output_kib": policy.output_kib,
            "isolated": self._isolated,
            "uid": uid,
        }

    def _attempt(self, job: Job, outcome: Outcome, deadline: float) -> Breach | None:
        """One process. Returns None when it finished."""
        ours, theirs = socket.socketpair()
        leash_end, leash = os.pipe()
        as_root = self._isolated and os.geteuid() == 0
        with ours, user_ids.reserved() if as_root else contextlib.nullcontext() as uid:
            with theirs:
                message = json.dumps(self._limits(job, uid)).encode()
                try:
                    socket.send_fds(self._control, [message], [theirs.fileno(), leash_end])
                except OSError:
                    self._fail("is gone")
            os.close(leash_end)
            try:
                breach = self._listen(ours, job, outcome, deadline)
            finally:
                os.close(leash)
            reply = self._read_reply()
        if not reply:
            return self._died(breach)
        code = json.loads(reply)["code"]
        if breach is None:
            return None
        if code == 70 and not breach.step:
            self._fail("could not isolate a submission")
        return breach if breach.why else replace(breach, why=cause_of_death(code))

    def _died(self, breach: Breach | None) -> Breach | None:
        """Starts anew where a submission took the memory of all and the kernel chose the interpreter as its victim."""
        if breach is None or not breach.step:
            self._fail("died")
        self._end()
        self._start()
        self._await_start()
        return replace(breach, why=breach.why or "the process died: all its processes together used up their memory")

    def _listen(self, ours: socket.socket, job: Job, outcome: Outcome, deadline: float) -> Breach | None:
        """Sends the job and takes in messages until the end, a breach or a deadline; no words: the process died."""
        known = {step.id: step for step in job.steps}
        current: str = ""
        stream = Stream(ours)
        message = {
            "files": dict(job.files),
            "folder": None if self._folder is None else self._folder.name,
            "steps": [step_message(s) for s in job.steps],
        }
        try:
            stream.until(min(deadline, time.monotonic() + 60))
            sent = wire.encode(message)
            stream.send(sent)
            most = (self._policy.answer_mib << 20) + len(sent)  # the inputs come back with the answers
            while True:
                limit = time.monotonic() + self._policy.cell_timeout_s * job.time_factor + GRACE_S
                stream.until(min(deadline, limit))
                received = wire.receive(stream.read, most)
                if received is None:
                    return Breach(current, "error", "")
                if not isinstance(received, dict):
                    raise wire.WireError("a message that is no table")
                if received.get("done") is True:
                    return None
                current = take_in(received, known, outcome, current, self._policy.output_kib << 10)
        except TimeoutError:
            total = time.monotonic() >= deadline
            seconds = (self._policy.total_timeout_s if total else self._policy.cell_timeout_s) * job.time_factor
            words = f"no end within {seconds:g} s" + (" for the whole notebook" if total else "")
            return Breach(current, "timeout", words)
        except wire.WireError as error:
            return Breach(current, "error", f"the answer could not be read: {error}")
        except OSError:
            return Breach(current, "error", "")
