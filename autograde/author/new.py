"""A new chapter, complete from the first minute: a folder, a page, a line in each list, and a release that works."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from autograde.course import Course
from autograde.course.content import TITLE_FILE
from autograde.course.folder import NAME
from autograde.errors import UsageError

TEMPLATE = Path(__file__).with_name("template")
PARTS = ("notebook.py", "questions.py", "reference.py", "bank.py", "equivalent.toml")
TOC = "_toc.yml"


def _inserted(path: Path, pattern: str, new: str, what: str) -> tuple[Path, str]:
    """The file's text with `new` after the only match of `pattern`.

    Raises:
        UsageError: the file has no such place, or several.
    """
    text = path.read_text("utf-8")
    places = list(re.finditer(pattern, text, re.M))
    if len(places) != 1:
        raise UsageError(f"{path}: expected one line for {what}, found {len(places)}; enter the chapter by hand")
    end = places[0].end()
    return path, text[:end] + new + text[end:]


def new_chapter(course: Course, name: str, title: str, after: str) -> list[Path]:
    """Writes a chapter that passes every check: a page, a notebook with one small function, its tests and its bank.

    Args:
        course: the course; its book has a _toc.yml.
        name: the chapter's name, in small letters, digits and _.
        title: its title.
        after: the chapter before it.

    Returns:
        the files that were written or changed.

    Raises:
        UsageError: the name is taken or cannot be one, `after` is unknown, or a list has no line for `after`.
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be a chapter's name: expected small letters, digits and _, a letter first")
    folder = course.solutions / name
    if name in course.assignments() or folder.exists():
        raise UsageError(f"there is a chapter {name} already: choose another name, or remove {folder}")
    if after not in course.assignments():
        raise UsageError(f"no chapter {after!r} to put it after: expected one of {', '.join(course.assignments())}")
    if not title.strip() or "\n" in title:
        raise UsageError(f"expected a title of one line, not {title!r}")
    toc = course.content.book / TOC
    if not toc.is_file():
        raise UsageError(f"the book has no {toc}: set `book` in {course.solutions / TITLE_FILE}")
    found = re.search(rf"^(?P<indent> *- file: )(?P<folder>.*?){re.escape(after)}$", toc.read_text("utf-8"), re.M)
    if found is None:
        raise UsageError(f"{toc} has no line for {after}: enter it first")
    words = {"name": name, "title": title.strip(), "after": after, "label": name.replace("_", "-")}

    def filled(part: str) -> str:
        return Template((TEMPLATE / f"{part}.txt").read_text("utf-8")).substitute(words)

    # All texts are made before one is written: what cannot be done leaves everything as it was.
    files = {folder / part: filled(part) for part in PARTS}
    files[course.content.book / f"{found['folder']}{name}.md"] = filled("page.md")
    listed = rf'^ *"{re.escape(after)}",?$'
    files |= dict(
        [
            _inserted(toc, re.escape(found[0]) + "$", f"\n{found['indent']}{found['folder']}{name}", after),
            _inserted(course.solutions / TITLE_FILE, listed, f'\n    "{name}",', after),
        ]
    )
    library = course.content.library()
    if library is not None and re.search(rf"^# %% {re.escape(after)}$", library.read_text("utf-8"), re.M):
        section = rf"^# %% {re.escape(after)}\n(?:(?!# %% ).*\n?)*"
        path, text = _inserted(library, section, f"# %% {name}\n\n\n", after)
        files[path] = text.rstrip("\n") + "\n"
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return list(files)
