"""Ideas without an author: other values of one argument, and two ideas at once."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from autograde.exam.checker import check
from autograde.exam.findings import Answer
from autograde.exam.prepare import expect_case
from autograde.questions import Case, Misconception, Question, changed
from autograde.questions.neighbors import MAX_PAIRS, SEPARATOR, neighbors
from tests.conftest import ASSIGNMENTS, COURSE


def scaled(x, bias, steps=(1, 1), eps=0.5, shift=False, power=1):
    """Something with one argument of each sort."""
    rows, columns = steps if isinstance(steps, tuple) else (steps, steps)
    return (x[::rows, ::columns] + bias) ** power / (1 + eps) + float(shift)


def _cases(rng):
    x = rng.normal(size=(6, 5))
    return [
        Case("plain", (x, rng.normal(size=(1, 1)))),
        Case("steps", (x, rng.normal(size=(1, 1)), (2, 3)), {"eps": 0.25}),
        Case("shift", (x, rng.normal(size=(1, 1)), (3, 1)), {"shift": True, "power": 2}),
    ]


IDEAS = (
    Misconception("linear", changed(scaled, power=lambda a: 1), "You take no power.", "Take it.", "s"),
    Misconception("unshifted", changed(scaled, shift=lambda a: False), "You never shift.", "Shift.", "s"),
    Misconception("power again", changed(scaled, power=lambda a: a["power"] + 1), "One power too many.", "Less.", "s"),
)
QUESTION = Question("scaled", scaled, _cases, IDEAS, "s")


def _found(program, question=QUESTION):
    cases, more = question.draw(1), neighbors(question)
    expectations = [expect_case(question, case, torch.device("cpu"), more) for case in cases]
    answers = [Answer("ok", program(*case.args, **case.kwargs)) for case in cases]
    keys = [idea.key for idea in (*question.misconceptions, *more)]
    return check("scaled", answers, expectations, {"general": 1}, keys)


PROGRAMS = {
    "bias: sign": lambda x, bias, *rest, **more: scaled(x, -bias, *rest, **more),
    "bias: zero": lambda x, bias, *rest, **more: scaled(x, 0 * bias, *rest, **more),
    "steps: swapped": lambda x, bias, steps=(1, 1), **more: scaled(x, bias, steps[::-1], **more),
    "steps: first": lambda x, bias, steps=(1, 1), **more: scaled(x, bias, steps[0], **more),
    "steps: second": lambda x, bias, steps=(1, 1), **more: scaled(x, bias, steps[1], **more),
    "steps: left out": lambda x, bias, steps=(1, 1), **more: scaled(x, bias, **more),
    "eps: zero": lambda x, bias, steps=(1, 1), eps=0.5, **more: scaled(x, bias, steps, 0.0, **more),
    "eps: left out": lambda x, bias, steps=(1, 1), eps=0.5, **more: scaled(x, bias, steps, **more),
    "shift: other way": lambda x, bias, *rest, shift=False, **more: scaled(x, bias, *rest, shift=not shift, **more),
    "linear": lambda x, bias, *rest, power=1, **more: scaled(x, bias, *rest, **more),
    "linear+unshifted": lambda x, bias, *rest, power=1, shift=False, **more: scaled(x, bias, *rest, **more),
}


@pytest.mark.parametrize("key", PROGRAMS)
def test_what_other_arguments_would_give_is_named(key):
    assert _found(PROGRAMS[key]).misconception == key


def weighed(x, gain, shift, rows=1, columns=2, ends=(0, 0), sides=(0, 0)):
    """Something with arguments of one sort."""
    (top, bottom), (left, right) = ends, sides
    return x[rows + top :: 1 + bottom, columns + left :: 1 + right] * gain + shift


def _weighings(rng):
    x, gain, shift = rng.normal(size=(9, 8)), rng.normal(size=1), rng.normal(size=1)
    return [Case("plain", (x, gain, shift)), Case("all", (x, gain, shift, 3, 1, (1, 0), (0, 2)))]


WEIGHED = Question("weighed", weighed, _weighings, (), "s")
EXCHANGED = {
    "gain: shift": lambda x, gain, shift, *rest: weighed(x, shift, gain, *rest),
    "rows: columns": lambda x, gain, shift, rows=1, columns=2, *rest: weighed(x, gain, shift, columns, rows, *rest),
    "pairs: first": lambda x, gain, shift, rows=1, columns=2, ends=(0, 0), sides=(0, 0): weighed(
        x, gain, shift, rows, columns, (ends[0], ends[0]), (sides[0], sides[0])
    ),
}


@pytest.mark.parametrize("key", EXCHANGED)
def test_what_arguments_in_each_others_place_would_give_is_named(key):
    assert _found(EXCHANGED[key], WEIGHED).misconception == key


def test_two_of_three_pairs_read_from_their_first_number_are_named_together():
    def three(x, ends=(0, 0), sides=(0, 0), middle=(0, 0)):
        return x[ends[0] + sides[1] : 9 - middle[0], ends[1] : 9 - sides[0] - middle[1]]

    question = replace(
        WEIGHED, reference=three, cases=lambda rng: [Case("all", (rng.normal(size=(9, 9)), (0, 1), (2, 1), (1, 2)))]
    )
    found = _found(lambda x, a, b, c: three(x, (a[0], a[0]), b, (c[0], c[0])), question)
    assert found.misconception == "ends and middle: first"


def test_arguments_of_two_sorts_are_not_exchanged():
    keys = [idea.key for idea in neighbors(WEIGHED)]
    assert {"x: gain", "gain: rows", "ends: rows"}.isdisjoint(keys)
    assert "steps: power" in [idea.key for idea in neighbors(QUESTION)]  # a pair and a number of pixels are of one sort


def _refusing(x, bias, steps=(1, 1), **more):
    if steps == (1, 1):
        return scaled(x, bias, steps, **more)
    raise ValueError("no window fits")


def _unknown(x, bias, steps=(1, 1), **more):
    if steps == (1, 1):
        return scaled(x, bias, steps, **more)
    raise NotImplementedError("it may lead anywhere")


KIN = (
    Misconception("refuses", _refusing, "You refuse steps.", "Take them.", "s"),
    Misconception("unknown", _unknown, "Nobody knows.", "Or do you?", "s"),
)


def test_kin_are_tried_after_the_ideas_and_before_what_needs_no_author():
    keys = [idea.key for idea in neighbors(replace(QUESTION, kin=KIN))]
    assert keys[:2] == ["refuses", "unknown"]
    driven = replace(QUESTION, kin=KIN, driver="def ask(student): ...")
    assert [idea.key for idea in neighbors(driven)] == ["refuses", "unknown"]


@pytest.mark.parametrize(
    ("error", "kin", "likely"),
    [
        ("ValueError: operands could not be broadcast", KIN, "refuses"),
        ("NotImplementedError: ", KIN, None),  # a stub
        ("ValueError: operands could not be broadcast", (KIN[1],), None),
        ("ValueError: operands could not be broadcast", (KIN[0], replace(KIN[0], key="refuses too")), None),
    ],
)
def test_an_idea_that_leads_to_errors_where_there_were_some_is_one_that_fits(error, kin, likely):
    question = replace(QUESTION, misconceptions=(), kin=kin, neighbors=False)
    cases = question.draw(1)
    expectations = [expect_case(question, case, torch.device("cpu"), neighbors(question)) for case in cases]
    assert [one.fails for one in expectations] == [[], *[[idea.key for idea in kin if idea.key != "unknown"]] * 2]
    answers = [Answer("ok", scaled(*cases[0].args)), *[Answer("error", text=error)] * 2]
    found = check("scaled", answers, expectations, {"general": 1}, [idea.key for idea in kin])
    assert (found.misconception, found.likely) == (None, likely)
    answers[2] = Answer("ok", scaled(*cases[2].args, **cases[2].kwargs))  # where the idea leads to an error
    assert check("scaled", answers, expectations, {"general": 1}, [idea.key for idea in kin]).likely is None


def test_a_right_program_has_no_name_and_two_ideas_on_one_argument_are_no_pair():
    found = _found(scaled)
    assert (found.verdict, found.misconception, found.likely) == ("correct", None, None)
    keys = [idea.key for idea in neighbors(QUESTION)]
    assert "linear+unshifted" in keys
    assert "linear+power again" not in keys
    assert len(keys) == len(set(keys))


def test_two_ideas_are_told_in_one_card():
    both = next(idea for idea in neighbors(QUESTION) if idea.key == "linear+unshifted")
    assert both.idea == "Two things at once: You take no power. And: You never shift."
    assert both.why == "Take it. Shift."


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_courses_questions_have_few_pairs_and_no_key_twice(name):
    for question in COURSE.content.questions(name).values():
        more = neighbors(question)
        keys = [idea.key for idea in (*question.misconceptions, *more)]
        assert len(keys) == len(set(keys))
        assert sum(SEPARATOR in idea.key for idea in more) <= MAX_PAIRS
        own = {idea.key for idea in question.kin}
        assert all(idea.section == question.section or SEPARATOR in idea.key or idea.key in own for idea in more)


def test_an_answer_to_other_arguments_is_no_right_one():
    question = QUESTION
    (case, *_), more = question.draw(2), neighbors(question)
    expectation = expect_case(question, case, torch.device("cpu"), more)
    assert np.array_equal(expectation.variants["steps: swapped"], expectation.value)  # (1, 1) is its own mirror
    assert not np.array_equal(expectation.variants["bias: sign"], expectation.value)
