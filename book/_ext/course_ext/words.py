"""What the book itself writes, in its language: the words of directives, of pages that collect, of scripts, of figures.

English stands where it is used, as ``_("Check yourself")`` here and as ``say("Step")`` in a script. Another language is
a folder, with two catalogs beside those of the pages' own text:

    book/locale/ja/LC_MESSAGES/course.po      directives, pages, scripts
    book/locale/ja/LC_MESSAGES/drawings.po    figures that cells draw (coursebook.words)

They are two, for a new word on a button is no reason to execute a page again. An English book has none of these files,
and no page of it loads anything for them. messages.py writes what there is to translate.
"""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

from docutils import nodes
from sphinx import addnodes, locale
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util.i18n import CatalogInfo

COURSE, DRAWINGS = "course", "drawings"
SCRIPT = "course-words.js"
CALL = """(function () {
  var said = %s;
  function one(text) { return typeof text === "string" && said[text] || text; }
  window.courseWords = function (words) {
    if (typeof words !== "object") return one(words);
    Object.keys(words).forEach(function (name) { words[name] = one(words[name]); });
    return words;
  };
})();
"""
"""Translates a text, or each text of an object."""
_GAP = re.compile(r"\{(\w+)\}")


def _(message: str) -> str:
    """Returns a message in the book's language; in English where that has none. Ask when it is shown, not on import."""
    return locale.get_translator(COURSE).gettext(message)


def N_(message: str) -> str:  # noqa: N802 - as gettext calls it
    """Marks a message that is translated where it is shown, and returns it as it is."""
    return message


def filled(message: str, **parts: nodes.Node) -> list[nodes.Node]:
    """Returns a translated message as nodes, with a node in place of each ``{name}``."""
    found: list[nodes.Node] = []
    for at, piece in enumerate(_GAP.split(message)):
        if at % 2:
            found.append(parts[piece])
        elif piece:
            found.append(nodes.Text(piece))
    return found


def noted(app: Sphinx, message: str) -> str:
    """Returns a text that a page or the settings hand to the book, in its language, and has messages.py extract it."""
    vars(app.env).setdefault("course_messages", {}).setdefault(app.env.docname, []).append(message)
    return _(message)


def _folder(app: Sphinx) -> Path:
    """Where the languages are: the first of ``locale_dirs``, which Sphinx reads for the pages' own text."""
    return Path(app.srcdir) / app.config.locale_dirs[0]


def catalog_of(app: Sphinx, name: str) -> Path | None:
    """Returns the compiled catalog of the book's language, made anew where it is older; None where there is none."""
    language = str(app.config.language)
    found = CatalogInfo(str(_folder(app) / language / "LC_MESSAGES"), name, "utf-8")
    if not Path(found.po_path).is_file():
        return None
    if found.is_outdated():
        found.write_mo(language)
    return Path(found.mo_path)


def drawn_words(app: Sphinx) -> Path | None:
    """Returns the compiled catalog by which cells draw, for the kernels' settings; None in an English book."""
    return catalog_of(app, DRAWINGS)


def write_script(app: Sphinx) -> None:
    """Writes the words for scripts, which every page of a translated book loads before its other scripts."""
    if app.builder.format == "html":
        said = getattr(locale.get_translator(COURSE), "_catalog", {})
        words = {english: other for english, other in said.items() if english and isinstance(english, str) and other}
        folder = Path(app.outdir) / "_static"
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(words, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        (folder / SCRIPT).write_text(CALL % text, encoding="utf-8")


SETTINGS = (
    "project", "html_title", "author", "math_eqref_format", "nb_code_prompt_show", "nb_code_prompt_hide",
    "numfig_format", "html_theme_options.search_bar_text", "html_theme_options.logo.text",
)  # fmt: skip
"""Settings that hold words, and settings whose values all do."""


def each_setting(config: Config, change: Callable[[str], str]) -> None:
    """Changes every text of the settings that hold words."""

    def changed(value: object, inside: list[str]) -> object:
        if isinstance(value, dict):
            chosen = inside[:1] or list(value)
            return {**value, **{name: changed(value[name], inside[1:]) for name in chosen if name in value}}
        return change(value) if isinstance(value, str) and value else value

    for setting in SETTINGS:
        name, *inside = setting.split(".")
        if name in config:
            setattr(config, name, changed(getattr(config, name), inside))


def settings_in_language(app: Sphinx, config: Config) -> None:
    """Translates the words that _config.yml sets."""
    compiled = catalog_of(app, COURSE)
    if compiled is not None:
        config.course_words = hashlib.sha256(compiled.read_bytes()).hexdigest()
        each_setting(config, _)


class TablesAreThePages(SphinxTransform):
    """Says which page the cells of a captioned table stand on: the parser forgets it, and no catalog has them."""

    default_priority = 5  # before Sphinx looks for what there is to translate

    def apply(self, **_: object) -> None:
        """Goes through the tables."""
        for table in self.document.findall(nodes.table):
            for cell in table.findall(nodes.TextElement):
                if cell.source is None:
                    cell.source, cell.line = self.document["source"], table.line or 1


class OneDocument(SphinxTransform):
    """Has translated nodes belong to their page: each would keep the settings of the parser that read its message."""

    default_priority = 30  # after Sphinx has put the translations in

    def apply(self, **_: object) -> None:
        """Goes through the page's nodes; those of a page that is not translated are its own already."""
        for node in self.document.findall():
            if node.document is not self.document:
                node.document = self.document


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forgets a page that is about to be read again, or was removed."""
    getattr(env, "course_messages", {}).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    """Takes over what was noted of pages that another process has read."""
    found: dict[str, list[str]] = getattr(other, "course_messages", {})
    vars(env).setdefault("course_messages", {}).update({name: found[name] for name in docnames & found.keys()})


def parts_in_language(app: Sphinx, doctree: nodes.document) -> None:
    """Translates the captions of the parts: the table of contents comes too late for Sphinx to do it."""
    for tree in doctree.findall(addnodes.toctree):
        if tree.get("caption"):
            tree["caption"] = noted(app, tree["caption"])


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.add_config_value("course_words", "", "env", [str])  # another word has every page read anew
    compiled = catalog_of(app, COURSE)
    app.add_message_catalog(COURSE, str(_folder(app)))
    app.add_transform(TablesAreThePages)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("doctree-read", parts_in_language, priority=100)  # before Sphinx keeps the table of contents
    if app.config.language != "en":
        app.add_transform(OneDocument)
    if compiled is not None:
        app.connect("config-inited", settings_in_language)
        app.connect("builder-inited", write_script)
        app.add_js_file(SCRIPT, priority=100)
