"""The checker's verdicts, over plain arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from autograde.exam.checker import check
from autograde.exam.comparing import MAX_PICTURE, compare
from autograde.exam.findings import Answer, Expectation, Slack
from autograde.exam.ideas import diagnose
from autograde.exam.prepare import describe
from autograde.sandbox.wire import Opaque

FINITE = st.floats(-1e6, 1e6)


@given(arrays(np.float64, array_shapes(max_dims=4), elements=FINITE))
def test_an_array_equals_itself_in_any_layout_and_both_precisions(x):
    assert compare(x.copy(), x) is None
    assert compare(np.asfortranarray(x), x) is None
    assert compare(x.astype(np.float32), x) is None


@given(arrays(np.float64, array_shapes(min_dims=2, max_dims=4), elements=st.floats(-10, 10)), st.data())
def test_one_wrong_value_is_found_where_it_is(x, data):
    index = tuple(data.draw(st.integers(0, n - 1)) for n in x.shape)
    y = x.copy()
    y[index] += 1
    difference = compare(y, x, Slack(100))
    assert difference.kind == "wrong_value"
    assert str(index) in difference.message


@pytest.mark.parametrize(
    ("got", "want", "kind"),
    [
        (np.zeros((2, 3)), np.zeros((3, 2)), "wrong_shape"),
        (np.zeros(6), np.zeros((2, 3)), "wrong_shape"),
        ([[0.0, 0.0]], np.zeros((1, 2)), "wrong_dtype"),
        (np.zeros((1, 2), complex), np.zeros((1, 2)), "wrong_dtype"),
        (np.zeros((1, 2), np.float16), np.zeros((1, 2)), "wrong_dtype"),
        (np.zeros((1, 2), bool), np.zeros((1, 2)), "wrong_dtype"),
        (Opaque("numpy.ma.MaskedArray"), np.zeros((1, 2)), "wrong_dtype"),
        (np.array([1, -2]), np.array([1.5, -2.5]), "wrong_dtype"),
        (np.array([np.nan, 0.0]), np.zeros(2), "non_finite"),
        (np.array([np.inf, 0.0]), np.zeros(2), "non_finite"),
        (np.array([1.0, 0.0]), np.zeros(2), "wrong_value"),
        (None, np.zeros(2), "wrong_dtype"),
        (None, 3, "wrong_dtype"),
        (3.0, 3, "wrong_dtype"),
        (True, 1, "wrong_dtype"),
        (4, 3, "wrong_value"),
        (float("nan"), 1.0, "non_finite"),
        (1.1, 1.0, "wrong_value"),
        ((1, 2), (1, 2, 3), "wrong_shape"),
        ((1, 3), (1, 2), "wrong_value"),
        ((1, 2.0), (1, 2), "wrong_dtype"),
        ("ab", (1, 2), "wrong_dtype"),
        ({"a": 1}, {"b": 1}, "wrong_shape"),
        ({"a": 1}, {"a": 2}, "wrong_value"),
        (1, True, "wrong_value"),
        ("x", None, "wrong_value"),
    ],
)
def test_what_is_wrong_is_told_apart(got, want, kind):
    assert compare(got, want).kind == kind


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (np.array([1, 2]), np.array([1.0, 2.0])),
        ([1, 2], (1, 2)),
        ((1, 2), [1, 2]),
        (np.array([1, 2]), (1, 2)),
        (np.array(2.0), 2.0),
        (2.0, np.array(2.0)),
        (2, 2.0),
        ({"a": np.ones(2)}, {"a": np.ones(2)}),
        (np.empty((0, 3)), np.empty((0, 3))),
        (None, None),
    ],
)
def test_harmless_differences_pass(got, want):
    assert compare(got, want) is None


def test_the_tolerance_follows_the_type_of_the_answer():
    want = np.linspace(1, 2, 50).reshape(5, 10)
    single = want.astype(np.float32)
    assert compare(single, want, Slack(50)) is None
    assert compare(single.astype(np.float64), want, Slack(50)).kind == "wrong_value"


def test_the_picture_shows_the_slice_with_the_first_difference_and_is_small():
    want = np.zeros((2, 3, 40, 50))
    got = want.copy()
    got[1, 2, 5, 7] = 1
    mask = compare(got, want).mask
    assert mask.shape == (MAX_PICTURE, MAX_PICTURE)
    assert mask[5, 7]
    assert mask.sum() == 1


def _expectations():
    return [
        Expectation("one", "f(1)", "general", 1, 10, {"doubled": 20, "shifted": 11}),
        Expectation("two", "f(2)", "edges", 1, 0, {"doubled": 0, "shifted": 1}),
    ]


def _check(*values):
    answers = [value if isinstance(value, Answer) else Answer("ok", value) for value in values]
    return check("f", answers, _expectations(), {"general": 0.75, "edges": 0.25}, ["doubled", "shifted"])


def test_points_go_by_groups_and_ideas_are_named():
    assert _check(10, 0).share == 1
    assert (_check(20, 0).share, _check(20, 0).misconception) == (0.25, "doubled")
    assert (_check(11, 1).share, _check(11, 1).misconception) == (0, "shifted")
    assert _check(11, 0).misconception is None
    assert _check(20).verdict == "wrong_value"
    assert _check(10).verdict == "no_answer"
    assert _check().verdict == "no_answer"
    assert _check(Answer("timeout", text="no answer within 1 s"), 0).verdict == "timeout"
    assert _check(Answer("ok", 10, modified=True), 0).verdict == "modified_input"


def test_a_crash_is_no_misconception():
    expectations = _expectations()
    assert diagnose([Answer("error", text="boom"), Answer("ok", 0)], expectations, ["doubled"]) is None


def test_an_answer_that_overflowed_is_named_and_never_right():
    want, overflowed = (1.5, np.array([[0.25, 0.5]])), (np.inf, np.array([[np.nan, 0.5]]))
    expectation = Expectation("large", "f(array (1, 2))", "general", 1, want, {"overflows": overflowed})
    finding = check(
        "f", [Answer("ok", (np.nan, np.array([[np.inf, 0.5]])))], [expectation], {"general": 1}, ["overflows"]
    )
    assert (finding.verdict, finding.misconception, finding.share) == ("non_finite", "overflows", 0)
    elsewhere = [Answer("ok", (np.nan, np.array([[0.5, np.nan]]))), Answer("ok", (np.nan, np.array([[np.nan, 0.6]])))]
    assert [diagnose([answer], [expectation], ["overflows"]) for answer in elsewhere] == [None, None]


@pytest.mark.parametrize("overflowed", [np.array(np.inf), (np.array(np.nan), np.array([[np.nan, 0.5]]))])
def test_a_finite_answer_is_never_taken_for_one_that_overflowed(overflowed):
    want, got = ((1.5, np.array([[0.25, 0.5]])), (9.0, np.array([[0.75, 0.5]])))
    if not isinstance(overflowed, tuple):
        want, got = np.asarray(1.5), np.asarray(9.0)
    expectation = Expectation("large", "f(array (1, 2))", "general", 1, want, {"overflows": overflowed})
    finding = check("f", [Answer("ok", got)], [expectation], {"general": 1}, ["overflows"])
    assert (finding.verdict, finding.misconception, finding.likely) == ("wrong_value", None, None)


def test_a_number_is_judged_by_its_own_precision():
    third = 1 / 3
    for want in (third, np.array(third), (third, np.zeros(2))):
        single = np.float32(third)
        got = (float(single), np.zeros(2, np.float32)) if isinstance(want, tuple) else single
        assert compare(got, want) is None
        assert compare(np.asarray(single), np.array(third)) is None
    assert compare(float(np.float32(third)), third).kind == "wrong_value"
    assert compare((float(np.float32(third)), np.zeros(2)), (third, np.zeros(2))).kind == "wrong_value"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_sum_is_so_long_that_rounding_explains_half_of_the_digits(dtype):
    want = np.full(3, 2.0)
    got = (want * (1 + 4 * np.sqrt(np.finfo(dtype).eps))).astype(dtype)
    assert compare(got, want, Slack(10**9)).kind == "wrong_value"


def test_a_case_may_name_its_own_tolerance():
    want = np.full(3, 2.0)
    assert compare(want + 1e-9, want, Slack(absolute=1e-8)) is None
    assert compare((want + 1e-6).astype(np.float32), want, Slack(10**7, absolute=1e-8)).kind == "wrong_value"


def test_a_case_may_ask_for_the_answers_type():
    single = Expectation("float32 stays float32", "f(x)", "general", 1, np.array([0.5, 2]), dtype="float32")
    double = check("f", [Answer("ok", np.array([0.5, 2]))], [single], {"general": 1})
    assert (double.verdict, double.share) == ("wrong_dtype", 0)
    assert "not their type: expected float32, as you were given, got float64" in double.message
    assert check("f", [Answer("ok", np.array([0.5, 2], np.float32))], [single], {"general": 1}).verdict == "correct"
    wrong = check("f", [Answer("ok", np.array([0.5, 3]))], [single], {"general": 1})
    assert wrong.verdict == "wrong_value"


def test_a_changed_input_is_told_beside_wrong_values():
    expectation = Expectation("one", "f(x)", "general", 1, np.ones(3))
    found = check("f", [Answer("ok", np.zeros(3), modified=True)], [expectation], {"general": 1})
    assert found.verdict == "wrong_value"
    assert found.message.endswith("your function also changed its input: work on a copy")


def test_what_was_asked_tells_a_type_that_is_not_float64():
    arrays = np.ones(2), np.ones(2, np.float32), np.arange(3)
    assert describe("f", arrays, {}) == "f(array (2,), array (2,) of float32, array (3,) of int64)"


def _three(variants, *values):
    """A finding where 10, 20 and 30 are expected, and an idea predicts `variants`."""
    wants = (10, 20, 30)
    expectations = [
        Expectation("case", f"f({want})", "general", 1, want, {} if variant is None else {"idea": variant})
        for want, variant in zip(wants, variants, strict=True)
    ]
    return check("f", [Answer("ok", value) for value in values], expectations, {"general": 1}, ["idea"])


def test_an_idea_that_explains_half_of_the_wrong_answers_is_named_as_one_that_fits():
    assert _three((11, 21, 31), 11, 21, 31).misconception == "idea"
    assert _three((11, 21, 31), 11, 21, 31).likely is None
    half = _three((11, 21, 30), 11, 25, 30)  # a second mistake in one of two
    assert (half.misconception, half.likely) == (None, "idea")
    assert _three((11, 20, 30), 11, 20, 33).likely == "idea"


def test_an_idea_that_explains_all_that_came_is_named_beside_errors():
    error = Answer("error", text="ValueError: boom")
    variants, wants = (11, 21, 31, 41, 51), (10, 20, 30, 40, 50)
    expectations = [
        Expectation("case", "f()", "general", 1, want, {"idea": one}) for want, one in zip(wants, variants, strict=True)
    ]

    def likely(*values):
        answers = [value if isinstance(value, Answer) else Answer("ok", value) for value in values]
        return check("f", answers, expectations, {"general": 1}, ["idea"]).likely

    assert likely(11, 21, error, error, error) == "idea"
    assert likely(11, error, error, error, error) is None  # one answer may be chance
    assert likely(11, 21, 32, error, error) is None  # one that came does not fit, and half is not reached
    assert likely(11, 21, error, error, 50) is None  # a right one contradicts


def test_an_idea_that_explains_one_part_of_every_answer_is_named_beside_another_mistake():
    x = np.arange(1.0, 7.0).reshape(2, 3)
    expectations = [
        Expectation("case", "f()", "general", 1, (x * k, x + k), {"idea": (x * -k, x + k), "other": (x * -k, x - k)})
        for k in (1, 2, 3)
    ]

    def likely(one, two):
        answers = [Answer("ok", (one(k), two(k))) for k in (1, 2, 3)]
        return check("f", answers, expectations, {"general": 1}, ["other", "idea"]).likely

    assert likely(lambda k: x * -k, lambda k: x * 9) == "idea"
    assert likely(lambda k: x * -k if k < 3 else x, lambda k: x * 9) is None


def test_what_is_right_beside_a_wrong_part_is_told():
    x, y = np.arange(1.0, 7.0).reshape(2, 3), np.arange(3.0)
    wanted = {"a": x, "b": x + 1, "c": y}
    expectation = Expectation("one", "f(x)", "general", 1, wanted)
    found = check("f", [Answer("ok", {**wanted, "b": x * 7 - 2 * x.T.reshape(2, 3)})], [expectation], {"general": 1})
    assert found.message.endswith("; entries 'a' and 'c' are right")
    assert found.relation == "entries 'a' and 'c' are right"
    several = {f"{k}": x + k for k in range(12)}
    found = compare({**several, "3": 0 * x}, several)
    assert found.beside == "11 of 12 entries are right"
    assert compare((1, 2, 4), (1, 2, 3)).beside == "values 0 and 1 are right"
    assert compare([1, 2, 4, 4, 4, 7], [1, 2, 3, 4, 5, 6]).beside == ""
    assert compare([0, 2, 3, 4, 5, 7], [1, 2, 3, 4, 5, 6]).beside.startswith(
        "values 1 to 4 are right, and those before"
    )


def test_an_idea_that_contradicts_a_right_answer_or_explains_too_little_is_not_named():
    assert _three((11, 21, 31), 11, 21, 30).likely is None  # 30 is right, and the idea says 31
    assert _three((11, 21, 31), 11, 25, 35).likely is None  # one of three
    assert _three((10, 20, 30), 11, 20, 30).likely is None  # an idea that tells nothing
    assert _three((11, 20, 30), 10, 20, 30).verdict == "correct"


def test_an_answer_that_is_right_but_for_a_changed_input_fits_no_idea():
    expectation = Expectation("one", "f(1)", "general", 1, 10, {"idea": 10})
    found = check("f", [Answer("ok", 10, modified=True)], [expectation], {"general": 1}, ["idea"])
    assert (found.verdict, found.likely) == ("modified_input", None)
