"""From what a function answered to the verdict on it, by whoever asked: the sandbox, or the reader's browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from autograde.exam import checker
from autograde.exam.findings import Answer, Expectation, Finding, SmallCase, Tried
from autograde.exam.rubric import Rubric
from autograde.text import one_line


def finding(
    function: str, records: Sequence[Mapping[str, Any]], expectations: Sequence[Expectation], rubric: Rubric
) -> Finding:
    """The verdict on one function.

    Args:
        function: its name.
        records: what came back for its cases, in order ({"status", "value", "text", "modified", "changed"}).
        expectations: what each case should give.
        rubric: how the answers are weighed and told.
    """
    found = checker.check(function, _answers(records), expectations, rubric.groups, rubric.keys)
    return replace(found, message=one_line(found.message))  # it may repeat a student's words


def at_home(found: Finding, records: Sequence[Mapping[str, Any]], cases: Sequence[SmallCase]) -> Tried | None:
    """The small case to try at home with a wrong function; see `checker.at_home`."""
    return checker.at_home(found, cases, _answers(records))


def _answers(records: Sequence[Mapping[str, Any]]) -> list[Answer]:
    return [
        Answer(r["status"], r.get("value"), r.get("text", ""), r.get("modified", False), r.get("changed", ()))
        for r in records
    ]
