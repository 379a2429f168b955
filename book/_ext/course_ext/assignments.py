"""The ``assignment`` directive: a card that leads from a chapter to its notebook.

The addresses it links to come from ``course_repository_url`` and its neighbors in _config.yml. The card also
offers the assignment's folder as a zip, which works with no network.
"""

import html
import zipfile
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

ZIP_DATE = (2026, 1, 1, 0, 0, 0)


class assignment(nodes.General, nodes.Element):  # noqa: N801 - docutils names node classes so
    """Replaced by the card once the page's place in the site is known."""


class AssignmentDirective(SphinxDirective):
    """``:::{assignment} padding`` with an optional body that says what the reader builds."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Returns the nodes that stand for the directive."""
        card = nodes.container(classes=["assignment"], ids=[f"assignment-{self.arguments[0]}"])
        card += nodes.paragraph("", "Assignment", classes=["box-label"])
        card += self.parse_content_to_nodes()
        card += assignment(name=self.arguments[0])
        exercises = Path(self.env.app.srcdir).parent / "exercises" / self.arguments[0]
        for file in exercises.rglob("*"):
            self.env.note_dependency(str(file))
        return [card]


def _folder(app: Sphinx, name: str) -> Path:
    return Path(app.srcdir).parent / "exercises" / name


def _links(app: Sphinx, docname: str, name: str) -> list[tuple[str, str]]:
    """(text, address) of each way to open the notebook."""
    config = app.config
    links = []
    if (_folder(app, name) / f"{name}.ipynb").is_file():
        page = app.builder.get_target_uri(docname)
        links.append(("Download the notebook (zip)", relative_uri(page, f"assignments/{name}.zip")))
    if config.course_repository_url:
        owner = config.course_repository_url.rstrip("/").split("github.com/")[-1]
        branch, path = config.course_repository_branch, f"exercises/{name}/{name}.ipynb"
        links.append(("Open in Colab", f"{config.course_colab_url}/github/{owner}/blob/{branch}/{path}"))
        links.append(("Open in Binder", f"{config.course_binder_url}/v2/gh/{owner}/{branch}?labpath={path}"))
        links.append(("See it in the repository", f"{config.course_repository_url}/blob/{branch}/{path}"))
    return links


def fill_cards(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Writes each card's links, now that the page's address is known."""
    for node in list(doctree.findall(assignment)):
        name = node["name"]
        where = f'<p class="assignment-where">In the course folder: <code>exercises/{name}/{name}.ipynb</code></p>'
        items = "".join(
            f'<li><a href="{html.escape(address)}">{html.escape(text)}</a></li>'
            for text, address in _links(app, docname, name)
        )
        listed = f'<ul class="assignment-links">{items}</ul>' if items else ""
        if app.builder.format == "html":
            node.replace_self(nodes.raw("", where + listed, format="html"))
        else:
            node.replace_self(nodes.paragraph("", f"Assignment: exercises/{name}/{name}.ipynb"))


def write_archives(app: Sphinx, exception: Exception | None) -> None:
    """Puts each assignment's folder into the site as a zip, byte-identical from one build to the next."""
    if exception is not None or app.builder.format != "html":
        return
    exercises = Path(app.srcdir).parent / "exercises"
    for notebook in sorted(exercises.glob("*/*.ipynb")):
        name = notebook.parent.name
        if notebook.stem != name:
            continue
        target = Path(app.outdir) / "assignments" / f"{name}.zip"
        target.parent.mkdir(exist_ok=True)
        files = [file for file in sorted(notebook.parent.rglob("*")) if file.is_file() and _given_out(file)]
        requirements = exercises / "requirements.txt"
        if requirements.is_file():
            files.append(requirements)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                inside = file.relative_to(exercises) if file != requirements else Path(name) / requirements.name
                archive.writestr(zipfile.ZipInfo(str(inside), ZIP_DATE), file.read_bytes(), zipfile.ZIP_DEFLATED)


def _given_out(file: Path) -> bool:
    return not any(part.startswith((".", "__pycache__")) for part in file.parts[-2:])


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.add_config_value("course_repository_url", "", "env", [str])
    app.add_config_value("course_repository_branch", "main", "env", [str])
    app.add_config_value("course_colab_url", "", "env", [str])
    app.add_config_value("course_binder_url", "", "env", [str])
    app.add_node(assignment)
    app.add_directive("assignment", AssignmentDirective)
    app.connect("doctree-resolved", fill_cards)
    app.connect("build-finished", write_archives)
