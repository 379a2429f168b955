"""make messages, make edition LANGUAGE=ja: a second language for the book. AUTHORING.md says how a translator goes on.

    messages     book/_build/messages/gettext: what there is to translate, a .pot file for each page and two more
    book ja      book/_build/ja/html: the book by what lies in book/locale/ja

Cells' outputs come from the execution cache of the normal build, so make the book first. An edition whose figures are
translated has a cache of its own.
"""

import argparse
import sys
from pathlib import Path

from jupyter_book.sphinx import build_sphinx

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
LOCALE = BOOK / "locale"


def build(builder: str, target: Path, cache: Path, **settings: object) -> int:
    """Runs one of Sphinx's builders as ``jupyter-book build book -W -n --keep-going`` does, beside the normal build.

    Args:
        builder: its name.
        target: the folder to write into; what is kept between builds is in its parent.
        cache: the execution cache.
        **settings: override those of _config.yml.

    Returns:
        0, or another number where a warning or an error came.
    """
    overrides = {
        "external_toc_path": str(BOOK / "_toc.yml"),
        "latex_individualpages": False,  # Jupyter Book wants it said
        "nitpicky": True,
        "nb_execution_cache_path": str(cache),
        **settings,
    }
    done = build_sphinx(
        BOOK, target, noconfig=True, path_config=BOOK / "_config.yml", confoverrides=overrides, builder=builder,
        warningiserror=True, keep_going=True, quiet=True,
    )  # fmt: skip
    return done if isinstance(done, int) else 1


def messages(output: Path) -> int:
    """Extracts what there is to translate."""
    target = output / "gettext"
    failed = build("gettext", target, BOOK / "_build" / ".jupyter_cache")
    if not failed:
        print(f"{len(list(target.rglob('*.pot')))} files for translators are in {target}")
    return failed


def edition(language: str, locale: Path, output: Path) -> int:
    """Builds the book in a language."""
    catalogs = locale / language / "LC_MESSAGES"
    if not catalogs.is_dir():
        print(
            f"expected the catalogs of {language!r} in {catalogs}: make messages, and see AUTHORING.md", file=sys.stderr
        )
        return 2
    own = (catalogs / "drawings.po").is_file()
    cache = output / ".jupyter_cache" if own else BOOK / "_build" / ".jupyter_cache"
    solve, shared = output / "solve", BOOK / "_build" / "solve"
    if shared.is_dir() and not solve.exists():  # Python for pages, which is in no language
        output.mkdir(parents=True, exist_ok=True)
        solve.symlink_to(shared)
    failed = build("html", output / "html", cache, language=language, locale_dirs=[str(locale)])
    if not failed:
        print(output / "html" / "index.html")
    return failed


def main() -> int:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    extracts = commands.add_parser("messages")
    builds = commands.add_parser("book")
    builds.add_argument("language", help="a language code, such as ja")
    builds.add_argument("--locale", type=Path, default=LOCALE, help="where the languages are")
    for command in (extracts, builds):
        command.add_argument("--output", type=Path, help="a folder below book/_build by default")
    given = parser.parse_args()
    output = (given.output or BOOK / "_build" / getattr(given, "language", "messages")).resolve()
    if given.command == "messages":
        return messages(output)
    return edition(given.language, given.locale.resolve(), output)


if __name__ == "__main__":
    sys.exit(main())
