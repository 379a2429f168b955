"""The files under deploy/ that no test can run for real: they load, and say what the documentation says of them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from tests.conftest import ROOT
from tests.sample_class import copy_content

DEPLOY = ROOT / "deploy"


def _load(path):
    return PyFileConfigLoader(path.name, path=str(path.parent)).load_config()


def _user(name, **more):
    return SimpleNamespace(user=SimpleNamespace(name=name), cmd=["students"], image="student", **more)


def test_tljh_gives_instructors_the_courses_environment(monkeypatch):
    hook = _load(DEPLOY / "tljh" / "course.py").Spawner.pre_spawn_hook
    student, early, instructor = _user("student1"), _user("instructor"), _user("instructor")
    monkeypatch.setattr(Path, "exists", lambda path: False)
    hook(early)
    monkeypatch.setattr(Path, "exists", lambda path: True)
    hook(student)
    hook(instructor)
    assert student.cmd == early.cmd == ["students"]
    assert instructor.cmd == ["/home/jupyter-instructor/course/.venv/bin/jupyterhub-singleuser"]


def test_kubernetes_opens_the_instructors_pod_alone():
    values = yaml.safe_load((DEPLOY / "kubernetes" / "values.yaml").read_text("utf-8"))
    names = {"c": Config()}
    exec(values["hub"]["extraConfig"]["instructors-pod"], names)
    pods = {}
    for name in ("student1", "instructor"):
        pods[name] = _user(name, container_security_context={"allowPrivilegeEscalation": False}, extra_pod_config={})
        names["c"].KubeSpawner.pre_spawn_hook(pods[name])
    assert pods["student1"].image == "student"
    assert pods["student1"].container_security_context == {"allowPrivilegeEscalation": False}
    assert pods["student1"].extra_pod_config == {}
    assert pods["instructor"].image == "REGISTRY/course-instructor:1"
    assert pods["instructor"].container_security_context["seccompProfile"] == {"type": "Unconfined"}
    assert pods["instructor"].container_security_context["allowPrivilegeEscalation"] is False
    assert pods["instructor"].extra_pod_config == {"hostUsers": False}


def test_versions_in_deploy_are_the_pinned_ones():
    pins = set((ROOT / "requirements.txt").read_text("utf-8").split())
    for path in (DEPLOY / "kubernetes" / "Dockerfile", DEPLOY / "tljh" / "install.sh"):
        named = {word for word in path.read_text("utf-8").split() if "==" in word}
        assert named
        assert named <= pins


def test_the_tljh_script_stops_where_there_is_no_tljh():
    script = DEPLOY / "tljh" / "install.sh"
    subprocess.run(["sh", "-n", script], check=True)
    if Path("/opt/tljh").exists():
        pytest.skip("The Littlest JupyterHub is installed here, and the script would change it")
    done = subprocess.run([script], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert ("is not installed here" if os.geteuid() == 0 else "run this as root") in done.stderr


@pytest.mark.parametrize("who", ["student", "instructor"])
def test_nbgraders_settings_for_everybody(who, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COURSE_STUDENT", who)
    if who == "instructor":
        copy_content(tmp_path / "course")
    settings = _load(DEPLOY / "everyone" / "nbgrader_config.py")
    assert settings.Exchange.root == "/srv/nbgrader/exchange"
    assert settings.CourseDirectory.course_id == "convolution-to-resnet"
    assert ("student_id" in settings.CourseDirectory) == (who == "student")
    assert ("root" in settings.CourseDirectory) == (who == "instructor")
