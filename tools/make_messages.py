"""make messages: writes what there is to translate into book/_build/messages, a .pot file for each page and two more.

The pages' outputs come from the execution cache of the normal build, so build the book first. AUTHORING.md, "A second
language", says how a translator goes on.
"""

import argparse
import sys
from pathlib import Path

from jupyter_book.sphinx import build_sphinx

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"


def build(builder: str, target: Path, **settings: object) -> int:
    """Runs one of Sphinx's builders as ``jupyter-book build`` does, beside the normal build and with its outputs.

    Args:
        builder: its name.
        target: the folder to write into; what is kept between builds is in its parent.
        **settings: override those of _config.yml.

    Returns:
        0, or another number where a warning or an error came.
    """
    overrides = {
        "external_toc_path": str(BOOK / "_toc.yml"),
        "latex_individualpages": False,  # Jupyter Book wants it said
        "nitpicky": True,
        "nb_execution_cache_path": str(BOOK / "_build" / ".jupyter_cache"),
        **settings,
    }
    done = build_sphinx(
        BOOK, target, noconfig=True, path_config=BOOK / "_config.yml", confoverrides=overrides, builder=builder,
        warningiserror=True, keep_going=True, quiet=True,
    )  # fmt: skip
    return done if isinstance(done, int) else 1


def main() -> int:
    """Extracts, and says where the files are."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, default=BOOK / "_build" / "messages" / "gettext")
    target = parser.parse_args().output.resolve()
    failed = build("gettext", target)
    if not failed:
        print(f"{len(list(target.rglob('*.pot')))} files for translators are in {target}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
