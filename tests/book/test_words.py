"""The book's own words: what modules, scripts and figures say is found, and can be said in another language."""

from __future__ import annotations

import gettext
import json
import re
import subprocess
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from babel.messages.catalog import Catalog
from babel.messages.jslexer import tokenize
from babel.messages.mofile import write_mo
from docutils import nodes
from matplotlib.text import Text

from tests.book.building import build
from tests.conftest import ROOT

BOOK = ROOT / "book"
SCRIPTS = sorted(
    path for pattern in ("_static/*.js", "_ext/course_ext/*.js", "_solve/page/*.js") for path in BOOK.glob(pattern)
)
PROSE = re.compile(r"(?<![\w.#-])[A-Za-z][a-z’']+ [a-z]{2,}(?![\w-]*[{:])")
"""Two words in a row: a sentence or a label, not an id, a class or an address."""
NO_PROSE = re.compile(
    r"use strict|the clock|"  # what scripts tell each other
    r"note (bad|good)|frame host|cell out|small guessed|reference external|key macs|"  # classes
    r"a an and .*|the their them .*|"  # words that search takes for empty
    r".*[{].*[}]|[.#]?[\w, .#>:()\[\]*-]*\.[a-z-]+.*|"  # rules and selectors of style sheets
    r"xMidYMid meet|AlexNet conv1|VGG-16 conv\d|import sys; .*",  # a setting of SVG, names of layers, Python
    re.DOTALL,
)


def bracketed(messages: list[str]) -> gettext.GNUTranslations:
    catalog = Catalog()
    for message in messages:
        catalog.add(message, f"⟦{message}⟧")
    return catalog  # type: ignore[return-value]


def compiled(messages: list[str], file: Path) -> Path:
    """A compiled catalog in which every message stands in brackets."""
    with file.open("wb") as out:
        write_mo(out, bracketed(messages))
    return file


def test_what_modules_and_scripts_say_is_found() -> None:
    from course_ext import messages

    module = 'x = _("Hint")\nNAMES = {1: N_("easy")}\ny = other("no")\nz = _("one " "text")\n'
    assert sorted(message for message, _ in messages.in_module(module)) == ["Hint", "easy", "one text"]
    script = (
        'var WORDS = (window.courseWords || Object)({\n    left: "{count} left; go on",\n'
        '    quoted: "a \\"b\\""\n  });\n'
        'say(n === "one" ? "{count} cell" : "{count} " +\n  "cells", { count: "no" }); this.say("no"); a = "no";\n'
        'f(say("Play"))'
    )
    assert [message for message, _ in messages.in_script(script)] == [
        "{count} cell", "{count} cells", "Play", "{count} left; go on", 'a "b"',
    ]  # fmt: skip
    assert [line for _, line in messages.in_script(script)] == [5, 5, 7, 2, 3]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_says_anything_past_its_catalog(path: Path) -> None:
    from course_ext import messages

    source = path.read_text(encoding="utf-8")
    said = {message for message, _ in messages.in_script(source)}
    literals = [token.value for token in tokenize(source, jsx=False) if token.type in ("string", "template_string")]
    strings = [json.loads(one) if one[0] == '"' else one[1:-1] for one in literals]
    prose = [one for one in strings if PROSE.search(one) and not NO_PROSE.fullmatch(one)]
    missed = [one for one in prose if not any(one in text for text in said)]
    assert missed == []
    straight = [text for text in said if "'" in text]  # the pages' own text has ’, as Markdown sets it
    assert straight == []


def test_figures_are_drawn_by_the_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from course_ext import messages
    from coursebook import words

    monkeypatch.setattr(Text, "set_text", Text.set_text)  # puts it back
    file = compiled(["error, %", "rate", "two words", "plain", "below", "three\nlines"], tmp_path / "drawings.mo")
    words.speak(str(file))
    figure, ax = plt.subplots()
    ax.plot([0, 1], [1, 2], label="plain")
    ax.set(xlabel="rate", ylabel="error, %", title="two words\nbelow")
    ax.text(0, 1, "three\nlines")
    ax.text(0, 1, "$x_{12}$")
    ax.legend()
    shown = {text.get_text() for text in figure.findobj(Text)}
    assert {"⟦rate⟧", "⟦error, %⟧", "⟦plain⟧", "⟦two words⟧\n⟦below⟧", "⟦three\nlines⟧", "$x_{12}$"} <= shown
    with plt.rc_context({"svg.fonttype": "path"}):
        figure.savefig(tmp_path / "drawing.svg")
    plt.close(figure)
    found = messages.in_drawing((tmp_path / "drawing.svg").read_text(encoding="utf-8"))
    assert {"⟦rate⟧", "⟦error, %⟧", "⟦plain⟧", "⟦two words⟧", "⟦below⟧", "⟦three", "lines⟧"} == set(found)


def test_only_figures_in_another_language_change_what_outputs_depend_on(tmp_path: Path) -> None:
    from types import SimpleNamespace

    from course_ext import execution

    catalogs = tmp_path / "locale" / "ja" / "LC_MESSAGES"
    catalogs.mkdir(parents=True)
    (catalogs / "course.po").write_text('msgid "Step"\nmsgstr "x"\n', encoding="utf-8")

    def config(language: str) -> str:
        settings = SimpleNamespace(locale_dirs=["locale"], language=language)
        return execution.kernel_config(SimpleNamespace(srcdir=tmp_path, config=settings))  # type: ignore[arg-type]

    assert config("en") == config("ja") == execution.KERNEL_CONFIG
    (catalogs / "drawings.po").write_text('msgid "rate"\nmsgstr "x"\n', encoding="utf-8")
    assert config("en") == execution.KERNEL_CONFIG
    assert str(catalogs / "drawings.mo") in config("ja")
    settings = [execution.settings_of(BOOK, config(language)) for language in ("en", "ja")]
    assert settings[0] != settings[1]


def test_scripts_say_it_in_the_pages_language(tmp_path: Path) -> None:
    from course_ext import words

    said = json.dumps({"Step": "⟦Step⟧", "a number": "⟦a number⟧"})
    program = "var window = {};\n" + words.CALL % said + "\nvar courseWords = window.courseWords;\n"
    program += (
        "console.log(JSON.stringify([courseWords('Step'), courseWords('Play'), courseWords({ a: 'a number', b: 1 })]))"
    )
    told = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True).stdout
    assert json.loads(told) == ["⟦Step⟧", "Play", {"a": "⟦a number⟧", "b": 1}]


PAGE = """(chap-page)=
# A page: about it

See [below](#what-others-say) and {ref}`page-conventions`.

:::{table} Its caption
:name: tbl-page

| here | there |
| --- | --- |
| one cell | other cell |
:::

(page-conventions)=
## What others say

::::{self-check}
Ask?

:::{answer} How many
:is: 2

3: One too many.
:::
::::
"""


def test_a_translated_page_keeps_its_addresses(tmp_path: Path) -> None:
    """The whole journey is in tests/journeys/test_second_language.py."""
    from babel.messages.pofile import read_po, write_po

    source = tmp_path / "book"
    source.mkdir()
    (source / "conf.py").write_text(
        'extensions = ["myst_parser"] + ["course_ext." + name for name in ("words", "boxes", "answers", "exercises")]\n'
        'myst_enable_extensions = ["colon_fence"]\nmyst_heading_anchors = 3\nlocale_dirs = ["locale"]\n'
        'html_theme = "basic"\nsuppress_warnings = ["course.answer"]\n',
        encoding="utf-8",
    )
    (source / "index.md").write_text(PAGE, encoding="utf-8")
    assert (done := build(source, tmp_path / "english")).passed, done.problems
    assert (done := build(source, tmp_path / "messages", builder="gettext")).passed, done.problems
    catalogs = source / "locale" / "en_XB" / "LC_MESSAGES"
    catalogs.mkdir(parents=True)
    with (tmp_path / "messages" / "gettext" / "index.pot").open("rb") as file:
        catalog = read_po(file)
    for message in catalog:
        message.string = f"⟦{message.id}⟧" if message.id else message.string
    course = Catalog()
    course.add("Check yourself", "⟦Check yourself⟧")
    for name, content in (("index", catalog), ("course", course)):
        with (catalogs / f"{name}.po").open("wb") as file:
            write_po(file, content)
    assert (done := build(source, tmp_path / "other", language="en_XB")).passed, done.problems
    english, other = (
        re.sub(
            r"<head>.*?</head>",
            "",
            (tmp_path / name / "html" / "index.html").read_text(encoding="utf-8"),
            flags=re.DOTALL,
        )
        for name in ("english", "other")
    )
    for attribute in ("id", "href"):
        assert re.findall(rf'\b{attribute}="([^"]*)"', other) == re.findall(rf'\b{attribute}="([^"]*)"', english)
    for words in (
        "A page: about it", "What others say", "Its caption", "here", "one cell", "other cell", "Ask?", "How many",
        "One too many.", "Check yourself",
    ):  # fmt: skip
        assert f"⟦{words}⟧" in re.sub(r"<[^>]*>", "", other)


def test_a_message_is_filled_with_nodes() -> None:
    from course_ext.words import filled

    made = nodes.paragraph("", "", *filled("{b}, then {a}.", a=nodes.literal(text="x"), b=nodes.strong(text="y")))
    assert made.astext() == "y, then x."
    assert [type(node) for node in made.children] == [nodes.strong, nodes.Text, nodes.literal, nodes.Text]
