"""The finished pages: no CDN, and the theme's markup repaired where it breaks accessibility rules.

axe-core names each rule in the tests; a repair that matches nothing is harmless, so a theme that mends its markup
does not break the build.
"""

import html
import re
from collections.abc import Callable
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from course_ext.words import N_, _

WITHOUT_SCRIPTS = N_(
    'Search needs scripts. Without them, the <a href="glossary.html">glossary</a> leads from every word of the course '
    'to where it is used, and the <a href="figures.html">list of figures</a> and the '
    '<a href="formulas.html">list of formulas</a> to their sections.'
)


def _without_scripts(found: re.Match[str]) -> str:
    return f"{found[1]}<p>{_(WITHOUT_SCRIPTS)}</p>"


def _sidebar(found: re.Match[str]) -> str:
    return f'{found[1]} role="navigation" aria-label="{html.escape(_("Book"))}"'


THEME = (
    N_("Main"), N_("Page"), N_("Color mode"), N_("Toggle primary sidebar"), N_("Toggle secondary sidebar"),
)  # fmt: skip
"""What the theme's templates say in English whatever the language is."""
_SAID_BY_THEME = r'((?:title|aria-label)=")(' + "|".join(map(re.escape, THEME)) + r')(?=")'


def _by_theme(found: re.Match[str]) -> str:
    return found[1] + html.escape(_(found[2]))


REPAIRS: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (_SAID_BY_THEME, _by_theme),
    # label-content-name-mismatch: the visible text is the name, a label that differs hides it.
    (r'(<button class="btn search-button-field[^>]*?)\s+aria-label="[^"]*"', r"\1"),
    (r'(<summary) aria-label="Toggle hidden content"', r"\1"),
    # The color switch holds three icons with names of their own; its name is the one text in it.
    (
        r'(<button class="[^"]*theme-switch-button[^"]*") aria-label="([^"]*)"([^>]*>)',
        r'\1\3<span class="visually-hidden">\2</span>',
    ),
    (r'(<i class="theme-switch [^"]*" data-mode="\w+")\s+title="[^"]*">', r'\1 aria-hidden="true">'),
    # region: the sidebar, with the book's name in it, is no landmark.
    (r'(<div id="pst-primary-sidebar")(?! role)', _sidebar),
    # aria-deprecated-role, aria-allowed-role, aria-required-children: docutils' roles for citations.
    (r'(<div class="citation"[^>]*?) role="doc-biblioentry"', r"\1"),
    (r'<div role="list" class="citation-list">', r'<div class="citation-list">'),
    # The theme's box says only that search wants scripts.
    (
        r'(<noscript>\s*)<div class="admonition error">\s*<p[^>]*>[^<]*</p>\s*<p>[^<]*</p>\s*</div>',
        _without_scripts,
    ),
    # Column headers say that they are.
    (r'<th class="head([^"]*)">', r'<th class="head\1" scope="col">'),
)
_COMPILED = tuple((re.compile(pattern), replacement) for pattern, replacement in REPAIRS)


def repair(page: str) -> str:
    """Returns a page's HTML with the repairs made. Repairing twice changes nothing more."""
    for pattern, replacement in _COMPILED:
        page = pattern.sub(replacement, page)
    return page


def repair_site(app: Sphinx, exception: Exception | None) -> None:
    """Repairs every page that the build wrote."""
    if exception is not None or app.builder.format != "html":
        return
    for file in Path(app.outdir).rglob("*.html"):
        if "_static" in file.relative_to(app.outdir).parts:
            continue
        before = file.read_text(encoding="utf-8")
        after = repair(before)
        if after != before:
            file.write_text(after, encoding="utf-8")


def drop_thebe(app: Sphinx, config: Config) -> None:
    """Jupyter Book always loads sphinx_thebe, which declares a script on a CDN in every page."""
    for listeners in app.events.listeners.values():
        listeners[:] = [entry for entry in listeners if not entry.handler.__module__.startswith("sphinx_thebe")]
    app.registry.css_files[:] = [entry for entry in app.registry.css_files if "sphinx-thebe" not in entry[0]]


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.connect("config-inited", drop_thebe)
    app.connect("build-finished", repair_site)
