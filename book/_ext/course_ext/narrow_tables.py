"""Tables that a phone shows in another form: row by row, or with each row's name above its numbers.

The two are classes of a table: ``stacked`` and ``names-above``. A stacked row is a block of its own, in which every
cell says the name of its column; those names stand in the cells of each page, and course.css shows them in a narrow
window alone. Row names above the numbers want to know how many columns of numbers there are.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

STACKED, NAMES_ABOVE = "stacked", "names-above"


def _name(header: nodes.entry) -> list[nodes.Node]:
    """Copies of what a header says, without its links: one of each is enough."""
    copy = header.deepcopy()
    for link in list(copy.findall(nodes.reference)):
        link.replace_self(link.children)
    return [part for paragraph in copy.findall(nodes.paragraph) for part in paragraph.children]


def label_cells(table: nodes.table) -> None:
    """Writes the name of its column into every cell but a row's first, and into none that is empty."""
    header = next(table.findall(nodes.thead)).next_node(nodes.row)
    for row in next(table.findall(nodes.tbody)).findall(nodes.row):
        for name, cell in list(zip(header.children, row.children, strict=True))[1:]:
            if cell.astext().strip():
                cell.insert(0, nodes.inline("", "", *_name(name), classes=["cell-label"]))


class NarrowTables(SphinxPostTransform):
    """Prepares the tables that ask for it."""

    default_priority = 890  # before typography.py, which looks at formulas and code
    formats = ("html",)

    def run(self, **_: object) -> None:
        """Looks at every table of the page."""
        for table in self.document.findall(nodes.table):
            if STACKED in table["classes"]:
                label_cells(table)
            if NAMES_ABOVE in table["classes"]:
                table["classes"].append(f"of-{len(list(table.findall(nodes.colspec))) - 1}")


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.add_post_transform(NarrowTables)
