"""What is seen of a base Python that has other environments in its folder, as conda's has."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from autograde.sandbox import isolation
from tests.conftest import ROOT

PROBE = """
import ctypes, glob, importlib.util, json, os, ssl, sqlite3, sys
base = sys.base_prefix
sys.path += glob.glob(base + "/**/site-packages", recursive=True)
seen = sorted(os.path.relpath(os.path.join(top, name), base) for top, folders, _ in os.walk(base) for name in folders)
print(json.dumps({
    "torch": importlib.util.find_spec("torch") is not None,
    "folders": [name for name in seen if name.count("/") < 2],
    "libraries": sorted(os.path.basename(path) for path in glob.glob(base + "/lib/*.so*")),
    "sqlite": sqlite3.connect(":memory:").execute("select 1").fetchone(),
}))
"""
LEFT_OUT = shutil.ignore_patterns(
    "site-packages", "test", "tests", "__pycache__", "idlelib", "ensurepip", "tkinter", "*.a"
)


@pytest.fixture(scope="module")
def conda():
    """A base Python with an environment beside it that has torch, and the students' environment, made from it."""
    # Not below /tmp, which is a private folder inside the wall.
    folder = tempfile.TemporaryDirectory(dir="/var/tmp", prefix="autograde-conda-")
    base = Path(folder.name)
    base.chmod(0o755)
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    real = Path(os.path.realpath(sys.executable))
    stdlib = real.parents[1] / "lib" / version
    (base / "bin").mkdir()
    shutil.copy(real, base / "bin" / version)
    shutil.copytree(stdlib, base / "lib" / version, ignore=LEFT_OUT, symlinks=True)
    for library in (real.parents[1] / "lib").glob("libpython*.so*"):
        shutil.copy(library, base / "lib" / library.name)
    for name in ("libtorch_cpu.so", "libmkl_core.so.2"):
        (base / "lib" / name).write_bytes(b"\x7fELF")
    for site in (base / "lib" / version / "site-packages", base / "envs" / "ml" / "lib" / version / "site-packages"):
        (site / "torch").mkdir(parents=True)
        (site / "torch" / "__init__.py").touch()
    students = base / "envs" / "students"
    subprocess.run([base / "bin" / version, "-m", "venv", "--without-pip", students], check=True)
    ours = ROOT / ".venv-students" / "lib" / version / "site-packages"
    for package in ("numpy", "matplotlib", "IPython"):
        (students / "lib" / version / "site-packages" / package).symlink_to(ours / package)
    yield students
    folder.cleanup()


def test_only_the_interpreter_and_its_standard_library_are_seen(conda):
    python = isolation.interpreter(conda / "bin" / "python")
    command = isolation.isolated_command(python)
    at = command.index("--")
    # The copy's path to its own library is the original's, where that is not linked in.
    library = ["--setenv", "LD_LIBRARY_PATH", str(python.base_prefix / "lib")]
    probe = [*command[:at], *library, *command[at : at + 2], "-I", "-c", PROBE]
    done = subprocess.run(probe, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["torch"] is False
    assert not {"envs", "pkgs", "share", "include"} & set(told["folders"])
    assert [name for name in told["libraries"] if not name.startswith("libpython")] == []
    assert told["sqlite"] == [1]


def test_of_a_folder_of_libraries_those_are_taken_that_are_loaded(conda):
    python = isolation.interpreter(conda / "bin" / "python")
    names = {path.name for path in python.libraries}
    assert not names & {"libtorch_cpu.so", "libmkl_core.so.2"}
