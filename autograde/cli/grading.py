"""Commands that grade: one notebook, or a class."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from autograde.cli.terminal import note, say, write_json
from autograde.course import Course
from autograde.errors import UsageError
from autograde.exam.model import Exam
from autograde.feedback import cards
from autograde.feedback import report as reports
from autograde.run import faults, shelf, watch
from autograde.run.grade import Graded
from autograde.run.submission import lone, read_work
from autograde.run.workers import Worker, draws_figures
from autograde.text import visible

CHECKS_AHEAD = 3
"""Exams kept for an assignment that somebody is writing, and checks again and again."""


def draw(arguments: argparse.Namespace, course: Course) -> int:
    """`autograde draw`."""
    names = arguments.names or course.assignments()
    for name in names:
        course.source(name)
    for name in shelf.Shelf(course).fill(names, arguments.device, arguments.count):
        say(f"drew an exam of {name}")
    return 0


def _warn_without_isolation(arguments: argparse.Namespace) -> None:
    if arguments.no_isolation:
        note("warning: running without isolation; the notebook can read and change whatever you can")


def check(arguments: argparse.Namespace, course: Course) -> int:
    """`autograde check`."""
    path: Path = arguments.notebook
    if not path.is_file():
        raise UsageError(f"no notebook at {path}: expected the path of an .ipynb file")
    if path.suffix != ".ipynb":
        raise UsageError(f"{path} is not a notebook: expected a file that ends in .ipynb")
    _warn_without_isolation(arguments)
    source = course.source(arguments.assignment or path.stem)
    lean = not draws_figures(source.read_bytes())
    worker = Worker(course.root, course.policy, not arguments.no_isolation, lean)
    try:
        worker.start()  # it warms up while the exam is fetched
        if arguments.watch:
            return _check_each_save(arguments, course, worker)
        _check_once(arguments, course, worker)
    finally:
        worker.close()
    return 0


def _check_once(arguments: argparse.Namespace, course: Course, worker: Worker) -> None:
    path: Path = arguments.notebook
    name, isolated = arguments.assignment or path.stem, not arguments.no_isolation
    exam = shelf.exam_for(course, name, arguments.seed, arguments.device, isolated)
    graded = worker.grade(exam, read_work(lone(path), course.policy))
    _stock_up(arguments, course, [name], CHECKS_AHEAD)
    if graded.fault:
        faults.log(course.state, str(path), graded.fault)
    if graded.reason:
        raise UsageError(graded.reason)
    if arguments.json:
        records = [reports.submission_record(exam, graded)]
        write_json(arguments.json, reports.report(exam, records, isolated))
    if arguments.json != "-":
        _print_cards(exam, graded, course)


def _check_each_save(arguments: argparse.Namespace, course: Course, worker: Worker) -> int:
    note("grading each save; Ctrl-C ends it")
    try:
        for _ in watch.saves(arguments.notebook, watch.ticks()):
            say(f"{datetime.now():%H:%M:%S} {arguments.notebook.name}")
            try:
                _check_once(arguments, course, worker)
            except UsageError as error:
                note(f"autograde: {error}")
            say()
    except KeyboardInterrupt:
        note("")
    return 0


def _stock_up(arguments: argparse.Namespace, course: Course, names: Sequence[str], count: int) -> None:
    """Has exams drawn for the next run; what unisolated code may have read is thrown away instead."""
    if arguments.no_isolation:
        shelf.Shelf(course).clear()
    else:
        shelf.draw_later(course, names, arguments.device, count)


def _print_cards(exam: Exam, graded: Graded, course: Course) -> None:
    for function, finding in graded.findings.items():
        maximum = exam.assignment.points[function]
        say(cards.text_card(exam.rubric[function], finding, graded.points[function], maximum, course.book_url))
        say()
    say(f"score: {graded.score:g} of {exam.assignment.max_score:g} (seed {exam.seed}, references on {exam.device})")


def grade(arguments: argparse.Namespace, course: Course) -> int:
    """`autograde grade`."""
    from tqdm import tqdm

    from autograde.run.classroom import ClassRun
    from autograde.run.ledger import only_grader

    for name in arguments.names:
        course.source(name)
    if arguments.json and len(arguments.names) > 1:
        raise UsageError("--json describes one class: name one assignment, or run the command once for each")
    _warn_without_isolation(arguments)
    isolated = not arguments.no_isolation
    failed = 0
    for name in arguments.names:
        with only_grader(course), ClassRun(course, name, arguments.db, arguments.force) as run:
            if run.records:
                note(f"{len(run.records)} submissions are graded already (--force grades them again)")
            for changed, count in run.anew.items():
                note(f"{count} are graded anew: {changed} changed since")
            run.start(arguments.seed, arguments.device, arguments.jobs, arguments.scheduler, isolated)
            with tqdm(total=len(run.todo), desc=f"grading {name}", unit="submission", disable=not run.todo) as bar:
                for graded in run.grade():
                    told = f"{visible(graded.student)} {graded.score:g} of {run.exam.assignment.max_score:g}"
                    bar.set_postfix_str(told, refresh=False)
                    bar.update()
                    if bar.n == 1:
                        bar.refresh()  # at once; the bar holds back what comes within a tenth of a second
        if arguments.json:
            write_json(arguments.json, reports.report(run.exam, run.records, isolated))
        if arguments.json != "-":
            _print_class(run.exam, run.records, course)
        if run.failed:
            failed += len(run.failed)
            note(
                f"the grader itself failed on {len(run.failed)} submissions of {name}: {', '.join(sorted(run.failed))};"
                f" {course.state / faults.LOG} says how, and the next run tries them again"
            )
    _stock_up(arguments, course, arguments.names, 1)
    return 1 if failed else 0


def _print_class(exam: Exam, records: list[dict[str, Any]], course: Course) -> None:
    say(reports.class_table(exam, records))
    for record in records:
        if record["reason"]:
            say(f"{record['student']}: {record['reason']}")
    say(f"\nwhat students misunderstood in {exam.assignment.name} (students, idea):")
    say(reports.misunderstood(exam, records))
    say(f"\nseed {exam.seed}, references on {exam.device}; graded notebooks are in {course.root / 'autograded'}")
