"""Workers: each grades one submission after the other in a sandbox that stays warm."""

from __future__ import annotations

import queue
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from pathlib import Path

from autograde.errors import AutogradeError, SandboxError, UsageError
from autograde.exam.model import Exam
from autograde.policy import Policy
from autograde.run.grade import Graded, failed, grade_cells, nothing
from autograde.run.submission import Work
from autograde.sandbox import Sandbox

_FIGURES = re.compile(rb"(?<!`)\b(?:matplotlib|pylab)\b(?!`)")
"""What draws figures, where it is not just spoken of."""


def draws_figures(*contents: bytes) -> bool:
    """Whether notebooks or modules name what draws figures; to import that takes longer than all else together."""
    return any(_FIGURES.search(content) for content in contents)


class Worker:
    """Grades submissions one after the other in one process; starts its sandbox at the first, and anew if it breaks.

    Args:
        root: the course's root.
        policy: limits.
        isolated: False runs without bubblewrap.
        lean: the sandbox begins without matplotlib, and is exchanged for one with it when a submission names it.
    """

    def __init__(self, root: Path, policy: Policy, isolated: bool = True, lean: bool = False) -> None:
        self._root, self._policy, self._isolated, self._lean = root, policy, isolated, lean
        self._sandbox: Sandbox | None = None

    def start(self) -> None:
        """Starts the sandbox's interpreter, which warms up while the caller goes on."""
        if self._sandbox is None:
            self._sandbox = Sandbox(self._root, self._policy, self._isolated, self._lean)

    def grade(self, exam: Exam, work: Work) -> Graded:
        """The result of one submission; whatever goes wrong with it becomes its reason.

        Raises:
            IsolationError: isolation does not work on this machine.
        """
        if work.reason:
            return nothing(exam, work.student, work.reason)
        try:
            return self._grade(exam, work)
        except AutogradeError:
            raise
        except Exception as error:  # noqa: BLE001  (one submission's fault is never the class's)
            self.close()  # its conversation may have been cut in the middle
            return failed(exam, work.student, error)

    def _grade(self, exam: Exam, work: Work) -> Graded:
        """As `grade`; a broken sandbox is tried once more, then named as the reason."""
        modules = (content for name, content in exam.files.items() if name.endswith(".py"))
        if self._lean and draws_figures(work.content, *modules):
            self.close()
            self._lean = False
        for attempt in (1, 2):
            try:
                self.start()
                assert self._sandbox is not None
                factor = float(self._policy.time_factors.get(work.student, 1.0))
                return grade_cells(exam, work.student, work.content, work.name, self._sandbox, factor)
            except SandboxError as error:
                self._sandbox = None
                if attempt == 2:
                    return nothing(exam, work.student, f"the sandbox broke twice: {error}")
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Ends the sandbox."""
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None


class WorkerPool:
    """Workers for a class on one machine: each submission goes to whichever is free.

    Their sandboxes are processes of their own, so threads are enough to drive them; they start at once, and warm up
    while the references are computed.
    """

    def __init__(self, root: Path, policy: Policy, size: int, isolated: bool = True, lean: bool = False) -> None:
        self._idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        self._workers = [Worker(root, policy, isolated, lean) for _ in range(size)]
        try:
            for worker in self._workers:
                worker.start()
                self._idle.put(worker)
        except BaseException:
            self.close()  # the first may run already when a later one fails to start
            raise

    def grade(self, exam: Exam, work: Work) -> Graded:
        """The result of one submission, by the next worker that is free."""
        worker = self._idle.get()
        try:
            return worker.grade(exam, work)
        finally:
            self._idle.put(worker)

    def close(self) -> None:
        """Ends all sandboxes."""
        for worker in self._workers:
            worker.close()


def _result(future: Future[Graded], work: Work, exam: Exam) -> Graded:
    try:
        return future.result()
    except CancelledError as error:
        raise UsageError(
            "the scheduler is gone, and what it was given with it; what is graded is saved: start it, and run the "
            "command again, which goes on where it was"
        ) from error
    except (AutogradeError, OSError):
        raise  # the machine's or the network's: nobody can be graded now
    except Exception as error:  # noqa: BLE001  (a worker that this work ended, a result that could not travel)
        return failed(exam, work.student, error)


def grade_all(
    works: Iterable[Work], executor: Executor, job: Callable[..., Graded], exam: Exam, ahead: int = 8
) -> Iterator[Graded]:
    """Results in the order in which they come; at most `ahead` submissions are in flight, so memory does not grow.

    Args:
        works: what to grade, read as it is needed.
        executor: any executor of concurrent.futures' kind.
        job: called as job(exam, work).
        exam: the exam.
        ahead: how many submissions are in flight.

    Raises:
        AutogradeError, OSError: the grading of all has failed, and not one submission's.
    """
    waiting: dict[Future[Graded], Work] = {}

    def some() -> Iterator[Graded]:
        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            yield _result(future, waiting.pop(future), exam)

    for work in works:
        waiting[executor.submit(job, exam, work)] = work
        if len(waiting) >= ahead:
            yield from some()
    while waiting:
        yield from some()
