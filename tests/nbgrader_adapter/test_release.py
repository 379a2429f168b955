"""The release is complete, repeatable, gives nothing away, and earns nothing."""

import importlib.util
import json
import shutil
import sys

import nbformat
import numpy as np
import pytest

from autograde.author.record import recorded_cases
from autograde.course import Course
from autograde.nbgrader_adapter.release import release
from tests.conftest import ASSIGNMENTS, COURSE, ROOT, grade, significant_lines, source_of, submission
from tests.sample_class import copy_content

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    """A second course, made from the same sources, released anew."""
    root = tmp_path_factory.mktemp("course")
    copy_content(root)
    (root / "exercises").mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", root)
    course = Course(root, COURSE.policy)
    assert list(release(course, ASSIGNMENTS)) == ASSIGNMENTS
    return root


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_releasing_again_changes_no_byte(name, again):
    committed = sorted((ROOT / "exercises" / name).glob("[!.]*"))
    made = sorted((again / "exercises" / name).glob("[!.]*"))
    assert [path.name for path in committed] == [path.name for path in made]
    for one, other in zip(committed, made, strict=True):
        assert one.read_bytes() == other.read_bytes(), f"{one} is out of date: run `autograde release {name}`"


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_no_line_of_a_solution_or_hidden_test_is_in_the_release(name):
    given = "\n".join(p.read_text("utf-8") for p in (ROOT / "exercises").rglob("*") if p.suffix in (".py", ".txt"))
    for path in (ROOT / "exercises").rglob("*.ipynb"):
        if ".ipynb_checkpoints" not in path.parts:
            given += "\n".join(cell.source for cell in nbformat.read(path, 4).cells)
    released = significant_lines(given)
    secret = set()
    for cell in source_of(name).cells:
        if cell.role in ("solution", "test"):
            secret |= significant_lines(cell.source) - significant_lines(cell.released)
    assert secret
    assert not secret & released
    for word in ("hidden_test", "BEGIN SOLUTION", "BEGIN HIDDEN", "autograde."):
        assert word not in given


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_release_is_a_valid_notebook_with_ids_from_grade_ids(name):
    notebook = nbformat.read(ROOT / "exercises" / name / f"{name}.ipynb", 4)
    nbformat.validate(notebook)
    for number, cell in enumerate(notebook.cells):
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        assert cell.id == (grade_id or f"cell-{number:02d}")
    assert all(not cell.get("outputs") for cell in notebook.cells)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_nbgrader_and_the_grader_agree_on_what_is_released(name):
    released = {cell.id: cell.source for cell in nbformat.read(ROOT / "exercises" / name / f"{name}.ipynb", 4).cells}
    for cell in source_of(name).cells:
        assert released[cell.id].rstrip() == cell.released.rstrip()


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_solutions_earn_full_marks(name, sandbox):
    graded = grade(name, submission(name), sandbox)
    assert {f: finding.verdict for f, finding in graded.findings.items() if finding.verdict != "correct"} == {}
    assert graded.score == source_of(name).max_score


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_release_earns_nothing(name, sandbox):
    graded = grade(name, (ROOT / "exercises" / name / f"{name}.ipynb").read_bytes(), sandbox)
    assert graded.score == 0
    assert {finding.verdict for finding in graded.findings.values()} == {"no_answer"}


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_visible_tests_pass_on_the_solution_and_stop_the_stub(name, tmp_path, monkeypatch, capsys):
    folder = ROOT / "exercises" / name
    for path in folder.iterdir():
        if path.suffix in (".py", ".npz"):
            shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for module in ("check", "earlier"):  # another assignment's, or the whole library; the old one is back afterwards
        monkeypatch.setitem(sys.modules, module, None)
        del sys.modules[module]
    namespace: dict = {}
    for cell in source_of(name).cells:
        if cell.kind == "code":
            exec(cell.source if cell.role == "solution" else cell.released, namespace)
    assert capsys.readouterr().out.count("✓") >= len(source_of(name).points)
    for cell in source_of(name).cells:
        if cell.role == "solution":
            exec(cell.released, namespace)
        if cell.role == "test":
            with pytest.raises(NotImplementedError):
                exec(cell.released, namespace)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_recorded_answers_say_where_they_come_from_and_are_the_cpus(name):
    from autograde.exam.oracle import evaluate, pick_device

    with np.load(ROOT / "exercises" / name / f"{name}.npz", allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
        assert {"device", "driver", "torch", "date", "seed", "made_by"} <= set(about)
        cases = recorded_cases(COURSE.content, name)
        assert len(about["cases"]) == len(cases)
        for entry, (question, case) in zip(about["cases"], cases, strict=True):
            assert (entry["function"], entry["label"]) == (question.name, case.label)
            want = evaluate(question.reference, case.args, case.kwargs, pick_device("cpu"))
            if isinstance(want, np.ndarray):
                np.testing.assert_allclose(file[entry["expected"]["array"]], want, rtol=1e-12, atol=1e-12)


def test_a_comparison_of_numpys_numbers_is_as_good_as_a_bool():
    spec = importlib.util.spec_from_file_location("check_of_students", COURSE.solutions / "check.py")
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    check.expect("right", np.float64(1) < 2, True)
    with pytest.raises(check.AnswerError, match="expected  True"):
        check.expect("wrong", np.float64(3) < 2, True)
    with pytest.raises(check.AnswerError, match="expected  True"):
        check.expect("a number is no bool", 1, True)
