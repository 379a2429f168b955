"""Pages that collect from all chapters: each directive leaves a mark, which is filled when every page was read.

A mark is filled between reading and numbering, so the parts that stand there then are sections like others: they are
in the page's contents, and their links are resolved by the passes that resolve everyone's. A page with a mark, and
the glossary, is read again whenever any page is.
"""

from collections.abc import Callable

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.util.docutils import SphinxDirective

from course_ext import backreferences, views
from course_ext.chapters import Chapter, chapters

VIEWS: dict[str, Callable[[Sphinx, list[Chapter]], list[nodes.Node]]] = {
    "collected-conventions": views.conventions,
    "collected-questions": views.questions,
    "collected-figures": views.figures,
    "collected-formulas": views.formulas,
    "collected-exercises": views.exercises,
    "chapter-table": views.chapter_table,
    "chapter-map": views.chapter_map,
}


class collected(nodes.General, nodes.Element):  # noqa: N801 - docutils names node classes so
    """Replaced by what its view makes of the chapters."""


class CollectedDirective(SphinxDirective):
    """``:::{collected-conventions}`` and the others: no options and no body."""

    def run(self) -> list[nodes.Node]:
        """Returns the nodes that stand for the directive."""
        return [collected(view=self.name)]


class ChapterMapDirective(SphinxDirective):
    """``:::{chapter-map} caption`` with the option name: a figure with a number, whose drawing is a list of links."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec = {"name": directives.unchanged_required}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        """Returns the nodes that stand for the directive."""
        text, messages = self.parse_inline(self.arguments[0])
        caption = nodes.caption(self.arguments[0], "", *text)
        figure = nodes.figure("", collected(view=self.name), caption)
        self.set_source_info(figure)
        self.set_source_info(caption)
        self.add_name(figure)
        return [figure, *messages]


def note(app: Sphinx, doctree: nodes.document) -> None:
    """Remembers the pages that are to be read again whenever another is."""
    if next(doctree.findall(collected), None) or next(doctree.findall(addnodes.glossary), None):
        vars(app.env).setdefault("course_collecting", set()).add(app.env.docname)


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forgets a page that is about to be read again, or was removed."""
    getattr(env, "course_collecting", set()).discard(docname)


def merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    """Takes over the pages that another process has read."""
    vars(env).setdefault("course_collecting", set()).update(getattr(other, "course_collecting", set()) & docnames)


def outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Any change is a reason to collect again: a chapter's title, its place in the order, a figure."""
    collecting: set[str] = getattr(env, "course_collecting", set())
    return sorted(collecting & env.found_docs) if added or changed or removed else []


def fill(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Fills the marks of the pages that were just read, and returns the pages' names."""
    filled = []
    records = chapters(env)
    for docname in sorted(getattr(env, "course_collecting", set())):
        doctree = env.get_doctree(docname)
        marks = list(doctree.findall(collected))
        for mark in marks:
            mark.replace_self(VIEWS[mark["view"]](app, records))
        if backreferences.add(env, doctree, records) or marks:
            _keep(app, docname, doctree)
            filled.append(docname)
    return filled


def _keep(app: Sphinx, docname: str, doctree: nodes.document) -> None:
    """Stores a filled page as if it had been read so: its links start here, its sections are in its contents."""
    for reference in doctree.findall(addnodes.pending_xref):
        reference.setdefault("refdoc", docname)
    app.env.temp_data["docname"] = docname
    try:
        TocTreeCollector().process_doc(app, doctree)
    finally:
        app.env.temp_data.pop("docname")
    app.builder.write_doctree(docname, doctree)


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.add_node(collected)
    for name in VIEWS:
        app.add_directive(name, ChapterMapDirective if name == "chapter-map" else CollectedDirective)
    app.connect("doctree-read", note)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-get-outdated", outdated)
    app.connect("env-updated", fill)
