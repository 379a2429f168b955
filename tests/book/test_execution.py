"""A small book whose pages are executed by the course's own extension: what runs, when, and in what kernel."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from tests.book.building import Built, build
from tests.conftest import ROOT

CONF = """
extensions = ["myst_nb", "course_ext.execution"]
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_output_stderr = "error"
nb_merge_streams = True
html_theme = "basic"
exclude_patterns = ["_build", "library"]
course_preload = []
"""
HEADER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  name: python3
  display_name: Python 3
  language: python
---

# {title}

{prose}

"""
FIGURE = """import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.show()"""


def page(title: str, *cells: str, prose: str = "Some prose.") -> str:
    fenced = "\n\n".join(f"```{{code-cell}} ipython3\n{cell}\n```" for cell in cells)
    return HEADER.format(title=title, prose=prose) + fenced + "\n"


class Book:
    """A course's folder with a book of two executed pages and one that is prose."""

    def __init__(self, root: Path) -> None:
        self.root, self.book = root, root / "book"
        self.write("book/conf.py", CONF)
        self.write("book/index.md", "# A small book\n\n```{toctree}\none\ntwo\n```\n")
        self.write("book/matplotlibrc", "backend: agg\nsvg.hashsalt: x\n")
        self.write("book/library/__init__.py", "")
        self.write("book/library/shared.py", "WORD = 'shared-1'\n")
        self.write("book/library/first.py", "from library.shared import WORD\nTEXT = 'first-1 ' + WORD\n")
        self.write("book/library/unused.py", "")
        self.write("results/two.json", '"result-1"')
        self.write("results/unread.json", "1")
        self.write("book/one.md", page("One", "from library import first\nprint(first.TEXT)"))
        reading = (
            "import json, pathlib\nroot = pathlib.Path.cwd().parent\n"
            "print(json.loads((root / 'results' / 'two.json').read_text()))"
        )
        listing = "print(len(list((root / 'listed').glob('*'))), 'listed')"
        using = "from library.shared import WORD\nprint(WORD)"
        self.write("listed/a.txt", "")
        self.write("book/two.md", page("Two", reading, listing, using))

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, builder: str = "html", **settings: object) -> tuple[Built, set[str]]:
        """Builds, and names the pages that were executed."""
        done = build(self.book, self.book / "_build", builder, **settings)
        return done, set(re.findall(r"(\w+): executed in", done.status))

    def executed(self, builder: str = "html", **settings: object) -> set[str]:
        """The pages that were executed in a build that passes."""
        done, executed = self.run(builder, **settings)
        assert done.passed, done.problems
        return executed

    def html(self, name: str) -> str:
        return (self.book / "_build" / "html" / f"{name}.html").read_text(encoding="utf-8")


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


def test_a_change_executes_exactly_the_pages_that_read_it(book: Book) -> None:
    assert book.executed() == {"one", "two"}
    assert "first-1 shared-1" in book.html("one")
    assert "result-1" in book.html("two")
    assert book.executed() == set()

    for name in ("book/library/unused.py", "results/unread.json", "book/three.txt"):
        book.write(name, "2")
    book.write("book/two.md", (book.book / "two.md").read_text(encoding="utf-8").replace("Some prose", "Other prose"))
    assert book.executed() == set()
    assert "Other prose" in book.html("two")

    book.write("book/library/first.py", "from library.shared import WORD\nTEXT = 'first-2 ' + WORD\n")
    assert book.executed() == {"one"}
    assert "first-2 shared-1" in book.html("one")

    book.write("results/two.json", '"result-2"')
    book.write("listed/b.txt", "")
    assert book.executed() == {"two"}
    assert "result-2" in book.html("two")
    assert "2 listed" in book.html("two")

    book.write("book/library/shared.py", "WORD = 'shared-2'\n")
    assert book.executed() == {"one", "two"}
    assert "first-2 shared-2" in book.html("one")
    assert "shared-2" in book.html("two")


def test_what_all_pages_depend_on_executes_all(book: Book) -> None:
    preload = ["matplotlib"]  # reads matplotlibrc before there is a kernel
    book.executed(course_preload=preload)
    book.write("constraints.txt", "numpy==9\n")
    assert book.executed(course_preload=preload) == {"one", "two"}
    book.write("book/matplotlibrc", "backend: agg\nsvg.hashsalt: y\n")
    assert book.executed(course_preload=preload) == {"one", "two"}
    assert book.executed(course_preload=preload) == set()


def test_outputs_that_another_builder_made_reach_this_one(book: Book) -> None:
    book.executed()
    book.write("book/library/first.py", "TEXT = 'first-2'\n")
    assert book.executed("singlehtml") == {"one"}
    assert book.executed() == set()
    assert "first-2" in book.html("one")


def test_figures_of_a_translated_book_are_drawn_by_its_catalog(book: Book) -> None:
    words = (ROOT / "book" / "coursebook" / "words.py").read_text(encoding="utf-8")
    book.write("book/coursebook/__init__.py", "")
    book.write("book/coursebook/words.py", words)
    book.write("book/conf.py", CONF + "locale_dirs = ['locale']\n")
    drawn = "print(plt.figure().text(0, 0, 'rate').get_text())\nplt.close()"
    book.write("book/one.md", page("One", f"import matplotlib.pyplot as plt\n{drawn}"))

    def said(word: str) -> None:
        text = f'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "rate"\nmsgstr "{word}"\n'
        book.write("book/locale/en_XB/LC_MESSAGES/drawings.po", text)

    assert book.executed(language="en_XB") == {"one", "two"}
    assert "rate" in book.html("one")
    said("⟦rate⟧")
    assert book.executed(language="en_XB") == {"one", "two"}  # from now on it has kernels of its own kind
    assert "⟦rate⟧" in book.html("one")
    said("⟦speed⟧")
    os.utime(book.book / "locale" / "en_XB" / "LC_MESSAGES" / "drawings.mo", (0, 0))
    assert book.executed(language="en_XB") == {"one"}  # the other page draws nothing
    assert "⟦speed⟧" in book.html("one")
    assert book.executed(language="en_XB") == set()


def test_outputs_of_unknown_origin_are_not_trusted(book: Book) -> None:
    book.executed()
    cell = "print('executed by myst-nb')"
    book.write("book/one.md", page("One", cell))
    assert book.executed(extensions=["myst_nb"]) == set()
    assert "executed by myst-nb" in book.html("one")
    assert book.executed() == {"one"}


def test_a_cell_that_fails_stops_the_build_until_it_is_mended(book: Book) -> None:
    book.executed()
    book.write("book/library/first.py", "raise OSError('the module is broken')\n")
    others = {"two"}  # the same change does not execute it twice, although the build that did failed
    for _ in range(2):
        book.write("results/two.json", '"result-2"')
        done, executed = book.run()
        assert not done.passed
        assert "the module is broken" in done.problems
        assert "one.md" in done.problems
        assert executed == {"one"} | others
        others = set()

    book.write("book/library/first.py", "TEXT = 'mended'\n")
    assert book.executed() == {"one"}
    assert "mended" in book.html("one")
    assert "result-2" in book.html("two")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("import warnings\nwarnings.warn('careful')", "stderr was found in the cell outputs"),
        ("import os\nos._exit(3)", "Kernel died"),
    ],
)
def test_a_bad_cell_fails_every_build(book: Book, cell: str, said: str) -> None:
    book.write("book/one.md", page("One", cell))
    for _ in range(2):
        done, _ = book.run()
        assert not done.passed
        assert said in done.problems


def test_a_page_that_starts_a_process_is_executed_in_every_build(book: Book) -> None:
    book.write("book/one.md", page("One", "import subprocess\nprint(subprocess.run(['true']).returncode)"))
    assert book.executed() == {"one", "two"}
    assert book.executed() == {"one"}


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("import warnings\nwarnings.warn('noisy')\n", "importing early wrote to stderr"),
        (
            "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n",
            "started 1 threads",
        ),
        ("import matplotlib_inline.backend_inline\n", "before there is a kernel to hook into"),
    ],
)
def test_what_importing_early_would_hide_stops_the_build(
    book: Book, capfd: pytest.CaptureFixture[str], module: str, said: str
) -> None:
    book.write("book/early.py", module)
    done, _ = book.run(course_preload=["early"])
    assert not done.passed
    assert said in capfd.readouterr().err


def test_a_page_for_another_kernel_is_refused(book: Book) -> None:
    book.write("book/one.md", page("One", "1").replace("name: python3", "name: ir"))
    done, _ = book.run()
    assert not done.passed
    assert "expected the kernel python3, not ir" in done.problems


SEEN = """
import json, os, signal, sys, threading
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
print(json.dumps({
    "path": sys.path, "cwd": os.getcwd(), "name": __name__, "argv0": os.path.basename(sys.argv[0]),
    "backend": matplotlib.get_backend(), "interactive": matplotlib.is_interactive(),
    "settings": {key: repr(value) for key, value in matplotlib.rcParams.items()},
    "threads": sorted(type(one).__name__ for one in threading.enumerate()),
    "interrupt": repr(signal.getsignal(signal.SIGINT)).partition(" at ")[0],
    "child": str(signal.getsignal(signal.SIGCHLD)),
    "warnings": sorted(str(one) for one in __import__("warnings").filters),
}))
"""


def test_a_forked_kernel_is_what_an_ordinary_one_is(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = "import random\nimport numpy as np\nprint(random.random(), np.random.random())"
    book.write("book/one.md", page("One", SEEN, FIGURE, drawn))
    book.write("book/two.md", page("Two", SEEN, FIGURE, drawn + "  # again"))
    assert book.executed(course_preload=["numpy", "matplotlib.pyplot"]) == {"one", "two"}
    assert re.search(r'<img[^>]*src="[^"]*\.svg"', book.html("one"))
    files = (book.book / "_build" / ".jupyter_cache" / "executed").glob("*/base.ipynb")
    cached = [json.loads(file.read_text(encoding="utf-8"))["cells"] for file in files]

    for key, value in {
        "PYTHONPATH": os.pathsep.join([str(book.book), str(book.root)]),
        "MATPLOTLIBRC": str(book.book / "matplotlibrc"),
        "IPYTHONDIR": str(book.book / "_build" / ".ipython"),
    }.items():
        monkeypatch.setenv(key, value)
    ordinary = new_notebook(cells=[new_code_cell(SEEN), new_code_cell(FIGURE)])
    NotebookClient(ordinary, timeout=60, resources={"metadata": {"path": str(book.book)}}).execute()

    def text(output: dict) -> str:
        return "".join(output["text"])

    for cells in cached:
        assert json.loads(text(cells[0]["outputs"][0])) == json.loads(text(ordinary.cells[0]["outputs"][0]))
        picture = "".join(cells[1]["outputs"][0]["data"]["image/svg+xml"])
        assert picture == ordinary.cells[1]["outputs"][0]["data"]["image/svg+xml"]
    one, two = (text(cells[2]["outputs"][0]).split() for cells in cached)
    assert not set(one) & set(two)
