"""Watching a notebook: once as it is, once a save, never half of one. The clock is the test's: nothing sleeps."""

from __future__ import annotations

import os
import re

import pytest

from autograde import cli
from autograde.run import watch
from autograde.run.watch import PATIENCE, saves
from tests.conftest import ROOT, document, programs, submission

NAME = "padding"
WHOLE, OTHER = b'{"cells": []}\n', b'{"cells": [], "x": 1}\n'


class Editor:
    """A clock at whose ticks somebody does things to a file; it notes at which ticks a save was told."""

    def __init__(self, path, does, ticks):
        self.path, self.does, self.ticks, self.now, self.told = path, does, ticks, -1, []

    def __iter__(self):
        for now in range(self.ticks):
            self.now = now
            if self.now in self.does:
                self.does[self.now](self.path)
            yield

    def watch(self):
        for _ in saves(self.path, self):
            self.told.append(self.now)
        return self.told


def write(content):
    return lambda path: path.write_bytes(content)


def replace(content):
    def do(path):
        other = path.with_suffix(".new")
        other.write_bytes(content)
        os.replace(other, path)

    return do


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "x.ipynb"
    path.write_bytes(WHOLE)
    return path


def test_it_is_told_once_as_it_is(path):
    assert Editor(path, {}, 50).watch() == [1]


@pytest.mark.parametrize("save", [write, replace])
def test_each_save_is_told_once_when_it_rests(path, save):
    assert Editor(path, {5: save(OTHER), 20: save(WHOLE)}, 50).watch() == [1, 6, 21]


def test_a_save_of_the_same_text_is_a_save(path):
    assert Editor(path, {5: lambda p: os.utime(p, ns=(7, 7))}, 20).watch() == [1, 6]


def test_a_file_that_is_being_written_is_waited_for(path):
    does = {5: write(b'{"cells": ['), 6: write(b'{"cells": [ '), 10: write(OTHER)}
    assert Editor(path, does, 30).watch() == [1, 11]


def test_a_pause_in_writing_is_no_end(path):
    assert Editor(path, {5: write(b""), 5 + PATIENCE - 1: write(OTHER)}, 40).watch() == [1, 5 + PATIENCE]


def test_what_stays_broken_is_told_once(path):
    assert Editor(path, {5: write(b'{"cells": [')}, 60).watch() == [1, 5 + PATIENCE]


def test_a_file_that_is_away_for_a_moment_is_waited_for(path):
    does = {5: lambda p: p.rename(p.with_suffix(".gone")), 30: replace(OTHER)}
    assert Editor(path, does, 50).watch() == [1, 31]


def test_check_watch_grades_each_save_and_ends_on_ctrl_c(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    wrong = next(one for one in programs(NAME) if one.misconception)
    path = tmp_path / f"{NAME}.ipynb"
    path.write_bytes(document(submission(NAME, {wrong.function: wrong.source})))

    def clock():
        yield from range(3)
        path.write_bytes(b"{no notebook}")
        yield from range(3)
        path.write_bytes(document(submission(NAME)))
        yield from range(3)
        raise KeyboardInterrupt

    monkeypatch.setattr(watch, "ticks", clock)
    assert cli.main(["check", str(path), "--watch", "--device", "cpu"]) == 0
    out, err = capsys.readouterr()
    scores = re.findall(r"^score: ([\d.]+) of ([\d.]+)", out, re.M)
    assert len(scores) == 2
    assert float(scores[0][0]) < float(scores[0][1])
    assert scores[1][0] == scores[1][1]
    assert len(re.findall(rf"^\d\d:\d\d:\d\d {NAME}.ipynb$", out, re.M)) == 3
    assert f"{NAME}.ipynb is not JSON" in err
    assert "Traceback" not in err
