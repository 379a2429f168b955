"""What a question is: its cases, its reference, the wrong ideas it can tell apart."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Rng = np.random.Generator


@dataclass(frozen=True)
class Case:
    """One call of a graded function.

    Args:
        label: what is special about the case, in a few words that feedback may show.
        args: positional arguments; arrays are frozen (not writable).
        kwargs: keyword arguments.
        group: the part of the points that the case belongs to.
        terms: length of the longest sum in the answer; the tolerance grows with it.
        tolerance: largest absolute error, whatever the answer's dtype, where the rounding of sums does not bound it (a
            difference quotient); None leaves it to dtype and terms.
        kept: keyword arguments that the reference and the wrong ideas get as well, and the student's process never
            sees: the labels of a held-out set, for example.
        share: the smallest share of an answer's values that must be right, where not all must.
        dtype: the type that the answer's numbers must have ("float32"), where the text promises one; None leaves it.
    """

    label: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    group: str = "general"
    terms: int = 1
    tolerance: float | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)
    share: float = 1.0
    dtype: str | None = None

    def __post_init__(self) -> None:
        for value in (*self.args, *self.kwargs.values()):
            if isinstance(value, np.ndarray):
                value.setflags(write=False)


@dataclass(frozen=True)
class Misconception:
    """A wrong idea, written as a torch function with the reference's signature.

    Args:
        key: stable name, as reports and statistics use it.
        variant: what a student who holds the idea computes. It may raise where the idea leads nowhere.
        idea: one sentence to the student, naming the idea ("Your filter is flipped ...").
        why: one or two sentences that say why it is wrong and what to do.
        section: the label of the book's section to read.
        single: the variant in float32, where it differs by more than rounding (where it overflows).
    """

    key: str
    variant: Callable[..., Any]
    idea: str
    why: str
    section: str
    single: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Question:
    """One graded function or class.

    Args:
        name: the function's name, which is its solution cell's `grade_id`.
        reference: the torch function that knows the answer.
        cases: draws the cases from a generator; the same generator state gives the same cases.
        misconceptions: the wrong ideas that the answers can betray, most specific first.
        section: the label of the book's section that teaches the function.
        groups: share of the points of each case group; shares add up to 1.
        driver: Python source that defines `ask(student, *args, **kwargs)`, for what is not a plain call of a
            function (a class, a callback). It runs in the student's process.
        single_precision: whether float32 can answer it; a difference quotient and a training cannot.
        memory_mib: address space that the function may take beyond the warm interpreter's, where the question is how
            little it needs. It is held to it from outside, and Python raises MemoryError.
        neighbors: whether the reference is also asked with other arguments, to name what needs no author; a training or
            a whole network is too dear for it.
        kin: further wrong ideas, which are tried after `misconceptions`; the bank need not hold a program for each.
        figure: where a figure on the section's page shows a call: given its arguments by name, what an address has
            behind the page ("?play1=n4_k3#conv-playground-1"), or "" for a call that the figure cannot show.
    """

    name: str
    reference: Callable[..., Any]
    cases: Callable[[Rng], Sequence[Case]]
    misconceptions: tuple[Misconception, ...]
    section: str
    groups: Mapping[str, float] = field(default_factory=lambda: {"general": 1.0})
    driver: str | None = None
    single_precision: bool = True
    memory_mib: int | None = None
    neighbors: bool = True
    kin: tuple[Misconception, ...] = ()
    figure: Callable[..., str] | None = None

    def draw(self, seed: int) -> tuple[Case, ...]:
        """The cases that `seed` asks; they depend on the seed and on this question's name alone.

        Raises:
            ValueError: a case's group has no share, or a share has no case.
        """
        rng = np.random.default_rng([seed, zlib.crc32(self.name.encode())])
        cases = tuple(self.cases(rng))
        if {case.group for case in cases} != set(self.groups):
            raise ValueError(f"{self.name}: groups of the cases and {set(self.groups)} differ")
        return cases
