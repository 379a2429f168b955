"""What a published book has: citation, footer, previews, a list of its pages, a page for lost addresses."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest
import yaml
from course_ext import publishing

import autograde
from tests.book.building import build
from tests.conftest import ROOT
from tools import make_site

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = "https://owner.github.io/course"
PAGES = {
    "intro.md": "# A small book\n\n- not this\n\nIt has a sentence that is long enough to describe it.\n\n"
    "```{toctree}\nabout\nchanges\n```\n",
    "about.md": "# About\n\n```{cite-this-book}\n```\n\n```{downloads}\n```\n\n```{report-a-mistake}\n```\n",
    "changes.md": "# Changes\n\nOne.\n",
}
CONF = """
project = html_title = "A small book"
extensions = ["myst_parser", "course_ext.publishing"]
root_doc = "intro"
html_logo = "logo.svg"
course_repository_url = ""
def setup(app):
    app.add_config_value("course_repository_url", "", "env", [str])
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "book"
    folder.mkdir()
    for name, text in PAGES.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "logo.svg").write_text((ROOT / "book" / "_static" / "logo.svg").read_text("utf-8"), "utf-8")
    (folder / "conf.py").write_text(CONF, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _no_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in publishing.FROM_ENVIRONMENT.values():
        monkeypatch.delenv(variable, raising=False)


def test_a_book_with_an_address_says_it(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_SITE_URL", ADDRESS)
    monkeypatch.setenv("COURSE_REPOSITORY_URL", "https://github.com/owner/course.git")
    built = build(source, tmp_path / "out")
    assert built.passed, built.problems
    out = tmp_path / "out" / "html"
    page = (out / "about.html").read_text(encoding="utf-8")
    assert f'<link rel="canonical" href="{ADDRESS}/about.html" />' in page
    assert f'<meta property="og:url" content="{ADDRESS}/about.html" />' in page
    (image,) = re.findall(r'<meta property="og:image" content="([^"]+)"', page)
    assert (out / image.removeprefix(f"{ADDRESS}/")).read_bytes().startswith(b"\x89PNG")
    front = (out / "intro.html").read_text(encoding="utf-8")
    said = "It has a sentence that is long enough to describe it."
    assert f'<meta property="og:description" content="{said}" />' in front
    assert f"url    = {{{ADDRESS}/}}" in re.sub(r"<[^>]+>", "", page)
    assert "https://github.com/owner/course/issues/new?title=about%3A+" in page
    listed = {element.text for element in ET.parse(out / "sitemap.xml").iter() if element.tag.endswith("loc")}
    assert listed == {f"{ADDRESS}/{name.replace('.md', '.html')}" for name in PAGES}
    assert f"Sitemap: {ADDRESS}/sitemap.xml" in (out / "robots.txt").read_text(encoding="utf-8")
    lost = (out / "404.html").read_text(encoding="utf-8")
    assert 'href="/course/index.html"' in lost or 'href="/course/intro.html"' in lost
    assert not re.findall(r'(?:href|src)="(?!/course/|https?://|#)', lost)
    monkeypatch.undo()
    (source / "changes.md").write_text("# Changes\n\nTwo.\n", encoding="utf-8")
    built = build(source, tmp_path / "out")
    assert built.passed, built.problems
    assert not [name for name in publishing.WITH_ADDRESS if (out / name).exists()]


def test_a_book_without_an_address_names_none(source: Path, tmp_path: Path) -> None:
    built = build(source, tmp_path / "out")
    assert built.passed, built.problems
    out = tmp_path / "out" / "html"
    page = (out / "about.html").read_text(encoding="utf-8")
    assert "canonical" not in page
    assert "og:" not in page
    assert "whoever gave you this book" in page
    assert not [name for name in publishing.WITH_ADDRESS if (out / name).exists()]


@pytest.mark.parametrize("address", ["owner.github.io", "ftp://owner.github.io/", "https://owner.github.io/?page=1"])
def test_an_address_that_cannot_be_one_is_refused(
    address: str, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_SITE_URL", address)
    built = build(source, tmp_path / "out")
    assert not built.passed
    assert "expected something like https://OWNER.github.io/REPOSITORY/" in built.problems


def test_the_citation_is_of_this_version() -> None:
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert str(told["version"]) == autograde.__version__
    entry = publishing.bibtex(publishing.citation(), ADDRESS)
    assert entry.startswith("@misc{convolution_to_resnet,\n  author = {{The authors of Convolution to ResNet}},\n")
    assert f"Version {autograde.__version__}" in entry
    assert entry.count("{") == entry.count("}")


def test_every_page_ends_with_version_citation_license_and_a_way_to_report(site: Path) -> None:
    pages = [file for file in site.rglob("*.html") if "_static" not in file.parts]
    assert len(pages) > 30
    for file in pages:
        text = file.read_text(encoding="utf-8")
        if "<footer" not in text:  # a page that only leads on
            continue
        (line,) = re.findall(r'<p class="about-line">(.*?)</p>', text)
        names = re.sub(r"<[^>]+>", "", line).split(" · ")
        assert names == [
            f"Version {autograde.__version__}",
            "Changes",
            "Cite this book",
            "CC BY 4.0",
            "Report a mistake",
        ]
        (title,) = re.findall(r"<title>(.*?)</title>", text, re.DOTALL)
        parts = [part.strip() for part in title.split("&#8212;")]
        assert len(parts) == len(set(parts)), f"{file.name} repeats itself: {title}"


def built_book(folder: Path) -> Path:
    (folder / "html").mkdir(parents=True)
    (folder / "html" / "index.html").write_text("a page", encoding="utf-8")
    (folder / "html" / "about.html").write_text(f"<div>{publishing.DOWNLOADS}</div>", encoding="utf-8")
    (folder / "html" / ".buildinfo").touch()
    for name in make_site.DOWNLOADS:
        (folder / name).write_bytes(b"x" * 2**20)
    return folder


def test_the_published_folder_has_the_site_and_the_downloads(tmp_path: Path) -> None:
    build_folder, output = built_book(tmp_path / "build"), tmp_path / "site"
    output.mkdir()
    (output / "of an earlier call").touch()
    make_site.make_site(build_folder, output)
    names = {path.name for path in output.iterdir()}
    assert names == {"index.html", "about.html", ".nojekyll", *make_site.DOWNLOADS}
    about = (output / "about.html").read_text(encoding="utf-8")
    for name in make_site.DOWNLOADS:
        assert f'<a href="{name}" download>' in about
    assert about.count("(1 MiB)") == 2


@pytest.mark.parametrize("missing", ["html/index.html", *make_site.DOWNLOADS])
def test_what_is_not_built_is_named_with_its_command(missing: str, tmp_path: Path) -> None:
    build_folder = built_book(tmp_path)
    (build_folder / missing).unlink()
    with pytest.raises(FileNotFoundError, match=r"make (book|pdf|zip) writes it"):
        make_site.make_site(build_folder, tmp_path / "site")


def test_a_page_without_a_place_for_the_downloads_is_told(tmp_path: Path) -> None:
    build_folder = built_book(tmp_path)
    (build_folder / "html" / "about.html").write_text("no place", encoding="utf-8")
    with pytest.raises(ValueError, match="0 times; expected once"):
        make_site.make_site(build_folder, tmp_path / "site")


def test_the_workflow_publishes_what_make_site_writes() -> None:
    told = yaml.safe_load((ROOT / ".github" / "workflows" / "pages.yml").read_text(encoding="utf-8"))
    steps = told["jobs"]["build"]["steps"]
    commands = " ".join(step.get("run", "") for step in steps)
    assert "make site ADDRESS=" in commands
    assert "REPOSITORY=" in commands
    (uploaded,) = [step["with"]["path"] for step in steps if "upload-pages-artifact" in step.get("uses", "")]
    assert uploaded == str(make_site.BUILD.relative_to(ROOT) / "site")
