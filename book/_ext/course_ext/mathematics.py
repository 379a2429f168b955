"""Mathematics is typeset by KaTeX while the book is built, so that a page carries no script for it.

KaTeX (vendored in ``katex/``) runs in QuickJS, a small JavaScript engine that pip installs. The HTML it makes
holds MathML beside the drawn formula, for screen readers. A formula that KaTeX cannot read is a warning, and so
fails a ``-W`` build.
"""

import functools
import html
import json
import re
from pathlib import Path

import quickjs
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

KATEX = Path(__file__).parent / "katex" / "katex.min.js"
_PUNCTUATION = re.compile(r"['’]s\b[,.;:?)\]]*|[,.;:?)\]]+")
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}]")
_OPENING, _CLOSING = ("{", r"\begin", r"\left"), ("}", r"\end", r"\right")
_SPACES = (r"\quad", r"\qquad")
MACROS = {r"\floor": r"\left\lfloor #1 \right\rfloor", r"\R": r"\mathbb{R}"}


@functools.cache
def _engine() -> quickjs.Function:
    script = "var module = {exports: {}}, exports = module.exports;\n" + KATEX.read_text(encoding="utf-8")
    script += "\nfunction typeset(tex, options) { return module.exports.renderToString(tex, JSON.parse(options)); }"
    return quickjs.Function("typeset", script)


@functools.lru_cache(maxsize=4096)
def typeset(tex: str, display: bool) -> str:
    """Returns HTML with MathML for one formula.

    Raises:
        quickjs.JSException: KaTeX could not read the formula.
    """
    options = {"displayMode": display, "macros": MACROS, "throwOnError": True, "strict": "error"}
    return _engine()(tex, json.dumps(options))


def hold_punctuation(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Moves a comma that follows a formula into it; browsers would break the line between the two."""
    if app.builder.format != "html":
        return
    for formula in list(doctree.findall(nodes.math)):
        after = formula.next_node(descend=False, siblings=True)
        found = _PUNCTUATION.match(after) if isinstance(after, nodes.Text) else None
        if found:
            formula["after"] = found[0]
            after.parent.replace(after, nodes.Text(after[found.end() :]))


def _with(formula: str, after: str) -> str:
    """Puts text at the end of the formula's last unbreakable part."""
    ends = "</span>" * 3
    if not after or not formula.endswith(ends):
        return formula + after
    return f'{formula[: -len(ends)]}<span class="math-after">{html.escape(after)}</span>{ends}'


def _render(tex: str, display: bool, node: nodes.Node) -> str:
    try:
        return typeset(tex, display)
    except quickjs.JSException as error:
        message = str(error).splitlines()[0]
        logger.warning("formula not understood: %s in %r", message, tex, location=node, type="course", subtype="math")
        return f"<code>{html.escape(tex)}</code>"


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Writes an inline formula."""
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(_with(_render(node.astext(), False, node), node.get("after", "")) + "</span>")
    raise nodes.SkipNode


def parts(tex: str) -> list[str]:
    r"""Splits a formula at the ``\quad`` and ``\qquad`` outside of braces, environments and ``\left … \right``.

    A screen too narrow for all parts in a line shows them below each other.
    """
    found, depth, start = [], 0, 0
    for token in _TOKEN.finditer(tex):
        if token[0] in _OPENING:
            depth += 1
        elif token[0] in _CLOSING:
            depth -= 1
        elif token[0] in _SPACES and depth == 0:
            found.append(tex[start : token.start()])
            start = token.end()
    return [part for part in (*found, tex[start:]) if part.strip()]


def visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Writes a displayed formula, with its number where it has one."""
    tex = node.astext().strip()
    if r"\\" in tex and r"\begin" not in tex:
        tex = rf"\begin{{aligned}}{tex}\end{{aligned}}"
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node["number"]:
        number = get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    made = "".join(_render(part, True, node) for part in parts(tex))
    self.body.append(f'<div class="math-scroll">{made}</div></div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.connect("doctree-resolved", hold_punctuation)
    app.add_html_math_renderer("katex_prerendered", (visit_math, None), (visit_math_block, None))
