"""The benchmark's command works: all ways run and agree with torch, and the file holds what the page reads."""

import json
import subprocess
import sys

from tests.conftest import ROOT

COMMAND = [sys.executable, str(ROOT / "benchmarks" / "convolution.py")]
RESULT = ROOT / "benchmarks" / "results" / "convolution.json"


def _keys(value):
    if isinstance(value, dict):
        return {name: _keys(item) for name, item in value.items()}
    return [_keys(value[0])] if isinstance(value, list) and value and isinstance(value[0], dict) else None


def _without_gpu(keys):
    return json.loads(json.dumps(keys).replace(', "torch on CUDA": null', ""))


def test_quick_run_writes_the_same_fields_as_the_committed_result(tmp_path):
    path = tmp_path / "quick.json"
    done = subprocess.run([*COMMAND, "--quick", "--output", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    quick, committed = json.loads(path.read_text("utf-8")), json.loads(RESULT.read_text("utf-8"))
    assert _without_gpu(_keys(quick)) == _without_gpu(_keys(committed))
    for layer in quick["layers"]:
        assert max(layer["largest_error"].values()) < 1e-4
        assert all(seconds > 0 for seconds in layer["seconds"].values())


def test_quick_run_does_not_overwrite_the_results():
    before = RESULT.read_bytes()
    done = subprocess.run([*COMMAND, "--quick"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--quick needs --output" in done.stderr
    assert RESULT.read_bytes() == before
