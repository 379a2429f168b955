"""The addresses of the services that open a notebook, and the environment that Binder makes."""

from __future__ import annotations

import pytest
from course_ext.launch import Places  # conftest.py puts the book's extension on the path

from tests.conftest import ROOT

PATH = "exercises/padding/padding.ipynb"
SERVICES = {"colab_url": "https://colab.research.google.com/", "binder_url": "https://mybinder.org"}


def test_nothing_is_offered_where_nothing_is_set() -> None:
    assert Places(**SERVICES).links(PATH) == []
    assert Places(**SERVICES).problem() == ""


@pytest.mark.parametrize("url", ["https://github.com/o/r", "https://github.com/o/r/", "https://github.com/o/r.git"])
def test_a_repository_on_github(url: str) -> None:
    assert Places(repository_url=url, branch="class/2026", **SERVICES).links(PATH) == [
        (
            "Open in Colab",
            "https://colab.research.google.com/github/o/r/blob/class/2026/exercises/padding/padding.ipynb",
        ),
        ("Open in Binder", "https://mybinder.org/v2/gh/o/r/class%2F2026?labpath=exercises%2Fpadding%2Fpadding.ipynb"),
        ("See it in the repository", "https://github.com/o/r/blob/class/2026/exercises/padding/padding.ipynb"),
    ]


def test_colab_is_not_offered_for_another_host() -> None:
    assert Places(repository_url="https://git.example.org/o/r", **SERVICES).links(PATH) == [
        (
            "Open in Binder",
            "https://mybinder.org/v2/git/https%3A%2F%2Fgit.example.org%2Fo%2Fr/main"
            "?labpath=exercises%2Fpadding%2Fpadding.ipynb",
        ),
        ("See it in the repository", "https://git.example.org/o/r/blob/main/exercises/padding/padding.ipynb"),
    ]


def test_a_hub_that_fetches_the_course_first() -> None:
    template = "https://HUB/hub/user-redirect/git-pull?repo={repository}&branch={branch}&urlpath=lab/tree/{name}/{path}"
    places = Places(repository_url="https://github.com/o/r", jupyterlab_url=template)
    assert places.problem() == ""
    assert places.links(PATH)[0] == (
        "Open in JupyterLab",
        "https://HUB/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2Fo%2Fr&branch=main"
        "&urlpath=lab/tree/r/exercises/padding/padding.ipynb",
    )


def test_a_plain_lab_needs_no_repository() -> None:
    places = Places(jupyterlab_url="http://localhost:8888/lab/tree/{path}")
    assert places.problem() == ""
    assert places.links(PATH) == [("Open in JupyterLab", f"http://localhost:8888/lab/tree/{PATH}")]


@pytest.mark.parametrize(
    ("url", "repository", "said"),
    [
        ("https://hub/lab", "", "lacks {path}"),
        ("https://hub/lab/tree/{file}", "", "{file}; what it may hold is {branch}, {name}, {path}, {repository}"),
        ("https://hub/git-pull?repo={repository}&urlpath={path}", "", "set course_repository_url too"),
        ("https://hub/lab/tree/{path", "https://github.com/o/r", "braces that do not match"),
    ],
)
def test_a_setting_that_cannot_work_is_named(url: str, repository: str, said: str) -> None:
    assert said in Places(repository_url=repository, jupyterlab_url=url).problem()


def test_binder_installs_what_students_install_and_nothing_else() -> None:
    lines = (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8").split("\n")
    (included,) = [line for line in lines if line and not line.startswith("#")]
    assert included.startswith("-r ")
    target = (ROOT / "binder" / included.removeprefix("-r ")).resolve()
    assert target == ROOT / "exercises" / "requirements.txt"
    names = {path.name for path in (ROOT / "binder").iterdir()}
    assert names == {"requirements.txt", "runtime.txt"}
