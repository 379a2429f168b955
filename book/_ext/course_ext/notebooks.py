"""A released notebook as the page shows it: its text as HTML, typeset as the book's pages are, and its cells' roles."""

import json
import re
from typing import Any

import mistune
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer

from course_ext.mathematics import displayed, typeset

_CODE_OR_MATH = re.compile(
    r"```.*?```|`[^`\n]+`|\$\$(?P<display>.+?)\$\$|(?<![\\$\w])\$(?P<inline>[^$\n]+?)\$(?!\w)", re.S
)
_HEADING = re.compile(r"<(/?)h([1-6])(?=[ >])")
_markdown = mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])


def _formula(found: re.Match[str]) -> str:
    if found["display"] is None:
        return f'<span class="math notranslate nohighlight">{typeset(found["inline"], False)}</span>'
    made = displayed(found["display"].strip(), lambda part: typeset(part, True))
    return f'<div class="math notranslate nohighlight">{made}</div>'


def text_html(source: str) -> str:
    """A text cell as HTML: formulas typeset, headings one level down, the notebook's own title left out.

    Raises:
        quickjs.JSException: Temml could not read a formula.
    """
    formulas: list[str] = []

    def hold(found: re.Match[str]) -> str:
        if found["display"] is None and found["inline"] is None:
            return found[0]
        formulas.append(_formula(found))
        return f"@@formula{len(formulas) - 1}@@"

    text = re.sub(r"\A# .*\n", "", _CODE_OR_MATH.sub(hold, source))
    made = _HEADING.sub(lambda found: f"<{found[1]}h{min(int(found[2]) + 1, 6)}", str(_markdown(text)))
    made = made.replace("<th></th>", "<td></td>")  # a corner is no heading
    made = made.replace("<table>", '<div class="pst-scrollable-table-container"><table>').replace(
        "</table>", "</table></div>"
    )
    made = re.sub(r"<p>(@@formula\d+@@)</p>", r"\1", made)
    return re.sub(r"@@formula(\d+)@@", lambda found: formulas[int(found[1])], made)


def code_html(source: str) -> str:
    """Code in colors: spans for the site's own style sheet."""
    return f'<code class="highlight">{highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))}</code>'


def role(cell: dict[str, Any]) -> str:
    """What a cell of a released notebook is: text, solution, test, locked or code."""
    if cell["cell_type"] != "code":
        return "text"
    grader = cell["metadata"].get("nbgrader", {})
    if grader.get("solution"):
        return "solution"
    if grader.get("grade"):
        return "test"
    return "locked" if grader.get("locked") else "code"


def assignment_data(name: str, notebook: str) -> bytes:
    """JSON for the page: every cell with its id, its role, its source where it is code, and HTML where it is shown."""
    cells = []
    for cell in json.loads(notebook)["cells"]:
        source, kind = "".join(cell["source"]), role(cell)
        told = {"id": cell["metadata"].get("nbgrader", {}).get("grade_id", cell["id"]), "role": kind}
        if kind == "text":
            told["html"] = text_html(source)
        else:
            told["source"] = source
            if kind != "solution":
                told["html"] = code_html(source)
        cells.append(told)
    return json.dumps({"name": name, "cells": cells}, ensure_ascii=False).encode()
