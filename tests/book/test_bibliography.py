"""What a citation shows, authors and year, stands for one entry of the bibliography."""

from collections import defaultdict

from pybtex.database import parse_file

from tests.conftest import ROOT


def test_no_two_entries_are_cited_by_the_same_words():
    cited = defaultdict(list)
    for key, entry in parse_file(str(ROOT / "book" / "references.bib")).entries.items():
        names = [" ".join(person.last_names) for person in entry.persons.get("author", [])]
        authors = tuple(names) if len(names) < 3 else (names[0], "et al.")
        cited[authors or key, entry.fields["year"]].append(key)
    assert {words: keys for words, keys in cited.items() if len(keys) > 1} == {}
