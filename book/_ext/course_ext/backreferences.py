"""Below each entry of the glossary: the chapters that use the word, the first of them first."""

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment

from course_ext.chapters import Chapter
from course_ext.links import numbered_link


def _names(env: BuildEnvironment, entry: nodes.definition_list_item) -> list[str]:
    """What chapters call an entry: in a translated book by its word there, or still by the English one."""
    ids = {one for term in entry.findall(nodes.term) for one in term["ids"]}
    objects = env.domaindata["std"]["objects"]
    return [name.lower() for (kind, name), (_, target) in objects.items() if kind == "term" and target in ids]


def add(env: BuildEnvironment, doctree: nodes.document, records: list[Chapter]) -> bool:
    """Adds a line to each entry whose term a chapter links to. Returns whether the page has a glossary to fill."""
    glossaries = [node for node in doctree.findall(addnodes.glossary) if not node.get("course_filled")]
    for glossary in glossaries:
        glossary["course_filled"] = True
        for item in glossary.findall(nodes.definition_list_item):
            terms = _names(env, item)
            uses = [
                (record, anchor)
                for record in records
                if (anchor := next((record.terms[term] for term in terms if term in record.terms), None))
            ]
            if uses:
                item.next_node(nodes.definition).append(_line(uses))
    return bool(glossaries)


def _line(uses: list[tuple[Chapter, str]]) -> nodes.paragraph:
    line = nodes.paragraph(classes=["term-uses"])
    (first, anchor), *others = uses
    line += [nodes.Text("First in chapter "), _chapter(first, anchor)]
    for position, (record, place) in enumerate(others):
        line += nodes.Text("; also in " if position == 0 else ", ")
        line += _chapter(record, place)
    return line


def _chapter(record: Chapter, anchor: str) -> addnodes.pending_xref:
    """The chapter's number, linked to the word on its page."""
    return numbered_link(record.docname, "", "section", short=True, place=anchor)
