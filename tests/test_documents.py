"""README, CONTRIBUTING and the changelog: what they link to is there, what they tell to type exists."""

from __future__ import annotations

import re

import pytest

from autograde.cli import COMMANDS
from tests.conftest import ROOT

DOCUMENTS = sorted(path.name for path in ROOT.glob("*.md"))
TEXTS = [*DOCUMENTS, "book/AUTHORING.md", *(f"book/{path.name}" for path in (ROOT / "book").glob("*.md"))]
TEXTS += [f"book/instructors/{path.name}" for path in (ROOT / "book" / "instructors").glob("*.md")]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_to_files(name):
    targets = re.findall(r"\]\(([^)#]+)", (ROOT / name).read_text("utf-8"))
    assert [one for one in targets if "://" not in one and not (ROOT / one).exists()] == []


@pytest.mark.parametrize("name", sorted(set(TEXTS)))
def test_commands_that_are_told_exist(name):
    text = (ROOT / name).read_text("utf-8")
    told = re.findall(r"(?:`|^ {4}|^)(make|autograde) ([a-z]+)\b", text, re.M)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    known = {"make": targets, "autograde": set(COMMANDS)}
    assert [one for one in told if one[1] not in known[one[0]]] == []


def test_the_makefile_explains_each_of_its_commands():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.M)
    explained = set(re.findall(r'@echo "make (\w+) ', makefile))
    assert set(phony.split()) - explained == {"help", "setup", "system", "students", "format"}


def test_ci_calls_nothing_that_the_readme_does_not_have():
    readme = (ROOT / "README.md").read_text("utf-8") + (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    calls = re.findall(r"^make \w+", (ROOT / ".ci" / "run").read_text("utf-8"), re.M)
    assert calls
    assert [call for call in calls if call not in readme] == []
