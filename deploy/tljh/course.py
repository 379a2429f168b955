"""The Littlest JupyterHub: instructors get the course's environment. Goes to /opt/tljh/config/jupyterhub_config.d."""

from pathlib import Path

c = get_config()  # noqa: F821  (JupyterHub defines it)

INSTRUCTORS = {"instructor"}
"""Names by which instructors log in; the course's folder is ~/course of each."""


def use_the_courses_environment(spawner):
    """Starts an instructor's server from ~/course/.venv, where autograde, torch and the formgrader are."""
    if spawner.user.name not in INSTRUCTORS:
        return
    program = Path("/home") / f"jupyter-{spawner.user.name}" / "course" / ".venv" / "bin" / "jupyterhub-singleuser"
    # Before the course is set up, the instructor needs a terminal all the same.
    if program.exists():
        spawner.cmd = [str(program)]


c.Spawner.pre_spawn_hook = use_the_courses_environment
