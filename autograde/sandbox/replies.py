"""Messages to and from a submission's process: what is sent, and how what comes back is read as hostile."""

from __future__ import annotations

import contextlib
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from typing import Any

from autograde.sandbox import wire
from autograde.sandbox.job import Ask, Cell, Ended, Outcome, Step


def step_message(step: Step) -> dict[str, Any]:
    """A step as it is sent; source texts go as bytes, which have no largest length on the wire."""
    if isinstance(step, Cell):
        return {"kind": "cell", "id": step.id, "source": step.source.encode("utf-8", "replace")}
    cases = [{"args": tuple(args), "kwargs": dict(kwargs)} for args, kwargs in step.cases]
    driver = None if step.driver is None else step.driver.encode()
    return {"kind": "ask", "id": step.id, "name": step.function, "driver": driver, "cases": cases}


class Stream:
    """A socket with one deadline for everything that is read or written."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._deadline = 0.0

    def until(self, deadline: float) -> None:
        """Sets the deadline, in `time.monotonic`'s seconds."""
        self._deadline = deadline

    def _arm(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)

    def send(self, data: bytes) -> None:
        """Sends all of it, or raises TimeoutError."""
        self._arm()
        self._connection.sendall(data)

    def read(self, count: int) -> bytes:
        """So many bytes, or fewer at the end of the stream; raises TimeoutError."""
        parts: list[bytes] = []
        while count > 0:
            self._arm()
            part = self._connection.recv(min(count, 1 << 20))
            if not part:
                break
            parts.append(part)
            count -= len(part)
        return b"".join(parts)


def take_in(
    received: dict[str, Any], known: Mapping[str, Step], outcome: Outcome, current: str, output_limit: int
) -> str:
    """Files one message; returns the step that is under way. Steps that were not asked for are no message of ours."""
    begun = received.get("begin")
    if isinstance(begun, str) and begun in known:
        return begun
    name = received.get("id")
    if not isinstance(name, str) or name not in known:
        raise wire.WireError("a message about a step that nobody asked for")
    step = known[name]
    output = received.get("output")
    if isinstance(output, bytes):
        outcome.output[name] = output[: 4 * output_limit].decode("utf-8", "replace")[:output_limit]
    if isinstance(step, Cell):
        kind, text = received.get("ended"), str(received.get("text", ""))[:2000]
        if kind not in ("ok", "error", "timeout"):
            raise wire.WireError("a cell that ended in no known way")
        outcome.ended[name] = Ended(kind, text)
    elif step.function not in outcome.answers:
        outcome.answers[step.function] = list(_records(received.get("answers"), step))
    return current


def _records(answers: Any, step: Ask) -> Iterator[dict[str, Any]]:
    if not isinstance(answers, list):
        raise wire.WireError("answers that are no list")
    for record, (args, kwargs) in zip(answers, step.cases, strict=False):
        if not isinstance(record, dict) or record.get("status") not in ("ok", "error", "timeout", "no_answer"):
            raise wire.WireError("an answer without a status")
        modified = record["status"] == "ok" and wire.modified(record.get("inputs"), args, kwargs)
        yield {
            "status": record["status"],
            "value": record.get("value"),
            "text": str(record.get("text", ""))[:2000],
            "modified": modified,
            "changed": wire.changed(record.get("inputs"), args, kwargs) if modified else [],
        }


def cause_of_death(code: int) -> str:
    """Why a process ended before its work was done, in words."""
    with contextlib.suppress(ValueError):
        if code < 0:
            name = signal.Signals(-code).name
            reasons = {
                "SIGKILL": "it used up its processor time or memory",
                "SIGSEGV": "it crashed (segmentation fault)",
            }
            return f"the process died: {reasons.get(name, name)}"
    return "the process left before it answered (did the code call exit?)"
