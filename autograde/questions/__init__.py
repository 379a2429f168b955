"""What a graded function is asked: the words in which a course's content says it.

Content imports from here and from nowhere deeper.
"""

from autograde.questions.draw import signed, whole
from autograde.questions.driver import read_driver
from autograde.questions.model import Case, Misconception, Question, Rng
from autograde.questions.neighbors import UnchangedError, changed

__all__ = ["Case", "Misconception", "Question", "Rng", "UnchangedError", "changed", "read_driver", "signed", "whole"]
