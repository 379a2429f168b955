"""Servers that tests and benchmarks start for themselves: Dask's scheduler and workers, PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

BIN = Path(sys.executable).parent
WORKER = ("--nthreads", "1", "--no-dashboard", "--no-nanny", "--memory-limit", "0")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def started(*arguments: str, cwd: Path, until: str) -> Iterator[subprocess.Popen[str]]:
    """A process, from when it has said `until` to the end of the block; its words are read on, and dropped."""
    command = [str(BIN / arguments[0]), *arguments[1:]]
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if until in line:
                break
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def scheduler(port: int, cwd: Path) -> contextlib.AbstractContextManager[subprocess.Popen[str]]:
    """Dask's scheduler at a port of this machine."""
    where = ("--host", "127.0.0.1", "--port", str(port))
    return started("dask", "scheduler", *where, "--no-dashboard", cwd=cwd, until="Scheduler at")


def worker(port: int, cwd: Path, *more: str) -> contextlib.AbstractContextManager[subprocess.Popen[str]]:
    """A worker of that scheduler's: one process, one thread."""
    address = f"tcp://127.0.0.1:{port}"
    return started("dask", "worker", address, *WORKER, *more, cwd=cwd, until="Registered to")


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's programs, of the newest version that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL server on a socket in a folder of its own; yields its address.

    As root it runs as nobody, to whom the folders above it are opened.
    """
    at = postgres_programs()
    assert at is not None
    user: dict[str, int] = {}
    if os.geteuid() == 0:
        user = {"user": 65534, "group": 65534}
        for parent in (folder, *folder.parents[:3]):
            if parent != Path("/"):
                parent.chmod(parent.stat().st_mode | 0o755)
        os.chown(folder, 65534, 65534)
    data = folder / "data"
    made = [str(at / "initdb"), "-D", str(data), "-U", "course", "-A", "trust", "--no-sync"]
    subprocess.run(made, check=True, capture_output=True, cwd=folder, **user)  # type: ignore[call-overload]
    serve = [str(at / "postgres"), "-D", str(data), "-k", str(folder), "-c", "listen_addresses=", "-F"]
    server = subprocess.Popen(serve, stderr=subprocess.PIPE, text=True, cwd=folder, **user)  # type: ignore[call-overload]
    try:
        for line in server.stderr:
            if "ready to accept connections" in line:
                break
        yield f"postgresql://course@/postgres?host={folder}"
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=60)
