"""What the book needs and _config.yml cannot say.

Each module is one concern with its own ``setup``; the order below matters only where a comment says so.
"""

from sphinx.application import Sphinx

from course_ext import assignments, boxes, components, execution, exercises, figures, mathematics, pages


def setup(app: Sphinx) -> dict[str, object]:
    """Registers this module with Sphinx."""
    for module in (execution, mathematics, figures, exercises, boxes, assignments, components, pages):
        module.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
