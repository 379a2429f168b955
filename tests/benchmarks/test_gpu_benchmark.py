"""The queue of jobs for a GPU, tiny and on the CPU: whole with torch and NumPy alone, resumed as if never stopped."""

import dataclasses
import json
import os
import subprocess
import sys
import time

import pytest
import torch

from benchmarks import degradation, gpu
from tests.conftest import ROOT

CPU = torch.device("cpu")
MISSING = ("matplotlib", "sklearn", "nbgrader", "nbformat", "jupytext", "sphinx", "scipy", "PIL", "pytest")
BLOCKER = f"import sys; sys.modules.update(dict.fromkeys({MISSING}))"  # None: as if it were not installed


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A work folder after two processes, on a machine without most packages, have emptied the queue."""
    folder = tmp_path_factory.mktemp("gpu")
    (folder / "sitecustomize.py").write_text(BLOCKER, "utf-8")
    command = [sys.executable, str(ROOT / "benchmarks" / "gpu.py"), "--preset", "tiny", "--device", "cpu"]
    command += ["--work", str(folder / "work"), "--minutes", "0", "--processes", "2"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    before = (ROOT / "solutions" / "padding" / "given" / "padding.npz").read_bytes()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert (ROOT / "solutions" / "padding" / "given" / "padding.npz").read_bytes() == before
    return folder / "work", done.stdout


def _desk(folder, deadline=float("inf"), preset=None):
    return gpu.Desk(preset or gpu.PRESETS["tiny"], CPU, folder, deadline)


def test_two_processes_do_every_job_once_and_all_kinds_of_results_are_there(finished):
    work, said = finished
    record = json.loads((work / "tiny.json").read_text("utf-8"))
    assert "all done" in said
    started = [line.split(":")[0] for line in said.splitlines() if ": " in line and not line.startswith("all done")]
    assert sorted(started) == sorted(record["jobs"])
    assert record["about"]["device"] == "cpu"
    assert record["about"]["preset"]["held_out"] == 16
    jobs = record["jobs"]
    tried = [job for name, job in jobs.items() if name.startswith("rate-")]
    assert {(job["kind"], job["depth"]) for job in tried} == set(gpu.networks(gpu.PRESETS["tiny"]))
    assert all({"held_out_error", "final_train_error"} < set(job) and "final_test_error" not in job for job in tried)
    assert jobs["long-plain-14-s0"]["iteration"][-1] == 2 * jobs["run-plain-14-s0"]["iteration"][-1] == 8
    wrong = jobs["deletions-plain-8-s0"]["wrong"]
    assert len(wrong) == 2**3
    assert wrong[0] / 64 == pytest.approx(jobs["run-plain-8-s0"]["final_test_error"], abs=1e-5)
    assert jobs["answers-padding"]["device"] == "cpu"
    assert (work / "answers" / "padding.npz").is_file()


def test_runs_are_at_the_rate_that_the_held_out_pictures_chose(finished):
    jobs = json.loads((finished[0] / "tiny.json").read_text("utf-8"))["jobs"]
    for kind, depth in gpu.networks(gpu.PRESETS["tiny"]):
        errors = {
            job["rate"]: job["held_out_error"]
            for job in jobs.values()
            if (job.get("kind"), job.get("depth")) == (kind, depth) and "held_out_error" in job
        }
        assert len(errors) == len(degradation.RATES)
        assert errors[jobs[f"run-{kind}-{depth}-s0"]["rate"]] == min(errors.values())


def test_chapter_11_shows_what_was_recorded_and_on_which_device(finished, tmp_path):
    from coursebook import degradation as page

    assert page.full_size(tmp_path / "gpu.json") == ""
    lines = page.full_size(finished[0] / "tiny.json").splitlines()
    record = json.loads((finished[0] / "tiny.json").read_text("utf-8"))
    run, longer = (record["jobs"][f"{prefix}-plain-14-s0"] for prefix in ("run", "long"))
    (row,) = [line.split() for line in lines if line.startswith("plain-14")]
    assert lines[0].startswith("make gpu: cpu")
    assert [float(cell) for cell in row[-3:]] == pytest.approx(
        [100 * run["final_train_error"], 100 * run["final_test_error"], 100 * longer["final_train_error"]], abs=0.01
    )
    assert len(lines) == 3 + len(gpu.networks(gpu.PRESETS["tiny"]))


def test_a_finished_queue_is_left_as_it_is(finished, capsys):
    work, _ = finished
    stamps = {path: path.stat().st_mtime_ns for path in (work / "jobs").iterdir()}
    gpu.work(_desk(work))
    assert capsys.readouterr().out == ""
    assert {path: path.stat().st_mtime_ns for path in (work / "jobs").iterdir()} == stamps


def test_a_run_that_is_stopped_again_and_again_ends_as_one_that_never_was(tmp_path):
    preset = dataclasses.replace(
        gpu.PRESETS["tiny"], settings=dataclasses.replace(gpu.TINY, iterations=8, milestones=(4, 6))
    )
    run = ("run-residual-8-s0", ("residual", 8), degradation.RATES[1], 0, 1, False)
    whole = gpu.train(_desk(tmp_path / "a", preset=preset), *run)
    stopped = 0
    while True:
        try:
            parts = gpu.train(_desk(tmp_path / "b", time.monotonic() - 1, preset), *run)
            break
        except gpu.Stop:
            stopped += 1
    assert stopped == 3
    assert {**parts, "seconds": 0} == {**whole, "seconds": 0}
    states = [torch.load(tmp_path / one / "states" / "run-residual-8-s0.pt", weights_only=True) for one in "ab"]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--device", "cuda"], "use --device cpu"),
        (["--device", "cpu"], "FASHION_MNIST"),
    ],
)
def test_what_is_missing_is_said_in_one_line(tmp_path, options, said):
    (tmp_path / "jobs").mkdir()
    for name in gpu.load_content(ROOT / "solutions").names:  # these jobs would write into the course
        (tmp_path / "jobs" / f"answers-{name}.json").write_text("{}", "utf-8")
    environment = {**os.environ, "FASHION_MNIST": str(tmp_path), "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, str(ROOT / "benchmarks" / "gpu.py"), *options, "--work", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_one_process_at_a_time_has_a_job_in_hand(tmp_path):
    with gpu.claim(tmp_path / "lock") as first, gpu.claim(tmp_path / "lock") as second:
        assert (first, second) == (True, False)
    with gpu.claim(tmp_path / "lock") as again:
        assert again


def test_the_landscape_has_the_trained_loss_in_its_middle_and_rows_survive_a_stop(finished, tmp_path):
    work, _ = finished
    found = json.loads((work / "jobs" / "landscape-residual-14.json").read_text("utf-8"))
    desk = _desk(work)
    model = gpu.trained(desk, "run-residual-14-s0", ("residual", 14))
    x, y = desk.pictures("train")
    with torch.no_grad():
        assert found["loss"][1][1] == pytest.approx(float(torch.nn.functional.cross_entropy(model(x), y)), abs=1e-4)
    assert found["steps"] == [-1, 0, 1]
    assert len({loss for row in found["loss"] for loss in row}) > 5
    for weight, direction in zip(model.parameters(), gpu.directions(model, 1), strict=True):
        if weight.ndim > 1:
            assert torch.allclose(weight.flatten(1).norm(dim=1), direction.flatten(1).norm(dim=1), rtol=1e-4)
        else:
            assert not direction.any()
    late = _desk(work, time.monotonic() - 1)
    for _ in range(2):
        with pytest.raises(gpu.Stop):
            gpu.landscape(late, "again", ("residual", 14))
    assert gpu.landscape(late, "again", ("residual", 14)) == found
