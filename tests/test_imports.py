"""Imports run one way: each module of autograde may import only what DESIGN names below it."""

import ast
import re

import pytest

from tests.conftest import ASSIGNMENTS, ROOT

PACKAGE = ROOT / "autograde"
ALLOWED = {
    "errors": set(),
    "text": set(),
    "policy": {"errors"},
    "questions": set(),
    "course.assignment": {"errors"},
    "course.program": set(),
    "course.content": {"course.program", "questions"},
    "course.folder": {"errors", "course.content", "course.program", "questions"},
    "course.course": {"errors", "policy", "course.content", "course.folder"},
    "sandbox": {"errors", "policy"},
    "exam.oracle": {"errors"},
    "exam.patterns": set(),
    "exam.readings": set(),
    "exam.findings": set(),
    "exam.sizes": {"exam.patterns"},
    "exam.comparing": {"exam.findings", "exam.patterns", "exam.sizes"},
    "exam.ideas": {"exam.comparing", "exam.findings"},
    "exam.traits": set(),
    "exam.inputs": {"exam.traits"},
    "exam.checker": {
        "exam.comparing",
        "exam.findings",
        "exam.ideas",
        "exam.inputs",
        "exam.patterns",
        "exam.readings",
        "exam.traits",
        "text",
    },
    "exam.dependents": {"exam.findings"},
    "exam.rubric": set(),
    "exam.verdict": {"exam.checker", "exam.findings", "exam.rubric", "text"},
    "exam.practice": {"exam.findings", "exam.rubric"},
    "exam.small": {"exam.findings", "exam.oracle", "exam.practice", "questions"},
    "exam.model": {"course.assignment", "exam.findings", "exam.rubric", "sandbox"},
    "exam.prepare": {
        "errors",
        "course",
        "exam.findings",
        "exam.model",
        "exam.oracle",
        "exam.rubric",
        "exam.small",
        "exam.traits",
        "questions",
        "sandbox",
    },
    "run.notebook": {"errors", "course.assignment", "sandbox", "text"},
    "run.submission": {"policy", "run.notebook", "text"},
    "run.grade": {
        "exam.dependents",
        "exam.findings",
        "exam.model",
        "exam.verdict",
        "run.notebook",
        "sandbox",
        "text",
    },
    "run.faults": {"errors", "text"},
    "run.workers": {"errors", "policy", "exam.model", "run.grade", "run.submission", "sandbox"},
    "run.cluster": {"errors", "policy", "exam.model", "run.grade", "run.submission", "run.workers"},
    "run.ledger": {"errors", "course", "exam.prepare", "run.submission"},
    "run.shelf": {"errors", "course", "exam.model", "exam.prepare", "run.ledger"},
    "run.watch": set(),
    "run.classroom": {"errors", "course", "exam.model", "feedback.report", "nbgrader_adapter", "run"},
    "feedback.at_home": {"exam.findings", "feedback.cards"},
    "feedback.cards": {"exam.findings", "exam.rubric"},
    "feedback.report": {"exam.model", "feedback.cards", "run.grade"},
    "feedback.class_report": {"course.assignment", "exam.rubric", "feedback.cards", "feedback.over_weeks"},
    "feedback.over_weeks": {"exam.rubric", "feedback.cards", "questions"},
    "author.earlier": {"errors", "course.assignment"},
    "author.mutants": set(),
    "author.single": set(),
    "author.new": {"errors", "course"},
    "author.pack": {
        "course",
        "exam.findings",
        "exam.model",
        "exam.practice",
        "exam.prepare",
        "run.ledger",
    },
    "author.record": {"course.content", "exam.oracle", "questions"},
    "author.tally": set(),
    "author.audit": {
        "errors",
        "author.mutants",
        "author.single",
        "author.tally",
        "course",
        "exam",
        "questions",
        "run.grade",
        "sandbox",
    },
    "lms.formulas": set(),
    "lms.exports": {"errors", "lms.formulas"},
    "lms.roster": {"errors", "lms.formulas"},
    "kernel": {
        "errors",
        "course",
        "exam.checker",
        "exam.findings",
        "exam.oracle",
        "exam.prepare",
        "feedback.cards",
    },
    "doctor": {"errors", "course", "sandbox"},
    "nbgrader_adapter": {
        "errors",
        "policy",
        "author.earlier",
        "course",
        "exam",
        "feedback.at_home",
        "feedback.cards",
        "lms",
        "run",
        "text",
    },
    "cli": {"errors", "author", "course", "doctor", "exam", "feedback", "lms", "nbgrader_adapter", "run", "text"},
}
"""By module or room, what it may import of the package, itself aside; a room stands for all that is in it."""
TORCH = {"exam.oracle", "author.record", "doctor"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                is_module = (ROOT / inner.replace(".", "/")).with_suffix(".py").is_file()
                yield inner if is_module or node.module == "autograde" else node.module


def _name(path):
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def _covers(entries, name):
    return any(name == entry or name.startswith(f"{entry}.") for entry in entries)


def _entry(name):
    """The table's word for a module; a room's __init__ may import what is in it."""
    return next((entry for entry in ALLOWED if _covers([entry], name)), None)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_imports_run_one_way(path):
    name = _name(path)
    if name == "__init__":
        assert not list(_imports(path))
        return
    inside = {one.removeprefix("autograde.") for one in _imports(path) if one.startswith("autograde.")} - {
        "__version__"
    }
    entry = _entry(name)
    if entry is None:
        assert path.name == "__init__.py", f"{name} is not in the table: say what it may import"
        assert all(_covers([name], one) for one in inside)
        return
    assert [one for one in inside if not _covers([*ALLOWED[entry], entry], one)] == []
    foreign = {one.split(".")[0] for one in _imports(path)}
    if entry != "nbgrader_adapter":
        assert "nbgrader" not in foreign
    if entry not in TORCH:
        assert "torch" not in foreign
    if entry not in ("sandbox", "author.record"):
        assert "subprocess" not in foreign
    if entry != "run.shelf":  # which starts the grader itself, to draw
        assert "posix_spawn" not in path.read_text("utf-8")


def test_the_table_has_no_module_that_is_gone():
    names = {_name(path) for path in MODULES}
    assert [entry for entry in ALLOWED if not any(_covers([entry], name) for name in names)] == []


ENGLISH = {"beyond"}
"""Chapters' names that are also plain words."""
COURSE_WORDS = [*ASSIGNMENTS, "convolution-to-resnet", "chapters/"]
"""What the engine must not know; a chapter's name counts where it is a word of its own."""


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_the_engine_knows_no_chapter(path):
    text = path.read_text("utf-8")
    known = [word for word in COURSE_WORDS if re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w:-])", text)]
    assert [word for word in known if word not in ENGLISH] == []


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_only_the_command_line_prints(path):
    if _name(path) == "cli.terminal":
        return
    calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    assert not [f for f in calls if isinstance(f, ast.Name) and f.id in ("print", "exit", "quit")]


FACE = {"autograde", "autograde.questions"}
"""What the book may import of the package."""


def test_the_book_imports_no_inner_module():
    # What runs in the reader's browser is packed together with the grader's modules that it names.
    files = [path for path in (ROOT / "book").rglob("*.py") if not {"_build", "_solve"} & set(path.parts)]
    texts = [*(ROOT / "book" / "chapters").glob("*.md"), *files]
    found = {
        name
        for path in texts
        for name in re.findall(r"^(?:from|import) (autograde[\w.]*)", path.read_text("utf-8"), re.M)
    }
    assert found <= FACE
