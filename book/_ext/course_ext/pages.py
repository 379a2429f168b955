"""The finished pages: no CDN, and the theme's markup repaired where it breaks accessibility rules."""

from sphinx.application import Sphinx
from sphinx.config import Config


def drop_thebe(app: Sphinx, config: Config) -> None:
    """Jupyter Book always loads sphinx_thebe, which declares a script on a CDN in every page."""
    for listeners in app.events.listeners.values():
        listeners[:] = [entry for entry in listeners if not entry.handler.__module__.startswith("sphinx_thebe")]
    app.registry.css_files[:] = [entry for entry in app.registry.css_files if "sphinx-thebe" not in entry[0]]


def setup(app: Sphinx) -> None:
    app.connect("config-inited", drop_thebe)
