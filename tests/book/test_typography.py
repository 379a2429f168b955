"""Sizes and shares stay on one line, code and formulas as they were typed, and code has at most 76 columns."""

import pytest
from course_ext.typography import kept_together, line_breaks, pieces
from docutils import nodes

from tests.book.building import build

CONF = """
extensions = ["myst_parser", "course_ext.typography", "course_ext.code_width"]
myst_enable_extensions = ["dollarmath"]
html_theme = "basic"
exclude_patterns = ["_build"]
"""


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a 3 × 3 filter", "a 3\xa0×\xa03 filter"),
        ("N × C × H × W", "N\xa0×\xa0C\xa0×\xa0H\xa0×\xa0W"),
        ("2.5 % of it", "2.5\xa0% of it"),
        ("the error, in %", "the error, in\xa0%"),
        ("twice × ", "twice × "),
        (
            "ResNet-50, R-CNN, EfficientNet-B0, top-1",
            "ResNet-\u206050, R-\u2060CNN, EfficientNet-\u2060B0, top-\u20601",
        ),
        ("two-part, 3-1, U-Net, 3-D", "two-part, 3-1, U-\u2060Net, 3-\u2060D"),
        ("6.4 + 0.8 + 1", "6.4 + 0.8 + 1"),
        ("Why a + E, not one + two?", "Why a\xa0+\xa0E, not one + two?"),
        ("Figure 3.1 of chapter 6, stride 2", "Figure\xa03.1 of chapter\xa06, stride\xa02"),
        ("at (2, 3) and (1, -1, 0, 4)", "at (2,\xa03) and (1,\xa0-1,\xa00,\xa04)"),
        ("strides, 2 layers (N, 3) and (1, 2, 3, 4, 5)", "strides, 2 layers (N, 3) and (1, 2, 3, 4, 5)"),
    ],
)
def test_spaces_that_must_not_break(text, kept):
    assert kept_together(text) == kept


@pytest.mark.parametrize(
    ("node", "classes"),
    [
        (nodes.literal("", "stride=(2, 1)"), ["whole"]),
        (nodes.literal("", "apt-get install dataset-fashion-mnist"), ["whole-if-wide"]),
        (nodes.literal("", "np.lib.stride_tricks.sliding_window_view"), []),
        (nodes.math("", r"\lfloor 54.25 \rfloor + 1"), ["whole"]),
        (nodes.math("", r"y = \sum_{u} x_{i+u} w_u + b_f + 1"), []),
    ],
)
def test_what_is_short_stays_on_one_line(node, classes):
    assert line_breaks(node) == classes


@pytest.mark.parametrize(
    ("code", "cut"),
    [
        ("same_padding(kernel_size, dilation)", ["same_padding(", "kernel_size,", " ", "dilation)"]),
        ("gradient_check(f, tolerance=1e-5)", ["gradient_check(", "f,", " ", "tolerance=1e-5)"]),
        ("padding/padding.ipynb", ["padding/", "padding.ipynb"]),
        ("torch.nn.ChannelShuffle(g)", ["torch.", "nn.", "ChannelShuffle(", "g)"]),
        ("a_name_of_more_than_24_letters", ["a_", "name_", "of_", "more_", "than_", "24_", "letters"]),
        ("f() or [0.25, -1]", ["f()", " ", "or", " ", "[0.25,", " ", "-1]"]),
    ],
)
def test_long_code_ends_a_line_where_a_reader_would(code, cut):
    assert pieces(code) == cut


def test_a_column_of_a_table_is_narrower():
    cell, text = nodes.literal("", "count_include_pad=True"), nodes.literal("", "count_include_pad=True")
    assert nodes.entry("", nodes.paragraph("", "", cell))
    assert (line_breaks(cell), line_breaks(text)) == (["whole-if-wide"], ["whole"])


def test_a_page_keeps_its_code(tmp_path):
    (tmp_path / "conf.py").write_text(CONF, "utf-8")
    (tmp_path / "index.md").write_text(
        "# A page\n\nA **3 × 3** filter, `4 × 4`, $5 × 5$.\n\n```text\n6 × 6\n```\n", "utf-8"
    )
    built = build(tmp_path, tmp_path / "_build")
    assert built.passed, built.problems
    html = (tmp_path / "_build" / "html" / "index.html").read_text("utf-8")
    assert "3\xa0×\xa03" in html
    assert html.count("\xa0") == 2  # none in code and formulas


def test_code_that_a_page_would_cut_fails_the_build(tmp_path):
    (tmp_path / "conf.py").write_text(CONF, "utf-8")
    code = f"```python\n{'x' * 76}\n{'y' * 77}\n```"
    printed = f"```{{code-block}} text\n:class: output\n{'1' * 78}\n```"
    (tmp_path / "index.md").write_text(f"# A page\n\n{code}\n\n{printed}\n", "utf-8")
    built = build(tmp_path, tmp_path / "_build")
    assert not built.passed
    assert built.problems.count("expected 76 at most") == 2
    assert "has 77 columns" in built.problems
    assert "has 78 columns" in built.problems
