"""The warm interpreter inside the wall: imports what students may import, then forks once for each submission.

It runs under the students' Python, knows no job, and never reads one: each fork gets the job's socket, goes into
namespaces of its own, gives up every privilege and only then reads. So nothing of one submission is ever in the
memory, the files or the process table of another.
"""

import ctypes
import errno
import json
import mmap
import os
import resource
import select
import signal
import socket
import sys

import system_calls

NEW_MOUNTS, NEW_IPC, NEW_PROCESSES = 0x00020000, 0x08000000, 0x20000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_SET_DUMPABLE = 24, 38, 4
LAST_CAPABILITY = 63
KEYCTL = {"x86_64": 250, "aarch64": 219}
JOIN_SESSION_KEYRING = 1


def _system(name, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def _private_folders(mebibytes):
    """Fresh, empty /tmp and /dev/shm, which vanish with the submission."""
    _system("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    for target, size in ((b"/tmp", mebibytes), (b"/dev/shm", min(mebibytes, 16))):
        options = f"size={size}m,nr_inodes=4096,mode=1777".encode()
        _system("mount", b"tmpfs", target, b"tmpfs", MS_NOSUID | MS_NODEV, options)


def _leave_the_keyring():
    """A session keyring of our own, and empty: the grader's, with its keys, would be inherited."""
    machine = os.uname().machine if sys.platform == "linux" else ""
    if machine not in KEYCTL:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(KEYCTL[machine], JOIN_SESSION_KEYRING, None) >= 0:
        return
    # A kernel without keys, or one that shuts the call to us, shuts it to students too.
    if ctypes.get_errno() not in (errno.ENOSYS, errno.EPERM):
        raise OSError(ctypes.get_errno(), f"keyctl: {os.strerror(ctypes.get_errno())}")


def _give_up_privileges(uid):
    """No capability, now or after an exec; as root also another user, whose processes the kernel counts."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _system("capset", header, (ctypes.c_uint32 * 6)(0, 0, 0, 0, 0, 0))
    _system("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _system("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)


def _address_space(most):
    """How much of it this process has, in bytes up to `most`: the smallest limit under which one page more is had."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    low, high = 0, most
    while high - low > mmap.PAGESIZE:
        middle = (low + high) // 2
        resource.setrlimit(resource.RLIMIT_AS, (middle, hard))
        try:
            mmap.mmap(-1, mmap.PAGESIZE).close()
            high = middle
        except (OSError, MemoryError):
            low = middle
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    return high


def _limit(limits):
    mebibyte = 1 << 20
    memory = limits["memory_mib"] * mebibyte
    if limits["extra_mib"]:
        memory = min(memory, _address_space(memory) + limits["extra_mib"] * mebibyte)
    values = [
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, limits["files_mib"] * mebibyte),
        (resource.RLIMIT_CPU, int(limits["total_timeout_s"]) + 5),
        (resource.RLIMIT_NOFILE, 128),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, limits["processes"]),
    ]
    for name, value in values:
        hard = resource.getrlimit(name)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(name, (value, value))


def _only_descriptor(keep):
    """Standard streams to /dev/null, the job's socket at 3, every other descriptor closed."""
    null = os.open(os.devnull, os.O_RDWR)
    keep = os.dup(keep)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.dup2(keep, 3)
    os.closerange(4, 4096)
    return 3


def _child(job_fd, limits):
    job_fd = _only_descriptor(job_fd)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    if limits["isolated"]:
        _private_folders(limits["files_mib"])
        os.makedirs("/tmp/home", mode=0o777)
        os.chmod("/tmp/home", 0o777)
        _give_up_privileges(limits["uid"])
    _limit(limits)
    if limits["isolated"]:
        system_calls.install()
    import runner

    runner.run(socket.socket(fileno=job_fd), limits)


def _wait_or_kill(pid, leash):
    """Waits for the submission's first process; kills it, and all that it started, when the grader lets go."""
    handle = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
    while True:
        watched = [leash] if handle is None else [leash, handle]
        ready, _, _ = select.select(watched, [], [], None if handle is not None else 0.01)
        done, status = os.waitpid(pid, os.WNOHANG)
        if not done and leash in ready:
            os.kill(pid, signal.SIGKILL)
            done, status = os.waitpid(pid, 0)
        if done:
            return status


def _keeper(job_fd, leash, limits):
    """Between the zygote and the submission: makes the namespaces, then waits; its exit code is the status."""
    if limits["isolated"]:
        _system("unshare", NEW_MOUNTS | NEW_IPC | NEW_PROCESSES)
    else:
        os.setsid()
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            _child(job_fd, limits)
            code = 0
        finally:
            os._exit(code)
    os.close(job_fd)
    status = _wait_or_kill(pid, leash)
    if not limits["isolated"]:
        # The first process leads the session's group here; in a namespace the kernel has ended the rest already.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)
    return status


def _warm_up(figures):
    """Everything that submissions share is imported here, once; what draws figures only where somebody draws."""
    import warnings

    warnings.simplefilter("ignore")
    if figures:
        _warm_up_figures()
    import runner

    runner.warm_up()


def _warm_up_figures():
    import shutil

    # The font list takes matplotlib seconds to make: the students' environment keeps one, made with it.
    if os.path.isdir(os.environ.get("MPLCACHE", "")):
        shutil.copytree(os.environ["MPLCACHE"], os.environ["MPLCONFIGDIR"], dirs_exist_ok=True)
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot


def main():
    """Serves jobs from the control socket (descriptor 0) until it closes."""
    control = socket.socket(fileno=os.dup(0))
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    _leave_the_keyring()
    _warm_up(figures="lean" not in sys.argv[1:])
    control.sendall(b"ready\n")
    while True:
        request, descriptors, _, _ = socket.recv_fds(control, 4096, 2)
        if not request:
            os._exit(
                0
            )  # Python would take longer to take all down than a submission takes, and nothing is left to keep
        job_fd, leash = descriptors
        limits = json.loads(request)
        pid = os.fork()
        if pid == 0:
            status = 0x4600
            try:
                control.close()
                status = _keeper(job_fd, leash, limits)
            except OSError as error:
                os.write(2, f"sandbox: {error}\n".encode())
            finally:
                os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
        os.close(job_fd)
        os.close(leash)
        _, status = os.waitpid(pid, 0)
        # 0x80 and above: a signal, as _keeper's exit code wraps -9 to 247.
        code = os.waitstatus_to_exitcode(status)
        control.sendall(json.dumps({"code": code if code < 128 else code - 256}).encode() + b"\n")


if __name__ == "__main__":
    main()
