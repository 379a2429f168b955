"""The book's own search: what there is to find, section by section, in one file that a page loads when search opens.

    search-book.js               MiniSearch, the entries, and what ranks and shows them: one classic script, so that
                                 it works from the disk, where a page may not fetch anything
    search.html                  the same results, for a term in the address

An entry is a section, an exercise or a word of the glossary. Drawings and longer formulas are left out (their source is
nothing that a reader types), hints and answers too (a search shall not give them away). Names of functions count, the
rest of the code does not. benchmarks/search.py compares with other libraries.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from course_ext import answers, citations
from course_ext.chapters import PARTS, label_of
from course_ext.exercises import exercise, exercise_title
from course_ext.links import number
from course_ext.mathematics import as_line

HERE = Path(__file__).parent
LIBRARY, RANKING, BOX = HERE / "minisearch" / "minisearch.min.js", HERE / "search.js", HERE / "search-box.js"
FILE = "search-book.js"
RECURRING = 4
"""A title on as many pages ("What to remember") is a place of every chapter; it comes after the sections of one."""

_REFERENCE = re.compile("\x02(.*?)\x03")
_NAME = re.compile(r"\b[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\b|\b[A-Za-z]\w*_\w+\b")


@dataclass
class Entry:
    """One thing to find: a page's section, an exercise, or a word of the glossary."""

    id: str
    kind: str
    title: str
    within: str = ""
    """The title of the section around it."""
    label: str = ""
    terms: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


def _is_answer(node: nodes.Node) -> bool:
    """Whether a node is a hint or an answer, which fold out."""
    if not isinstance(node, nodes.container):
        return False
    if answers.CLASS in node["classes"]:
        return True
    if node.get("design_component") != "dropdown":
        return False
    box = node.parent
    return isinstance(box, exercise) or (isinstance(box, nodes.container) and "self-check" in box["classes"])


def _is_named_later(node: addnodes.pending_xref) -> bool:
    return node["refdomain"] == "cite" or (node["reftype"] in ("numref", "eq", "ref") and not node["refexplicit"])


def _text(node: nodes.Node) -> str:
    """What a node says in words: a formula is a line or a gap, and a reference waits until the numbers are known."""
    parts: list[str] = []

    def walk(one: nodes.Node) -> None:
        if isinstance(one, nodes.Text):
            parts.append(one.astext())
        elif isinstance(one, addnodes.pending_xref) and _is_named_later(one):
            parts.append(f"\x02{one['reftarget']}\x03")
        elif isinstance(one, nodes.math) and (line := as_line(one.astext())) is not None:
            parts.append(line)
        elif isinstance(one, nodes.math | nodes.math_block | nodes.raw | nodes.comment | nodes.image):
            parts.append(" … ")
        else:
            for child in one.children:
                walk(child)

    walk(node)
    return re.sub(r"(?:\s*…)+\s*(?=[.,;:?)])", " …", " ".join("".join(parts).split()))


def _label(section: nodes.section, page: str) -> str:
    """What the author calls a section: its label without the page's name, "jump" for pooling-jump."""
    found = []
    everywhere = {label_of(page, part) for part in PARTS}  # what every chapter has tells nothing
    for name in sorted(set(section["names"]) - {section["ids"][0]} - everywhere):
        if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name):
            whole = f"{page}-" if name.startswith(f"{page}-") else f"{name.partition('-')[0]}-"
            found.append(name.removeprefix(whole).replace("-", " "))
    return " ".join(found)


def _walk(node: nodes.Node, entry: Entry, found: list[Entry], page: str) -> None:
    """Adds what a node says to an entry; sections, exercises and words of the glossary begin entries of their own."""
    if isinstance(node, nodes.section):
        entry = Entry(node["ids"][0], "section", _text(node[0]), entry.title, label=_label(node, page))
        found.append(entry)
        children = node.children[1:]
    elif isinstance(node, exercise):
        entry = Entry(node["ids"][0], "exercise", _text(node.next_node(exercise_title)))
        found.append(entry)
        children = node.children[2:]
    elif isinstance(node, nodes.definition_list_item) and isinstance(node.parent.parent, addnodes.glossary):
        term = node.next_node(nodes.term)
        found.append(Entry(term["ids"][0], "term", term.astext(), words=[_text(node.next_node(nodes.definition))]))
        return
    elif isinstance(node, nodes.literal_block):
        entry.names |= set(_NAME.findall(node.astext()))
        return
    elif isinstance(node, nodes.Text | nodes.raw | nodes.comment) or _is_answer(node):
        return
    elif isinstance(node, nodes.container) and "cell_output" in node["classes"]:
        for caption in node.findall(nodes.caption):
            entry.words.append(_text(caption))
        return
    elif isinstance(node, nodes.TextElement) and not isinstance(node, nodes.math_block):
        entry.terms += [one["reftarget"] for one in node.findall(addnodes.pending_xref) if one["reftype"] == "term"]
        entry.words.append(_text(node))
        return
    else:
        children = node.children
    for child in children:
        _walk(child, entry, found, page)


def read_entries(doctree: nodes.document, docname: str) -> list[Entry]:
    """Returns what there is to find on a page, in its order; the first is the page itself."""
    found: list[Entry] = []
    _walk(doctree, Entry("", "section", ""), found, docname.rsplit("/", 1)[-1].replace("_", "-"))
    if found:
        found[0].id = ""  # the page opens at its top
    return found


def keep(app: Sphinx, doctree: nodes.document) -> None:
    """Keeps the entries of a page that was just read."""
    vars(app.env).setdefault("course_search", {})[app.env.docname] = read_entries(doctree, app.env.docname)


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forgets a page that is about to be read again, or was removed."""
    getattr(env, "course_search", {}).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    """Takes over the entries of pages that another process has read."""
    vars(env).setdefault("course_search", {}).update(
        {name: found for name, found in getattr(other, "course_search", {}).items() if name in docnames}
    )


def _pages(env: BuildEnvironment) -> Iterator[tuple[str, list[Entry]]]:
    """The pages in the order in which the book is read."""
    kept: dict[str, list[Entry]] = getattr(env, "course_search", {})
    order, seen = [env.config.root_doc], set()
    while order:
        docname = order.pop(0)
        if docname not in seen:
            seen.add(docname)
            order = [*env.toctree_includes.get(docname, []), *order]
            if kept.get(docname):
                yield docname, kept[docname]


def _said(app: Sphinx, name: str) -> str:
    """Returns what a reference shows, by the label or the paper that it names."""
    std, math = app.env.domaindata["std"], app.env.domaindata["math"]["objects"]
    if name in math:
        shown = number(app.env, math[name][0], nodes.make_id(f"equation-{name}"), "displaymath")
        return str(app.config.math_eqref_format).format(number=shown)
    docname, target = std["anonlabels"].get(name, ("", ""))[:2]
    for kind, numbers in app.env.toc_fignumbers.get(docname, {}).items():
        if target in numbers:
            return str(app.config.numfig_format[kind] % ".".join(map(str, numbers[target])))
    if docname:
        found = number(app.env, docname, target, "section") or number(app.env, docname, "", "section")
        return str(app.config.numfig_format["section"] % found) if found else std["labels"].get(name, ("", "", ""))[2]
    return citations.short(app.env, name)


def book_data(app: Sphinx) -> dict[str, object]:
    """Returns the pages, and the entries as rows: page, id, number, kind, title, label, terms, names, words.

    The kinds are section, detail, page, exercise, term and recurring; rows without keys make a small file.
    """
    env = app.env
    pages, rows = [], []
    listed = list(_pages(env))
    titles = [entry.title for _, entries in listed for entry in entries if entry.kind == "section"]

    def spoken(text: str) -> str:
        return _REFERENCE.sub(lambda match: _said(app, match[1]), text)

    recurring = {title for title in titles if titles.count(title) >= RECURRING}
    for docname, entries in listed:
        pages.append([app.builder.get_target_uri(docname), entries[0].title, number(env, docname, "", "section")])
        chapter = docname in getattr(env, "course_chapters", {})
        for entry in entries:
            counted = "exercise" if entry.kind == "exercise" else "section"
            if entry.kind == "section" and entry.title in recurring:
                kind = "recurring"
            elif entry.kind == "section" and entry.within in recurring:
                kind = "detail"
            elif entry.kind == "section" and not chapter:
                kind = "page"
            else:
                kind = entry.kind
            rows.append(
                [
                    len(pages) - 1, entry.id, number(env, docname, entry.id, counted), kind, entry.title, entry.label,
                    list(dict.fromkeys(entry.terms)), " ".join(sorted(entry.names)), spoken(" ".join(entry.words)),
                ]
            )  # fmt: skip
    return {"pages": pages, "entries": rows}


def write(app: Sphinx, exception: Exception | None) -> None:
    """Writes the one script that search loads."""
    if exception is not None or app.builder.format != "html":
        return
    data = json.dumps(book_data(app), ensure_ascii=False, separators=(",", ":"))
    library, ranking, box = (file.read_text(encoding="utf-8") for file in (LIBRARY, RANKING, BOX))
    text = f"{library}\n{ranking}courseSearch.data = {data};\n{box}"
    (Path(app.outdir) / FILE).write_text(text, encoding="utf-8")


def replace_sphinx_search(app: Sphinx) -> None:
    """Has Sphinx write no index of its own: it knows pages alone, and counts what formulas are made of as words."""
    if app.builder.format == "html":
        app.builder.search = False  # type: ignore[attr-defined]


def search_page(app: Sphinx) -> Iterator[tuple[str, dict[str, object], str]]:
    """The page that Sphinx leaves out with its index."""
    yield "search", {}, "search.html"


def link_search_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, object], doctree: nodes.document | None
) -> None:
    """Pages still say in their head where search is."""
    known = context["hasdoc"]
    context["hasdoc"] = lambda name: name == "search" or known(name)  # type: ignore[operator]


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.connect("builder-inited", replace_sphinx_search)
    app.connect("html-collect-pages", search_page)
    app.connect("html-page-context", link_search_page)
    app.connect("doctree-read", keep, priority=550)  # before sections are folded
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("build-finished", write)
