"""Tables that pages compute: a reader's window wraps and scrolls them, as it can't do with printed columns."""

from collections.abc import Iterable, Sequence
from typing import Literal

from IPython.display import Markdown, display


def show_table(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    words: int = 1,
    narrow: Literal["", "stacked", "names-above"] = "",
) -> None:
    """Shows a table on the page.

    Args:
        header: a name for each column; may hold mathematics and roles, as Markdown of a page.
        rows: the cells, written as they are.
        words: how many columns hold words, which begin at the left; numbers end at the right.
        narrow: what a phone makes of a table that is wider: each row a block of named cells, or the names of rows above
            their numbers.

    Raises:
        ValueError: a column has no name, and a reader who hears the table would not know what it holds.
    """
    if not all(header):
        raise ValueError(f"every column needs a name; got {tuple(header)}, so name the empty ones")
    sides = [":---" if column < words else "---:" for column in range(len(header))]
    lines = [" | ".join(map(str, one)) for one in (header, sides, *rows)]
    table = "\n".join(f"| {one} |" for one in lines)
    display(Markdown(f":::{{table}}\n:class: {narrow}\n\n{table}\n:::" if narrow else table))
