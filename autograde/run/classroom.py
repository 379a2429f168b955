"""One run over a class: who is to be graded, by whom, and how results reach the gradebook in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from autograde.course import Course
from autograde.errors import AutogradeError
from autograde.exam.model import Exam
from autograde.feedback import report
from autograde.nbgrader_adapter.gradebook import ClassRecords
from autograde.run import faults
from autograde.run.grade import Graded, failed
from autograde.run.ledger import Ledger
from autograde.run.shelf import exam_for
from autograde.run.submission import Receipt, Submission, Work, receive
from autograde.run.workers import WorkerPool, draws_figures, grade_all

BATCH = 16
"""Submissions in one transaction; what a kill may cost is grading these again."""


class ClassRun:
    """Grades what is new in a class; a run that was cut short is gone on with by the next.

    Args:
        course: the course.
        name: the assignment.
        db_url: another gradebook than the configured one.
        force: grade again what is graded already.

    Attributes:
        records: results as report.schema.json describes them, those of former runs included.
        todo: submissions that this run grades.
        anew: what has changed since they were graded, and for how many of `todo`.
        failed: students on whose work the grader itself failed; the next run tries them again.
        exam: what is asked; there after `start`.
    """

    exam: Exam

    def __init__(self, course: Course, name: str, db_url: str | None = None, force: bool = False) -> None:
        self._course, self._name = course, name
        self._book = ClassRecords(course, db_url)
        submissions = self._book.submissions(name)
        self._ledger = Ledger(course, name)
        self._stack = ExitStack()
        self._executor: Executor | None = None
        self.records: list[dict[str, Any]] = []
        self.todo: list[Submission] = []
        self.anew: Counter[str] = Counter()
        self.failed: list[str] = []
        self._unusable = {submission.student for submission in submissions if submission.unusable}
        for submission in submissions:
            known, changed = (None, "") if force else self._ledger.find(submission)
            if known is not None and self._book.graded_path(submission.student, name).is_file():
                self.records.append(known)
                continue
            self.todo.append(submission)
            if changed:
                self.anew[changed] += 1

    def __enter__(self) -> ClassRun:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(
        self, seed: int | None, device: str, jobs: int, scheduler: str | None = None, isolated: bool = True
    ) -> None:
        """Starts the workers, here or on a cluster, and gets the exam while they warm up.

        Args:
            seed: what the exam is drawn from; None for one drawn ahead, or a new one.
            device: where references are computed: auto, cuda or cpu.
            jobs: sandboxes on this machine.
            scheduler: a Dask scheduler's address, to grade on its workers.
            isolated: False runs without bubblewrap.

        Raises:
            UsageError: no such assignment or device, or no scheduler at the address.
            GradebookError: the gradebook cannot be used, or does not know the assignment.
            IsolationError: students' code cannot be isolated here.
        """
        root, policy = self._course.root, self._course.policy
        self._job: Any
        self._sent: Any
        if scheduler is not None:
            self._book.check(self._name)
            from autograde.run.cluster import cluster

            self.exam = exam_for(self._course, self._name, seed, device, isolated)
            entered = self._stack.enter_context(cluster(scheduler, self.exam, root, policy, isolated))
            self._executor, self._job, self._sent, self._ahead = entered
            return
        size = min(jobs, len(self.todo))
        lean = not draws_figures(self._course.source(self._name).read_bytes())
        pool = WorkerPool(root, policy, size, isolated, lean)
        self._stack.callback(pool.close)
        self._executor = self._stack.enter_context(ThreadPoolExecutor(max(1, size)))
        self._book.check(self._name)
        self.exam = exam_for(self._course, self._name, seed, device, isolated)
        self._job, self._sent, self._ahead = pool.grade, self.exam, 4 * max(1, size)

    def grade(self) -> Iterator[Graded]:
        """Grades and saves; yields each result as it comes.

        Raises:
            GradebookError: the gradebook cannot be written; what was saved before stays.
            AutogradeError: nobody can be graded any more; what was graded is saved.
        """
        assert self._executor is not None
        receipts: dict[str, Receipt] = {}

        def works() -> Iterator[Work]:
            for submission in self.todo:
                work, receipts[submission.student] = receive(submission, self._course.policy)
                yield work

        batch: list[tuple[Receipt, Graded]] = []
        results = grade_all(works(), self._executor, self._job, self._sent, self._ahead)
        while True:
            try:
                graded = next(results, None)
            except AutogradeError:
                self._save(batch)  # the cluster is gone; what came back from it is kept
                raise
            if graded is None:
                break
            batch.append((receipts.pop(graded.student), graded))
            if len(batch) >= BATCH:
                self._save(batch)
            yield graded
        self._save(batch)

    def _save(self, batch: list[tuple[Receipt, Graded]]) -> None:
        """Notebooks, then the gradebook in one transaction, then the ledger: a kill in between costs only work."""
        for _, graded in batch:
            if graded.fault:
                self._fault(graded)
        named = [pair for pair in batch if pair[1].student not in self._unusable]
        others = [pair for pair in batch if pair[1].student in self._unusable]
        for receipt, graded in [*self._enter(named), *others]:
            self.records.append(report.submission_record(self.exam, graded))
            if not graded.fault and graded.student not in self._unusable:
                self._ledger.note(receipt, self.records[-1], self.exam.seed)
        batch.clear()

    def _enter(self, batch: list[tuple[Receipt, Graded]]) -> list[tuple[Receipt, Graded]]:
        """Saves a batch; where one submission is in the way, each by itself, so that only the culprit is left out."""
        if not batch:
            return []
        try:
            self._book.save(self.exam, batch)
            return batch
        except Exception as error:
            if faults.concerns_all(error):
                raise
            if len(batch) > 1:
                return [saved for pair in batch for saved in self._enter([pair])]
            receipt, graded = batch[0]
            failure = failed(self.exam, graded.student, error)
            self._fault(failure)
            # The reason is saved in place of the result; where even that fails, it is in the report and the log alone.
            return [(receipt, failure)] if graded.fault else self._enter([(receipt, failure)])

    def _fault(self, graded: Graded) -> None:
        faults.log(self._course.state, graded.student, graded.fault)
        if graded.student not in self.failed:
            self.failed.append(graded.student)
