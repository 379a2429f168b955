"""Mathematics is MathML, made while the book is built: every browser typesets it, and a page carries no script for it.

Temml (vendored in ``temml/``) turns TeX into MathML, in QuickJS, a small JavaScript engine that pip installs. What
browsers space or break less well than TeX is said here. A formula that Temml cannot read is a warning, and so fails a
``-W`` build. The font is the course's own cut of STIX Two Math (tools/make_math_font.py).
"""

import functools
import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import quickjs
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

TEMML = Path(__file__).parent / "temml" / "temml.min.js"
_PUNCTUATION = re.compile(r"(?:['’]s|-th)\b[,.;:?)\]]*|[,.;:?)\]]+")
_BRACKET = re.compile(r"[(\[]+$")
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}]")
_OPENING, _CLOSING = ("{", r"\begin", r"\left"), ("}", r"\end", r"\right")
_SPACES = (r"\quad", r"\qquad")
MACROS = {r"\floor": r"\left\lfloor #1 \right\rfloor", r"\R": r"\mathbb{R}"}
SCRIPTS = {"msub", "msup", "msubsup", "munder", "mover", "munderover"}
ROWS = {"math", "mrow", "mtd", "msqrt"}
"""What shows its parts one after the other, as a row does."""
BRACKETS = {**dict.fromkeys("([{⌊⌈⟨", 1), **dict.fromkeys(")]}⌋⌉⟩", -1)}
BRACES = {"⏞", "⏟"}
RELATIONS = {*"=≠≈≤≥<>≪≫∈∉⊂⊆→←↔↦⇒∝∼:≡", "+=", "-=", ":="}
LARGE = {"∑", "∏"}
SUMS, PRODUCTS = set("+−±⊕"), set("×⋅·∗⋆⊙÷")
"""Where a line is too short, TeX breaks it after one of these or those, outside of brackets."""
FEW, SEVERAL, MANY, LONG = 4, 6, 16, 20
"""Letters: few would look lost in the last line, but for a long formula; several before an operation, or many after
it, are worth a break."""
PRIME, DOTS, APPLY = "′", "…", "\N{FUNCTION APPLICATION}"
NO_SPACE, THIN = {"lspace": "0em", "rspace": "0em"}, "0.1667em"
RELATION = 0.2778
"""What browsers leave on each side of a relation, in em."""


@functools.cache
def _engine() -> quickjs.Function:
    script = TEMML.read_text(encoding="utf-8")
    script += "\nfunction typeset(tex, options) { return temml.renderToString(tex, JSON.parse(options)); }"
    return quickjs.Function("typeset", script)


@functools.lru_cache(maxsize=4096)
def typeset(tex: str, display: bool, whole: bool = False) -> str:
    """Returns the MathML of one formula: a line may break between its elements.

    Args:
        tex: the formula.
        display: whether it stands on a line of its own, and so is set larger.
        whole: whether no line may break in it.

    Raises:
        quickjs.JSException: Temml could not read the formula.
    """
    options = {"displayMode": display, "macros": MACROS, "throwOnError": True, "strict": True}
    root = ElementTree.fromstring(_engine()(tex, json.dumps(options)))
    _tidy(root, in_script=False)
    made = [root] if whole else list(_broken(root))
    for one in made:
        one.attrib = {"displaystyle": "true"} if display else {}
        if any(part.text in BRACES for part in one.iter("mo")):
            one.set("class", "braced")
        if any(part.tag == "mo" and part.get("stretchy") != "false" and part.text in BRACKETS for part in one):
            row = Element("mrow")  # where brackets stand in ``math`` itself, Firefox does not stretch them
            row.extend(one)
            one[:] = [row]
    return "".join(ElementTree.tostring(one, encoding="unicode", method="html") for one in made)


def _tidy(element: Element, in_script: bool) -> None:
    """Spaces operators as TeX does: not in scripts, not beside brackets, and once between words."""
    for place, child in enumerate(element):
        _tidy(child, in_script or (element.tag in SCRIPTS and place > 0))
    if [child.tag for child in element] == ["mspace", "mo", "mspace"] and element.tag == "mrow":
        operator = element[1]  # Temml adds to the space that browsers leave between words and an operator
        element.tag, element.text, element.attrib = "mo", operator.text, dict(operator.attrib)
        element[:] = []
    if element.tag in ("msup", "msubsup") and element[-1].text == PRIME:  # which fonts draw raised
        primed = Element("mrow")
        primed.extend([element[0], element[-1]])
        element[-1].attrib = dict(NO_SPACE)
        element[:] = [primed, *element[1:-1]]
        element.tag = "msub" if len(element) == 2 else "mrow"
    if element.tag == "mo" and (in_script or element.text in BRACKETS or element.text == DOTS):
        element.attrib.update(NO_SPACE)
    if element.tag == "mrow" and len(element) == 1 and not element.attrib:
        (only,) = element
        element.tag, element.text, element.attrib = only.tag, only.text, dict(only.attrib)
        element[:] = list(only)
    if element.tag in ROWS:
        element[:] = [part for child in element for part in (child if _is_idle(child) else [child])]
        if element.tag == "math" and len(element) > 1 and (element[-2].text, element[-1].tag) == (APPLY, "mspace"):
            element[-2:] = []  # a function's name alone is applied to nothing
        if not in_script:
            _widen_relations(element)
        for place in range(len(element) - 1, 0, -1) if not in_script else ():
            named, term = element[place].text == APPLY, element[place - 2 : place - 1]
            if named and term and _ends_a_term(term[0]):  # "W mean(x)" is a W, and then a function
                element.insert(place - 1, Element("mspace", {"width": THIN}))
            if _is_sum(element[place]) and element[place - 1].tag == "mfrac":
                element.insert(place, Element("mspace", {"width": THIN}))


def _widen_relations(row: Element) -> None:
    r"""Has relations keep the spaces beside them, ``\;=\;``, themselves: a line that follows one begins at its edge."""
    for place in range(len(row) - 1, -1, -1):
        if row[place].tag != "mo" or row[place].text not in RELATIONS:
            continue
        for side, beside in (("rspace", place + 1), ("lspace", place - 1)):
            if 0 <= beside < len(row) and row[beside].tag == "mspace" and not row[beside].get("linebreak"):
                wide = RELATION + float(row[beside].get("width", "0em").removesuffix("em"))
                row[place].set(side, f"{wide:.4g}em")
                row.remove(row[beside])


def _ends_a_term(element: Element) -> bool:
    """Whether TeX would leave a thin space between this and a function's name."""
    operator = element.tag in ("mo", "mspace") or _is_sum(element)  # these have their own space
    return not operator or BRACKETS.get(element.text or "", 0) < 0


def _is_sum(element: Element) -> bool:
    """Whether this is a large operator, with its limits or without."""
    sign = element[0] if element.tag in SCRIPTS else element
    return sign.tag == "mo" and sign.text in LARGE


def _is_idle(element: Element) -> bool:
    """Whether a row in a row only groups: no bracket in it grows with what it holds."""
    return (
        element.tag == "mrow" and not element.attrib and not any(child.get("stretchy") == "true" for child in element)
    )


def _broken(root: Element) -> Iterator[Element]:
    """The parts of a formula that a line may be broken between, each a formula of its own."""
    row = root[0] if len(root) == 1 and root[0].tag == "mrow" and not root[0].attrib else root
    letters = [len("".join(child.itertext())) for child in row]
    part, depth, start = Element("math"), 0, 0
    for place, child in enumerate(row):
        part.append(child)
        if child.tag != "mo":
            continue
        depth += BRACKETS.get(child.text or "", 0)
        if place + 1 < len(row) and row[place + 1].tag == "mo" and row[place + 1].text in RELATIONS:
            continue  # "+=" is one sign
        before, after = sum(letters[start:place]), sum(letters[place + 1 :])
        relations = (at for at in range(place + 1, len(row)) if row[at].tag == "mo" and row[at].text in RELATIONS)
        summand = sum(letters[place + 1 : next(relations, len(row))])
        relation = child.text in RELATIONS
        product, total = child.text in PRODUCTS, child.text in SUMS and child.get("form") != "prefix"
        worth_it = (
            (relation and before) or (total and (before >= SEVERAL or after >= MANY)) or (product and before >= MANY)
        )
        lost = (after < FEW and sum(letters[: place + 1]) < LONG) or (total and summand < FEW and summand < after)
        if depth == 0 and after and worth_it and not lost:
            child.set("form", "infix")  # at the end of a part, it would be taken for a postfix
            yield part
            part, start = Element("math"), place + 1
    yield part


_RAISED = dict(zip("0123456789−+′", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺′", strict=True))
_SPACED = RELATIONS | SUMS | PRODUCTS


def as_line(tex: str) -> str | None:
    """A formula as a line of plain characters, "k − 1"; None where it has more than one line, or can't be read."""
    try:
        root = ElementTree.fromstring(_engine()(tex, json.dumps({"macros": MACROS, "throwOnError": True})))
    except quickjs.JSException:
        return None
    said = _line(root)
    return None if said is None else " ".join(said.split())


def _line(element: Element) -> str | None:
    if not len(element):
        text = (element.text or "").replace(APPLY, "")
        if element.tag == "mo" and text in _SPACED and element.get("form") != "prefix":
            return f" {text} "
        return f"{text} " if text == "," else " " if element.tag == "mspace" else text
    parts = [_line(child) for child in element]
    if element.tag not in ("math", "mrow", "mstyle", "mpadded", "msub", "msup", "mfrac") or None in parts:
        return None
    line = [str(part) for part in parts]
    if element.tag == "msup":
        raised = line[1].replace(" ", "")
        return line[0] + "".join(_RAISED[one] for one in raised) if set(raised) <= set(_RAISED) else None
    if element.tag == "mfrac":
        return "/".join(line) if all(len(part.strip()) < FEW and " " not in part.strip() for part in line) else None
    return "".join(line)


def hold_punctuation(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Moves a comma behind a formula, and a bracket before it, into it; browsers would break the line there."""
    if app.builder.format != "html":
        return
    for formula in list(doctree.findall(nodes.math)):
        after = formula.next_node(descend=False, siblings=True)
        found = _PUNCTUATION.match(after) if isinstance(after, nodes.Text) else None
        if found:
            formula["after"] = found[0]
            after.parent.replace(after, nodes.Text(after[found.end() :]))
        at = formula.parent.index(formula)
        before = formula.parent[at - 1] if at else None
        found = _BRACKET.search(before) if isinstance(before, nodes.Text) else None
        if found:
            formula["before"] = found[0]
            formula.parent.replace(before, nodes.Text(before[: found.start()]))


def _with(formula: str, before: str, after: str) -> str:
    """Puts text before the formula's first unbreakable part, and behind its last."""
    made = re.findall(r"<math\b.*?</math>", formula, re.DOTALL)
    for text, place in ((before, 0), (after, -1)):
        made[place] = f"{text}{made[place]}" if place == 0 else f"{made[place]}{text}"
        if text:
            made[place] = f'<span class="math-end">{made[place]}</span>'
    return "".join(made)


def _render(tex: str, display: bool, node: nodes.Node) -> str:
    try:
        return typeset(tex, display, "whole" in node.get("classes", ()))
    except quickjs.JSException as error:
        message = str(error).splitlines()[0]
        logger.warning("formula not understood: %s in %r", message, tex, location=node, type="course", subtype="math")
        return f"<code>{html.escape(tex)}</code>"


def _is_header(paragraph: nodes.Element) -> bool:
    """Whether a formula's paragraph is all that a table's header says, and the formula all of it."""
    around = paragraph.parent
    return isinstance(around, nodes.entry) and isinstance(around.parent.parent, nodes.thead) and len(paragraph) == 1


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Writes an inline formula."""
    tex = node.astext()
    made = _render(tex, False, node)
    before, after = (html.escape(node.get(where, "")) for where in ("before", "after"))
    alone = made.startswith("<math>") and made.count("<math>") == 1 and not before and not after
    told = {"data-tex": tex}
    if alone and _is_header(node.parent):
        told["aria-label"] = html.unescape(re.sub(r"<[^>]*>", "", made))  # some tools count no formula as a name
    opening = self.starttag(node, "math" if alone else "span", "", CLASS="math notranslate nohighlight", **told)
    if alone:
        self.body.append(opening + made.removeprefix("<math>"))
    else:
        whole = "whole" in node["classes"] or "<math" not in made
        self.body.append(f"{opening}{before + made + after if whole else _with(made, before, after)}</span>")
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


def displayed(tex: str, render: Callable[[str], str]) -> str:
    """Returns the HTML of a formula on a line of its own.

    Args:
        tex: the formula.
        render: makes HTML of each of its `parts`.
    """
    made = "".join(f'<span class="math-part" data-tex="{html.escape(one)}">{render(one)}</span>' for one in parts(tex))
    return f'<div class="math-scroll">{made}</div>'


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
    self.body.append(displayed(tex, lambda part: _render(part, True, node)) + "</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.connect("doctree-resolved", hold_punctuation)
    app.add_html_math_renderer("mathml_prerendered", (visit_math, None), (visit_math_block, None))
