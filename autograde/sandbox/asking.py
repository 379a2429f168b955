"""How a function is asked: its cases in, a record out for each. The sandbox and the reader's browser both ask so.

As `wire`, it stands alone beside it, with the standard library and NumPy. Whoever runs it sets limits of its own.
"""

import ast
import contextlib
import inspect
import textwrap
import traceback

import wire

CELL = "<ipython-input-"
"""How the file names of cells begin."""


def _told(frame):
    return f"line {frame.lineno}: {(frame.line or '').strip()[:120]}"


def _cell_of(function):
    """Python's name for the cell that defines a function, or a class by its methods; None for anything else."""
    parts = vars(function).values() if isinstance(function, type) else [function]
    return next((one.__code__.co_filename for one in parts if inspect.isfunction(one)), None)


def _place(error, function):
    """The line that led to an error: of what was asked, and where it is another one the deepest in a cell, too.

    None is NumPy's or the grader's, and a helper's that was handed out stands behind the student's own.
    """
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if CELL in frame.filename]
    if not frames:
        return ""
    deepest, cell = frames[-1], _cell_of(function)
    inside = [frame for frame in frames if frame.filename == cell]
    name = function.__name__ if inspect.isfunction(function) else ""
    own = next((one for one in inside[::-1] if one.name == name), None)
    own = own or (inside or frames)[-1]
    if (own.filename, own.lineno) == (deepest.filename, deepest.lineno):
        return f" ({_told(own)})"
    where = "from there" if own.filename == deepest.filename else f"from there in {deepest.name}"
    return f" ({_told(own)}; {where} {_told(deepest)})"


def explain(error, function=None):
    """The error and the student's line that led to it; `function` is what was asked, where something was."""
    name, text = type(error).__name__, str(error)[:500]
    if isinstance(error, SyntaxError) and error.lineno is not None:
        return f"{name}: {error.msg} (line {error.lineno}: {(error.text or '').strip()[:120]})"
    if isinstance(error, ModuleNotFoundError):
        text += "; here is no more to import than numpy, matplotlib and what comes with Python"
    return f"{name}: {text}{_place(error, function)}"


def _not_written(function, error):
    """What to say where a stub's `raise` was reached: nothing is written yet, or the line was left below what is."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if CELL in frame.filename]
    with contextlib.suppress(OSError, TypeError, SyntaxError):  # a function without a source is told as before
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
        own = [one for one in tree.body if not isinstance(one, (ast.Raise, ast.Pass))]
        finished = [one for one in own if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
        if isinstance(tree, ast.FunctionDef) and finished and frames:
            line = f"line {frames[-1].lineno}: {frames[-1].line}"
            return (
                f"your function reaches `raise NotImplementedError` ({line}); delete that line if your code is complete"
            )
    return "the function raises NotImplementedError: it is not written yet"


def _call(function, ask, case):
    args, kwargs = wire.copied(case["args"]), wire.copied(case["kwargs"])
    try:
        value = function(*args, **kwargs) if ask is None else ask(function, *args, **kwargs)
    except NotImplementedError as error:
        return {"status": "no_answer", "text": _not_written(function, error)}
    except (Exception, SystemExit, KeyboardInterrupt, GeneratorExit) as error:  # noqa: BLE001  (whatever a student raises)
        return {"status": "error", "text": explain(error, function)}
    # What the call has left of its inputs is compared outside: a verdict of this process would be the student's own.
    left = wire.encode([args, kwargs]) if wire.can_change([*args, *kwargs.values()]) else None
    return {"status": "ok", "value": value, "inputs": left}


def answers(namespace, name, driver, cases):
    """Asks a function its cases, one after the other; yields a record for each.

    Args:
        namespace: what the notebook has defined, by name.
        name: the function's.
        driver: Python source that defines `ask(student, *args, **kwargs)`, or None for a plain call.
        cases: dicts with "args" and "kwargs", of plain data.
    """
    if name not in namespace:
        yield {"status": "no_answer", "text": f"the notebook defines no {name}"}
        return
    ask = None
    if driver is not None:
        defined = {}
        exec(compile(driver, "<driver>", "exec"), defined)
        ask = defined["ask"]
    for case in cases:
        yield _call(namespace[name], ask, case)
