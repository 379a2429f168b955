"""Below each entry of the glossary: the chapters that use the word, the first of them first."""

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment

from course_ext.chapters import Chapter
from course_ext.links import numbered_link
from course_ext.words import _, filled


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
    (first, anchor), *others = uses
    again = nodes.inline()
    for position, (record, place) in enumerate(others):
        if position:
            again += nodes.Text(_(", "))
        again += _chapter(record, place)
    message = _("First in chapter {first}; also in {others}") if others else _("First in chapter {first}")
    line = nodes.paragraph("", "", *filled(message, first=_chapter(first, anchor), others=again), classes=["term-uses"])
    if others:
        again.replace_self(again.children)
    return line


def _chapter(record: Chapter, anchor: str) -> addnodes.pending_xref:
    """The chapter's number, linked to the word on its page."""
    return numbered_link(record.docname, "", "section", short=True, place=anchor)
