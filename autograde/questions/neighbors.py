"""Wrong ideas that need no author: an argument taken for another value, and two ideas held at once.

A student who forgets eps, turns the bias's sign, or reads a pair in the other order answers what the reference itself
answers for other arguments, or for two of them exchanged. So the reference computes it, and one table says it in words.
"""

from __future__ import annotations

import inspect
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograde.questions.model import Misconception, Question

Arguments = dict[str, Any]
Change = Callable[[Arguments], Any]
MAX_PAIRS = 32
"""Pairs of ideas that are tried for one question; each costs a call of the reference a case."""
SEPARATOR = "+"
"""Between the keys of two ideas that are held at once."""


class UnchangedError(Exception):
    """The change leaves these arguments as they are, so the answer is the reference's."""


def changed(function: Callable[..., Any], **changes: Change) -> Callable[..., Any]:
    """`function` with some arguments replaced by what `changes` make of all the arguments.

    What is made so can be combined with what else is made so: see `together`.
    """
    signature = inspect.signature(function)

    def variant(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return function(**{**bound.arguments, **{name: make(bound.arguments) for name, make in changes.items()}})

    variant.changes = {"function": function, "made": changes}  # type: ignore[attr-defined]
    return variant


def _neighbor(function: Callable[..., Any], name: str, change: Change) -> Callable[..., Any]:
    """`changed` for one argument; raises UnchangedError in place of calling the function for nothing."""

    def made(arguments: Arguments) -> Any:
        before, after = arguments[name], change(arguments)
        if after is before or (
            type(after) is type(before) and isinstance(after, (int, float, str, tuple)) and after == before
        ):
            raise UnchangedError
        return after

    return changed(function, **{name: made})


def together(question: Question) -> Iterator[Misconception]:
    """Two of a question's ideas at once, where each is a change of other arguments of one function."""
    ideas = [idea for idea in (*question.misconceptions, *question.kin) if getattr(idea.variant, "changes", None)]
    for one, other in itertools.islice(_pairs(ideas), MAX_PAIRS):
        first, second = (getattr(idea.variant, "changes") for idea in (one, other))  # noqa: B009
        yield Misconception(
            f"{one.key}{SEPARATOR}{other.key}",
            changed(first["function"], **first["made"], **second["made"]),
            f"Two things at once: {one.idea} And: {other.idea}",
            f"{one.why} {other.why}",
            one.section,
        )


def _pairs(ideas: list[Misconception]) -> Iterator[tuple[Misconception, Misconception]]:
    """Pairs that change other arguments of one function: first those of the first ideas on their arguments."""
    seen: Counter[frozenset[str]] = Counter()
    rank = {}
    for idea in ideas:
        arguments = frozenset(getattr(idea.variant, "changes")["made"])  # noqa: B009
        rank[idea.key] = seen[arguments]
        seen[arguments] += 1
    pairs = itertools.combinations(ideas, 2)
    for one, other in sorted(pairs, key=lambda pair: rank[pair[0].key] + rank[pair[1].key]):
        first, second = (getattr(idea.variant, "changes") for idea in (one, other))  # noqa: B009
        if first["function"] is second["function"] and not set(first["made"]) & set(second["made"]):
            yield one, other


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(type(item) is int for item in value)


def _of_pair(name: str, order: tuple[int, int]) -> Change:
    return lambda a: tuple(a[name][i] for i in order) if _is_pair(a[name]) else a[name]


def _in_words(name: str, values: list[Any], parameter: inspect.Parameter) -> Iterator[tuple[str, Change, str, str]]:
    """Other values for one argument: a word for the key, the change, the idea, and what to do."""
    default = parameter.default
    if any(isinstance(value, np.ndarray) and value.dtype.kind == "f" for value in values):
        yield (
            "sign",
            lambda a: -a[name] if hasattr(a[name], "dtype") else a[name],
            f"Your answer is what `{name}` with the other sign would give.",
            f"Look at every place where `{name}` comes in: is there a minus for a plus?",
        )
        yield (
            "zero",
            lambda a: 0 * a[name] if hasattr(a[name], "dtype") else a[name],
            f"Your answer is what zeros in place of `{name}` would give.",
            f"`{name}` does not reach your answer: where does it come in, and is what it makes used?",
        )
    if any(map(_is_pair, values)):
        words = {"swapped": (1, 0), "first": (0, 0), "second": (1, 1)}
        said = {
            "swapped": f"Your answer is what `{name}` with its two numbers exchanged would give.",
            "first": f"Your answer is what the first number of `{name}` for both axes would give.",
            "second": f"Your answer is what the second number of `{name}` for both axes would give.",
        }
        for word, order in words.items():
            why = f"`{name}` is (row, column): its first number belongs to the rows, its second to the columns."
            yield word, _of_pair(name, order), said[word], why
    if any(isinstance(value, float) and value for value in values):
        yield (
            "zero",
            lambda a: 0.0,
            f"Your answer is what `{name}` = 0 would give.",
            f"`{name}` does not reach your answer, or not everywhere where it should.",
        )
    if any(type(value) is bool for value in values):
        yield (
            "other way",
            lambda a: not a[name],
            f"Your answer is what the other value of `{name}` would give.",
            f"Which of your branches belongs to `{name}` = True?",
        )
    if default is not inspect.Parameter.empty and any(_unlike(value, default) for value in values):
        yield (
            "left out",
            lambda a: default,
            f"Your answer is what `{name}` = {default!r} would give, whatever is given.",
            f"`{name}` may be left out, and then it is {default!r}; use what was given.",
        )


def _jointly(question: Question, calls: list[Arguments]) -> Iterator[Misconception]:
    """All pairs read from their first number, and two arguments of one sort exchanged."""
    pairs = [name for name in calls[0] if any(_is_pair(call[name]) for call in calls)]
    some = [two for two in itertools.combinations(pairs, 2) if len(pairs) > 2]
    for several in [pairs] * (len(pairs) > 1) + [list(two) for two in some]:
        which = "every pair" if several is pairs else " and of ".join(f"`{name}`" for name in several)
        yield Misconception(
            "pairs: first" if several is pairs else f"{' and '.join(several)}: first",
            changed(question.reference, **{name: _of_pair(name, (0, 0)) for name in several}),
            f"Your answer is what the first number of {which} for both axes would give.",
            "A pair is (row, column): its first number belongs to the rows, its second to the columns.",
            question.section,
        )
    for one, other in itertools.combinations(calls[0], 2):
        if any(_alike(call[one], call[other]) for call in calls):
            yield Misconception(
                f"{one}: {other}",
                changed(question.reference, **{one: _exchanged(one, other), other: _exchanged(other, one)}),
                f"Your answer is what `{one}` and `{other}` exchanged would give.",
                f"See where `{one}` comes in, and where `{other}`: in which order are they passed on?",
                question.section,
            )


def _exchanged(one: str, other: str) -> Change:
    """The other argument in place of one."""

    def made(arguments: Arguments) -> Any:
        if not _alike(arguments[one], arguments[other]):
            raise UnchangedError
        return arguments[other]

    return made


def _alike(one: Any, other: Any) -> bool:
    """Whether two values of a call are of one sort, and not the same: numbers of pixels, or arrays of one shape."""
    if hasattr(one, "dtype") and hasattr(other, "dtype"):
        return bool(one.dtype == other.dtype and one.shape == other.shape)
    sizes = all(type(value) is int or _is_pair(value) for value in (one, other))
    return sizes and (one if _is_pair(one) else (one, one)) != (other if _is_pair(other) else (other, other))


def _unlike(value: Any, default: Any) -> bool:
    return isinstance(value, np.ndarray) or type(value) is not type(default) or bool(value != default)


def neighbors(question: Question) -> tuple[Misconception, ...]:
    """A question's kin, and for a function that is called plainly the ideas that need no author.

    Args:
        question: what is asked; its first cases tell what its arguments are.
    """
    return (*question.kin, *_unauthored(question))


def _unauthored(question: Question) -> tuple[Misconception, ...]:
    if question.driver is not None or not question.neighbors:
        return ()
    try:
        signature = inspect.signature(question.reference)
    except ValueError:  # a function of torch's own
        return ()
    calls = []
    for case in question.draw(0):
        bound = signature.bind(*case.args, **case.kwargs, **case.kept)
        bound.apply_defaults()
        calls.append(bound.arguments)
    alone = tuple(
        Misconception(f"{name}: {word}", _neighbor(question.reference, name, change), idea, why, question.section)
        for name, parameter in signature.parameters.items()
        for word, change, idea, why in _in_words(name, [call[name] for call in calls], parameter)
    )
    return (*alone, *_jointly(question, calls), *together(question))
