"""A second course, which keeps its content in another way: every command works in it, and no engine changes."""

from __future__ import annotations

import json
import shutil

import pytest

from autograde import cli
from autograde.course import find_course
from tests.conftest import ROOT, code, document

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning", "ignore::DeprecationWarning")
WRONG = "def product(a, b):\n    return (a @ b).T\n"
RIGHT = "def power(a, n):\n    return np.linalg.matrix_power(a, n)\n"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny") / "course"
    shutil.copytree(ROOT / "tests" / "tiny_course", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".venv-students").symlink_to(ROOT / ".venv-students")
    return folder


@pytest.fixture
def run(tiny, monkeypatch, capsys):
    monkeypatch.chdir(tiny)

    def command(*arguments, code=0):
        assert cli.main([str(argument) for argument in arguments]) == code, capsys.readouterr()
        return capsys.readouterr().out

    return command


def test_its_content_is_its_own(tiny):
    content = find_course(tiny).content
    assert (content.id, content.names) == ("tiny", ("products",))
    assert find_course(ROOT).content.id != "tiny"


def test_record_release_check_grade_report_and_audit(tiny, run):
    assert "torch" in run("record")
    run("release")
    assert {path.name for path in (tiny / "exercises" / "products").iterdir()} == {"products.ipynb", "products.npz"}
    assert "score: 5 of 5" in run("check", tiny / "source" / "products" / "products.ipynb")
    assert "score: 0 of 5" in run("check", tiny / "exercises" / "products" / "products.ipynb")
    handed_in = tiny / "submitted" / "ada" / "products" / "products.ipynb"
    handed_in.parent.mkdir(parents=True)
    handed_in.write_bytes(document([code("import numpy as np"), code(WRONG, "product"), code(RIGHT, "power")]))
    report = json.loads(run("grade", "products", "--json", "-"))
    (entry,) = report["submissions"]
    assert (entry["score"], entry["functions"]["product"]["misconception"]) == (3, "transposed")
    run("report", "products")
    page = (tiny / ".autograde" / "products.html").read_text("utf-8")
    assert "Your product is transposed." in page
    assert "index.html#rows-by-columns" in page
    said = run("audit", "products", "--seed", 1)
    assert "products.product" in said
