"""The same work on a Dask cluster: submissions travel as bytes, results as plain data, nothing is written there."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograde.errors import UsageError
from autograde.exam.model import Exam
from autograde.policy import Policy
from autograde.run.grade import Graded
from autograde.run.submission import Work
from autograde.run.workers import Worker

AHEAD = 4
"""Submissions in flight for each thread of the cluster."""

_LOGGERS = ("distributed", "distributed.client", "distributed.gc", "tornado.application", "asyncio")
"""Those of Dask, and of what it runs on, that have a level of their own; the others go by theirs."""

_local = threading.local()


def grade_there(exam: Exam, work: Work, root: Path, policy: Policy, isolated: bool) -> Graded:
    """Grades one submission on a worker's thread, whose sandbox stays warm for the next one.

    The students' environment is looked for under `root` on the worker's machine, as on the submitting one.
    """
    worker = getattr(_local, "worker", None)
    if worker is None:
        worker = _local.worker = Worker(root, policy, isolated)
    return worker.grade(exam, work)


@contextmanager
def cluster(
    address: str, exam: Exam, root: Path, policy: Policy, isolated: bool
) -> Iterator[tuple[Any, Any, Exam, int]]:
    """An executor on the cluster, the job, the exam, and how many submissions to keep in flight.

    Raises:
        UsageError: Dask is not installed, or no scheduler answers at the address.
    """
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise UsageError("--scheduler needs Dask: pip install distributed") from error
    try:
        # Dask keeps the last thousand messages for its developers: here each holds an exam and a submission.
        with dask.config.set({"distributed.admin.low-level-log-length": 0}):
            client = Client(address, timeout=15)
    except (OSError, ValueError) as error:
        raise UsageError(f"no Dask scheduler answers at {address}: {error}") from error
    # A connection that is lost is told in one line, by whoever asked for the work: not by each part that notices.
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with client:
        client.wait_for_workers(1, timeout=60)
        threads = sum(client.nthreads().values())
        job = functools.partial(grade_there, root=root, policy=policy, isolated=isolated)
        with client.get_executor(pure=False, retries=3) as executor:
            # The exam goes with each submission: data scattered to workers is lost with the last one that holds it.
            yield executor, job, exam, AHEAD * max(1, threads)
