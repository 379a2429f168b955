"""What parts the wrong cases from the right ones, and which inputs a call has changed, in words."""

from dataclasses import replace

import numpy as np
import pytest

from autograde.exam.checker import check
from autograde.exam.findings import Answer, Expectation
from autograde.exam.inputs import WHY, changed
from autograde.exam.prepare import expect_case
from autograde.exam.rubric import Idea, Rubric
from autograde.exam.traits import MAX_ENTRIES, names, parted, traits
from autograde.feedback.cards import html_card, message, text_card
from autograde.questions import Case, Question


def conv(x, kernel_size, bias=None, stride=1, padding=0, mode="zeros", eps=1e-5, training=False, state=None):
    """What is asked here by its arguments alone."""


X, FLAT = np.ones((2, 3, 4, 5)), np.ones((4, 5))
SAID = {
    "with `stride` above 1": ([((X, 3, None, (1, 2)), {})], [((X, 3), {}), ((X, 3, None, 1), {})]),
    "with `padding` 0": ([((X, 3), {})], [((X, 3), {"padding": (0, 1)})]),
    "with `bias` given": ([((X, 3, np.ones(3)), {})], [((X, 3), {})]),
    "without `bias`": ([((X, 3), {})], [((X, 3, np.ones(3)), {})]),
    "with `mode` 'circular'": ([((X, 3), {"mode": "circular"})], [((X, 3), {}), ((X, 3), {"mode": "reflect"})]),
    "with `training` True": ([((X, 3), {"training": True})], [((X, 3), {})]),
    "with `eps` other than 1e-05": ([((X, 3), {"eps": 0.5})], [((X, 3), {})]),
    "where the two numbers of `stride` differ": (
        [((X, 3), {"stride": (2, 3)}), ((X, 3), {"stride": (3, 2)})],
        [((X, 3), {"stride": (2, 2)})],
    ),
    "where one number of `padding` is 0 and the other is not": (
        [((X, 3), {"padding": (0, 2)}), ((X, 3), {"padding": (2, 0)})],
        [((X, 3), {"padding": 2}), ((X, 3), {})],
    ),
    "with an even `kernel_size`": ([((X, 4), {}), ((X, (2, 4)), {})], [((X, 3), {}), ((X, (3, 5)), {})]),
    "where `kernel_size` is a pair": ([((X, (2, 3)), {}), ((X, (3, 3)), {})], [((X, 3), {}), ((X, 2), {})]),
    "where `x` holds whole numbers": ([((X.astype(int), 3), {})], [((X, 3), {})]),
    "where `x` is float32": ([((X.astype(np.float32), 3), {})], [((X, 3), {})]),
    "where axis 0 of `x` has several places": ([((X, 3), {})] * 2, [((X[:1], 3), {})] * 2),
    "where 'bias' of `state` is None": (
        [((X, 3), {"state": {"bias": None}})],
        [((X, 3), {"state": {"bias": FLAT}})],
    ),
    "where `state` has 'conv3.weight'": (
        [((X, 3), {"state": {"conv1.weight": X, "conv3.weight": X, "conv3.bias": X}})],
        [((X, 3), {"state": {"conv1.weight": X}})],
    ),
    "where an entry of `state` has 3 numbers": (
        [((X, 3), {"state": [(3, 1), (3, 1, 1)]})],
        [((X, 3), {"state": [(3, 1), (3, 1)]})],
    ),
    "where number 1 of an entry of `state` is above 1": (
        [((X, 3), {"state": [(3, 1), (3, 2)]})],
        [((X, 3), {"state": [(3, 1), (5, 1)]})],
    ),
    "where an entry of `state` has 'type' 'linear'": (
        [((X, 3), {"state": [{"type": "conv2d"}, {"type": "linear"}]})],
        [((X, 3), {"state": [{"type": "conv2d"}, {"type": "conv2d"}]})],
    ),
    "": ([((X, 3), {"stride": 2, "padding": 1})], [((X, 3), {})]),
}
"""By what is said, the calls that are wrong, and those that are right."""


def _parted(wrong, right):
    return parted([traits(conv, *call) for call in [*right, *wrong]], [False] * len(right) + [True] * len(wrong))


@pytest.mark.parametrize("said", SAID)
def test_what_all_wrong_cases_and_no_right_one_have_is_said(said):
    assert _parted(*SAID[said]) == (said and f"wrong in every case {said}, and right in all others")


def test_nothing_is_said_where_all_are_wrong_or_nothing_is_known():
    call = ((X, 3), {})
    assert _parted([call, ((X, 3), {"stride": 2})], []) == ""
    assert parted([(), ()], [True, False]) == ""
    assert _parted([((X, 3), {})], [((X[:1], 3), {})]) == ""  # a length of one case alone
    many = {f"layer{i}": X for i in range(MAX_ENTRIES + 1)}
    assert _parted([((X, 3), {"state": many})], [((X, 3), {"state": {}})]) == ""


def test_what_a_case_keeps_from_the_student_is_no_trait():
    question = Question("f", conv, lambda rng: [Case("one", (X, 3), kept={"state": [1]})], (), "s")
    expected = expect_case(
        replace(question, reference=lambda x, kernel_size, state=None: 1), question.draw(0)[0], "cpu"
    )
    assert "state" not in str(expected.traits).replace("without `state`", "")
    assert expected.names == ("x", "kernel_size", "state")


def test_a_driver_gives_what_it_may_leave_out_and_arrays():
    told = traits(conv, (X.astype(int), "task"), {"padding": 1}, plain=False)
    assert told[0] == ("without `bias`", "with `stride` 1", "with `padding` above 0", "with `mode` 'zeros'",
                       "with `eps` 1e-05", "with `training` False", "without `state`")  # fmt: skip
    assert "where `x` holds whole numbers" in told[2]
    assert "kernel_size" not in str(told)


def test_a_function_of_torchs_own_has_no_names_and_no_traits():
    assert names(np.ufunc) == ()
    assert not any(traits(np.ufunc, (), {}))
    assert names(conv)[:2] == ("x", "kernel_size")


RUBRIC = Rubric({"general": 1.0}, "page.html", (Idea("idea", "Your idea.", "Why.", "page.html"),))


def _found(values, keys=()):
    asked = [((X, 3), {"stride": 1 + at}) for at in range(len(values))]
    expected = [
        Expectation(f"case {at}", "f(x)", "general", 1, 10, {"idea": 11 + at} if at else {}, traits=traits(conv, *call))
        for at, call in enumerate(asked)
    ]
    return check("f", [Answer("ok", value) for value in values], expected, {"general": 1}, keys)


def test_cards_and_reports_say_what_parts_the_cases_unless_an_idea_is_named():
    found, said = _found([10, 7, 7]), "It is wrong in every case with `stride` above 1, and right in all others."
    assert f"  1 of 3 cases are right. {said}\n" in text_card(RUBRIC, found, 0, 1, "")
    assert said.replace("`stride`", "<code>stride</code>") in html_card(RUBRIC, found, 0, 1, "")
    assert said in message(RUBRIC, found)
    named = _found([10, 12, 13], ["idea"])
    assert (named.misconception, named.parted) == ("idea", "")


def test_a_card_shows_a_case_that_the_named_idea_spoils():
    expected = [
        Expectation("other", "f(1)", "general", 1, 10, {"idea": 10}),
        Expectation("its own", "f(2)", "general", 1, np.ones((3, 4)), {"idea": np.ones((3, 5))}),
        Expectation("its own, too", "f(3)", "general", 1, 10, {"idea": 7}),
    ]
    answers = [Answer("ok", 9), Answer("ok", np.ones((3, 5))), Answer("ok", 7)]
    found = check("f", answers, expected, {"general": 1}, ["idea"])
    assert (found.likely, found.label) == ("idea", "its own")
    assert found.message == "expected shape (3, 4), got (3, 5); axis 1: one too many"  # and guesses no other cause
    unnamed = check("f", answers[1:], expected[1:], {"general": 1})
    assert unnamed.message.endswith("axis 1: one too many, as from a + 1 too many, or a rounding")
    stopped = check(
        "f", [Answer("error", text="ValueError: no (line 3: x)"), *answers[1:]], expected, {"general": 1}, ["idea"]
    )
    assert (stopped.likely, stopped.label) == ("idea", "other")


CHANGED = {
    "input `x`": [[0]],
    "input `state['conv1.weight']`": [[1, "conv1.weight"]],
    "inputs `x` and `rows[2]`": [[0], ["rows", 2], []],
    "inputs `x`, `state['a']`, `state['b']`, `state['c']` and 1 more": [[0], *([1, key] for key in "abcd")],
}


@pytest.mark.parametrize("which", CHANGED)
def test_a_changed_input_is_called_by_its_name(which):
    assert changed(CHANGED[which], ("x", "state")) == f"changed its {which}: {WHY}"


def test_a_changed_input_without_a_name_and_one_of_whole_numbers():
    assert changed([[], [7]], ("x",)) == "changed its input: work on a copy"
    told = traits(conv, (X.astype(int), 3), {})
    assert changed([[0]], ("x",), told).endswith("work on a copy, of floats: np.array(x, dtype=float)")
