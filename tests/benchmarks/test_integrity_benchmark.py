"""The recorded comparison with plain nbgrader is of the corpus as it is."""

import json

from tests.conftest import ROOT
from tests.corpus import CORPUS

RECORDED = json.loads((ROOT / "benchmarks" / "results" / "integrity.json").read_text("utf-8"))["rows"]


def test_every_entry_is_recorded_with_what_it_earns():
    assert {row["name"]: row["earns"] for row in RECORDED} == {entry.name: entry.earns for entry in CORPUS}


def test_here_everyone_gets_what_the_answers_earn():
    assert {row["name"]: row["autograde"] for row in RECORDED} == {entry.name: entry.earns for entry in CORPUS}


def test_only_what_exhausts_a_machine_is_left_out():
    left_out = {row["name"] for row in RECORDED if row["plain_verdict"] == "not run"}
    assert left_out == {entry.name for entry in CORPUS if entry.heavy}
