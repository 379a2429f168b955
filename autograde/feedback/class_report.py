"""One self-contained page on a class for its instructor: scores, hardest functions, wrong ideas, what failed and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from autograde.course.assignment import Assignment
from autograde.exam.model import Rubric
from autograde.feedback.cards import TITLES, page_url

BINS = 10
_STYLE = """
:root{color-scheme:light dark;--ink:#1f2328;--paper:#fff;--line:#8c959f;--bar:#0b6e99;--soft:#f3f4f6}
@media (prefers-color-scheme:dark){:root{--ink:#e6e8eb;--paper:#16191d;--line:#6e7781;--bar:#5db7de;--soft:#22272e}}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:var(--ink);background:var(--paper)}
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}th,td{text-align:left;padding:.35rem .6rem;vertical-align:top;
border-bottom:1px solid var(--line)}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}code{background:var(--soft);padding:0 .25em;border-radius:3px}svg text{fill:var(--ink);font:12px system-ui}
.bar{fill:var(--bar)}.axis{stroke:var(--line)}a{color:inherit}
"""


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[int] = ()) -> str:
    """A table; cells are HTML already."""
    if not rows:
        return "<p>None.</p>"

    def line(cells: Sequence[str], tag: str) -> str:
        marked = [' class="n"' if at in numeric else "" for at in range(len(cells))]
        scope = ' scope="col"' if tag == "th" else ""
        return "<tr>" + "".join(f"<{tag}{m}{scope}>{c}</{tag}>" for c, m in zip(cells, marked, strict=True)) + "</tr>"

    body = "".join(line(row, "td") for row in rows)
    return f'<div class="scroll"><table><thead>{line(headings, "th")}</thead><tbody>{body}</tbody></table></div>'


def score_bins(scores: Sequence[float], maximum: float) -> list[int]:
    """How many scores fall into each of BINS equal parts of [0, maximum]; the last part includes the maximum."""
    counts = [0] * BINS
    for score in scores:
        counts[min(BINS - 1, int(BINS * score / maximum)) if maximum else 0] += 1
    return counts


def _histogram(scores: Sequence[float], maximum: float) -> str:
    counts = score_bins(scores, maximum)
    top = max([*counts, 1])
    width, height = 60, 160
    bars = "".join(
        f'<rect class="bar" x="{30 + i * width}" y="{180 - height * n / top:.1f}" width="{width - 6}" height="{height * n / top:.1f}"/>'
        f'<text x="{30 + i * width + width / 2 - 3}" y="{175 - height * n / top:.1f}" text-anchor="middle">{n or ""}</text>'
        f'<text x="{30 + i * width}" y="198" text-anchor="middle">{maximum * i / BINS:g}</text>'
        for i, n in enumerate(counts)
    )
    label = ", ".join(f"{maximum * i / BINS:g} to {maximum * (i + 1) / BINS:g}: {n}" for i, n in enumerate(counts))
    return (
        f'<svg viewBox="0 0 660 226" role="img" aria-label="Students by score. {label}" width="100%">{bars}'
        f'<line class="axis" x1="20" x2="640" y1="181" y2="181"/><text x="{30 + BINS * width}" y="198" text-anchor="middle">'
        f'{maximum:g}</text><text x="330" y="222" text-anchor="middle">score (points)</text></svg>'
    )


def _functions(assignment: Assignment, records: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for function, maximum in assignment.points.items():
        items = [record["functions"][function] for record in records if function in record["functions"]]
        mean = sum(item["points"] for item in items) / (len(items) * maximum) if maximum and items else 0.0
        wrong = Counter(item["verdict"] for item in items if item["verdict"] != "correct")
        told = ", ".join(f"{TITLES[verdict].lower()} {n}" for verdict, n in wrong.most_common())
        share = f"{100 * mean:.0f} %" if maximum else "no points"
        rows.append((mean, [f"<code>{escape(function)}</code>", share, escape(told) or "–"]))
    return _table(["function", "points earned", "what went wrong (students)"], [row for _, row in sorted(rows)], (1,))


def _ideas(rubrics: Mapping[str, Rubric], records: Sequence[Mapping[str, Any]], book_url: str) -> str:
    students: dict[tuple[str, str], list[str]] = {}
    for record in records:
        for function, item in record["functions"].items():
            if item["misconception"]:
                students.setdefault((item["misconception"], function), []).append(record["student"])
    known = {(idea.key, function): idea for function, rubric in rubrics.items() for idea in rubric.ideas}
    rows = []
    for key, who in sorted(students.items(), key=lambda item: (-len(item[1]), item[0])):
        idea = known.get(key)
        link = "–" if idea is None else f'<a href="{escape(page_url(book_url, idea.page))}">section</a>'
        text = f"{key[0]} (an idea that the assignment no longer knows)" if idea is None else idea.text
        names = escape(", ".join(sorted(who)))
        rows.append([str(len(who)), f"<code>{escape(key[1])}</code>", escape(text), link, names])
    return _table(["students", "function", "idea", "book", "who"], rows, (0,))


def _failures(records: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for record in sorted(records, key=lambda one: one["student"]):
        if record["reason"]:
            rows.append([escape(record["student"]), "whole submission", escape(record["reason"])])
            continue
        for function, item in record["functions"].items():
            if item["verdict"] in ("timeout", "error"):
                rows.append([escape(record["student"]), f"<code>{escape(function)}</code>", escape(item["message"])])
    return _table(["student", "what", "why"], rows)


def render(
    assignment: Assignment, rubrics: Mapping[str, Rubric], records: Sequence[Mapping[str, Any]], book_url: str
) -> str:
    """The page as HTML: no script, nothing from elsewhere, every text of a student escaped.

    Args:
        assignment: what was graded.
        rubrics: by function, the ideas that records name.
        records: one a submission, as report.schema.json describes them; at least one.
        book_url: where the links to the book lead.
    """
    scores = sorted(record["score"] for record in records)
    middle = (scores[(len(scores) - 1) // 2] + scores[len(scores) // 2]) / 2
    full = sum(score == assignment.max_score for score in scores)
    summary = (
        f"{len(scores)} submissions, median {middle:g} of {assignment.max_score:g} points, "
        f"mean {sum(scores) / len(scores):.2f}, {full} with full marks."
    )
    title = escape(assignment.name)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Class report: {title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><main>'
        f"<h1>Class report: {title}</h1><p>{summary}</p><h2>Scores</h2>{_histogram(scores, assignment.max_score)}"
        f"<h2>Functions, hardest first</h2>{_functions(assignment, records)}"
        f"<h2>What students misunderstood</h2>{_ideas(rubrics, records, book_url)}"
        f"<h2>What failed, and why</h2>{_failures(records)}</main></body></html>\n"
    )
