"""What is asked and expected, what came back, and what is found of it: plain data, without a judgment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

VERDICTS = (
    "correct",
    "wrong_value",
    "wrong_shape",
    "wrong_dtype",
    "non_finite",
    "modified_input",
    "error",
    "timeout",
    "no_answer",
)
SHOWN_AT_HOME = ("wrong_value", "wrong_shape", "non_finite", "error")
"""What a small case shows; a type, or a changed input, is told in words."""
SAFETY = 8.0
"""Factor over eps * terms * scale; a sum in any order, or through an FFT, stays below it."""


@dataclass(frozen=True)
class Slack:
    """How large an error is no error.

    Args:
        terms: length of the longest sum.
        absolute: the largest error, where it is given; otherwise it follows from dtype and terms.
        plain: the precision of a plain number; a float beside arrays of float32 was worked out as they were.
        share: the smallest share of an array's values that must be right.
    """

    terms: int = 1
    absolute: float | None = None
    plain: type[np.floating] = np.float64
    share: float = 1.0

    def limit(self, dtype: np.dtype, scale: float) -> float:
        """Largest error that rounding explains: SAFETY * eps(dtype) * terms * scale, sqrt(eps) * scale at most.

        Half of a number's digits are never rounding's: a longer sum would forgive whole wrong ideas in float32.
        """
        if self.absolute is not None:
            return self.absolute
        eps = float(np.finfo(dtype if dtype.kind == "f" else np.float64).eps)
        return min(SAFETY * eps * max(self.terms, 4), eps**0.5) * scale


@dataclass(frozen=True)
class Expectation:
    """What one case should give.

    Args:
        label: what is special about the case.
        asked: the call in words and shapes, without the inputs' values.
        group: part of the points.
        terms: length of the longest sum.
        value: the reference's answer.
        variants: by misconception key, what a student who holds it would answer (absent where it leads nowhere).
        tolerance: largest absolute error, where dtype and terms do not tell it.
        singles: as variants, for ideas whose answer in float32 is another one (what overflows there).
        share: the smallest share of an array's values that must be right, 1 for all.
        dtype: the type that the answer's numbers must have, where the text promises one.
        fails: keys of the misconceptions with an author that lead nowhere here: to an error.
        names: of the arguments, in order.
        traits: what is special about the arguments, in words, by how much they tell.
    """

    label: str
    asked: str
    group: str
    terms: int
    value: Any
    variants: Mapping[str, Any] = field(default_factory=dict)
    tolerance: float | None = None
    singles: Mapping[str, Any] = field(default_factory=dict)
    share: float = 1.0
    dtype: str | None = None
    fails: Sequence[str] = ()
    names: Sequence[str] = ()
    traits: Sequence[Sequence[str]] = ()

    @property
    def slack(self) -> Slack:
        """What the case forgives."""
        return Slack(self.terms, self.tolerance, share=self.share)


@dataclass(frozen=True)
class Answer:
    """What came back for one case.

    Args:
        status: "ok", "error", "timeout" or "no_answer".
        value: the plain value, for "ok".
        text: the error in words, for the others.
        modified: whether the call changed its inputs.
        changed: the places of the inputs that it changed, where that is known: an argument's place or name, and the
            keys and indices within it.
    """

    status: str
    value: Any = None
    text: str = ""
    modified: bool = False
    changed: Sequence[Sequence[int | str]] = ()


@dataclass(frozen=True)
class Finding:
    """The verdict on one function.

    Args:
        function: its name.
        verdict: one of `VERDICTS`.
        share: the part of the points earned, from 0 to 1.
        message: one or two sentences to the student.
        label: the first failing case, in words ("" when all are right).
        asked: that case's call in shapes.
        misconception: key of the idea that explains the answers, or None.
        mask: a small picture of where the first failing answer differs.
        passed: number of right answers.
        total: number of cases.
        mend_first: functions that this one uses and that are wrong too.
        likely: key of an idea that explains many of the answers, where none explains all, or None.
        relation: what the message says in a tutor's words of the failing answer that it shows, and which of its parts
            are right, or "".
        parted: what is special about the arguments of all wrong cases and of no right one, or ""; none where an idea is
            named.
    """

    function: str
    verdict: str
    share: float
    message: str
    label: str = ""
    asked: str = ""
    misconception: str | None = None
    mask: np.ndarray | None = None
    passed: int = 0
    total: int = 0
    mend_first: tuple[str, ...] = ()
    likely: str | None = None
    relation: str = ""
    parted: str = ""


@dataclass(frozen=True)
class SmallCase:
    """A call in small whole numbers to try at home, drawn from a seed that everybody may know.

    Args:
        args: positional arguments.
        kwargs: keyword arguments.
        names: what the positional arguments are called.
        expectation: what the call should give; without ideas' answers.
        figure: where a figure of the book shows this very call, relative to the book's front page, or "".
    """

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    names: tuple[str, ...]
    expectation: Expectation
    figure: str = ""

    @property
    def label(self) -> str:
        """What is special about the case, as the exam's case of the same label has it."""
        return self.expectation.label


@dataclass(frozen=True)
class Tried:
    """A small case that a function gets wrong, and what it answered.

    Args:
        case: the call.
        value: the answer where it is one array or several, and small, otherwise None.
        text: any other answer, or the error, in words.
    """

    case: SmallCase
    value: Any = None
    text: str = ""
