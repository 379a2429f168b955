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


def explain(error):
    """The error and the student's line that led to it: the deepest frame in a cell, none of NumPy's or the grader's."""
    name, text = type(error).__name__, str(error)[:500]
    if isinstance(error, SyntaxError) and error.lineno is not None:
        return f"{name}: {error.msg} (line {error.lineno}: {(error.text or '').strip()[:120]})"
    if isinstance(error, ModuleNotFoundError):
        text += "; here is no more to import than numpy, matplotlib and what comes with Python"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if CELL in frame.filename]
    where = f" (line {frames[-1].lineno}: {(frames[-1].line or '').strip()[:120]})" if frames else ""
    return f"{name}: {text}{where}"


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
        return {"status": "error", "text": explain(error)}
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
