"""A program: imports what the pages import, once, and forks a kernel for whoever asks. It starts as a file.

A page's kernel spends most of its start on importing torch and pyplot. A process that has imported them forks in
milliseconds. ``kernels.py`` starts it and asks it, one connection for each kernel:

    asks     {"cwd": …, "argv": [what follows ipykernel_launcher]}
    answers  {"pid": …} at once, and {"read": {path: digest}, "started": [events]} when the kernel has ended

The connection closes when the kernel is gone, however it went. When the asker closes this program's standard input,
or dies, every kernel is killed. It needs nothing but the standard library before its imports, and no threads may run
when it forks: they would be missing in the child, and their locks would stay closed.
"""

import contextlib
import hashlib
import importlib
import importlib.util
import io
import json
import os
import random
import selectors
import signal
import socket
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from types import FrameType

BACKEND = "matplotlib_inline.backend_inline"
KERNEL = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger")
STARTS = frozenset({"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"})
"""What starts a process, which may read what nobody here sees."""
LISTS = frozenset({"os.listdir", "os.scandir"})
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def digest(path: Path) -> str:
    """What tells one content of a path from another: the sha256 of a file, of a folder's names, or nothing there."""
    if path.is_dir():
        names = sorted(one.name for one in path.iterdir() if one.name not in ("__pycache__", ".ipynb_checkpoints"))
        return hashlib.sha256("\0".join(names).encode()).hexdigest()
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "absent"


class Reads:
    """What a process opens for reading and which folders it lists below a root, from the first import on.

    A digest is taken when a path is opened, so that a file which changes while the page runs counts as changed. C code
    that opens files by itself goes unseen; Python's ``open``, ``os.open``, imports and all that is made of them do not.
    """

    def __init__(self, root: Path, without: Iterable[Path]) -> None:
        """Starts to watch; a process cannot stop it.

        Args:
            root: only what lies below it counts.
            without: folders below it that do not count: the environment and what the build writes.
        """
        self.read: dict[str, str] = {}
        self.started: list[str] = []
        self._root = f"{root}{os.sep}"
        self._without = tuple(f"{folder}{os.sep}" for folder in without)
        self._written: set[str] = set()
        self._looking = threading.local()
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple) -> None:
        if event == "open":
            path, mode, flags = arguments
            writes = any(letter in mode for letter in "wxa+") if isinstance(mode, str) else flags & WRITES
            self._note(path, written=bool(writes))
        elif event in LISTS and not _imports(sys._getframe(1)):
            self._note(arguments[0] or ".", written=False)
        elif event in STARTS and event not in self.started:
            self.started.append(event)

    def _note(self, path: object, *, written: bool) -> None:
        if getattr(self._looking, "now", False) or not isinstance(path, str | bytes | os.PathLike):
            return
        found = os.path.abspath(os.fsdecode(path))
        if not found.startswith(self._root) or f"{found}{os.sep}".startswith(self._without):
            return
        if found.endswith(".pyc") and os.path.basename(os.path.dirname(found)) == "__pycache__":
            found = importlib.util.source_from_cache(found)
        if written:
            self._written.add(found)
        elif found not in self.read and found not in self._written:
            self._looking.now = True  # taking the digest opens the file, too
            try:
                self.read[found] = digest(Path(found))
            finally:
                self._looking.now = False


def _imports(caller: FrameType) -> bool:
    """Whether it is the import system that lists a folder: what it found there is opened, and so noted, anyway."""
    return str(caller.f_globals.get("__name__")).partition(".")[0] == "importlib"


def warm(modules: Iterable[str]) -> None:
    """Imports modules and what every kernel needs.

    Raises:
        RuntimeError: an import wrote to stderr, which in a kernel of its own would have failed the page; or it started
            threads; or figures would be missing.
    """
    # Before pyplot is imported: later, it is not read again, and every figure would be missing without a word. The
    # backend itself must wait for the kernel, into which it hooks when it is imported, with the first figure.
    os.environ["MPLBACKEND"] = f"module://{BACKEND}"
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # by which a kernel notices that its parent is gone, and ends
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        for name in (*KERNEL, *modules):  # in a kernel's order: each puts its filters of warnings before the others
            importlib.import_module(name)
    if BACKEND in sys.modules:
        raise RuntimeError(
            f"importing {', '.join(modules)} has imported {BACKEND}, before there is a kernel to hook into"
        )
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        raise RuntimeError(f"importing {', '.join(modules)} has started {threads - 1} threads, which a fork would lose")
    if said.getvalue():
        raise RuntimeError(f"importing {', '.join(modules)} wrote to stderr:\n{said.getvalue()}")


def run_kernel(argv: list[str]) -> None:
    """Is the kernel until it is asked to end, as ``python -m ipykernel_launcher`` would be."""
    from ipykernel.kernelapp import IPKernelApp

    # The fork has copied these; a kernel of its own would have drawn them from the system.
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    launcher = importlib.util.find_spec("ipykernel_launcher")
    sys.argv = [str(launcher.origin if launcher else ""), *argv]
    app = IPKernelApp.instance()
    app.initialize(argv)
    app.start()


def answer(connection: socket.socket, message: dict[str, object]) -> None:
    """Sends one line of JSON."""
    connection.sendall(json.dumps(message).encode() + b"\n")


def be_child(connection: socket.socket, reads: Reads) -> None:
    """What a forked process does: it never returns."""
    status = 1
    try:
        ask = json.loads(connection.makefile("rb").readline())
        os.chdir(ask["cwd"])
        reads.started.clear()
        with open(os.devnull, "rb") as nothing:
            os.dup2(nothing.fileno(), 0)  # the way by which this program is told to end
        answer(connection, {"pid": os.getpid()})
        run_kernel(ask["argv"])
        answer(connection, {"read": reads.read, "started": reads.started})
        status = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)  # not the end of the program that forked it, whose cleaning up is not its business


def serve(path: str, reads: Reads) -> None:
    """Forks for each connection until standard input closes, then kills what still runs."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()
    children: set[int] = set()
    signal.signal(signal.SIGCHLD, lambda *_: None)  # wakes the selector
    wakes, waked = socket.socketpair()
    wakes.setblocking(False)
    waked.setblocking(False)
    signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
    print("ready", flush=True)
    os.dup2(2, 1)  # nobody reads on
    with selectors.DefaultSelector() as selector:
        for file in (server, waked, sys.stdin):
            selector.register(file, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if waked in ready:
                waked.recv(4096)
            children = {pid for pid in children if os.waitpid(pid, os.WNOHANG)[0] == 0}
            if sys.stdin in ready:
                break
            if server in ready:
                connection, _ = server.accept()
                pid = os.fork()
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    for file in (selector, server, wakes, waked):
                        file.close()
                    be_child(connection, reads)
                children.add(pid)
                connection.close()
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def main() -> None:
    """Reads ``{"socket", "root", "without", "modules"}`` from the first argument."""
    del sys.path[0]  # this file's folder, which a kernel does not have
    settings = json.loads(sys.argv[1])
    reads = Reads(Path(settings["root"]), [Path(folder) for folder in settings["without"]])
    warm(settings["modules"])
    serve(settings["socket"], reads)


if __name__ == "__main__":
    main()
