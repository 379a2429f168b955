"""Workers end what they started, also when a later one cannot start."""

from __future__ import annotations

import logging

import pytest

from autograde.errors import IsolationError
from autograde.policy import Policy
from autograde.run import workers
from autograde.run.cluster import cluster
from autograde.run.submission import Work
from autograde.run.workers import Worker, draws_figures
from tests import servers
from tests.conftest import ASSIGNMENTS, COURSE, ROOT, code, document, exam_of, source_of, submission


def test_what_was_sent_to_a_cluster_is_not_kept(tmp_path):
    """Memory does not grow with the class: Dask would hold what it sent last, an exam in each message."""
    pytest.importorskip("distributed", reason="Dask is not installed")

    port, exam = servers.free_port(), exam_of(NAME)
    with servers.scheduler(port, tmp_path), servers.worker(port, tmp_path):
        address = f"tcp://127.0.0.1:{port}"
        with cluster(address, exam, ROOT, COURSE.policy, True) as (executor, job, sent, _):
            for number in range(3):
                # A reason needs no sandbox.
                work = Work("someone", NAME, bytes([number]), "there is no notebook")
                assert executor.submit(job, sent, work).result().reason == work.reason
            assert list(executor._client.scheduler_comm.recent_message_log) == []
            known = logging.root.manager.loggerDict
            parts = [name for name in known if name.split(".")[0] in ("distributed", "tornado")]
            assert len(parts) > 10
            loud = [name for name in parts if logging.getLogger(name).isEnabledFor(logging.ERROR)]
            assert loud == []  # a lost connection is one line of the command's own, and no part's traceback


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


NAME = "padding"
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2])"


@pytest.mark.parametrize(
    ("cell", "draws"),
    [
        ("import numpy as np", False),
        ("`numpy` and `matplotlib` are all that you may import", False),
        ("import matplotlib.pyplot as plt", True),
        ("import numpy as np, matplotlib as m", True),
        ("%matplotlib inline", True),
        ("from pylab import *", True),
        ("import_module('matplotlib')", True),
    ],
)
def test_what_draws_is_told_from_what_speaks_of_it(cell, draws):
    assert draws_figures(b"", document([code(cell)])) is draws


def test_most_chapters_draw_nothing():
    drawing = [name for name in ASSIGNMENTS if draws_figures(COURSE.source(name).read_bytes())]
    cells = {name: source_of(name).cells for name in ASSIGNMENTS}
    importing = {name: any("import matplotlib" in cell.source for cell in cells[name]) for name in ASSIGNMENTS}
    assert drawing == [name for name in ASSIGNMENTS if importing[name]]
    assert len(drawing) < len(ASSIGNMENTS) / 2


def test_a_lean_sandbox_is_exchanged_when_somebody_draws():
    exam, worker = exam_of(NAME), Worker(ROOT, COURSE.policy, lean=True)

    def graded(*cells):
        work = Work("someone", NAME, document([*map(code, cells), *submission(NAME)]))
        found = worker.grade(exam, work)
        ended = [found.outcome.ended[cell.id] for cell in found.cells if cell.origin is None]
        assert [end.text for end in ended if end.kind != "ok"] == []
        return found.points, worker._sandbox

    try:
        first, lean = graded("import sys\nassert not [name for name in sys.modules if name.startswith('mat' + 'plot')]")
        second, full = graded("import sys\nassert 'matplotlib.pyplot' in sys.modules", PLOT)
        third, same = graded()
    finally:
        worker.close()
    assert first == second == third == dict(exam.assignment.points)
    assert lean is not full is same
