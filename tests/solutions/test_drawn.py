"""No points without the seed: constants out of a book or of an earlier run earn none."""

import pytest

from autograde.exam.comparing import compare
from autograde.exam.findings import Slack
from autograde.exam.oracle import evaluate, pick_device
from tests.conftest import ASSIGNMENTS, questions_of

SEEDS = (11, 12, 13)


def _expected(question, seed):
    cases = question.draw(seed)
    known = [{**case.kwargs, **case.kept} for case in cases]
    cpu = pick_device("cpu")
    return [(case, evaluate(question.reference, case.args, more, cpu)) for case, more in zip(cases, known, strict=True)]


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_every_group_of_points_has_an_answer_that_the_seed_decides(name):
    """In each group there is a case whose answer under one seed earns nothing under another."""
    same = []
    for function, question in questions_of(name).items():
        first, *others = (_expected(question, seed) for seed in SEEDS)
        drawn = {
            case.group
            for other in others
            for (case, value), (_, again) in zip(first, other, strict=True)
            if compare(value, again, Slack(case.terms, case.tolerance, share=case.share)) is not None
        }
        same += [(function, group) for group in question.groups if group not in drawn]
    assert same == []
