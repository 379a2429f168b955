"""The ``exercise`` directive: a numbered box with a difficulty and the minutes it should take."""

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from course_ext.words import N_, _, filled

logger = logging.getLogger(__name__)

GRADED_WORDS = 30
LEVELS = {1: N_("warm-up"), 2: N_("standard"), 3: N_("challenge")}


class exercise(nodes.Admonition, nodes.Element):  # noqa: N801 - docutils names node classes so
    """Children: a title, a line of facts, then the body."""


class exercise_title(nodes.Part, nodes.TextElement):  # noqa: N801
    """The exercise's title, after its number."""


def _level(argument: str) -> int:
    value = directives.nonnegative_int(argument)
    if value not in LEVELS:
        raise ValueError(f"difficulty is 1, 2 or 3, not {value}")
    return value


class ExerciseDirective(SphinxDirective):
    """``:::{exercise} Title`` with the options label, difficulty, minutes and graded."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = {  # noqa: RUF012
        "label": directives.unchanged_required,
        "difficulty": _level,
        "minutes": directives.positive_int,
        "graded": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Returns the nodes that stand for the directive."""
        missing = {"label", "difficulty", "minutes"} - set(self.options)
        if missing:
            raise self.error(f"exercise {self.arguments[0]!r} lacks: {', '.join(sorted(missing))}")
        self.assert_has_content()
        node = exercise(classes=["exercise"])
        # For the pages that collect the exercises of all chapters (chapters.py).
        node["difficulty"], node["minutes"] = self.options["difficulty"], self.options["minutes"]
        node["graded"] = self.options.get("graded", "")
        self.set_source_info(node)
        node["names"].append(nodes.fully_normalize_name(self.options["label"]))
        self.state.document.note_explicit_target(node, node)

        children, messages = self.parse_inline(self.arguments[0])
        title = exercise_title(self.arguments[0], "", *children)
        self.set_source_info(title)
        level = self.options["difficulty"]
        facts = nodes.paragraph(classes=["exercise-facts"])
        difficulty = _("Difficulty {level} of 3 ({word})").format(level=level, word=_(LEVELS[level]))
        facts += nodes.inline(text=difficulty)
        facts += nodes.Text(" · ")
        facts += nodes.inline(text=_("about {minutes} minutes").format(minutes=self.options["minutes"]))
        if "graded" in self.options:
            function = nodes.literal(text=self.options["graded"], classes=["graded-function"])
            facts += [nodes.Text(" · "), *filled(_("graded: {function}, in the notebook"), function=function)]
        node += [title, facts]
        node += self._content()
        return [node, *messages]

    def _content(self) -> list[nodes.Node]:
        """The body. The notebook describes a graded exercise, so the page does it in a few words."""
        content = self.parse_content_to_nodes()
        words = sum(len(node.astext().split()) for node in content)
        if "graded" in self.options and words > GRADED_WORDS:
            raise self.error(
                f"the notebook describes what is graded: say it in {GRADED_WORDS} words here, no hints, not {words}"
            )
        return content


def link_to_card(app: Sphinx, doctree: nodes.document) -> None:
    """Makes the name of each graded function a link to the card of the page's assignment."""
    functions = [node for node in doctree.findall(nodes.literal) if "graded-function" in node["classes"]]
    cards = [node["ids"][0] for node in doctree.findall(nodes.container) if "assignment" in node["classes"]]
    for function in functions:
        if not cards:
            logger.warning(
                "a graded exercise stands on a page without an assignment card",
                location=function, type="course", subtype="exercise",
            )  # fmt: skip
            return
        function.replace_self(nodes.reference("", "", function.deepcopy(), refid=cards[0], internal=True))


def visit_exercise(self: HTML5Translator, node: exercise) -> None:
    """Opens the box."""
    self.body.append(self.starttag(node, "div"))


def depart_exercise(self: HTML5Translator, node: exercise) -> None:
    """Closes the box."""
    self.body.append("</div>\n")


def visit_title(self: HTML5Translator, node: exercise_title) -> None:
    """Opens the title line, with the exercise's number."""
    self.body.append(self.starttag(node, "p", "", CLASS="exercise-title"))
    self.add_fignumber(node.parent)


def depart_title(self: HTML5Translator, node: exercise_title) -> None:
    """Closes the title line, with a link to the exercise."""
    self.add_permalink_ref(node.parent, _("Link to this exercise"))
    self.body.append("</p>\n")


def _plain(self: nodes.NodeVisitor, node: nodes.Node) -> None:
    """Builders that know nothing of exercises show the parts one after another."""


def _title_of(node: exercise) -> str:
    return node.next_node(exercise_title).astext()


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.add_enumerable_node(
        exercise, "exercise", _title_of,
        html=(visit_exercise, depart_exercise), latex=(_plain, _plain), text=(_plain, _plain),
    )  # fmt: skip
    app.add_node(
        exercise_title,
        html=(visit_title, depart_title), latex=(_plain, _plain), text=(_plain, _plain),
    )  # fmt: skip
    app.add_directive("exercise", ExerciseDirective)
    app.connect("doctree-read", link_to_card)
