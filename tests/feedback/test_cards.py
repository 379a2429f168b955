"""The card on the command line and the card in feedback say the same; a wrong function names what to mend first."""

import html
import io
import re
import time
import tokenize
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograde.exam.dependents import MAX_SOURCE, mend_first, names_used
from autograde.exam.findings import VERDICTS, Finding
from autograde.exam.prepare import rubrics
from autograde.feedback.cards import html_card, message, text_card
from tests.conftest import COURSE, grade, source_of, submission

NAME = "padding"
URL = "https://book.example"
RUBRICS = rubrics(COURSE, NAME)
SOLVED = next(cell.source for cell in source_of(NAME).cells if cell.id == "pad2d")
LAST = "    return np.pad(x, ((top, bottom), (left, right)), mode=names[mode])\n"


def _pad(ending):
    """The author's pad2d with another ending."""
    assert LAST in SOLVED
    return SOLVED.replace(LAST, "".join(f"    {line}\n" for line in ending))


HAND_INS = {
    "wrong_value": _pad(["return np.pad(x, ((top, bottom), (left, right)))"]),
    "wrong_shape": _pad(["return np.pad(x, ((left, right), (top, bottom)), mode=names[mode])"]),
    "wrong_dtype": _pad(["return [[1.0, 2.0]]"]),
    "non_finite": _pad(["return np.pad(x * np.inf, ((top, bottom), (left, right)), mode=names[mode])"]),
    "modified_input": _pad(["y = np.pad(x, ((top, bottom), (left, right)), mode=names[mode])", "x[:] = 0", "return y"]),
    "error": _pad(["raise IndexError('<b>mine</b>')"]),
    "no_answer": "def another_name(x):\n    return x\n",
}
TIMEOUT = Finding("pad2d", "timeout", 0.0, "your function was stopped", "one pixel", "pad2d(array (1, 1), 1)", total=3)


def _plain(card):
    """The words of an HTML card as a reader sees them."""
    text = re.sub(r"<svg.*?</svg>", "", card)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def _sentences(card):
    """The lines of a text card below its title, without the picture and the link."""
    lines = card.splitlines()[1:]
    texts = [line.strip() for line in lines if not re.fullmatch(r"\s+[#.]+", line)]
    dropped = ("read: ", "where it differs")
    return [text for text in texts if not text.startswith(dropped)]


def _says(finding):
    text, page = (card(RUBRICS[finding.function], finding, 1, 4, URL) for card in (text_card, html_card))
    said = _plain(page)
    sentences = _sentences(text)
    assert sentences
    for sentence in sentences:
        wanted = re.sub(r"^(first failing case|asked): ", "", sentence)
        for part in re.split(r"`", wanted):
            assert re.sub(r"\s+", " ", part).strip() in said
    (link,) = re.findall(r"read: (\S+)", text)
    assert f'href="{html.escape(link)}"' in page
    return text


@pytest.mark.parametrize("verdict", HAND_INS)
def test_both_cards_say_the_same_of_a_hand_in(verdict, sandbox):
    finding = grade(NAME, submission(NAME, {"pad2d": HAND_INS[verdict]}), sandbox).findings["pad2d"]
    assert finding.verdict == verdict
    _says(finding)


def test_both_cards_say_the_same_of_a_function_that_is_out_of_time():
    assert "stopped" in _says(TIMEOUT)


def test_every_verdict_has_its_hand_in():
    assert {*HAND_INS, "timeout", "correct"} == set(VERDICTS)


def test_a_function_that_uses_a_wrong_one_says_what_to_mend_first(sandbox):
    graded = grade(NAME, submission(NAME, {"pad2d": HAND_INS["wrong_value"]}), sandbox)
    assert graded.findings["pad2d"].mend_first == ()
    assert graded.findings["conv2d_padded"].mend_first == ("pad2d",)
    said = "This function uses `pad2d`, which is not right yet: mend `pad2d` first."
    assert said in _says(graded.findings["conv2d_padded"])
    assert said in message(RUBRICS["conv2d_padded"], graded.findings["conv2d_padded"])
    assert "mend" not in _says(graded.findings["pad2d"])


def test_a_right_function_and_a_function_that_uses_right_ones_name_nothing(sandbox):
    alone = "def conv2d_padded(x, w, b, padding, mode='zeros'):\n    return pad2d(x, padding, mode)\n"
    graded = grade(NAME, submission(NAME, {"conv2d_padded": alone}), sandbox)
    assert graded.findings["conv2d_padded"].verdict != "correct"
    assert graded.findings["conv2d_padded"].mend_first == ()


def test_several_functions_are_named_in_the_notebooks_order():
    findings = {name: Finding(name, "error", 0.0, "it failed") for name in ("pad2d", "same_padding", "conv2d_padded")}
    marked = mend_first(findings, {"conv2d_padded": "def conv2d_padded(x):\n    return same_padding(pad2d(x))\n"})
    assert marked["conv2d_padded"].mend_first == ("pad2d", "same_padding")
    assert "`pad2d` and `same_padding`, which are not right yet" in message(
        RUBRICS["conv2d_padded"], marked["conv2d_padded"]
    )


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("y = f(x)", {"y", "f", "x"}),
        ("def f(x):\n    # g\n    'h'\n    return np.g(x)", {"def", "x", "return", "np"}),
        ("list(map(g, x))", {"list", "map", "g", "x"}),
        ("f('g", {"f"}),
        ("f('g\nh(x)", {"f", "h", "x"}),
        ("  f(\n x", {"f", "x"}),
        ('f("""g\'h\n\\""" x""") + rb\'g\' + f"{h}"', {"f"}),
        ("''' f", set()),
        ("y[..., f(x)] + 1.5e3.real", {"y", "f", "x"}),
        ("(" * 50_000, set()),
        ("-" * 50_000 + "f", {"f"}),
        ("f " * MAX_SOURCE, set()),
        ("\0", set()),
    ],
)
def test_names_are_read_from_whatever_a_student_writes(source, names):
    assert names_used(source) == names


ODD = [
    "\\'",
    '\\"',
    "'",
    '"',
    "'''\\",
    '"""\\',
    "'''x\"\"\"",
    "f'{",
    "#",
    "\\",
    "\\\n",
    ".",
    "1.",
    "é",
    "a'",
    "''",
    "\0",
]


@pytest.mark.parametrize("start", ["", "x = '", 'x = "', "'''", '"""', "f'", "#"])
@pytest.mark.parametrize("piece", ODD)
def test_names_are_read_in_time_that_grows_with_the_text(start, piece):
    long = (start + piece * MAX_SOURCE)[:MAX_SOURCE]
    began = time.process_time()
    names_used(long)
    assert time.process_time() - began < 1  # 0.05 s here; Python's tokenizer needs minutes for some


@example("g''")
@example("1.. f")
@example("1g. f")
@example(".1. f")
@example(".\nf")
@example("(g.\nf)")
@example("g.\\\nf")
@given(st.text("'\"\\ \nfg.#1(r", max_size=40))
def test_the_names_are_those_that_pythons_own_tokenizer_finds(source):
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return
    if any(token.type == tokenize.ERRORTOKEN for token in tokens):
        return  # no Python: a string without an end, a lone backslash
    places = enumerate(tokens)
    wanted = {t.string for i, t in places if t.type == tokenize.NAME and (i == 0 or tokens[i - 1].string != ".")}
    assert names_used(source) <= wanted
    if not re.search(r"\\|[0-9]", source):
        assert names_used(source) == wanted


def test_an_idea_that_fits_is_named_with_care_and_a_certain_one_without():
    rubric = RUBRICS["pad2d"]
    idea = rubric.ideas[0]
    found = Finding("pad2d", "wrong_value", 0.0, "5 of 6 values differ", "one", "pad2d(array (1, 1), 1)", total=3)
    fits = replace(found, likely=idea.key)
    sure = replace(found, misconception=idea.key)
    for finding, first in ((fits, f"One thing that fits: {idea.text}"), (sure, idea.text)):
        texts = text_card(rubric, finding, 0, 3, URL), message(rubric, finding)
        for text in (*texts, _plain(html_card(rubric, finding, 0, 3, URL)).replace(" ,", ",")):
            assert "One thing that fits" in text or finding is sure
            assert idea.why.split("`")[0].strip() in text
        assert all(first in text for text in texts)
        assert idea.page in texts[0]
    assert "One thing that fits" not in message(rubric, sure)
    assert idea.text not in message(rubric, found)
