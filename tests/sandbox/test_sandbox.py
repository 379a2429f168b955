"""The wall itself: what is seen from inside, and how the interpreter is found."""

from autograde.sandbox import Ask, Cell, Job, isolation
from tests.conftest import ROOT

LOOK = """
import os, sys
def look():
    return sorted(os.listdir("/")), os.listdir("/tmp"), os.listdir("."), sorted(os.environ), os.getppid()
def write(path):
    try:
        open(path, "w").close()
    except OSError as error:
        return error.strerror
    return "written"
def remember():
    open("/tmp/note", "w").close()
    open("/dev/shm/note", "w").close()
    return os.path.exists("/tmp/note")
def modules():
    import importlib.util
    return [name for name in ("torch", "scipy", "nbgrader", "autograde") if importlib.util.find_spec(name)]
"""


def _ask(sandbox, *asks):
    outcome = sandbox.run(Job([Cell("look", LOOK), *asks], {"check.py": b"", "data.npz": b"12"}))
    assert outcome.incidents == []
    return {name: [record["value"] for record in records] for name, records in outcome.answers.items()}


def test_inside_there_is_the_students_python_and_nothing_else(sandbox):
    ((top, private, beside, environment, parent),) = _ask(sandbox, Ask("look", [((), {})]))["look"]
    assert (
        set(top) <= {"dev", "etc", "grader", "lib", "lib32", "lib64", "students", "tmp", "usr"} | _parents_of_python()
    )
    assert "proc" not in top
    assert private == ["home"]
    assert set(beside) == {"check.py", "data.npz"}
    assert not {"SECRET", "USER", "SSH_AUTH_SOCK", "VIRTUAL_ENV"} & set(environment)
    assert parent == 0


def _parents_of_python():
    python = isolation.interpreter(ROOT / ".venv-students" / "bin" / "python")
    return {python.base_prefix.parts[1]}


def test_nothing_outside_the_private_folder_can_be_written(sandbox):
    paths = ["/x", "/usr/x", "/students/x", "/grader/zygote.py", "/etc/x", "/dev/x"]
    answers = _ask(sandbox, Ask("write", [((path,), {}) for path in paths]))["write"]
    assert "written" not in answers
    assert _ask(sandbox, Ask("write", [(("/tmp/x",), {})]))["write"] == ["written"]


def test_nothing_is_left_for_the_next_submission(sandbox):
    assert _ask(sandbox, Ask("remember", [((), {})]))["remember"] == [True]
    ((_, private, *_),) = _ask(sandbox, Ask("look", [((), {})]))["look"]
    assert private == ["home"]


def test_nothing_can_be_borrowed(sandbox):
    assert _ask(sandbox, Ask("modules", [((), {})]))["modules"] == [[]]


def test_links_between_a_virtual_environment_and_its_python_are_kept(tmp_path):
    """Debian's python3 is a link to python3.11, and a virtual environment's python a link to that link."""
    base, venv = tmp_path / "base", tmp_path / "venv" / "bin"
    base.mkdir()
    venv.mkdir(parents=True)
    (base / "python3.11").touch()
    (base / "python3").symlink_to("python3.11")
    (venv / "python3").symlink_to(base / "python3")
    (venv / "python").symlink_to("python3")
    assert isolation._links_to(venv / "python") == ["--symlink", "python3.11", str(base / "python3")]
    assert isolation._links_to(base / "python3.11") == []
