"""The directives of the interactive components, with text or a table in their place where scripts are off."""

import html
import json
import re
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from course_ext.words import N_, _


class component(nodes.container):  # noqa: N801 - docutils names node classes so
    """A container that knows its component's title, and has an id to link to."""


def _box(document: nodes.document, tag: str, title: str) -> component:
    """Returns the container of a component; the second of a kind on one page gets -2 at the end of its id."""
    number = sum(node["tag"] == tag for node in document.findall(component)) + 1
    return component(classes=["playground"], ids=[f"{tag}-{number}"], tag=tag, title=_(title))


_NUMBERS = ("n", "k", "p", "s", "d", "q", "c", "f")
_FEATURES = ("modes", "paint", "channels", "pool", "photo")


def _numbers(argument: str) -> str:
    """A comma-separated list of integers, rows separated by semicolons, planes by bars."""
    if not re.fullmatch(r"\s*-?\d+(\s*[,;|]\s*-?\d+)*\s*", argument or ""):
        raise ValueError("write integers as 1,2,3;4,5,6, and a second plane after a bar")
    return re.sub(r"\s+", "", argument)


def _features(argument: str) -> str:
    """Names of what a chapter adds to the playground."""
    names = (argument or "").split()
    if not names or not set(names) <= set(_FEATURES):
        raise ValueError(f"features are some of {', '.join(_FEATURES)}; got {argument!r}")
    return " ".join(names)


class PlaygroundDirective(SphinxDirective):
    """``:::{conv-playground}``: one window at a time; its body is the static reading."""

    has_content = True
    option_spec = {  # noqa: RUF012
        **{name: directives.nonnegative_int for name in _NUMBERS},
        "x": _numbers,
        "w": _numbers,
        "b": _numbers,
        "op": lambda argument: directives.choice(argument, ("conv", "paint", "spread", "max", "average")),
        "m": lambda argument: directives.choice(argument, ("zeros", "reflect", "replicate", "circular")),
        "features": _features,
        "flip": directives.flag,
        "label": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Returns the nodes that stand for the directive."""
        self.assert_has_content()
        attributes = "".join(
            f' {name}="{html.escape("" if value is None else str(value))}"'
            for name, value in sorted(self.options.items())
        )
        box = _box(self.state.document, "conv-playground", N_("One window at a time"))
        box += nodes.raw("", f"<conv-playground{attributes}>", format="html")
        box += self.parse_content_to_nodes()
        box += nodes.raw("", "</conv-playground>", format="html")
        return [box]


class PlayRole(SphinxRole):
    """``{play}`its words <k5_p2>` ``: a link that opens the page's first playground at the setting in the brackets."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Returns a link within the page; the setting is as the playground itself writes it into the address."""
        found = re.fullmatch(r"(?P<words>.+?)\s*<(?P<setting>[\w.,-]+)>", self.text, re.DOTALL)
        if found is None:
            message = self.inliner.reporter.error("write {play}`words <k5_p2>`", line=self.lineno)
            return [], [message]
        link = f'<a class="play" href="?play1={found["setting"]}#conv-playground-1">{html.escape(found["words"])}</a>'
        return [nodes.raw("", link, format="html")], []


class _ExplorerDirective(SphinxDirective):
    """A component with one option, preset: the setting it starts with. Its body is the static reading."""

    has_content = True
    option_spec = {"preset": directives.unchanged_required}  # noqa: RUF012
    tag = ""
    title = ""

    def run(self) -> list[nodes.Node]:
        """Returns the nodes that stand for the directive."""
        self.assert_has_content()
        preset = html.escape(self.options.get("preset", ""))
        box = _box(self.state.document, self.tag, self.title)
        box += nodes.raw("", f'<{self.tag} preset="{preset}">', format="html")
        box += self.parse_content_to_nodes()
        box += nodes.raw("", f"</{self.tag}>", format="html")
        return [box]


class VolumeExplorerDirective(_ExplorerDirective):
    """``:::{volume-explorer}``: shapes and costs of one convolutional layer."""

    tag = "volume-explorer"
    title = N_("One layer as two volumes")


class ReceptiveFieldExplorerDirective(_ExplorerDirective):
    """``:::{receptive-field-explorer}``: what one unit sees through a stack of layers."""

    tag = "receptive-field-explorer"
    title = N_("How far a unit sees")


class ResidualBlockExplorerDirective(_ExplorerDirective):
    """``:::{residual-block-explorer}``: which shapes a block can add, and why not."""

    tag = "residual-block-explorer"
    title = N_("Which tensors a residual block can add")


class ArchitectureBrowserDirective(_ExplorerDirective):
    """``:::{architecture-browser}``: every layer of a published network."""

    tag = "architecture-browser"
    title = N_("Every layer of a network")


class DeletionExplorerDirective(SphinxDirective):
    """``:::{deletion-explorer}``: two trained networks without some of their blocks, by benchmarks/deletion.py."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Returns the nodes that stand for the directive."""
        self.assert_has_content()
        path = Path(self.env.srcdir).parent / "benchmarks" / "results" / "deletion.json"
        self.env.note_dependency(str(path))
        record = json.loads(path.read_text("utf-8"))
        counts = "".join(f' {name}="{",".join(map(str, record["wrong"][name]))}"' for name in ("residual", "plain"))
        box = _box(self.state.document, "deletion-explorer", N_("A network without some of its blocks"))
        box += nodes.raw("", f'<deletion-explorer pictures="{record["pictures"]}"{counts}>', format="html")
        box += self.parse_content_to_nodes()
        box += nodes.raw("", "</deletion-explorer>", format="html")
        return [box]


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.add_node(component)
    app.add_directive("conv-playground", PlaygroundDirective)
    app.add_role("play", PlayRole())
    app.add_directive("volume-explorer", VolumeExplorerDirective)
    app.add_directive("receptive-field-explorer", ReceptiveFieldExplorerDirective)
    app.add_directive("residual-block-explorer", ResidualBlockExplorerDirective)
    app.add_directive("architecture-browser", ArchitectureBrowserDirective)
    app.add_directive("deletion-explorer", DeletionExplorerDirective)
