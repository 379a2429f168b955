"""A student's feedback page: what to do first, points, cards, the notebook; for a phone, in the dark, and offline."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from latex2mathml.converter import convert
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter
from traitlets.config import Config

from autograde.feedback.cards import TITLES, code_words
from autograde.nbgrader_adapter.notebooks import ABOUT

TEMPLATE, TEMPLATES = "course_feedback", Path(__file__).with_name("templates")
LIGHT, DARK = "a11y-high-contrast-light", "a11y-high-contrast-dark"
"""The colors of code in the book, too."""


@dataclass(frozen=True)
class Step:
    """One thing to do.

    Args:
        verb: "Write" or "Mend".
        function: its name.
        users: wrong functions that use it.
        idea: what was misunderstood, as HTML; "" where nothing is named.
    """

    verb: str
    function: str
    users: tuple[str, ...]
    idea: str


def _verdicts(notebook: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """By function, what the graded notebook notes beside its card."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            about = output.get("metadata", {}).get(ABOUT)
            if about is not None:
                yield about["function"], about


def steps(verdicts: Mapping[str, Mapping[str, Any]]) -> list[Step]:
    """What to do, in order: first what uses nothing that is wrong, what others wait for before the rest.

    Args:
        verdicts: by function in the notebook's order, its verdict, what it waits for, and the idea in HTML.
    """
    wrong = {name: about for name, about in verdicts.items() if about["verdict"] != "correct"}
    users = {name: tuple(other for other in wrong if name in wrong[other]["mend_first"]) for name in wrong}
    done: list[str] = []
    while len(done) < len(wrong):
        left = [name for name in wrong if name not in done]
        ready = [name for name in left if not set(wrong[name]["mend_first"]) & set(left) - {name}]
        done.append(max(ready or left[:1], key=lambda name: (len(users[name]), -left.index(name))))
    verbs = {name: "Write" if about["verdict"] == "no_answer" else "Mend" for name, about in wrong.items()}
    return [Step(verbs[name], name, users[name], code_words(wrong[name]["idea"])) for name in done]


class _Formulas(IPythonRenderer):
    """Formulas as MathML, which browsers set by themselves."""

    def inline_math(self, body: str) -> str:
        """A formula in a line."""
        return convert(body)

    def block_math(self, body: str) -> str:
        """A formula of its own."""
        return convert(body, display="block")

    def latex_environment(self, name: str, body: str) -> str:
        """Several lines."""
        return self.block_math(rf"\begin{{{name}}}{body}\end{{{name}}}")


def author_html(source: str) -> str:
    """An author's text as HTML, its formulas set."""
    return str(MarkdownWithMath(renderer=_Formulas(escape=False)).render(source))


@functools.cache
def _code_style() -> str:
    """The colors of code, for both themes."""
    light, dark = (HtmlFormatter(style=style).get_style_defs(".highlight") for style in (LIGHT, DARK))
    keep = [line for line in dark.splitlines() if not line.startswith(("pre", "td.linenos", "span.linenos"))]
    return f"{light}\n@media (prefers-color-scheme:dark){{{' '.join(keep)}}}\n.highlight{{background:none!important}}"


class FeedbackExporter(HTMLExporter):
    """The page that `nbgrader generate_feedback` writes for a graded notebook."""

    def __init__(self, config: Any = None, **kwargs: Any) -> None:
        # nbgrader names its own template for all HTML exporters; a section of this one's own is asked first.
        own = Config({"FeedbackExporter": {"template_name": TEMPLATE, "extra_template_basedirs": [str(TEMPLATES)]}})
        own.merge(config or {})
        super().__init__(config=own, **kwargs)

    def from_notebook_node(self, nb: Any, resources: Any = None, **kwargs: Any) -> Any:
        """The page of a graded notebook."""
        verdicts = dict(_verdicts(nb))
        resources["feedback"] = {
            "steps": steps(verdicts),
            "verdicts": {f"test_{name}": TITLES[about["verdict"]] for name, about in verdicts.items()},
            "code_style": _code_style(),
        }
        return super().from_notebook_node(nb, resources, **kwargs)

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Text as HTML; formulas are set where the course's authors wrote them, and a student's stay as typed."""
        if not context.get("cell", {}).get("metadata", {}).get(ABOUT, {}).get("author"):
            return str(super().markdown2html(context, source))
        return author_html(source)
