"""nbgrader's configuration for the tiny course."""

import os

from autograde.nbgrader_adapter import configure

c = get_config()  # noqa: F821  (nbgrader defines it)
configure(c, os.path.dirname(os.path.abspath(__file__)))
