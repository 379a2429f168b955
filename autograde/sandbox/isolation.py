"""The wall: which command starts the students' interpreter, and what it can see from inside."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from autograde.errors import IsolationError

GRADER_FOLDER = "/grader"
STUDENTS_FOLDER = "/students"
HERE = Path(__file__).resolve().parent
INSTALL_HINT = "install it (Debian, Ubuntu: sudo apt-get install bubblewrap; Fedora: sudo dnf install bubblewrap)"


@dataclass(frozen=True)
class Interpreter:
    """The students' Python.

    Args:
        executable: the interpreter of their virtual environment.
        prefix: that environment's folder.
        base_prefix: the folder of the Python that it was made from.
        stdlib: the standard library.
        site_packages: the base Python's own packages, which students must not see.
        version: such as "3.11".
        libraries: shared libraries of the base Python's folder that it and its packages load.
    """

    executable: Path
    prefix: Path
    base_prefix: Path
    stdlib: Path
    site_packages: Path
    version: str
    libraries: tuple[Path, ...] = ()


_ASK = (
    "import json, sys, sysconfig; print(json.dumps([sys.prefix, sys.base_prefix, sysconfig.get_path('stdlib'),"
    " '%d.%d' % sys.version_info[:2]]))"
)
_ASK_LIBRARIES = """
import importlib, json, os, sysconfig
names = [name.split(".")[0] for name in os.listdir(os.path.join(sysconfig.get_path("stdlib"), "lib-dynload"))]
for name in [*names, "numpy", "matplotlib.pyplot", "IPython", "contourpy", "kiwisolver", "PIL._imaging"]:
    try:
        importlib.import_module(name)
    except Exception:
        pass  # tests' own modules, and packages that this environment does without
with open("/proc/self/maps") as maps:
    print(json.dumps(sorted({line.split(None, 5)[5].strip() for line in maps if ".so" in line})))
"""


def _loaded_libraries(executable: Path, base_prefix: Path) -> tuple[Path, ...]:
    """The libraries in a base Python's own lib folder that are loaded from it, by every name that they have there.

    A folder such as conda's holds hundreds, among them those of packages that students must not borrow from.
    """
    there = [path for path in (base_prefix / "lib").glob("lib*.so*") if path.is_file()]
    own = [path for path in there if path.name.startswith("libpython")]
    if own == there:
        return tuple(own)
    command = [str(executable), "-I", "-W", "ignore", "-c", _ASK_LIBRARIES]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise IsolationError(f"the students' Python at {executable} does not load: {done.stderr.strip()[-300:]}")
    loaded = {os.path.realpath(name) for name in json.loads(done.stdout)}
    return tuple(path for path in there if path in own or os.path.realpath(path) in loaded)


@functools.cache
def interpreter(executable: Path) -> Interpreter:
    """What the students' Python says of itself.

    Raises:
        IsolationError: there is none, or it lacks what students are promised.
    """
    hint = "make it with `make students` (it installs exercises/requirements.txt)"
    if not executable.exists():
        raise IsolationError(f"no students' Python at {executable}: {hint}")
    done = subprocess.run([executable, "-I", "-c", _ASK], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise IsolationError(f"the students' Python at {executable} does not run: {done.stderr.strip()[-300:]}; {hint}")
    prefix, base_prefix, stdlib, version = json.loads(done.stdout)
    library = Path(prefix) / "lib" / f"python{version}" / "site-packages"
    for package in ("numpy", "matplotlib", "IPython"):
        if not (library / package).is_dir():
            raise IsolationError(f"the students' Python at {executable} lacks {package}: {hint}")
    base_site = Path(base_prefix) / "lib" / f"python{version}" / "site-packages"
    shared = () if base_prefix in (prefix, "/usr") else _loaded_libraries(executable, Path(base_prefix))
    return Interpreter(executable, Path(prefix), Path(base_prefix), Path(stdlib), base_site, version, shared)


def bubblewrap() -> str:
    """Path of bubblewrap.

    Raises:
        IsolationError: it is not installed, or there is no Linux to run it on.
    """
    found = shutil.which("bwrap")
    if found is None:
        away = "" if sys.platform == "linux" else " (bubblewrap needs Linux: use a virtual machine or a container)"
        raise IsolationError(
            f"bubblewrap, which isolates student code, is missing{away}: {INSTALL_HINT}, "
            "or run without isolation by --no-isolation (only for notebooks that you trust)"
        )
    return found


def _system_libraries() -> list[str]:
    """Binds for the C library and its like; links such as /lib -> usr/lib are kept as links."""
    arguments: list[str] = []
    for folder in ("/lib", "/lib32", "/lib64"):
        path = Path(folder)
        if path.is_symlink():
            arguments += ["--symlink", os.readlink(path), folder]
        elif path.is_dir():
            arguments += ["--ro-bind", folder, folder]
    for libraries in Path("/usr/lib").glob("*-linux-*"):
        arguments += ["--ro-bind", str(libraries), str(libraries)]
    if Path("/usr/lib64").is_dir():
        arguments += ["--ro-bind", "/usr/lib64", "/usr/lib64"]
    return [*arguments, "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]


def _links_to(executable: Path) -> tuple[list[str], Path]:
    """The links, outside a virtual environment, that lead from its python to the real one; and where they end."""
    arguments: list[str] = []
    hop = executable
    while hop.is_symlink():
        target = hop.parent / os.readlink(hop)
        if hop.parent != executable.parent:
            arguments += ["--symlink", os.readlink(hop), str(hop)]
        hop = Path(os.path.normpath(target))
    return arguments, hop


def _python(python: Interpreter) -> list[str]:
    """Binds for the interpreter, its standard library and the students' packages; nothing else of the base Python.

    A base such as conda's has other environments in its folder, with libraries to borrow from.
    """
    students = ["--ro-bind", os.path.realpath(python.prefix), STUDENTS_FOLDER]
    if python.prefix == python.base_prefix:
        return students
    links, end = _links_to(python.executable)
    arguments = ["--ro-bind", os.path.realpath(end), str(end), "--ro-bind", str(python.stdlib), str(python.stdlib)]
    if python.site_packages.is_dir() and python.site_packages.is_relative_to(python.stdlib):
        arguments += ["--tmpfs", str(python.site_packages), "--remount-ro", str(python.site_packages)]
    for library in python.libraries:
        arguments += ["--ro-bind", str(library), str(library)]
    return [*arguments, *links, *students]


def _open_parents(binds: list[str]) -> list[str]:
    """Makes the folders above every bind, open to all: bubblewrap's own would be its user's alone."""
    targets = [Path(binds[i + 2]) for i, word in enumerate(binds) if word == "--ro-bind"]
    parents = sorted({parent for target in targets for parent in target.parents if parent != Path("/")})
    return [word for parent in parents for word in ("--perms", "0755", "--dir", str(parent))]


def environment(prefix: Path, home: str) -> dict[str, str]:
    """All the environment that student code has; nothing of the caller's is in it."""
    return {
        "HOME": home,
        "PATH": str(prefix / "bin"),
        "LANG": "C.UTF-8",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": "/tmp/matplotlib" if home.startswith("/tmp/home") else home,
        "IPYTHONDIR": f"{home}/.ipython",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MPLCACHE": str(prefix / "matplotlib-cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def isolated_command(python: Interpreter, lean: bool = False) -> list[str]:
    """The command that starts the zygote under bubblewrap.

    The outer wall: own process, IPC, network and host-name namespaces (and a user namespace unless started by root),
    a root that holds the students' Python and nothing else, no environment of the caller's. The capabilities that
    bubblewrap leaves serve the zygote to build each submission's own namespaces; submissions get none.
    """
    command = [bubblewrap(), "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    if os.geteuid() != 0:
        command += ["--unshare-user", "--uid", "0", "--gid", "0"]
    command += ["--cap-add", "ALL", "--hostname", "notebook", "--die-with-parent", "--new-session", "--clearenv"]
    for key, value in environment(Path(STUDENTS_FOLDER), "/tmp/home").items():
        command += ["--setenv", key, value]
    inside = _python(python)
    libraries = _system_libraries()
    command += [*_open_parents([*libraries, *inside]), *libraries, *inside]
    # Where the grader is not root, /dev belongs to the user whom all submissions share.
    command += ["--dev", "/dev", "--remount-ro", "/dev", "--tmpfs", "/tmp", "--perms", "0755", "--dir", GRADER_FOLDER]
    for path in (HERE / name for name in ("zygote.py", "system_calls.py", "runner.py", "asking.py", "wire.py")):
        command += ["--ro-bind", str(path), f"{GRADER_FOLDER}/{path.name}"]
    command += ["--remount-ro", "/", "--chdir", "/tmp", "--"]
    inside_name = f"{STUDENTS_FOLDER}/bin/{python.executable.name}"
    return [*command, inside_name, "-s", "-B", f"{GRADER_FOLDER}/zygote.py", *_mode(lean)]


def _mode(lean: bool) -> list[str]:
    return ["lean"] if lean else []


def plain_command(python: Interpreter, lean: bool = False) -> list[str]:
    """The command that starts the zygote without a wall: same limits on a process, no isolation."""
    return [str(python.executable), "-s", "-B", str(HERE / "zygote.py"), *_mode(lean)]
