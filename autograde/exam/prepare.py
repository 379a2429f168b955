"""Draws an exam: the cases of a seed, the references' answers, and each wrong idea's."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograde.course import Course, load_assignment
from autograde.course.content import Content
from autograde.errors import UsageError
from autograde.exam.findings import Expectation, SmallCase
from autograde.exam.model import Exam
from autograde.exam.rubric import Idea, Rubric
from autograde.exam.small import small_cases
from autograde.exam.traits import names, traits
from autograde.questions.model import Case, Misconception, Question
from autograde.questions.neighbors import UnchangedError, neighbors
from autograde.sandbox import Ask


def new_seed() -> int:
    """A seed that nobody has seen."""
    return secrets.randbits(48)


def _cut(text: str) -> str:
    return text if len(text) <= 160 else text[:157] + "..."


def _holds_array(value: Any) -> bool:
    if isinstance(value, Mapping):
        return _holds_array(list(value.values()))
    return isinstance(value, np.ndarray) or (isinstance(value, (list, tuple)) and any(map(_holds_array, value)))


def describe(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """A call in shapes: "pad(array (4, 6), (1, 2), mode='reflect')"; no array's values."""

    def one(value: Any) -> str:
        if isinstance(value, np.ndarray):
            return f"array {value.shape}" + (f" of {value.dtype}" if value.dtype != np.float64 else "")
        if isinstance(value, Mapping):
            return _cut("{" + ", ".join(f"{key!r}: {one(item)}" for key, item in value.items()) + "}")
        if isinstance(value, (list, tuple)) and _holds_array(value):
            return _cut("[" + ", ".join(one(item) for item in value) + "]")
        return _cut(f"{value:.4g}" if isinstance(value, float) else repr(value))

    parts = [one(value) for value in args] + [f"{key}={one(value)}" for key, value in kwargs.items()]
    return f"{name}({', '.join(parts)})"


def expect_case(question: Question, case: Case, device: Any, more: Sequence[Misconception] = ()) -> Expectation:
    """What a case should give, and what each misconception would give in its place, and each of `more`."""
    from autograde.exam.oracle import evaluate

    known = {**case.kwargs, **case.kept}

    value = evaluate(question.reference, case.args, known, device)

    fails: list[str] = []

    def predicted(variants: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, variant in variants.items():
            try:
                found[key] = evaluate(variant, case.args, known, device)
            except UnchangedError:
                found[key] = value
            except NotImplementedError:
                continue  # what the idea leads to is not known
            except (RuntimeError, ValueError, IndexError, TypeError, ZeroDivisionError):
                fails.append(key)  # the idea leads nowhere on this case, so it predicts no answer
        return found

    variants = predicted({idea.key: idea.variant for idea in (*question.misconceptions, *more)})
    authored = {idea.key for idea in (*question.misconceptions, *question.kin)}
    nowhere = [key for key in fails if key in authored]
    singles = predicted({idea.key: idea.single for idea in question.misconceptions if idea.single is not None})
    asked = describe(question.name, case.args, case.kwargs)
    return Expectation(
        case.label,
        asked,
        case.group,
        case.terms,
        value,
        variants,
        case.tolerance,
        singles,
        case.share,
        case.dtype,
        nowhere,
        names(question.reference),
        traits(question.reference, case.args, case.kwargs, plain=question.driver is None),
    )


def rubric(question: Question, content: Content, more: Sequence[Misconception] = ()) -> Rubric:
    """A question's rubric, the part of it that travels without torch, with the ideas of `more` behind its own."""
    every = (*question.misconceptions, *more)
    ideas = tuple(Idea(one.key, one.idea, one.why, content.page(one.section)) for one in every)
    return Rubric(dict(question.groups), content.page(question.section), ideas)


def rubrics(course: Course, name: str) -> dict[str, Rubric]:
    """By function, the rubric of an assignment."""
    asked = course.content.questions(name)
    return {function: rubric(one, course.content, neighbors(one)) for function, one in asked.items()}


def pages(course: Course, name: str) -> dict[str, str]:
    """By label, where the book has the sections that an assignment's rubrics name."""
    asked = course.content.questions(name).values()
    labels = {one.section for one in asked} | {
        idea.section for one in asked for idea in (*one.misconceptions, *one.kin)
    }
    return {label: course.content.page(label) for label in sorted(labels)}


def support_files(course: Course, name: str) -> dict[str, bytes]:
    """What lies beside an assignment's notebook when students open it."""
    folder = course.exercises / name
    return {
        path.name: path.read_bytes() for path in sorted(folder.glob("*")) if path.is_file() and path.suffix != ".ipynb"
    }


def load(course: Course, name: str) -> tuple[Any, Mapping[str, Question]]:
    """The assignment and its questions.

    Raises:
        UsageError: no such assignment, or a graded cell without a question.
    """
    assignment = load_assignment(course.source(name), name)
    questions = course.content.questions(name)
    missing = [function for function in assignment.points if function not in questions]
    if missing:
        raise UsageError(f"{course.source(name)} grades {missing[0]}, which no question of {name} asks")
    return assignment, questions


def prepare(course: Course, name: str, seed: int, device_name: str = "auto", *, at_home: bool = True) -> Exam:
    """Draws the cases and computes the references, once for a class.

    Args:
        course: the course.
        name: the assignment.
        seed: what the cases are drawn from.
        device_name: where the references are computed: auto, cpu or cuda.
        at_home: whether small cases for feedback are drawn, too; who shows no feedback needs none.

    Raises:
        UsageError: no such assignment, no such device, or a graded cell without a question.
    """
    from autograde.exam.oracle import device_name as full_name
    from autograde.exam.oracle import pick_device

    assignment, questions = load(course, name)
    device = pick_device(device_name)
    asks: dict[str, Ask] = {}
    expectations: dict[str, tuple[Expectation, ...]] = {}
    told: dict[str, Rubric] = {}
    small: dict[str, tuple[SmallCase, ...]] = {}
    for function in assignment.points:
        question = questions[function]
        cases = question.draw(seed)
        calls = [(case.args, case.kwargs) for case in cases]
        asks[function] = Ask(function, calls, question.driver, question.memory_mib)
        more = neighbors(question)
        expectations[function] = tuple(expect_case(question, case, device, more) for case in cases)
        told[function] = rubric(question, course.content, more)
        if at_home:
            small[function] = small_cases(question, cases, told[function].page, device)
    files = support_files(course, name)
    return Exam(assignment, seed, full_name(device), asks, expectations, told, files, small)
