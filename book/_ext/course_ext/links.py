"""Links from one page to a place on another, by document and id, with that place's number where it has one.

Sphinx's own ``numref`` unpickles the other page for every link. The pages that collect from the whole book hold
hundreds of links, and know already what they point to.
"""

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode

REFTYPE = "course-place"


def link(docname: str, target: str, *content: nodes.Node) -> addnodes.pending_xref:
    """Returns a link to the element ``target`` of a page (the page itself when empty), with the given content."""
    shown = nodes.inline("", "", *content)
    return addnodes.pending_xref(
        "", shown, reftype=REFTYPE, refdomain="", coursedoc=docname, reftarget=target, refexplicit=True
    )


def numbered_link(
    docname: str, target: str, kind: str, *, short: bool = False, place: str | None = None
) -> addnodes.pending_xref:
    """Returns a link whose text is the number of what it points to.

    Args:
        docname: the page.
        target: the element's id; empty for the page itself.
        kind: section, figure, table, exercise or displaymath, as Sphinx counts them.
        short: "3" instead of "Chapter 3".
        place: an id to jump to, where that is not ``target``.
    """
    node = link(docname, target if place is None else place)
    node["coursekind"], node["courseshort"], node["coursenumbered"] = kind, short, target
    return node


def number(env: BuildEnvironment, docname: str, target: str, kind: str) -> str:
    """Returns the number that Sphinx gave to a section, figure, table, exercise or formula; "" for none."""
    if kind == "section":
        found = env.toc_secnumbers.get(docname, {}).get(f"#{target}" if target else "")
    else:
        found = env.toc_fignumbers.get(docname, {}).get(kind, {}).get(target)
    return ".".join(map(str, found or ()))


def resolve(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Turns our links into references, once every number is known."""
    if node["reftype"] != REFTYPE:
        return None
    kind = node.get("coursekind")
    if kind:
        found = number(env, node["coursedoc"], node["coursenumbered"], kind)
        if not found:
            return None  # Sphinx then warns that the reference has no target
        formats = {**app.config.numfig_format, "displaymath": app.config.math_eqref_format.replace("{number}", "%s")}
        content = nodes.inline(text=found if node["courseshort"] else formats[kind] % found)
    return make_refnode(app.builder, node["refdoc"], node["coursedoc"], node["reftarget"], content)


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.connect("missing-reference", resolve)
