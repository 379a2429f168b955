"""Cases are cutting: each misconception is told from the reference and from its siblings, for any seed."""

import ast
import functools
import symtable
from collections.abc import Iterator

import numpy as np
import pytest

from autograde.exam.comparing import compare
from autograde.exam.findings import Answer
from autograde.exam.ideas import diagnose
from autograde.exam.oracle import evaluate, pick_device
from autograde.exam.prepare import describe, expect_case
from tests.conftest import ASSIGNMENTS, COURSE, ROOT, questions_of, source_of

QUESTIONS = [(name, q) for name in ASSIGNMENTS for q in questions_of(name).values()]
IDS = [f"{name}.{question.name}" for name, question in QUESTIONS]


@functools.cache
def _expected(name, function, seed):
    """What each case should give, and what each idea gives; two tests look at it."""
    question = questions_of(name)[function]
    return [expect_case(question, case, pick_device("cpu"), question.kin) for case in question.draw(seed)]


@pytest.mark.parametrize("seed", [0, 7, 123_456_789])
@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=IDS)
def test_every_misconception_is_told_from_the_reference(name, question, seed):
    expectations = _expected(name, question.name, seed)
    for idea in (*question.misconceptions, *question.kin):
        telling = [
            e for e in expectations if idea.key not in e.variants or compare(e.variants[idea.key], e.value, e.slack)
        ]
        assert telling, f"no case tells {idea.key}"


@pytest.mark.parametrize("seed", [0, 7, 123_456_789])
@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=IDS)
def test_every_misconception_is_told_from_its_siblings(name, question, seed):
    expectations = _expected(name, question.name, seed)
    keys = [idea.key for idea in question.misconceptions]
    mistaken = {}
    for key in keys:
        answers = [Answer("ok", one.variants.get(key, one.value)) for one in expectations]
        named = diagnose(answers, expectations, keys)
        if named != key:
            mistaken[key] = named
    assert mistaken == {}


@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=IDS)
def test_the_reference_agrees_with_itself_and_the_seed_repeats(name, question):
    expectations = _expected(name, question.name, 7)
    for case, expectation in zip(question.draw(7), expectations, strict=True):
        again = evaluate(question.reference, case.args, {**case.kwargs, **case.kept}, pick_device("cpu"))
        assert compare(expectation.value, again, expectation.slack) is None
    assert abs(sum(question.groups.values()) - 1) < 1e-9


@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=IDS)
def test_inputs_are_frozen_and_differ_between_seeds(name, question):
    arrays = [[a for c in question.draw(s) for a in c.args if isinstance(a, np.ndarray)] for s in (1, 2)]
    assert all(not array.flags.writeable for array in arrays[0])
    if arrays[0]:
        assert any(a.shape != b.shape or not np.array_equal(a, b) for a, b in zip(*arrays, strict=False))


@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=IDS)
def test_every_section_that_feedback_links_to_is_in_the_book(name, question):
    for label in {question.section, *(idea.section for idea in (*question.misconceptions, *question.kin))}:
        page, _, place = COURSE.content.page(label).partition("#")
        assert place == label, f"no page of the book has the target ({label})="
        source = (ROOT / "book" / page).with_suffix(".md").read_text("utf-8")
        assert f"({label})=" in source


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_notebook_grades_exactly_the_questions_in_their_order(name):
    assert list(source_of(name).points) == list(questions_of(name))


@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=IDS)
def test_a_call_is_described_without_the_values_of_its_arrays(name, question):
    def arrays(value):
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, dict):
            yield from (array for item in value.values() for array in arrays(item))
        elif isinstance(value, (list, tuple)):
            yield from (array for item in value for array in arrays(item))

    for case in question.draw(5):
        text = describe(question.name, case.args, case.kwargs)
        held = list(arrays([*case.args, case.kwargs]))
        assert "array(" not in text
        assert text.count("array (") == len(held) or "..." in text
        for array in held:
            drawn = [repr(float(value))[:6] for value in array.ravel()[:50]]
            assert not [value for value in drawn if len(value) == 6 and value in text]


def _read(table: symtable.SymbolTable) -> Iterator[str]:
    """The names that a piece of code reads from the notebook."""
    for symbol in table.get_symbols():
        if symbol.is_global() or (table.get_type() == "module" and not symbol.is_assigned()):
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _read(inner)


def _made_late(cell: str, function: str) -> set[str]:
    """The names that a visible test makes after it first asks the function, where it may have stopped."""
    asked, made = False, {False: set[str](), True: set[str]()}
    for statement in ast.parse(cell).body:
        names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        asked = asked or any(name.id in (function, "expect", "recorded") for name in names)
        top = symtable.symtable(ast.unparse(statement), "cell", "exec")
        made[asked] |= {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned()}
    return made[True] - made[False]


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_whoever_is_stuck_in_a_function_can_run_the_tests_of_the_next(name):
    late, missing = {}, []
    for cell in source_of(name).cells:
        if cell.role == "test":
            module = symtable.symtable(cell.released, cell.id, "exec")
            own = {symbol.get_name() for symbol in module.get_symbols() if symbol.is_assigned()}
            missing += [f"{cell.id}: {one}, of {late[one]}" for one in set(_read(module)) - own if one in late]
            late |= dict.fromkeys(_made_late(cell.released, cell.id.removeprefix("test_")), cell.id)
        elif cell.kind == "code":
            own = {symbol.get_name() for symbol in symtable.symtable(cell.source, cell.id, "exec").get_symbols()}
            late = {one: where for one, where in late.items() if one not in own}
    assert missing == []
