"""What the book needs and _config.yml cannot say.

Each module is one concern with its own ``setup``; the order below matters only where a comment says so.
"""

import hashlib
from pathlib import Path

from sphinx.application import Sphinx

from course_ext import (
    answers,
    assignments,
    boxes,
    chapters,
    closings,
    code_colors,
    code_width,
    collected,
    components,
    execution,
    exercises,
    far_sections,
    figures,
    front,
    glossary_notes,
    idle_elements,
    links,
    loading,
    mathematics,
    messages,
    pages,
    publishing,
    search_index,
    solving,
    tables,
    typography,
    words,
)


def own_version() -> str:
    """Returns a hash of these modules: when one changes, Sphinx reads every page again."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def setup(app: Sphinx) -> dict[str, object]:
    """Registers this module with Sphinx."""
    modules = (
        words, execution, mathematics, figures, exercises, boxes, answers, assignments, solving, components,
        links, chapters, front, closings, collected, search_index, glossary_notes, publishing, pages, loading,
        tables, typography, code_colors, idle_elements, code_width, far_sections, messages,
    )  # fmt: skip
    for module in modules:
        module.setup(app)
    return {"version": "1", "env_version": own_version(), "parallel_read_safe": True, "parallel_write_safe": True}
