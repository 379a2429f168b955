"""What the collecting pages show: each function turns the chapters' records into the nodes of one page."""

import re
from collections.abc import Sequence
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from course_ext.chapters import Chapter, Place, detached, first_sentence
from course_ext.exercises import LEVELS
from course_ext.links import link, numbered_link
from course_ext.words import _, filled


def _again(found: list[nodes.Node]) -> list[nodes.Node]:
    """Copies, so that a record can be shown twice and stays as it is."""
    return detached(found)


def _chapter_section(record: Chapter, prefix: str, *facts: nodes.Node) -> nodes.section:
    """A section with the chapter's title, and below it its number and what else there is to say of it."""
    name = record.docname.rsplit("/", 1)[-1]
    section = nodes.section(ids=[f"{prefix}-{nodes.make_id(name)}"])
    section += nodes.title("", "", *_again(record.title))
    section += nodes.paragraph(
        "", "", numbered_link(record.docname, "", "section"), *facts, classes=["collected-from"]
    )  # fmt: skip
    return section


def conventions(app: Sphinx, records: list[Chapter]) -> list[nodes.Node]:
    """What other books and libraries say, chapter by chapter."""
    sections = []
    for record in records:
        if record.conventions is None:
            continue
        back = link(record.docname, record.conventions.id, nodes.Text(_("the table in its place")))
        section = _chapter_section(record, "conventions", nodes.Text(" · "), back)
        section += _again(record.convention_nodes)
        sections.append(section)
    return sections


def questions(app: Sphinx, records: list[Chapter]) -> list[nodes.Node]:
    """Each question, the short answer, and the way to the long one."""
    sections = []
    for record in records:
        section = _chapter_section(record, "question")
        section.pop()
        for question in record.questions:
            box = nodes.container(classes=["question", "collected-question"])
            box += _again(question.content)
            section += box
        section += [_sentences(found) for found in record.short_answer]
        more = nodes.paragraph("", "", numbered_link(record.docname, "", "section"), classes=["collected-from"])
        if record.answer is not None:
            whole = link(record.docname, record.answer.id, nodes.Text(_("the whole answer")))
            more += [nodes.Text(" · "), whole]
        section += more
        sections.append(section)
    return sections


def _sentences(found: list[nodes.Node]) -> nodes.paragraph:
    """A paragraph of them, with a full stop where the chapter goes on with a colon."""
    paragraph = nodes.paragraph("", "", *_again(found))
    if not paragraph.astext().endswith((".", "?", ")", "。", "？", "）")):
        paragraph += nodes.Text(".")
    return paragraph


def figures(app: Sphinx, records: list[Chapter]) -> list[nodes.Node]:
    """Figures, captioned tables and components, each with its caption's first sentence."""
    sections = []
    for record in records:
        listed = nodes.bullet_list(classes=["collected-list"])
        listed += [_figure(record, place) for place in record.figures]
        if record.figures:
            sections.append(_chapter_section(record, "figures"))
            sections[-1] += listed
    return sections


def _figure(record: Chapter, place: Place) -> nodes.list_item:
    line = nodes.paragraph()
    if place.kind == "component":
        play = link(record.docname, place.id, nodes.Text(_("To play with")))
        line += filled(_("{link}: {title}."), link=play, title=nodes.inline("", "", *_again(place.content)))
        line.children[-2].replace_self(line.children[-2].children)
    else:
        line += [numbered_link(record.docname, place.id, place.kind), nodes.Text(": "), *first_sentence(place.content)]
    return nodes.list_item("", line, classes=[f"collected-{place.kind}"])


def formulas(app: Sphinx, records: list[Chapter]) -> list[nodes.Node]:
    """Each numbered formula below its number and the section that derives it."""
    sections = []
    for record in records:
        if not record.formulas:
            continue
        section = _chapter_section(record, "formulas")
        for place in record.formulas:
            entry = nodes.container(classes=["collected-formula"])
            line = nodes.paragraph("", "", numbered_link(record.docname, place.id, "displaymath"))
            line += [nodes.Text(" · "), *_again(place.section.title)]
            entry += [line, *_again(place.content)]
            section += entry
        sections.append(section)
    return sections


def exercises(app: Sphinx, records: list[Chapter]) -> list[nodes.Node]:
    """One table for each chapter: the exercise and the function that is graded, its difficulty, its minutes."""
    sections = []
    for record in records:
        if not record.exercises:
            continue
        minutes = sum(int(place.facts["minutes"]) for place in record.exercises)  # type: ignore[call-overload]
        said = _("{count} exercises, {minutes} minutes, of them {graded} graded").format(
            count=len(record.exercises), minutes=minutes, graded=record.graded_minutes
        )
        section = _chapter_section(record, "exercises", nodes.Text(f" · {said}"))
        rows = [_exercise(record, place) for place in record.exercises]
        section += table([_("Exercise"), _("Difficulty"), _("Minutes")], rows, "exercise-table")
        sections.append(section)
    return sections


def _exercise(record: Chapter, place: Place) -> list[list[nodes.Node]]:
    level, graded = int(place.facts["difficulty"]), str(place.facts["graded"])  # type: ignore[call-overload]
    name = [numbered_link(record.docname, place.id, "exercise", short=True), nodes.Text(" "), *_again(place.content)]
    if graded:
        for code in (code for node in name for code in node.findall(nodes.literal)):
            if code.astext().startswith(f"{graded}("):
                code.children = [nodes.Text(graded)]  # its arguments are on its page
        name.append(nodes.Text(" ·\u00a0" + _("graded")))
        if graded not in "".join(node.astext() for node in place.content):
            name += [nodes.Text(": "), nodes.literal(text=graded)]
    return [name, [nodes.Text(f"{level} {_(LEVELS[level])}")], [nodes.Text(str(place.facts["minutes"]))]]


def chapter_table(app: Sphinx, records: list[Chapter]) -> list[nodes.Node]:
    """One row for each chapter, with the parts between them."""
    rows: list[list[list[nodes.Node]]] = []
    by_name = {record.docname: record for record in records}
    for part, docnames in _parts(app):
        shown = [by_name[docname] for docname in docnames if docname in by_name]
        if shown:
            rows += [[[nodes.Text(part)]], *map(_chapter_row, shown)]
    # The soft hyphen lets the last column be as narrow as its minutes on a phone.
    return [table([_("Chapter"), _("You need"), _("Reading"), _("Assign\u00adment")], rows, "chapter-table")]


def _parts(app: Sphinx) -> list[tuple[str, list[str]]]:
    """(caption, pages) of each part in the table of contents."""
    root = app.env.get_doctree(app.config.root_doc)
    return [(tree["caption"] or "", [page for _, page in tree["entries"]]) for tree in root.findall(addnodes.toctree)]


def chapter_map(app: Sphinx, records: list[Chapter]) -> list[nodes.Node]:
    """The chapters part by part, each with its emblem; reading.js closes the ring around what was read."""
    by_name = {record.docname: record for record in records}
    whole = nodes.bullet_list(classes=["chapter-map"])
    for part, docnames in _parts(app):
        stops = [_stop(by_name[docname], Path(app.srcdir)) for docname in docnames if docname in by_name]
        if stops:
            whole += nodes.list_item("", nodes.paragraph(text=part), nodes.bullet_list("", *stops))
    return [whole]


def _stop(record: Chapter, book: Path) -> nodes.list_item:
    """A small drawing, a link with what stands before the title's colon, and below it what stands behind."""
    title, *rest = re.split(r":\s+|：", "".join(node.astext() for node in record.title), maxsplit=1)
    drawing = book / "emblems" / f"{record.docname.rsplit('/', 1)[-1]}.svg"
    stop = nodes.list_item()
    if drawing.is_file():
        emblem = f'<div class="emblem" aria-hidden="true">{drawing.read_text(encoding="utf-8").strip()}</div>'
        stop += nodes.raw("", emblem, format="html")
    stop += nodes.paragraph("", "", link(record.docname, "", nodes.Text(title)))
    if rest:
        stop += nodes.paragraph(text=rest[0])
    return stop


def _chapter_row(record: Chapter) -> list[list[nodes.Node]]:
    title = [numbered_link(record.docname, "", "section", short=True), nodes.Text(" "), *_again(record.title)]
    # The column says what the minutes are of; a list of links, read aloud, does not.
    spoken = nodes.inline(
        text=" " + _("for the assignment {name}").format(name=record.notebook), classes=["visually-hidden"]
    )
    minutes = nodes.Text(_("{minutes} min").format(minutes=record.graded_minutes))
    card = link(record.docname, f"assignment-{record.notebook}", minutes, spoken)
    return [title, _again(record.needs), [nodes.Text(_("{minutes} min").format(minutes=record.minutes))], [card]]


def table(headers: list[str], rows: Sequence[list[list[nodes.Node]]], css_class: str) -> nodes.table:
    """Returns a table; a row with one cell is a heading across all columns."""
    group = nodes.tgroup(cols=len(headers))
    group += [nodes.colspec(colwidth=1) for _ in headers]
    head, body = nodes.thead(), nodes.tbody()
    head += _row([[nodes.Text(text)] for text in headers], len(headers))
    body += [_row(row, len(headers)) for row in rows]
    group += [head, body]
    return nodes.table("", group, classes=[css_class])


def _row(cells: list[list[nodes.Node]], columns: int) -> nodes.row:
    row = nodes.row()
    for cell in cells:
        entry = nodes.entry("", nodes.paragraph("", "", *cell))
        if len(cells) < columns:
            entry["morecols"] = columns - 1
            row["classes"].append("part-row")
        row += entry
    return row
