"""Where nbgrader's configuration places a class's folders and its gradebook, told without importing nbgrader."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from autograde.errors import ConfigError

DEFAULTS = {
    "submitted_directory": "submitted",
    "autograded_directory": "autograded",
    "feedback_directory": "feedback",
    "directory_structure": os.path.join("{nbgrader_step}", "{student_id}", "{assignment_id}"),
    "course_id": "",
    "db_url": "",
}
"""nbgrader's own, of what is asked here."""


class Folders:
    """The part of nbgrader's CourseDirectory that grading needs, which a test compares with nbgrader's.

    Args:
        config: nbgrader's configuration.
        root: the course's root, where the configuration names none.

    Raises:
        ConfigError: a setting is not text.
    """

    def __init__(self, config: Any, root: Path) -> None:
        section = config.CourseDirectory if "CourseDirectory" in config else {}
        given = {key: section[key] for key in (*DEFAULTS, "root") if key in section}
        for key, value in given.items():
            if not isinstance(value, str):
                raise ConfigError(f"nbgrader_config.py: CourseDirectory.{key} must be text, not {value!r}")
        told = {**DEFAULTS, "root": str(root), **given}
        self.root = os.path.abspath(told["root"])
        self.submitted_directory = told["submitted_directory"]
        self.autograded_directory = told["autograded_directory"]
        self.feedback_directory = told["feedback_directory"]
        self.course_id = told["course_id"].strip()
        self.db_url = told["db_url"] or f"sqlite:///{os.path.join(self.root, 'gradebook.db')}"
        self._structure = told["directory_structure"]

    def path(self, step: str, student: str, assignment: str) -> Path:
        """The folder of a student's assignment in a step."""
        filled = self._structure.format(nbgrader_step=step, student_id=student, assignment_id=assignment)
        return Path(os.path.join(self.root, filled))
