"""What the benchmarks of the grader add up and look for; they themselves run for minutes."""

from __future__ import annotations

import json
import sys

import pytest

from tests.conftest import ROOT

sys.path.append(str(ROOT / "benchmarks"))

import scale
import throughput

SESSION = {"graded": 10, "seconds": 4.0, "submitting_cpu_s": 1.0, "writing_s": 0.5, "peak_mib": 90.4}


def graded(folder, count):
    for number in range(count):
        path = folder / "autograded" / f"s{number}" / scale.NAME / f"{scale.NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.touch()


def test_sessions_of_a_run_that_was_cut_short_are_added_up(tmp_path):
    stage = scale.Stage("whole", 2, 25, "sqlite")
    graded(tmp_path, 25)
    for number, more in enumerate(({"resident_mib": {"5": 80.0}}, {"graded": 15, "resident_mib": {"25": 82.5}})):
        (tmp_path / f"session-{number}.json").write_text(json.dumps({**SESSION, **more}), "utf-8")
    found = scale.figures(stage, tmp_path)
    assert (found["sessions"], found["graded"], found["seconds"]) == (2, 25, 8.0)
    assert found["per_second"] == 25 / 8
    assert found["writers_share"] == 1 / 8
    assert found["resident_mib"] == {5: 80.0, 25: 82.5}


def test_a_class_that_is_not_all_graded_is_no_result(tmp_path):
    graded(tmp_path, 3)
    with pytest.raises(SystemExit, match="3 graded notebooks, expected 4"):
        scale.figures(scale.Stage("whole", 2, 4, "sqlite"), tmp_path / ".")


@pytest.mark.parametrize(("cores", "workers"), [(1, [1, 1]), (2, [1, 2, 2]), (6, [1, 2, 4, 4])])
def test_workers_double_up_to_the_cores(cores, workers, monkeypatch):
    monkeypatch.setattr(scale.servers, "postgres_programs", lambda: None)
    found = list(scale.stages(1000, cores))
    assert [stage.workers for stage in found] == workers
    assert [stage.submissions for stage in found] == [100] * (len(workers) - 1) + [1000]


@pytest.mark.parametrize(
    ("bar", "seen"), [("  0%| | 0/20 [00:00", False), ("  5%|▌ | 1/20 [", True), ("| 20/20 [", True)]
)
def test_the_first_result_is_seen_on_the_bar(bar, seen):
    assert bool(throughput.FIRST.search(bar.encode())) is seen
