"""The ``assignment`` directive: a card that leads from a chapter to its notebook.

The addresses it links to come from ``course_repository_url`` and its neighbors in _config.yml. The card also
offers the assignment's folder as a zip, which works with no network. launch.py knows the services' addresses.
"""

import html
import zipfile
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from course_ext.chapters import chapters
from course_ext.launch import Places
from course_ext.words import _

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
        card += nodes.paragraph("", _("Assignment"), classes=["box-label"])
        card += self.parse_content_to_nodes()
        card += assignment(name=self.arguments[0])
        exercises = Path(self.env.app.srcdir).parent / "exercises" / self.arguments[0]
        for file in exercises.rglob("*"):
            self.env.note_dependency(str(file))
        return [card]


def check_settings(app: Sphinx, config: Config) -> None:
    """Stops a build whose links would lead nowhere."""
    problem = _places(config).problem()
    if problem:
        raise ConfigError(f"_config.yml: {problem}")


def _places(config: Config) -> Places:
    return Places(
        repository_url=config.course_repository_url,
        branch=config.course_repository_branch,
        colab_url=config.course_colab_url,
        binder_url=config.course_binder_url,
        jupyterlab_url=config.course_jupyterlab_url,
    )


def _links(app: Sphinx, docname: str, name: str) -> list[tuple[str, str]]:
    """(text, address) of each way to get or open the notebook."""
    links = []
    if (Path(app.srcdir).parent / "exercises" / name / f"{name}.ipynb").is_file():
        page = app.builder.get_target_uri(docname)
        links.append((_("Download the notebook (zip)"), relative_uri(page, f"assignments/{name}.zip")))
    return links + _places(app.config).links(f"exercises/{name}/{name}.ipynb")


def _time(app: Sphinx, docname: str) -> str:
    """What the exercises that the assignment grades say of their minutes, added up."""
    record = next((record for record in chapters(app.env) if record.docname == docname), None)
    if record is None or not record.graded_minutes:
        return ""
    return _("About {minutes} minutes.").format(minutes=record.graded_minutes) + " "


def fill_cards(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Writes each card's links, now that the page's address is known."""
    for node in list(doctree.findall(assignment)):
        name = node["name"]
        where = (
            f'<p class="assignment-where">{_time(app, docname)}'
            + _("Unpacked, it opens with {command}.").format(
                command=f'<code class="literal">jupyter lab {name}/{name}.ipynb</code>'
            )
            + "</p>"
        )
        items = "".join(
            f'<li><a href="{html.escape(address)}">{html.escape(_(text))}</a></li>'
            for text, address in _links(app, docname, name)
        )
        listed = f'<ul class="assignment-links">{items}</ul>' if items else ""
        if app.builder.format == "html":
            node.replace_self(nodes.raw("", where + listed, format="html"))
        else:
            node.replace_self(nodes.paragraph("", f"{_('Assignment')}: exercises/{name}/{name}.ipynb"))


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
    app.add_config_value("course_jupyterlab_url", "", "env", [str])
    app.add_node(assignment)
    app.add_directive("assignment", AssignmentDirective)
    app.connect("config-inited", check_settings)
    app.connect("doctree-resolved", fill_cards)
    app.connect("build-finished", write_archives)
