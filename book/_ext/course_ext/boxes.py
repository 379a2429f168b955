"""The boxes that every chapter has: its facts, the learner's question, and self-checks."""

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class ChapterFactsDirective(SphinxDirective):
    """``:::{chapter-facts}`` with the options minutes, needs and notebook, below a chapter's title."""

    option_spec = {  # noqa: RUF012
        "minutes": directives.positive_int,
        "needs": directives.unchanged_required,
        "notebook": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Returns the nodes that stand for the directive."""
        facts = nodes.bullet_list(classes=["chapter-facts"])
        messages: list[nodes.Node] = []

        def add(label: str, *content: nodes.Node) -> None:
            text = nodes.paragraph("", "", nodes.strong(text=f"{label}: "), *content)
            facts.append(nodes.list_item("", text))

        if "minutes" in self.options:
            add("Time", nodes.Text(f"about {self.options['minutes']} minutes of reading"))
        if "needs" in self.options:
            parsed, messages = self.parse_inline(self.options["needs"])
            add("You need", *parsed)
        if "notebook" in self.options:
            name = self.options["notebook"]
            add("Assignment", nodes.reference("", name, refid=f"assignment-{name}", internal=True))
        return [facts, *messages]


class _BoxDirective(SphinxDirective):
    """A container with a fixed label above its content."""

    has_content = True
    css_class = ""
    label = ""

    def run(self) -> list[nodes.Node]:
        """Returns the nodes that stand for the directive."""
        self.assert_has_content()
        box = nodes.container(classes=[self.css_class])
        box += nodes.paragraph("", self.label, classes=["box-label"])
        box += self.parse_content_to_nodes()
        return [box]


class QuestionDirective(_BoxDirective):
    """``:::{question}``: what a learner asked, in their words."""

    css_class, label = "question", "A learner asks"


class SelfCheckDirective(_BoxDirective):
    """``:::{self-check}``: a question to the reader, with its answer in a dropdown."""

    css_class, label = "self-check", "Check yourself"


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.add_directive("chapter-facts", ChapterFactsDirective)
    app.add_directive("question", QuestionDirective)
    app.add_directive("self-check", SelfCheckDirective)
