"""Records torch's answers for the visible tests: a small .npz an assignment, with where and how it was made in it."""

from __future__ import annotations

import datetime
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


def recorded_cases(content: Content, assignment: str) -> list[tuple[Question, Case]]:
    """The cases whose answers are recorded: the first of each question, without those that need a driver."""
    return [
        (question, case)
        for question in content.questions(assignment).values()
        if question.driver is None
        for case in question.draw(SEED)[:CASES_A_FUNCTION]
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
