"""Servers that a test starts, waits for and ends, with all that they have started themselves."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

BIN = Path(sys.executable).parent
PATIENCE_S = int(os.environ.get("JOURNEY_PATIENCE_S", "120"))
"""How long anything may take here before the test gives up on it; a busy machine is slow."""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait_for(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path, what: str) -> None:
    """Waits until `ready()`; fails with the log's end where the process ends before, or where it takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while not ready():
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(0.2)
            raise AssertionError(f"{what} ended with {code}:\n{log.read_text('utf-8', 'replace')[-4000:]}")
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} is not ready:\n{log.read_text('utf-8', 'replace')[-4000:]}")


def _marked(mark: str) -> list[int]:
    """Processes that have the mark in their environment: a server, its kernels, its users' servers."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"JOURNEY_MARK={mark}\0".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return found


@contextlib.contextmanager
def server(
    command: list[str], url: str, cwd: Path, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A server that runs until the block ends, however it ends.

    Args:
        command: starts the server.
        url: answers with status 200 when the server is ready.
        cwd: the folder that it starts in.
        log: where what it says goes.
        environment: added to the caller's; the command's own folder comes first on PATH.
    """
    mark = uuid.uuid4().hex
    everything = {**os.environ, **(environment or {}), "JOURNEY_MARK": mark}
    everything["PATH"] = f"{Path(command[0]).parent}{os.pathsep}{everything['PATH']}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=cwd, env=everything, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        wait_for(process, lambda: _answers(url), log, Path(command[0]).name)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        # Kernels and users' servers have process groups of their own, so that a group's id is not enough.
        for survivor in _marked(mark):
            with contextlib.suppress(ProcessLookupError):
                os.kill(survivor, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def jupyter_lab(folder: Path, home: Path, programs: Path = BIN) -> Iterator[str]:
    """JupyterLab on a folder, with a home of its own; gives the address of its pages, which asks for no login.

    Args:
        folder: what it shows.
        home: the person's home folder, made where there is none.
        programs: the folder of the environment's programs.
    """
    home.mkdir(parents=True, exist_ok=True)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [str(programs / "jupyter-lab"), "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}", "--IdentityProvider.token=journey"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.news_url=None"]
    with server(command, f"{address}/api", folder, home / "server.log", {"HOME": str(home)}):
        yield address
