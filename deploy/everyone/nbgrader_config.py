"""nbgrader's settings for everybody on a hub: the exchange, the course's name, and for an instructor the course.

Goes to /etc/jupyter, or to another folder that JUPYTER_CONFIG_PATH names. These variables of the environment change it:

COURSE_EXCHANGE  the exchange's folder; /srv/nbgrader/exchange by default
COURSE_ROOT      the course's folder, for instructors alone; ~/course by default
COURSE_STUDENT   the student's name, where all users of the hub share one Unix user
"""

import os
from pathlib import Path

c = get_config()  # noqa: F821  (nbgrader defines it)
c.Exchange.root = os.environ.get("COURSE_EXCHANGE", "/srv/nbgrader/exchange")
c.CourseDirectory.course_id = "convolution-to-resnet"
if "COURSE_STUDENT" in os.environ:
    # Where all share a Unix user, files don't tell who handed them in.
    c.ExchangeCollect.check_owner = False

root = Path(os.environ.get("COURSE_ROOT", Path.home() / "course"))
if (root / "solutions" / "course.toml").is_file():
    # Only an instructor's environment has autograde.
    from autograde.nbgrader_adapter import configure

    configure(c, root)
elif "COURSE_STUDENT" in os.environ:
    c.CourseDirectory.student_id = os.environ["COURSE_STUDENT"]
