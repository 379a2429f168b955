"""Sizes and shares stay on one line, code and formulas as they were typed, and code has at most 76 columns."""

import pytest
from course_ext.typography import kept_together

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
        ("twice × ", "twice × "),
    ],
)
def test_spaces_that_must_not_break(text, kept):
    assert kept_together(text) == kept


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
    assert built.problems.count("expected 76 at most") == 1
    assert "has 77 columns" in built.problems
