"""Spelling and style of everything that people read: the book, the notebooks' texts, the feedback, the documents.

python tools/prose.py            # all of it; exit code 1 when there is a finding
python tools/prose.py book/chapters/padding.md solutions/padding/notebook.py

Spelling is aspell's American English and tools/dictionary.txt, where a word stands as it is written here: a word in
lower case allows every case, one with a capital allows that case alone. Style is proselint's (its checks are in
PROSELINT) and the house rules of HOUSE, each with what to write instead.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import jupytext
import yaml
from markdown_it import MarkdownIt
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from proselint.checks import __register__ as every_check
from proselint.registry import CheckRegistry
from proselint.tools import LintFile

ROOT = Path(__file__).resolve().parents[1]
DICTIONARY = ROOT / "tools" / "dictionary.txt"
PLACE = "this"  # stands for code, formulas and names of references, so that a sentence keeps its shape

PROSELINT = (
    "archaism", "cliches", "hedging", "industrial_language", "malapropisms", "mixed_metaphors",
    "mondegreens", "needless_variants", "nonwords", "oxymorons", "redundancy", "skunked_terms", "spelling", "terms",
    "uncomparables",
)  # fmt: skip
"""Families of proselint's checks. Left out: typography for print (curly quotes), and what a course does not hold."""

HOUSE: tuple[tuple[str, str], ...] = (
    (r"(?<!\W)!(?=\s|$)", "an exclamation mark: end with a full stop"),
    (r"\b(simply|obviously|clearly|trivially|basically|of course|needless to say)\b", "say why, or leave it out"),
    (r"\b(note that|it is worth noting|keep in mind that|it should be noted)\b", "say the thing itself"),
    (r"\bin order to\b", "write: to"),
    (r"\b(utilize|utilise|leverage[sd]?|leveraging)\b", "write: use"),
    (r"\b(delve|dive into|seamless(?:ly)?|cutting-edge|state-of-the-art|game-chang\w+)\b", "say what it does"),
    (rf"\b(?!{PLACE}\b)([a-z]{{2,}}) \1\b(?<!\bthat that)", "the same word twice"),
    (r"\b(very|really|quite)\b", "give the number, or leave it out"),
)
LONGEST = 48
"""Words in a sentence."""


@dataclass(frozen=True)
class Passage:
    """A paragraph, heading, cell or caption, where it begins, with what is no prose taken out."""

    file: Path
    line: int
    text: str

    def at(self, offset: int) -> int:
        """The line of a place in the text."""
        return self.line + self.text.count("\n", 0, offset)


@dataclass(frozen=True)
class Finding:
    """What is amiss, and where."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}: {self.message}"


_INLINE = (
    (re.compile(r"\{[\w:+-]+\}`[^`<]*<[^`>]*>`"), lambda match: match[0].split("`", 1)[1].split("<")[0]),
    (re.compile(r"\{term\}`([^`]*)`"), lambda match: match[1]),
    (re.compile(r"\{[\w:+-]+\}(`+).*?\1", re.DOTALL), lambda _: PLACE),
    (re.compile(r"(`+).*?\1", re.DOTALL), lambda _: PLACE),
    (re.compile(r"\$\$.*?\$\$|\$[^$]*\$", re.DOTALL), lambda _: PLACE),
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), lambda match: match[1]),
    (re.compile(r"\{[.#][\w-]+\}"), lambda _: ""),
    (re.compile(r"<[^>\s][^>]*>|https?://\S+"), lambda _: PLACE),
    (re.compile(r"\*{1,2}|(?<!\w)_{1,2}(?=\w)|(?<=\w)_{1,2}(?!\w)"), lambda _: ""),
    (re.compile(r"\\(?=\W)"), lambda _: ""),
)
_CODE = {"code-cell", "code-block", "code", "raw", "math", "toctree", "bibliography", "figure", "image"}
_OPTIONS = re.compile(r"\A(?:\s*:[\w-]+:.*\n?)+")


def _plain(text: str) -> str:
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    return text


def _markdown() -> MarkdownIt:
    reader = MarkdownIt("commonmark").enable("table")
    for plugin in (front_matter_plugin, myst_block_plugin, colon_fence_plugin, deflist_plugin, amsmath_plugin):
        reader.use(plugin)
    return reader.use(dollarmath_plugin, allow_digits=True, double_inline=False)


READER = _markdown()


def passages(text: str, file: Path, first: int = 1) -> Iterator[Passage]:
    """Yields the passages of MyST Markdown whose first line is line `first` of the file."""
    for token in READER.parse(text):
        line = first + (token.map[0] if token.map else 0)
        if token.type == "inline":
            yield Passage(file, line, _plain(token.content))
        elif token.type in {"fence", "colon_fence"}:
            yield from _fenced(token.info.strip(), token.content, file, line + 1)


def _fenced(info: str, content: str, file: Path, line: int) -> Iterator[Passage]:
    name = re.match(r"\{([\w:-]+)\}\s*(.*)", info, re.DOTALL)
    if name is None:
        return
    if name[1] in _CODE:
        head = re.match(r"\A---\n(.*?)\n---$", content, re.DOTALL | re.MULTILINE)
        if head:
            yield from _figure(yaml.safe_load(head[1]) or {}, file, line)
        return
    if name[2] and name[1] not in {"assignment", "collected"}:
        yield Passage(file, line - 1, _plain(name[2]))
    options = _OPTIONS.match(content)
    skipped = options.end() if options else 0
    if name[1] == "glossary":  # terms stand at the margin, what they mean is indented
        yield from (
            Passage(file, line + number, _plain(text))
            for number, text in enumerate(content.splitlines())
            if text.strip()
        )
        return
    yield from passages(content[skipped:], file, line + content[:skipped].count("\n"))


def _figure(head: dict[str, object], file: Path, line: int) -> Iterator[Passage]:
    mystnb = head.get("mystnb") or {}
    assert isinstance(mystnb, dict)
    for part, key in (("figure", "caption"), ("image", "alt")):
        text = (mystnb.get(part) or {}).get(key)
        if text:
            yield Passage(file, line, _plain(str(text)))


def _notebook(file: Path) -> Iterator[Passage]:
    """Texts of a solution's notebook; the line is the cell's, as near as jupytext tells."""
    text = file.read_text("utf-8")
    for cell in jupytext.reads(text, fmt="py:percent").cells:
        if cell.cell_type == "markdown":
            opening = cell.source.splitlines()[0] if cell.source else ""
            before = text.find(opening) if opening else 0
            yield from passages(cell.source, file, text.count("\n", 0, max(before, 0)) + 1)


def _strings(file: Path) -> Iterator[Passage]:
    """Texts that feedback shows: the words given to `idea`, `why` and `hint` in a challenge."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or node.value.count(" ") < 3:
            continue
        if "\n" not in node.value and not re.search(r"[={}]|\w\(", node.value):
            yield Passage(file, node.lineno, node.value)


def read(file: Path) -> list[Passage]:
    """The passages of one file."""
    if file.suffix == ".md":
        return list(passages(file.read_text("utf-8"), file))
    if file.name != "notebook.py":
        return list(_strings(file))
    return list(_notebook(file))


def sources() -> list[Path]:
    """All files with prose in them."""
    documents = [path for path in ROOT.glob("*.md") if path.name != "LICENSE.md"]
    book = [path for path in (ROOT / "book").rglob("*.md") if not {"_build", "node_modules"} & set(path.parts)]
    notebooks = sorted((ROOT / "solutions").glob("*/notebook.py"))
    ideas = [
        *(ROOT / "solutions").glob("*/questions.py"),
        *(ROOT / "solutions" / name for name in ("windows.py", "volumes.py")),
    ]
    return sorted([*documents, *book, *notebooks, *ideas])


_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def _words(passage: Passage) -> list[str]:
    found = []
    for chunk in passage.text.split():
        if re.search(r"[\d_@/\\=<>]|\w\.\w|\w\(", chunk):  # 3x3, pad2d, i.e., torch.nn, (n,k): names, not words
            continue
        found += [word.removesuffix("'s").removesuffix("’s") for word in _WORD.findall(chunk)]
    return [word for word in found if len(word) > 2 and not word.isupper()]


def dictionary() -> set[str]:
    """The project's own words, and those that chapters bring."""
    files = [DICTIONARY, *sorted((ROOT / "solutions").glob("*/words.txt"))]
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def spelling(found: list[Passage]) -> Iterator[Finding]:
    """Yields each word that neither aspell nor the dictionary knows, at each place."""
    aspell = shutil.which("aspell")
    if aspell is None:
        raise SystemExit("aspell is missing: apt-get install aspell aspell-en")
    known = dictionary()
    words = sorted({word for passage in found for word in _words(passage)})
    command = [aspell, "list", "--lang=en_US", "--encoding=utf-8"]
    unknown = set(
        subprocess.run(command, input="\n".join(words), capture_output=True, text=True, check=True).stdout.split()
    )
    unknown = {word for word in unknown if word not in known and word.lower() not in known}
    for passage in found:
        for word in dict.fromkeys(_words(passage)):
            if word in unknown:
                yield Finding(passage.file, passage.at(passage.text.index(word)), f"spelling: {word}")


def house(passage: Passage) -> Iterator[Finding]:
    """Yields what the house rules object to."""
    flat = passage.text.replace("\n", " ")
    for pattern, advice in HOUSE:
        for match in re.finditer(pattern, flat, re.IGNORECASE):
            yield Finding(passage.file, passage.at(match.start()), f"style: {match[0]!r}: {advice}")
    start = 0
    for sentence in re.split(r"(?<=[.?:;]\s)", flat):
        count = len(sentence.split())
        if count > LONGEST:
            yield Finding(passage.file, passage.at(start), f"style: {count} words in one sentence: {sentence[:50]}…")
        start += len(sentence)


def proselint(found: list[Passage]) -> Iterator[Finding]:
    """Yields what proselint objects to; the passages of a file go through it at once, which is ten times as quick."""
    registry = CheckRegistry()
    if not registry.checks:
        registry.register_many(every_check)
    text = "\n\n".join(passage.text.replace("\n", " ") for passage in found)
    starts = list(accumulate((len(passage.text) + 2 for passage in found), initial=0))
    if not text.strip():
        return
    prepared = LintFile(source="text", content=text)
    for result in prepared.lint({"max_errors": 1000, "checks": dict.fromkeys(PROSELINT, True)}):
        number = bisect_right(starts, result.pos[0]) - 1
        passage = found[number]
        yield Finding(passage.file, passage.at(result.pos[0] - starts[number]), f"style: {result.check_result.message}")


def examine(files: list[Path]) -> list[Finding]:
    """All findings in these files, in order."""
    texts = [read(file) for file in files]
    found = [passage for text in texts for passage in text]
    findings = [*spelling(found), *(finding for passage in found for finding in house(passage))]
    findings += [finding for text in texts for finding in proselint(text)]
    return sorted(findings, key=lambda finding: (str(finding.file), finding.line, finding.message))


def main() -> int:
    """Prints the findings. Returns the exit code."""
    files = [Path(name).resolve() for name in sys.argv[1:]] or sources()
    findings = examine(files)
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings in {len(files)} files", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
