"""Workers end what they started, also when a later one cannot start."""

from __future__ import annotations

import pytest

from autograde.errors import IsolationError
from autograde.policy import Policy
from autograde.run import workers
from tests.conftest import ROOT


def test_a_pool_that_fails_half_way_leaves_no_sandbox_open(monkeypatch):
    opened: list[object] = []

    class Box:
        def __init__(self, *_):
            if len(opened) == 2:
                raise IsolationError("no more")
            opened.append(self)

        def close(self):
            opened.remove(self)

    monkeypatch.setattr(workers, "Sandbox", Box)
    with pytest.raises(IsolationError):
        workers.WorkerPool(ROOT, Policy(), 3)
    assert opened == []
