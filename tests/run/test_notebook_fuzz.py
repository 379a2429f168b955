"""Whatever bytes are handed in become plain cells or one reason, in bounded time; `make fuzz` looks longer."""

import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograde.run.notebook import MAX_BRACKETS, MAX_CELLS, BadNotebookError, merge, parse, plan
from autograde.sandbox import Ask, Cell
from tests.conftest import document, source_of, submission

NAME = "padding"
ASSIGNMENT = source_of(NAME)
ASKS = {function: Ask(function, []) for function in ASSIGNMENT.points}
IDS = st.sampled_from([*ASSIGNMENT.by_id(), *ASSIGNMENT.points, "", "nothing", "\ud800"])
TEXT = st.text(st.characters(exclude_categories=()), max_size=8)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
PICTURES = st.dictionaries(
    TEXT, st.dictionaries(st.sampled_from(["image/png", "text/html"]), ANY, max_size=2), max_size=2
)
CELLS = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading"]) | ANY,
        "source": TEXT | st.lists(TEXT, max_size=3) | ANY,
        "metadata": st.fixed_dictionaries({}, optional={"nbgrader": st.fixed_dictionaries({"grade_id": IDS | ANY})})
        | ANY,
        "attachments": PICTURES | ANY,
        "outputs": ANY,
    },
)
NOTEBOOKS = st.fixed_dictionaries(
    {}, optional={"cells": st.lists(CELLS | ANY, max_size=8) | ANY, "worksheets": ANY, "nbformat": ANY}
)


def _read(content):
    """What the reader makes of it: a reason in words, or steps that the sandbox can take."""
    try:
        cells = parse(content, f"{NAME}.ipynb")
    except BadNotebookError as error:
        reason = str(error).encode()
    else:
        reason = b""
    if reason:
        assert f"{NAME}.ipynb".encode() in reason
        return None
    merged = merge(cells, ASSIGNMENT)
    for cell in merged:
        cell.source.encode()
        assert cell.kind in ("code", "markdown")
        json.dumps(dict(cell.pictures), ensure_ascii=False).encode()
    ids = [cell.id for cell in merged]
    assert len(set(ids)) == len(ids)
    assert [one for one in ids if one.startswith("test_")] != []
    steps = plan(merged, ASKS)
    assert {step.function for step in steps if isinstance(step, Ask)} == set(ASKS)
    assert all(step.source.strip() for step in steps if isinstance(step, Cell))
    return merged


@given(NOTEBOOKS | ANY)
@example({"cells": None, "worksheets": [{"cells": [{"input": "x", "cell_type": "code"}]}]})
@example({"cells": [{"cell_type": "markdown", "source": "x", "attachments": {"\ud800": {"image/png": "\udfff"}}}]})
@example({"cells": [{"cell_type": "code", "source": ["\ud83d", "\ude00"]}]})
@example({"cells": [{"cell_type": "code", "source": "x", "metadata": {"nbgrader": {"grade_id": "extra-01"}}}] * 2})
def test_any_json_is_read(value):
    _read(json.dumps(value).encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=60))
@example(b"1" * 5000)
@example(b"\xff\xfe[\x00]\x00")
@example(b"\xef\xbb\xbf{}")
@example(b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}')
@example(b"1e999999999")
@example(b'{"cells": NaN}')
def test_any_bytes_are_read(content):
    _read(content)


WHOLE = document(submission(NAME))


@given(st.integers(0, len(WHOLE)), st.integers(0, 40), st.binary(max_size=20))
def test_a_damaged_notebook_is_read(place, length, put):
    _read(WHOLE[:place] + put + WHOLE[place + length :])


@pytest.mark.parametrize(
    "content",
    [
        b"[" * (32 << 20),
        b'{"a":' * (6 << 20),
        b'{"cells": [' + b"[]," * (10 << 20) + b"1]}",
        b'{"cells": [' + b"1," * (15 << 20) + b"1]}",
        b'{"cells": "' + b"\\u0041" * (5 << 20) + b'"}',
        b'{"cells": [{"cell_type": "code", "source": "' + b"\\\\'" * (10 << 20) + b'"}]}',
    ],
    ids=["brackets", "tables", "lists", "numbers", "escapes", "quotes"],
)
def test_the_largest_files_are_read_in_seconds(content):
    began = time.process_time()
    _read(content)
    assert time.process_time() - began < 20


def test_a_notebook_at_the_limits_is_read():
    cells = [{"cell_type": "code", "source": f"x = {n}"} for n in range(MAX_CELLS)]
    assert _read(json.dumps({"cells": cells}).encode()) is not None
    assert _read(json.dumps({"cells": [*cells, {}]}).encode()) is None
    assert _read(json.dumps({"cells": cells, "x": "[" * MAX_BRACKETS}).encode()) is None
