"""What this machine can do for the grader, and what to do about what it cannot."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

from autograde.course import Course
from autograde.errors import AutogradeError
from autograde.sandbox import Ask, Cell, Job, Sandbox, control_groups, isolation, system_calls

MIN_FREE_GIB = 2


@dataclass(frozen=True)
class Check:
    """One line of the report: what was looked at, whether it is well, what was found, and what to do."""

    name: str
    well: bool
    found: str
    remedy: str = ""


def _isolation(course: Course) -> Iterator[Check]:
    try:
        path = isolation.bubblewrap()
        yield Check("bubblewrap", True, path)
    except AutogradeError as error:
        yield Check("bubblewrap", False, "missing", str(error))
        return
    try:
        with Sandbox(course.root, course.policy) as sandbox:
            outcome = sandbox.run(Job([Cell("c", "def probe():\n    return 1"), Ask("probe", [((), {})])]))
    except AutogradeError as error:
        yield Check("isolation", False, "does not work here", str(error))
        return
    records = outcome.answers.get("probe", [])
    works = bool(records) and records[0].get("value") == 1
    yield Check("isolation", works, "student code runs behind the wall" if works else f"no answer: {outcome.incidents}")


def _limits() -> Iterator[Check]:
    """What holds beyond the wall itself; grading goes on without it, so what is missing is told and is no failure."""
    known = system_calls.machine() is not None
    found = "what no notebook needs is shut" if known else f"not filtered: no table for {platform.machine()}"
    yield Check("system calls", True, found)
    counted = "of all processes of a submission together is limited (control group)"
    alone = (
        "is limited for each process of a submission alone: no control group can be made here. "
        "Start the grader in one of its own: systemd-run --user --scope autograde ..."
    )
    yield Check("memory", True, counted if control_groups.works() else alone)


def _students_python(course: Course) -> Check:
    path = course.root / course.policy.student_python
    try:
        python = isolation.interpreter(path)
    except AutogradeError as error:
        return Check("students' Python", False, str(path), str(error))
    return Check("students' Python", True, f"{path} ({python.version})")


def _gpu() -> Check:
    import torch

    if torch.cuda.is_available():
        return Check("GPU", True, torch.cuda.get_device_name(0))
    return Check("GPU", True, "none; references are computed on the CPU, with the same answers")


def examine(course: Course) -> Iterator[Check]:
    """Looks at everything that grading needs; yields one check at a time."""
    import numpy as np
    import torch

    yield Check("Python", sys.version_info >= (3, 11), platform.python_version(), "install Python 3.11 or newer")
    yield Check("versions", True, f"torch {torch.__version__}, numpy {np.__version__}, nbgrader {version('nbgrader')}")
    yield _gpu()
    yield _students_python(course)
    yield from _isolation(course)
    if sys.platform == "linux":
        yield from _limits()
    free = shutil.disk_usage(course.root).free / 2**30
    yield Check("free disk", free >= MIN_FREE_GIB, f"{free:.1f} GiB", f"free {MIN_FREE_GIB} GiB on the course's disk")
    for name in course.assignments():
        released = (course.exercises / name / f"{name}.ipynb").is_file()
        yield Check(
            f"release of {name}", released, "there" if released else "missing", f"run `autograde release {name}`"
        )
