"""Asks `numerical_gradient` for a function that is called by its name."""

from .functions import scalar_function


def ask(student, f, x, *args, **kwargs):
    """The student's gradient of the function called `f`."""
    return student(scalar_function(f), x, *args, **kwargs)
