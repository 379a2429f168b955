"""What there is to translate besides the pages' own text: two more catalogs beside those of Sphinx's gettext builder.

    course.pot      what the book's modules, scripts and settings say: ``_("…")``, ``N_("…")`` and ``say("…")``
    drawings.pot    the words in figures that cells have drawn, as they stand in the SVG files

``make messages`` runs the builder. What was drawn is read from the outputs that the execution cache keeps, so nothing
is executed for it. A text in several lines is several messages.
"""

import ast
import html
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.jslexer import Token, tokenize
from babel.messages.pofile import write_po
from docutils import nodes
from sphinx.application import Sphinx

from course_ext.words import COURSE, DRAWINGS, each_setting

COMPARED = ("=", "==", "!=")  # the lexer takes === for two signs
MODULES = ("_ext/course_ext/*.py",)
SCRIPTS = ("_static/*.js", "_ext/course_ext/*.js", "_solve/page/*.js")
_DRAWN = re.compile(r"<!-- (.*?) -->")
_RUNS = re.compile(r'<g id="scrub_([^"_]+)_')
_FORMULA = re.compile(r"\$[^$]*\$")
_WORD = re.compile(r"[^\W\d_]{2,}")
_WORDS = re.compile(r"\bcourseWords \|\| Object\)\(\{(.*?)\n? *\}\)", re.DOTALL)
_ENTRY = re.compile(r"""\b\w+: ("(?:[^"\\]|\\.)*")""")
Found = Iterator[tuple[str, int]]
"""Messages, each with its line."""


def in_module(source: str) -> Found:
    """The messages of a Python module: the string that ``_`` or ``N_`` is called with."""
    if "from sphinx.locale import _" in source:  # what it says is Sphinx's own, which speaks many languages
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "N_") and len(node.args) == 1:
            argument = node.args[0]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value, node.lineno


def in_script(source: str) -> Found:
    """The messages of a script: the strings in the first argument of ``say``, and the values of an object of words."""
    tokens = list(tokenize(source, jsx=False))
    for at, token in enumerate(tokens):
        called = token.value == "say" and at + 1 < len(tokens) and tokens[at + 1].value == "("
        if called and tokens[at - 1].value not in (".", "function"):
            for text in _strings(tokens[at + 2 :]):
                yield text, token.lineno
    for words in _WORDS.finditer(source):
        for entry in _ENTRY.finditer(words[1]):
            yield _value(entry[1]), source[: words.start(1) + entry.start()].count("\n") + 1


def _value(literal: str) -> str:
    """What a string literal stands for; scripts write theirs in double quotes."""
    return str(ast.literal_eval(literal))


def _strings(tokens: Iterable[Token]) -> Iterator[str]:
    """The string literals of a call's first argument, those joined by ``+`` as one; without what it compares."""
    depth, parts, before = 0, "", ""
    for token in tokens:
        if depth == 0 and token.value in (",", ")"):
            break
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(token.value, 0)
        if token.type == "string" and depth == 0 and before not in COMPARED:
            parts += _value(token.value)
        elif token.type not in ("linebreak", "whitespace") and token.value != "+" and parts:
            yield parts
            parts = ""
        before = token.value
    if parts:
        yield parts


def is_word(text: str) -> bool:
    """Whether a text holds a word: not numbers, signs and formulas alone."""
    return bool(_WORD.search(_FORMULA.sub("", text)))


def in_drawing(svg: str) -> list[str]:
    """The words in a drawing, each once: matplotlib notes what its shapes of letters say."""
    found = (html.unescape(text).replace("- -", "--") for text in _DRAWN.findall(svg))
    return list(dict.fromkeys(text for text in found if is_word(text)))


def course_catalog(app: Sphinx) -> Catalog:
    """What modules, scripts, settings, options of directives, and sliders say."""
    book, catalog = Path(app.srcdir), _empty(app)
    for patterns, read in ((MODULES, in_module), (SCRIPTS, in_script)):
        for file in sorted(path for pattern in patterns for path in book.glob(pattern)):
            for message, line in read(file.read_text(encoding="utf-8")):
                catalog.add(message, locations=[(file.relative_to(book).as_posix(), line)])

    def add(message: str) -> str:
        catalog.add(message, locations=[("_config.yml", 1)])
        return message

    each_setting(app.config, add)
    for page, noted in sorted(getattr(app.env, "course_messages", {}).items()):
        for message in noted:
            catalog.add(message, locations=[(f"{page}.md", 1)])
    return catalog


def add_drawings(app: Sphinx, catalog: Catalog, course: Catalog) -> None:
    """Adds what the figures of all pages say to their catalog, and the names of sliders to the scripts'."""
    for docname in sorted(app.env.found_docs):
        for image in app.env.get_doctree(docname).findall(nodes.image):
            file = Path(app.srcdir) / image.get("uri", "").lstrip("/")
            if "jupyter_execute" not in image.get("uri", "") or file.suffix != ".svg" or not file.is_file():
                continue
            svg = file.read_text(encoding="utf-8")
            for message in in_drawing(svg):
                catalog.add(message, locations=[(f"{docname}.md", 1)])
            for message in _RUNS.findall(svg):
                course.add(message, locations=[(f"{docname}.md", 1)])


def _empty(app: Sphinx) -> Catalog:
    return Catalog(project=app.config.project, copyright_holder=app.config.author, charset="utf-8", fuzzy=False)


def write(app: Sphinx, exception: Exception | None) -> None:
    """Writes both catalogs beside those of the pages, when Sphinx has written these."""
    if exception is not None or app.builder.name != "gettext":
        return
    course, drawings = course_catalog(app), _empty(app)
    add_drawings(app, drawings, course)
    for name, catalog in ((COURSE, course), (DRAWINGS, drawings)):
        with (Path(app.outdir) / f"{name}.pot").open("wb") as file:
            write_po(file, catalog, sort_by_file=True, omit_header=False, width=None)


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.connect("build-finished", write)
