"""The pages that lead through the built book: each chapter is on each of them, whole, and every link arrives."""

from __future__ import annotations

import functools
import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from bs4 import BeautifulSoup, Tag

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

CHAPTERS = [
    entry["file"]
    for part in yaml.safe_load((ROOT / "book" / "_toc.yml").read_text(encoding="utf-8"))["parts"]
    if part.get("numbered")
    for entry in part["chapters"]
]
TOC = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text(encoding="utf-8"))
COLLECTING = ["conventions", "questions", "figures", "formulas", "exercises"]


@functools.cache
def article(file: Path) -> Tag:
    """A page's own part, without drawings and drawn formulas, which are most of its markup."""
    text = re.sub(r"<svg\b.*?</svg>", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    return BeautifulSoup(text, "html.parser").select_one("article.bd-article")


def page(site: Path, name: str) -> Tag:
    return article(site / f"{name}.html")


def words(tag: Tag) -> str:
    """What a reader reads, without the signs that link to a heading."""
    return " ".join(tag.get_text().replace("#", "").split())


def entries(site: Path, name: str) -> dict[str, Tag]:
    """Chapter → its section on a collecting page, in the page's order."""
    found = {}
    for section in page(site, name).select("section section"):
        chapter = section.select_one(".collected-from a")["href"].removesuffix(".html")
        found[chapter] = section
    return found


def section(site: Path, chapter: str, part: str) -> Tag:
    """The section of a chapter that bears a label, such as padding-answer."""
    label = f"{chapter.rpartition('/')[2].replace('_', '-')}-{part}"
    return page(site, chapter).select_one(f"section > span#{label}").parent


def targets(tag: Tag, chapter: str) -> list[str]:
    """The ids on a chapter's page that a part of another page links to."""
    prefix = f"{chapter}.html#"
    return [link["href"].removeprefix(prefix) for link in tag.select("a[href]") if link["href"].startswith(prefix)]


def links(site: Path, name: str) -> Iterator[tuple[str, Path, str]]:
    for link in page(site, name).select("a.internal[href]"):
        address, _, anchor = link["href"].partition("#")
        yield link["href"], (site / name).parent / address if address else site / f"{name}.html", anchor


@pytest.mark.parametrize("name", COLLECTING)
def test_every_chapter_is_there_in_order(site: Path, name: str) -> None:
    assert list(entries(site, name)) == CHAPTERS
    for number, (chapter, found) in enumerate(entries(site, name).items(), start=1):
        title = re.sub(r"^\d+\. ", "", words(page(site, chapter).select_one("h1")))
        assert words(found.select_one("h2")) == title
        assert words(found.select_one(".collected-from a")) == f"Chapter {number}"


@pytest.mark.parametrize("name", [*COLLECTING, "intro", "glossary"])
def test_every_link_arrives(site: Path, name: str) -> None:
    for href, file, anchor in links(site, name):
        assert file.is_file(), href
        text = file.read_text(encoding="utf-8")
        assert not anchor or f'id="{anchor}"' in text, href


@pytest.mark.parametrize("name", COLLECTING)
def test_ids_are_the_pages_own_and_nothing_is_numbered_again(site: Path, name: str) -> None:
    ids = [tag["id"] for tag in page(site, name).select("[id]")]
    assert len(ids) == len(set(ids))
    assert not page(site, name).select(".caption-number, .eqno, .assignment, .cell")


def test_conventions_are_whole(site: Path) -> None:
    for chapter, found in entries(site, "conventions").items():
        original = section(site, chapter, "conventions")
        assert targets(found, chapter)[:1] == [original["id"]]
        rows = [words(row) for row in original.select(":scope tr")]
        assert rows, chapter
        assert [words(row) for row in found.select("tr")] == rows


def test_questions_have_answers(site: Path) -> None:
    for chapter, found in entries(site, "questions").items():
        asked = [words(box).removeprefix("A learner asks ") for box in page(site, chapter).select("div.question")]
        assert [words(box) for box in found.select("div.question")] == asked
        answer = section(site, chapter, "answer")
        assert answer["id"] in targets(found, chapter)
        for text in found.select(":scope > p:not(.collected-from)"):
            assert len(words(text)) > 40, chapter
            assert words(text).rstrip(".") in words(answer), chapter


def test_every_figure_table_and_component_is_listed(site: Path) -> None:
    for chapter, found in entries(site, "figures").items():
        whole = page(site, chapter)
        numbered = [
            (number.find_parent(["figure", "table"]).get("id"), words(number))
            for number in whole.select(":is(figcaption, caption) .caption-number")
        ]
        first = [line.select_one("a") for line in found.select("li")]  # a caption may hold links of its own
        listed = {link["href"].partition("#")[2]: words(link) for link in first}
        for target, number in numbered:
            assert listed[target] == number, (chapter, target)
        components = [box["id"] for box in whole.select("div.playground")]
        assert sorted(listed) == sorted([target for target, _ in numbered] + components)
        for line in found.select("li"):
            assert len(words(line)) > len("Figure 10.10: x"), line


def test_every_numbered_formula_is_listed_and_typeset(site: Path) -> None:
    total = 0
    for chapter, found in entries(site, "formulas").items():
        numbered = page(site, chapter).select("div.math:has(> .eqno)")
        numbers = [words(formula.select_one(".eqno")).strip("()") for formula in numbered]
        shown = found.select(".collected-formula")
        assert [words(one.select_one("a")) for one in shown] == [f"Equation {number}" for number in numbers]
        assert targets(found, chapter) == [formula["id"] for formula in numbered]
        for one, original in zip(shown, numbered, strict=True):
            assert [part["data-tex"] for part in one.select(".math-part")] == [
                part["data-tex"] for part in original.select(".math-part")
            ]
        total += len(numbered)
    assert total >= 4 * len(CHAPTERS)


def test_every_exercise_is_listed_with_its_facts(site: Path) -> None:
    for chapter, found in entries(site, "exercises").items():
        boxes = page(site, chapter).select("div.exercise")
        assert targets(found, chapter) == [box["id"] for box in boxes]
        minutes = graded = 0
        for row, box in zip(found.select("tbody tr"), boxes, strict=True):
            facts = words(box.select_one(".exercise-facts"))
            name, difficulty, time = (words(cell) for cell in row.select("td"))
            assert f"Difficulty {difficulty[0]} of 3 ({difficulty[2:]}) · about {time} minutes" in facts
            assert ("· graded" in name) == ("graded:" in facts)
            function = box.select_one("code.graded-function")
            assert function is None or function.get_text() in name
            minutes += int(time)
            graded += int(time) if function else 0
        said = f"{len(boxes)} exercises, {minutes} minutes, of them {graded} graded"
        assert said in words(found.select_one(".collected-from"))
        assert f"About {graded} minutes." in words(page(site, chapter).select_one(".assignment-where"))


def test_the_table_of_the_path_says_what_the_chapters_say(site: Path) -> None:
    rows = page(site, "intro").select("table.chapter-table tbody tr")
    parts = [part for part in TOC["parts"] if part.get("numbered")]
    assert [words(row) for row in rows if "part-row" in row["class"]] == [part["caption"] for part in parts]
    shown = [row.select("td") for row in rows if "part-row" not in row["class"]]
    assert len(shown) == len(CHAPTERS)
    for number, (chapter, (title, needs, reading, card)) in enumerate(zip(CHAPTERS, shown, strict=True), start=1):
        facts = [words(item) for item in page(site, chapter).select(".chapter-facts li")]
        assert words(title) == words(page(site, chapter).select_one("h1")).replace(". ", " ", 1)
        assert words(title).startswith(f"{number} ")
        assert f"You need: {words(needs)}" in facts
        assert f"Time: about {words(reading).removesuffix(' min')} minutes of reading" in facts
        name = Path(chapter).name
        assert card.a["href"] == f"{chapter}.html#assignment-{name}"
        time = words(card).split(" min")[0]
        assert f"About {time} minutes." in words(page(site, chapter).select_one(".assignment-where"))


def test_the_map_of_the_path_has_every_chapter_as_a_stop(site: Path) -> None:
    figure = page(site, "intro").select_one("figure#fig-path")
    assert figure.select_one("figcaption")
    parts = [part for part in TOC["parts"] if part.get("numbered")]
    assert [words(part.p) for part in figure.select(".chapter-map > li")] == [part["caption"] for part in parts]
    stops = figure.select(".chapter-map li li")
    assert [stop.a["href"] for stop in stops] == [f"{chapter}.html" for chapter in CHAPTERS]
    for number, (chapter, stop) in enumerate(zip(CHAPTERS, stops, strict=True), start=1):
        assert f"{number}. {': '.join(map(words, stop.select('p')))}" == words(page(site, chapter).select_one("h1"))


def test_every_word_of_the_glossary_leads_to_where_it_is_used(site: Path) -> None:
    terms = page(site, "glossary").select("dl.glossary > dt")
    assert len(terms) > 100
    order = [f"{chapter}.html" for chapter in CHAPTERS]
    unused = []
    for term in terms:
        definition = term.find_next_sibling("dd")
        uses = definition.select(".term-uses a")
        if not uses and not words(definition).startswith("See "):
            unused.append(words(term))
        pages = [use["href"].partition("#")[0] for use in uses]
        assert pages == sorted(set(pages), key=order.index)
        for use in uses:
            chapter, _, anchor = use["href"].partition("#")
            assert words(use) == str(order.index(chapter) + 1)
            place = article(site / chapter).select_one(f"[id='{anchor}']")
            assert place.select_one(f"a[href='../glossary.html#{term['id']}']"), (words(term), use["href"])
    assert not unused, f"no chapter links to {unused}: write {{term}}`…` where the word first appears"


def test_graded_exercises_lead_to_their_card(site: Path) -> None:
    for chapter in CHAPTERS:
        name = Path(chapter).name
        whole = page(site, chapter)
        cards = [link["href"] for link in whole.select(".exercise-facts a")]
        assert cards
        assert set(cards) == {f"#assignment-{name}"}
        card = whole.select_one(f"#assignment-{name}")
        assert card.select_one("a[href$='.zip']")["href"] == f"../assignments/{name}.zip"
        assert f"jupyter lab {name}/{name}.ipynb" in words(card)


def test_the_sidebar_has_parts_and_numbers_and_the_footer_goes_on(site: Path) -> None:
    files = ["intro", *(entry["file"] for part in TOC["parts"] for entry in part["chapters"])]
    for here, following in itertools.pairwise(files):
        text = re.sub(r"<svg\b.*?</svg>", "", (site / f"{here}.html").read_text(encoding="utf-8"), flags=re.DOTALL)
        sides = BeautifulSoup(text[: text.index("<article")] + text[text.index("</article>") :], "html.parser")
        forward = sides.select_one("a.right-next")["href"]
        assert (site / f"{here}.html").parent.joinpath(forward).resolve() == (site / f"{following}.html").resolve()
    captions = [words(caption) for caption in sides.select(".bd-sidebar-primary .caption-text")]
    assert captions == [part["caption"] for part in TOC["parts"]]
    numbered = [words(link) for link in sides.select(".bd-sidebar-primary a.internal") if "chapters/" in link["href"]]
    assert [text.split(".")[0] for text in numbered] == [str(number + 1) for number in range(len(CHAPTERS))]
