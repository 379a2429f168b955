"""Puts the folder that is published together: the built pages, the book as a PDF, the site as a zip.

python tools/make_site.py   (after make book, make pdf, make zip; `make site` does all of it)
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

BUILD = Path(__file__).resolve().parents[1] / "book" / "_build"
DOWNLOADS = {
    "convolution-to-resnet.pdf": "The book as one PDF, for paper",
    "convolution-to-resnet-site.zip": "The site as a zip, to read without a network",
}
MARK = "<!-- downloads: tools/make_site.py writes them here -->"
# What Sphinx keeps for its own next build.
LEFT_OUT = (".buildinfo", ".buildinfo.bak", ".doctrees")


def make_site(build: Path, output: Path) -> None:
    """Copies the pages and the downloads into a folder, in place of what an earlier call left there.

    Raises:
        FileNotFoundError: something is not built; the text names it and the command that makes it.
        ValueError: the page about the book has no place for the downloads.
    """
    pages = build / "html"
    for needed in (pages / "index.html", *(build / name for name in DOWNLOADS)):
        if not needed.is_file():
            command = needed.suffix[1:].replace("html", "book")
            raise FileNotFoundError(f"{needed} is missing: make {command} writes it, make site all of it")
    if output.is_dir():
        shutil.rmtree(output)
    shutil.copytree(pages, output, ignore=shutil.ignore_patterns(*LEFT_OUT))
    links = []
    for name, text in DOWNLOADS.items():
        shutil.copy2(build / name, output / name)
        size = (build / name).stat().st_size / 2**20
        links.append(f'<li><a href="{name}" download>{text}</a> ({size:.0f} MiB)</li>')
    about = output / "about.html"
    text = about.read_text(encoding="utf-8")
    if text.count(MARK) != 1:
        raise ValueError(
            f"{about} holds {MARK} {text.count(MARK)} times; expected once, from the directive {{downloads}}"
        )
    about.write_text(text.replace(MARK, f"<ul>{''.join(links)}</ul>"), encoding="utf-8")
    (output / ".nojekyll").touch()  # GitHub Pages would leave out folders that begin with _


def main() -> int:
    """Reads the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description="Puts the folder to be published together.")
    parser.add_argument("--build", type=Path, default=BUILD, help="folder with html/, the PDF and the zip")
    parser.add_argument("--output", type=Path, help="the folder to write (default: site/ in the build folder)")
    options = parser.parse_args()
    output = options.output or options.build / "site"
    try:
        make_site(options.build, output)
    except (FileNotFoundError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
