"""A course is where its instructor stands or what is named; a student's folder is never one, whatever lies in it."""

import os
import shutil
import subprocess
import sys

import pytest

from autograde import cli
from autograde.course import course_at, find_course
from autograde.errors import ConfigError, UsageError
from tests import sample_class
from tests.conftest import ROOT, document, submission
from tests.sample_class import copy_content

NAME = "padding"


@pytest.fixture
def root(tmp_path):
    """A course whose configuration is obeyed."""
    copy_content(tmp_path)
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    return tmp_path


def _plant(folder):
    """What a student can hand in to make the folder look like a course with a Python of its own."""
    sample_class.make_course(folder)
    (folder / "autograde.toml").write_text('student_python = "evil"\n', "utf-8")
    (folder / "evil").write_text(f"#!/bin/sh\necho obeyed > {folder}/obeyed\n", "utf-8")
    (folder / "evil").chmod(0o755)
    return folder


@pytest.mark.parametrize("place", ["submitted/eve", f"submitted/eve/{NAME}", f"autograded/eve/{NAME}", "feedback/eve"])
def test_a_folder_of_students_work_is_no_course(root, place):
    planted = _plant(root / place)
    assert find_course(planted).root == root
    with pytest.raises(UsageError, match="holds students' work"):
        course_at(planted)


def test_a_class_without_a_course_around_it_is_no_course(tmp_path):
    with pytest.raises(UsageError, match="is in no course"):
        find_course(_plant(tmp_path / "submitted" / "eve"))


def test_check_obeys_the_course_where_the_instructor_stands(tmp_path, monkeypatch, capsys):
    planted = _plant(tmp_path / "mail" / "eve")
    (planted / f"{NAME}.ipynb").write_bytes(document(submission(NAME)))
    monkeypatch.chdir(ROOT)
    assert cli.main(["check", str(planted / f"{NAME}.ipynb"), "--device", "cpu"]) == 0
    assert "score:" in capsys.readouterr().out
    assert not (planted / "obeyed").exists()
    monkeypatch.chdir(tmp_path)
    assert cli.main(["check", str(planted / f"{NAME}.ipynb")]) == 2
    assert "is in no course" in capsys.readouterr().err
    for arguments in (["--course", str(ROOT), "check"], ["check", "--course", str(ROOT)]):
        assert cli.main([*arguments, str(planted / f"{NAME}.ipynb"), "--device", "cpu"]) == 0


def test_the_hidden_test_in_a_kernel_takes_no_students_folder_for_the_course(tmp_path, monkeypatch):
    from autograde.kernel import hidden_test

    monkeypatch.chdir(_plant(tmp_path / "autograded" / "eve"))
    with pytest.raises(UsageError, match="is in no course"):
        hidden_test(f"{NAME}.pad2d", abs)


@pytest.mark.parametrize("name", ["nbgrader_config.py", "autograde.toml", "solutions", "solutions/course.toml"])
def test_what_links_out_of_the_course_is_refused(root, name, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (root / "autograde.toml").touch()
    shutil.move(root / name, elsewhere / "it")
    (root / name).symlink_to(elsewhere / "it")
    with pytest.raises(ConfigError, match="out of the course"):
        course_at(root)


def test_a_link_within_the_course_is_obeyed(root):
    (root / "nbgrader_config.py").rename(root / "real.py")
    (root / "nbgrader_config.py").symlink_to("real.py")
    assert course_at(root).root == root


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("name", ["", "nbgrader_config.py", "autograde.toml", "solutions/course.toml"])
def test_what_belongs_to_somebody_else_is_refused(root, name, monkeypatch):
    (root / "autograde.toml").touch()
    os.chown(root / name, 4711, -1)
    with pytest.raises(ConfigError, match="belongs to the user with the number 4711"):
        find_course(root)
    monkeypatch.setenv("SUDO_UID", "4711")
    assert find_course(root).root == root


def test_a_planted_course_runs_nothing_on_the_command_line(root):
    planted = _plant(root / "submitted" / "eve" / NAME)
    (planted / f"{NAME}.ipynb").write_bytes(document(submission(NAME)))
    command = [sys.executable, "-m", "autograde.cli", "check", f"{NAME}.ipynb", "--device", "cpu"]
    done = subprocess.run(command, cwd=planted, capture_output=True, text=True, check=False, timeout=120)
    # The course around it has no students' Python, which is what the command then says.
    assert done.returncode == 2
    assert str(root / ".venv-students") in done.stderr
    assert not (planted / "obeyed").exists()
