"""Dishonest, hostile, malformed and unlucky submissions: each a few lines, with what it tries and what it may earn.

Every entry writes one submission into a folder, as a student could hand it in. The grader's promise is in
`tests/test_corpus.py`; `benchmarks/integrity.py` shows what plain nbgrader does with the same files.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import COURSE, source_of

NAME = "filter_arithmetic"
CANARY = "CANARY-5be1"
"""A word that is in the course's secrets; it must never be in what students get."""
FULL = source_of(NAME).max_score
FUNCTIONS = tuple(source_of(NAME).points)

Notebook = dict
Write = Callable[[Path], None]


@dataclass(frozen=True)
class Entry:
    """One submission.

    Args:
        name: names the student too.
        family: forging, borrowing, leaking, exhausting, malformed or accident.
        tries: what it tries, in words.
        write: puts the submission into its folder.
        earns: the score that its answers deserve.
        heavy: whether it may only run inside limits (memory, processes, disk, endless loops).
    """

    name: str
    family: str
    tries: str
    write: Write
    earns: float = 0.0
    heavy: bool = False


def blank() -> Notebook:
    """The notebook as handed out."""
    return json.loads((COURSE.exercises / NAME / f"{NAME}.ipynb").read_text("utf-8"))


def solved() -> Notebook:
    """The notebook with every solution in it."""
    notebook = blank()
    sources = source_of(NAME).by_id()
    for cell in notebook["cells"]:
        if sources[cell["id"]].role == "solution":
            cell["source"] = sources[cell["id"]].source
    return notebook


def cell(source: str, **metadata: object) -> dict:
    """A code cell."""
    return {
        "cell_type": "code",
        "id": f"x{abs(hash(source)) % 10**9}",
        "metadata": dict(metadata),
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def find(notebook: Notebook, grade_id: str) -> dict:
    """The cell with this grade_id."""
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def save(notebook: object, folder: Path) -> None:
    """Writes the submission's notebook."""
    (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook), "utf-8")


def raw(content: bytes) -> Write:
    """A file with these bytes for a notebook."""
    return lambda folder: (folder / f"{NAME}.ipynb").write_bytes(content) and None


def first(source: str, start: Callable[[], Notebook] = blank, **metadata: object) -> Write:
    """`source` as a cell before all others."""

    def write(folder: Path) -> None:
        notebook = start()
        notebook["cells"].insert(0, cell(source, **metadata))
        save(notebook, folder)

    return write


def body(source: str, function: str = FUNCTIONS[0]) -> Write:
    """`source` as the body of one function; the others stay as handed out."""

    def write(folder: Path) -> None:
        notebook = blank()
        signature = find(notebook, function)["source"]
        head = "".join(signature).split("\n", 1)[0]
        lines = "\n".join(f"    {line}" for line in source.strip().splitlines())
        find(notebook, function)["source"] = f"{head}\n{lines}"
        save(notebook, folder)

    return write


def changed(change: Callable[[Notebook], None], start: Callable[[], Notebook] = blank) -> Write:
    """The notebook after `change`."""

    def write(folder: Path) -> None:
        notebook = start()
        change(notebook)
        save(notebook, folder)

    return write


def beside(files: dict[str, str], start: Callable[[], Notebook] = blank, source: str = "") -> Write:
    """Files beside the notebook, in the submission's folder."""

    def write(folder: Path) -> None:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        notebook = start()
        if source:
            notebook["cells"].insert(0, cell(source))
        save(notebook, folder)

    return write


def _tests(notebook: Notebook) -> list[dict]:
    return [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade")]


def _edit_tests(**changes: object) -> Write:
    def change(notebook: Notebook) -> None:
        for test in _tests(notebook):
            test["metadata"]["nbgrader"].update(changes)

    return changed(change)


def _tag_tests(*tags: str) -> Write:
    def change(notebook: Notebook) -> None:
        for test in _tests(notebook):
            test["metadata"]["tags"] = list(tags)

    return changed(change)


def _link(target: str) -> Write:
    def write(folder: Path) -> None:
        (folder / f"{NAME}.ipynb").symlink_to(target)

    return write


def _linked(target: str, part: str = "student", solution: Callable[[], Notebook] = solved) -> Write:
    """A link in place of the student's folder or of the assignment's, or in place of a file in it."""

    def write(folder: Path) -> None:
        if part in ("student", "assignment"):
            place = folder.parent if part == "student" else folder
            folder.rmdir()
            if part == "student":
                place.rmdir()
        else:
            save(solution(), folder)
            place = folder / part
        place.symlink_to(target)

    return write


def _planted(folder: Path) -> None:
    """A course around the notebook, with a Python of the student's own."""
    for name in (".", "solutions"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "nbgrader_config.py").write_text("open('/tmp/obeyed', 'w')\n")
    (folder / "solutions" / "course.toml").write_text(
        f'id = "x"\ntitle = "x"\nchapters = ["{NAME}"]\ncontent = "c.py"\n'
    )
    (folder / "solutions" / "c.py").write_text("open('/tmp/obeyed', 'w')\n")
    (folder / "autograde.toml").write_text('student_python = "evil"\n')
    save(blank(), folder)


def _text_cell(source: str, attachments: dict | None = None, start: Callable[[], Notebook] = blank) -> Write:
    def change(notebook: Notebook) -> None:
        made = {"cell_type": "markdown", "id": "text", "metadata": {}, "source": source}
        notebook["cells"].insert(0, made if attachments is None else {**made, "attachments": attachments})

    return changed(change, start)


def _every_solution(source: str) -> Write:
    """Each function wrong, and with `source` in its cell."""

    def change(notebook: Notebook) -> None:
        for function in FUNCTIONS:
            find(notebook, function)["source"] = f"def {function}(*a, **k):\n    return None\n{source}"

    return changed(change)


def _every_answer(*answers: str) -> Write:
    """Each function answers with one of these, in turn."""

    def change(notebook: Notebook) -> None:
        for place, function in enumerate(FUNCTIONS):
            answer = answers[place % len(answers)]
            find(notebook, function)["source"] = f"def {function}(*a, **k):\n    return {answer}"

    return changed(change)


def _many(count: int, source: str) -> Write:
    return changed(lambda n: n["cells"].extend(cell(f"{source}  # {i}") for i in range(count)), solved)


PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg=="


def _swap_ids(notebook: Notebook) -> None:
    one, other = find(notebook, FUNCTIONS[0]), find(notebook, f"test_{FUNCTIONS[0]}")
    one["metadata"]["nbgrader"]["grade_id"] = f"test_{FUNCTIONS[0]}"
    other["metadata"]["nbgrader"]["grade_id"] = FUNCTIONS[0]


ALWAYS_EQUAL = """
import numpy as np
class Liar(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __sub__(self, other): return np.zeros(self.shape)
    def __array_function__(self, *a): return True
    def __array_ufunc__(self, *a, **k): return np.bool_(True)
    shape = property(lambda self: (5, 7))
return np.zeros((5, 7)).view(Liar)
"""
REPLY = """
import os, json, struct
def frame(value):
    text = json.dumps(value).encode()
    return struct.pack("<II", len(text), 0) + text
answers = ["d", [["id", ["s", "test_cross_correlate2d"]], ["answers", ["l", [["d", [["status", ["s", "ok"]],
    ["value", ["f", (1.0).hex()]], ["points", ["f", (600.0).hex()]], ["verdict", ["s", "correct"]]]]] * 9]]]]
for descriptor in range(3, 20):
    try:
        os.write(descriptor, frame(answers) + frame(["d", [["done", ["b", True]]]]))
    except OSError:
        pass
"""
SEARCH = """
import os, pathlib
found = []
for top in ("/work", "/root", "/home", "/grader", "/tmp", "/etc", "/proc", "/srv", "/opt", "/mnt"):
    for path, folders, files in os.walk(top):
        for name in files:
            if name.endswith((".db", ".py", ".npz", ".ipynb", "environ", "shadow")) and len(found) < 3000:
                try:
                    text = pathlib.Path(path, name).read_bytes()[:200_000]
                except OSError:
                    continue
                if b"hidden_test" in text or b"BEGIN SOLUTION" in text or b"CANARY" in text.replace(b"CANARY\\"", b""):
                    found.append(str(pathlib.Path(path, name)))
print("FOUND", found)
"""

KEYRING = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
notes = []
for keyring in (-3, -4, -5):
    if libc.syscall(250, 0, keyring, 0) > 0:
        notes.append(f"keyring {keyring}")
    if libc.syscall(248, b"user", b"note", b"CANARY", 6, keyring) > 0:
        notes.append(f"a key in keyring {keyring}")
print("NOTES", notes)
"""
SOCKETS = """
import socket
for family in (2, 10, 16, 17, 29, 38, 40, 44):
    try:
        socket.socket(family, socket.SOCK_DGRAM).close()
        print("CONNECTED", family)
    except OSError as error:
        print(error)
"""
MEMORY_FILES = """
import mmap, os
kept = []
for number in range(24):
    kept.append(os.memfd_create("x"))
    for _ in range(100):
        os.write(kept[-1], bytes(1 << 20))
print("HELD", len(kept))
"""
SEGMENTS = """
import ctypes
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
kept = []
for number in range(24):
    kept.append(libc.shmget(0, 50 << 20, 0o1600))
    address = libc.shmat(kept[-1], None, 0)
    if kept[-1] < 0 or address == 2**64 - 1:
        raise MemoryError
    ctypes.memset(address, 1, 50 << 20)
    libc.shmdt(ctypes.c_void_p(address))
print("HELD", len(kept))
"""
FAMILY = """
import os, time
kept, pipes = [], []
for number in range(8):
    out, into = os.pipe()
    if os.fork() == 0:
        block = bytearray(400 << 20)
        os.write(into, b"x")
        time.sleep(60)
    os.close(into)
    pipes.append(out)
held = sum(os.read(out, 1) == b"x" for out in pipes)
print("HELD" if held == 8 else "few", held)
os.kill(-1, 9)
"""
MODIFIES = """
import sys
r = sys.modules.get("runner") or sys.modules["__main__"]
honest = getattr(r, "_call", None)
def call(function, ask, case):
    return {**honest(function, ask, case), "modified": False}
r._call = call
"""
NAMESPACES = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
opened = [n for n, call in {
    "unshare": (272, 0x10000000), "clone": (56, 0x10000000 | 17, 0, 0, 0, 0), "ptrace": (101, 0, 0, 0, 0),
    "bpf": (321, 0, 0, 0), "userfaultfd": (323, 1), "perf": (298, 0, 0, -1, -1, 0), "io_uring": (425, 1, 0),
}.items() if libc.syscall(*call) >= 0]
print("NOTES", opened)
"""

FORGING = [
    Entry("custom-exc", "forging", "swallows every exception", first("get_ipython().set_custom_exc((BaseException,), lambda *a, **k: None)")),
    Entry("no-traceback", "forging", "hides tracebacks", first("get_ipython().showtraceback = lambda *a, **k: None\nget_ipython()._showtraceback = lambda *a, **k: None")),
    Entry("excepthook", "forging", "replaces sys.excepthook", first("import sys\nsys.excepthook = lambda *a: None")),
    Entry("displayhook", "forging", "displays a number after each cell", first("import sys\nclass H:\n    def __call__(self, v): print(600)\nsys.displayhook = H()\nget_ipython().display_trap.hook = sys.displayhook")),
    Entry("transformer", "forging", "rewrites the test cells' text before they run", first("get_ipython().input_transformers_post.append(lambda lines: ['600\\n'])")),
    Entry("ast-transformer", "forging", "deletes assertions from the tests' syntax trees", first("import ast\nclass T(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n    def visit_Expr(self, node): return ast.Pass()\nget_ipython().ast_transformers.append(T())")),
    Entry("event-hook", "forging", "prints a score after each cell", first("get_ipython().events.register('post_run_cell', lambda *a: print(600.0))")),
    Entry("numpy-patched", "forging", "makes NumPy's comparisons say yes", first("import numpy as np\nfor n in ('allclose', 'array_equal', 'isclose'): setattr(np, n, lambda *a, **k: True)\nfor n in ('assert_allclose', 'assert_array_equal', 'assert_equal'): setattr(np.testing, n, lambda *a, **k: None)")),
    Entry("check-patched", "forging", "makes the visible tests' helper say yes", first("import check\ncheck.expect = check.recorded = lambda *a, **k: None")),
    Entry("hidden-test-patched", "forging", "defines its own hidden test", first("import sys, types\nm = types.ModuleType('autograde.kernel')\nm.hidden_test = lambda *a, **k: None\nsys.modules['autograde'] = types.ModuleType('autograde')\nsys.modules['autograde.kernel'] = m")),
    Entry("builtins-patched", "forging", "replaces AssertionError and isinstance", first("import builtins\nbuiltins.AssertionError = type('E', (Exception,), {})\nbuiltins.isinstance = lambda *a: True\nbuiltins.abs = lambda v: 0")),
    Entry("wire-patched", "forging", "patches the encoder of answers", first("import sys\nw = sys.modules.get('wire')\nif w:\n    old = w.encode\n    w.encode = lambda v: old({'done': True, 'points': 600})")),
    Entry("runner-patched", "forging", "patches the code that asks", first("import sys\nr = sys.modules.get('asking') or sys.modules['__main__']\nr._call = lambda *a: {'status': 'ok', 'value': 1.0, 'points': 600, 'modified': False}")),
    Entry("forged-reply", "forging", "writes answer messages to every open descriptor", first(REPLY)),
    Entry("forged-kernel-reply", "forging", "answers execute requests itself", first("k = getattr(get_ipython(), 'kernel', None)\nif k:\n    k.do_execute = lambda *a, **k: {'status': 'ok', 'execution_count': 1, 'payload': [], 'user_expressions': {}}")),
    Entry("dies-silently", "forging", "ends the process before the tests", first("import os\nos._exit(0)")),
    Entry("lying-array", "forging", "returns an array that equals everything", body(ALWAYS_EQUAL)),
    Entry("lying-object", "forging", "returns an object that equals everything", body("class Yes:\n    def __getattr__(self, n): return self\n    def __call__(self, *a, **k): return self\n    def __eq__(self, o): return True\n    def __array__(self, *a, **k): raise TypeError\nreturn Yes()")),
    Entry("masked-array", "forging", "returns an array with every value masked", body("return np.ma.masked_all((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1))")),
    Entry("nan-array", "forging", "returns NaN everywhere", body("return np.full((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1), np.nan)")),
    Entry("broadcast", "forging", "returns a scalar that broadcasts", body("return np.float64(0)")),
    Entry("object-array", "forging", "returns objects that equal everything", body("class E:\n    def __eq__(s, o): return True\n    def __sub__(s, o): return 0\ny = np.empty((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1), object)\ny[...] = E()\nreturn y")),
    Entry("number-last", "forging", "ends the solution cell with a number", changed(lambda n: find(n, FUNCTIONS[0]).update(source="600.0"))),
    Entry("negative-number", "forging", "prints a negative score", first("-3")),
    Entry("skip-tag", "forging", "tags tests skip-execution", _tag_tests("skip-execution")),
    Entry("raises-tag", "forging", "tags tests raises-exception", _tag_tests("raises-exception")),
    Entry("points-edited", "forging", "gives its tests 600 points", _edit_tests(points=600)),
    Entry("points-odd", "forging", "gives its tests strange points", _edit_tests(points="many")),
    Entry("unlocked", "forging", "unlocks the tests and empties them", changed(lambda n: [t.update(source="pass") or t["metadata"]["nbgrader"].update(locked=False) for t in _tests(n)] and None)),
    Entry("tests-as-solutions", "forging", "declares its tests solutions", _edit_tests(solution=True, grade=False)),
    Entry("swapped-ids", "forging", "swaps the ids of solution and test", changed(_swap_ids)),
    Entry("duplicated-ids", "forging", "adds a second, empty test with each id", changed(lambda n: n["cells"].extend([{**copy.deepcopy(t), "id": f"d{i}", "source": "600"} for i, t in enumerate(_tests(n))]))),
    Entry("tests-as-text", "forging", "turns the tests into text", changed(lambda n: [t.update(cell_type="markdown") for t in _tests(n)] and None)),
    Entry("shadow-numpy", "forging", "a numpy.py beside the notebook", beside({"numpy.py": "raise SystemExit(0)"})),
    Entry("shadow-check", "forging", "a check.py that always agrees", beside({"check.py": "def expect(*a, **k): pass\ndef recorded(*a, **k): pass\nprint(600)"})),
    Entry("shadow-start", "forging", "sitecustomize, ipykernel_launcher and IPython start-up files", beside({"sitecustomize.py": "import os\nos._exit(0)", "usercustomize.py": "import os\nos._exit(0)", "ipykernel_launcher.py": "raise SystemExit(0)", ".ipython/profile_default/startup/a.py": "600", "jupyter_config.py": "c.Execute.enabled = False"})),
    Entry("shadow-autograde", "forging", "a package autograde beside the notebook", beside({"autograde/__init__.py": "", "autograde/kernel.py": "def hidden_test(*a, **k): pass"})),
    Entry("planted-config", "forging", "an nbgrader_config.py and an autograde.toml beside the notebook", beside({"nbgrader_config.py": "c = get_config()\nc.Autograde.autograde_preprocessors = []", "autograde.toml": "cell_timeout_s = 1"})),
    Entry("writes-gradebook", "forging", "writes the gradebook", first("import glob, sqlite3\nfor d in ['gradebook.db', *glob.glob('/**/gradebook.db', recursive=True)]:\n    try:\n        c = sqlite3.connect(d); c.execute('update grade set manual_score = 600'); c.commit()\n    except Exception as e: print(e)")),
    Entry("copies-peer", "forging", "reads a peer's notebook and runs it", first("import glob, json\nfor p in glob.glob('/**/honest-1/**/*.ipynb', recursive=True) + glob.glob('../../honest-1/*/*.ipynb'):\n    for c in json.load(open(p))['cells']:\n        if c['cell_type'] == 'code': exec(''.join(c['source']), globals())")),
    Entry("link-to-peer", "forging", "a link to a peer's notebook", _link(f"../../honest-1/{NAME}/{NAME}.ipynb")),
    Entry("link-to-solution", "forging", "a link to the instructor's solution", _link(str(COURSE.sources / NAME / f"{NAME}.ipynb"))),
    Entry("reads-solution", "forging", "reads the instructor's solutions", first("import glob\nfor p in glob.glob('/**/solutions/**/*.py', recursive=True):\n    exec(open(p).read(), globals())")),
    Entry("planted-course", "forging", "a whole course around the notebook, with a Python of its own", _planted),
    Entry("link-student", "forging", "the student's folder is a link to a peer's", _linked("honest-1", "student")),
    Entry("link-assignment", "forging", "the assignment's folder is a link to a peer's", _linked(f"../honest-1/{NAME}", "assignment")),
    Entry("link-to-source", "forging", "the assignment's folder is a link to the instructor's", _linked("../../source/" + NAME, "assignment")),
    Entry("memory-map", "forging", "returns a memory map", body("import tempfile\nreturn np.memmap(tempfile.mkstemp()[1], dtype=float, mode='w+', shape=(x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1))")),
]  # fmt: skip

TORCH = "import numpy as np\nt = {how}\nreturn t.nn.functional.conv2d(t.tensor(x)[None, None].double(), t.tensor(w)[None, None].double())[0, 0].numpy()"
BORROWING = [
    Entry("torch", "borrowing", "calls torch", body(TORCH.format(how="__import__('torch')"))),
    Entry("torch-importlib", "borrowing", "finds torch through importlib and sys.path", body("import sys, glob, importlib\nsys.path += glob.glob('/**/site-packages', recursive=True) + glob.glob('/**/dist-packages', recursive=True)\n" + TORCH.format(how="importlib.import_module('torch')"))),
    Entry("scipy", "borrowing", "calls scipy", body("from scipy.signal import correlate2d\nreturn correlate2d(x, w, mode='valid')")),
    Entry("scipy-pip", "borrowing", "installs scipy first", body("import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'pip', 'install', '-q', 'scipy', '--target', '/tmp/s'], timeout=5)\nsys.path.insert(0, '/tmp/s')\nfrom scipy.signal import correlate2d\nreturn correlate2d(x, w, mode='valid')")),
    Entry("other-python", "borrowing", "asks another Python", body("import subprocess, json\nfor p in ('/usr/bin/python3', 'python3', '/work/main/.venv/bin/python'):\n    try:\n        out = subprocess.run([p, '-c', 'import torch'], capture_output=True, timeout=5)\n    except OSError: continue\n    if out.returncode == 0: return 1\nraise RuntimeError('no torch anywhere')")),
    Entry("ctypes-torch", "borrowing", "loads libtorch by ctypes", body("import ctypes, glob\nreturn ctypes.CDLL(glob.glob('/**/libtorch_cpu.so', recursive=True)[0])")),
    Entry("wheel", "borrowing", "a module with the answer's code in a wheel beside the notebook", beside({"scipy/__init__.py": "", "scipy/signal.py": "def correlate2d(*a, **k): return 1"}, source="import sys\nsys.path.insert(0, '.')\nfrom scipy.signal import correlate2d\ncross_correlate2d = correlate2d")),
]  # fmt: skip

LEAKING = [
    Entry("searches-disk", "leaking", "searches the disk for tests and solutions", first(SEARCH)),
    Entry("environment", "leaking", "prints the environment", first("import os\nprint(dict(os.environ))")),
    Entry("parents", "leaking", "reads its parents' memory and command lines", first("import os, glob\nprint(os.getppid(), glob.glob('/proc/*/cmdline'))\nfor p in ('/proc/1/environ', f'/proc/{os.getppid()}/environ', '/proc/1/mem', '/proc/self/environ'):\n    try: print(open(p, 'rb').read()[:2000])\n    except OSError as e: print(e)")),
    Entry("network", "leaking", "sends home what it finds", first("import socket\nfor host in (('127.0.0.1', 22), ('10.0.0.1', 80)):\n    try: socket.create_connection(host, 1); print('CONNECTED')\n    except OSError as e: print(e)")),
    Entry("script-in-text", "leaking", "a script in a text cell of the feedback page", changed(lambda n: n["cells"].insert(0, {"cell_type": "markdown", "id": "evil", "metadata": {}, "source": "<script>document.title='PWNED'</script><img src=x onerror=\"document.title='PWNED'\">\n\n[x](javascript:document.title='PWNED')"}))),
    Entry("script-in-output", "leaking", "a script in displayed HTML", first("from IPython.display import HTML, Javascript, display\ndisplay(HTML(\"<script>document.title='PWNED'</script>\"), Javascript(\"document.title='PWNED'\"))\nprint('<script>document.title=\"PWNED\"</script>')")),
    Entry("script-in-error", "leaking", "a script in an error's text", body("raise ValueError(\"<script>document.title='PWNED'</script><img src=x onerror=alert(1)>\")")),
    Entry("script-in-saved-output", "leaking", "a script in outputs saved in the file", changed(lambda n: n["cells"].append({**cell("1"), "outputs": [{"output_type": "display_data", "metadata": {}, "data": {"text/html": "<script>document.title='PWNED'</script>"}}]}))),
    Entry("script-in-entities", "leaking", "a script's address in character references", _text_cell("[x](jav&#97;script:document.title='PWNED') [y](javascript\\:document.title='PWNED')\n\n[r]\n\n[r]: &#106;avascript:document.title='PWNED'")),
    Entry("script-in-formula", "leaking", "a script in a formula's link", _text_cell("$\\href{javascript:document.title='PWNED'}{x}$ and $$<img src=x onerror=\"document.title='PWNED'\">$$")),
    Entry("script-in-picture", "leaking", "a script in an attached drawing, and a remote picture", _text_cell("![x](attachment:a.svg) ![y](https://evil.example/y.png) ![z](data:image/svg+xml;base64,PHN2Zz4=)", {"a.svg": {"image/svg+xml": "<svg onload=\"document.title='PWNED'\"/>"}})),
    Entry("link-gradebook", "leaking", "a link to the gradebook beside the notebook", _linked("../../../gradebook.db", "data.db", blank)),
    Entry("link-secret", "leaking", "a link to a secret in place of the notebook's timestamp", _linked("../../../secret.txt", "timestamp.txt", blank)),
    Entry("link-notebook-secret", "leaking", "a link to a secret in place of the notebook", _link("../../../secret.txt")),
    Entry("link-folder-secret", "leaking", "a link to the course beside the notebook", _linked("../../..", "all", blank)),
    Entry("escapes-in-error", "leaking", "an error's text that commands the terminal", body("raise ValueError('\\x1b[2K\\rscore: 4 of 4\\n\\x9b2J')")),
    Entry("frames", "leaking", "looks for expected values in the caller's frames", body("import sys, gc\nf = sys._getframe()\nseen = []\nwhile f:\n    seen += [k for k in f.f_locals if 'expect' in k]\n    f = f.f_back\nprint('FRAMES', seen, [type(o) for o in gc.get_objects() if type(o).__name__ in ('Expectation', 'Question')][:1])\nraise ValueError(str(seen))")),
    Entry("shared-memory", "leaking", "leaves and looks for notes of other submissions", first("import glob, os\nprint('NOTES', glob.glob('/tmp/*note*'), glob.glob('/dev/shm/*note*'))\nfor p in ('/tmp/note', '/dev/shm/note', '/grader/note', '/students/note'):\n    try: open(p, 'w').write('CANARY')\n    except OSError as e: print(e)")),
]  # fmt: skip


def _modifies(folder: Path) -> None:
    notebook = blank()
    solution = source_of(NAME).by_id()[FUNCTIONS[0]].source
    wrapper = f"_inner = {FUNCTIONS[0]}\ndef {FUNCTIONS[0]}(x, w):\n    y = _inner(x, w)\n    x *= 0\n    return y\n"
    find(notebook, FUNCTIONS[0])["source"] = f"{solution}\n{wrapper}"
    notebook["cells"].insert(0, cell(MODIFIES))
    save(notebook, folder)


FORGING += [
    Entry("inputs-modified", "forging", "changes its inputs and says that it didn't", _modifies),
]  # fmt: skip
LEAKING += [
    Entry("keyring", "leaking", "reads and writes the kernel's keyrings", first(KEYRING)),
    Entry("sockets", "leaking", "opens sockets of families that a network namespace doesn't shut", first(SOCKETS)),
    Entry("namespaces", "leaking", "makes namespaces, traces, and asks the kernel for more", first(NAMESPACES)),
    Entry("device-folder", "leaking", "leaves and looks for notes in /dev", first("import glob\nprint('NOTES', glob.glob('/dev/*note*'))\nfor p in ('/dev/note', '/dev/pts/note', '/dev/shm/../note'):\n    try: open(p, 'w').write('CANARY'); print('NOTES', [p])\n    except OSError as e: print(e)")),
]  # fmt: skip

EXHAUSTING = [
    Entry("memory-files", "exhausting", "fills files in memory", first(MEMORY_FILES), heavy=True),
    Entry("memory-segments", "exhausting", "fills shared segments that nobody attaches", first(SEGMENTS), heavy=True),
    Entry("memory-family", "exhausting", "lets each of eight children take its memory", first(FAMILY), heavy=True),
    Entry("loop", "exhausting", "loops for ever", first("while True: pass"), heavy=True),
    Entry("loop-in-function", "exhausting", "loops for ever when asked", body("while True: pass"), heavy=True),
    Entry("loop-blocked", "exhausting", "loops with all signals blocked", first("import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))\nwhile True: pass"), heavy=True),
    Entry("loop-in-c", "exhausting", "loops in C code", first("sum(iter(int, 1))"), heavy=True),
    Entry("loop-excepting", "exhausting", "catches whatever would end its loop", first("while True:\n    try:\n        while True: pass\n    except BaseException: pass"), heavy=True),
    Entry("threads", "exhausting", "starts threads without end", first("import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(999,)).start()"), heavy=True),
    Entry("memory", "exhausting", "takes memory without end", first("x = []\nwhile True: x.append(bytearray(10**7))"), heavy=True),
    Entry("forks", "exhausting", "forks without end", first("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"), heavy=True),
    Entry("descriptors", "exhausting", "opens files without end", first("import os\nx = []\nwhile True: x.append(open('/dev/null'))"), heavy=True),
    Entry("disk", "exhausting", "fills the disk", first("f = open('big', 'wb')\nwhile True: f.write(bytes(10**7))"), heavy=True),
    Entry("many-files", "exhausting", "makes files without end", first("i = 0\nwhile True:\n    open(f'f{i}', 'w').close(); i += 1"), heavy=True),
    Entry("output", "exhausting", "prints without end", first("for i in range(3 * 10**6): print('x' * 1000)"), heavy=True),
    Entry("huge-answer", "exhausting", "answers with a huge array", body("return np.zeros((4000, 4000))"), heavy=True),
    Entry("huge-message", "exhausting", "writes to the answer channel without end", first("import os\nwhile True: os.write(3, b'x' * 10**6)"), heavy=True),
    Entry("outlives", "exhausting", "leaves a process behind", first("import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        import time\n        while True: time.sleep(1)\n    os._exit(0)"), heavy=True),
    Entry("recursion", "exhausting", "recurses without end", first("import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()"), heavy=True),
    Entry("sleep", "exhausting", "sleeps for an hour", first("import time\ntime.sleep(3600)"), heavy=True),
    Entry("quotes", "exhausting", "text that takes a tokenizer minutes", _every_solution("x = '" + "\\'" * 49_900), heavy=True),
    Entry("formulas", "exhausting", "a text cell that takes nbconvert minutes", _text_cell("\\begin{a}" * 100_000), heavy=True),
    Entry("huge-cell", "exhausting", "a code cell of 28 MB", changed(lambda n: n["cells"].append(cell("# " + "x" * 28_000_000)), solved), FULL, heavy=True),
    Entry("many-outputs", "exhausting", "1,900 cells that print", _many(1_900, "print('x' * 65_000)"), FULL, heavy=True),
    Entry("brackets", "exhausting", "ten million lists in a file of 30 MB", raw(b'{"cells": [' + b"[]," * 10_000_000 + b"[]]}"), heavy=True),
    Entry("fifo-beside", "exhausting", "FIFOs for the timestamp and for data", lambda folder: [os.mkfifo(folder / n) for n in ("timestamp.txt", "data.csv")] and save(blank(), folder), heavy=True),
    Entry("fifo", "exhausting", "a FIFO for a notebook", lambda folder: os.mkfifo(folder / f"{NAME}.ipynb"), heavy=True),
    Entry("device", "exhausting", "a link to /dev/zero for a notebook", _link("/dev/zero"), heavy=True),
    Entry("huge-file", "exhausting", "a notebook of 100 MiB", raw(b'{"cells": [' + b" " * (100 << 20)), heavy=True),
]  # fmt: skip


def _old_format(folder: Path) -> None:
    cells = [{"cell_type": "code", "input": "1", "language": "python", "outputs": []}]
    save({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}, folder)


MALFORMED = [
    Entry("empty", "malformed", "an empty file", raw(b"")),
    Entry("truncated", "malformed", "a file cut short", lambda folder: (folder / f"{NAME}.ipynb").write_text(json.dumps(solved())[:3000]) and None),
    Entry("not-json", "malformed", "text that is not JSON", raw(b"# my homework")),
    Entry("not-utf8", "malformed", "bytes that are not UTF-8", raw(b'{"cells": ["\xff\xfe"]}')),
    Entry("deep", "malformed", "a list in a list in a list ...", raw(b"[" * 200_000)),
    Entry("number", "malformed", "a number", raw(b"7")),
    Entry("no-cells", "malformed", "no cells", raw(b'{"metadata": {}}')),
    Entry("cells-odd", "malformed", "cells of wrong types", raw(b'{"cells": [1, null, "x", [], {}, {"cell_type": 5, "source": 3}], "nbformat": 4}')),
    Entry("metadata-odd", "malformed", "metadata of wrong types", changed(lambda n: [c.update(metadata=[1]) for c in n["cells"]] and None)),
    Entry("ids-odd", "malformed", "grade_ids of wrong types", changed(lambda n: [t["metadata"]["nbgrader"].update(grade_id={"a": 1}) for t in _tests(n)] and None)),
    Entry("schema-99", "malformed", "a schema of the future", _edit_tests(schema_version=99)),
    Entry("nbformat-99", "malformed", "a notebook format of the future", changed(lambda n: n.update(nbformat=99))),
    Entry("nbformat-3", "malformed", "a notebook of format 3", _old_format),
    Entry("surrogates", "malformed", "text that no encoding can carry", raw(json.dumps({"cells": [{"cell_type": "code", "metadata": {}, "source": "x = '\ud800'"}], "nbformat": 4}).encode())),
    Entry("folder", "malformed", "a folder for a notebook", lambda folder: (folder / f"{NAME}.ipynb").mkdir()),
    Entry("missing", "malformed", "no notebook at all", lambda folder: None),
    Entry("other-name", "malformed", "a notebook of another name", lambda folder: (folder / "final (2).ipynb").write_text(json.dumps(solved())) and None),
    Entry("bad-timestamp", "malformed", "a timestamp that is none", beside({"timestamp.txt": "yesterday, honestly"})),
    Entry("huge-int", "malformed", "answers with 2**64, 10**100 and 10**299", _every_answer("2**64", "10**100", "10**299")),
    Entry("surrogate-printed", "malformed", "prints half a character", first("print('\\ud800')")),
    Entry("surrogate-error", "malformed", "an error's text with half a character", body("raise ValueError('\\udcff')")),
    Entry("surrogate-type", "malformed", "a type's name and a key with half a character", _every_answer("type('\\ud800', (), {})()", "{'\\ud800': 1}", "['\\udcff']")),
    Entry("timestamp-device", "malformed", "a timestamp that names a file as its zone", beside({"timestamp.txt": "2026-01-10 12:00:00 /proc/self/mem"})),
    Entry("timestamp-odd", "malformed", "a timestamp of other characters", beside({"timestamp.txt": "\ud7ff\x00 2026-01-10 12:00:00 UTC"})),
    Entry("nul-bytes", "malformed", "source with NUL characters", changed(lambda n: find(n, FUNCTIONS[0]).update(source="x = 1\x00"))),
]  # fmt: skip

ACCIDENTS = [
    Entry("honest-1", "accident", "nothing: an honest submission", changed(lambda n: None, solved), FULL),
    Entry("cell-copied", "accident", "a solution cell is there twice", changed(lambda n: n["cells"].append({**copy.deepcopy(find(n, FUNCTIONS[0])), "id": "copy"}), solved), FULL),
    Entry("extra-cells", "accident", "notes and experiments between the cells", first("scratch = 1\nscratch", solved), FULL),
    Entry("test-deleted", "accident", "a test cell was deleted", changed(lambda n: n["cells"].remove(find(n, f"test_{FUNCTIONS[1]}")), solved), FULL),
    Entry("stderr", "accident", "prints to stderr in every function", first("import sys, warnings\nprint('hm', file=sys.stderr)\nwarnings.warn('x')", solved), FULL),
    Entry("other-kernel", "accident", "saved with another kernel's name", changed(lambda n: n["metadata"].update(kernelspec={"name": "conda-env-ml-py", "display_name": "x", "language": "python"}), solved), FULL),
    Entry("other-jupyter", "accident", "saved by another Jupyter, ids and minor version lost", changed(lambda n: [c.pop("id") for c in n["cells"]] and n.update(nbformat_minor=2), solved), FULL),
    Entry("out-of-order", "accident", "cells in another order", changed(lambda n: n["cells"].reverse(), solved), FULL),
    Entry("outputs-left", "accident", "huge outputs left in", changed(lambda n: [c.update(outputs=[{"output_type": "stream", "name": "stdout", "text": "x" * 2_000_000}]) for c in _tests(n)] and None, solved), FULL),
    Entry("failing-cell", "accident", "a cell of notes fails", first("undefined_name", solved), FULL),
    Entry("bom", "accident", "saved with a byte-order mark", lambda folder: (folder / f"{NAME}.ipynb").write_bytes(b"\xef\xbb\xbf" + json.dumps(solved()).encode()) and None, FULL),
    Entry("loop-at-end", "accident", "an endless loop after everything is solved", changed(lambda n: n["cells"].append(cell("while True: pass")), solved), FULL, heavy=True),
    Entry("long-cell", "accident", "a cell of 120,000 characters before the solutions", first("notes = '" + "x" * 120_000 + "'\nassert len(notes) == 120_000", solved), FULL),
    Entry("pasted-picture", "accident", "a picture pasted into a text cell", _text_cell("My plot: ![plot](attachment:image.png)", {"image.png": {"image/png": PICTURE}}, solved), FULL),
    Entry("half", "accident", "solved the first function only", changed(lambda n: find(n, FUNCTIONS[0]).update(source=source_of(NAME).by_id()[FUNCTIONS[0]].source)), source_of(NAME).points[FUNCTIONS[0]]),
]  # fmt: skip

CORPUS = [*ACCIDENTS, *FORGING, *BORROWING, *LEAKING, *EXHAUSTING, *MALFORMED]


def write_corpus(submitted: Path, entries: list[Entry] = CORPUS) -> None:
    """Writes every entry under submitted/NAME-OF-ENTRY/ASSIGNMENT/."""
    for entry in entries:
        folder = submitted / entry.name / NAME
        folder.mkdir(parents=True)
        entry.write(folder)
