"""Fields to type an answer into: what the page takes for right is what a formula gives, and stands in the answer."""

from __future__ import annotations

import functools
import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
import quickjs
from course_ext.answers import as_attribute, numbers
from coursebook import solution

from tests.conftest import ASSIGNMENTS, ROOT

if TYPE_CHECKING:
    pass

BOX = re.compile(r"^::::\{(?:self-check|exercise)\}.*?^::::$", re.M | re.S)
FIELD = re.compile(
    r"^:::\{answer\} ?(?P<label>[^\n]*)\n:is: (?P<right>[^\n]+)\n"
    r"(?::computed: (?P<computed>[^\n]+)\n)?(?P<rest>.*?)^:::$",
    re.M | re.S,
)
WRONG = re.compile(r"^([^:\n]+): \S", re.M)
ANSWER = re.compile(r"^:::\{dropdown\} Answer\n(.*?)^:::$", re.M | re.S)


@dataclass
class Field:
    right: str
    computed: str | None
    wrong: list[str]
    answer: str


@functools.cache
def fields(name: str) -> list[Field]:
    text = (ROOT / "book" / "chapters" / f"{name}.md").read_text("utf-8")
    found = [
        Field(match["right"], match["computed"], WRONG.findall(match["rest"]), ANSWER.search(box[0])[1])
        for box in BOX.finditer(text)
        for match in FIELD.finditer(box[0])
    ]
    assert len(found) == text.count(":::{answer}"), f"in {name} a field is outside of a box, or written otherwise"
    return found


def judge(text: str, field: Field) -> str | int:
    """What the page says of a typed answer."""
    return judging()(text, as_attribute(field.right), json.dumps([as_attribute(one) for one in field.wrong]))


@functools.cache
def judging() -> quickjs.Function:
    script = (ROOT / "book" / "_static" / "answers.js").read_text("utf-8")
    call = "function judged(text, right, wrong) { return courseAnswers.judge(text, right, JSON.parse(wrong)); }"
    return quickjs.Function("judged", f"{script}\n{call}")


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_what_is_right_is_what_the_formula_gives_and_the_answer_says(name: str) -> None:
    names = {"np": np, "math": math, **{one: solution(one) for one in ASSIGNMENTS}}
    page = (ROOT / "book" / "chapters" / f"{name}.md").read_text("utf-8")
    assert len(fields(name)) >= min(3, page.count("::::{self-check}"))
    for field in fields(name):
        rows = numbers(field.right)
        written = [one for row in rows for one in row]
        if field.computed:
            value = np.asarray(eval(field.computed, names), dtype=float).ravel()
            digits = max(len(one.partition(".")[2]) for one in written)
            assert np.array_equal(value.round(digits), np.array(written, dtype=float)), field
        said = re.sub(r"(?<=\d)(?:,|\{,\})(?=\d{3}\b)", "", field.answer).replace("−", "-")
        for one in written:
            assert re.search(rf"(?<![\d.]){re.escape(one)}(?![\d])", said) or spelled(one, said), (one, field.answer)


def spelled(number: str, text: str) -> bool:
    """Whether a small number stands there as a word."""
    words = "none one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    return number.isdigit() and int(number) < 16 and words.split()[int(number)] in text.lower()


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_page_knows_right_from_wrong_and_tells_the_wrong_apart(name: str) -> None:
    for field in fields(name):
        rows = numbers(field.right)
        plain = "; ".join(", ".join(row) for row in rows)
        ways = {field.right, plain, plain.replace(",", ""), plain.replace(", ", " × "), f" [{plain}] "}
        assert {judge(way, field) for way in ways} == {"right"}, field
        assert [judge(one, field) for one in field.wrong] == list(range(len(field.wrong))), field
        assert judge("none", field) == "unread"
        assert judge(plain.replace(rows[0][0], "987654", 1), field) == "wrong"


@pytest.mark.parametrize(
    ("typed", "right", "verdict"),
    [
        ("1,605,632", "1605632", "right"), ("1 605 632", "1605632", "right"), ("1/20", "0.05", "right"),
        ("0.051", "0.05", "right"), ("0.06", "0.05", "wrong"), ("5", "0.05", "wrong"), ("36 %", "36", "right"),
        ("28x28", "(28, 28)", "right"), ("28", "(28, 28)", "count"), ("−2", "-2", "right"), ("", "3", "unread"),
        ("[[5, 2], [2, 8]]", "5, 2; 2, 8", "right"), ("5 2 2 8", "5, 2; 2, 8", "wrong"), ("1e3", "1000", "right"),
    ],
)  # fmt: skip
def test_answers_may_be_written_in_several_ways(typed: str, right: str, verdict: str) -> None:
    assert judge(typed, Field(right, None, [], "")) == verdict


@pytest.mark.parametrize("text", ["", "12 px", "1, 2; 3", "(2, x)", "1..2"])
def test_an_answer_that_is_no_number_is_refused_when_the_book_is_built(text: str) -> None:
    with pytest.raises(ValueError, match="write 12"):
        numbers(text)
