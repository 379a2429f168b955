"""The boxes that every chapter has: its facts, the learner's question, and self-checks."""

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from course_ext.words import N_, _


class ChapterFactsDirective(SphinxDirective):
    """``:::{chapter-facts}`` with the options minutes, needs, notebook and search, below a chapter's title."""

    option_spec = {  # noqa: RUF012
        "minutes": directives.positive_int,
        "needs": directives.unchanged_required,
        "notebook": directives.unchanged_required,
        "search": directives.unchanged_required,  # a word that must lead here; the tests read it in the source
    }

    def run(self) -> list[nodes.Node]:
        """Returns the nodes that stand for the directive."""
        missing = set(self.option_spec) - set(self.options)
        if missing:
            raise self.error(f"chapter-facts lacks: {', '.join(sorted(missing))}")
        # The values stand on the node for the pages that collect them (chapters.py).
        facts = nodes.bullet_list(classes=["chapter-facts"])
        facts["minutes"], facts["notebook"] = self.options["minutes"], self.options["notebook"]

        def add(label: str, *content: nodes.Node, css_class: str) -> None:
            text = nodes.paragraph("", "", nodes.strong(text=f"{label} "), *content)
            facts.append(nodes.list_item("", text, classes=[css_class]))

        found, messages = self.parse_inline(self.options["needs"])
        # Sphinx translates such an inline node by itself, and takes it away afterwards: its words stay.
        needs = nodes.inline(self.options["needs"], "", *found, translatable=True)
        self.set_source_info(needs)
        name = self.options["notebook"]
        card = nodes.reference("", name, refid=f"assignment-{name}", internal=True)
        reading = _("about {minutes} minutes of reading").format(minutes=self.options["minutes"])
        add(_("Time:"), nodes.Text(reading), css_class="fact-time")
        add(_("You need:"), needs, css_class="fact-needs")
        add(_("Assignment:"), card, css_class="fact-assignment")
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
        box += nodes.paragraph("", _(self.label), classes=["box-label"])
        box += self.parse_content_to_nodes()
        return [box]


class QuestionDirective(_BoxDirective):
    """``:::{question}``: what a learner asked, in their words."""

    css_class, label = "question", N_("A learner asks")


class SelfCheckDirective(_BoxDirective):
    """``:::{self-check}``: a question to the reader, with its answer in a dropdown."""

    css_class, label = "self-check", N_("Check yourself")


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.add_directive("chapter-facts", ChapterFactsDirective)
    app.add_directive("question", QuestionDirective)
    app.add_directive("self-check", SelfCheckDirective)
