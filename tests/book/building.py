"""Builds small books in the tests' own process: a process for each would spend most of its time on importing Sphinx."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import pytest
from sphinx.errors import SphinxError
from sphinx.testing.util import SphinxTestApp
from sphinx.util.console import strip_colors


@dataclass
class Built:
    """What a build with ``-W --keep-going`` said."""

    passed: bool
    status: str
    problems: str
    """Warnings, and the error that ended it."""


def build(source: Path, target: Path, builder: str = "html", **settings: object) -> Built:
    """Builds a folder with a conf.py into a folder of the builder's name; leaves this process as it was.

    Args:
        source: the folder.
        target: the parent of the builder's folder; what is kept between builds is there, too.
        builder: Sphinx's name of it.
        **settings: override what conf.py sets.
    """
    status, warning = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PYTHONPATH", "MATPLOTLIBRC", "IPYTHONDIR"):  # the course's extension sets them
            patch.setenv(name, "")
            patch.delenv(name)
        # Sphinx fills the default of this setting in place, and the next book would have the last one's parsers.
        overrides = {"source_suffix": {".rst": "restructuredtext"}, **settings}
        passed, error = False, ""
        try:
            app = SphinxTestApp(
                builder, srcdir=source, builddir=target, confoverrides=overrides,
                status=status, warning=warning, warningiserror=True, keep_going=True,
            )  # fmt: skip
        except SphinxError as raised:  # it has cleaned up by itself
            error = str(raised)
        else:
            try:
                app.build()
                passed = app.statuscode == 0
            except SphinxError as raised:
                error = str(raised)
            finally:
                app.cleanup()
    problems = strip_colors(f"{warning.getvalue()}{error}")
    return Built(passed, strip_colors(status.getvalue()), problems)
