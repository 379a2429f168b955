"""Which wrong ideas a class held in which assignment: a table whose cells are shaded by how many students did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from autograde.exam.rubric import Rubric
from autograde.feedback.cards import code_words
from autograde.questions.neighbors import SEPARATOR

MOST_ROWS = 30
"""Ideas that are shown; what fewer students held is counted below."""
STYLE = """
.weeks{table-layout:fixed}.weeks td{border:1px solid var(--line)}.weeks td.unasked{border-style:none}
.weeks th,.weeks td{text-align:center;padding:.15rem 0;border-bottom:0;font-variant-numeric:tabular-nums}
.weeks td{border-bottom:1px solid var(--line);
background:color-mix(in srgb,var(--bar) calc(var(--share,0)*45%),var(--paper))}
.weeks th[colspan]{text-align:left;font-weight:normal;padding-top:.6rem}
.key{padding-left:0;list-style:none;display:flex;flex-wrap:wrap;gap:0 1rem}
@media (max-width:40rem){.weeks tr{display:table-row;border:0}.weeks td::before{content:none}
.weeks thead{display:table-header-group;position:static;width:auto;height:auto;overflow:visible;clip-path:none}
.weeks td{display:table-cell;text-align:center;padding:.15rem 0;border:1px solid var(--line)}}
"""


@dataclass(frozen=True)
class Week:
    """An assignment that has been graded.

    Args:
        number: its place in the course, from 1.
        name: its name.
        rubrics: by function, the ideas that records name.
        records: one a submission, as report.schema.json describes them.
    """

    number: int
    name: str
    rubrics: Mapping[str, Rubric]
    records: Sequence[Mapping[str, Any]]

    def holders(self) -> Mapping[str, set[str]]:
        """By idea, who held it; who held two at once, held each."""
        found: dict[str, set[str]] = defaultdict(set)
        for record in self.records:
            for item in record["functions"].values():
                for key in (item["misconception"] or "").split(SEPARATOR):
                    found[key].add(record["student"])
        found.pop("", None)
        return found

    def texts(self) -> dict[str, str]:
        """By idea that can be met here, a sentence that names it."""
        found: dict[str, str] = {}
        for rubric in self.rubrics.values():
            for idea in rubric.ideas:
                found.setdefault(idea.key, idea.text)
        return found


def html(weeks: Sequence[Week]) -> str:
    """A section of the report: rows are ideas, whatever assignment they were met in; columns are assignments.

    Args:
        weeks: graded assignments in the course's order; of fewer than two nothing is told.
    """
    if len(weeks) < 2:
        return ""
    held = [week.holders() for week in weeks]
    texts = [week.texts() for week in weeks]
    students: dict[str, set[str]] = defaultdict(set)
    for one in held:
        for key, who in one.items():
            students[key] |= who
    largest = max(
        (len(who) / len(week.records) for week, one in zip(weeks, held, strict=True) for who in one.values()), default=1
    )
    ordered = sorted(students, key=lambda key: (-len(students[key]), key))
    bodies = "".join(
        _idea(
            _text(key, held, texts),
            len(students[key]),
            [_cell(key, largest, *column) for column in zip(weeks, held, texts, strict=True)],
        )
        for key in ordered[:MOST_ROWS]
    )
    heads = "".join(f'<th scope="col" aria-label="{escape(one.name)}">{one.number}</th>' for one in weeks)
    key = "".join(
        f"<li>{one.number} <code>{escape(one.name)}</code>, {len(one.records)} submissions</li>" for one in weeks
    )
    left = len(ordered) - MOST_ROWS
    more = f"<p>{left} more ideas were held by as many students or fewer.</p>" if left > 0 else ""
    return (
        "<h2>What students misunderstood over the weeks</h2><p>The number of students in each assignment; the stronger "
        "the color, the larger their share of the class. Without a frame: the assignment can't show it.</p>"
        f'<ul class="key">{key}</ul><table class="weeks"><thead><tr>{heads}</tr></thead>{bodies}</table>{more}'
    )


def _text(key: str, held: Sequence[Mapping[str, set[str]]], texts: Sequence[Mapping[str, str]]) -> str:
    """The sentence of the assignment in which most students held the idea, as HTML."""
    counted = sorted(zip(held, texts, strict=True), key=lambda one: -len(one[0].get(key, ())))
    text = next((known[key] for _, known in counted if key in known), None)
    return f"{escape(key)} (an idea that no assignment knows any longer)" if text is None else code_words(text)


def _idea(text: str, count: int, cells: Sequence[str]) -> str:
    students = "1 student" if count == 1 else f"{count} students"
    heading = f'<tr><th scope="rowgroup" colspan="{len(cells)}">{text} <strong>{students}</strong></th></tr>'
    return f"<tbody>{heading}<tr>{''.join(cells)}</tr></tbody>"


def _cell(key: str, largest: float, week: Week, held: Mapping[str, set[str]], texts: Mapping[str, str]) -> str:
    count = len(held.get(key, ()))
    if not count:
        return "<td>0</td>" if key in texts else '<td class="unasked"></td>'
    return f'<td style="--share:{count / len(week.records) / largest:.2f}">{count}</td>'
