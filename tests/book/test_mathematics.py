"""Formulas: TeX that becomes MathML, where a line may break in it, its spaces, and its font."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from course_ext import mathematics
from fontTools.ttLib import TTFont

from tools import make_math_font

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ITALIC = {"h": "\u210e", **{chr(97 + i): chr(0x1D44E + i) for i in range(26) if i != 7}}
ITALIC |= {chr(65 + i): chr(0x1D434 + i) for i in range(26)} | {chr(0x3B1 + i): chr(0x1D6FC + i) for i in range(25)}
ITALIC |= {"∂": "\U0001d715", "ϵ": "\U0001d716", "θ": "\U0001d703", "ϕ": "\U0001d719"}
"""What a browser shows for one letter alone in an ``mi``."""
UNSEEN = {"\N{FUNCTION APPLICATION}"}


def test_a_formula_is_mathml_or_refused() -> None:
    made = mathematics.typeset(r"\floor{\frac{n}{s}} \star w", False)
    assert made.startswith("<math>")
    assert "<mfrac><mi>n</mi><mi>s</mi></mfrac>" in made
    assert mathematics.typeset("x", True) == '<math displaystyle="true"><mi>x</mi></math>'
    with pytest.raises(Exception, match="ParseError"):
        mathematics.typeset(r"\frac{1", False)


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"a = b, \qquad c \quad d", ["a = b, ", " c ", " d"]),
        (r"a \leftarrow b\,c", [r"a \leftarrow b\,c"]),
        (r"\left\{ a \quad b \right\} \quad \text{c \quad d}", [r"\left\{ a \quad b \right\} ", r" \text{c \quad d}"]),
        (r"\begin{aligned} a \quad b \\ c \end{aligned}", [r"\begin{aligned} a \quad b \\ c \end{aligned}"]),
    ],
)
def test_formula_is_split_where_it_may_be_broken(tex: str, expected: list[str]) -> None:
    assert mathematics.parts(tex) == expected


@pytest.mark.parametrize(
    ("tex", "lines"),
    [
        (r"o = \floor{\frac{n + 2p - k}{s}} + 1", ["o=", "⌊n+2p−ks⌋+1"]),
        (r"a b c + d e f g - h i j k l m n o", ["abc+defg−", "hijklmno"]),
        (r"y = (a b c d e f = g h i j) \approx k l m n", ["y=", "(abcdef=ghij)≈", "klmn"]),
        (r"-a b c d e f g h i = j", ["−abcdefghi=j"]),
        (r"x_{i = 0, 1, 2, 3, 4} y z", ["xi=0,1,2,3,4yz"]),
        (r"a b c d e \mathrel{+}= f g h i", ["abcde+=", "fghi"]),
        (r"9 \cdot 36 \cdot 12 + 9 \cdot 18 \cdot 6 + 12 = 8166", ["9⋅36⋅12+", "9⋅18⋅6+12=", "8166"]),
        (r"\lfloor 55.5 \rfloor + 1 = 56", ["⌊55.5⌋+1=56"]),
        (r"(a b c d e f g h i j k l m n o p) r = 5", ["(abcdefghijklmnop)r=", "5"]),
    ],
)
def test_a_line_breaks_after_relations_and_between_long_terms(tex: str, lines: list[str]) -> None:
    made = BeautifulSoup(mathematics.typeset(tex, False), "html.parser").find_all("math")
    assert [one.get_text() for one in made] == lines
    assert all(one.find_all(recursive=False)[-1].get("form") == "infix" for one in made[:-1])
    assert mathematics.typeset(tex, False, whole=True).count("<math") == 1


def test_browsers_get_what_they_need() -> None:
    matrix = mathematics.typeset(r"\begin{bmatrix} 1 \\ 2 \end{bmatrix}", False)
    assert matrix.startswith("<math><mrow><mo")  # Firefox stretches brackets in a row alone
    assert mathematics.typeset(r"\underbrace{a + b}_{c}", False).startswith('<math class="braced">')


def test_operators_are_spaced_as_tex_spaces_them() -> None:
    none = ' lspace="0em" rspace="0em"'
    thin = f'<mspace width="{mathematics.THIN}"></mspace>'
    assert f"<mo{none}>+</mo>" in mathematics.typeset("x_{i + 1}", False)
    assert "<mo>+</mo>" in mathematics.typeset("x + 1", False)
    assert mathematics.typeset(r"\bigl( x", False).count(none) == 1
    assert "mspace" not in mathematics.typeset(r"\text{after} = \text{total}", False)
    assert mathematics.typeset(r"\max", False) == "<math><mi>max</mi></math>"
    for applied in (r"\ln 3", r"n \log n", r"a = \frac{\ln 3}{3}", r"\sin x + 1"):
        assert f"</mo>{thin}<m" in mathematics.typeset(applied, False)
    wide = mathematics.typeset(r"a \;=\; b \; c", False)
    assert wide.count("mspace") == 2  # one element
    assert '<mo rspace="0.5556em" lspace="0.5556em">=</mo>' in wide
    assert f"<mo{none}>…</mo>" in mathematics.typeset(r"0, 1, \ldots, n", False)
    assert f"</mfrac>{thin}<munder>" in mathematics.typeset(r"\frac{1}{m} \sum_i x_i", True)
    assert "mspace" not in mathematics.typeset(r"b + \sum_i x_i", True)
    assert f"{thin}<mi>ReLU</mi>" in mathematics.typeset(r"W_2 \operatorname{ReLU}(x)", False)
    assert f"{thin}<mi>mean</mi>" in mathematics.typeset(r"(a) \operatorname{mean}(x)", False)
    assert "mspace" not in mathematics.typeset(r"y = \operatorname{ReLU}(\operatorname{mean}(x))", False)
    assert (
        mathematics.typeset("W'_f", False)
        == f"<math><msub><mrow><mi>W</mi><mo{none}>′</mo></mrow><mi>f</mi></msub></math>"
    )


@pytest.mark.parametrize(
    ("tex", "line"),
    [
        (r"p = k - 1", "p = k − 1"),
        (r"-1", "−1"),
        (r"k_H \times k_W", "kH × kW"),
        (r"x^2 + e^{-3}", "x² + e⁻³"),
        (r"\frac{1}{2}", "1/2"),
        (r"\frac{n + 2p}{s}", None),
        (r"\sqrt{x}", None),
        (r"e^{x}", None),
        (r"(a, b)", "(a, b)"),
        (r"\operatorname{ReLU}(x)", "ReLU(x)"),
        (r"\frac{1", None),
    ],
)
def test_a_short_formula_is_a_line_of_characters(tex: str, line: str | None) -> None:
    assert mathematics.as_line(tex) == line


def test_what_follows_a_formula_stays_with_it() -> None:
    assert mathematics._with("<math>a</math><math>b</math>", "", ",") == (
        '<math>a</math><span class="math-end"><math>b</math>,</span>'
    )
    assert mathematics._with("<math>a</math><math>b</math>", "(", "") == (
        '<span class="math-end">(<math>a</math></span><math>b</math>'
    )
    both = mathematics._with("<math>a</math>", "(", ")")
    assert both == '<span class="math-end"><span class="math-end">(<math>a</math></span>)</span>'
    assert mathematics._with("<math>a</math>", "", "") == "<math>a</math>"


def test_the_font_has_every_character_that_a_formula_shows(site: Path, pages: list[str]) -> None:
    made = TTFont(make_math_font.FONT)
    assert made["MATH"].table.MathConstants.SubscriptBaselineDropMin.Value == make_math_font.DROP
    shown: dict[str, str] = {}
    for page in pages:
        for formula in re.findall(r"<math\b.*?</math>", (site / page).read_text("utf-8"), re.DOTALL):
            for leaf in BeautifulSoup(formula, "html.parser").find_all(["mi", "mn", "mo", "mtext"]):
                text = leaf.get_text()
                alone = leaf.name == "mi" and leaf.get("mathvariant") != "normal"
                shown |= dict.fromkeys(ITALIC.get(text, text) if alone else text, f"{page}: {text}")
    missing = {where for one, where in shown.items() if ord(one) not in made.getBestCmap() and one not in UNSEEN}
    assert len(shown) > 100
    assert not missing


def test_a_font_of_another_source_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.woff2").write_bytes(b"another")
    with pytest.raises(ValueError, match=r"expected [0-9a-f]{64}: is it version"):
        make_math_font.make(tmp_path / "other.woff2", tmp_path / "made.woff2")


BOXES = """async () => {
    await document.fonts.load('20px "Course Mathematics"');
    const box = id => document.getElementById(id).querySelector('math').getBoundingClientRect();
    const low = id => document.getElementById(id).querySelector('mtext').getBoundingClientRect().top
        - document.getElementById(id).querySelector('mi').getBoundingClientRect().top;
    return {
        font: [...document.fonts].map(one => one.status),
        room: box('root').width - box('two').width,
        lower: low('p') - low('x'),
    };
}"""


def test_roots_take_their_room_and_subscripts_stand_on_one_line(site: Path, browser: Browser, tmp_path: Path) -> None:
    tex = {"root": r"\sqrt{2}", "two": "2", "p": r"p_{\text{o}}", "x": r"x_{\text{o}}"}
    made = "".join(f'<p id="{name}">{mathematics.typeset(one, False)}</p>' for name, one in tex.items())
    font = (site / "_static" / "fonts" / "mathematics.woff2").as_uri()
    style = f'@font-face {{ font-family: "Course Mathematics"; src: url("{font}"); }}'
    style += 'math { font: 20px "Course Mathematics"; }'
    (tmp_path / "formulas.html").write_text(f"<meta charset=utf-8><style>{style}</style>{made}", "utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "formulas.html").as_uri())
    found = page.evaluate(BOXES)
    page.close()
    assert found["font"] == ["loaded"]
    radical = TTFont(make_math_font.FONT)["hmtx"]["radical"][0] / 1000
    assert found["room"] == pytest.approx(20 * radical, abs=1)
    assert found["lower"] == pytest.approx(0, abs=0.8)  # p and x are not of quite the same height
