"""What a student's process says of itself earns nothing: what it did is found out outside."""

from dataclasses import replace

import numpy as np
import pytest

from autograde.run.grade import grade_cells
from autograde.sandbox import Ask, Cell, Job, Sandbox, wire
from tests.conftest import COURSE, ROOT, code, document, exam_of, grade, source_of, submission

NO_TRACE = """
import tracemalloc
tracemalloc.get_traced_memory = lambda: (0, 0)
"""
COPIES = """
def conv2d_strided_view(x, weight, bias=None, stride=1, padding=0, dilation=1):
    return conv2d_gemm(x, weight, bias, stride, padding, dilation)
"""


def _cells(name, before, replaced):
    return [code(before), *submission(name, replaced)]


def test_a_copy_does_not_fit_whatever_tracemalloc_is_made_to_say(sandbox):
    graded = grade("im2col", _cells("im2col", NO_TRACE, {"conv2d_strided_view": COPIES}), sandbox)
    finding = graded.findings["conv2d_strided_view"]
    assert finding.share == pytest.approx(0.6)
    assert finding.misconception == "windows_copied"


LABELS = """
def train(net, images, labels, epochs, batch_size, lr, momentum=0.9, weight_decay=0.0, seed=0, show=None):
    import sys
    frame, found = sys._getframe(1), []
    while frame is not None:
        for value in list(frame.f_locals.values()):
            for item in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(item, np.ndarray) and item.shape == (150,) and item.dtype.kind == "i":
                    found.append(item)
        frame = frame.f_back
    forward = net.forward
    def cheat(x):
        logits = forward(x)
        return np.eye(logits.shape[1])[found[0]] if found and len(x) == 150 else logits
    net.forward = cheat
    return []
"""
FROM_THE_FILE = """
def train(net, images, labels, epochs, batch_size, lr, momentum=0.9, weight_decay=0.0, seed=0, show=None):
    with np.load("digits.npz") as file:
        known = {image.tobytes(): label for image, label in zip(file["images"] / 16.0, file["labels"])}
    net.forward = lambda x: np.eye(10)[[known[image[0].tobytes()] for image in x]]
    return []
"""


@pytest.mark.parametrize("program", [LABELS, FROM_THE_FILE])
def test_labels_of_unseen_digits_are_not_to_be_found(program, sandbox):
    graded = grade("convnet", submission("convnet", {"train": program}), sandbox)
    assert graded.findings["train"].share == 0
    assert graded.points["train"] == 0


def test_no_array_that_a_driver_sends_holds_held_out_labels():
    kept = 0
    for name in COURSE.assignments():
        for function, question in COURSE.content.questions(name).items():
            for case in question.draw(5):
                for value in case.kept.values():
                    kept += 1
                    sent = [item for item in (*case.args, *case.kwargs.values()) if isinstance(item, np.ndarray)]
                    assert not any(np.array_equal(value, item) for item in sent), (name, function)
    assert kept


def _published(function, answers):
    """A program that knows a function's answers to cases of an earlier run by their arguments' text."""
    return f"_known = {answers!r}\ndef {function}(*args):\n    return _known.get(repr(args), 0)\n"


@pytest.mark.parametrize(
    ("name", "function"), [("channels", "count_parameters"), ("channels", "count_macs"), ("pooling", "receptive_field")]
)
def test_answers_out_of_the_literature_earn_nothing(name, function, sandbox):
    question = COURSE.content.questions(name)[function]
    answers = {repr(case.args): question.reference(*case.args) for case in question.draw(4)}
    graded = grade(name, submission(name, {function: _published(function, answers)}), sandbox)
    assert graded.points[function] == 0, graded.findings[function]
    assert graded.findings[function].passed > 0


NAME = "filter_arithmetic"
FIRST = "cross_correlate2d"


def _crashing(count):
    return [code(f"import os\nos._exit({number})") for number in range(count)]


def test_thirteen_crashing_cells_are_told(sandbox):
    graded = grade(NAME, [*_crashing(13), *submission(NAME)], sandbox)
    assert graded.score == 0
    message = graded.findings[FIRST].message
    assert message.startswith("not reached: 12 cells ended the notebook's process"), message


def test_eleven_crashing_cells_cost_nothing(sandbox):
    graded = grade(NAME, [*_crashing(11), *submission(NAME)], sandbox)
    assert graded.score == exam_of(NAME).assignment.max_score


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ("import os; os._exit(1)", "the process left before it answered"),
        ("import ctypes; ctypes.string_at(0)", "it crashed (segmentation fault)"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_what_became_of_the_cell_that_should_define_a_function_is_told(end, told, sandbox):
    source = f"{end}\n{source_of(NAME).by_id()[FIRST].source}"
    graded = grade(NAME, submission(NAME, {FIRST: source}), sandbox)
    message = graded.findings[FIRST].message
    assert message.startswith(f"the cell that should define {FIRST} came to no good end"), message
    assert told in message


def test_a_function_that_was_never_written_is_told_as_before(sandbox):
    graded = grade(NAME, submission(NAME, {FIRST: "pass"}), sandbox)
    assert graded.findings[FIRST].message == f"the notebook defines no {FIRST}"


def test_the_time_of_a_submission_is_spent_once():
    """Where functions are asked again after all cells have run, the second run has what the first one left."""
    policy = replace(COURSE.policy, cell_timeout_s=3.0, total_timeout_s=3.0)
    slow = code("import time\nstarted = time.monotonic()\nwhile time.monotonic() - started < 2: pass")
    late = [*submission(NAME, {FIRST: "pass"}), slow, code(source_of(NAME).by_id()[FIRST].source)]
    with Sandbox(ROOT, policy) as box:
        graded = grade_cells(exam_of(NAME), "someone", document(late), f"{NAME}.ipynb", box)
        spent = box.run(Job([Cell("c", "def f():\n    return 1"), Ask("f", [((), {})])]), spent_s=3.0)
    assert graded.points[FIRST] == 0  # a second run of three seconds would have reached it
    assert spent.answers == {}


def test_inputs_that_come_back_are_those_that_went():
    """Encoding what was decoded gives the same bytes: nobody is told to have changed what the wire changed."""
    for name in COURSE.assignments():
        for question in COURSE.content.questions(name).values():
            for case in question.draw(6):
                sent = wire.encode([case.args, dict(case.kwargs)])
                size = int.from_bytes(sent[:4], "little")
                assert wire.encode(wire.decode(sent[8 : 8 + size], sent[8 + size :])) == sent, question.name
