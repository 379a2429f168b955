"""The audit: mutants are what they say, and a test that lets a mistake through is told."""

from __future__ import annotations

import ast
import inspect

import numpy as np
import pytest

from autograde import cli
from autograde.author import audit, tally
from autograde.author.mutants import ignoring, mutants, typed
from autograde.author.record import recorded_cases
from autograde.course import Course
from autograde.errors import UsageError
from autograde.exam.prepare import prepare
from tests import sample_class
from tests.conftest import ASSIGNMENTS, COURSE, ROOT, exam_of, programs, source_of

SOURCE = '''def f(x, k=3, mode="a"):
    """Adds 1 to x."""
    if k < 2 and mode == "b":
        raise ValueError(f"k is {k + 1}")
    total: float = 0.5
    for i in range(len(x) - 1):
        total += -x[i] * True
    return (k, total)
'''
CHANGES = {
    "if k < 2 and mode == 'b': → pass",
    "if k < 2 and mode == 'b': → if not (k < 2 and mode == 'b'):",
    "if k < 2 and mode == 'b': → if k < 2 or mode == 'b':",
    "if k < 2 and mode == 'b': → if k <= 2 and mode == 'b':",
    "if k < 2 and mode == 'b': → if k < 3 and mode == 'b':",
    "if k < 2 and mode == 'b': → if k < 1 and mode == 'b':",
    "if k < 2 and mode == 'b': → if k < 2 and mode != 'b':",
    "total: float = 0.5 → total: float = 1.5",
    "total: float = 0.5 → total: float = -0.5",
    "for i in range(len(x) - 1): → for i in range(len(x) + 1):",
    "for i in range(len(x) - 1): → for i in range(len(x) - 2):",
    "for i in range(len(x) - 1): → for i in range(len(x) - 0):",
    "total += -x[i] * True → pass",
    "total += -x[i] * True → total -= -x[i] * True",
    "total += -x[i] * True → total += -x[i] + True",
    "total += -x[i] * True → total += +x[i] * True",
    "total += -x[i] * True → total += -x[i] * False",
    "return (k, total) → return (total, k)",
}


def test_mutants_change_one_place_of_a_body_and_nothing_else():
    found = mutants(SOURCE)
    assert {one.change for one in found} == CHANGES
    assert len(found) == len(CHANGES)
    original = ast.unparse(ast.parse(SOURCE)).split("\n")
    for one in found:
        lines = one.source.split("\n")
        assert lines[:2] == original[:2]
        compile(one.source, "mutant", "exec")
        if "→ pass" not in one.change:
            assert sum(a != b for a, b in zip(original, lines, strict=True)) == 1


IGNORED = '''
def f(x, k=3, *, mode="a"):
    """Scales."""
    return x * k if mode == "a" else x

class Net:
    def forward(self, x, k=(1, 2)):
        return x * k[0]
'''


def test_an_ignored_argument_has_its_default_whatever_was_given():
    found = {one.change: one.source for one in ignoring(IGNORED)}
    assert list(found) == ["f ignores k", "f ignores mode", "Net.forward ignores k"]

    def made(change):
        names = {}
        exec(compile(found[change], "program", "exec"), names)
        return names

    assert made("f ignores k")["f"](2, 5) == 6
    assert made("f ignores k")["f"](2, 5, mode="b") == 2
    assert made("f ignores k")["f"].__doc__ == "Scales."
    assert made("f ignores mode")["f"](2, 5, mode="b") == 10
    assert made("Net.forward ignores k")["Net"]().forward(2, (7, 7)) == 2


def test_another_type_changes_floats_alone():
    source = "def f(x, k=2):\n    return x.sum(), (x / k, [x])\n\nclass Net:\n    pass\n"
    found = {one.change: one.source for one in typed(source)}
    assert list(found) == ["f has its input's type", "f has float64 for any input"]

    def answer(change, x):
        names = {"np": np}
        exec(compile(found[f"f {change}"], "program", "exec"), names)
        return names["f"](x, k=2)

    total, (half, (same,)) = answer("has its input's type", np.array([1, 4]))
    assert (total, half.tolist(), half.dtype, same.dtype) == (5, [0, 2], np.int64, np.int64)
    _, (half, _) = answer("has float64 for any input", np.ones(2, np.float32))
    assert half.dtype == np.float64


TRUNCATING = """
def conv2d_padded(x, w, b, padding, mode="zeros"):
    windows = np.lib.stride_tricks.sliding_window_view(pad2d(x, padding, mode), w.shape)
    return (np.einsum("ijuv,uv->ij", windows, w) + b).astype(x.dtype)
"""


def test_another_type_must_be_stopped_by_the_visible_tests_too(sandbox):
    program = audit.Program("typed", "it", TRUNCATING)
    (trial,) = audit.attempt([exam_of("padding")], "conv2d_padded", program, sandbox)
    assert (trial.named, trial.visible, trial.well) == ("output_takes_integer_type", True, True)
    hidden_only = tally.Trial("typed", "f has float64 for any input", "wrong_dtype", "", False, "", False)
    counts = tally.figures([trial, hidden_only])
    assert (counts["typed"], counts["typed_stopped"]) == (2, 1)


def test_types_are_changed_where_floats_are_asked():
    kinds = {
        (assignment, function): {one.title for one in audit.programs(COURSE, exam_of(assignment), function)}
        for assignment, function in [("stride", "conv_output_size"), ("stride", "conv2d_single"), ("im2col", "col2im")]
    }
    first, other = "has its input's type", "has float64 for any input"
    assert not {one for one in kinds["stride", "conv_output_size"] if first in one or other in one}
    assert {f"conv2d_single {first}", f"conv2d_single {other}"} & kinds["stride", "conv2d_single"] == {
        f"conv2d_single {first}"
    }
    assert {f"col2im {first}", f"col2im {other}"} <= kinds["im2col", "col2im"]


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_recorded_answers_use_every_argument_that_may_be_left_out(name):
    """Or a program that ignores one would pass the visible tests, and fail the hidden ones without a warning."""
    unused = set()
    used = set()
    for question, case in recorded_cases(COURSE.content, name):
        signature = inspect.signature(question.reference)
        given = signature.bind(*case.args, **case.kwargs).arguments
        for mutant in ignoring(source_of(name).by_id()[question.name].source):
            argument = mutant.change.rpartition(" ")[2]
            default = signature.parameters[argument].default
            value = given.get(argument, default)
            away = isinstance(value, np.ndarray | dict) or value != default
            (used if away else unused).add((question.name, argument))
    assert unused - used == set()


def test_a_program_that_is_no_python_has_no_mutants():
    with pytest.raises(SyntaxError):
        mutants("def f(:")


def _attempt(kind, source, sandbox, excused="", idea=""):
    program = audit.Program(kind, "it", source, idea)
    (trial,) = audit.attempt([exam_of("padding")], "same_padding", program, sandbox, excused)
    return trial


HALF = "def same_padding(kernel_size, dilation=1):\n    p = dilation * (kernel_size - 1) // 2\n    return p, p"


def test_a_survivor_is_told_unless_the_course_says_why(sandbox):
    same = source_of("padding").by_id()["same_padding"].source
    survivor = _attempt("mutant", same, sandbox)
    assert (survivor.hidden, survivor.visible, survivor.well) == ("correct", False, False)
    assert _attempt("mutant", same, sandbox, excused="it is the solution").well
    assert _attempt("right", same, sandbox).well


def test_a_caught_mutant_and_a_failing_right_program_are_told_apart(sandbox):
    caught = _attempt("mutant", HALF, sandbox)
    assert caught.hidden != "correct"
    assert caught.visible
    assert caught.well
    assert not _attempt("right", HALF, sandbox).well


def test_an_ignored_argument_must_be_stopped_by_the_visible_tests_too(sandbox):
    forgets = "def same_padding(kernel_size, dilation=1):\n    dilation = 1\n"
    ignoring_dilation = HALF.replace(HALF.split("\n")[0] + "\n", forgets)
    trial = _attempt("ignoring", ignoring_dilation, sandbox)
    assert (trial.visible, trial.well) == (True, True)
    hidden_only = tally.Trial("ignoring", "f ignores k", "wrong_value", "", False, "", False)
    excused = tally.Trial("ignoring", "f ignores show", "correct", "", False, "for the eye", True)
    counts = tally.figures([trial, hidden_only, excused])
    assert (counts["ignored"], counts["ignored_stopped"], counts["equivalent"]) == (2, 1, 1)


def test_a_wrong_idea_must_be_named(sandbox):
    named = _attempt("idea", HALF, sandbox).named
    assert named
    assert _attempt("idea", HALF, sandbox, idea=named).well
    assert not _attempt("idea", HALF, sandbox, idea="another").well


EPS_LEFT_OUT = "eps_forgotten"


def test_a_program_is_tried_in_float32_and_under_every_seed(sandbox):
    exams = [prepare(COURSE, "resnet", seed, "cpu") for seed in (1, 2)]
    source = next(one.source for one in programs("resnet") if one.title == "basic_eps_forgotten")
    program = audit.Program("idea", "it", source, EPS_LEFT_OUT)
    double, single = audit.attempt(exams, "basic_block", program, sandbox, single=True)
    assert (double.single, single.single) == (False, True)
    assert (double.well, single.well) == (True, True)
    assert {double.named, single.named} == {EPS_LEFT_OUT}


NUMERICAL_IN_FLOAT32 = """
def numerical_gradient(f, x, eps=1e-6):
    x = np.asarray(x, np.float32)
    grad = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += np.float32(eps)
        down[place] -= np.float32(eps)
        grad[place] = (np.float32(f(up)) - np.float32(f(down))) / np.float32(2 * eps)
    return grad
"""
CONSTANT = "def numerical_gradient(f, x, eps=1e-6):\n    return np.ones(x.shape, np.float32)\n"


@pytest.mark.parametrize("source", [NUMERICAL_IN_FLOAT32, CONSTANT])
def test_a_difference_quotient_in_float32_is_stopped(sandbox, source):
    program = audit.Program("mutant", "it", source)
    (trial,) = audit.attempt([exam_of("backward")], "numerical_gradient", program, sandbox)
    assert trial.hidden == "wrong_value"


def test_figures_leave_out_what_is_excused():
    trials = [
        tally.Trial("right", "a", "correct", "", False, "", True),
        tally.Trial("idea", "b", "wrong_value", "x", True, "", True),
        tally.Trial("mutant", "c", "wrong_value", "", False, "", True),
        tally.Trial("mutant", "d", "correct", "", False, "", False),
        tally.Trial("mutant", "e", "correct", "", False, "the same for all inputs", True),
    ]
    counts = tally.figures(trials)
    assert (counts["mutants"], counts["mutants_hidden"], counts["equivalent"]) == (2, 1, 1)
    assert counts["mutants_named"] == 0
    likely = tally.Trial("mutant", "f", "wrong_value", "", False, "", True, likely="x")
    exact = tally.Trial("mutant", "g", "wrong_value", "x", False, "", True)
    excused = tally.Trial("mutant", "h", "wrong_value", "x", False, "the same", True)
    assert tally.figures([*trials, likely, exact, excused])["mutants_named"] == 2
    assert (counts["right_passed"], counts["ideas_named"], counts["ideas_visible"]) == (1, 1, 1)
    amiss = tally.record([("padding", "pad2d", trials)], [1])["amiss"]
    assert [one["title"] for one in amiss] == ["d"]


def test_a_mutant_that_stops_is_counted_apart_from_one_that_answers():
    def mutant(hidden, **more):
        return tally.Trial("mutant", "m", hidden, "", False, "", True, **more)

    stopped = [mutant("error", told=True), mutant("timeout", told=True), mutant("error"), mutant("no_answer")]
    answered = [mutant("wrong_value", likely="x"), mutant("wrong_shape", told=True), mutant("wrong_value")]
    counts = tally.figures([*stopped, *answered, mutant("correct")])
    assert (counts["mutants_stopped_told"], counts["mutants_stopped"]) == (2, 4)
    assert (counts["mutants_answered_named"], counts["mutants_answered_told"], counts["mutants_answered"]) == (1, 2, 3)
    assert counts["mutants_mistake"] == 3
    assert (counts["mutants_named"], counts["mutants_told"], counts["mutants_hidden"]) == (1, 4, 7)
    assert len(tally.table_head()) == len(tally.table_row("all", counts))


def test_every_excuse_is_for_a_mutant_that_there_is():
    """A solution that is written anew must not keep the old one's excuses."""
    stale = []
    for assignment in ASSIGNMENTS:
        for function, reasons in COURSE.content.excuses(assignment).items():
            solution = source_of(assignment).by_id()[function].source
            changes = {one.change for one in [*mutants(solution), *ignoring(solution), *typed(solution)]}
            stale += [(assignment, function, change) for change in reasons if change not in changes]
    assert stale == []


def test_a_broken_list_of_excuses_is_one_clear_error(tmp_path):
    sample_class.copy_content(tmp_path)
    path = tmp_path / "solutions" / "padding" / "equivalent.toml"
    path.write_text('[[pad2d]]\nchange = "a"\n', "utf-8")
    with pytest.raises(UsageError, match="pad2d lacks its change or its reason"):
        Course(tmp_path, COURSE.policy).content.excuses("padding")
    path.write_text("[[", "utf-8")
    with pytest.raises(UsageError, match="is not TOML"):
        Course(tmp_path, COURSE.policy).content.excuses("padding")


def test_misuse_gets_one_line_and_exit_code_2(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert cli.main(["audit", "nothing"]) == 2
    assert "unknown assignment 'nothing'" in capsys.readouterr().err
