"""A small book with the course's own directives, built by Sphinx: what is collected follows its chapters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.book.building import Built, build

CONF = """
extensions = ["myst_parser"] + ["course_ext." + name for name in (
    "mathematics", "boxes", "exercises", "assignments", "components", "links", "chapters", "closings",
    "collected")]
myst_enable_extensions = ["attrs_inline", "colon_fence", "dollarmath"]
html_math_renderer = "mathml_prerendered"
html_theme = "basic"
numfig = True
numfig_secnum_depth = 1
numfig_format = {"section": "Chapter %s", "table": "Table %s", "exercise": "Exercise %s"}
math_numfig = True
math_eqref_format = "Equation {number}"
"""
INDEX = """# A small book

:::{chapter-table}
:::

```{toctree}
:caption: Part I
:numbered:

one
two
```

```{toctree}
questions
conventions
formulas
figures
exercises
words
```
"""
COLLECTING = ("questions", "conventions", "formulas", "figures", "exercises")
WORDS = """# Words

:::{glossary}
tap
    A weight.

stride
    A step.
:::
"""


def chapter(name: str, *, question: str, answer: str = "[Five of them]{.in-short}: count.", more: str = "") -> str:
    return f"""(chap-{name})=
# Chapter {name}

:::{{chapter-facts}}
:minutes: 25
:needs: {{numref}}`chap-one`
:notebook: {name}
:search: {name}
:::

## The question

:::{{question}}
{question}
:::

A {{term}}`tap` weighs, and another {{term}}`tap` too.

## Size of it

$$
o_{{{name}}} = n - k + 1
$$ (eq-{name})

:::{{table}} What {name} is called
:name: tbl-{name}

| here | there |
| --- | --- |
| {name} | other {name} |
:::

({name}-mistakes)=
## What goes amiss

(mistake-{name})=
### A tap too many

Count them.

({name}-answer)=
## In the end

{answer}

({name}-conventions)=
## What others say

| here | elsewhere |
| --- | --- |
| tap of {name} | weight of {name} |

## Exercises

:::{{exercise}} `pad(x)`
:label: ex-{name}-graded
:difficulty: 2
:minutes: 30
:graded: pad

Write it.
:::

:::{{exercise}} By hand
:label: ex-{name}-paper
:difficulty: 1
:minutes: 5

Draw it.
:::

:::{{assignment}} {name}
You write `pad`.
:::
{more}"""


class Book:
    """Sources and builds in one folder."""

    def __init__(self, folder: Path) -> None:
        self.source, self.built = folder / "book", folder / "html"
        for name in ("one", "two"):
            notebook = folder / "exercises" / name / f"{name}.ipynb"
            notebook.parent.mkdir(parents=True)
            notebook.write_text("{}", encoding="utf-8")
        self.source.mkdir()
        self.write("conf.py", CONF)
        self.write("index.md", INDEX)
        self.write("words.md", WORDS)
        for name in COLLECTING:
            self.write(f"{name}.md", f"(page-{name})=\n# {name}\n\n:::{{collected-{name}}}\n:::\n")
        self.write("one.md", chapter("one", question="What is one?"))
        self.write("two.md", chapter("two", question="What is two?", more="\nOne more {term}`stride`.\n"))

    def write(self, name: str, text: str) -> None:
        (self.source / name).write_text(text, encoding="utf-8")

    def run(self, **settings: object) -> Built:
        return build(self.source, self.built.parent, nitpicky=True, **settings)

    def build(self, **settings: object) -> str:
        done = self.run(**settings)
        assert done.passed, done.problems
        return done.status

    def page(self, name: str) -> str:
        return (self.built / f"{name}.html").read_text(encoding="utf-8")

    def text(self, name: str) -> str:
        """The page's words, without its markup."""
        body = self.page(name).partition('<div class="body"')[2]
        return " ".join(re.sub(r"<[^>]*>", " ", body).split())


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """For tests that change nothing."""
    book = Book(tmp_path_factory.mktemp("built"))
    book.build()
    return book


def test_a_build_after_a_change_shows_the_change_and_keeps_the_rest(book: Book) -> None:
    book.build()
    assert "What is one?" in book.text("questions")
    assert "What is two?" in book.text("questions")
    assert "Five of them. Chapter 1" in book.text("questions")
    before = {name: book.page(name) for name in (*COLLECTING, "words", "index")}

    assert "no targets are out of date" in book.build()
    assert {name: book.page(name) for name in before} == before

    book.write("two.md", chapter("two", question="What is left of two?"))
    said = book.build()
    assert "one" not in re.findall(r"reading sources\.\.\. \[ *\d+%\] (\w+)", said)
    assert "What is one?" in book.text("questions")
    assert "What is left of two?" in book.text("questions")
    assert "What is two?" not in book.text("questions")
    assert "stride A step. First in" not in book.text("words").replace("¶", "")
    assert book.text("words").count("First in chapter 1 ; also in 2") == 1


def test_a_chapter_that_leaves_or_moves_takes_its_entries_along(book: Book) -> None:
    book.build()
    book.write("index.md", INDEX.replace("one\ntwo", "two\none"))
    book.build()
    assert book.text("questions").index("What is two?") < book.text("questions").index("What is one?")
    assert "2 Chapter one" in book.text("index")

    book.write("two.md", "# A page\n\nNo chapter any more.\n")
    book.build()
    for name in (*COLLECTING, "index"):
        assert "Chapter one" in book.text(name)
        assert "Chapter two" not in book.text(name)

    (book.source / "two.md").unlink()
    book.write("index.md", INDEX.replace("one\ntwo", "one"))
    book.build()
    assert "Chapter one" in book.text("questions")


def test_nothing_is_numbered_twice_and_links_lead_home(built: Book) -> None:
    assert 'href="two.html#equation-eq-two"' in built.page("formulas")
    assert "Equation 2.1" in built.text("formulas")
    assert 'class="eqno"' not in built.page("formulas")
    assert 'href="two.html#tbl-two"' in built.page("figures")
    assert "Table 2.1 : What two is called" in built.text("figures")
    assert "caption-number" not in built.page("conventions")
    assert 'href="two.html#what-others-say"' in built.page("conventions")
    assert 'href="words.html#term-tap"' in built.page("one")
    assert 'href="one.html#use-of-tap"' in built.page("words")
    assert built.page("one").count('id="use-of-tap"') == 1
    assert "2 exercises, 35 minutes, of them 30 graded" in built.text("exercises")
    assert '<a class="reference internal" href="#conventions-two">' in built.page("conventions")  # in its contents


def test_a_graded_exercise_leads_to_the_card_which_leads_to_the_notebook(built: Book) -> None:
    page = built.page("two")
    assert re.search(r'graded: <a class="[^"]*" href="#assignment-two"><code[^>]*>.*?pad', page)
    card = page[page.index('id="assignment-two"') :]
    card = card[: card.index("</ul>")]
    assert re.findall(r'href="([^"]*)"', card) == ["assignments/two.zip"]
    assert "About 30 minutes." in card
    assert ">jupyter lab two/two.ipynb<" in card
    assert (built.built / "assignments" / "two.zip").is_file()


def test_mistakes_and_conventions_fold_out_and_keep_their_places(built: Book) -> None:
    page = built.page("two")
    folds = re.findall(r'<details class="[^"]* closing">.*?</details>', page, re.DOTALL)
    assert len(folds) == 2 == page.count("<details")
    assert "Common mistakes" in folds[0]
    assert 'id="mistake-two"' in folds[0]
    assert '<table class="docutils' in folds[1]
    assert '<a class="reference internal" href="conventions.html#page-conventions">' in folds[1]
    assert "All chapters’ tables" not in built.text("conventions")
    for heading in ("what-goes-amiss", "a-tap-too-many", "what-others-say"):
        assert f'href="#{heading}"' in page.partition("<body>")[2]  # in the page's contents
    assert "closing" not in built.page("index")


def test_the_card_offers_the_services_that_are_configured(book: Book) -> None:
    book.build(
        course_repository_url="https://github.com/school/course",
        course_colab_url="https://colab.research.google.com",
        course_binder_url="https://mybinder.org",
        course_jupyterlab_url="http://localhost:8888/lab/tree/{path}",
    )
    card = book.page("two").partition('id="assignment-two"')[2].partition("</ul>")[0]
    assert re.findall(r'href="([^"]*)"', card) == [
        "assignments/two.zip",
        "http://localhost:8888/lab/tree/exercises/two/two.ipynb",
        "https://colab.research.google.com/github/school/course/blob/main/exercises/two/two.ipynb",
        "https://mybinder.org/v2/gh/school/course/main?labpath=exercises%2Ftwo%2Ftwo.ipynb",
        "https://github.com/school/course/blob/main/exercises/two/two.ipynb",
    ]


def test_what_a_chapter_lacks_stops_the_build(book: Book) -> None:
    broken = {
        "[the sentences]{.in-short}": lambda text: text.replace("[Five of them]{.in-short}", "Five of them"),
        "no section with the label (c1-conventions)=": lambda text: text.replace("(c1-conventions)=\n", ""),
        "chapter-facts lacks: minutes": lambda text: text.replace(":minutes: 25\n", ""),
        "without an assignment card": lambda text: text.replace(":::{assignment} c3", ":::{note}"),
        "say it in 30 words here": lambda text: text.replace("Write it.", "Write it, " + 30 * "and again "),
    }
    for number, change in enumerate(broken.values()):
        name = f"c{number}"
        book.write(f"{name}.md", change(chapter(name, question="What?")))
    book.write("index.md", INDEX.replace("one\ntwo", "one\ntwo\nc0\nc1\nc2\nc3\nc4"))
    done = book.run()
    assert not done.passed
    for number, message in enumerate(broken):
        assert [line for line in done.problems.splitlines() if f"c{number}" in line and message in line], done.problems


def test_a_setting_that_leads_nowhere_stops_the_build(book: Book) -> None:
    done = book.run(course_jupyterlab_url="https://hub.example.org/lab")
    assert not done.passed
    assert "course_jupyterlab_url lacks {path}" in done.problems
