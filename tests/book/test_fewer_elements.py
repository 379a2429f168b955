"""Drawings and pages with fewer elements that show the same."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import pytest
from course_ext import drawings, figures
from course_ext.drawn_together import drawn_together
from course_ext.idle_elements import without_idle_elements

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def square(x: float, y: float, style: str, side: float = 10) -> str:
    """A path as matplotlib writes one."""
    return f'<path d="M {x} {y} L {x + side} {y} L {x + side} {y + side} L {x} {y + side} z" style="{style}"/>'


RED, BLUE, LINE = "fill: #ff0000", "fill: #0000ff", "fill: none; stroke: #000000"


def count(source: str, tag: str) -> int:
    return len(re.findall(rf"<{tag}\b", source))


@pytest.mark.parametrize(
    ("marks", "paths"),
    [
        ([square(0, 0, RED), square(20, 0, RED)], 1),
        ([square(0, 0, RED), square(10, 0, BLUE), square(20, 0, RED), square(30, 0, BLUE)], 2),
        ([square(0, 0, RED), square(5, 5, BLUE), square(8, 8, RED)], 3),  # the blue one lies between the two
        ([square(0, 0, RED), square(5, 5, RED)], 2),  # their fills would add up where they are transparent
        ([square(0, 0, LINE), square(5, 5, LINE)], 1),
        ([square(0, 0, LINE), square(2, 2, BLUE), square(5, 5, LINE)], 3),
        ([square(0, 0, RED), "<g>", "</g>", square(20, 0, RED)], 2),
        ([square(0, 0, RED), '<text transform="translate(20 9)" style="font-size: 9px" textLength="9">1</text>',
          square(20, 0, RED)], 2),
        ([square(0, 0, RED), "<text>no place</text>", square(20, 0, RED)], 2),
        ([square(0, 0, RED), square(20, 0, RED).replace("<path", '<path id="a"')], 2),
    ],
)  # fmt: skip
def test_shapes_join_where_nothing_lies_between(marks: list[str], paths: int) -> None:
    made = drawn_together(f"<svg>{''.join(marks)}</svg>")
    assert count(made, "path") == paths
    assert made.count(" z") == "".join(marks).count(" z")


def test_marks_of_a_curve_become_one_element_and_a_scrubbed_line_keeps_them() -> None:
    defined = '<defs><path id="dot" d="M -1 -1 L 1 1" style="stroke: #000000"/></defs>'
    uses = "".join(f'<use xlink:href="#dot" x="{10 * k}" y="5" style="fill: #ff0000"/>' for k in range(5))
    made = drawn_together(f"<svg><g>{defined}{uses}</g></svg>")
    assert count(made, "use") == 0
    assert 'd="M 0 5 L 10 5 L 20 5 L 30 5 L 40 5"' in made
    assert '<marker id="dot-0" markerUnits="userSpaceOnUse" style="overflow: visible; fill: #ff0000">' in made
    assert made.count("url(#dot-0)") == 3
    scrubbed = f'<svg><g class="scrub">{defined}<g>{uses}</g></g></svg>'
    assert drawn_together(scrubbed) == scrubbed
    few = uses[: uses.index('<use xlink:href="#dot" x="30"')]
    assert count(drawn_together(f"<svg>{defined}{few}</svg>"), "use") == 3


def test_a_drawing_looks_as_before(browser: Browser) -> None:
    rng = np.random.default_rng(3)
    figure, (left, right) = plt.subplots(1, 2, figsize=(5, 2.5))
    left.pcolormesh(rng.integers(0, 3, (6, 7)), edgecolor="k", linewidth=0.4)
    for k in range(6):
        left.add_patch(plt.Rectangle((k, k), 1.5, 1.5, color=("r", "b")[k % 2], alpha=0.5))
        left.text(k + 0.3, k + 0.3, str(k))
        left.text(k + 0.6, 5.3, str(9 - k), color="b")
    right.plot(rng.normal(size=30).cumsum(), "o-", markersize=4)
    right.plot(rng.normal(size=30).cumsum(), "s--", alpha=0.5)
    file = io.StringIO()
    figure.savefig(file, format="svg")
    plt.close(figure)
    source = figures._DROPPED.sub("", drawings.letters_as_text(file.getvalue()))
    before = drawings.rounded(drawings.without_idle_groups(figures._only_used_ids(source)))
    after = drawn_together(before)
    assert count(after, "path") + count(after, "use") < 0.7 * (count(before, "path") + count(before, "use"))
    assert count(after, "text") < 0.5 * count(before, "text")  # digits that look alike become one text
    page = browser.new_page(viewport={"width": 600, "height": 400})
    shots = []
    for one in (before, after):
        page.set_content(one)
        shots.append(plt.imread(io.BytesIO(page.locator("svg").screenshot()))[..., :3])
    page.close()
    assert np.ptp(shots[0]) > 0.5
    assert (np.abs(shots[0] - shots[1]).max(axis=2) > 0.25).mean() < 0.001


def test_elements_that_change_nothing_are_gone() -> None:
    page = (
        '<td class="a"><p>one <em>b</em></p></td><th><p>c</p></th><td><p>1</p><p>2</p></td><td><p>d</p><ul></ul></td>'
        '<code class="whole docutils literal"><span class="pre">a</span> <span class="pre">&lt;</span></code>'
        '<code class="docutils literal pieces"><span class="pre">kept</span></code>'
        '<a href="#a"><span class="std std-numref">Chapter 1</span></a><a><span class="std-term">b</span></a>'
        '<span class="sd-summary-state-marker x"><svg><path d=""></path></svg></span><svg></svg>'
    )
    assert without_idle_elements(page) == (
        '<td class="a">one <em>b</em></td><th>c</th><td><p>1</p><p>2</p></td><td><p>d</p><ul></ul></td>'
        '<code class="whole docutils literal">a &lt;</code>'
        '<code class="docutils literal pieces"><span class="pre">kept</span></code>'
        '<a href="#a">Chapter 1</a><a><span class="std-term">b</span></a>'
        '<span class="sd-summary-state-marker x"></span><svg></svg>'
    )
