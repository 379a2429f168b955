"""The ``answer`` directive: a field to type an answer into, before the fold with the whole answer is opened.

    :::{answer} Rows and columns
    :is: (2, 3)
    :computed: padding.pad2d(np.ones((1, 2)), (0, 1)).shape

    (4, 5): Each side was counted twice.
    (2, 2): = padding_is_total
    :::

The page holds the right answer and the wrong ones that somebody foresaw; answers.js compares. Without scripts nothing
of it shows, and the fold below stands as it always did. Tests evaluate ``computed``.
"""

import ast
import functools
import html
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from course_ext.exercises import exercise
from course_ext.words import N_, _

logger = logging.getLogger(__name__)

CLASS = "answer-field"
LABEL = N_("Your answer")
_WRONG = re.compile(r"(?P<value>[^:]+?)\s*:\s+(?P<words>\S.*)", re.DOTALL)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def numbers(text: str) -> list[list[str]]:
    """Returns the rows of numbers that an answer has, as they are written.

    Args:
        text: ``12``, ``0.25``, ``(2, 3)``, or the rows of a matrix with semicolons between: ``1, 2; 3, 4``.

    Raises:
        ValueError: something else is written there.
    """
    rows = [row.strip().strip("()[]").split(",") for row in text.strip().split(";")]
    found = [[one.strip() for one in row if one.strip()] for row in rows]
    wrong = [one for row in found for one in row if not _NUMBER.fullmatch(one)]
    if wrong or not all(found) or len({len(row) for row in found}) != 1:
        raise ValueError(f"write 12, 0.25, (2, 3) or 1, 2; 3, 4 for an answer, not {text!r}")
    return found


def as_attribute(text: str) -> str:
    """Returns an answer as answers.js reads it: columns by spaces, rows by semicolons."""
    return ";".join(" ".join(row) for row in numbers(text))


@functools.cache
def _told(file: Path) -> dict[str, set[str]]:
    """By name, the sentences with which a file's misconceptions are told to students."""
    calls = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    told: dict[str, set[str]] = {}
    for call in calls:
        if getattr(call.func, "id", "") == "Misconception" and len(call.args) > 2:
            name, _, sentence = call.args[:3]
            if isinstance(name, ast.Constant) and isinstance(sentence, ast.Constant):
                told.setdefault(str(name.value), set()).add(str(sentence.value))
    return told


class AnswerDirective(SphinxDirective):
    """``:::{answer} what is asked`` with the options is and computed; its lines are foreseen wrong answers."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = {"is": as_attribute, "computed": str}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        """Returns the nodes that stand for the directive."""
        if "is" not in self.options:
            raise self.error("an answer says what it is: `:is: 12`")
        label, messages = self.parse_inline(self.arguments[0] if self.arguments else _(LABEL))
        box = nodes.container(classes=[CLASS])
        box += nodes.raw("", f'<answer-field is-right="{html.escape(self.options["is"])}">', format="html")
        box += self._paragraph(self.arguments[0] if self.arguments else "", label, "answer-label")
        for value, words in self._wrong():
            found, more = self.parse_inline(words)
            messages += more
            box += nodes.raw("", f'<div class="answer-wrong" data-when="{html.escape(value)}">', format="html")
            box += [self._paragraph(words, found), nodes.raw("", "</div>", format="html")]
        box += nodes.raw("", "</answer-field>", format="html")
        return [box, *messages]

    def _paragraph(self, text: str, found: list[nodes.Node], *classes: str) -> nodes.paragraph:
        """A paragraph whose text gettext extracts, unless it is the book's own."""
        made = nodes.paragraph(text, "", *found, classes=list(classes))
        if text:
            self.set_source_info(made)
        return made

    def _wrong(self) -> list[tuple[str, str]]:
        """The foreseen wrong answers, each with what to say of it; a line that is indented goes on with the last."""
        found = []
        for line in re.split(r"\n(?=\S)", "\n".join(self.content)):
            if not line.strip():
                continue
            match = _WRONG.fullmatch(line.strip())
            if match is None:
                raise self.error(f"write `12: what was misunderstood` for a wrong answer, not {line!r}")
            try:
                value = as_attribute(match["value"])
            except ValueError as error:
                raise self.error(str(error)) from error
            words = " ".join(match["words"].split())
            found.append((value, self._idea(words[2:]) if words.startswith("= ") else words))
        values = [self.options["is"], *(value for value, _ in found)]
        if len(set(values)) != len(values):
            raise self.error(f"two of these answers are the same: {', '.join(values)}")
        return found

    def _idea(self, name: str) -> str:
        """What the grader tells students about an idea of this chapter's functions, or of those that chapters share."""
        solutions = Path(self.env.srcdir).parent / "solutions"
        chapter = solutions / self.env.docname.rsplit("/", 1)[-1] / "questions.py"
        for file in (chapter, *sorted(solutions.glob("*.py"))):
            told = _told(file).get(name, set()) if file.is_file() else set()
            if len(told) > 1:
                raise self.error(f"{name!r} is told in {len(told)} ways in {file}: write the sentence that fits")
            if told:
                self.env.note_dependency(str(file))
                return told.copy().pop()
        raise self.error(f"no question of this chapter names the misconception {name!r}")


def check_places(app: Sphinx, doctree: nodes.document) -> None:
    """Warns of a field that does not stand in a self-check or an exercise, above the fold with the whole answer."""
    for field in doctree.findall(nodes.container):
        if CLASS not in field["classes"]:
            continue
        box = field.parent
        after = box.children[box.index(field) + 1 :]
        folds = any(isinstance(one, nodes.container) and one.get("design_component") == "dropdown" for one in after)
        if not folds or not (isinstance(box, exercise) or "self-check" in box.get("classes", [])):
            logger.warning(
                "an answer field stands in a self-check or an exercise, above its answer",
                location=field, type="course", subtype="answer",
            )  # fmt: skip


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.add_directive("answer", AnswerDirective)
    app.connect("doctree-read", check_places)
