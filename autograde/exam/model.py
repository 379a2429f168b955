"""An exam as plain data: whoever has it grades with NumPy alone, on a cluster's worker or anywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from autograde.course.assignment import Assignment
from autograde.exam.findings import Expectation, SmallCase
from autograde.exam.rubric import Rubric
from autograde.sandbox import Ask


@dataclass(frozen=True)
class Exam:
    """All that grading one assignment needs, computed once for a class.

    Args:
        assignment: cells and points.
        seed: what the inputs were drawn from.
        device: where the references were computed.
        asks: what each function is asked.
        expectations: what each function should answer, with each misconception's answer.
        rubric: by function, how answers are weighed and told.
        files: what lies beside the notebook, by name.
        small: by function, small cases that a wrong function is asked for its feedback, the smallest first.
    """

    assignment: Assignment
    seed: int
    device: str
    asks: Mapping[str, Ask]
    expectations: Mapping[str, tuple[Expectation, ...]]
    rubric: Mapping[str, Rubric]
    files: Mapping[str, bytes]
    small: Mapping[str, tuple[SmallCase, ...]] = field(default_factory=dict)
