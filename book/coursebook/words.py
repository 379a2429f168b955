"""Words drawn in figures, in the language of the book.

Cells draw in English. In a translated book the build has each kernel call `speak` before a page's first cell, with the
compiled catalog drawings.mo: every text that matplotlib is given is looked up as it is, and else line by line.
Numbers and formulas are in no catalog, and stay.
"""

import gettext
from functools import cache, wraps
from pathlib import Path

from matplotlib.text import Text


def translated(catalog: gettext.NullTranslations, text: str) -> str:
    """Returns a text in the catalog's language: as a whole, else each of its lines that the catalog has."""
    whole = catalog.gettext(text)
    if whole != text or "\n" not in text:
        return whole
    return "\n".join(translated(catalog, line) for line in text.split("\n"))


def speak(file: str) -> None:
    """Has all figures of this process drawn in the language of a compiled catalog.

    It is read with the first text, so that pages without a figure do not depend on it.
    """
    set_text = Text.set_text

    @cache
    def catalog() -> gettext.NullTranslations:
        with Path(file).open("rb") as compiled:
            return gettext.GNUTranslations(compiled)

    @wraps(set_text)
    def set_translated(self: Text, text: object) -> None:
        set_text(self, translated(catalog(), text) if isinstance(text, str) and text.strip() else text)

    Text.set_text = set_translated  # type: ignore[method-assign]
