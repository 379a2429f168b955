"""nbgrader's configuration for this course; change below what your institution needs (database, exchange, late penalties)."""

import os

from autograde.nbgrader_adapter import configure

c = get_config()  # noqa: F821  (nbgrader defines it)
configure(c, os.path.dirname(os.path.abspath(__file__)))
