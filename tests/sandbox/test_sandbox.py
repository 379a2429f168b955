"""The wall itself: what is seen from inside, and how the interpreter is found."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from autograde.errors import SandboxError
from autograde.sandbox import Ask, Cell, Job, Sandbox, isolation, user_ids
from tests.conftest import COURSE, ROOT

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
    real = base / "python3.11"
    assert isolation._links_to(venv / "python") == (["--symlink", "python3.11", str(base / "python3")], real)
    assert isolation._links_to(real) == ([], real)


def _run(sandbox, *steps):
    return sandbox.run(Job([*steps]))


CHANGES = """
import sys
import numpy as np
r = sys.modules["asking"]
honest = r._call
def lying(function, ask, case):
    record = honest(function, ask, case)
    return {**record, "modified": False, **extra}
extra = {}
r._call = lying
def change(x, items=None):
    x[...] = 0
    if items is not None:
        items.append(1)
    return 1
def keep(x, items=None, table=None):
    return x
"""


def test_whether_inputs_were_changed_is_decided_outside(sandbox):
    array = np.arange(6.0).reshape(2, 3)
    frozen = np.asfortranarray(array).astype(np.float32)
    kept = [((array,), {}), ((frozen, [1, 2.5, np.float32(3)]), {"table": {"a": (array, "b")}}), ((np.float64(3),), {})]
    for extra in ("{}", "{'inputs': None}", "{'inputs': b''}"):
        outcome = _run(
            sandbox, Cell("c", CHANGES.replace("extra = {}", f"extra = {extra}")), Ask("change", [((array,), {})])
        )
        assert [record["modified"] for record in outcome.answers["change"]] == [True]
    outcome = _run(sandbox, Cell("c", CHANGES), Ask("keep", kept))
    assert [record["modified"] for record in outcome.answers["keep"]] == [False, False, False]
    listed = _run(sandbox, Cell("c", CHANGES), Ask("change", [((array * 0, [1]), {}), ((array * 0,), {})]))
    assert [record["modified"] for record in listed.answers["change"]] == [True, False]


NAMED = """
def change(x, state, rows=None):
    x[0] = 7
    state["b"][1] = 7
    rows[1].append(3)
"""
HIDDEN_LEFT = """
import sys
r = sys.modules["asking"]
r._call = lambda function, ask, case: {"status": "ok", "value": 1, "inputs": LEFT}
def change(x, state, rows=None):
    return 1
"""


def test_which_inputs_were_changed_is_told_by_their_places(sandbox):
    asked = Ask("change", [((np.zeros(3), {"a": np.zeros(2), "b": np.zeros(2)}), {"rows": [[1], [2]]})])
    (record,) = _run(sandbox, Cell("c", NAMED), asked).answers["change"]
    assert record["changed"] == [[0], [1, "b"], ["rows", 1]]
    for left in ("b'garbage'", "7", "sys.modules['wire'].encode([1, 2])", "sys.modules['wire'].encode(None)"):
        (record,) = _run(sandbox, Cell("c", HIDDEN_LEFT.replace("LEFT", left)), asked).answers["change"]
        assert record["modified"]
        assert record["changed"] in ([], [[], []])


def test_a_cell_of_any_length_runs_whole(sandbox):
    text = "# " + "x" * 120_000 + "\n" + "y = '" + "é" * 200_000 + "'\nlength = lambda: len(y)\n"
    outcome = _run(sandbox, Cell("long", text), Ask("length", [((), {})]))
    assert outcome.answers["length"][0]["value"] == 200_000


def test_long_texts_are_never_cut_without_a_word(sandbox):
    source = "print('x' * 60_000, '\\ud800')\nlong = lambda n: 'x' * n"
    outcome = _run(sandbox, Cell("c", source), Ask("long", [((100_000,), {}), ((100_001,), {})]))
    assert outcome.output["c"] == "x" * 60_000 + " ?\n"
    whole, cut = (record["value"] for record in outcome.answers["long"])
    assert whole == "x" * 100_000
    assert cut.type_name == "str of 100001 characters"


MEMORY = """
import resource
import numpy as np
def take(mebibytes):
    for limit in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        try:
            resource.setrlimit(limit, (resource.RLIM_INFINITY,) * 2)
        except (ValueError, OSError):
            pass
    try:
        return int(np.ones(mebibytes << 20, np.uint8).sum()) >> 20
    except MemoryError:
        return -1
"""


def test_a_function_with_a_limit_on_memory_of_its_own_is_held_to_it(sandbox):
    cases = [((mebibytes,), {}) for mebibytes in (50, 200)]
    tight = Ask("take", cases, memory_mib=128)
    outcome = _run(sandbox, Cell("c", MEMORY), Ask("other", [((), {})]), tight)
    assert [record["value"] for record in outcome.answers["take"]] == [50, -1]
    assert outcome.answers["other"][0]["status"] == "no_answer"
    assert outcome.ended["c"].kind == "ok"
    loose = _run(sandbox, Cell("c", MEMORY), Ask("take", cases))
    assert [record["value"] for record in loose.answers["take"]] == [50, 200]


def test_cells_run_though_every_question_has_a_limit_on_memory_of_its_own(sandbox):
    defines = Cell("defines", "def f(x):\n    return x + 1\nprint('defined')")
    outcome = sandbox.run(Job([defines, Ask("f", [((1,), {})], memory_mib=128), Cell("after", "print(f(2))")]))
    assert [record["value"] for record in outcome.answers["f"]] == [2]
    assert {place: end.kind for place, end in outcome.ended.items()} == {"defines": "ok", "after": "ok"}
    assert outcome.output["after"].strip() == "3"


def test_user_ids_are_those_of_one_submission_at_a_time(monkeypatch):
    monkeypatch.setattr(user_ids, "FIRST", 5_000_000)
    monkeypatch.setattr(user_ids, "COUNT", 3)
    with user_ids.reserved() as one, user_ids.reserved() as two, user_ids.reserved() as three:
        assert {one, two, three} == {5_000_000, 5_000_001, 5_000_002}
        with pytest.raises(SandboxError, match="all 3 user ids"), user_ids.reserved():
            pass
    with user_ids.reserved() as again:
        assert again in {one, two, three}


PROCESSES = """
import os, time
def bomb():
    started = 0
    try:
        while True:
            if os.fork() == 0:
                time.sleep(600)
            started += 1
    except OSError:
        return started
def pool(n):
    import threading
    gate = threading.Barrier(n + 1)
    workers = [threading.Thread(target=gate.wait) for _ in range(n)]
    for worker in workers:
        worker.start()
    gate.wait()
    return n
"""


def test_processes_of_one_submission_do_not_count_for_another(sandbox):
    """A fork bomb beside an honest pool of threads: two submissions of one grader at the same time."""
    with Sandbox(ROOT, COURSE.policy) as other, ThreadPoolExecutor(1) as executor:
        held = "import time\nstarted = bomb()\ntime.sleep(600)"
        bombing = executor.submit(other.run, Job([Cell("c", PROCESSES), Cell("b", held), Ask("bomb", [((), {})])]))
        for _ in range(3):
            outcome = _run(sandbox, Cell("c", PROCESSES), Ask("pool", [((12,), {})]))
            assert outcome.answers["pool"][0].get("value") == 12, outcome
        assert not bombing.done()
        other._process.kill()
        bombing.exception(60)


DEEP = """
import numpy as np

def inner(x):
    return np.reshape(x, (7, 7))

def outer(x):
    return inner(x) + 1

def through_numpy(x):
    return np.apply_along_axis(lambda row: row[9], 0, x)
"""


def _texts(sandbox, source, *names):
    """What each function's error is told as, asked with an array of three."""
    outcome = sandbox.run(Job([Cell("cell", source), *(Ask(name, [((np.ones(3),), {})]) for name in names)]))
    return [outcome.answers[name][0]["text"] for name in names]


def test_an_error_shows_the_students_own_line(sandbox):
    reshape, within = _texts(sandbox, DEEP, "outer", "through_numpy")
    assert reshape.endswith("(line 7: return inner(x) + 1; from there line 4: return np.reshape(x, (7, 7)))")
    assert within.endswith("(line 10: return np.apply_along_axis(lambda row: row[9], 0, x))")


def test_an_error_in_a_helper_shows_the_line_that_called_it(sandbox):
    helper = "import numpy as np\n\ndef helper(x):\n    return np.reshape(x, (7, 7))"
    steps = [Cell("helper", helper), Cell("own", "class Own:\n    def __init__(self, x):\n        self.x = helper(x)")]
    outcome = sandbox.run(Job([*steps, Ask("Own", [((np.ones(3),), {})])]))
    text = outcome.answers["Own"][0]["text"]
    assert text.endswith("(line 3: self.x = helper(x); from there in helper line 4: return np.reshape(x, (7, 7)))")


def test_a_syntax_error_and_a_missing_module_are_told_with_their_line(sandbox):
    cells = [Cell("open", "x = 1\ny = (x +\n"), Cell("torch", "x = 1\nimport torch\n")]
    ended = sandbox.run(Job([*cells, Ask("x", [((), {})])])).ended
    assert ended["open"].text.startswith("SyntaxError: ")
    assert "(line 2: y = (x +)" in ended["open"].text
    assert ended["torch"].text == (
        "ModuleNotFoundError: No module named 'torch'; here is no more to import than numpy, matplotlib and what comes "
        "with Python (line 2: import torch)"
    )


STUBS = '''
def stub(x):
    """Says what it does."""
    raise NotImplementedError()

def left_below(x):
    """Says what it does."""
    y = x + 1
    raise NotImplementedError()
'''


def test_a_stub_left_below_finished_code_is_told(sandbox):
    stub, left = _texts(sandbox, STUBS, "stub", "left_below")
    assert stub == "the function raises NotImplementedError: it is not written yet"
    assert left == (
        "your function reaches `raise NotImplementedError` (line 8: raise NotImplementedError()); delete that line if "
        "your code is complete"
    )
