"""What a citation says, for places that are not made by the bibliography's own directives."""

from sphinx.environment import BuildEnvironment


def _author(person: object) -> str:
    return " ".join([*person.prelast_names, *person.last_names])  # type: ignore[attr-defined]


def short(env: BuildEnvironment, key: str) -> str:
    """Returns "He et al., 2016" for a key of references.bib, "" for a key that is not there."""
    entries = env.domaindata["cite"]["bibdata"].data.entries
    if key not in entries:
        return ""
    entry = entries[key]
    names = [_author(person) for person in entry.persons.get("author", [])]
    year = entry.fields.get("year", "")
    joined = {0: entry.fields.get("title", ""), 1: names[0] if names else "", 2: " and ".join(names)}
    who = joined.get(len(names), f"{names[0]} et al." if names else "")
    return ", ".join(part for part in (who, year) if part)
