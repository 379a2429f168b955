"""Executed pages find ``coursebook``, get the book's figure style, run side by side, and are never shown stale.

jupyter-cache keys a page's outputs on the page's own code. A page also depends on what that code reads: the modules
that it imports, and those that they import, solutions, recorded results. What it did read is kept with its outputs,
and when any of it has changed, the page, and no other, is executed again.

Before Sphinx reads a page, its outputs are in the cache: `prepare_outputs` executes what is not, as many pages at a
time as there are cores.
"""

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.db import NbCacheRecord
from jupyter_cache.cache.main import JupyterCacheBase
from myst_nb.core.read import create_nb_reader
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util import logging

from course_ext import kernels, warm, words

logger = logging.getLogger(__name__)

# SVG out of every cell without the cell saying so; no date in it, so that a rebuild is byte-identical.
KERNEL_CONFIG = """\
c = get_config()
c.InlineBackend.figure_formats = {"svg"}
c.InlineBackend.print_figure_kwargs = {"bbox_inches": "tight", "metadata": {"Date": None}}
c.HistoryManager.enabled = False
"""
DRAW_IN_LANGUAGE = "c.IPKernelApp.exec_lines = [\"__import__('coursebook.words').words.speak({file!r})\"]\n"
WARM = ["numpy", "torch", "matplotlib.pyplot", "matplotlib.backends.backend_svg"]
"""What nearly every page imports first, and what draws its figures."""
READ_WITH = {"type": "plugin", "name": "myst_nb_md"}
"""By what jupyter-cache would read a page from its file."""


class PageError(SphinxError):
    """Pages that could not be executed."""

    category = "Pages that could not be executed"


@dataclass(frozen=True)
class Outputs:
    """A page's outputs in the cache, with what they depend on besides the page's code."""

    settings: str
    """The digest of what all pages share: kernels' settings, the lock file, the program that executes them."""
    reads: dict[str, str]
    """Path below the root → digest of each file that was read and folder that was listed."""
    content: str
    """The digest of the executed notebook."""

    @property
    def identity(self) -> str:
        """What changes when the page has to be read again."""
        return hashlib.sha256(
            json.dumps([self.settings, self.reads, self.content], sort_keys=True).encode()
        ).hexdigest()


def kernel_config(app: Sphinx) -> str:
    """The kernels' settings; in a translated book they draw by its catalog, on which every page then depends."""
    catalog = words.drawn_words(app)
    return KERNEL_CONFIG if catalog is None else KERNEL_CONFIG + DRAW_IN_LANGUAGE.format(file=str(catalog))


def settings_of(book: Path, config: str) -> str:
    """The digest of what every page depends on and no page reads.

    Args:
        book: the folder of the sources.
        config: the kernels' settings.
    """
    parts = [config, sys.version, *(warm.digest(Path(one.__file__ or "")) for one in (kernels, warm))]
    parts += [warm.digest(book.parent / name) for name in ("constraints.txt", "requirements.txt")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def changed(reads: dict[str, str], root: Path) -> list[str]:
    """Those of the files and folders that are no longer what they were."""
    return [path for path, digest in reads.items() if warm.digest(root / path) != digest]


def _outputs_file(app: Sphinx) -> Path:
    return Path(app.outdir).parent / f".{app.builder.name}-outputs.json"


def _ignored(app: Sphinx) -> list[Path]:
    """Folders below the root of which pages do not depend: the environment (its lock file stands for it), the build.

    The build writes into the second; an environment may be a link, and a path to it may be written either way.
    """
    prefixes = {Path(sys.prefix), Path(sys.prefix).resolve(), Path(sys.base_prefix), Path(app.outdir).parent}
    return sorted(prefixes)


def prepare(app: Sphinx, config: Config) -> None:
    """Sets the kernels' environment. Runs before myst-nb reads the cache."""
    book = Path(app.srcdir)
    paths = [str(book), str(book.parent), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    os.environ["MATPLOTLIBRC"] = str(book / "matplotlibrc")
    ipython = Path(app.outdir).parent / ".ipython"
    profile = ipython / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(kernel_config(app), encoding="utf-8")
    os.environ["IPYTHONDIR"] = str(ipython)


class Store:
    """The cache that myst-nb reads, with each page's dependencies beside its outputs."""

    def __init__(self, app: Sphinx) -> None:
        """Opens it."""
        self.root = Path(app.srcdir).parent
        self.settings = settings_of(Path(app.srcdir), kernel_config(app))
        self.cache: JupyterCacheBase = get_cache(app.env.mystnb_config.execution_cache_path)

    def strangers(self) -> list[NbCacheRecord]:
        """Outputs that something else has put in, without a word on what they depend on."""
        return [record for record in self.cache.list_cache_records() if "reads" not in record.data]

    def find(self, page: kernels.Page) -> Outputs | None:
        """A page's outputs, if they are there and still right; those that are not are dropped."""
        try:
            record = self.cache.match_cache_notebook(page.notebook)
        except KeyError:
            return None
        why = changed(record.data["reads"], self.root)
        if record.data["settings"] == self.settings and not why:
            return self._outputs(record)
        logger.info("%s: executed again, for %s changed", page.name, ", ".join(why) or "the kernels' settings have")
        self.cache.remove_cache(record.pk)
        return None

    def keep(self, done: kernels.Executed) -> Outputs:
        """Puts a page's outputs in."""
        if done.reported is None:
            raise ValueError(f"{done.page.name} was not executed to its end")
        reads = {Path(path).relative_to(self.root).as_posix(): digest for path, digest in done.reported.read.items()}
        if done.reported.started:
            # What another process reads nobody sees: no digest is "unknown", so the next build executes it again.
            logger.info(
                "%s starts processes (%s): it is executed in every build", done.page.name, done.reported.started
            )
            reads["."] = "unknown"
        uri = self.cache.add_nb_to_project(str(done.page.path), read_data=READ_WITH).uri
        data = {"execution_seconds": done.seconds, "settings": self.settings, "reads": reads}
        bundle = CacheBundleIn(done.page.notebook, uri, data=data)
        return self._outputs(self.cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True))

    def _outputs(self, record: NbCacheRecord) -> Outputs:
        content = json.dumps(self.cache.get_cache_bundle(record.pk).nb, sort_keys=True)
        return Outputs(record.data["settings"], record.data["reads"], hashlib.sha256(content.encode()).hexdigest())


def executable_pages(app: Sphinx) -> list[kernels.Page]:
    """The pages with cells, as myst-nb is going to read them.

    Raises:
        PageError: a page asks for another kernel.
    """
    config = app.env.mystnb_config
    found = []
    for name in sorted(app.env.found_docs):
        path = Path(app.env.doc2path(name))
        text = path.read_text(encoding="utf-8")
        reader = create_nb_reader(str(path), app.env.myst_config, config, text)
        excluded = any(PurePosixPath(path.as_posix()).match(pattern) for pattern in config.execution_excludepatterns)
        if reader is None or excluded:
            continue
        notebook = reader.read(text)
        kernel = notebook.metadata.get("kernelspec", {}).get("name")
        if kernel != "python3":
            raise PageError(f"{name}: expected the kernel python3, not {kernel}: its cells run in this interpreter")
        timeout_s = notebook.metadata.get("execution", {}).get("timeout", config.execution_timeout)
        found.append(kernels.Page(name, path, notebook, timeout_s))
    return found


def prepare_outputs(app: Sphinx, store: Store) -> dict[str, Outputs]:
    """Executes the pages whose outputs are not in the cache or no longer right, and returns every page's outputs.

    Raises:
        PageError: a cell of a page failed, took too long or ended its kernel. The other pages' outputs are kept.
    """
    for record in store.strangers():
        store.cache.remove_cache(record.pk)
    outputs: dict[str, Outputs] = {}
    due = []
    for page in executable_pages(app):
        kept = store.find(page)
        if kept is None:
            due.append(page)
        else:
            outputs[page.name] = kept
    if not due:
        return outputs
    # The long ones first, or the last one runs alone.
    due.sort(key=lambda page: -sum(len(cell.source) for cell in page.notebook.cells if cell.cell_type == "code"))
    failed = []
    for done in kernels.execute(due, store.root, _ignored(app), app.config.course_preload):
        logger.info("%s: executed in %.1f s", done.page.name, done.seconds)
        if done.failure is None:
            outputs[done.page.name] = store.keep(done)
        else:
            failed.append(done)
    if failed:
        raise PageError("\n\n".join(f"{one.page.path}:\n{one.failure}" for one in sorted(failed, key=_name)))
    return outputs


def _name(done: kernels.Executed) -> str:
    return done.page.name


def outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Executes what is due, and names the pages whose outputs are not those of this builder's last build that passed.

    Pages whose source did not change are so read again when what their cells read did. The comparison is with what
    this builder wrote, not with what was just executed: another builder, or a build that did not end, may have
    executed them.
    """
    if env.mystnb_config.execution_mode != "cache":
        return []
    outputs = prepare_outputs(app, Store(app))
    app._course_outputs = {name: one.identity for name, one in sorted(outputs.items())}  # type: ignore[attr-defined]
    file = _outputs_file(app)
    before = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return [name for name, identity in app._course_outputs.items() if before.get(name) != identity]  # type: ignore[attr-defined]


def check_that_all_were_prepared(app: Sphinx, env: BuildEnvironment) -> None:
    """Warns of pages that myst-nb has executed because it did not find what `prepare_outputs` had put in for them."""
    if env.mystnb_config.execution_mode == "cache":
        for record in Store(app).strangers():
            logger.warning("%s was executed while it was read: its outputs were not found", record.uri)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Remembers the outputs of a build that passed, and lets one that did not pass leave nothing to trust."""
    if exception is None and not app._warncount:
        outputs = getattr(app, "_course_outputs", {})
        _outputs_file(app).write_text(json.dumps(outputs, indent=1), encoding="utf-8")
        return
    # Sphinx reads only changed pages, so a second run would not warn about the same page again and would pass.
    (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.add_config_value("course_preload", WARM, "", list)
    app.connect("config-inited", prepare, priority=100)
    app.connect("env-get-outdated", outdated)
    app.connect("env-updated", check_that_all_were_prepared)
    app.connect("build-finished", finish, priority=900)
