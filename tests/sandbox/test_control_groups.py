"""Where groups are made, for the layouts that machines have, and that none is left."""

import os

from autograde.sandbox import control_groups


def _v2(tmp_path, own, handed_on):
    mount = tmp_path / "cgroup"
    for folder, words in handed_on.items():
        (mount / folder).mkdir(parents=True, exist_ok=True)
        (mount / folder / "cgroup.subtree_control").write_text(words)
    (tmp_path / "own").write_text(f"0::{own}\n")
    return mount, tmp_path / "own"


def test_the_nearest_folder_that_hands_memory_on_is_taken(tmp_path):
    handed_on = {"": "cpu memory pids", "user": "memory pids", "user/app": "cpu memory pids", "user/app/x.scope": ""}
    mount, own = _v2(tmp_path, "/user/app/x.scope", handed_on)
    assert control_groups.places(mount, own) == (mount / "user" / "app",)


def test_without_a_controller_on_memory_there_is_no_place(tmp_path):
    mount, own = _v2(tmp_path, "/x.scope", {"": "cpu pids", "x.scope": ""})
    assert control_groups.places(mount, own) == ()
    assert control_groups.places(mount, tmp_path / "missing") == ()


def test_version_1_is_taken_where_version_2_has_no_memory(tmp_path):
    mount = tmp_path / "cgroup"
    for folder in ("memory/a/b", "pids"):
        (mount / folder).mkdir(parents=True)
        (mount / folder / "cgroup.procs").touch()
    own = tmp_path / "own"
    own.write_text("8:pids:/\n4:memory:/a/b\n1:name=systemd:/init.scope\n0::/\n")
    assert control_groups.places(mount, own) == (mount / "memory" / "a" / "b", mount / "pids")


def test_a_group_is_gone_afterwards(tmp_path):
    with control_groups.group(64, 16, (tmp_path,)) as (entry,):
        assert entry.parent.parent == tmp_path
        assert str(os.getpid()) in entry.parent.name
        assert control_groups.entering([entry], ["true"])[-3:] == [str(entry), "--", "true"]
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


def test_groups_of_graders_that_were_killed_are_removed(tmp_path):
    for name in ("autograde-999999999-0", f"autograde-{os.getpid()}-7"):
        (tmp_path / name).mkdir()
    with control_groups.group(64, 16, (tmp_path,)):
        left = {path.name for path in tmp_path.iterdir()}
    assert "autograde-999999999-0" not in left
    assert f"autograde-{os.getpid()}-7" in left


def test_no_place_means_no_group_and_the_command_as_it_was(tmp_path):
    with control_groups.group(64, 16, ()) as entries:
        assert control_groups.entering(entries, ["true"]) == ["true"]
    with control_groups.group(64, 16, (tmp_path / "missing",)) as entries:
        assert entries == []
