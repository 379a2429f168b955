"""Practice packs: the same cases, the same judge, in the reader's browser."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograde.author import pack as packing
from autograde.exam import practice
from autograde.exam.findings import Expectation
from autograde.sandbox import wire
from tests.conftest import ASSIGNMENTS, COURSE, ROOT, programs, source_of

WHEEL = "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl"
IN_NODE = ("padding", "channels", "convnet")
"""Chapters whose whole banks run in the page's Python: plain functions, whole numbers, classes and callbacks."""


def test_a_pack_holds_what_was_packed(packs):
    pack = practice.unpacked((packs / "convnet.pack").read_bytes())
    again = practice.unpacked(practice.packed(pack))
    assert again.points == pack.points == dict(source_of("convnet").points)
    assert again.rubric == pack.rubric
    for name, asked in pack.asked.items():
        assert again.asked[name].driver == asked.driver
        assert wire.encode(list(again.asked[name].cases)) == wire.encode(list(asked.cases))
        for one, other in zip(again.expectations[name], pack.expectations[name], strict=True):
            assert wire.encode(vars(one)) == wire.encode(vars(other))


def test_a_pack_is_made_again_only_when_something_has_changed(packs, tmp_path):
    (fresh,) = packing.pack(COURSE, ["padding"], tmp_path)
    assert fresh == (tmp_path / "padding.pack", True)
    assert [made for _, made in packing.pack(COURSE, ["padding"], tmp_path)] == [False]
    assert fresh[0].read_bytes() == (packs / "padding.pack").read_bytes()
    (tmp_path / "packs.json").write_text("{}", "utf-8")
    assert [made for _, made in packing.pack(COURSE, ["padding"], tmp_path)] == [True]


def test_what_is_no_pack_is_refused():
    with pytest.raises(ValueError, match="no practice pack"):
        practice.unpacked(b"a page that says: not found")


def test_numbers_beyond_32_bits_are_not_asked_in_a_browser():
    def case(group: str, value: int, **variants: int) -> Expectation:
        return Expectation("", "", group, 1, value, variants)

    asked = [case("one", 5, wrong=2**31), case("one", 2**31), case("alone", -(2**40))]
    assert packing._kept(asked) == [0, 2]
    assert packing._told(asked[0]).variants == {}


def test_no_pack_holds_a_line_of_a_solution_or_a_reference(packs):
    for name in ASSIGNMENTS:
        pack = practice.unpacked((packs / f"{name}.pack").read_bytes())
        texts = [asked.driver or "" for asked in pack.asked.values()]
        assert not any("import torch" in text or "BEGIN SOLUTION" in text for text in texts), name


def test_the_graders_modules_in_the_browser_need_numpy_alone(packs, tmp_path):
    with zipfile.ZipFile(packs / packing.ENGINE) as archive:
        for member in archive.namelist():
            source = next(path for path in (ROOT / member, ROOT / "autograde" / "sandbox" / member) if path.is_file())
            assert archive.read(member) == source.read_bytes()
        archive.extractall(tmp_path)
    allowed = "{'numpy', 'autograde', 'asking', 'wire'} | set(sys.stdlib_module_names)"
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import numpy; before = set(sys.modules)\n"
        "import asking, autograde.exam.verdict, autograde.exam.practice, autograde.exam.dependents\n"
        "import autograde.feedback.cards, autograde; new = set(sys.modules) - before\n"
        f"assert autograde.__file__.startswith({str(tmp_path)!r}), autograde.__file__\n"
        f"assert {{name.split('.')[0] for name in new}} <= {allowed}\n"
        "assert not {'subprocess', 'fcntl', 'resource', 'multiprocessing'} & new, new"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr


def test_the_wheel_is_the_one_that_npms_lock_names(npm):
    lock = json.loads((npm / "node_modules" / "pyodide" / "pyodide-lock.json").read_text("utf-8"))
    told = lock["packages"]["numpy"]
    assert told["file_name"] == WHEEL
    assert hashlib.sha256((npm / "third_party" / WHEEL).read_bytes()).hexdigest() == told["sha256"]


def _jobs(name: str) -> list[dict]:
    """For each function: the notebook's cells before it, and then every program of its bank, each asked."""
    cells = [cell for cell in source_of(name).cells if cell.kind == "code"]
    jobs = []
    for function in source_of(name).points:
        at = [cell.id for cell in cells].index(function)
        before = [{"id": cell.id, "source": cell.source} for cell in cells[:at] if cell.role != "test"]
        jobs.append({"space": function, "cells": before, "ask": []})
        for program in programs(name):
            if program.function == function:
                cell = {"id": function, "source": program.source}
                jobs.append({"space": function, "cells": [cell], "ask": [function]})
    return jobs


def test_every_bank_program_gets_the_same_verdict_in_the_pages_python(packs, npm, tmp_path):
    assignments = []
    for name in IN_NODE:
        beside = [path for path in (ROOT / "exercises" / name).iterdir() if path.suffix != ".ipynb"]
        files = {path.name: str(path) for path in beside if path.is_file()}
        assignments.append({"name": name, "files": files, "jobs": _jobs(name)})
    out = tmp_path / "findings.json"
    told = {"solve": str(npm), "work": str(packs), "out": str(out), "assignments": assignments}
    command = ["node", str(Path(__file__).with_name("bank.mjs"))]
    done = subprocess.run(command, input=json.dumps(told), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text("utf-8"))
    assert found["errors"] == []
    for name in IN_NODE:
        asked = [one for one in found[name] if one]
        bank = [one for function in source_of(name).points for one in programs(name) if one.function == function]
        got = [(*one, told["verdict"] == "correct", told["misconception"]) for one, told in _told(bank, asked)]
        assert got == [(one.function, one.title, one.misconception is None, one.misconception or None) for one in bank]


def _told(bank, asked):
    for program, answer in zip(bank, asked, strict=True):
        yield (program.function, program.title), answer[program.function]
