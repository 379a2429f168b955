"""A grader of NumPy notebooks: hidden tests that never meet the student's code."""

__version__ = "0.1.0"
