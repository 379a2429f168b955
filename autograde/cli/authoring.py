"""Commands of those who write the course, and the one that looks at the machine."""

from __future__ import annotations

import argparse
from typing import Any

from autograde.cli.terminal import say, write_json
from autograde.course import Course
from autograde.run import shelf


def release(arguments: argparse.Namespace, course: Course) -> int:
    """`autograde release`."""
    from autograde.nbgrader_adapter.release import release as release_all

    names = arguments.names or course.assignments()
    for name in release_all(course, names):
        say(f"released {name} to {course.exercises / name}")
    shelf.draw_later(course, names, "auto", 1)
    return 0


def new(arguments: argparse.Namespace, course: Course) -> int:
    """`autograde new`."""
    from autograde.author import audit as auditing
    from autograde.author import record as recording
    from autograde.author import tally
    from autograde.author.new import new_chapter
    from autograde.nbgrader_adapter.release import release as release_all

    name = arguments.name
    for path in new_chapter(course, name, arguments.title, arguments.after):
        say(f"wrote {path.relative_to(course.root)}")
    recording.record(course.content, name, arguments.device)
    for _ in release_all(course, [name]):
        say(f"released {name} to {course.exercises / name}")
    results = list(auditing.audit(course, [name], auditing.SEEDS, 1))
    write_json(str(course.source(name).with_name(auditing.KEPT)), tally.record(results, auditing.SEEDS))
    say(f"it works as it is: `autograde check source/{name}/{name}.ipynb`. CONTRIBUTING.md says what to fill in.")
    return 0


def record(arguments: argparse.Namespace, course: Course) -> int:
    """`autograde record`."""
    from autograde.author import record as recording

    for name in arguments.names or course.assignments():
        course.source(name)
        about = recording.record(course.content, name, arguments.device)
        say(f"{course.content.recorded(name)}: torch {about['torch']} on {about['device']}, {about['date']}")
    return 0


def audit(arguments: argparse.Namespace, course: Course) -> int:
    """`autograde audit`."""
    from tqdm import tqdm

    from autograde.author import audit as auditing
    from autograde.author import tally

    names = arguments.names or course.assignments()
    for name in names:
        course.source(name)
    seeds = arguments.seed or auditing.SEEDS
    quiet = arguments.json == "-"
    if not quiet:
        say(tally.table_head())
    results = []
    with tqdm(unit="program", desc="auditing", disable=None) as bar:  # no bar in a file
        for name, function, trials in auditing.audit(
            course, names, seeds, arguments.jobs, lambda done, _: bar.update() and None
        ):
            results.append((name, function, trials))
            if not quiet:
                bar.write(tally.table_row(f"{name}.{function}", tally.figures(trials)))
    data = tally.record(results, seeds)
    if arguments.keep:
        for name in names:
            mine = tally.record([one for one in results if one[0] == name], seeds)
            write_json(str(course.source(name).with_name(auditing.KEPT)), mine)
    if arguments.json:
        write_json(arguments.json, data)
    if not quiet:
        say(tally.table_row("all", data["total"]))
        for one in data["amiss"]:
            say(f"{one['assignment']}.{one['function']}: {one['kind']} {one['title']!r}: {_amiss(one)}")
    return 1 if data["amiss"] else 0


def pack(arguments: argparse.Namespace, course: Course) -> int:
    """`autograde pack`."""
    from autograde.author.pack import pack as pack_all

    folder = course.state / "practice" if arguments.output is None else arguments.output
    for path, fresh in pack_all(course, arguments.names or course.assignments(), folder):
        say(f"{path}: {path.stat().st_size / 1000:.0f} kB" + ("" if fresh else ", as it was"))
    return 0


def _amiss(trial: dict[str, Any]) -> str:
    single = " in float32" if trial["single"] else ""
    if trial["kind"] in ("mutant", "ignoring", "typed"):
        return f"survives the {'hidden' if trial['hidden'] == 'correct' else 'visible'} tests"
    if trial["kind"] == "idea":
        return f"got {trial['hidden']}{single}, and the idea that is named is {trial['named'] or 'none'}"
    return f"got {trial['hidden']}{single}" + (", and the visible tests stop it" if trial["visible"] else "")


def doctor(arguments: argparse.Namespace, course: Course) -> int:
    """`autograde doctor`."""
    from autograde.doctor import examine

    well = True
    for check in examine(course):
        well = well and check.well
        say(f"{'ok  ' if check.well else 'FAIL'}  {check.name}: {check.found}")
        if not check.well and check.remedy:
            say(f"      {check.remedy}")
    return 0 if well else 1
