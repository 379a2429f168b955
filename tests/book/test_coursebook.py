"""The helpers that pages import, and the parts of the extension that can be tested without a build."""

from __future__ import annotations

import ast
import html
import io
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import jupytext
import matplotlib as mpl
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
mpl.use("agg")

import matplotlib.pyplot as plt
from course_ext import code_colors, drawings, figures, pages
from coursebook import SolutionError, grid, palette, panels, roles, show_ink, solution
from coursebook import solutions as solutions_module
from coursebook.drawing import scrub

SOURCE = '''\
# %% [markdown]
# # A title with "solution": true in it

# %%
import numpy as np
from check import expect

# %% tags=["setup"]
OFFSET = 3

# %% nbgrader={"grade_id": "add", "solution": true}
def add(x):
    """Adds."""
    ### BEGIN SOLUTION
    return np.asarray(x) + OFFSET
    ### END SOLUTION

# %% nbgrader={"grade_id": "test_add", "grade": true, "points": 1}
raise AssertionError("a test ran")
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "notebook.py").write_text(SOURCE)
    monkeypatch.setattr(solutions_module, "SOLUTIONS", tmp_path)
    return tmp_path


def test_solution_runs_solution_cells_and_no_tests(folder: Path) -> None:
    assert solution("toy").add([1, 2]).tolist() == [4, 5]


def test_solution_keeps_the_files_line_numbers(folder: Path) -> None:
    code = solution("toy").add.__code__
    assert code.co_firstlineno == SOURCE.splitlines().index("def add(x):") + 1


def test_solution_says_what_is_missing(folder: Path) -> None:
    with pytest.raises(SolutionError, match="assignments there: toy"):
        solution("nothing")
    with pytest.raises(SolutionError, match="no solution cell that defines 'subtract'; it defines: OFFSET, add, np"):
        _ = solution("toy").subtract
    (folder / "empty").mkdir()
    (folder / "empty" / "notebook.py").write_text("# %%\nx = 1\n")
    with pytest.raises(SolutionError, match="no cell whose header"):
        solution("empty")


def test_grid_writes_the_numbers_and_refuses_other_shapes() -> None:
    _, ax = plt.subplots()
    grid(ax, np.array([[1, -2], [0.5, np.nan]]), title="t", windows=[(0, 0, 1, 2)], border=1)
    assert [text.get_text() for text in ax.texts] == ["1", "\N{MINUS SIGN}2", "0.5", "", "t"]
    with pytest.raises(ValueError, match="2 axes"):
        grid(ax, [1, 2])
    plt.close("all")


def test_style_sheet_and_palette_have_the_same_colors() -> None:
    text = (ROOT / "book" / "_static" / "course.css").read_text()
    found = re.findall(r"--fig-(\w+): (#[0-9a-f]{6})", text)
    assert dict(found[:8]) == palette.LIGHT
    assert dict(found[8:]) == palette.DARK


def _luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("colors", "paper"), [(palette.LIGHT, "#ffffff"), (palette.DARK, "#14181d")])
def test_text_in_the_palettes_colors_can_be_read(colors: dict[str, str], paper: str) -> None:
    for name, color in colors.items():
        if name == "grid":
            continue
        lighter, darker = sorted((_luminance(color), _luminance(paper)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, name


def test_each_role_has_a_color_of_the_palette_and_differs_from_those_beside_it() -> None:
    named = {name: value for name, value in vars(roles).items() if isinstance(value, str) and value.startswith("#")}
    assert len(named) > 40
    assert set(named.values()) | set(roles.SERIES) <= set(palette.LIGHT.values())
    for together in roles.TOGETHER:
        assert len({named[role] for role in together}) == len(together), together


DRAWS = {
    "plot",
    "scatter",
    "bar",
    "barh",
    "step",
    "semilogx",
    "semilogy",
    "loglog",
    "fill_between",
    "axhline",
    "axvline",
}
COLORED = {"c", "color", "colors", "edgecolor", "facecolor", "ecolor", "markerfacecolor", "edgecolors", "facecolors"}


def _own_colors(source: str) -> Iterator[str]:
    """Where a figure's code takes a color from elsewhere than `roles`: line, and why."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "palette" and node.attr != "both":
            yield f"{node.lineno}: palette.{node.attr} says a color, not what it means"
        if isinstance(node, ast.Constant) and re.fullmatch(r"#[0-9a-fA-F]{3,8}|C[0-9]|tab:.*", str(node.value)):
            yield f"{node.lineno}: {node.value!r} is a color of its own"
        if not isinstance(node, ast.Call):
            continue
        given = {one.arg: one.value for one in node.keywords}
        for name, value in given.items():
            if name in COLORED and isinstance(value, ast.Constant) and value.value != "none":
                yield f"{node.lineno}: {name}={value.value!r} is a color of its own"
        owner, _, method = ast.unparse(node.func).rpartition(".")
        if owner.startswith("ax") and method in DRAWS and not given.keys() & {*COLORED, None}:
            yield f"{node.lineno}: no color is named, so it is the next of a cycle"


def test_figures_take_colors_by_their_roles() -> None:
    wrong = "ax.plot(x, 'o')\nax.text(0, 0, 't', color='red')\nf('#aabbcc', palette.blue, 'C0')"
    assert len(list(_own_colors(wrong))) == 5
    found = [
        f"{path.name}:{one}"
        for path in sorted((ROOT / "book" / "coursebook").glob("*.py"))
        if path.name not in ("palette.py", "roles.py")
        for one in _own_colors(path.read_text("utf-8"))
    ]
    for path in sorted((ROOT / "book" / "chapters").glob("*.md")):
        cells = [cell.source for cell in jupytext.read(path).cells if cell.cell_type == "code"]
        found += [f"{path.name}, cell {k}:{one}" for k, cell in enumerate(cells) for one in _own_colors(cell)]
    assert found == []


def test_inlined_figure_takes_variables_a_label_and_its_own_ids() -> None:
    source = (
        '<?xml version="1.0"?><!DOCTYPE svg><svg width="72pt" height="36pt"><metadata>d</metadata>'
        '<style>*{x: y}</style><path id="a" style="fill: #0B62A8; stroke: #123456"/>'
        '<use xlink:href="#a" clip-path="url(#b)"/></svg>'
    )
    assert figures.inline_svg(source, label='say "x"', prefix="p-1", colors={"#0b62a8": "blue"}) == (
        '<svg width="96" height="48" style="--drawn: 96px" role="img" aria-label="say &quot;x&quot;">'
        '<path id="p-1-a" style="fill: var(--fig-blue, #0B62A8); stroke: #123456"/>'
        '<use xlink:href="#p-1-a" clip-path="url(#p-1-b)"/></svg>'
    )


def test_inlined_figure_keeps_only_ids_that_are_referred_to_and_none_twice() -> None:
    source = (
        '<svg><g id="axes_1"><image id="imageabc"/><image\n id="imageabc"/></g><path id="a"/><path id="a"/>'
        '<use xlink:href="#a"/></svg>'
    )
    made = figures.inline_svg(source, label="x", prefix="p-1", colors={})
    assert made == (
        '<svg role="img" aria-label="x"><image/><image/><path id="p-1-a"/><path/><use xlink:href="#p-1-a"/></svg>'
    )


def test_panels_are_cut_apart_at_one_scale_and_ink_is_marked() -> None:
    axes = panels(1, 2, (2, 1))
    axes[0].set_title("first")
    axes[0].set_ylabel("takes room at the left")
    show_ink(axes[1], np.eye(3), 1)
    file = io.StringIO()
    plt.savefig(file, format="svg", bbox_inches="tight")
    plt.close("all")
    made = figures.inline_svg(file.getvalue(), label="two", prefix="p-1", colors={})
    assert re.match(r'<div class="panels" style="--drawn: \d+px; --columns: 2" role="img" aria-label="two"><svg', made)
    boxes = [[float(n) for n in found.split()] for found in re.findall(r'viewBox="([^"]*)"', made)]
    (left, _, wide, high), (other, _, narrow, same) = boxes
    assert left + wide <= other + 4  # margins of 2 points may meet
    assert wide > narrow
    assert high == pytest.approx(same)
    assert [float(share) for share in re.findall(r"--share: ([\d.]+)", made)] == pytest.approx(
        [1, narrow / wide], abs=0.01
    )
    assert made.count('<g class="ink"') == made.count("<image") == 1
    assert made.index("<image") > made.index(f'<svg viewBox="{other:.2f}')


def test_a_line_that_may_be_scrubbed_gets_its_slider() -> None:
    _, ax = plt.subplots()
    scrub(ax.plot([0, 1, 4], color=roles.plain, marker="o"), "step", 0, 2)
    scrub(ax.plot([1, 3], [2, 2], color=roles.plain), "step", 1, 3)
    file = io.StringIO()
    plt.savefig(file, format="svg")
    plt.close("all")
    made = figures.inline_svg(file.getvalue(), label="a line", prefix="p-1", colors={})
    assert made.startswith('<figure-scrubber name="step" first="0" last="3"><svg')
    assert '<g class="scrub" data-first="1"><path' in made
    assert re.search(r'<g class="scrub" data-last="2"><path d="M [^"]*L [^"]*L [^"]*"', made)
    assert made.count("<use", made.index('class="scrub"'), made.index("</g></g>", made.index('class="scrub"'))) == 3


def _drawn_words(*words: str) -> tuple[str, str]:
    """A drawing of words, as matplotlib writes it and as a page has it."""
    figure, ax = plt.subplots()
    ax.axis("off")
    for place, word in enumerate(words):
        ax.text(0.1, place / len(words), word, rotation=90 * (place % 2), color=roles.plain)
    file = io.StringIO()
    figure.savefig(file, format="svg")
    plt.close(figure)
    return file.getvalue(), figures.inline_svg(file.getvalue(), label="words", prefix="p-1", colors={})


def test_letters_of_a_drawing_are_text_that_is_as_wide_as_it_was_drawn() -> None:
    words = ["kernel 2", "a < b & c", "3 × 3 → 1", " spaces  stay ", "-1", "first fields differ"]
    source, made = _drawn_words(*words)
    parsed = ElementTree.fromstring(made.replace("xlink:href", "href"))
    texts = [one for one in parsed.iter() if one.tag.endswith("text")]
    assert [one.text for one in texts] == words
    assert "<use" not in made
    assert "<defs" not in made
    for text, comment in zip(texts, words, strict=True):
        outlines = source[source.index(f"<!-- {html.escape(comment, quote=False)} -->") :].split("</g>")[0]
        last = max(float(place) for place in re.findall(r"translate\(([\d.]+) 0\)", outlines))
        scale = float(re.search(r"scale\(([\d.]+) -", outlines)[1])  # type: ignore[index]
        assert last * scale < float(text.get("textLength", "0")) < (last + 100) * scale
        assert float(re.search(r"font-size: ([\d.]+)px", text.get("style", ""))[1]) == pytest.approx(100 * scale)  # type: ignore[index]
        place = re.search(r'transform="(translate.*?) scale', outlines)
        assert place
        assert text.get("transform") == place[1]


def test_a_power_of_ten_is_text() -> None:
    for word, shown in (("$\\mathdefault{10^{-12}}$", "10⁻¹²"), ("$10^{3}$", "10³")):
        _, made = _drawn_words(word)
        assert re.findall(r"<text[^>]*>([^<]*)</text>", made) == [shown]
        assert "<use" not in made


@pytest.mark.parametrize("word", ["$x^2 + 1$", "a -- b", "\N{GREEK SMALL LETTER OMEGA}$y$"])
def test_letters_that_are_no_plain_line_stay_outlines(word: str) -> None:
    _, made = _drawn_words(word)
    assert "<text" not in made
    assert made.count("<use") > 1
    assert {name for name in re.findall(r'href="#([^"]+)"', made)} <= set(re.findall(r'\bid="([^"]+)"', made))


def test_a_drawing_loses_what_shows_nothing_and_nothing_else() -> None:
    source = (
        '<svg><g id="figure_1"><path d="M 0 0.123456 L 1e-07 -0.001 z" style="fill: none"/><g id="a" class="ink"><g>'
        '<path d="M 10.123456 -0.001 L 2 3.005" style="fill: none; stroke: #000000" transform="scale(0.015625)"/>'
        "</g></g></g></svg>"
    )
    assert figures.inline_svg(source, label="x", prefix="p", colors={}) == (
        '<svg role="img" aria-label="x"><g class="ink"><path d="M 10.12 0 L 2 3" '
        'style="fill: none; stroke: #000000" transform="scale(0.015625)"/></g></svg>'
    )


def test_a_picture_that_ends_where_it_is_cut_is_not_cut() -> None:
    def drawing(x: float, name: str = "c") -> str:
        picture = f'<image transform="scale(1 -1) translate(0 -64)" x="{x}" y="-3.4" width="64" height="64"/>'
        clip = '<defs>\n<clipPath id="c">\n<rect x="3.6" y="3.6" width="64" height="64"/>\n</clipPath>\n</defs>'
        return f'<svg><g clip-path="url(#{name})">\n{picture}\n</g>{clip}</svg>'

    assert re.findall(r"<(\w+)", drawings.without_idle_clips(drawing(3.8))) == ["svg", "image"]
    assert re.findall(r"<(\w+)", drawings.without_idle_clips(drawing(9.0))) == ["svg", "g", "image", "clipPath", "rect"]
    assert "url(#d)" in drawings.without_idle_clips(drawing(3.8, "d"))


def test_code_keeps_the_marks_of_words_that_have_a_color() -> None:
    styles = ("a11y-high-contrast-light", "a11y-high-contrast-dark")
    kinds, same = code_colors.colorless(*styles), code_colors.alike(*styles)
    assert same["si"] == same["sa"] == "s2"
    assert all(same[kind] == kind for kind in code_colors.USUAL)
    assert {"n", "p", "w"} <= kinds
    assert not {"k", "mi", "s2", "c1", "nb", "gp"} & kinds
    page = (
        '<span class="n">outside</span><div class="highlight"><pre><span></span><span class="n">x</span> '
        '<span class="o">=</span> <span class="p">[</span><span class="mi">1</span><span class="p">]</span></pre></div>'
        '<span class="s2">&quot;</span><span class="s2">a</span><div class="highlight"><pre>'
        '<span class="s2">&quot;</span><span class="s2">a</span> '
        '<span class="s2">b</span><span class="si">{</span>x</pre></div>'
    )
    made = code_colors.fewer_marks(page, kinds | code_colors.SIGNS, {"s2": "s", "si": "s"})
    assert made == (
        '<span class="n">outside</span><div class="highlight"><pre>x '
        '= [<span class="mi">1</span>]</pre></div>'
        '<span class="s2">&quot;</span><span class="s2">a</span><div class="highlight"><pre>'
        '<span class="s">&quot;a b{</span>x</pre></div>'
    )


def test_repairing_a_page_twice_changes_nothing_more() -> None:
    page = '<div id="pst-primary-sidebar" class="x"><th class="head"><summary aria-label="Toggle hidden content">'
    once = pages.repair(page)
    assert 'role="navigation"' in once
    assert 'scope="col"' in once
    assert "Toggle" not in once
    assert pages.repair(once) == once
