"""Assignments that are solved in the page: what the site's folder solve/ holds, and the button that opens it.

    solve/manifest.json          which folders are current, what Python is made of, which assignments there are
    solve/python-DIGEST/         Pyodide and NumPy, compressed
    solve/DIGEST/                the page's scripts, the grader's modules, and a folder an assignment: the notebook as
                                 students get it, the files beside it, its text as HTML, its practice pack

Folders are named by what is in them, so a browser may keep them for ever. Pyodide and the editor come from npm, by the
lock in book/_solve; without npm the pages say that solving was left out, and in CI the build fails.
"""

import gzip
import hashlib
import html
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError, ExtensionError
from sphinx.util import logging
from sphinx.util.osutil import relative_uri

from course_ext import page_cells
from course_ext.assignments import assignment
from course_ext.notebooks import assignment_data
from course_ext.words import N_, _

logger = logging.getLogger(__name__)

PYODIDE = ("pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
PLAIN = (".zip", ".whl")
"""Files that are compressed already."""
LEFT_OUT = N_(
    "This site was built without what runs Python in its pages ({reason}). Build it again to solve the notebook here."
)
ZIP_DATE = (2026, 1, 1, 0, 0, 0)


class LeftOut(Exception):  # noqa: N818 - nothing is wrong with the site, it lacks something
    """Why this machine cannot build what solving in the page needs, in words."""


def digest_of(parts: Iterable[tuple[str, bytes]]) -> str:
    """A name for files with these names and contents."""
    digest = hashlib.sha256()
    for name, content in parts:
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _files(folder: Path, patterns: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(folder).as_posix(), path.read_bytes()


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise LeftOut(f"{command[0]} is not installed: apt-get install npm") from error
    if done.returncode != 0:
        raise LeftOut(f"`{' '.join(command)}` failed: {(done.stderr or done.stdout).strip()[-500:]}")


@dataclass(frozen=True)
class Places:
    """Where the sources are, and where what is made of them is kept between builds."""

    source: Path
    kept: Path

    @property
    def bundle(self) -> Path:
        """The page's scripts and style."""
        return self.kept / "bundle"

    @property
    def packs(self) -> Path:
        """Practice packs, and the grader's modules."""
        return self.kept / "packs"

    @property
    def python(self) -> Path:
        """Pyodide and NumPy, compressed."""
        return self.kept / "python"


def places(app: Sphinx) -> Places:
    """The folders of this build."""
    return Places(Path(app.srcdir) / "_solve", Path(app.outdir).parent / "solve")


def _stamped(folder: Path, stamp: str) -> bool:
    return (folder / ".stamp").is_file() and (folder / ".stamp").read_text("utf-8") == stamp


def _stamp(folder: Path, stamp: str) -> None:
    (folder / ".stamp").write_text(stamp, "utf-8")


def make_bundle(at: Places) -> None:
    """Installs what the lock names, and bundles the page's scripts; does nothing where nothing has changed.

    Raises:
        LeftOut: there is no npm, or it did not reach its registry.
    """
    lock = digest_of(_files(at.source, ["package.json", "package-lock.json"]))
    modules = at.source / "node_modules"
    if not _stamped(modules, lock):
        _run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], at.source)
        _stamp(modules, lock)
    made_from = digest_of([*_files(at.source, ["package-lock.json", "bundle.mjs", "page/*"])])
    if not _stamped(at.bundle, made_from):
        shutil.rmtree(at.bundle, ignore_errors=True)
        at.bundle.mkdir(parents=True)
        _run(["node", "bundle.mjs", str(at.bundle)], at.source)
        _stamp(at.bundle, made_from)


def make_python(at: Places) -> None:
    """Compresses Pyodide and NumPy, and writes what the page must know of each file; kept until the lock changes.

    Raises:
        LeftOut: the vendored wheel is not the one that Pyodide's own lock names.
    """
    modules = at.source / "node_modules" / "pyodide"
    lock = json.loads((modules / "pyodide-lock.json").read_text("utf-8"))
    numpy = lock["packages"]["numpy"]
    wheel = at.source / "third_party" / numpy["file_name"]
    if not wheel.is_file() or hashlib.sha256(wheel.read_bytes()).hexdigest() != numpy["sha256"]:
        raise LeftOut(f"{wheel} is not the wheel that npm's pyodide {lock['info']['version']} names")
    made_from = digest_of(
        [("lock", (modules / "pyodide-lock.json").read_bytes()), ("maker", Path(__file__).read_bytes())]
    )
    if _stamped(at.python, made_from):
        return
    shutil.rmtree(at.python, ignore_errors=True)
    at.python.mkdir(parents=True)
    contents = {name: (modules / name).read_bytes() for name in PYODIDE} | {wheel.name: wheel.read_bytes()}
    # Of the packages that the whole lock names, the pages have one.
    contents["pyodide-lock.json"] = json.dumps({"info": lock["info"], "packages": {"numpy": numpy}}).encode()
    told = []
    for name, content in contents.items():
        packed = not name.endswith(PLAIN)
        kept = gzip.compress(content, 9, mtime=0) if packed else content
        # Not .gz: some servers would send such a file as what it holds, and it would be unpacked twice.
        url = f"{name}.packed" if packed else name
        (at.python / url).write_bytes(kept)
        sha256 = hashlib.sha256(content).hexdigest()
        told.append(
            {"name": name, "url": url, "bytes": len(kept), "packed": packed, "sha256": sha256, "plain": len(content)}
        )
    (at.python / "files.json").write_text(json.dumps(told), "utf-8")
    for text in (at.source / "third_party").glob("LICENSE*"):
        shutil.copy(text, at.python)
    _stamp(at.python, made_from)


def make_packs(app: Sphinx, at: Places) -> None:
    """Has the grader make its practice packs; it is asked only where the content, the grader or a page has changed.

    Raises:
        ExtensionError: it failed.
    """
    root = Path(app.srcdir).parent
    labels = [
        (page.name, b"\n".join(re.findall(rb"^\([\w-]+\)=$", page.read_bytes(), re.M)))
        for page in sorted(Path(app.srcdir).glob("*/*.md"))
    ]
    sources = [*_files(root, ["solutions/**/*.py", "solutions/**/*.toml", "solutions/*/given/*", "autograde/**/*.py"])]
    made_from = digest_of([*sources, *labels])
    if _stamped(at.packs, made_from):
        return
    command = [sys.executable, "-m", "autograde.cli", "--course", str(root), "pack", "--output", str(at.packs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ExtensionError(f"`autograde pack` failed: {done.stderr.strip()[-2000:]}")
    _stamp(at.packs, made_from)


def grader(at: Places) -> bytes:
    """The archive of the page's own Python and the grader's modules."""
    out = io.BytesIO()
    with zipfile.ZipFile(at.packs / "engine.zip") as engine, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        members = [(name, engine.read(name)) for name in engine.namelist()]
        for name, content in [*members, *_files(at.source / "python", ["**/*.py"])]:
            made.writestr(zipfile.ZipInfo(name, ZIP_DATE), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def page_files(app: Sphinx, at: Places) -> dict[str, bytes]:
    """By path in the folder of scripts and assignments, what each file holds."""
    made = dict(_files(at.bundle, ["*.js", "*.css", "*.txt"]))
    made["grader.zip"] = grader(at)
    exercises = Path(app.srcdir).parent / "exercises"
    for notebook in sorted(exercises.glob("*/*.ipynb")):
        name = notebook.parent.name
        if notebook.stem != name:
            continue
        chapter = Path(app.srcdir) / "chapters" / f"{name}.md"
        if chapter.is_file():
            made[f"{name}/cells.json"] = page_cells.data(chapter)
        made[f"{name}/assignment.json"] = assignment_data(name, notebook.read_text("utf-8"))
        for file in sorted(notebook.parent.iterdir()):
            if file.is_file() and not file.name.startswith("."):
                made[f"{name}/{file.name}"] = file.read_bytes()
        if name not in app.config.course_ask_off:
            made[f"{name}/practice.pack"] = (at.packs / f"{name}.pack").read_bytes()
    return made


def _python_files(app: Sphinx, at: Places, folder: str) -> list[dict[str, object]]:
    """What the page fetches to have Python: from this site, or from the distribution that _config.yml names."""
    told = json.loads((at.python / "files.json").read_text("utf-8"))
    for file in told:
        plain = file.pop("plain")
        if app.config.course_python_url and file["name"] != "pyodide-lock.json":
            file.update(url=f"{app.config.course_python_url.rstrip('/')}/{file['name']}", bytes=plain, packed=False)
        else:
            file["url"] = f"{folder}/{file['url']}"
            del file["sha256"]  # the site's own
    return list(told)


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def write_site(app: Sphinx, exception: Exception | None) -> None:
    """Puts solve/ into the site, and takes out what earlier builds left there."""
    if exception is not None or app.builder.name != "html" or app.config.course_solve_missing:
        return
    at, target = places(app), Path(app.outdir) / "solve"
    make_packs(app, at)
    files = page_files(app, at)
    page = digest_of(sorted(files.items()))
    kept = {name: content for name, content in _files(at.python, ["*"]) if name not in (".stamp", "files.json")}
    python = f"python-{digest_of(sorted(kept.items()))}"
    for old in target.glob("*"):
        if old.is_dir() and old.name not in (page, python):
            shutil.rmtree(old)
    if not (target / page).is_dir():
        _write(target / page, files)
    if app.config.course_python_url:
        kept = {name: content for name, content in kept.items() if name.startswith(("LICENSE", "pyodide-lock"))}
        shutil.rmtree(target / python, ignore_errors=True)
    if not (target / python).is_dir():
        _write(target / python, kept)
    names = sorted({name.partition("/")[0] for name in files if "/" in name})
    beside = {
        name: [
            file.partition("/")[2]
            for file in files
            if file.startswith(f"{name}/") and not file.endswith((".ipynb", ".json", ".pack"))
        ]
        for name in names
    }
    listed = [
        *_python_files(app, at, python),
        {"name": "grader.zip", "url": f"{page}/grader.zip", "bytes": len(files["grader.zip"]), "packed": False},
    ]
    manifest = {
        "page": f"{page}/",
        "python": listed,
        "assignments": {name: {"asks": f"{name}/practice.pack" in files, "files": beside[name]} for name in names},
    }
    (target / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")


def prepare(app: Sphinx, config: Config) -> None:
    """Makes what needs npm, before any page is written: the pages say whether it is there."""
    at = places(app)
    if not (at.source / "package.json").is_file():
        config.course_solve_missing = "no sources"
        return
    try:
        make_bundle(at)
        make_python(at)
    except LeftOut as reason:
        if os.environ.get("CI") == "true":
            raise ConfigError(f"solving in the page cannot be built: {reason}") from reason
        logger.info("solving in the page is left out: %s", reason)
        config.course_solve_missing = str(reason)
        return
    files = json.loads((at.python / "files.json").read_text("utf-8"))
    size = sum(file["plain" if config.course_python_url else "bytes"] for file in files)
    config.course_solve_mb = str(round(size / 1e6))


def add_buttons(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Puts the button, or a line on why there is none, before the other ways to open a notebook."""
    if app.builder.name != "html" or app.config.course_solve_missing == "no sources":
        return
    for card in list(doctree.findall(assignment)):
        page = app.builder.get_target_uri(docname)
        if app.config.course_solve_missing:
            said = _(LEFT_OUT).format(reason=app.config.course_solve_missing)
            words = f'<p class="solve-left-out">{html.escape(said)}</p>'
        else:
            base = relative_uri(page, "solve/manifest.json").removesuffix("manifest.json")
            front = relative_uri(page, "index.html").removesuffix("index.html") or "./"
            chapter = Path(app.srcdir) / f"{docname}.md"
            cells = page_cells.kinds(chapter) if chapter.stem == card["name"] and chapter.is_file() else ""
            words = (
                f'<solve-here name="{card["name"]}" base="{base}" book="{front}" mb="{app.config.course_solve_mb}" '
                f'cells="{cells}">'
                + _("With scripts switched on, you can solve the notebook here, in this page.")
                + "</solve-here>"
            )
        card.parent.insert(card.parent.index(card), nodes.raw("", words, format="html"))


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.add_config_value("course_python_url", "", "html", [str])
    app.add_config_value("course_ask_off", [], "html", [list])
    app.add_config_value("course_solve_missing", "", "html", [str])
    app.add_config_value("course_solve_mb", "", "html", [str])
    app.connect("config-inited", prepare)
    app.connect("doctree-resolved", add_buttons, priority=400)  # before the cards are filled
    app.connect("build-finished", write_site)
