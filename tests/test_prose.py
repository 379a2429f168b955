"""Spelling and style: nothing amiss in the project's texts, and each rule finds what it is for."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys

import pytest

from tests.conftest import ROOT, skip_or_fail


@pytest.fixture(scope="module")
def prose():
    if shutil.which("aspell") is None:
        skip_or_fail("aspell is not installed (apt-get install aspell aspell-en)")
    spec = importlib.util.spec_from_file_location("prose", ROOT / "tools" / "prose.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["prose"] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


def _findings(prose, text: str) -> list[str]:
    found = list(prose.passages(text, ROOT / "README.md"))
    findings = [*prose.spelling(found), *prose.proselint(found)]
    for passage in found:
        findings += prose.house(passage)
    return [str(finding) for finding in findings]


def test_no_text_of_the_project_has_a_finding(prose):
    assert [str(finding) for finding in prose.examine(prose.sources())] == []


def test_every_word_of_the_dictionary_is_in_use(prose):
    text = " ".join(passage.text for file in prose.sources() for passage in prose.read(file)).lower()
    words = set(re.findall(r"[^\W\d_]+", text))
    assert [word for word in sorted(prose.dictionary()) if word.lower() not in words] == []


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("One line.\n\nThe filtre moves.", "README.md:3: spelling: filtre"),
        ("The colour\nof a neighbour.", "README.md:2: spelling: neighbour"),
        ("A box.\n\n:::{question}\nWhy is it wronng?\n:::", "README.md:4: spelling: wronng"),
        ("::::{exercise} A titel\n:label: ex-x\n\nWork.\n::::", "README.md:1: spelling: titel"),
        ("```{code-cell} ipython3\n---\nmystnb:\n  image:\n    alt: Two rowws.\n---\nx\n```", "spelling: rowws"),
        (":::{glossary}\nstride\n    How farr it moves.\n:::", "README.md:3: spelling: farr"),
        ("| a | b |\n| --- | --- |\n| one | twoo |", "spelling: twoo"),
        ("It works!", "exclamation mark"),
        ("You simply add.", "'simply'"),
        ("Pad the\nthe border.", "the same word twice"),
        ("word " * 50 + "ends.", "words in one sentence"),
        ("At this point in time it ends.", "style"),
    ],
)
def test_a_mistake_is_found_where_it_stands(prose, text, finding):
    assert any(finding in line for line in _findings(prose, text))


@pytest.mark.parametrize(
    "text",
    [
        "`numpy.einsum_x` of $x \\star wq$ and {term}`stride`, {numref}`fig-xyzzy`, {cite:t}`hartford2020qux`.",
        "```python\nwronng = colour\n```",
        "```{code-cell} ipython3\nwronng = colour\n```",
        "$$\n\\mathrm{wronng}\n$$",
        "[the page](https://example.org/wronng) is at 3x3 and pad2d(x).",
    ],
)
def test_code_and_formulas_are_no_prose(prose, text):
    assert _findings(prose, text) == []
