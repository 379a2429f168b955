"""A user id for each submission that runs: the kernel counts processes by user, and one's must not be another's."""

from __future__ import annotations

import contextlib
import errno
import secrets
import socket
from collections.abc import Iterator

from autograde.errors import SandboxError

FIRST, COUNT = 61_000, 4_000


@contextlib.contextmanager
def reserved() -> Iterator[int]:
    """A user id that no other submission on this machine has meanwhile, whichever process of a grader runs it.

    An abstract socket's name holds it: the kernel knows each name once, and forgets it when its holder ends, however
    that comes about.

    Raises:
        SandboxError: all are taken.
    """
    start = secrets.randbelow(COUNT)
    for step in range(COUNT):
        uid = FIRST + (start + step) % COUNT
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as holder:
            try:
                holder.bind(f"\0autograde-user-{uid}")
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                continue
            yield uid
            return
    raise SandboxError(f"all {COUNT} user ids for submissions are taken; are that many graders running?")
