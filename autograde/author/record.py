"""Records torch's answers for the visible tests: a small .npz an assignment, with where and how it was made in it."""

from __future__ import annotations

import datetime
import inspect
import json
import subprocess
from typing import Any

import numpy as np
import torch

from autograde.course.content import Content
from autograde.exam.oracle import device_name, evaluate, pick_device
from autograde.questions.model import Case, Question

SEED = 1
"""The seed of the recorded cases. It is public: hidden tests draw theirs anew for each run."""
CASES_A_FUNCTION = 2
"""How many are recorded in any case."""


def _driver_version() -> str:
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip() or "unknown"


def _store(value: Any, arrays: dict[str, np.ndarray], name: str) -> Any:
    """`value` as JSON, with its arrays put into `arrays` under names that start with `name`."""
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {"array": name}
    if isinstance(value, (list, tuple)):
        items = [_store(item, arrays, f"{name}.{i}") for i, item in enumerate(value)]
        return {"tuple" if isinstance(value, tuple) else "list": items}
    if isinstance(value, dict):
        return {"dict": {key: _store(item, arrays, f"{name}.{key}") for key, item in value.items()}}
    return value.item() if isinstance(value, np.generic) else value


def _gives(question: Question, case: Case) -> set[tuple[str, str]]:
    """What the case asks that another may not.

    Of arguments that may be left out: a value that is not the default, a word, an unequal pair. Of arrays: whole
    numbers. Of the answer: its type.
    """
    try:
        signature = inspect.signature(question.reference)
    except ValueError:  # a function of torch's own: of its arguments only those passed by name are known
        arguments, parameters = dict(case.kwargs), {}
    else:
        arguments = signature.bind(*case.args, **case.kwargs, **case.kept).arguments
        parameters = {name: one.default for name, one in signature.parameters.items()}
    given = {("", case.dtype)} if case.dtype else set()
    for name, value in arguments.items():
        default = parameters.get(name)
        if isinstance(value, np.ndarray) and value.dtype.kind in "iu":
            given.add((name, "whole"))
        if default is inspect.Parameter.empty:
            continue
        if isinstance(value, np.ndarray) or value != default:
            given.add((name, value if isinstance(value, str) else "given"))
        if isinstance(value, tuple) and len(set(value)) > 1:
            given.add((name, "unequal"))
    return given


def _chosen(question: Question) -> list[Case]:
    """The first cases of a question, and those that first give an argument what none before them gave it.

    Without the latter, a program that ignores an argument, or cuts off fractions, would pass the visible tests.
    """
    chosen: list[Case] = []
    given: set[tuple[str, str]] = set()
    for number, case in enumerate(question.draw(SEED)):
        new = _gives(question, case) - given
        if number < CASES_A_FUNCTION or new:
            chosen.append(case)
            given |= new
    return chosen


def recorded_cases(content: Content, assignment: str) -> list[tuple[Question, Case]]:
    """The cases whose answers are recorded, question after question, without those that need a driver."""
    return [
        (question, case)
        for question in content.questions(assignment).values()
        if question.driver is None
        for case in _chosen(question)
    ]


def record(content: Content, assignment: str, device_option: str = "auto") -> dict[str, Any]:
    """Writes torch's answers for one assignment where its content keeps them; returns what the file says of itself.

    Raises:
        UsageError: no such assignment or device.
    """
    device = pick_device(device_option)
    arrays: dict[str, np.ndarray] = {}
    cases = []
    for number, (question, case) in enumerate(recorded_cases(content, assignment)):
        expected = evaluate(question.reference, case.args, case.kwargs, device)
        cases.append(
            {
                "function": question.name,
                "label": case.label,
                "args": [_store(value, arrays, f"{number}.arg{i}") for i, value in enumerate(case.args)],
                "kwargs": {key: _store(value, arrays, f"{number}.{key}") for key, value in case.kwargs.items()},
                "expected": _store(expected, arrays, f"{number}.expected"),
                **({"dtype": case.dtype} if case.dtype else {}),
            }
        )
    about = {
        "made_by": f"autograde record {assignment}",
        "device": device_name(device),
        "driver": _driver_version() if device.type == "cuda" else None,
        "torch": torch.__version__,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "seed": SEED,
    }
    path = content.recorded(assignment)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, about=np.array(json.dumps({**about, "cases": cases})), **arrays)  # type: ignore[arg-type]
    return about
