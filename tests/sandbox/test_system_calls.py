"""What student code may ask of the kernel, and that what it needs for its work still works."""

import struct
import subprocess
import sys

import pytest

from autograde.sandbox import Ask, Cell, Job, control_groups, system_calls
from tests.conftest import ROOT, skip_or_fail

KERNEL = """
import ctypes, errno, socket
libc = ctypes.CDLL(None, use_errno=True)
def call(*arguments):
    ctypes.set_errno(0)
    return errno.errorcode.get(ctypes.get_errno(), "open") if libc.syscall(*arguments) < 0 else "open"
def family(number):
    try:
        socket.socket(number, socket.SOCK_STREAM).close()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "open"
"""
WORK = """
import numpy as np
def figures():
    import os
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots()
    axes.plot([1, 3, 2])
    axes.set_title("$x^2$")
    for kind in ("png", "pdf", "svg"):
        figure.savefig(f"figure.{kind}")
    return all(os.path.getsize(f"figure.{kind}") > 1000 for kind in ("png", "pdf", "svg"))
def threads():
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda n: float(np.linalg.norm(np.full((50, 50), n))), range(3)))
def processes():
    import multiprocessing
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return pool.map(abs, [-1, 2])
def python():
    import subprocess, sys
    command = [sys.executable, "-c", "import numpy; print(numpy.arange(4).sum())"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip()
def libraries():
    import ssl, sqlite3, ctypes, lzma, bz2, zlib, hashlib
    return [ssl.create_default_context() is not None, sqlite3.connect(":memory:").execute("select 1").fetchone()]
def asynchronous():
    import asyncio
    async def answer():
        await asyncio.sleep(0)
        return 7
    return asyncio.run(answer())
"""
MACHINE = system_calls.machine()


def _answers(sandbox, source, *asks):
    outcome = sandbox.run(Job([Cell("look", source), *asks]))
    assert outcome.incidents == []
    return {name: [record.get("value", record["text"]) for record in r] for name, r in outcome.answers.items()}


@pytest.fixture(scope="module", autouse=True)
def _known_machine():
    if MACHINE is None:
        skip_or_fail("the filter knows no calls of this machine")


def test_every_shut_call_answers_that_it_is_forbidden(sandbox):
    calls = system_calls.SHUT[MACHINE]
    answers = _answers(sandbox, KERNEL, Ask("call", [((number, 0, 0, 0, 0, 0), {}) for number in calls.values()]))
    assert dict(zip(calls, answers["call"], strict=True)) == dict.fromkeys(calls, "EPERM")


def test_namespaces_are_shut_by_their_flags_and_plain_children_are_not(sandbox):
    clone, clone3 = system_calls._ASKED[MACHINE]["clone"], system_calls._ASKED[MACHINE]["clone3"]
    flags = [1 << n for n in (17, 25, 26, 27, 28, 29, 30)]
    asks = Ask("call", [*(((clone, flag | 17, 0, 0, 0, 0), {}) for flag in flags), ((clone3, 0, 0), {})])
    assert _answers(sandbox, KERNEL, asks)["call"] == [*["EPERM"] * len(flags), "ENOSYS"]


def test_no_socket_but_one_of_this_machine_can_be_made(sandbox):
    answers = _answers(sandbox, KERNEL, Ask("family", [((number,), {}) for number in range(46)]))["family"]
    assert [number for number, answer in enumerate(answers) if answer != "EPERM"] == [1]


@pytest.mark.skipif(MACHINE != "x86_64", reason="the second set of numbers is x86-64's own")
def test_calls_by_their_second_numbers_are_shut_too(sandbox):
    """An x32 call is the same call under a number with one more bit."""
    keyctl = system_calls.SHUT[MACHINE]["keyctl"]
    answers = _answers(sandbox, KERNEL, Ask("call", [((0x40000000 + number, 0, 0), {}) for number in (keyctl, 0, 39)]))
    assert answers["call"] == ["EPERM"] * 3


def test_what_honest_programs_need_is_open(sandbox):
    names = ("figures", "threads", "processes", "python", "libraries", "asynchronous")
    answers = _answers(sandbox, WORK, *(Ask(name, [((), {})]) for name in names))
    assert answers == {
        "figures": [True],
        "threads": [[0.0, 50.0, 100.0]],
        "processes": [[1, 2]],
        "python": ["6"],
        "libraries": [[True, (1,)]],
        "asynchronous": [7],
    }


def _decide(code, architecture, number, argument=0):
    """What a filter answers, by a reading of the classic BPF that it uses."""
    data = {system_calls.AT_NUMBER: number, system_calls.AT_ARCHITECTURE: architecture}
    data[system_calls.AT_FIRST_ARGUMENT] = argument
    steps = [struct.unpack_from("=HBBI", code, at) for at in range(0, len(code), 8)]
    place = value = 0
    while True:
        operation, so, otherwise, operand = steps[place]
        place += 1
        if operation == system_calls.RETURN:
            return operand
        if operation == system_calls.LOAD:
            value = data[operand]
            continue
        holds = {
            system_calls.EQUAL: value == operand,
            system_calls.AT_LEAST: value >= operand,
            system_calls.ANY_BIT: bool(value & operand),
        }[operation]
        place += so if holds else otherwise


@pytest.mark.parametrize("name", system_calls.SHUT)
def test_the_filter_decides_alike_on_every_machine(name):
    code, audit, asked = system_calls.program(name), system_calls._AUDIT[name], system_calls._ASKED[name]
    shut = system_calls.ERRNO | 1
    assert {_decide(code, audit, number) for number in system_calls.SHUT[name].values()} == {shut}
    assert _decide(code, audit ^ 1, 0) == shut
    assert (
        _decide(code, audit, asked["socket"], 1) == _decide(code, audit, asked["socketpair"], 1) == system_calls.ALLOW
    )
    assert {_decide(code, audit, asked["socket"], family) for family in range(2, 60)} == {shut}
    assert _decide(code, audit, asked["clone"], 0x01200011) == system_calls.ALLOW
    assert _decide(code, audit, asked["clone"], 0x10000011) == shut
    others = set(range(512)) - set(system_calls.SHUT[name].values()) - set(asked.values())
    assert {_decide(code, audit, number) for number in others} == {system_calls.ALLOW}


def test_a_machine_that_the_filter_does_not_know_gets_none(monkeypatch):
    monkeypatch.setattr(system_calls.platform, "machine", lambda: "riscv64")
    assert system_calls.machine() is None
    assert system_calls.install() is False


HOLD = """
import os
def hold(children, mebibytes):
    '''How many of so many children could each take so much, all at the same time.'''
    ends = [os.pipe() for _ in range(children)]
    start, go = os.pipe()
    for out, into in ends:
        if os.fork() == 0:
            os.close(go)
            block = bytearray(mebibytes << 20)
            os.write(into, b"x")
            os.read(start, 1)
            os._exit(0)
        os.close(into)
    held = sum(os.read(out, 1) == b"x" for out, _ in ends)
    os.close(go)
    return held
def taken():
    x = []
    while True:
        x.append(bytearray(100 << 20))
"""


def test_memory_of_all_processes_is_counted_together(sandbox):
    if not control_groups.works():
        skip_or_fail("no control groups with a limit on memory here")
    # Within reach of one process's limit each, and beyond it together.
    assert _answers(sandbox, HOLD, Ask("hold", [((2, 100), {})]))["hold"] == [2]
    outcome = sandbox.run(Job([Cell("look", HOLD), Ask("hold", [((8, 400), {})])]))
    assert outcome.answers["hold"][0].get("value") in (None, 0, 1, 2, 3, 4, 5), outcome
    assert _answers(sandbox, HOLD, Ask("hold", [((2, 100), {})]))["hold"] == [2]


KEYS = """
import ctypes, sys
sys.path.insert(0, "autograde/sandbox")
import zygote
libc = ctypes.CDLL(None, use_errno=True)
ADD, SEARCH = {"x86_64": (248, 250), "aarch64": (217, 219)}[sys.argv[1]]
zygote._leave_the_keyring()  # the test's own keys must not go into the session of whoever runs it
if libc.syscall(ADD, b"user", b"note", b"secret", 6, -3) < 0:
    print("no keys here", ctypes.get_errno())
else:
    before = libc.syscall(SEARCH, 10, -3, b"user", b"note", 0) > 0
    zygote._leave_the_keyring()
    print(before, libc.syscall(SEARCH, 10, -3, b"user", b"note", 0) > 0)
"""


def test_the_interpreter_does_not_keep_the_keys_of_the_session_that_started_it():
    """Beside the filter: a submission on a machine whose calls it doesn't know finds no key either."""
    done = subprocess.run([sys.executable, "-c", KEYS, MACHINE], cwd=ROOT, capture_output=True, text=True, check=True)
    if done.stdout.startswith("no keys"):
        skip_or_fail(f"this kernel gives us no keyring: {done.stdout}")
    assert done.stdout.split() == ["True", "False"]
