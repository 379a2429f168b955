"""What each chapter says of itself, kept with the environment: for the pages that collect from all chapters.

A chapter is a page with ``chapter-facts``. Its record is made when the page is read, and goes when it is purged, so
a build that reads one chapter again has the others' records from the builds before.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from course_ext.components import component
from course_ext.exercises import exercise, exercise_title
from course_ext.links import numbered_link

logger = logging.getLogger(__name__)

ANSWER, CONVENTIONS, MISTAKES = "answer", "conventions", "mistakes"
"""Sections that a chapter names by a label, whatever their titles are: ``(padding-answer)=``."""
PARTS = (ANSWER, CONVENTIONS, MISTAKES)
IN_SHORT = "in-short"
_END = re.compile(r"(?<!\bal)(?<!\bvs)[.?!](?=\s+[^\sa-z])|[。？！]")


@dataclass
class Section:
    """A heading: its id, and what it shows."""

    id: str
    title: list[nodes.Node]


@dataclass
class Place:
    """Something with an id in a section: a figure, a table, a component, a formula or an exercise."""

    id: str
    kind: str
    section: Section
    content: list[nodes.Node]
    facts: dict[str, object] = field(default_factory=dict)


@dataclass
class Chapter:
    """One chapter's record."""

    docname: str
    title: list[nodes.Node]
    minutes: int
    notebook: str
    needs: list[nodes.Node]
    questions: list[Place]
    answer: Section | None
    short_answer: list[list[nodes.Node]]
    conventions: Section | None
    convention_nodes: list[nodes.Node]
    figures: list[Place]
    formulas: list[Place]
    exercises: list[Place]
    terms: dict[str, str]

    @property
    def graded_minutes(self) -> int:
        """What the assignment should take: the minutes of the exercises that it grades."""
        return sum(int(place.facts["minutes"]) for place in self.exercises if place.facts["graded"])  # type: ignore[call-overload]


def detached(found: list[nodes.Node]) -> list[nodes.Node]:
    """Returns copies that may stand on another page: without ids, and without the page that they came from.

    A reference without ``refdoc`` is resolved from the page that it is put on (collected.py says which).
    """
    copies = [node.deepcopy() for node in found]
    for copy in copies:
        for node in copy.findall():
            node.document = None
            if isinstance(node, nodes.Element):
                for attribute in ("ids", "names", "dupnames", "backrefs"):
                    node[attribute] = []
                node.attributes.pop("refdoc", None)
    return copies


def first_sentence(found: list[nodes.Node]) -> list[nodes.Node]:
    """Returns copies of a paragraph's children up to the end of its first sentence, also of a Japanese one."""
    kept: list[nodes.Node] = []
    for node in detached(found):
        end = _END.search(node) if isinstance(node, nodes.Text) else None
        if end:
            return [*kept, nodes.Text(node[: end.end()])]
        kept.append(node)
    return kept


def section_of(node: nodes.Node) -> Section:
    """Returns the innermost section around a node."""
    while node is not None and not isinstance(node, nodes.section):
        node = node.parent
    if node is None:
        return Section("", [])
    return Section(node["ids"][0], detached(node[0].children))


def label_of(docname: str, part: str) -> str:
    """Returns the label of one of a chapter's `PARTS`: "grouped-convolution-answer"."""
    return f"{docname.rsplit('/', 1)[-1].replace('_', '-')}-{part}"


def part_of(doctree: nodes.document, docname: str, part: str) -> nodes.section | None:
    """Returns the section that bears the label of one of a chapter's `PARTS`, or None where there is none."""
    label = label_of(docname, part)
    return next((found for found in doctree.findall(nodes.section) if label in found["names"]), None)


def _anchors_of_terms(doctree: nodes.document) -> dict[str, str]:
    """Gives the first link to each term an id, and returns term → id."""
    anchors: dict[str, str] = {}
    for node in list(doctree.findall(addnodes.pending_xref)):
        term = node.get("reftarget", "").lower()
        if (node.get("refdomain"), node.get("reftype")) != ("std", "term") or term in anchors:
            continue
        if isinstance(node.parent, nodes.title):
            anchors[term] = section_of(node).id
            continue
        # An id has ASCII letters: a term in Japanese has none of them.
        anchors[term] = nodes.make_id(f"use of {term}" if nodes.make_id(term) else f"use of term {len(anchors) + 1}")
        around = nodes.inline(ids=[anchors[term]])
        node.replace_self(around)
        around += node
    return anchors


def _figures(doctree: nodes.document) -> Iterator[Place]:
    """Figures, captioned tables and components, as they come on the page."""
    for node in doctree.findall():
        if isinstance(node, component):
            yield Place(node["ids"][0], "component", section_of(node), [nodes.Text(node["title"])])
        elif isinstance(node, nodes.figure | nodes.table) and node["ids"]:
            kind = nodes.caption if isinstance(node, nodes.figure) else nodes.title
            caption = next((child for child in node.children if isinstance(child, kind)), None)
            if caption is not None:
                yield Place(node["ids"][0], node.tagname, section_of(node), detached(caption.children))


def _formulas(doctree: nodes.document) -> Iterator[Place]:
    for node in doctree.findall(nodes.math_block):
        if node.get("number"):
            copy = nodes.math_block(node.rawsource, node.astext(), number=None, label=None, nowrap=False)
            yield Place(node["ids"][0], "displaymath", section_of(node), [copy])


def _exercises(doctree: nodes.document) -> Iterator[Place]:
    for node in doctree.findall(exercise):
        title = detached(node.next_node(exercise_title).children)
        facts = {name: node[name] for name in ("difficulty", "minutes", "graded")}
        yield Place(node["ids"][0], "exercise", section_of(node), title, facts)


def _questions(doctree: nodes.document) -> Iterator[Place]:
    for node in doctree.findall(nodes.container):
        if "question" in node["classes"]:
            yield Place("", "question", section_of(node), detached(node.children[1:]))  # [0] is the box's label


def _convention_nodes(section: nodes.section) -> list[nodes.Node]:
    """The section's paragraphs and tables, without its cells and the sentence that leads to a cell."""
    kept: list[nodes.Node] = []
    for node in section.children[1:]:
        is_cell = isinstance(node, nodes.container) and "cell" in node["classes"]
        if is_cell and kept and isinstance(kept[-1], nodes.paragraph) and kept[-1].astext().endswith((":", "：")):
            kept.pop()
        if isinstance(node, nodes.paragraph | nodes.table | nodes.bullet_list):
            kept.append(node)
    return kept


def _as_collected(table_or_text: nodes.Node, docname: str) -> list[nodes.Node]:
    """Copies a part; a table's caption becomes a line above it, so that no number is given twice."""
    (copy,) = detached([table_or_text])
    if not (isinstance(copy, nodes.table) and isinstance(copy[0], nodes.title)):
        return [copy]
    title = copy.pop(0)
    caption = nodes.paragraph("", "", classes=["collected-caption"])
    caption += [numbered_link(docname, table_or_text["ids"][0], "table"), nodes.Text(": "), *title.children]
    return [caption, copy]


def read_chapter(doctree: nodes.document, docname: str) -> Chapter | None:
    """Returns the record of a page, or None where it is no chapter. Adds the anchors that links need."""
    facts = next((node for node in doctree.findall(nodes.bullet_list) if "chapter-facts" in node["classes"]), None)
    if facts is None:
        return None
    answer, conventions = (part_of(doctree, docname, part) for part in (ANSWER, CONVENTIONS))
    for part, found in ((ANSWER, answer), (CONVENTIONS, conventions)):
        if found is None:
            logger.warning(
                "the chapter has no section with the label (%s)= above its heading", label_of(docname, part),
                location=docname, type="course", subtype="chapter",
            )  # fmt: skip
    short = [] if answer is None else [one for one in answer.findall(nodes.inline) if IN_SHORT in one["classes"]]
    if answer is not None and not short:
        logger.warning(
            "nothing in the answer's section is marked as the short answer: write [the sentences]{.in-short}",
            location=answer, type="course", subtype="chapter",
        )  # fmt: skip
    needs = next((item for item in facts.children if "fact-needs" in item["classes"]), None)
    return Chapter(
        docname=docname,
        title=section_of(facts).title,
        minutes=facts["minutes"],
        notebook=facts["notebook"],
        needs=[] if needs is None else detached(needs.next_node(nodes.inline).children),
        questions=list(_questions(doctree)),
        answer=None if answer is None else Section(answer["ids"][0], []),
        short_answer=[detached(one.children) for one in short],
        conventions=None if conventions is None else Section(conventions["ids"][0], []),
        convention_nodes=[]
        if conventions is None
        else [part for node in _convention_nodes(conventions) for part in _as_collected(node, docname)],
        figures=list(_figures(doctree)),
        formulas=list(_formulas(doctree)),
        exercises=list(_exercises(doctree)),
        terms=_anchors_of_terms(doctree),
    )


def chapters(env: BuildEnvironment) -> list[Chapter]:
    """Returns the records of all chapters, in the order in which the book is read."""
    order: list[str] = []

    def visit(docname: str) -> None:
        if docname not in order:
            order.append(docname)
            for child in env.toctree_includes.get(docname, []):
                visit(child)

    visit(env.config.root_doc)
    records: dict[str, Chapter] = getattr(env, "course_chapters", {})
    return [records[docname] for docname in order if docname in records]


def keep(app: Sphinx, doctree: nodes.document) -> None:
    """Keeps the record of a page that was just read."""
    record = read_chapter(doctree, app.env.docname)
    if record is not None:
        vars(app.env).setdefault("course_chapters", {})[app.env.docname] = record


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forgets a page that is about to be read again, or was removed."""
    getattr(env, "course_chapters", {}).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    """Takes over the records of pages that another process has read."""
    vars(env).setdefault("course_chapters", {}).update(
        {name: record for name, record in getattr(other, "course_chapters", {}).items() if name in docnames}
    )


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.connect("doctree-read", keep, priority=600)  # after Sphinx has collected titles and labels
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
