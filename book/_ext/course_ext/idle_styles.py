"""Style rules that no page of the site can use are left out of what it loads.

The theme brings rules for every part that a site might have: four fifths of half a megabyte, which the browser reads
before it shows the first word, and tries on every element. A rule of the theme's, or of another package's, stays when
each class and each id of its selector is a word of some page's attributes or of some script. Scripts also put names
together: one that starts as a word of theirs which ends in a hyphen counts as used.
"""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import tinycss2
from tinycss2.ast import AtRule, HashToken, IdentToken, LiteralToken, Node, QualifiedRule

_ATTRIBUTES = re.compile(r'\b(?:class|id)="([^"]*)"')
_INLINE = re.compile(r"<script\b[^>]*>(.*?)</script>", re.DOTALL)
_WORD = re.compile(r"-?[A-Za-z_][\w-]*")
_NESTING = ("media", "supports", "layer", "container")


@dataclass
class Names:
    """Classes and ids that a page may have."""

    whole: set[str] = field(default_factory=set)
    beginnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, pages: Iterable[str], scripts: Iterable[str]) -> "Names":
        """Returns those that occur in pages' HTML, and the words of scripts."""
        names = cls()
        told: set[str] = set()
        for page in pages:
            names.whole.update(name for found in set(_ATTRIBUTES.findall(page)) for name in found.split())
            told.update(word for script in _INLINE.findall(page) for word in _WORD.findall(script))
        for script in scripts:
            told.update(_WORD.findall(script))
        names.whole |= told
        names.beginnings = tuple(word for word in told if word.endswith("-") and len(word) > 3)
        return names

    def may_be(self, name: str) -> bool:
        """Whether some page may have this class or id."""
        return name in self.whole or name.startswith(self.beginnings)


def _selectors(prelude: list[Node]) -> list[list[Node]]:
    """Splits at the commas outside of brackets."""
    found: list[list[Node]] = [[]]
    for token in prelude:
        if isinstance(token, LiteralToken) and token.value == ",":
            found.append([])
        else:
            found[-1].append(token)
    return found


def _asked(selector: list[Node]) -> list[str]:
    """The classes and ids that an element must have, it or one around it; what is in brackets is not looked at."""
    names = [token.value for token in selector if isinstance(token, HashToken)]
    for before, token in itertools.pairwise(selector):
        if isinstance(before, LiteralToken) and before.value == "." and isinstance(token, IdentToken):
            names.append(token.value)
    return names


def _used(rules: list[Node], names: Names, left_out: list[str]) -> str:
    kept = []
    for rule in rules:
        if isinstance(rule, QualifiedRule):
            selectors = _selectors(rule.prelude)
            useful = [one for one in selectors if all(names.may_be(name) for name in _asked(one))]
            left_out += [tinycss2.serialize(one).strip() for one in selectors if one not in useful]
            if useful:
                prelude = ",".join(tinycss2.serialize(one).strip() for one in useful)
                kept.append(f"{prelude}{{{tinycss2.serialize(rule.content).strip()}}}")
        elif isinstance(rule, AtRule) and rule.lower_at_keyword in _NESTING and rule.content is not None:
            inner = _used(tinycss2.parse_rule_list(rule.content, True, True), names, left_out)
            if inner:
                kept.append(f"@{rule.at_keyword} {tinycss2.serialize(rule.prelude).strip()}{{{inner}}}")
        else:
            kept.append(rule.serialize())
    return "\n".join(kept)


def without_idle_rules(sheet: str, names: Names) -> tuple[str, list[str]]:
    """Returns a style sheet with only the rules that an element may match, and the selectors that are gone."""
    left_out: list[str] = []
    return _used(tinycss2.parse_stylesheet(sheet, True, True), names, left_out), left_out
