"""Numbers end at the right, and the forms that a table takes on a phone are prepared in the page."""

from bs4 import BeautifulSoup

from tests.book.building import build

CONF = """
extensions = ["myst_parser", "course_ext.mathematics", "course_ext.tables", "course_ext.typography"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
html_math_renderer = "mathml_prerendered"
html_theme = "basic"
exclude_patterns = ["_build"]
"""
PAGE = """# Tables

(here)=
:::{table}
:class: stacked

| name | what $q$ reads | [in words](#here) |
| --- | --- | --- |
| zeros | 0 | nothing |
| replicate | $q$ | |
:::

:::{table}
:class: names-above

| layer | MACs | shape | share |
| --- | --- | --- | :--- |
| conv1 | 1,254 | 6 | 0.5 |
| conv2 | -3 | 6 × 6 | 0.25 |
| mean | | | 2 |
:::
"""


def test_tables_are_prepared_for_a_phone(tmp_path):
    (tmp_path / "conf.py").write_text(CONF, "utf-8")
    (tmp_path / "index.md").write_text(PAGE, "utf-8")
    built = build(tmp_path, tmp_path / "_build")
    assert built.passed, built.problems
    page = BeautifulSoup((tmp_path / "_build" / "html" / "index.html").read_text("utf-8"), "html.parser")
    stacked, above = page.select("table")
    first, second = stacked.select("tbody tr")
    assert [len(cell.select(".cell-label")) for cell in first.select("td") + second.select("td")] == [0, 1, 1, 0, 1, 0]
    reads, words = first.select(".cell-label")
    assert reads.select_one("math")  # the name of a column is copied with its formulas, and without its links
    assert words.get_text() == "in words"
    assert not words.select("a")
    assert stacked.select("th a")
    assert "of-3" in above["class"]
    ends = [["text-right" in cell.get("class", []) for cell in row.select("th, td")] for row in above.select("tr")]
    assert ends == [[False, True, False, False]] * 4  # shares were aligned by hand, shapes are not all numbers
