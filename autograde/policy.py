"""Limits and policy of a course: `autograde.toml` at the course's root, checked, with defaults for what is absent."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from autograde.errors import ConfigError

FILE_NAME = "autograde.toml"


@dataclass(frozen=True)
class Policy:
    """What a submission may use. Times are wall-clock seconds.

    Attributes:
        cell_timeout_s: for one cell, and for all the answers of one function together.
        total_timeout_s: for one submission, repeated runs after a crash included.
        memory_mib: address space of each process of a submission.
        processes: processes and threads at a time.
        files_mib: size of the private /tmp, and of the largest file.
        output_kib: printed text that is kept, for each cell.
        answer_mib: largest answer of one function that is read.
        notebook_mib: largest notebook that is opened.
        student_python: the interpreter of the students' environment, relative to the course's root.
        book_url: where the feedback's links to the book lead; empty for the book that is built in the course's folder.
        draw_ahead: whether exams are drawn ahead and kept secret; false draws each when its run begins.
        time_factors: by student, how many times the two limits on time that student's work may use.
    """

    cell_timeout_s: float = 15.0
    total_timeout_s: float = 120.0
    memory_mib: int = 1536
    processes: int = 16
    files_mib: int = 64
    output_kib: int = 64
    answer_mib: int = 32
    notebook_mib: int = 32
    student_python: str = ".venv-students/bin/python"
    book_url: str = ""
    draw_ahead: bool = True
    time_factors: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if item.type in ("int", "float"):
                if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
                    raise ConfigError(f"{FILE_NAME}: {item.name} must be a number above 0, not {value!r}")
                if item.type == "int" and not isinstance(value, int):
                    raise ConfigError(f"{FILE_NAME}: {item.name} must be a whole number, not {value!r}")
            elif item.type == "str" and not isinstance(value, str):
                raise ConfigError(f"{FILE_NAME}: {item.name} must be text, not {value!r}")
            elif item.type == "bool" and not isinstance(value, bool):
                raise ConfigError(f"{FILE_NAME}: {item.name} must be true or false, not {value!r}")
        self._check_time_factors()

    def _check_time_factors(self) -> None:
        if not isinstance(self.time_factors, Mapping):
            raise ConfigError(f"{FILE_NAME}: time_factors must be a table of students, not {self.time_factors!r}")
        for student, factor in self.time_factors.items():
            if isinstance(factor, bool) or not isinstance(factor, (int, float)) or not 1 <= factor <= 100:
                raise ConfigError(f"{FILE_NAME}: time_factors.{student} must be from 1 to 100, not {factor!r}")


def load_policy(root: Path) -> Policy:
    """The policy of the course at `root`; defaults where there is no file.

    Raises:
        ConfigError: the file is not TOML, or has a key or a value that the policy does not know.
    """
    path = root / FILE_NAME
    if not path.exists():
        return Policy()
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read as TOML: {error}") from error
    known = [item.name for item in fields(Policy)]
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise ConfigError(f"{path}: unknown key {unknown[0]!r}; known keys are {', '.join(known)}")
    return replace(Policy(), **table)
