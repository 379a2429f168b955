"""Packs the built site as one zip that opens from the disk: unpack it, open index.html.

python tools/make_zip.py   (after make book)

The same site gives the same bytes: names are sorted, dates and permissions fixed.
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from pathlib import Path

SITE = Path(__file__).resolve().parents[1] / "book" / "_build" / "html"
OUTPUT = SITE.parent / "convolution-to-resnet-site.zip"
FOLDER = "convolution-to-resnet"
DATE = (2026, 1, 1, 0, 0, 0)
# What Sphinx keeps for its own next build.
LEFT_OUT = {".buildinfo", ".buildinfo.bak", ".nojekyll"}


def make_zip(site: Path, output: Path) -> None:
    """Writes every file of the site into one folder of a zip.

    Raises:
        FileNotFoundError: the site is not built.
    """
    if not (site / "index.html").is_file():
        raise FileNotFoundError(f"{site / 'index.html'} is missing: build the book first (make book)")
    with zipfile.ZipFile(output, "w") as archive:
        for file in sorted(path for path in site.rglob("*") if path.is_file() and path.name not in LEFT_OUT):
            entry = zipfile.ZipInfo(f"{FOLDER}/{file.relative_to(site).as_posix()}", DATE)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)


def main() -> int:
    """Reads the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description="Packs the built book as a zip that opens from the disk.")
    parser.add_argument("--site", type=Path, default=SITE, help="folder of the built pages")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    try:
        make_zip(options.site, options.output)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    print(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
