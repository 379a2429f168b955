"""What Python's and NumPy's errors mean: each is raised here as a student's program would raise it, and then read."""

import numpy as np
import pytest

from autograde.exam.checker import check
from autograde.exam.findings import Answer, Expectation
from autograde.exam.readings import reading

ONES = np.ones((2, 3, 4, 5))
PROGRAMS = {
    "size + 1": "ONES[..., :4] + np.zeros((2, 3, 4, 5))",
    "both sizes + 1": "ONES[..., :3, :4] + ONES",
    "a channel": "ONES[:, :2] + ONES",
    "rows for columns": "np.ones((4, 5)) + np.ones((5, 4))",
    "a bias": "ONES + np.zeros(4)",
    "into a slice": "ONES[0, 0].copy().__setitem__(slice(0, 2), np.ones((3, 5)))",
    "nothing": "ONES[:, :, 0:0] + ONES",
    "a product": "np.ones((2, 3)) @ np.ones((4, 2))",
    "dot": "np.dot(np.ones((2, 3)), np.ones((4, 2)))",
    "reshape": "np.ones(10).reshape(3, 4)",
    "reshape by what is left": "np.ones(10).reshape(-1, 4)",
    "one beyond": "np.ones(4)[4]",
    "far beyond": "np.ones((4, 9))[7]",
    "axis": "np.ones((2, 3)).sum(axis=2)",
    "joined": "np.concatenate([ONES, ONES[:, :, :3]], axis=1)",
    "no arrays": "np.concatenate([])",
    "short tuple": "(1, 2)[2]",
    "pad": "np.pad(ONES, -1)",
    "name": "undefined + 1",
    "zero": "1 // 0",
    "key": "{'weight': 1}['bias']",
    "int for a pair": "(lambda a, b: 0)(*3)",
    "int subscripted": "(lambda a: a[0])(3)",
    "too few names": "exec('a, b, c = 1, 2')",
    "none": "(lambda a: a[0])(None)",
    "float size": "np.zeros((2.0, 3))",
    "float slice": "[1, 2][: 1.0]",
    "an array asked": "1 if np.ones(3) > 0 else 2",
    "brackets": "np.ones(3)[0, 0]",
    "transpose": "ONES.transpose(0, 1)",
    "einsum": "np.einsum('nchw,fc->nfhw', ONES[0], np.ones((2, 3)))",
    "einsum, two sizes": "np.einsum('nchw,fc->nfhw', ONES, np.ones((2, 4)))",
    "einsum, more axes": "np.einsum('nchw,f->nfhw', ONES, np.ones((2, 4)))",
    "einsum, an unknown letter": "np.einsum('nchw->nx', ONES)",
    "einsum along a path": "np.einsum('ij,jk,kl->il', *(np.ones(s) for s in ((2, 3), (4, 5), (5, 6))), optimize=True)",
    "nothing joined": "np.concatenate([ONES, ONES[:, :, 2:-0]], axis=1)",
    "step": "list(range(0, 3, 0))",
    "empty maximum": "np.max(np.ones(0))",
    "called": "(lambda a: a(4))(3)",
    "call": "(lambda a: a)(1, 2)",
    "pair for an int": "int((2, 3))",
    "assert": "exec('assert 1 == 2')",
    "infinity": "np.pad(np.ones(3, int), 1, constant_values=-np.inf)",
}
SAID = {
    "infinity": "an array of whole numbers holds no inf",
    "size + 1": "differ along axis -1, 4 against 5: one place too many or too few",
    "both sizes + 1": "axis -1, 4 against 5 and axis -2, 3 against 4: one place",
    "a channel": "axis -3, 2 against 3: what does that axis count",
    "rows for columns": "rows and columns of one of them have changed places",
    "a bias": "axis -1, 5 against 4: what does that axis count",
    "into a slice": "these arrays do not fit: they differ along axis -2, 3 against 2",
    "nothing": "empty there, as a slice is that ends before it begins",
    "a product": "3 entries in one and 4 in the other",
    "dot": "3 entries against 4",
    "reshape": "holds 10 numbers, which is no multiple of 12",
    "reshape by what is left": "no multiple of 4",
    "one beyond": "the places 0 to 3: the index is one beyond its end",
    "far beyond": "axis 0 has the places 0 to 3 only",
    "axis": "an array of 2 axes has no axis 2",
    "joined": "also differ along axis 2, 4 against 3",
    "no arrays": "the list that is joined is empty",
    "short tuple": "shorter than that: places count from 0",
    "pad": "fewer than 0 pixels",
    "name": "`undefined` is used before anything was given that name",
    "zero": "divided by 0",
    "key": "no entry 'bias'",
    "int for a pair": "a single int came where several were read",
    "int subscripted": "a single int came where several were read",
    "too few names": "3 names stand here for 2 values",
    "none": "there is None where a value is needed",
    "float size": "// gives whole numbers",
    "float slice": "// gives whole numbers",
    "an array asked": "asks a whole array at once",
    "brackets": "fewer axes than the brackets name",
    "transpose": "each axis of the array is named exactly once",
    "einsum": "array 0 of einsum, counted from 0, has fewer axes than letters",
    "einsum, two sizes": "two sizes, counted from 0: 3 in array 0 (its axis 1), 4 in array 1 (its axis 1)",
    "einsum, more axes": "an array has more axes than einsum has letters for it",
    "einsum, an unknown letter": "the letters of einsum and the arrays' axes do not fit",
    "einsum along a path": "the letter j of einsum has two sizes: 3 in array 1, counted from 0, and 4 before",
    "nothing joined": "along axis 2, where one is empty, as a slice is that ends before it begins: -0 is 0",
    "step": "the step of a slice or range is 0",
    "empty maximum": "its slice ends before it begins",
    "called": "has a variable taken a function's name",
    "call": "name different arguments",
    "pair for an int": "a pair came where a single number was read",
    "assert": "where another error is asked for, write `raise`",
}


def _error(program):
    try:
        eval(program, {"np": np, "ONES": ONES})
    except (ArithmeticError, AssertionError, LookupError, NameError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error} (line 3: {program})"
    raise AssertionError(f"{program} stops with no error")


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_error_is_read_in_a_tutors_words(name):
    assert SAID[name] in reading(_error(PROGRAMS[name]))


def test_a_card_has_the_error_and_what_it_means():
    expectation = Expectation("one", "f(1)", "general", 1, 1.0)
    found = check("f", [Answer("error", text=_error("1 // 0"))], [expectation], {"general": 1})
    assert found.message.startswith("ZeroDivisionError: ")
    assert found.message.endswith(f"; {found.relation}")
    assert found.relation == reading("ZeroDivisionError: ")


def test_what_is_not_known_is_left_as_it_is():
    assert reading("ValueError: my own words (line 2: raise ValueError('my own words'))") == ""


@pytest.mark.parametrize("unit", ["(", "1, ", "shapes (", "((((", "mismatch in its core dimension ", "'a "])
def test_a_long_error_is_read_in_no_time_worth_telling(unit):
    assert isinstance(reading(f"ValueError: operands could not be broadcast together with {unit * 100_000}"), str)
