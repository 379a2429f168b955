"""Columns of numbers end at the right, and a phone shows a wide table in another form.

The forms are classes of a table: ``stacked`` makes each row a block, in which every cell says the name of its column;
``names-above`` puts each row's name above its numbers. The names of columns stand in the cells of each page, and
course.css shows them in a narrow window alone. Names above the numbers want to know how many columns of numbers there
are.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

STACKED, NAMES_ABOVE = "stacked", "names-above"
ALIGNED = {"text-left", "text-center", "text-right"}
_NUMBER = re.compile(r"[-−]?[\d,]*\.?\d+")


def _rows(table: nodes.table, part: type[nodes.Element]) -> list[list[nodes.entry]]:
    return [row.children for group in table.findall(part) for row in group.findall(nodes.row)]


def align_numbers(table: nodes.table) -> None:
    """Has each column after the first that holds numbers alone, and is not aligned yet, end at the right."""
    body = [row for row in _rows(table, nodes.tbody) if len(row) > 1]
    for column in list(zip(*_rows(table, nodes.thead), *body, strict=True))[1:]:
        told = [text for cell in column[1:] if (text := cell.astext().strip())]
        if len(told) > 1 and all(map(_NUMBER.fullmatch, told)) and not ALIGNED & set(column[-1]["classes"]):
            for cell in column:
                cell["classes"].append("text-right")


def _name(header: nodes.entry) -> list[nodes.Node]:
    """Copies of what a header says, without its links: one of each is enough."""
    copy = header.deepcopy()
    for link in list(copy.findall(nodes.reference)):
        link.replace_self(link.children)
    return [part for paragraph in copy.findall(nodes.paragraph) for part in paragraph.children]


def label_cells(table: nodes.table) -> None:
    """Writes the name of its column into every cell but a row's first, and into none that is empty."""
    (header,) = _rows(table, nodes.thead)
    for row in _rows(table, nodes.tbody):
        for name, cell in list(zip(header, row, strict=True))[1:]:
            if cell.astext().strip():
                cell.insert(0, nodes.inline("", "", *_name(name), classes=["cell-label"]))


class Tables(SphinxPostTransform):
    """Prepares a page's tables."""

    default_priority = 890  # before typography.py, which looks at formulas and code
    formats = ("html",)

    def run(self, **_: object) -> None:
        """Looks at each."""
        for table in self.document.findall(nodes.table):
            align_numbers(table)
            if STACKED in table["classes"]:
                label_cells(table)
            if NAMES_ABOVE in table["classes"]:
                table["classes"].append(f"of-{len(list(table.findall(nodes.colspec))) - 1}")


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.add_post_transform(Tables)
