"""No value that can cross the wire raises in the checker, whatever was expected; `make fuzz` looks longer."""

import json
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from autograde.exam.checker import check
from autograde.exam.findings import VERDICTS, Answer, Expectation
from autograde.exam.rubric import Idea, Rubric
from autograde.feedback.cards import html_card, message, text_card
from autograde.sandbox.wire import MAX_DEPTH, Opaque

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
DTYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda d: arrays(d, array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3))
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**302), 10**302)
    | st.sampled_from([2**63, 2**64, -(2**63) - 1, 10**100, 10**302, -(10**302), 0, 1])
    | st.floats()
    | ANY_TEXT
    | st.binary(max_size=4)
    | ANY_TEXT.map(Opaque)
)
ANSWERS = st.recursive(
    SCALARS | ARRAYS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(ANY_TEXT | st.sampled_from(["y", "dx"]), inner, max_size=3)
    ),
    max_leaves=6,
)
FINITE = st.floats(-1e6, 1e6)
EXPECTED = st.recursive(
    FINITE
    | st.integers(-1000, 1000)
    | st.booleans()
    | st.text(max_size=3)
    | st.none()
    | st.sampled_from(["f8", "i8", "?"]).flatmap(
        lambda d: arrays(
            d,
            array_shapes(min_dims=0, max_dims=3, max_side=3),
            elements=FINITE if d == "f8" else None,
        )
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.sampled_from(["y", "dx"]), inner, max_size=2)
    ),
    max_leaves=4,
)
RUBRIC = Rubric({"all": 1.0}, "page.html", (Idea("idea", "An idea.", "Why.", "page.html"),))


def _deep():
    value = 1.0
    for _ in range(MAX_DEPTH + 1):
        value = [value]
    return value


def _judged(value, wanted, variant):
    expectation = Expectation("a case", "f(1)", "all", 9, wanted, {"idea": variant}, None, {"idea": variant})
    finding = check("f", [Answer("ok", value)], [expectation], {"all": 1.0}, ["idea"])
    assert finding.verdict in VERDICTS
    assert 0 <= finding.share <= 1
    for told in (message(RUBRIC, finding), text_card(RUBRIC, finding, 0, 1, ""), html_card(RUBRIC, finding, 0, 1, "")):
        assert len(told) < 20_000
    json.dumps(message(RUBRIC, finding))
    return finding


@given(ANSWERS, EXPECTED, EXPECTED)
@example(2**64, 1.5, 2.5)
@example(10**100, 1.5, 2.5)
@example(10**302, np.asarray(1.5), 2.5)
@example(-(10**302), 1, 2)
@example([2**64, 10**302], [1.5, 2.5], [2.5, 1.5])
@example(math.nan, 1.5, math.inf)
@example(np.full((2, 2), 1e308), np.full((2, 2), -1e308), np.zeros((2, 2)))
@example(np.asarray(2**64 - 1, np.uint64), np.asarray(-1), 3)
@example({"\ud800": 1}, {"y": 1.0}, {"y": 2.0})
@example({f"{n}" * 100: n for n in range(999)}, {"y": 1.0}, {"y": 2.0})
@example(Opaque("\ud800"), 1.0, 2.0)
@example(_deep(), 1.0, [1.0])
@example(np.zeros((0, 3)), np.zeros((2, 3)), np.zeros((0, 3)))
def test_no_value_raises_whatever_was_expected(value, wanted, variant):
    _judged(value, wanted, variant)


@given(EXPECTED, EXPECTED)
def test_what_was_expected_earns_its_case(wanted, variant):
    assert _judged(wanted, wanted, variant).verdict in ("correct", "wrong_dtype")  # NumPy has no 0-d bool for a bool


@pytest.mark.parametrize("number", [2**64, 10**100, -(10**302)])
def test_a_number_that_no_float_can_hold_is_a_wrong_number(number):
    finding = _judged(number, 1.5, 2.5)
    assert finding.verdict == "wrong_value"
    assert len(finding.message) < 200


def test_a_whole_number_is_right_where_its_value_is():
    assert _judged(2**64, float(2**64), 0.0).verdict == "correct"
    assert _judged(3, 3.0, 0.0).verdict == "correct"
