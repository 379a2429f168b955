"""What an audit counts, and how it is printed and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

KINDS = ("right", "idea", "mutant", "ignoring", "typed", "stray")
WITHOUT_ANSWER = ("error", "timeout", "no_answer")
"""Verdicts on a program that came to no answer; the line and the cause are told of it, not an idea."""


@dataclass(frozen=True)
class Trial:
    """What became of one program.

    Args:
        kind: as the program's.
        title: as the program's.
        hidden: the hidden tests' verdict.
        named: the misconception that the verdict names, or "".
        visible: whether the visible tests stop it.
        excused: why it is no mistake though the hidden tests pass it, or "".
        well: whether the tests did what they should.
        single: whether the program was asked in float32.
        likely: the misconception that the verdict names as one that fits, where none explains all, or "".
        told: whether the verdict says in words how the answer relates to the expected one, which of its parts or which
            cases are right, or what the error means.
    """

    kind: str
    title: str
    hidden: str
    named: str
    visible: bool
    excused: str
    well: bool
    single: bool = False
    likely: str = ""
    told: bool = False

    @property
    def has_idea(self) -> bool:
        """Whether the verdict names an idea, for certain or as one that fits."""
        return bool(self.named or self.likely)

    @property
    def in_words(self) -> bool:
        """Whether the verdict names an idea, or says something else in words."""
        return self.has_idea or self.told


def figures(trials: Sequence[Trial]) -> dict[str, int]:
    """Counts for a table: programs of each kind, and how many of them each kind of test stops.

    A mutant that ends in an error has its mistake named where the error's cause is told, at the student's own line. One
    that answers has it named where an idea is, or one that fits; what is told in words beside that is counted apart.
    """
    right, ideas, changed, ignoring, turned, strays = (
        [one for one in trials if one.kind == kind and not one.single] for kind in KINDS
    )
    right_single, ideas_single = ([one for one in trials if one.kind == kind and one.single] for kind in KINDS[:2])
    real = [one for one in changed if not one.excused]
    stopped = [one for one in real if one.hidden in WITHOUT_ANSWER]
    answered = [one for one in real if one.hidden not in (*WITHOUT_ANSWER, "correct")]
    ignored = [one for one in ignoring if not one.excused]
    types = [one for one in turned if not one.excused]
    excused = sum(bool(one.excused) for one in [*changed, *ignoring, *turned])
    return {
        "right": len(right),
        "right_passed": sum(one.well for one in right),
        "ideas": len(ideas),
        "ideas_named": sum(one.well for one in ideas),
        "ideas_visible": sum(one.visible for one in ideas),
        "mutants": len(real),
        "mutants_hidden": sum(one.hidden != "correct" for one in real),
        "mutants_visible": sum(one.visible for one in real),
        "mutants_named": sum(one.hidden != "correct" and one.has_idea for one in real),
        "mutants_told": sum(one.hidden != "correct" and one.in_words for one in real),
        "mutants_stopped": len(stopped),
        "mutants_stopped_told": sum(one.in_words for one in stopped),
        "mutants_answered": len(answered),
        "mutants_answered_named": sum(one.has_idea for one in answered),
        "mutants_answered_told": sum(one.in_words for one in answered),
        "mutants_mistake": sum(one.has_idea for one in answered) + sum(one.in_words for one in stopped),
        "equivalent": excused,
        "ignored": len(ignored),
        "ignored_stopped": sum(one.well for one in ignored),
        "typed": len(types),
        "typed_stopped": sum(one.well for one in types),
        "strays": len(strays),
        "strays_visible": sum(one.visible for one in strays),
        "strays_told": sum(one.in_words for one in strays),
        "right_single": len(right_single),
        "right_single_passed": sum(one.well for one in right_single),
        "ideas_single": len(ideas_single),
        "ideas_single_named": sum(one.well for one in ideas_single),
    }


def record(results: Sequence[tuple[str, str, list[Trial]]], seeds: Sequence[int]) -> dict[str, Any]:
    """The audit as plain data: figures by function, and every trial that did not go as it should."""
    functions = [{"assignment": name, "function": function, **figures(trials)} for name, function, trials in results]
    every = [trial for _, _, trials in results for trial in trials]
    amiss = [
        {"assignment": name, "function": function, **asdict(trial)}
        for name, function, trials in results
        for trial in trials
        if not trial.well
    ]
    return {"seeds": list(seeds), "total": figures(every), "functions": functions, "amiss": amiss}


COLUMNS = (
    ("right programs pass", "right_passed", "right"),
    ("ideas named", "ideas_named", "ideas"),
    ("mutants caught", "mutants_hidden", "mutants"),
    ("mutants named", "mutants_named", "mutants_hidden"),
    ("or told in words", "mutants_told", "mutants_hidden"),
    ("errors, cause told", "mutants_stopped_told", "mutants_stopped"),
    ("answers, idea named", "mutants_answered_named", "mutants_answered"),
    ("or told in words", "mutants_answered_told", "mutants_answered"),
    ("idea or cause", "mutants_mistake", "mutants_hidden"),
    ("ideas, visible", "ideas_visible", "ideas"),
    ("mutants, visible", "mutants_visible", "mutants"),
    ("ignored, both", "ignored_stopped", "ignored"),
    ("types, both", "typed_stopped", "typed"),
    ("named in float32", "ideas_single_named", "ideas_single"),
)


def table_row(title: str, counts: Mapping[str, int]) -> str:
    """One line of the printed table."""
    cells = (f"{counts[part]}/{counts[whole]}" for _, part, whole in COLUMNS)
    return f"{title:44s}" + "".join(f"{cell:>21s}" for cell in cells) + f"{counts['equivalent']:>12d}"


def table_head() -> str:
    """The printed table's first line."""
    return f"{'function':44s}" + "".join(f"{name:>21s}" for name, _, _ in COLUMNS) + f"{'equivalent':>12s}"
