"""Executed pages find ``coursebook``, get the book's figure style, and are never shown stale.

jupyter-cache keys a page's outputs on the page's own code. A page also depends on what it imports, so the
fingerprint of those files is kept beside the cache, and the cache goes when the fingerprint changes.
"""

import hashlib
import os
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

logger = logging.getLogger(__name__)

# SVG out of every cell without the cell saying so; no date in it, so that a rebuild is byte-identical.
KERNEL_CONFIG = """\
c = get_config()
c.InlineBackend.figure_formats = {"svg"}
c.InlineBackend.print_figure_kwargs = {"bbox_inches": "tight", "metadata": {"Date": None}}
c.HistoryManager.enabled = False
"""


def dependencies(book: Path) -> list[Path]:
    """Files outside the pages that decide what their cells put out."""
    root = book.parent
    found = [path for path in (book / "coursebook").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    for folder in ("solutions", "benchmarks", "benchmarks/results"):
        found += [path for path in (root / folder).rglob("*") if path.suffix in {".py", ".npz", ".json"}]
    found += [path for path in (book / "matplotlibrc", root / "requirements.txt") if path.is_file()]
    return sorted(found)


def fingerprint(book: Path) -> str:
    """The sha256 of the dependencies' names and contents, and of the kernel's settings."""
    digest = hashlib.sha256(KERNEL_CONFIG.encode())
    # The front page's map shows which chapters there are.
    digest.update(" ".join(sorted(path.name for path in (book / "chapters").glob("*.md"))).encode())
    for path in dependencies(book):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(book.parent)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _fingerprint_file(app: Sphinx) -> Path:
    return Path(app.outdir).parent / f".{app.builder.name}-dependencies.sha256"


def prepare(app: Sphinx, config: Config) -> None:
    """Sets the kernels' environment. Runs before myst-nb reads the cache."""
    book = Path(app.srcdir)
    paths = [str(book), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    os.environ["MATPLOTLIBRC"] = str(book / "matplotlibrc")
    ipython = Path(app.outdir).parent / ".ipython"
    profile = ipython / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(KERNEL_CONFIG, encoding="utf-8")
    os.environ["IPYTHONDIR"] = str(ipython)


def clear_stale_cache(app: Sphinx) -> None:
    """Drops every cached output when a dependency changed since the last build that passed."""
    app._course_fingerprint = fingerprint(Path(app.srcdir))  # type: ignore[attr-defined]
    kept = _fingerprint_file(app)
    app._course_stale = not kept.is_file() or kept.read_text() != app._course_fingerprint  # type: ignore[attr-defined]
    cache = Path(app.config.nb_execution_cache_path or Path(app.outdir).parent / ".jupyter_cache")
    if app._course_stale and cache.exists():  # type: ignore[attr-defined]
        logger.info("code that the pages import has changed: executing them again")
        shutil.rmtree(cache)


def outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Pages whose source did not change are read again too when their dependencies did."""
    return sorted(env.found_docs) if app._course_stale else []  # type: ignore[attr-defined]


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Remembers the fingerprint of a build that passed, and lets one that did not pass leave nothing to trust."""
    if exception is None and not app._warncount:
        _fingerprint_file(app).write_text(app._course_fingerprint)  # type: ignore[attr-defined]
        return
    # Sphinx reads only changed pages, so a second run would not warn about the same page again and would pass.
    (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    """Registers this module with Sphinx."""
    app.connect("config-inited", prepare, priority=100)
    app.connect("builder-inited", clear_stale_cache, priority=100)  # myst-nb opens the cache at 500
    app.connect("env-get-outdated", outdated)
    app.connect("build-finished", finish, priority=900)
