"""Executes notebooks side by side, each in a kernel of its own that is forked from one warmed interpreter."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from sphinx.errors import SphinxError

PROGRAM = Path(__file__).with_name("warm.py")
FAILURES = (CellExecutionError, CellTimeoutError, DeadKernelError)
"""What a page can do wrong; anything else is a fault of ours and is raised."""


class WarmingError(SphinxError):
    """The interpreter that kernels are forked from did not start."""

    category = "No kernels"


@dataclass(frozen=True)
class Reported:
    """What a kernel said when it ended."""

    read: dict[str, str]
    """Path → digest of each file that it opened and folder that it listed below the root, the moment it did."""
    started: list[str]
    """Events by which it started processes, whose reading nobody has seen."""


class ForkedKernel:
    """A kernel's process, with as much of `subprocess.Popen` as a provisioner calls."""

    stdin = stdout = stderr = None

    def __init__(self, address: str, ask: dict[str, object]) -> None:
        """Asks for it, and returns when it is there."""
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(address)
        self._connection.sendall(json.dumps(ask).encode() + b"\n")
        self._said = self._connection.makefile("rb")
        first = self._said.readline()
        if not first:
            raise DeadKernelError("the kernel ended before it began")
        self.pid = int(json.loads(first)["pid"])
        self.returncode: int | None = None
        self.report: Reported | None = None

    def poll(self) -> int | None:
        """0 when it has ended and reported, -9 when it has ended without, None when it runs."""
        if self.returncode is None:
            self._connection.setblocking(False)
            try:
                peeked = self._connection.recv(1, socket.MSG_PEEK)
            except BlockingIOError:
                return None
            finally:
                self._connection.setblocking(True)
            line = self._said.readline() if peeked else b""
            if line:
                self.report = Reported(**json.loads(line))
            self._said.read()  # to the end of its life: the connection closes with the process
            self.returncode = 0 if line else -signal.SIGKILL
            self._said.close()
            self._connection.close()
        return self.returncode

    def wait(self) -> int:
        """Waits until it has ended."""
        if self.returncode is None:
            self._connection.recv(1, socket.MSG_PEEK)
        return int(self.poll() or 0)

    def send_signal(self, number: int) -> None:
        """Sends a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it ends between the question and the signal
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Asks it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it."""
        self.send_signal(signal.SIGKILL)


class ForkingProvisioner(LocalProvisioner):
    """Starts a kernel by asking the warmed interpreter for a fork."""

    address = ""
    kernel: ForkedKernel | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Starts ``python … -m ipykernel_launcher ARGUMENTS`` without the python."""
        argv = cmd[cmd.index("ipykernel_launcher") + 1 :]
        ask = {"cwd": str(kwargs.get("cwd") or Path.cwd()), "argv": argv}
        self.kernel = self.process = ForkedKernel(self.address, ask)
        self.pid = self.kernel.pid
        self.cwd = kwargs.get("cwd")
        return self.connection_info


@dataclass(frozen=True)
class Page:
    """What is to be executed."""

    name: str
    path: Path
    """Its cells run in the folder of this file."""
    notebook: NotebookNode
    """Gets its outputs."""
    timeout_s: float | None


@dataclass(frozen=True)
class Executed:
    """A page that was executed: its outputs are in its notebook."""

    page: Page
    seconds: float
    failure: Exception | None
    reported: Reported | None


class Warmed:
    """The warmed interpreter, from the time it was asked to start until `close`."""

    def __init__(self, folder: Path, root: Path, without: Sequence[Path], modules: Sequence[str]) -> None:
        """Starts it.

        Args:
            folder: an empty one, for sockets, with a short name.
            root: below it, what a kernel reads is reported.
            without: folders below the root of which nothing is reported.
            modules: what it imports, in this order.
        """
        self.folder = folder
        self.address = str(folder / "fork")
        settings = {
            "socket": self.address,
            "root": str(root),
            "without": [str(one) for one in without],
            "modules": list(modules),
        }
        # -X as every kernel is started. One thread for each: there are as many kernels as cores, and the last digit of
        # a sum then does not depend on how many those are.
        self._process = subprocess.Popen(
            [sys.executable, "-Xfrozen_modules=off", str(PROGRAM), json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,  # Ctrl-C is for the build, which then closes this
        )

    def wait_until_ready(self) -> None:
        """Waits for the imports.

        Raises:
            WarmingError: one of them failed; the traceback is on stderr.
        """
        if self._process.stdout is None or self._process.stdout.readline() != b"ready\n":
            raise WarmingError(
                f"the interpreter for the pages' kernels ended with {self._process.wait()} before it was ready; "
                "why stands above"
            )

    async def _execute(self, page: Page) -> Reported:
        manager = AsyncKernelManager(
            kernel_name=page.notebook.metadata.get("kernelspec", {}).get("name", "python3"),
            kernel_id=str(uuid.uuid4()),
            # Unix sockets: two kernels that start at once cannot draw the same port.
            transport="ipc",
            connection_file=str(self.folder / f"{uuid.uuid4().hex[:12]}.json"),
        )
        provisioner = ForkingProvisioner(parent=manager, kernel_id=manager.kernel_id, kernel_spec=manager.kernel_spec)
        provisioner.address = self.address
        manager.provisioner = provisioner
        client = NotebookClient(
            page.notebook,
            km=manager,
            timeout=page.timeout_s,
            coalesce_streams=True,  # or a printed text is cut where its kernel happened to send it
            record_timing=False,  # times in the cells' metadata would change the key under which they are looked up
            resources={"metadata": {"path": str(page.path.parent)}},
        )
        await client.async_execute(cleanup_kc=True)
        if provisioner.kernel is None or provisioner.kernel.report is None:
            raise DeadKernelError("the kernel ended without having said what it read")
        return provisioner.kernel.report

    def execute(self, page: Page) -> Executed:
        """Executes one page in a new kernel."""
        begin = time.perf_counter()
        reported, failure = None, None
        try:
            reported = asyncio.run(self._execute(page))
        except FAILURES as error:
            failure = error
        return Executed(page, time.perf_counter() - begin, failure, reported)

    def close(self) -> None:
        """Ends it and every kernel."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def cores() -> int:
    """How many processes may run at a time here."""
    return len(os.sched_getaffinity(0))


def execute(pages: Sequence[Page], root: Path, without: Sequence[Path], modules: Sequence[str]) -> Iterator[Executed]:
    """Executes pages, as many at a time as there are cores, and gives each back when it is done.

    Args:
        pages: in the order in which they begin.
        root: as `Warmed` takes it.
        without: as `Warmed` takes it.
        modules: as `Warmed` takes it.

    Raises:
        WarmingError: a module cannot be imported.
    """
    with contextlib.ExitStack() as stack:
        # A socket's path may have about a hundred characters, which a project's folder can exceed.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pages-")))
        pool = stack.enter_context(ThreadPoolExecutor(min(cores(), len(pages))))
        warmed = Warmed(folder, root, without, modules)
        # Runs before the pool waits for its threads: without kernels, they end.
        stack.callback(warmed.close)
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        warmed.wait_until_ready()
        for done in as_completed([pool.submit(warmed.execute, page) for page in pages]):
            yield done.result()
