"""Imports run one way: each module of autograde may import only what DESIGN names below it."""

import ast

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "autograde"
ALLOWED = {
    "errors": set(),
    "policy": {"errors"},
    "reference": {"errors", "reference"},
    "challenge": {"errors", "challenge", "reference"},
    "sandbox": {"errors", "policy", "sandbox"},
    "checker": set(),
    "dependents": {"checker"},
    "course": {"errors", "policy"},
    "assignment": {"errors"},
    "earlier": {"assignment", "errors"},
    "notebook": {"errors", "assignment", "sandbox"},
    "grade": {"errors", "policy", "course", "assignment", "notebook", "challenge", "reference", "checker", "sandbox"}
    | {"dependents"},
    "feedback": {"challenge", "checker"},
    "report": {"challenge", "feedback", "grade"},
    "class_report": {"assignment", "challenge", "feedback"},
    "record": {"challenge", "reference"},
    "exports": {"errors"},
    "roster": {"errors"},
    "kernel": {"challenge", "reference", "checker", "feedback", "grade"},
    "ledger": {"course", "errors", "grade", "notebook"},
    "cluster": {"errors", "grade", "policy"},
    "classroom": {"course", "grade", "ledger", "report", "cluster", "nbgrader_adapter"},
    "mutants": set(),
    "audit": {"challenge", "checker", "course", "errors", "grade", "mutants", "sandbox"},
    "doctor": {"course", "errors", "sandbox"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "autograde":
                yield from (f"autograde.{alias.name}" for alias in node.names)
            else:
                yield node.module


def _part(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_one_way(path):
    part = _part(path)
    inside = {name.split(".")[1] for name in _imports(path) if name.startswith("autograde.")} - {"__version__"}
    if part in ALLOWED:
        assert inside <= ALLOWED[part] | {part}
    foreign = {name.split(".")[0] for name in _imports(path)}
    if part != "nbgrader_adapter":
        assert "nbgrader" not in foreign
    if part not in ("reference", "challenge", "record", "report", "doctor"):
        assert "torch" not in foreign
    if part not in ("sandbox", "record"):
        assert "subprocess" not in foreign
    if part == "checker":
        assert "torch" not in foreign


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_command_line_prints(path):
    if _part(path) == "cli":
        return
    calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    assert not [f for f in calls if isinstance(f, ast.Name) and f.id in ("print", "exit", "quit")]
