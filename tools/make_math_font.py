"""Makes the font of the book's formulas: the characters that they use of STIX Two Math, with its mathematical tables.

    npm pack @fontsource/stix-two-math@5.3.0 && tar xf fontsource-stix-two-math-5.3.0.tgz
    python tools/make_math_font.py package/files/stix-two-math-latin-400-normal.woff2

Two things are changed. MathML sets a subscript lower the deeper its base goes, which TeX does for brackets alone: "p"
and "y" would have lower subscripts than "x". And Chromium keeps as much room for a root as its widest radical takes,
whichever it then draws: so all of them are as wide as the smallest.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

from fontTools.misc.transform import Scale
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

FONT = Path(__file__).resolve().parents[1] / "book" / "_static" / "fonts" / "mathematics.woff2"
SOURCE_SHA256 = "8b2a6834cfe1f4e0f3724ffa59fe92000013fc5a4c41e6a3f438006c26c60f0d"
FAMILY = "Course Mathematics"
DROP = -60
"""Thousandths of the font's size by which a subscript is at least below its base's depth."""
CHARACTERS = (
    (0x20, 0x7E),  # letters, figures and signs of ASCII
    (0xA0, 0xA0), (0xAC, 0xAC), (0xAF, 0xAF), (0xB1, 0xB1), (0xB7, 0xB7), (0xD7, 0xD7), (0xF7, 0xF7),
    (0x2C6, 0x2C7), (0x2D9, 0x2DC), (0x302, 0x304), (0x391, 0x3A9), (0x3B1, 0x3C9), (0x3D1, 0x3D1), (0x3D5, 0x3D6),
    (0x3F1, 0x3F1), (0x3F5, 0x3F5),
    (0x2013, 0x2014), (0x2016, 0x2016), (0x2018, 0x2019), (0x201C, 0x201D), (0x2026, 0x2026), (0x2032, 0x2034),
    (0x203E, 0x203E),
    (0x210B, 0x210B), (0x210E, 0x210E), (0x2112, 0x2113), (0x2115, 0x2115), (0x211D, 0x211D), (0x2124, 0x2124),
    (0x2190, 0x2194), (0x21A6, 0x21A6), (0x21D0, 0x21D4),
    (0x2200, 0x2209), (0x220F, 0x2213), (0x2217, 0x221E), (0x2223, 0x222B), (0x223C, 0x223C), (0x2248, 0x2248),
    (0x2260, 0x2265), (0x226A, 0x226B), (0x2282, 0x2287), (0x2295, 0x2299), (0x22C5, 0x22C6), (0x22EE, 0x22F1),
    (0x2308, 0x230B), (0x23DE, 0x23DF), (0x27E8, 0x27E9),
    (0x1D400, 0x1D467),  # bold and italic letters
    (0x1D5A0, 0x1D5D3),  # without serifs
    (0x1D6A4, 0x1D6A5), (0x1D6FC, 0x1D71B),  # italic Greek
)  # fmt: skip
"""First and last character of each run."""


def characters() -> set[int]:
    """The code points that the font has."""
    return {code for first, last in CHARACTERS for code in range(first, last + 1)}


def narrow_radicals(font: TTFont) -> None:
    """Draws the taller radicals, and the pieces of the tallest, as wide as the smallest."""
    variants = font["MATH"].table.MathVariants
    smallest = font.getBestCmap()[0x221A]
    made = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(smallest)]
    taller = [one.VariantGlyph for one in made.MathGlyphVariantRecord] + [
        one.glyph for one in made.GlyphAssembly.PartRecords
    ]
    width, glyphs = font["hmtx"][smallest][0], font.getGlyphSet()
    for name in set(taller) - {smallest}:
        drawn, (advance, _) = TTGlyphPen(None), font["hmtx"][name]
        glyphs[name].draw(TransformPen(drawn, Scale(width / advance, 1)))
        font["glyf"][name] = drawn.glyph()
        font["glyf"][name].recalcBounds(font["glyf"])
        font["hmtx"][name] = (width, font["glyf"][name].xMin)


def make(source: Path, target: Path) -> int:
    """Writes the font; returns its size in bytes.

    Raises:
        ValueError: the source is another file than the one that the book's font was made of.
    """
    found = hashlib.sha256(source.read_bytes()).hexdigest()
    if found != SOURCE_SHA256:
        raise ValueError(f"{source} has the sha256 {found}, expected {SOURCE_SHA256}: is it version 5.3.0?")
    font = TTFont(source, recalcTimestamp=False)
    options = Options(layout_features=["*"], hinting=False, notdef_outline=True, name_IDs=[0, 1, 2, 4, 5, 6, 13, 14])
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters())
    subsetter.subset(font)
    font["MATH"].table.MathConstants.SubscriptBaselineDropMin.Value = DROP
    narrow_radicals(font)
    for record in font["name"].names:
        if record.nameID in (1, 4):
            record.string = FAMILY
        elif record.nameID == 6:
            record.string = FAMILY.replace(" ", "")
    font.flavor = "woff2"
    target.parent.mkdir(exist_ok=True)
    font.save(target)
    return target.stat().st_size


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="STIX Two Math as a WOFF2 file")
    print(f"{FONT}: {make(parser.parse_args().source, FONT):,} bytes")
