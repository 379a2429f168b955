"""Small cases to try at home: their lines run, their answers are right, and nothing in them is the exam's."""

import contextlib
import html
import io
import re

import numpy as np
import pytest

from autograde.exam.checker import MAX_TEXT, judge
from autograde.exam.findings import Answer, Expectation, SmallCase, Tried
from autograde.exam.practice import SEED
from autograde.exam.prepare import prepare
from autograde.exam.small import MOST, MOST_IN_ALL
from autograde.feedback import at_home
from tests.conftest import COURSE, exam_of, grade, submission

URL = "https://book.example"
NAMES = ["padding", "stride", "channels", "batch_norm"]
"""Arrays alone, plain numbers alone, layers in a list, answers in several parts."""
KEEPER = """
_kept = []
def pad2d(x, padding, mode="zeros"):
    _kept.append(x.copy())
    with open("/tmp/kept.txt", "a") as file:
        file.write(repr(x.tolist()))
    return np.array([[float(open("/tmp/kept.txt").read().count(".")), *_kept[0].ravel()]])
"""
"""Answers what it was asked first, in this process or in another one."""


def _arrays(value):
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _arrays(one)


@pytest.mark.parametrize("name", NAMES)
def test_the_lines_make_the_call_and_say_what_is_right(name):
    for function, cases in exam_of(name).small.items():
        for case in cases:
            calls, right = [], case.expectation.value

            def answered(*args, _calls=calls, _right=right, **kwargs):
                _calls.append((args, kwargs))
                return _right

            namespace, printed = {"np": np, function: answered}, io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(at_home.snippet(function, case), namespace)
            np.testing.assert_equal(calls, [(case.args, dict(case.kwargs))])
            written = Answer("ok", namespace["expected"])
            rounded = Expectation("", "", "", 1, right, tolerance=0.6 * 10**-at_home.DIGITS)
            assert judge(written, rounded) is None
            told, _, difference = printed.getvalue().partition("difference")
            assert "expected" in told
            assert bool(difference) == bool([*_arrays([right])])
            assert not re.search("[1-9]", difference)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "channels"])  # whose exam is dear to draw
def test_small_cases_are_small_and_whole_and_the_same_in_every_exam(name):
    first, second = (prepare(COURSE, name, seed, "cpu") for seed in (SEED, SEED + 1))
    for function, cases in first.small.items():
        hidden = first.asks[function].cases
        for case in cases:
            arrays = [*_arrays(case.args), *_arrays(list(case.kwargs.values()))]
            answers = [*_arrays(case.expectation.value), *_arrays([case.expectation.value])]
            assert all((one == np.rint(one)).all() for one in arrays)
            assert sum(one.size for one in arrays) <= MOST_IN_ALL
            assert all(one.size <= MOST for one in (*arrays, *answers))
            # Not even with the seed that practice is drawn from is a small case one that the exam asks.
            assert repr((case.args, dict(case.kwargs))) not in {repr((args, dict(kwargs))) for args, kwargs in hidden}
        if all(list(_arrays(case.args)) for case in cases):
            there = [repr((case.args, dict(case.kwargs))) for case in second.small[function]]
            assert [repr((case.args, dict(case.kwargs))) for case in cases] == there


def test_feedback_on_a_function_that_keeps_its_inputs_shows_none_of_the_exams(sandbox):
    graded = grade("padding", submission("padding", {"pad2d": KEEPER}), sandbox)
    told = at_home.html("pad2d", graded.tried["pad2d"], URL)
    shown = graded.tried["pad2d"].value
    assert shown.size > 1
    first = exam_of("padding").small["pad2d"][0].args[0]
    np.testing.assert_array_equal(shown[0, 1:], first.ravel())  # the first that this process was asked is a small case
    hidden = [one for args, _ in exam_of("padding").asks["pad2d"].cases for one in _arrays(args)]
    assert hidden
    told = re.sub("<[^>]*>", "", told)
    for value in np.concatenate([one.ravel() for one in hidden if one.dtype.kind == "f"]):
        assert f"{abs(value):.3f}"[:-1] not in told


def test_a_right_function_and_an_unwritten_one_get_none(sandbox):
    unwritten = "def pad2d(x, padding, mode='zeros'):\n    raise NotImplementedError()\n"
    graded = grade("padding", submission("padding", {"pad2d": unwritten}), sandbox)
    assert graded.findings["source_index"].verdict == "correct"
    assert set(graded.tried) <= {"conv2d_padded"}  # which may use it


ANSWERS = {
    "array": (np.array([[1.0, 7.0]]), "", ["[[1, 7]]", "Difference", "[[0, 5]]"]),
    "several": ((np.array([1.0, 4.0]), np.array(3)), "", ["[1, 4]\n\n3", "Difference", "[0, 2]\n\n0"]),
    "another shape": (np.array([1.0]), "", ["[1]"]),
    "text": (None, "<script>x</script>", ["&lt;script&gt;x&lt;/script&gt;"]),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_the_answers_stand_side_by_side_and_nothing_of_a_students_is_trusted(kind):
    value, text, wanted = ANSWERS[kind]
    right = (np.array([1.0, 2.0]), 3) if kind == "several" else np.array([[1.0, 2.0]])
    facts = Expectation("one", "", "", 1, right)
    case = SmallCase(
        (np.array([[1.0, 2.0]]), (1, 2)), {"mode": "reflect"}, ("x", "padding"), facts, "a.html?play1=n2&k#c"
    )
    told = at_home.html("pad2d", Tried(case, value, text), URL)
    for words in (
        "user-select:all",
        "Expected",
        "[[1, 2]]",
        'href="https://book.example/a.html?play1=n2&amp;k#c"',
        *wanted,
    ):
        assert words in told
    assert ("Difference" in told) == (kind in ("array", "several"))
    assert "<script" not in told
    code = html.unescape(re.search(r"user-select:all\">(.*?)</pre>", told, re.S)[1])
    assert code.startswith("x = np.array([[1, 2]], float)\ngot = pad2d(x, (1, 2), mode='reflect')\n")


def test_an_answer_of_any_size_is_told_in_few_words(sandbox):
    large = "def pad2d(x, padding, mode='zeros'):\n    return np.zeros((50, 50))\n"
    graded = grade("padding", submission("padding", {"pad2d": large}), sandbox)
    tried = graded.tried["pad2d"]
    assert tried.value is None
    assert "(50, 50)" in tried.text
    failing = "def pad2d(x, padding, mode='zeros'):\n    raise ValueError('\\u202e<b>' * 500)\n"
    tried = grade("padding", submission("padding", {"pad2d": failing}), sandbox).tried["pad2d"]
    assert tried.text.startswith("ValueError: ")
    assert len(tried.text) <= MAX_TEXT
    assert "\u202e" not in tried.text
