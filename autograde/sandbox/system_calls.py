"""The system calls that student code may not make: a seccomp filter, installed as the last privilege goes.

Inside the wall it stands alone, with the standard library. A call that is shut answers EPERM, as a kernel that forbids
it would, so that libraries fall back; the process is never killed for asking. All that NumPy, matplotlib, threads and
subprocess need stays open.
"""

import ctypes
import errno
import os
import platform
import struct

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
AT_NUMBER, AT_ARCHITECTURE, AT_FIRST_ARGUMENT = 0, 4, 16
X32_CALLS = 0x40000000
NEW_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000

# The same number on every architecture since Linux 5.1.
_SHARED = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428, "move_mount": 429,
    "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "pidfd_getfd": 438, "process_madvise": 440,
    "mount_setattr": 442, "quotactl_fd": 443, "memfd_secret": 447, "process_mrelease": 448,
    "set_mempolicy_home_node": 450, "statmount": 457, "listmount": 458, "open_tree_attr": 467,
}  # fmt: skip
_X86_64 = {
    # Other processes, and the kernel's own state.
    "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "bpf": 321, "userfaultfd": 323,
    "perf_event_open": 298, "lookup_dcookie": 212, "syslog": 103, "_sysctl": 156, "nfsservctl": 180,
    # Keyrings outlive a submission, and a new session inherits the grader's.
    "add_key": 248, "request_key": 249, "keyctl": 250,
    # Mounts and namespaces.
    "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308,
    "name_to_handle_at": 303, "open_by_handle_at": 304, "fanotify_init": 300, "fanotify_mark": 301,
    # The machine.
    "kexec_load": 246, "kexec_file_load": 320, "create_module": 174, "init_module": 175, "delete_module": 176,
    "get_kernel_syms": 177, "query_module": 178, "finit_module": 313, "swapon": 167, "swapoff": 168, "reboot": 169,
    "sethostname": 170, "setdomainname": 171, "iopl": 172, "ioperm": 173, "modify_ldt": 154, "acct": 163,
    "quotactl": 179, "settimeofday": 164, "clock_settime": 227, "adjtimex": 159, "clock_adjtime": 305, "vhangup": 153,
    "personality": 135, "uselib": 134, "ustat": 136, "sysfs": 139, "mbind": 237, "set_mempolicy": 238,
    "migrate_pages": 256, "move_pages": 279, "remap_file_pages": 216, "vmsplice": 278,
    # Memory that no limit of a process counts.
    "memfd_create": 319, "shmget": 29, "shmat": 30, "shmctl": 31, "shmdt": 67, "semget": 64, "semop": 65, "semctl": 66,
    "semtimedop": 220, "msgget": 68, "msgsnd": 69, "msgrcv": 70, "msgctl": 71, "mq_open": 240, "mq_unlink": 241,
}  # fmt: skip
_AARCH64 = {
    "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "bpf": 280, "userfaultfd": 282,
    "perf_event_open": 241, "lookup_dcookie": 18, "syslog": 116, "nfsservctl": 42,
    "add_key": 217, "request_key": 218, "keyctl": 219,
    "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51, "unshare": 97, "setns": 268,
    "name_to_handle_at": 264, "open_by_handle_at": 265, "fanotify_init": 262, "fanotify_mark": 263,
    "kexec_load": 104, "kexec_file_load": 294, "init_module": 105, "delete_module": 106, "finit_module": 273,
    "swapon": 224, "swapoff": 225, "reboot": 142, "sethostname": 161, "setdomainname": 162, "acct": 89, "quotactl": 60,
    "settimeofday": 170, "clock_settime": 112, "adjtimex": 171, "clock_adjtime": 266, "vhangup": 58,
    "personality": 92, "mbind": 235, "set_mempolicy": 237, "migrate_pages": 238, "move_pages": 239,
    "remap_file_pages": 234, "vmsplice": 75,
    "memfd_create": 279, "shmget": 194, "shmctl": 195, "shmat": 196, "shmdt": 197, "semget": 190, "semctl": 191,
    "semtimedop": 192, "semop": 193, "msgget": 186, "msgctl": 187, "msgrcv": 188, "msgsnd": 189, "mq_open": 180,
    "mq_unlink": 181,
}  # fmt: skip
_ASKED = {
    "x86_64": {"clone": 56, "clone3": 435, "socket": 41, "socketpair": 53},
    "aarch64": {"clone": 220, "clone3": 435, "socket": 198, "socketpair": 199},
}
"""Calls whose arguments decide."""
SHUT = {"x86_64": {**_X86_64, **_SHARED}, "aarch64": {**_AARCH64, **_SHARED}}
"""By machine, the calls that always answer EPERM, by name."""
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def machine():
    """The machine whose calls the filter knows, or None where it knows none."""
    name = platform.machine()
    # A 32-bit interpreter makes other calls than its 64-bit kernel's name tells.
    return name if name in SHUT and struct.calcsize("P") == 8 else None


def _steps(name):
    """The filter as (label, operation, operand, label if so, label if not); a label "" is the next step."""
    asked = _ASKED[name]
    yield "", LOAD, AT_ARCHITECTURE, "", ""
    yield "", EQUAL, _AUDIT[name], "", "shut"
    yield "", LOAD, AT_NUMBER, "", ""
    if name == "x86_64":
        yield "", AT_LEAST, X32_CALLS, "shut", ""
    yield "", EQUAL, asked["clone"], "clone", ""
    yield "", EQUAL, asked["clone3"], "unknown", ""
    yield "", EQUAL, asked["socket"], "socket", ""
    yield "", EQUAL, asked["socketpair"], "socket", ""
    for number in SHUT[name].values():
        yield "", EQUAL, number, "shut", ""
    yield "open", RETURN, ALLOW, "", ""
    yield "shut", RETURN, ERRNO | errno.EPERM, "", ""
    # clone3's flags lie behind a pointer, where no filter can look: the C library then takes clone.
    yield "unknown", RETURN, ERRNO | errno.ENOSYS, "", ""
    yield "clone", LOAD, AT_FIRST_ARGUMENT, "", ""
    yield "", ANY_BIT, NEW_NAMESPACES, "refused", ""
    yield "", RETURN, ALLOW, "", ""
    # A network namespace shuts neither AF_VSOCK nor the kernel's exotic families; nothing here needs AF_INET.
    yield "socket", LOAD, AT_FIRST_ARGUMENT, "", ""
    yield "", EQUAL, 1, "", "refused"
    yield "", RETURN, ALLOW, "", ""
    yield "refused", RETURN, ERRNO | errno.EPERM, "", ""


def program(name):
    """The filter for a machine as the kernel's classic BPF: 8 bytes an instruction.

    Args:
        name: a key of `SHUT`.
    """
    steps = list(_steps(name))
    places = {label: place for place, (label, *_) in enumerate(steps) if label}
    packed = []
    for place, (_, operation, operand, so, otherwise) in enumerate(steps):
        jumps = [places[label] - place - 1 if label else 0 for label in (so, otherwise)]
        packed.append(struct.pack("=HBBI", operation, *jumps, operand))
    return b"".join(packed)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def install():
    """Puts the filter on this process and all that it will start; False where the machine is one that it doesn't know.

    Raises:
        OSError: the kernel has no seccomp.
    """
    name = machine()
    if name is None:
        return False
    code = program(name)
    wrapped = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(wrapped), 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"seccomp: {os.strerror(code)}")
    return True
