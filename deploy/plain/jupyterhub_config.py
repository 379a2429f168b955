"""A hub on one machine without users of its own: to try the course on, and for the tests. Not for a class.

    HUB_FOLDER=/tmp/hub HUB_PASSWORD=... jupyterhub --config deploy/plain/jupyterhub_config.py

All users run as whoever started the hub, so that nothing keeps them from each other's files. deploy/tljh and
deploy/kubernetes are for classes.

HUB_FOLDER               everything that the hub keeps: homes, exchange, database
HUB_PASSWORD             the students' password, at least 8 characters
HUB_INSTRUCTOR_PASSWORD  the instructor's, at least 32 characters
HUB_PORT                 8000 by default; the hub listens on this machine alone
"""

import os
import secrets
import sys
from pathlib import Path

c = get_config()  # noqa: F821  (JupyterHub defines it)
DEPLOY = Path(__file__).resolve().parents[1]
INSTRUCTOR = "instructor"
STUDENTS = {"student1", "student2"}

folder = Path(os.environ["HUB_FOLDER"]).resolve()
exchange = folder / "exchange"
exchange.mkdir(parents=True, exist_ok=True)
# nbgrader asks for a folder that everybody may write to.
exchange.chmod(0o777)

# Who may log in
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = os.environ["HUB_PASSWORD"]
c.SharedPasswordAuthenticator.admin_password = os.environ["HUB_INSTRUCTOR_PASSWORD"]
c.Authenticator.allowed_users = STUDENTS
c.Authenticator.admin_users = {INSTRUCTOR}

# What they get: JupyterLab, in a home folder of their own
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(folder / "home" / "{username}")
c.Spawner.cmd = [str(Path(sys.executable).parent / "jupyterhub-singleuser")]
c.Spawner.default_url = "/lab"
c.Spawner.environment = {
    "JUPYTER_CONFIG_PATH": str(DEPLOY / "everyone"),
    "COURSE_EXCHANGE": str(exchange),
    "COURSE_STUDENT": lambda spawner: spawner.user.name,
}
c.Spawner.args = [
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.news_url=None",
    # A login shell, which terminals get otherwise, forgets the PATH with the course's programs.
    "--ServerApp.terminado_settings={'shell_command': ['bash']}",
]
c.Spawner.http_timeout = c.Spawner.start_timeout = 120
if os.geteuid() == 0:
    c.Spawner.args.append("--allow-root")

# Where it listens, and what it keeps
c.JupyterHub.bind_url = f"http://127.0.0.1:{os.environ.get('HUB_PORT', '8000')}"
c.JupyterHub.hub_port = int(os.environ.get("HUB_INNER_PORT", "8081"))
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{os.environ.get('HUB_PROXY_PORT', '8001')}"
c.ConfigurableHTTPProxy.auth_token = secrets.token_hex(32)
c.ConfigurableHTTPProxy.pid_file = str(folder / "proxy.pid")
c.JupyterHub.cookie_secret_file = str(folder / "cookie_secret")
c.JupyterHub.db_url = f"sqlite:///{folder / 'jupyterhub.sqlite'}"
