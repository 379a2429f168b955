"""One self-contained page on a class for its instructor: scores, hardest functions, wrong ideas, what failed and why."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Any

from autograde.course.assignment import Assignment
from autograde.exam.rubric import Rubric
from autograde.feedback import over_weeks
from autograde.feedback.cards import TITLES, code_words, page_url

BINS = 10
_STYLE = """
:root{color-scheme:light dark;--ink:#1f2328;--paper:#fff;--line:#8c959f;--bar:#0b6e99;--soft:#f3f4f6}
@media (prefers-color-scheme:dark){:root{--ink:#e6e8eb;--paper:#16191d;--line:#6e7781;--bar:#5db7de;--soft:#22272e}}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:var(--ink);background:var(--paper)}
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}th,td{text-align:left;padding:.35rem .6rem;vertical-align:top;
border-bottom:1px solid var(--line)}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
code{background:var(--soft);padding:0 .25em;border-radius:3px}svg text{fill:var(--ink);font:12px system-ui}
.bar{fill:var(--bar)}.axis{stroke:var(--line)}a{color:inherit}.part{fill:var(--bar);opacity:.45}.none{fill:none;stroke:var(--line)}
.share{display:block;width:12rem;max-width:100%;height:14px}
@media (max-width:40rem){thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}tr,td{display:block}td,td.n{text-align:left;border:0;padding:.1rem 0}
tr{border-bottom:1px solid var(--line);padding:.5rem 0}td::before{content:attr(data-label) ": ";font-weight:600}}
"""


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[int] = ()) -> str:
    """A table; cells are HTML already."""
    if not rows:
        return "<p>None.</p>"

    # The roles stay when a phone shows each row as a block.
    def line(cells: Sequence[str], tag: str) -> str:
        told = []
        for at, (cell, heading) in enumerate(zip(cells, headings, strict=True)):
            number = ' class="n"' if at in numeric else ""
            about = 'role="columnheader" scope="col"' if tag == "th" else f'role="cell" data-label="{heading}"'
            told.append(f"<{tag}{number} {about}>{cell}</{tag}>")
        return f'<tr role="row">{"".join(told)}</tr>'

    body = "".join(line(row, "td") for row in rows)
    head = f'<thead role="rowgroup">{line(headings, "th")}</thead>'
    return f'<table role="table">{head}<tbody role="rowgroup">{body}</tbody></table>'


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


def _share(items: Sequence[Mapping[str, Any]]) -> str:
    """A class's answers to one function as a bar: all points, some, none."""
    full = sum(item["points"] >= item["max_points"] for item in items)
    none = sum(item["points"] == 0 for item in items) if full < len(items) else 0
    parts, at = "", 0.0
    for kind, count in (("bar", full), ("part", len(items) - full - none), ("none", none)):
        width = 200 * count / max(1, len(items))
        parts += f'<rect class="{kind}" x="{at:.1f}" y="1" width="{width:.1f}" height="12"/>' if count else ""
        at += width
    label = f"{full} with all points, {len(items) - full - none} with some, {none} with none"
    return f'<svg class="share" viewBox="0 0 200 14" preserveAspectRatio="none" role="img" aria-label="{label}">{parts}</svg>'


def _functions(assignment: Assignment, records: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for function, maximum in assignment.points.items():
        items = [record["functions"][function] for record in records if function in record["functions"]]
        mean = sum(item["points"] for item in items) / (len(items) * maximum) if maximum and items else 0.0
        wrong = Counter(item["verdict"] for item in items if item["verdict"] != "correct")
        told = ", ".join(f"{TITLES[verdict].lower()} {n}" for verdict, n in wrong.most_common())
        code = f"<code>{escape(function)}</code>"
        share = f"{100 * mean:.0f} %" if maximum else "no points"
        rows.append((mean, [code, share, _share(items), escape(told) or "–"]))
    headings = ["function", "points earned", "all, some, none", "what went wrong (students)"]
    return _table(headings, [row for _, row in sorted(rows)], (1,))


def _who(students: Iterable[str], pages: Mapping[str, str]) -> str:
    """Names, each a link to the student's feedback where there is one."""
    told = []
    for student in sorted(students):
        page = pages.get(student)
        told.append(escape(student) if page is None else f'<a href="{escape(page)}">{escape(student)}</a>')
    return ", ".join(told)


def _ideas(
    rubrics: Mapping[str, Rubric], records: Sequence[Mapping[str, Any]], book_url: str, pages: Mapping[str, str]
) -> str:
    """One row an idea, whatever functions it was met in."""
    known = {(idea.key, function): idea for function, rubric in rubrics.items() for idea in rubric.ideas}
    students: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    functions: dict[tuple[str, str | None], dict[str, None]] = defaultdict(dict)
    for record in records:
        for function, item in record["functions"].items():
            if item["misconception"]:
                idea = known.get((item["misconception"], function))
                row = (item["misconception"], None if idea is None else idea.text)
                students[row].add(record["student"])
                functions[row][function] = None
    rows = []
    for row, who in sorted(students.items(), key=lambda item: (-len(item[1]), item[0][0])):
        key, text = row
        idea = None if text is None else known[key, next(iter(functions[row]))]
        link = "–"
        if idea is not None:
            about = f"section on: {idea.text}".replace("`", "")
            link = f'<a href="{escape(page_url(book_url, idea.page))}" aria-label="{escape(about)}">section</a>'
        told = f"{escape(key)} (an idea that the assignment no longer knows)" if text is None else code_words(text)
        names = ", ".join(f"<code>{escape(function)}</code>" for function in functions[row])
        rows.append([str(len(who)), told, names, link, _who(who, pages)])
    return _table(["students", "idea", "in", "book", "who"], rows, (0,))


def _failures(records: Sequence[Mapping[str, Any]], pages: Mapping[str, str]) -> str:
    rows = []
    for record in sorted(records, key=lambda one: one["student"]):
        if record["reason"]:
            rows.append([_who([record["student"]], pages), "whole submission", escape(record["reason"])])
            continue
        for function, item in record["functions"].items():
            if item["verdict"] in ("timeout", "error"):
                code = f"<code>{escape(function)}</code>"
                rows.append([_who([record["student"]], pages), code, code_words(item["message"])])
    return _table(["student", "what", "why"], rows)


def render(
    assignment: Assignment,
    rubrics: Mapping[str, Rubric],
    records: Sequence[Mapping[str, Any]],
    book_url: str,
    pages: Mapping[str, str] = MappingProxyType({}),
    weeks: Sequence[over_weeks.Week] = (),
) -> str:
    """The page as HTML: no script, nothing from elsewhere, every text of a student escaped.

    Args:
        assignment: what was graded.
        rubrics: by function, the ideas that records name.
        records: one a submission, as report.schema.json describes them; at least one.
        book_url: where the links to the book lead.
        pages: by student, where the feedback page is, as an address relative to this one.
        weeks: the assignments that have been graded so far, in the course's order.
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
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}{over_weeks.STYLE}</style></head><body><main>'
        f"<h1>Class report: {title}</h1><p>{summary}</p><h2>Scores</h2>{_histogram(scores, assignment.max_score)}"
        f"<h2>Functions, hardest first</h2>{_functions(assignment, records)}"
        f"<h2>What students misunderstood</h2>{_ideas(rubrics, records, book_url, pages)}"
        f"{over_weeks.html(weeks)}"
        f"<h2>What failed, and why</h2>{_failures(records, pages)}</main></body></html>\n"
    )
