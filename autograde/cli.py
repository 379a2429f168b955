"""The command line: arguments in, the only place that prints and exits."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograde import __version__
from autograde.course import Course, course_at, find_course, load_assignment
from autograde.errors import AutogradeError, UsageError
from autograde.exam.model import Exam
from autograde.exam.prepare import new_seed, prepare, rubrics
from autograde.feedback import cards, report
from autograde.run import faults
from autograde.run.grade import Graded
from autograde.run.submission import lone, read_work
from autograde.run.workers import Worker
from autograde.text import visible


def _say(text: str = "") -> None:
    """Prints; students' words among it give the terminal no commands, which could erase a line or fake one."""
    print(visible(text), flush=True)


def _note(text: str) -> None:
    print(visible(text), file=sys.stderr, flush=True)


def _seed(text: str) -> int:
    if not text.isdigit() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"a seed is a whole number from 0 to 2**63 - 1, not {text!r}")
    return int(text)


def _jobs(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"the number of jobs is a whole number from 1 to 256, not {text!r}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="autograde", description="Grades NumPy notebooks against torch, in a sandbox."
    )
    parser.add_argument("--version", action="version", version=f"autograde {__version__}")
    about_course = "the course's root folder (default: the course around the current folder)"
    parser.add_argument("--course", type=Path, metavar="DIR", help=about_course)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, about: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=about)
        made.add_argument("--course", type=Path, metavar="DIR", default=argparse.SUPPRESS, help=about_course)
        return made

    def device(target: argparse.ArgumentParser) -> None:
        target.add_argument(
            "--device", default="auto", metavar="D", help="auto, cuda or cpu: where torch computes the references"
        )

    one = command("release", "Makes exercises/ from solutions/.")
    one.add_argument("names", nargs="*", metavar="NAME", help="assignments; all of them by default")

    one = command("check", "Grades one notebook, without a gradebook.")
    one.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    one.add_argument("--assignment", metavar="NAME", help="when the file's name is not the assignment's")
    two = command("grade", "Grades submitted/ into nbgrader's gradebook and autograded/.")
    two.add_argument("names", nargs="+", metavar="NAME", help="assignments, graded one after the other")
    two.add_argument(
        "--jobs", type=_jobs, default=os.cpu_count() or 1, metavar="N", help="processes (default: one a core)"
    )
    two.add_argument("--force", action="store_true", help="grade again what is graded already")
    two.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler, to grade on its workers")
    two.add_argument("--db", metavar="URL", help="another gradebook, as nbgrader's db_url")
    for target in (one, two):
        target.add_argument("--json", metavar="FILE", help="write the report as JSON (- for standard output)")
        target.add_argument("--seed", type=_seed, metavar="S", help="draw the hidden inputs from this seed")
        target.add_argument(
            "--no-isolation", action="store_true", help="run without bubblewrap: only for notebooks that you trust"
        )
        device(target)

    one = command("report", "Writes one HTML page on a class that has been graded.")
    one.add_argument("name", metavar="NAME")
    one.add_argument("--output", type=Path, metavar="FILE", help="where to write it (default: .autograde/NAME.html)")

    one = command("roster", "Enters a class's students from a CSV of nbgrader's, Canvas's or Moodle's.")
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    one.add_argument("--id-column", metavar="COLUMN", help="the column with the logins that students hand in under")
    two = command("export", "Writes an assignment's scores for another system to import.")
    two.add_argument("name", metavar="NAME")
    two.add_argument("--format", required=True, choices=["csv", "canvas", "moodle"], help="whose columns to write")
    two.add_argument("--output", metavar="FILE", help="where to (- prints; default: .autograde/NAME-FORMAT.csv)")
    two.add_argument("--column", help="the assignment's column in Canvas or Moodle (default: NAME)")
    two.add_argument(
        "--identify",
        choices=["email", "username", "idnumber"],
        default="email",
        help="by what Moodle is to find students (default: email)",
    )
    two.add_argument(
        "--missing",
        choices=["empty", "zero"],
        default="empty",
        help="the score of who handed nothing in (default: empty)",
    )
    for target in (one, two):
        target.add_argument("--db", metavar="URL", help="another gradebook, as nbgrader's db_url")

    one = command("new", "Writes a chapter: a folder, a page, a line in each list, and a release that works.")
    one.add_argument("name", metavar="NAME")
    one.add_argument("--title", required=True, help="its title")
    one.add_argument("--after", required=True, metavar="CHAPTER", help="the chapter before it")
    device(one)
    one = command("record", "Records torch's answers for the visible tests, on a GPU where there is one.")
    one.add_argument("names", nargs="*", metavar="NAME", help="assignments; all of them by default")
    device(one)
    one = command("audit", "Tells how good the tests are: what they catch of wrong programs, and what survives.")
    one.add_argument("names", nargs="*", metavar="NAME", help="assignments; all of them by default")
    one.add_argument("--jobs", type=_jobs, default=os.cpu_count() or 1, metavar="N", help="processes")
    one.add_argument(
        "--seed", type=_seed, nargs="+", metavar="S", help="draw the hidden inputs from these seeds (default: 1 2 3)"
    )
    one.add_argument("--json", metavar="FILE", help="write the figures as JSON (- for standard output)")
    one.add_argument("--keep", action="store_true", help="keep each assignment's figures beside its notebook")
    command("doctor", "Tells what this machine can do, and what to do about what it cannot.")
    return parser


def _write_json(target: str, data: dict[str, Any]) -> None:
    text = json.dumps(data, indent=2, ensure_ascii=False)
    if target == "-":
        _say(text)
        return
    try:
        Path(target).write_text(text + "\n", "utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot write the report to {target}: {error.strerror}; name a file in a folder that exists"
        ) from error


def _release(arguments: argparse.Namespace, course: Course) -> int:
    from autograde.nbgrader_adapter.release import release

    names = arguments.names or course.assignments()
    for name in release(course, names):
        _say(f"released {name} to {course.exercises / name}")
    return 0


def _warn_without_isolation(arguments: argparse.Namespace) -> None:
    if arguments.no_isolation:
        _note("warning: running without isolation; the notebook can read and change whatever you can")


def _check(arguments: argparse.Namespace, course: Course) -> int:
    path: Path = arguments.notebook
    if not path.is_file():
        raise UsageError(f"no notebook at {path}: expected the path of an .ipynb file")
    if path.suffix != ".ipynb":
        raise UsageError(f"{path} is not a notebook: expected a file that ends in .ipynb")
    _warn_without_isolation(arguments)
    exam = prepare(course, arguments.assignment or path.stem, _chosen_seed(arguments), arguments.device)
    worker = Worker(course.root, course.policy, not arguments.no_isolation)
    try:
        graded = worker.grade(exam, read_work(lone(path), course.policy))
    finally:
        worker.close()
    if graded.fault:
        faults.log(course.state, str(path), graded.fault)
    if graded.reason:
        raise UsageError(graded.reason)
    if arguments.json:
        records = [report.submission_record(exam, graded)]
        _write_json(arguments.json, report.report(exam, records, not arguments.no_isolation))
    if arguments.json != "-":
        _print_cards(exam, graded, course)
    return 0


def _chosen_seed(arguments: argparse.Namespace) -> int:
    return new_seed() if arguments.seed is None else int(arguments.seed)


def _print_cards(exam: Exam, graded: Graded, course: Course) -> None:
    for function, finding in graded.findings.items():
        maximum = exam.assignment.points[function]
        _say(cards.text_card(exam.rubric[function], finding, graded.points[function], maximum, course.book_url))
        _say()
    _say(f"score: {graded.score:g} of {exam.assignment.max_score:g} (seed {exam.seed}, references on {exam.device})")


def _grade(arguments: argparse.Namespace, course: Course) -> int:
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
                _note(f"{len(run.records)} submissions are graded already (--force grades them again)")
            for changed, count in run.anew.items():
                _note(f"{count} are graded anew: {changed} changed since")
            run.start(_chosen_seed(arguments), arguments.device, arguments.jobs, arguments.scheduler, isolated)
            with tqdm(total=len(run.todo), desc=f"grading {name}", unit="submission", disable=not run.todo) as bar:
                for _ in run.grade():
                    bar.update()
        if arguments.json:
            _write_json(arguments.json, report.report(run.exam, run.records, isolated))
        if arguments.json != "-":
            _print_class(run.exam, run.records, course)
        if run.failed:
            failed += len(run.failed)
            _note(
                f"the grader itself failed on {len(run.failed)} submissions of {name}: {', '.join(sorted(run.failed))};"
                f" {course.state / faults.LOG} says how, and the next run tries them again"
            )
    return 1 if failed else 0


def _print_class(exam: Exam, records: list[dict[str, Any]], course: Course) -> None:
    _say(report.class_table(exam, records))
    for record in records:
        if record["reason"]:
            _say(f"{record['student']}: {record['reason']}")
    _say(f"\nwhat students misunderstood in {exam.assignment.name} (students, idea):")
    _say(report.misunderstood(exam, records))
    _say(f"\nseed {exam.seed}, references on {exam.device}; graded notebooks are in {course.root / 'autograded'}")


def _new(arguments: argparse.Namespace, course: Course) -> int:
    from autograde.author import audit
    from autograde.author.new import new_chapter
    from autograde.author.record import record
    from autograde.nbgrader_adapter.release import release

    name = arguments.name
    for path in new_chapter(course, name, arguments.title, arguments.after):
        _say(f"wrote {path.relative_to(course.root)}")
    record(course.content, name, arguments.device)
    for _ in release(course, [name]):
        _say(f"released {name} to {course.exercises / name}")
    results = list(audit.audit(course, [name], audit.SEEDS, 1))
    _write_json(str(course.source(name).with_name(audit.KEPT)), audit.record(results, audit.SEEDS))
    _say(f"it works as it is: `autograde check source/{name}/{name}.ipynb`. CONTRIBUTING.md says what to fill in.")
    return 0


def _record(arguments: argparse.Namespace, course: Course) -> int:
    from autograde.author.record import record

    for name in arguments.names or course.assignments():
        course.source(name)
        about = record(course.content, name, arguments.device)
        _say(f"{course.content.recorded(name)}: torch {about['torch']} on {about['device']}, {about['date']}")
    return 0


def _report(arguments: argparse.Namespace, course: Course) -> int:
    from autograde.feedback.class_report import render
    from autograde.nbgrader_adapter.class_list import ClassList
    from autograde.run.ledger import Ledger

    name = arguments.name
    assignment = load_assignment(course.source(name), name)
    ledger = Ledger(course, name)
    graded, here = ledger.records(), ClassList(course).here(name)
    records = [record for record in graded if record["student"] in here]
    for path in ledger.unreadable:
        _note(f"{path} is damaged and left out: `autograde grade {name}` writes it anew")
    if len(records) < len(graded):
        _note(f"{len(graded) - len(records)} who were graded have left the class and are left out")
    if not records:
        raise UsageError(f"no graded submission of {name}: run `autograde grade {name}` first")
    target: Path = arguments.output or course.state / f"{name}.html"
    try:
        target.write_text(render(assignment, rubrics(course, name), records, course.book_url), "utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot write the page to {target}: {error.strerror}; name a file in a folder that exists"
        ) from error
    _say(f"the report on {len(records)} submissions of {name} is {target}")
    return 0


def _roster(arguments: argparse.Namespace, course: Course) -> int:
    from autograde.lms import roster
    from autograde.nbgrader_adapter.class_list import ClassList

    path: Path = arguments.file
    try:
        found = roster.read_roster(path.read_bytes(), arguments.id_column)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; name a CSV file with the class's students") from error
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    class_list = ClassList(course, arguments.db)
    changes = roster.compare(class_list.students(), found.students)
    _say(f"{path}: {found.about}")
    for line in (*found.skipped, *roster.told(changes)):
        _say(line)
    problems = [*found.problems, *changes.problems]
    if arguments.dry_run:
        _say("nothing is changed (--dry-run)")
    else:
        class_list.enter(changes.listed, str(path))
    for line in problems:
        _note(f"{path}: {line}")
    return 1 if problems else 0


def _export(arguments: argparse.Namespace, course: Course) -> int:
    from autograde.lms import exports
    from autograde.nbgrader_adapter.class_list import ClassList

    name, kind = arguments.name, arguments.format
    scores = ClassList(course, arguments.db).scores(name)
    sheet = exports.make_sheet(kind, scores, arguments.column, arguments.identify, arguments.missing)
    if arguments.output == "-":
        sys.stdout.write(visible(sheet.text.replace("\r\n", "\n")) if sys.stdout.isatty() else sheet.text)
    else:
        target = Path(arguments.output) if arguments.output else course.state / f"{name}-{kind}.csv"
        exports.write(sheet, target)
        _say(f"the scores of {len(scores.rows)} students in {name} are in {target}")
    for line in sheet.problems:
        _note(line)
    return 1 if sheet.problems else 0


def _audit(arguments: argparse.Namespace, course: Course) -> int:
    from tqdm import tqdm

    from autograde.author import audit

    names = arguments.names or course.assignments()
    for name in names:
        course.source(name)
    seeds = arguments.seed or audit.SEEDS
    quiet = arguments.json == "-"
    if not quiet:
        _say(audit.table_head())
    results = []
    with tqdm(unit="program", desc="auditing", disable=None) as bar:  # no bar in a file
        for name, function, trials in audit.audit(
            course, names, seeds, arguments.jobs, lambda done, _: bar.update() and None
        ):
            results.append((name, function, trials))
            if not quiet:
                bar.write(audit.table_row(f"{name}.{function}", audit.figures(trials)))
    data = audit.record(results, seeds)
    if arguments.keep:
        for name in names:
            mine = audit.record([one for one in results if one[0] == name], seeds)
            _write_json(str(course.source(name).with_name(audit.KEPT)), mine)
    if arguments.json:
        _write_json(arguments.json, data)
    if not quiet:
        _say(audit.table_row("all", data["total"]))
        for one in data["amiss"]:
            _say(f"{one['assignment']}.{one['function']}: {one['kind']} {one['title']!r}: {_amiss(one)}")
    return 1 if data["amiss"] else 0


def _amiss(trial: dict[str, Any]) -> str:
    single = " in float32" if trial["single"] else ""
    if trial["kind"] in ("mutant", "ignoring", "typed"):
        return f"survives the {'hidden' if trial['hidden'] == 'correct' else 'visible'} tests"
    if trial["kind"] == "idea":
        return f"got {trial['hidden']}{single}, and the idea that is named is {trial['named'] or 'none'}"
    return f"got {trial['hidden']}{single}" + (", and the visible tests stop it" if trial["visible"] else "")


def _doctor(arguments: argparse.Namespace, course: Course) -> int:
    from autograde.doctor import examine

    well = True
    for check in examine(course):
        well = well and check.well
        _say(f"{'ok  ' if check.well else 'FAIL'}  {check.name}: {check.found}")
        if not check.well and check.remedy:
            _say(f"      {check.remedy}")
    return 0 if well else 1


COMMANDS = {
    "release": _release,
    "check": _check,
    "grade": _grade,
    "new": _new,
    "record": _record,
    "report": _report,
    "roster": _roster,
    "export": _export,
    "audit": _audit,
    "doctor": _doctor,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. Returns the exit code: 0, 1 when a command finds something amiss, 2 for an error."""
    arguments = _parser().parse_args(argv)
    try:
        # Where the instructor stands, or what is named; never what lies around a notebook, which is the student's.
        course = find_course(Path.cwd()) if arguments.course is None else course_at(arguments.course)
        return COMMANDS[arguments.command](arguments, course)
    except AutogradeError as error:
        _note(f"autograde: {error}")
        return 2
    except KeyboardInterrupt:
        _note("autograde: stopped; what is graded is saved, and the next run goes on from there")
        return 130
    except BrokenPipeError:
        return 2
    except OSError as error:
        # A full disk, a folder that may not be written: what is graded is saved, and the next run goes on from there.
        _note(f"autograde: {error}; mend it and run the command again, which goes on where it was")
        return 2


if __name__ == "__main__":
    sys.exit(main())
