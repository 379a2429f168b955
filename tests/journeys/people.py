"""One machine with an instructor and students: a home folder and a Unix user for each, and nothing left behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from autograde.sandbox.isolation import bubblewrap
from tests.conftest import ROOT

BIN = Path(sys.executable).parent
INSTRUCTOR = "instructor"
FIRST_STUDENT = 4101
"""The first student's user id on a machine where the tests run as root."""


def _openings() -> list[str]:
    """Binds that show the course's environments to other users where a folder above them is closed to these."""
    arguments: list[str] = []
    for needed in dict.fromkeys([ROOT, Path(sys.base_prefix).resolve()]):
        closed = [parent for parent in needed.parents if not parent.stat().st_mode & 0o001]
        if closed:
            arguments += ["--perms", "0755", "--tmpfs", str(closed[-1])]
            for parent in reversed(needed.parents[: needed.parents.index(closed[-1])]):
                arguments += ["--perms", "0755", "--dir", str(parent)]
            arguments += ["--ro-bind", str(needed), str(needed)]
    return arguments


class Machine:
    """What instructor and students see: their homes under /home, the exchange under /srv, their names in /etc/passwd.

    Each command runs in a mount namespace of its own, where the folders of the test stand at these places; the
    machine's own users and folders stay as they are. Started by root, students are Unix users of their own; otherwise
    all share the caller's user id, and only their names differ.

    Args:
        folder: an empty folder that holds it all.
        students: the students' user names.
    """

    def __init__(self, folder: Path, students: list[str]) -> None:
        self._folder = folder
        self.students = students
        self.separate = os.geteuid() == 0
        (folder / "srv").mkdir()

        for name in (INSTRUCTOR, *students):
            home = self.home(name)
            home.mkdir(parents=True)
            home.chmod(0o711 if name == INSTRUCTOR else 0o700)
            self._passwd(name).write_text("\n".join(self._users(name)) + "\n", "utf-8")
            if self.separate:
                os.chown(home, self._user(name), self._user(name))

    def home(self, name: str) -> Path:
        """A person's home folder, as the test sees it."""
        return self._folder / "home" / name

    def _passwd(self, name: str) -> Path:
        return self._folder / f"passwd-{name}"

    def _user(self, name: str) -> int:
        if name == INSTRUCTOR or not self.separate:
            return os.geteuid()
        return FIRST_STUDENT + self.students.index(name)

    def _users(self, name: str) -> list[str]:
        listed = [INSTRUCTOR, *self.students] if self.separate else [name]
        return [f"{one}:x:{self._user(one)}:{self._user(one)}::/home/{one}:/bin/sh" for one in listed]

    def _inside(self, name: str, folder: str) -> list[str]:
        command = [bubblewrap(), "--dev-bind", "/", "/", "--die-with-parent"]
        command += _openings()
        for part in ("home", "srv"):
            command += ["--bind", str(self._folder / part), f"/{part}"]
        if Path("/home") in ROOT.parents:
            command += ["--ro-bind", str(ROOT), str(ROOT)]
        command += ["--ro-bind", str(self._passwd(name)), "/etc/passwd", "--chdir", folder]
        if not self.separate or name == INSTRUCTOR:
            return [*command, "--cap-add", "ALL"] if self.separate else command
        user = str(self._user(name))
        command += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--"]
        return [*command, "setpriv", "--reuid", user, "--regid", user, "--clear-groups"]

    def run(self, name: str, line: str, folder: str = "", stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Runs one line of shell as a person would: in a folder of their home, with the course's programs on PATH."""
        home = f"/home/{name}"
        environment = {
            "HOME": home,
            "USER": name,
            "LOGNAME": name,
            "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
        }
        command = [*self._inside(name, f"{home}/{folder}"), "sh", "-c", line]
        return subprocess.run(
            command, env=environment, input=stdin, capture_output=True, text=True, check=False, timeout=300
        )

    def give(self, name: str, path: Path) -> None:
        """Makes a file in a person's home their own."""
        if self.separate:
            shutil.chown(path, self._user(name), self._user(name))
