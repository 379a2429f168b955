"""Small cases to try at home: what a question asks, in small whole numbers, drawn from a seed that everybody may know.

An exam's inputs stay out of feedback. These stand in for them: the same settings, other numbers, and arrays that are
cropped as far as the reference still has an answer.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from autograde.exam.findings import Expectation, SmallCase
from autograde.exam.practice import SEED
from autograde.questions.model import Case, Question

MOST, MOST_IN_ALL = 60, 100
"""Numbers that somebody still looks at: of an array, of a call and its answer."""
MOST_TEXT = 240
"""Characters of what else is given in a call."""
LEAST = (2, 3)
"""Sizes down to which axes are cropped, for one small case each; no 1, which would hide what an axis is."""
DRAWS = 3
LARGE = 50
"""Numbers beyond it are what a case is about, and are rounded alone."""
NOWHERE = (RuntimeError, ValueError, IndexError, KeyError, TypeError, ZeroDivisionError)
"""In what a reference ends that has no answer."""

Arguments = dict[str, Any]
Axis = tuple[str, int]
Answerer = Callable[[Arguments], Any]


def small_cases(question: Question, asked: Sequence[Case], page: str, device: Any) -> tuple[SmallCase, ...]:
    """Small cases of a question, the smallest first; none for what is asked by a driver, or needs large arrays.

    Args:
        question: what is asked.
        asked: an exam's cases, none of which is among the small ones.
        page: where the book teaches the function.
        device: where the reference is computed.
    """
    signature = _signature(question, asked)
    if signature is None:
        return ()
    hidden = [_bound(signature, case) for case in asked]
    found: list[SmallCase] = []
    for case, other in _drawn(question):
        again = _bound(signature, other)
        arguments = {name: _plainer(value, again.get(name)) for name, value in _bound(signature, case).items()}
        for small in _smaller(question, arguments, device):
            whole = {name: _whole(value) if isinstance(value, np.ndarray) else value for name, value in small.items()}
            if not any(_same(whole, one) for one in hidden):
                made = _made(question, case, whole, page, device)
                found += [made] if made is not None else []
    distinct = {(one.label, repr((one.args, one.kwargs))): one for one in found}
    return tuple(sorted(distinct.values(), key=_count))


def _drawn(question: Question) -> Iterator[tuple[Case, Case]]:
    """Cases, each with its like of another seed.

    Of cases without arrays several: one whose numbers are from a small range may be the exam's own.
    """
    draws = [question.draw(SEED + turn) for turn in range(DRAWS)]
    for turn, cases in enumerate(draws):
        for case, other in zip(cases, draws[turn - 1], strict=True):
            arrays = any(isinstance(one, np.ndarray) for one in (*case.args, *case.kwargs.values()))
            if not case.kept and not (turn and arrays):
                yield case, other


def _signature(question: Question, asked: Sequence[Case]) -> inspect.Signature | None:
    """The reference's signature; None where calls are not plain enough to be written on a few lines."""
    if question.driver is not None or question.memory_mib is not None:
        return None
    if not all(map(_is_plain, chain.from_iterable((*case.args, *case.kwargs.values()) for case in asked))):
        return None
    try:
        return inspect.signature(question.reference)
    except ValueError:  # a function of torch's own
        return None


def _is_plain(value: Any) -> bool:
    """Whether a value is an array, or plain data without one."""
    return isinstance(value, np.ndarray) or _is_setting(value)


def _is_setting(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_setting, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_is_setting, value))
    return value is None or isinstance(value, (bool, int, float, str))


def _bound(signature: inspect.Signature, case: Case) -> Arguments:
    return dict(signature.bind_partial(*case.args, **case.kwargs).arguments)


def _same(one: Arguments, other: Arguments) -> bool:
    return one.keys() == other.keys() and all(
        np.array_equal(value, other[name]) if isinstance(value, np.ndarray) else value == other[name]
        for name, value in one.items()
    )


def _plainer(value: Any, other: Any) -> Any:
    """A float that is drawn as a whole number, or with one digit; one that every seed gives is a setting, and stays."""
    if type(value) is not float or not np.isfinite(value) or value == other:
        return value
    return float(round(value)) if abs(value) >= 1 else float(f"{value:.1g}")


def _whole(array: np.ndarray) -> np.ndarray:
    """Small whole numbers in the same order and with the same signs; what is whole stays."""
    if array.dtype.kind != "f" or not np.isfinite(array).all() or (array == np.rint(array)).all():
        return array
    if np.abs(array).max() > LARGE:
        return np.rint(array)
    ranks = np.zeros_like(array)
    for sign in (1, -1):
        there = sign * array > 0
        ranks[there] = sign * (1 + np.unique(sign * array[there], return_inverse=True)[1])
    return ranks


def _smaller(question: Question, arguments: Arguments, device: Any) -> Iterator[Arguments]:
    """The call as it is and cropped, in whole numbers; with squares, too, where a figure of the book shows squares."""

    def answer(tried: Arguments) -> Any:
        return _answer(question, tried, device)

    starts = [arguments] if question.figure is None else [arguments, *_squares(arguments)]
    for number, start in enumerate(starts):
        if _axes(start) and _numbers(answer(start)):
            yield from (_cropped(start, least, answer, squares=number > 0) for least in LEAST)
        yield start


def _squares(arguments: Arguments) -> Iterator[Arguments]:
    """The call with square images and filters; of a batch, one image, with all of its planes and with one."""
    arrays = {name: value for name, value in arguments.items() if np.ndim(value) in (2, 4)}
    sides = {(name, axis): min(value.shape[-2:]) for name, value in arrays.items() for axis in _sides(value)}
    deep = [name for name, value in arrays.items() if value.ndim == 4]
    yield _cut(arguments, {**sides, **{(name, 0): 1 for name in deep[:1]}})
    if deep:
        yield _cut(arguments, {**sides, (deep[0], 0): 1, **{(name, 1): 1 for name in deep}})


def _sides(array: np.ndarray) -> tuple[int, int]:
    """The axes of rows and columns."""
    return array.ndim - 2, array.ndim - 1


def _answer(question: Question, arguments: Arguments, device: Any) -> Any:
    """The reference's answer; None where it has none."""
    from autograde.exam.oracle import evaluate

    try:
        return evaluate(question.reference, (), arguments, device)
    except NOWHERE:
        return None


def _numbers(value: Any) -> int:
    """How many finite numbers an answer has, or 0 for one that is no plain answer."""
    if isinstance(value, (list, tuple)):
        counts = [_numbers(item) for item in value]
        return sum(counts) if all(counts) else 0
    if isinstance(value, (int, float, np.generic, np.ndarray)):
        array = np.asarray(value)
        return array.size if array.dtype.kind in "fiub" and np.isfinite(array).all() else 0
    return int(isinstance(value, str))


def _cropped(arguments: Arguments, least: int, answer: Answerer, squares: bool) -> Arguments:
    """The call with its axes as short as the reference allows, `least` at the shortest.

    Args:
        arguments: the call.
        least: the shortest that an axis may become.
        answer: the reference.
        squares: crop rows and columns of an array alike.
    """
    few = min(2, _numbers(answer(arguments)))
    for axis in [axis for axis, size in _axes(arguments) if size > least]:
        sides = _sides(arguments[axis[0]]) if squares else ()
        cuts = _alike(arguments, axis, sides, least) if axis[1] in sides else _cuts(arguments, axis, least)
        arguments = next((cut for cut in cuts if _numbers(answer(cut)) >= few), arguments)
    return arguments


def _alike(arguments: Arguments, axis: Axis, sides: Sequence[int], least: int) -> Iterator[Arguments]:
    """The call with rows and columns of an array cropped, the shortest first."""
    for size in range(least, arguments[axis[0]].shape[axis[1]]):
        yield _cut(arguments, {(axis[0], one): size for one in sides})


def _cuts(arguments: Arguments, axis: Axis, least: int) -> Iterator[Arguments]:
    """The call with an axis cropped, in the order in which to try it.

    Alone; with all that are as long, since one size may belong to several arrays; with the same axis of another array,
    whose size may follow from it, as an output's does from its input's.
    """
    sizes = dict(_axes(arguments))
    few = sorted(size for size in {least, least + 1, (least + sizes[axis]) // 2} if size < sizes[axis])
    for group in ([axis], [one for one in sizes if sizes[one] == sizes[axis]]):
        yield from (_cut(arguments, dict.fromkeys(group, size)) for size in few)
    for other in sizes:
        if other != axis and other[1] == axis[1]:
            for size in few:
                yield from (_cut(arguments, {axis: size, other: one}) for one in range(1, sizes[other]))


def _axes(arguments: Arguments) -> list[tuple[Axis, int]]:
    """The axes of all arrays with their sizes, the longest first."""
    arrays = [(name, value) for name, value in arguments.items() if isinstance(value, np.ndarray)]
    axes = [((name, axis), size) for name, value in arrays for axis, size in enumerate(value.shape)]
    return sorted(axes, key=lambda one: -one[1])


def _cut(arguments: Arguments, sizes: Mapping[Axis, int]) -> Arguments:
    cut = dict(arguments)
    for (name, axis), size in sizes.items():
        cut[name] = cut[name][(slice(None),) * axis + (slice(size),)]
    return cut


def _made(question: Question, case: Case, whole: Arguments, page: str, device: Any) -> SmallCase | None:
    """The call in whole numbers with the reference's answer; None where it is too large, or has no answer."""
    value = _answer(question, whole, device)
    if not _numbers(value):
        return None
    answers = value if isinstance(value, (list, tuple)) else [value]
    sizes = [one.size for one in (*whole.values(), *answers) if isinstance(one, np.ndarray)]
    if sum(sizes) > MOST_IN_ALL or max(sizes, default=0) > MOST or len(_settings(whole)) > MOST_TEXT:
        return None
    places = list(whole)
    args = tuple(whole[name] for name in places[: len(case.args)])
    kwargs = {name: whole[name] for name in places[len(case.args) :]}
    shown = "" if question.figure is None else question.figure(**whole)
    figure = page.partition("#")[0] + shown if shown else ""
    facts = Expectation(case.label, "", case.group, case.terms, value, {}, case.tolerance, {}, case.share, case.dtype)
    return SmallCase(args, kwargs, tuple(places[: len(case.args)]), facts, figure)


def _settings(arguments: Arguments) -> str:
    """What is given beside arrays, as text."""
    return ", ".join(repr(value) for value in arguments.values() if not isinstance(value, np.ndarray))


def _count(case: SmallCase) -> tuple[int, int]:
    """How much somebody has to look at: numbers, and characters beside them."""
    given = {**dict(zip(case.names, case.args, strict=True)), **case.kwargs}
    inputs = (np.size(one) for one in given.values() if isinstance(one, np.ndarray))
    return sum(inputs) + _numbers(case.expectation.value), len(_settings(given))
