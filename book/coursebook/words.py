"""Words drawn in figures, in the language of the book.

Cells draw in English. In a translated book the build has each kernel call `speak` before a page's first cell, with the
compiled catalog drawings.mo: every text that matplotlib is given is looked up as it is, and else line by line.
Numbers and formulas are in no catalog, and stay.
"""

import gettext
from collections.abc import Callable
from functools import wraps
from pathlib import Path

from matplotlib.text import Text


def translated(catalog: gettext.NullTranslations, text: str) -> str:
    """Returns a text in the catalog's language: as a whole, else each of its lines that the catalog has."""
    if not text.strip():
        return text
    whole = catalog.gettext(text)
    if whole != text or "\n" not in text:
        return whole
    return "\n".join(translated(catalog, line) for line in text.split("\n"))


def speaking(
    set_text: Callable[[Text, object], None], catalog: gettext.NullTranslations
) -> Callable[[Text, object], None]:
    """Returns matplotlib's ``Text.set_text`` with a look into the catalog before it."""

    @wraps(set_text)
    def set_translated(self: Text, text: object) -> None:
        set_text(self, translated(catalog, text) if isinstance(text, str) else text)

    return set_translated


def speak(file: str) -> None:
    """Has all figures of this process drawn in the language of a compiled catalog."""
    with Path(file).open("rb") as compiled:
        catalog = gettext.GNUTranslations(compiled)
    Text.set_text = speaking(Text.set_text, catalog)  # type: ignore[method-assign]
