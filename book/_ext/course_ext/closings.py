"""Folds two of the sections that close a chapter: common mistakes, and what others call things.

They are looked up, not read. Their headings, ids and places in the contents stay; site.js opens the fold that a link
leads into. The second one also says where all chapters' conventions stand together.
"""

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from course_ext.chapters import CONVENTIONS, MISTAKES, part_of
from course_ext.words import N_, _, filled

SUMMARIES = {
    MISTAKES: N_("Common mistakes, and what you see"),
    CONVENTIONS: N_("What other books and libraries say"),
}

_OPEN = (
    '<details class="sd-sphinx-override sd-dropdown sd-card sd-mb-3 closing">'
    '<summary class="sd-summary-title sd-card-header"><span class="sd-summary-text">{}</span>'
    '<span class="sd-summary-state-marker sd-summary-chevron-right"><svg version="1.1" width="1.5em" height="1.5em" '
    'class="sd-octicon" viewBox="0 0 24 24" aria-hidden="true"><path d="M9 5.5l6.5 6.5L9 18.5" fill="none" '
    'stroke="currentColor" stroke-width="1.5"></path></svg></span></summary>'
    '<div class="sd-summary-content sd-card-body">'
)


def _all_conventions() -> nodes.paragraph:
    link = addnodes.pending_xref(
        "", nodes.inline(text=_("on one page")),
        refdomain="std", reftype="ref", reftarget="page-conventions", refexplicit=True, refwarn=True,
    )  # fmt: skip
    return nodes.paragraph("", "", *filled(_("All chapters’ tables are {link}."), link=link))


def fold(app: Sphinx, doctree: nodes.document) -> None:
    """Puts what follows the headings of a chapter's two sections into a fold; other pages are left alone."""
    if app.env.docname not in getattr(app.env, "course_chapters", {}):
        return
    for part, summary in SUMMARIES.items():
        section = part_of(doctree, app.env.docname, part)
        if section is None:
            continue
        if part == CONVENTIONS:
            section += _all_conventions()
        section.insert(1, nodes.raw("", _OPEN.format(_(summary)), format="html"))
        section += nodes.raw("", "</div></details>", format="html")


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.connect("doctree-read", fold, priority=700)  # after the record of the chapter was made from the plain sections
