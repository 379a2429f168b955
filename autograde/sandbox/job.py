"""What one submission's process is told, and what came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


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
        memory_mib: address space beyond the warm interpreter's, where the function may use less than the policy grants.
            It is asked in a process of its own then, whose limit was set before any of the student's code ran.
    """

    function: str
    cases: Sequence[tuple[tuple[Any, ...], Mapping[str, Any]]]
    driver: str | None = None
    memory_mib: int | None = None

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
class Breach:
    """What ended a process before its steps were done: the step to blame ("" for none), how, and the words for it."""

    step: str
    kind: End
    why: str


@dataclass
class Outcome:
    """What came back.

    Attributes:
        answers: by function, the raw records in order ({"status", "value", "text", "modified", "changed"}).
        ended: by cell id, how it ended.
        output: by step id, printed text.
        left_out: ids of the cells that ended their process, or hung it, and were left out of further tries.
        incidents: what went wrong as a whole, in words, in order.
        spent_s: wall-clock time of the run.
    """

    answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)
    output: dict[str, str] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    incidents: list[str] = field(default_factory=list)
    spent_s: float = 0.0

    def hung(self, cell_id: str) -> bool:
        """Whether a cell had no end."""
        return cell_id in self.ended and self.ended[cell_id].kind == "timeout"
