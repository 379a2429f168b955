"""How `make test` deals the tests out to two workers; a plugin of pytest (``-p tests.dealing``).

A file goes to one worker whole, in the order of the files, since its tests share what is dear: an exam, a gradebook, a
book in the browser. Tests that share nothing but the browser go one by one, and last, to whoever is free, so that
neither worker waits for the other's long file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadFileScheduling

if TYPE_CHECKING:
    from xdist.remote import Producer

ONE_BY_ONE = frozenset({"tests/book/test_pages.py", "tests/book/test_reading.py", "tests/book/test_execution.py"})


class Dealing(LoadFileScheduling):
    """Files whole, but for those of `ONE_BY_ONE`."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return nodeid if file in ONE_BY_ONE else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Dealing:
    return Dealing(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.nodeid.partition("::")[0] in ONE_BY_ONE)
