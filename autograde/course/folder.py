"""A course's content as a folder a chapter, which is how most courses will keep it.

    solutions/course.toml         id, title, chapters (the reading order), book (its sources, from the course's root)
    solutions/NAME/notebook.py    the notebook, in jupytext's percent format
    solutions/NAME/questions.py   `QUESTIONS`, in the notebook's order; imports what it likes from beside it
    solutions/NAME/bank.py        right and wrong programs; outsiders.py, where there is one, holds more of them
    solutions/NAME/equivalent.toml    changes of the solution that are no mistakes
    solutions/NAME/given/         what students get beside the notebook, NAME.npz (recorded answers) among it
    solutions/check.py            what they get with every notebook
    solutions/earlier.py          what later notebooks may use of earlier ones
    solutions/*.py                what several chapters share

A course that keeps its content in another way names a Python file in course.toml, `content = "FILE.py"`, which defines
`content(folder)` and returns a `Content`.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib
import importlib.util
import os
import re
import sys
import threading
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from autograde.course.content import TITLE_FILE, Content
from autograde.course.program import Program, programs
from autograde.errors import ConfigError, UsageError
from autograde.questions.model import Question

NAME = re.compile(r"[a-z][a-z0-9_]*")
"""What a chapter may be called."""
_PARSING = threading.Lock()
"""Python 3.11.7's ast.parse fails now and then where two threads parse at once (python/cpython issue 106905)."""
_TARGET = re.compile(r"^\(([a-zA-Z][\w-]*)\)=\s*$", re.M)


class FolderContent:
    """Content from a folder a chapter; see the module's text.

    Args:
        folder: the folder with course.toml.
        title_file: its content.
        package: the name under which the folder's modules are imported.

    Raises:
        ConfigError: course.toml lacks a key, or names a chapter that has no folder.
    """

    def __init__(self, folder: Path, title_file: Mapping[str, Any], package: str) -> None:
        self._folder, self._package = folder, package
        for key, kind in (("id", str), ("title", str), ("chapters", list)):
            if not isinstance(title_file.get(key), kind) or not title_file[key]:
                raise ConfigError(f"{folder / TITLE_FILE}: expected `{key}`, not {title_file.get(key)!r}")
        self.id: str = title_file["id"]
        self.title: str = title_file["title"]
        self.names: tuple[str, ...] = tuple(title_file["chapters"])
        self.book = folder.parent / str(title_file.get("book", "book"))
        for name in self.names:
            if not isinstance(name, str) or not NAME.fullmatch(name):
                raise ConfigError(f"{folder / TITLE_FILE}: {name!r} is no chapter's name (a-z, 0-9 and _)")
            if not (folder / name / "notebook.py").is_file():
                raise ConfigError(f"{folder / TITLE_FILE} names {name}, but {folder / name / 'notebook.py'} is missing")

    def notebook(self, name: str) -> Path:
        """solutions/NAME/notebook.py."""
        return self._folder / name / "notebook.py"

    def given(self, name: str) -> Sequence[Path]:
        """solutions/NAME/given/*, and solutions/check.py."""
        folder = self._folder / name / "given"
        everywhere = [path for path in (self._folder / "check.py",) if path.is_file()]
        return [*everywhere, *sorted(path for path in folder.glob("*") if path.is_file())]

    def recorded(self, name: str) -> Path:
        """solutions/NAME/given/NAME.npz."""
        return self._folder / name / "given" / f"{name}.npz"

    def library(self) -> Path | None:
        """solutions/earlier.py."""
        path = self._folder / "earlier.py"
        return path if path.is_file() else None

    def _module(self, name: str, part: str) -> ModuleType:
        path = self._folder / name / f"{part}.py"
        if not path.is_file():
            raise UsageError(f"{name} has no {part}: expected {path}")
        return importlib.import_module(f"{self._package}.{name}.{part}")

    def questions(self, name: str) -> Mapping[str, Question]:
        """`QUESTIONS` of solutions/NAME/questions.py.

        Raises:
            UsageError: there is no such file, or it holds no questions.
        """
        found = getattr(self._module(name, "questions"), "QUESTIONS", None)
        if not found or not all(isinstance(one, Question) for one in found):
            raise UsageError(f"{self._folder / name / 'questions.py'}: expected a tuple QUESTIONS of Question")
        return {question.name: question for question in found}

    def sources(self, name: str) -> Sequence[Path]:
        """The notebook, what questions.py imports of this folder, and every data file and driver of the chapter."""
        chapter = self._folder / name
        waiting, found = [chapter / "questions.py"], {self.notebook(name)}
        while waiting:
            path = waiting.pop()
            if path not in found and path.is_file():
                found.add(path)
                waiting += _imported(path, self._folder)
        found |= {path for path in chapter.iterdir() if path.is_file() and path.suffix not in (".py", ".toml", ".md")}
        found |= set((chapter / "drivers").glob("*.py"))
        return sorted(found)

    def page(self, label: str) -> str:
        """The page whose text has the target `(label)=`, and the section in it."""
        return _targets(self.book).get(label, "")

    def bank(self, name: str) -> Sequence[Program]:
        """The programs of solutions/NAME/bank.py, and then those of outsiders.py, where there is one.

        Raises:
            UsageError: there is no bank.
        """
        parts = ["bank", "outsiders"] if (self._folder / name / "outsiders.py").is_file() else ["bank"]
        return [program for part in parts for program in programs(self._module(name, part))]

    def excuses(self, name: str) -> Mapping[str, Mapping[str, str]]:
        """solutions/NAME/equivalent.toml.

        Raises:
            UsageError: the file is not TOML of the expected form.
        """
        path = self._folder / name / "equivalent.toml"
        if not path.is_file():
            return {}
        try:
            data = tomllib.loads(path.read_text("utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{path} is not TOML: {error}") from error
        table: dict[str, dict[str, str]] = {}
        for function, entries in data.items():
            for entry in entries:
                if not {"change", "reason"} <= set(entry):
                    raise UsageError(f"{path}: an entry of {function} lacks its change or its reason")
                table.setdefault(function, {})[entry["change"]] = entry["reason"]
        return table


def _imported(path: Path, top: Path) -> Iterator[Path]:
    """The files below `top` that a module imports by relative imports."""
    with _PARSING:
        tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            yield base.with_suffix(".py")
            yield from (base / f"{alias.name}.py" for alias in node.names)
            yield from (folder / "__init__.py" for folder in (base, *base.parents) if top in (folder, *folder.parents))


@functools.lru_cache(maxsize=8)
def _targets_of(book: Path, stamp: tuple[tuple[str, int], ...]) -> Mapping[str, str]:
    del stamp  # a part of the cache's key: the files and when they were changed
    found: dict[str, str] = {}
    for path in _pages(book):
        page = path.relative_to(book).with_suffix(".html").as_posix()
        for target in _TARGET.finditer(path.read_text("utf-8")):
            found[target[1]] = f"{page}#{target[1]}"
    return found


def _pages(book: Path) -> list[Path]:
    """The book's sources; folders whose names begin with _ hold none."""
    # Pruned while walking: the built site lies in one of these folders, and every label asks.
    found: list[Path] = []
    for folder, below, files in os.walk(book):
        below[:] = [name for name in below if not name.startswith(("_", "."))]
        found += [Path(folder, name) for name in files if name.endswith(".md") and not name.startswith(("_", "."))]
    return sorted(found)


def _targets(book: Path) -> Mapping[str, str]:
    """By label, its page and place: every target that stands before a section in the book's sources."""
    return _targets_of(book, tuple((str(path), path.stat().st_mtime_ns) for path in _pages(book)))


def _stamp(folder: Path) -> str:
    """What changes when a file of the content does."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".toml"))
    text = "\n".join(f"{path} {path.stat().st_mtime_ns}" for path in files)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _import(name: str, path: Path, search: list[str] | None = None) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=search)
    if spec is None or spec.loader is None:
        raise ConfigError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_loaded: dict[Path, tuple[str, Content]] = {}
_loading = threading.Lock()
"""Imports take names away and give them anew; two threads at it would see half of each other's."""


def load_content(folder: Path) -> Content:
    """The content of a course's folder; imported under a name of its own, and anew where a file of it has changed.

    Raises:
        ConfigError: course.toml is missing, is not TOML, or promises what is not there.
    """
    with _loading:
        return _load(folder)


def _load(folder: Path) -> Content:
    stamp = _stamp(folder)
    if folder in _loaded and _loaded[folder][0] == stamp:
        return _loaded[folder][1]
    path = folder / TITLE_FILE
    try:
        title_file = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read as TOML: {error}") from error
    place = hashlib.sha256(str(folder).encode("utf-8", "surrogateescape")).hexdigest()[:8]
    package = f"course_content_{place}"
    for known in [one for one in sys.modules if one == package or one.startswith(f"{package}.")]:
        del sys.modules[known]
    content: Content
    if "content" in title_file:
        content = _import(package, folder / str(title_file["content"])).content(folder)
    else:
        if (folder / "__init__.py").is_file():
            _import(package, folder / "__init__.py", [str(folder)])
        content = FolderContent(folder, title_file, package)
    _loaded[folder] = (stamp, content)
    return content
