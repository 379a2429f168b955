"""The only importer of nbgrader: its configuration, release, gradebook and feedback, in this course's terms."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from autograde.course.folder import load_content

# jsonschema, which nbgrader brings, compiles a grammar for internationalized web addresses when it finds this package;
# that takes longer than grading a small class, and no notebook's schema asks for it. So this comes before nbgrader.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def configure(config: Any, root: str | os.PathLike[str]) -> None:
    """Sets nbgrader's configuration for a course; nbgrader_config.py calls it, and may change things afterwards.

    Args:
        config: what `get_config()` gives.
        root: the course's root folder.
    """
    # nbgrader asks the program `alembic` for the gradebook's version, and without it leaves a broken gradebook.
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = programs + os.pathsep + os.environ.get("PATH", "")
    here = "autograde.nbgrader_adapter.plugins"
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.course_id = load_content(Path(root) / "solutions").id
    config.CourseDirectory.source_directory = "source"
    config.CourseDirectory.release_directory = "exercises"
    config.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc*", "__pycache__", ".DS_Store", "*.tmp"]
    config.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}
    config.Autograde.exporter_class = f"{here}.SubmissionExporter"
    config.Autograde.sanitize_preprocessors = [f"{here}.RestoreAuthorsCells"]
    config.Autograde.autograde_preprocessors = [
        f"{here}.SandboxedExecute",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    config.GenerateFeedback.exporter_class = "autograde.nbgrader_adapter.feedback_page.FeedbackExporter"
    config.GenerateAssignment.preprocessors = [
        "nbgrader.preprocessors.LockCells",
        "nbgrader.preprocessors.ClearSolutions",
        "nbgrader.preprocessors.ClearOutput",
        "nbgrader.preprocessors.CheckCellMetadata",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.SaveCells",
        "nbgrader.preprocessors.ClearHiddenTests",
        "nbgrader.preprocessors.ComputeChecksums",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]


def load_config(root: Path) -> Any:
    """Nbgrader's configuration as the course's nbgrader_config.py makes it."""
    from traitlets.config.loader import PyFileConfigLoader

    return PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
