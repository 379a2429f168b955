"""A score is what the answers earn, whatever the notebook does around them."""

import pytest

from tests.conftest import code, exam_of, grade, source_of, submission

NAME = "filter_arithmetic"
WRONG = "def cross_correlate2d(x, w):\n    return np.zeros((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1))"

TRICKS = {
    "swallows exceptions": """
import sys
get_ipython().set_custom_exc((BaseException,), lambda *a, **k: None)
sys.excepthook = lambda *a: None
get_ipython().showtraceback = lambda *a, **k: None
""",
    "patches numpy's comparisons": """
import numpy as np
np.testing.assert_allclose = np.testing.assert_array_equal = lambda *a, **k: None
np.allclose = np.array_equal = np.isclose = lambda *a, **k: True
np.ndarray.__class__.__eq__ = lambda *a: True if False else NotImplemented
""",
    "prints a number as its last line": "print(600)\n600.0",
    "patches the visible tests": "import check\ncheck.expect = check.recorded = lambda *a, **k: None",
}


@pytest.mark.parametrize("trick", TRICKS)
def test_tricks_change_nothing(trick, sandbox):
    cells = submission(NAME, {"cross_correlate2d": WRONG})
    honest = grade(NAME, cells, sandbox)
    tricked = grade(NAME, [cells[0], code(TRICKS[trick]), *cells[1:]], sandbox)
    assert tricked.points == honest.points
    assert tricked.points["cross_correlate2d"] == 0
    in_the_solution = submission(NAME, {"cross_correlate2d": WRONG + "\n" + TRICKS[trick]})
    assert grade(NAME, in_the_solution, sandbox).points == honest.points


@pytest.mark.parametrize("trick", TRICKS)
def test_tricks_around_right_answers_cost_nothing(trick, sandbox):
    solution = source_of(NAME).by_id()["cross_correlate2d"].source
    cells = submission(NAME, {"cross_correlate2d": solution + "\n" + TRICKS[trick]})
    assert grade(NAME, cells, sandbox).score == source_of(NAME).max_score


ACCIDENTS = {
    "a solution cell copied": lambda cells: [*cells[:2], cells[1], *cells[2:]],
    "a solution cell split": lambda cells: [cells[0], code("helper = 1"), *cells[1:]],
    "a visible test deleted": lambda cells: [c for c in cells if "test_convolve2d" not in str(c["metadata"])],
    "every test deleted": lambda cells: [c for c in cells if "test_" not in str(c["metadata"])],
    "all metadata lost": lambda cells: [{**c, "metadata": {}} for c in cells],
    "prints to stderr": lambda cells: [cells[0], code("import sys\nprint('hm', file=sys.stderr)"), *cells[1:]],
    "warns": lambda cells: [cells[0], code("import warnings\nwarnings.warn('careful')"), *cells[1:]],
    "a cell that fails": lambda cells: [cells[0], code("1 / 0"), *cells[1:]],
    "solutions after the tests": lambda cells: [cells[0], *cells[2::2], *cells[1::2]],
    "a solution turned to text": lambda cells: [cells[0], {**cells[1], "cell_type": "raw"}, *cells[2:]],
    "the set-up cell deleted": lambda cells: cells[1:],
    "huge outputs left in": lambda cells: [{**c, "outputs": [{"text": "x" * 10**6}]} for c in cells],
    "magics and a plot": lambda cells: [
        cells[0],
        code("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n%timeit -n1 -r1 1+1"),
        *cells[1:],
    ],
    "quits": lambda cells: [cells[0], code("exit()"), code("import os\nos._exit(1)"), *cells[1:]],
}


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_honest_accidents_cost_nothing(accident, sandbox):
    graded = grade(NAME, ACCIDENTS[accident](submission(NAME)), sandbox)
    assert graded.score == exam_of(NAME).assignment.max_score, graded.findings


def test_changing_the_input_is_named_and_costs_its_points(sandbox):
    program = source_of(NAME).by_id()["filter_response"].source + "\n\n_before = filter_response\n"
    program += "def filter_response(x, w, b):\n    y = _before(x, w, b)\n    x[...] = 0\n    return y"
    graded = grade(NAME, submission(NAME, {"filter_response": program}), sandbox)
    assert graded.findings["filter_response"].verdict == "modified_input"
    assert graded.points["filter_response"] == 0


BODIES = {
    "raise ValueError('no idea')": "error",
    "return np.full((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1), np.nan)": "non_finite",
    "return np.zeros(3)": "wrong_shape",
    "return [[1.0]]": "wrong_dtype",
    "return np.zeros((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1), complex)": "wrong_dtype",
    "raise NotImplementedError": "no_answer",
    "import os; os._exit(0)": "error",
    "import ctypes; ctypes.string_at(0)": "error",
    "raise SystemExit": "error",
}


@pytest.mark.parametrize("body", BODIES)
def test_verdicts_are_told_apart(body, sandbox):
    graded = grade(NAME, submission(NAME, {"cross_correlate2d": f"def cross_correlate2d(x, w):\n    {body}"}), sandbox)
    assert graded.findings["cross_correlate2d"].verdict == BODIES[body]
    assert graded.points["cross_correlate2d"] == 0
    assert graded.findings["correlation_as_matrix"].verdict == "correct"
