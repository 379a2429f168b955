"""A worker loads this first: it has neither torch nor a course's content to import, as a worker elsewhere has not."""

import sys
from importlib.abc import MetaPathFinder

FORBIDDEN = ("torch", "solutions", "course_content")


class Refuse(MetaPathFinder):
    """Finds nothing, and refuses what a worker must do without."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname.split(".")[0].startswith(FORBIDDEN):
            raise ImportError(f"a worker imports {fullname}")


sys.meta_path.insert(0, Refuse())
