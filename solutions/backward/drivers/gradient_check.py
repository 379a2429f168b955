"""Asks `gradient_check` about a function that is called by its name."""

from .functions import scalar_function


def ask(student, f, values, grads, **options):
    """The student's verdicts on the gradients, with an infinite error spelled as text."""
    function = scalar_function(f)
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    given = {name: grad for name, grad in zip(names, grads, strict=True) if grad is not None}
    verdicts = student(function, dict(zip(names, values, strict=True)), given, **options)
    if not isinstance(verdicts, dict) or not all(isinstance(one, (tuple, list)) for one in verdicts.values()):
        return verdicts
    return {name: tuple(spelled(item) for item in one) for name, one in verdicts.items()}


def spelled(value):
    """The text "inf" for an infinite float, everything else as it is."""
    return "inf" if isinstance(value, float) and value == float("inf") else value
