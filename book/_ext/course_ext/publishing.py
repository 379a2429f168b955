"""What a published book has: who made it, how to cite it, and what search engines and previews read.

``html_baseurl`` is the address at which the site is published, ``course_repository_url`` where its source is; the
environment variables ``COURSE_SITE_URL`` and ``COURSE_REPOSITORY_URL`` go before both, so that a workflow needs no
change of a file. Without an address a page names none: no canonical link, no sitemap, no preview.
"""

import functools
import html
import os
import shutil
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import sphinxext.opengraph as opengraph
import yaml
from docutils import nodes
from docutils.utils import new_document
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxDirective

from course_ext.launch import source_page
from course_ext.loading import describe
from course_ext.words import N_, _, filled

CITATION = Path(__file__).resolve().parents[3] / "CITATION.cff"
FROM_ENVIRONMENT = {"html_baseurl": "COURSE_SITE_URL", "course_repository_url": "COURSE_REPOSITORY_URL"}
ADDRESSED = ("sphinxext.opengraph", "sphinx_sitemap", "notfound.extension")
PREVIEW_LOGO = Path(__file__).with_name("preview_logo.png")  # _static/logo.svg at 384 pixels: previews take no SVG
DOWNLOADS = "<!-- downloads: tools/make_site.py writes them here -->"
WITH_ADDRESS = ("robots.txt", "sitemap.xml", "404.html")
ROBOTS = "User-agent: *\nAllow: /\nSitemap: {address}sitemap.xml\n"
NO_SUCH_PAGE = N_("There is no such page")
NOT_FOUND = N_(
    "The address may have a typing error, or the page has another name now. The menu has every page, the search every "
    "word; or <a>begin at the front page</a>."
)


@functools.cache
def citation() -> dict[str, str]:
    """Returns what CITATION.cff says: title, version, year and authors."""
    told = yaml.safe_load(CITATION.read_text(encoding="utf-8"))
    authors = " and ".join(f"{{{author['name']}}}" for author in told["authors"])
    year = str(told["preferred-citation"]["year"])
    return {"title": told["title"], "version": str(told["version"]), "year": year, "authors": authors}


def bibtex(told: dict[str, str], address: str) -> str:
    """Returns the entry for a BibTeX file."""
    fields = {
        "author": told["authors"],
        "title": told["title"].replace("ResNet", "{ResNet}"),
        "year": told["year"],
        "note": f"Version {told['version']}",
    }
    if address:
        fields["url"] = address
    body = "".join(f"  {key:<6} = {{{value}}},\n" for key, value in fields.items())
    return f"@misc{{convolution_to_resnet,\n{body}}}"


def report_address(repository: str, page: str) -> str:
    """Returns where a mistake on a page is reported; "" where the source has no address."""
    place = source_page(repository)
    return f"{place}/issues/new?{urlencode({'title': f'{page}: '})}" if place else ""


class Cite(SphinxDirective):
    """``{cite-this-book}``: the BibTeX entry, to be copied."""

    def run(self) -> list[nodes.Node]:
        """Returns the block."""
        self.env.note_dependency(str(CITATION))
        entry = bibtex(citation(), self.config.html_baseurl or "")
        block = nodes.literal_block(entry, entry)
        block["language"] = "bibtex"
        return [block]


class Report(SphinxDirective):
    """``{report-a-mistake}``: where to say what is wrong."""

    def run(self) -> list[nodes.Node]:
        """Returns the paragraph."""
        address = report_address(self.config.course_repository_url, self.env.docname)
        paragraph = nodes.paragraph()
        if address:
            message = _(
                "Found a mistake, or a sentence that you can't follow? {link}. The page and the sentence are enough."
            )
            paragraph += filled(message, link=nodes.reference("", _("Open an issue"), refuri=address))
        else:
            paragraph += nodes.Text(
                _(
                    "Found a mistake, or a sentence that you can't follow? Tell whoever gave you this book. "
                    "The page and the sentence are enough."
                )
            )
        return [paragraph]


class Downloads(SphinxDirective):
    """``{downloads}``: the place at which a published site offers the book as a PDF and as a zip."""

    def run(self) -> list[nodes.Node]:
        """Returns a comment, which ``make site`` replaces."""
        return [nodes.raw("", DOWNLOADS, format="html")]


def take_from_environment(app: Sphinx, config: Config) -> None:
    """Reads the addresses that a workflow sets, and checks the site's.

    Raises:
        ConfigError: the site's address is not a web address.
    """
    for name, variable in FROM_ENVIRONMENT.items():
        if os.environ.get(variable):
            setattr(config, name, os.environ[variable])
    address = config.html_baseurl
    if address:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise ConfigError(
                f"the site's address is {address!r}; expected something like https://OWNER.github.io/REPOSITORY/"
            )
        config.html_baseurl = address.rstrip("/") + "/"


def footer(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, object], doctree: nodes.document | None
) -> None:
    """Gives every page its last line, the front page a title that does not say the book's name twice."""
    told = citation()
    to = context["pathto"]
    about, changes = (to(name).removesuffix("#") for name in ("about", "changes"))  # type: ignore[operator]
    report = report_address(app.config.course_repository_url, pagename)
    parts = [
        f'<a href="{about or "#"}">{_("Version {number}").format(number=html.escape(told["version"]))}</a>',
        f'<a href="{changes or "#"}">{_("Changes")}</a>',
        f'<a href="{about}#about-cite">{_("Cite this book")}</a>',
        '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>',
        f'<a href="{html.escape(report or about + "#about-report")}">{_("Report a mistake")}</a>',
    ]
    context["theme_extra_footer"] = f'<p class="about-line">{" · ".join(parts)}</p>'
    if pagename == app.config.root_doc:
        context["docstitle"] = ""


def write_robots(app: Sphinx, exception: Exception | None) -> None:
    """Writes robots.txt where the site has an address; elsewhere takes away what an earlier build with one left."""
    if exception is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    if app.config.html_baseurl:
        (out / "robots.txt").write_text(ROBOTS.format(address=app.config.html_baseurl), encoding="utf-8")
        return
    for name in WITH_ADDRESS:
        (out / name).unlink(missing_ok=True)
    shutil.rmtree(out / "_images" / "social_previews", ignore_errors=True)


def preview(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, object], doctree: nodes.document | None
) -> None:
    """Gives the extension that writes previews the sentence that search engines get, not the page's first words."""
    if doctree is not None and (text := describe(doctree)):
        doctree = new_document(pagename)
        doctree += nodes.paragraph(text=text)
    opengraph.html_page_context(app, pagename, templatename, context, doctree)


def set_up_address(app: Sphinx) -> None:
    """Loads what writes previews, the sitemap and the page for addresses that lead nowhere."""
    address = app.config.html_baseurl
    prefix = urlsplit(address).path
    for extension in ADDRESSED:
        app.setup_extension(extension)
    listeners = app.events.listeners["html-page-context"]
    listeners[:] = [entry for entry in listeners if entry.handler is not opengraph.html_page_context]
    app.connect("html-page-context", preview)
    app.config.ogp_site_url = address
    app.config.ogp_site_name = _(app.config.html_title or app.config.project)
    app.config.ogp_enable_meta_description = False  # add_description does
    app.config.ogp_social_cards = {
        "image": str(PREVIEW_LOGO), "line_color": "#2f7fc4", "font": "DejaVu Sans",
    }  # fmt: skip
    app.config.sitemap_url_scheme = "{link}"
    app.config.sitemap_locales = [None]
    app.config.sitemap_excludes = ["search.html", "genindex.html", "404.html"]
    app.config.notfound_urls_prefix = prefix
    said = _(NOT_FOUND).replace("<a>", f'<a href="{prefix}index.html">')
    app.config.notfound_context = {"title": _(NO_SUCH_PAGE), "body": f"<h1>{_(NO_SUCH_PAGE)}</h1>\n<p>{said}</p>"}


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    for name, directive in (("cite-this-book", Cite), ("report-a-mistake", Report), ("downloads", Downloads)):
        app.add_directive(name, directive)
    take_from_environment(app, app.config)
    if app.config.html_baseurl:
        set_up_address(app)
    app.connect("html-page-context", footer)
    app.connect("build-finished", write_robots)
