"""An ordinary user, for tests that are run by root: the user is made for a test, and commands run as that user."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import skip_or_fail

USER = "autograde-test"
AS_USER = """
set -e
# A home that only root may enter hides the interpreters in it; this view of it is the command's alone.
kept=$(mktemp -d)
if [ -d /root/.pyenv ]; then
    mkdir "$kept/pyenv"
    mount --bind /root/.pyenv "$kept/pyenv"
    mount -t tmpfs -o mode=0755 none /root
    mkdir /root/.pyenv
    mount --move "$kept/pyenv" /root/.pyenv
fi
exec setpriv --reuid "$1" --regid "$2" --clear-groups --no-new-privs -- "${@:3}"
"""


@dataclass(frozen=True)
class OrdinaryUser:
    """User and group ids, by which commands run."""

    uid: str
    gid: str

    def owns(self, folder: Path) -> None:
        """Gives a folder and all in it to the user."""
        for path in (folder, *folder.rglob("*")):
            os.chown(path, int(self.uid), int(self.gid), follow_symlinks=False)

    def run(self, command: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Runs a command in a folder; what it says is captured."""
        view = ["unshare", "--mount", "--propagation", "private", "bash", "-c", AS_USER, "as-user", self.uid, self.gid]
        return subprocess.run(
            [*view, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )


@contextmanager
def ordinary_user(folder: Path) -> Iterator[OrdinaryUser]:
    """A user who is made now and gone afterwards, and who may make user namespaces.

    Args:
        folder: an empty one, where that is tried.
    """
    if os.geteuid() != 0:
        pytest.skip("the tests run as an ordinary user already: they are this test")
    missing = [tool for tool in ("useradd", "userdel", "setpriv", "unshare", "bash") if shutil.which(tool) is None]
    if missing:
        skip_or_fail(f"{', '.join(missing)} not installed")
    subprocess.run(["useradd", "--system", "--no-create-home", "--user-group", USER], check=True, capture_output=True)
    try:
        entry = subprocess.run(["getent", "passwd", USER], check=True, capture_output=True, text=True).stdout.split(":")
        user = OrdinaryUser(entry[2], entry[3])
        user.owns(folder)
        tried = user.run(["bwrap", "--unshare-user", "--ro-bind", "/", "/", "true"], folder, dict(os.environ))
        if tried.returncode != 0:
            skip_or_fail(f"no user namespaces for an ordinary user: {tried.stderr.strip()}")
        yield user
    finally:
        subprocess.run(["userdel", USER], check=True, capture_output=True)
