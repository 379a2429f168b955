"""The library of earlier chapters is right, and a release gets of it what is earlier and needed, nothing else."""

import ast
import importlib.util

import pytest

from autograde.author import earlier
from autograde.course.assignment import Assignment, SourceCell
from autograde.errors import UsageError
from autograde.kernel import hidden_test
from tests.conftest import ASSIGNMENTS, ROOT, questions_of, source_of

LIBRARY = (ROOT / "solutions" / "earlier.py").read_text("utf-8")
GRADED = [
    (chapter, name)
    for name, chapter in earlier.sections(LIBRARY).items()
    if chapter in ASSIGNMENTS and name in questions_of(chapter)
]


def _notebook(name, source):
    return Assignment(name, (SourceCell("setup", "code", source, "locked"),))


def _names(text):
    return {node.name for node in ast.parse(text).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


@pytest.fixture(scope="module")
def library():
    spec = importlib.util.spec_from_file_location("earlier_library", ROOT / "solutions" / "earlier.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("chapter", "name"), GRADED, ids=[f"{c}.{n}" for c, n in GRADED])
def test_a_graded_function_of_the_library_passes_its_hidden_test(chapter, name, library):
    hidden_test(f"{chapter}.{name}", getattr(library, name), seed=11)


def test_a_part_holds_what_is_imported_and_what_that_calls():
    text = earlier.cut(LIBRARY, _notebook("beyond", "import numpy as np\nfrom earlier import conv2d_backward"))
    assert _names(text) == {"pair", "taps", "windows", "im2col", "col2im", "conv2d_backward"}
    assert "# From the chapter backward" in text
    compile(text, "earlier.py", "exec")


def test_a_notebook_that_imports_nothing_gets_no_file():
    assert earlier.cut(LIBRARY, _notebook("padding", "import numpy as np")) is None


REFUSED = {
    "its own chapter": ("im2col", "from earlier import im2col", "only functions of earlier chapters"),
    "a later chapter": ("stride", "from earlier import conv2d", "which channels teaches"),
    "no such function": ("beyond", "from earlier import fly", "imports fly from earlier; it holds"),
    "everything": ("beyond", "from earlier import *", "write the names"),
    "the module": ("beyond", "import earlier", "write the names"),
    "another name": ("beyond", "from earlier import conv2d as c", "write the names"),
    "an unknown chapter": ("knitting", "from earlier import conv2d", "no section `# %% knitting`"),
}


@pytest.mark.parametrize(("name", "source", "said"), REFUSED.values(), ids=list(REFUSED))
def test_what_would_give_away_too_much_is_refused(name, source, said):
    with pytest.raises(UsageError, match=said):
        earlier.cut(LIBRARY, _notebook(name, source))


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_release_holds_exactly_its_part(name):
    path = ROOT / "exercises" / name / "earlier.py"
    text = earlier.cut(LIBRARY, source_of(name))
    assert (path.read_text("utf-8") if path.exists() else None) == text
    if text is not None:
        assert not _names(text) & set(questions_of(name))


SMALL = '''"""A library."""

import functools

import numpy as np

# %% padding

SIDES = 4


def twice(f):
    return f


@functools.cache
@twice
def area(n=SIDES):
    return n * np.pi


# %% stride


def lost(x):
    return x + MISSING


# %% beyond
'''


def test_a_part_brings_constants_imports_and_decorators():
    text = earlier.cut(SMALL, _notebook("stride", "from earlier import area"))
    namespace: dict = {}
    exec(compile(text, "earlier.py", "exec"), namespace)
    assert namespace["area"]() == pytest.approx(12.566370614)
    assert "MISSING" not in text
    assert "@functools.cache\n@twice\ndef area" in text


def test_a_part_that_would_lack_a_name_is_refused():
    with pytest.raises(UsageError, match="lost uses MISSING, which the library does not define or import"):
        earlier.cut(SMALL, _notebook("beyond", "from earlier import lost"))


def test_the_library_keeps_the_reading_order():
    order = [chapter for chapter in ASSIGNMENTS if f"# %% {chapter}\n" in LIBRARY]
    assert earlier._SECTION.findall(LIBRARY) == order
