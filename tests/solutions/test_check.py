"""check.py, which students read: each message names the case, what was expected, what came, and where it differs."""

import ast
import importlib.util
import json
import re

import numpy as np
import pytest

from autograde.author import audit
from autograde.exam import checker, comparing
from autograde.exam.findings import Answer, Expectation
from autograde.exam.inputs import changed
from tests.conftest import ROOT, exam_of

PATH = ROOT / "solutions" / "check.py"
A = np.arange(6.0).reshape(2, 3)
LABEL = "four taps: the odd pixel goes after"


@pytest.fixture(scope="module")
def check():
    spec = importlib.util.spec_from_file_location("check_of_students", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (A, A),
        (A + 1e-13, A),
        (A.astype(int), A.tolist()),
        (np.float64(0.1), 0.1),
        ([1, 2], (1, 2)),
        ([[1, 2], (3, 4)], [(1, 2), (3, 4)]),
        (np.array([1, 2]), (1, 2)),
        (np.int64(3), 3),
        (True, True),
        ((A, 2), (A, 2)),
        ({"a": A, "more": 1}, {"a": A}),
        (A > 2, A > 2),
    ],
)
def test_what_is_right_passes_and_says_so_once(check, capsys, got, expected):
    check.expect(LABEL, got, expected)
    assert capsys.readouterr().out == f"✓ {LABEL}\n"


WRONG = {
    "values": (A[:, ::-1] ** 2, A, ["of 6 values differ; the first is at index (0, 0)", "expected  0", "got       4"]),
    "whole answer": (A + 1, A, ["all of your answer:", "[[1. 2. 3.]", "every value is too large by 1"]),
    "sign": (-A, A, ["every value has the wrong sign"]),
    "factor": (A * 2, A, ["every value is 2 times what was expected"]),
    "places": (A.ravel()[[4, 2, 0, 5, 1, 3]], A.ravel(), ["these are the expected numbers, in other places"]),
    "shape": (A[0], A, ["expected  shape (2, 3)", "got       shape (3,)"]),
    "swapped": (A.T, A, ["got       shape (3, 2)", "as if rows and columns had changed places"]),
    "none": (None, A, ["returned None", "return statement"]),
    "list": ([1], A, ["expected  an array of shape (2, 3)", "got       a list, [1]"]),
    "objects": (A.astype(object), A, ["expected  numbers of type float64", "values of type object"]),
    "not finite": (A * np.nan, A, ["6 of 6 values are not finite", "got       nan"]),
    "half precision": (A.astype(np.float16), A, ["expected  numbers of type float64", "values of type float16"]),
    "truth for numbers": (A > 2, A, ["expected  values of type float64", "values of type bool"]),
    "numbers for truth": ((A > 2) * 1.0, A > 2, ["expected  values of type bool", "values of type float64"]),
    "cut off": ((A / 2).astype(int), A / 2, ["your answer has type int64, which cuts off fractions"]),
    "floats in a pair": (
        (2.0, 3.0),
        (2, 3),
        ["(2, 3), whole numbers (int)", "got       (2.0, 3.0)", "np.floor do not"],
    ),
    "an array of floats": (np.floor([2.0, 3.0]), (2, 3), ["(2, 3), whole numbers (int)", "got       [2.0, 3.0]"]),
    "truth in a pair": ((True, 3), (1, 3), ["(1, 3), whole numbers (int)"]),
    "close": (0.1000001, 0.1, ["expected  0.1\n", "got       0.1000001"]),
    "very close": (np.add(A, [0, 0, 3e-11]), A, ["expected  2\n", "got       2.00000000003"]),
    "pair": ((2, 1), (1, 2), ["expected  (1, 2)", "got       (2, 1)"]),
    "float for int": (3.0, 4, ["4, a whole number (int)", "a float, 3.0"]),
    "int": (3, 4, ["expected  4", "got       3"]),
    "truth": (1, True, ["expected  True", "got       an int, 1"]),
    "masks": (A > 3, A > 1, ["2 of 6 values differ", "expected  1", "got       0"]),
    "key": ({}, {"a": A}, ["a dict with the key 'a'", "only the keys (none)"]),
    "in a dict": ({"a": A + 1}, {"a": A}, ["at the key 'a'", "6 of 6 values differ"]),
    "in a tuple": ((A, A + 1), (A, A), ["in value 1 of the 2 that you return, counted from 0", "6 of 6 values"]),
    "in a list": (
        [(1, 2), (5, 6)],
        [(1, 2), (3, 4)],
        ["at place 1 of the list", "expected  (3, 4)", "got       (5, 6)"],
    ),
    "a list lacks one": (
        [(1, 2)],
        [(1, 2), (3, 4)],
        ["expected  a list of 2", "got       a list of 1", "your list lacks (3, 4)"],
    ),
    "no list": ({(1, 2)}, [(1, 2)], ["expected  a list of 1 tuples", "got       a set"]),
    "too few": ((A,), (A, A), ["expected  a tuple of 2", "got       a tuple of 1"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_explained(check, capsys, name):
    got, expected, parts = WRONG[name]
    with pytest.raises(AssertionError) as raised:
        check.expect(LABEL, got, expected)
    said = str(raised.value)
    assert said.startswith(f"✗ {LABEL}\n  ")
    for part in parts:
        assert part in said
    assert capsys.readouterr().out == ""


def test_jupyter_prints_the_tests_line_and_no_line_of_check(check):
    with pytest.raises(check.AnswerError) as raised:
        check.expect(LABEL, (2, 1), (1, 2))
    line, said = raised.value._render_traceback_()
    assert re.fullmatch(r"line \d+:  check\.expect\(LABEL, \(2, 1\), \(1, 2\)\)\n", line)
    assert said == str(raised.value)


def test_recorded_names_the_call_and_the_file(check, monkeypatch, capsys):
    monkeypatch.chdir(ROOT / "solutions" / "padding" / "given")
    with pytest.raises(AssertionError, match=r"asked     pad2d\(array \(\d+, \d+\), 3\)"):
        check.recorded("padding", "pad2d", lambda x, padding, mode="zeros": x)
    with pytest.raises(ZeroDivisionError):
        check.recorded("padding", "pad2d", lambda *_, **__: 1 // 0)
    said = capsys.readouterr().out
    assert "✗ torch's answer" in said
    assert "your function stopped with the error below" in said
    with pytest.raises(FileNotFoundError, match="put it beside the notebook"):
        check.recorded("nothing", "pad2d", None)


def test_it_is_written_for_the_oldest_python_that_a_browser_has():
    ast.parse(PATH.read_text("utf-8"), feature_version=(3, 10))


@pytest.fixture
def ask(check, monkeypatch, tmp_path, capsys):
    """Asks a function the recorded double of an array, and gives the message with which it is refused, or ""."""

    def refused(function, x, expected=None, **case):
        arrays = {"x": x, "expected": x * 2 if expected is None else expected}
        recorded = {"function": "f", "label": "double", "args": [{"array": "x"}], "kwargs": {}, **case}
        about = json.dumps({"cases": [{**recorded, "expected": {"array": "expected"}}]})
        np.savez(tmp_path / "n.npz", about=np.array(about), **arrays)
        monkeypatch.chdir(tmp_path)
        try:
            check.recorded("n", "f", function)
        except check.AnswerError as error:
            return str(error)
        finally:
            capsys.readouterr()
        return ""

    return refused


def test_recorded_asks_for_the_type_that_the_text_promises(ask):
    x = np.ones((2, 3), np.float32)
    assert ask(lambda x: x * 2, x, dtype="float32") == ""
    message = ask(lambda x: x * np.float64([2]), x, dtype="float32")
    assert "asked     f(array (2, 3) of float32)" in message
    assert "the values are right, but not their type" in message
    assert "expected  float32, as you were given\n  got       float64" in message
    assert "values differ" in ask(lambda x: x * np.float64([3]), x, dtype="float32")
    assert ask(lambda x: x * np.float64([2]), x) == ""


def test_recorded_refuses_a_changed_input_by_its_name(ask):
    x = np.ones((2, 3))

    def in_place(values):
        values *= 2
        return values

    message = ask(in_place, x)
    assert message.endswith(f"the answer is right, but your function {changed([['values']], ())}")

    def wrong_in_place(values):
        values[0] = 0
        return values

    message = ask(wrong_in_place, x)
    assert "6 of 6 values differ" in message
    assert message.endswith(f"your function also {changed([[0]], ['values'])}")


def test_recorded_refuses_a_change_within_a_list_and_a_dict(ask):
    x = np.ones(2)
    inside = {"list": [{"dict": {"a": {"array": "x"}}}]}

    def in_place(layers, depth=1):
        layers[0]["a"] += 1
        return layers[0]["a"]

    message = ask(in_place, x, args=[inside], kwargs={"depth": 2})
    assert f"your function {changed([[0, 0, 'a']], ['layers'])}" in message
    assert "changed its input `layers[0]['a']`: " in message
    assert ask(lambda layers, depth=1: layers[0]["a"] * depth, x, args=[inside], kwargs={"depth": 2}) == ""


def test_recorded_takes_no_floats_for_a_list_of_whole_numbers(check, ask, monkeypatch, tmp_path, capsys):
    about = {"cases": [{"function": "f", "label": "two", "args": [4], "kwargs": {}, "expected": {"list": [1, 2]}}]}
    np.savez(tmp_path / "n.npz", about=np.array(json.dumps(about)))
    monkeypatch.chdir(tmp_path)
    check.recorded("n", "f", lambda n: [1, 2])
    check.recorded("n", "f", lambda n: np.array([1, 2]))
    for floats in ([1.0, 2.0], np.array([1.0, 2.0])):
        with pytest.raises(check.AnswerError, match="whole numbers"):
            check.recorded("n", "f", lambda n, floats=floats: floats)
    capsys.readouterr()


RELU = "def relu(x):\n    return np.maximum(x, 0, out=x)\n"
STEP = """
def sgd_momentum_step(param, grad, velocity, lr, momentum=0.9, weight_decay=0.0):
    grad = grad + weight_decay * param
    velocity *= momentum
    velocity += grad
    param -= lr * velocity
    return param, velocity
"""
ADD = """
def residual_add(x, f):
    if x.shape != f.shape:
        raise ValueError("shapes")
    f += x
    return f
"""


@pytest.mark.parametrize(
    ("notebook", "name", "in_place"),
    [("convnet", "relu", RELU), ("convnet", "sgd_momentum_step", STEP), ("resnet", "residual_add", ADD)],
)
def test_visible_tests_refuse_what_is_done_in_place(sandbox, notebook, name, in_place):
    (trial,) = audit.attempt([exam_of(notebook)], name, audit.Program("right", "it", in_place), sandbox)
    assert (trial.hidden, trial.visible) == ("modified_input", True)


B = np.random.default_rng(0).uniform(0.5, 2, (3, 2, 5, 4))
HOLED = np.where(np.arange(4) == 1, 0, B)
FRAMED = B.copy()
FRAMED[..., 0, :] = FRAMED[..., -1] = 7
CORNERED = B.copy()
CORNERED[0, :, 0, :3] = 7
ZEROED = B * (np.arange(5) < 4)[:, None]
LAST_ZERO = np.where(ZEROED == 0, 0, 7)
SPOTTED = B.copy()
SPOTTED[0, 0, [0, 1, 2, 3], [0, 1, 2, 3]] = 7
PAIRS = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
STACKED = np.vstack([np.eye(3), -np.eye(3)])
FIRST = B.copy()
FIRST[1:, 0, 2, 2] = 7
SIGNED = B * np.where(np.arange(4) % 2, -1, 1)
LAST = B.copy()
LAST[..., -1] = np.cos(np.arange(30)).reshape(3, 2, 5)
CHANNELS = np.array([2.0, -3.0])[:, None, None]
HALF = B.copy()
HALF[..., 2:] = np.cos(np.arange(60)).reshape(3, 2, 5, 2)
PLACES = (np.arange(3)[:, None, None, None] + np.arange(5)[:, None] + 2 * np.arange(4)) % 5 == 0
LINE = B.ravel()[:6]
SAID = {
    "every value that is wrong has the wrong sign": (np.where(PLACES, -B, B), B),
    "every value that is wrong is too large by 2": (np.where(PLACES, B + 2, B), B),
    "every value that is wrong is 3 times what was expected": (np.where(PLACES, 3 * B, B), B),
    "every value that is wrong is 7": (np.where(PLACES, 7, B), B),
    "all that is wrong should be 0": (B, np.where(PLACES, 0, B)),
    "value 2 alone is wrong": (np.where(np.arange(6) == 2, 7, LINE), LINE),
    "the first 4 of 6 values are right, and no other is": (np.where(np.arange(6) < 4, LINE, LINE**2 + 3), LINE),
    "the last 2 of 6 values are right, and no other is": (np.where(np.arange(6) < 4, LINE**2 + 3, LINE), LINE),
    "values 2 to 3 are wrong, and no other is": (np.where(np.arange(6) // 2 == 1, LINE**2 + 3, LINE), LINE),
    "values 2 to 3 are right, and those before and behind them are wrong": (
        np.where(np.arange(6) // 2 == 1, LINE, LINE**2 + 3),
        LINE,
    ),
    "every value is what was expected, rounded down, as // does": (np.floor(5 * SIGNED), 5 * SIGNED),
    "every value is what was expected, rounded to a whole number": (np.round(5 * SIGNED), 5 * SIGNED),
    "all numbers of your answer are equal": (np.full_like(B, 3), B),
    "every channel of your answer is the same": (np.repeat(B[:, :1], 2, 1), B),
    "every row of your answer is the same": (np.repeat(B[0, 0, :1], 5, 0), B[0, 0]),
    "every channel is right, and stands in another place: number 0 of your answer is number 1 of what was expected, "
    "counted from 0": (B[:, ::-1], B),
    "the first 2 of 4 columns are right, and no other is": (HALF, B),
    "every value has lost its sign, as after np.abs or a square": (abs(SIGNED), SIGNED),
    "what should be below 0 is 0, as after a ReLU too many": (np.maximum(SIGNED, 0), SIGNED),
    "what should be 0 is below 0, as without the last ReLU": (SIGNED, np.maximum(SIGNED, 0)),
    "the answer is 0 everywhere, as where nothing was written": (0 * B, B),
    "each channel is off by a number of its own, the same at every place: look at what is added, as a bias": (
        B + CHANNELS,
        B,
    ),
    "each channel is a multiple of its own of what was expected: look at what it is multiplied with": (B * CHANNELS, B),
    "all that is wrong lies in the last column, number 2, counted from 0": (LAST[0, 0, :2, 1:], B[0, 0, :2, 1:]),
    "the first row is right, and no other is": (np.vstack([B[0, 0, :1], B[1, 1, 1:]]), B[0, 0]),
    "every value has the wrong sign": (-B, B),
    "every value is what was expected, divided by 6": (B / 6, B),
    "your answer has type int64, which holds no fractions": (np.round(2 * B).astype(int), 2 * B),
    "every value is too small by 0.25": (B - 0.25, B),
    "every value is 3 times what was expected": (3 * B, B),
    "the expected values come in reverse order": (B[0, 0, 0, ::-1], B[0, 0, 0]),
    "this is the expected answer turned by half a turn: rows and columns run backwards": (B[..., ::-1, ::-1], B),
    "this is the expected answer mirrored: the columns run backwards": (B[..., ::-1], B),
    "this is the expected answer mirrored: the rows run backwards": (B[..., ::-1, :], B),
    "this is the expected answer transposed: rows and columns have changed places": (B[0, 0, :4].T, B[0, 0, :4]),
    "the expected values are shifted down by 1 row": (np.roll(B, 1, -2) * (np.arange(5) > 0)[:, None], B),
    "the expected values are shifted to the left by 2 columns": (np.roll(B, -2, -1) * (np.arange(4) < 2), B),
    "these are the expected numbers with the axes in the order (0, 2, 3, 1), as after a reshape where a transpose was "
    "needed": (B.transpose(0, 2, 3, 1).reshape(B.shape), B),
    "the first image is right and no other is: is there a loop or an axis for the batch?": (FIRST, B),
    "all that is wrong lies at the border of the last two axes: the inside is right": (FRAMED, B),
    "every value that is wrong is 0, as where nothing was written": (HOLED, B),
    "these are the expected numbers, in other places": (np.random.default_rng(1).permutation(B.ravel()), B.ravel()),
}


SHAPES = {
    "axis 0 is 2 times as long as expected, at the cost of axis 1: along which axis are parts joined, or repeated?": (
        (6, 3, 3, 3),
        (3, 6, 3, 3),
    ),
    "it is empty, as where a slice ends before it begins: -0 is 0, so `[p:-p]` is empty at p = 0": (
        (2, 0, 4),
        (2, 3, 4),
    ),
    "axis 1 is missing, as where a sum, a mean or a maximum runs over it (the 0 of np.max(x, 0) is an axis), or an "
    "index takes it away": ((2, 4), (2, 3, 4)),
    "axis 0 is one too many, as where it should have been summed over": ((5, 3, 4), (3, 4)),
    "it has 1 axis in place of 3": ((24,), (2, 3, 4)),
    "axes of length 1 are too many: what has one number there could go without": ((5, 1, 1), (5,)),
    "the same sizes in another order, but the numbers are not those of a transpose": ((2, 4, 3), (2, 3, 4)),
    "axis 1: two too few, as from a - 1 where a + 1 belongs": ((3, 2), (3, 4)),
    "axis 3 alone is wrong: look at how that size is worked out": ((2, 2, 4, 9), (2, 2, 4, 6)),
    "axes 0, 2 and 3 alone are wrong: look at how these sizes are worked out": ((5, 2, 7, 9), (2, 2, 4, 4)),
    "axis 2 and axis 3: one too many, as from a + 1 too many, or a rounding": ((2, 2, 4, 5), (2, 2, 3, 4)),
    "axis 1: one too few, as from a + 1 that is lost, or a rounding": ((3, 3), (3, 4)),
    "axis 1: one less than expected": ((3, 5, 3, 3), (3, 6, 3, 3)),
    "axis 0: one more than expected": ((5,), (4,)),
}


def test_values_in_another_order_are_told_in_the_same_words(check):
    one, two, three = B[0, 0, 0], B[1, 1, 1], B[2, 0, 2]
    told = (
        "the values are right, and stand in another order: your value 1 is the expected value 2, your value 2 is the "
    )
    told += "expected value 1"
    with pytest.raises(check.AnswerError) as raised:
        check.expect(LABEL, (one, three, two), (one, two, three))
    assert str(raised.value).endswith(f"\n  {told}")
    found = comparing.compare((one, three, two), (one, two, three))
    assert (found.relation(), found.beside) == (told, "")  # which of them stand right says nothing then
    with pytest.raises(check.AnswerError) as raised:
        check.expect(LABEL, (one, three, one), (one, two, three))
    other = comparing.compare((one, three, one), (one, two, three)).relation()
    assert "another order" not in f"{raised.value} {other}"


@pytest.mark.parametrize("sentence", SHAPES)
def test_visible_and_hidden_tests_say_in_the_same_words_how_shapes_differ(check, sentence):
    got, want = (np.ones(shape) for shape in SHAPES[sentence])
    with pytest.raises(check.AnswerError) as raised:
        check.expect(LABEL, got, want)
    assert str(raised.value).endswith(f"\n  {sentence}")
    assert comparing.compare(got, want).told == sentence


def test_sizes_in_another_order_are_called_a_transpose_where_the_numbers_are_right(check):
    told = "the numbers are right, and the axes stand in another order"
    turned = np.moveaxis(B, 1, -1)
    for got, sure in ((turned, True), (turned + (turned == turned.max()), False)):
        with pytest.raises(check.AnswerError) as raised:
            check.expect(LABEL, got, B)
        assert str(raised.value).endswith(told) == sure
        assert (comparing.compare(got, B).told == told) == sure


CHANCES = {
    "a few wrong values at the border": (CORNERED, B),
    "a row that is 0 in both": (LAST_ZERO, ZEROED),
    "a row in which nothing happens to be wrong": (SPOTTED[0, 0], B[0, 0]),
    "ones and zeros in two orders of the axes": (PAIRS, STACKED),
}


@pytest.mark.parametrize("case", CHANCES)
def test_nothing_is_said_of_what_may_be_chance(check, case):
    got, expected = CHANCES[case]
    found = comparing.compare(got, expected).relation()
    with pytest.raises(check.AnswerError) as raised:
        check.expect(LABEL, got, expected)
    said = f"{found}\n{raised.value}"
    assert not re.search(r"at the border|is right, and no other|in the order", said), said


def test_small_whole_numbers_are_multiples_by_chance():
    told = {(5, -1): "", (1, -1): "", (8, 2): "", (-6, 3): "", (2, 8): "", (-23, 23): "it has the wrong sign"}
    told |= {(12, 6): "it is 2 times what was expected", (3, 15): "it is what was expected, divided by 5"}
    assert {pair: comparing.compare(*pair).told for pair in told} == told


@pytest.mark.parametrize("sentence", SAID)
def test_visible_and_hidden_tests_say_in_the_same_words_what_they_see(check, sentence):
    got, expected = SAID[sentence]
    with pytest.raises(check.AnswerError) as raised:
        check.expect(LABEL, got, expected)
    assert str(raised.value).endswith(f"\n  {sentence}")
    expectation = Expectation("one", "f(x)", "general", 1, expected)
    found = checker.check("f", [Answer("ok", got)], [expectation], {"general": 1})
    assert found.message.endswith(f"; {sentence}")
    other = np.random.default_rng(2).uniform(0.5, 2, expected.shape)
    found = checker.check("f", [Answer("ok", other)], [expectation], {"general": 1})
    assert found.message.count(";") == 1  # what differs, and no relation


def test_hidden_tests_give_as_many_digits_as_tell_two_numbers_apart():
    for want, got in [(2.56089, 2.560893), (np.full(3, 2.56089), np.array([2.56089, 2.560893, 2.56089]))]:
        expectation = Expectation("one", "f(x)", "general", 1, want)
        found = checker.check("f", [Answer("ok", got)], [expectation], {"general": 1})
        assert "expected 2.56089, got 2.560893" in found.message
