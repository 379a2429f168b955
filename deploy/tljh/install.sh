#!/bin/sh
# Adds the course to The Littlest JupyterHub of this machine. Run it as root, in the course's repository.
set -eu

if [ "$(id -u)" != 0 ]; then
    echo "run this as root: sudo deploy/tljh/install.sh" >&2
    exit 2
fi
if [ ! -x /opt/tljh/user/bin/pip ]; then
    echo "The Littlest JupyterHub is not installed here (no /opt/tljh/user/bin/pip); install it first" >&2
    exit 2
fi
cd "$(dirname "$0")/../.."

apt-get install -y bubblewrap make
# The students' environment: what they may import, and nbgrader to fetch and hand in.
/opt/tljh/user/bin/pip install --requirement exercises/requirements.txt nbgrader==0.9.6
# Instructors grade from an environment of their own; students have no use for these.
for extension in formgrader create-assignment course-list; do
    /opt/tljh/user/bin/jupyter labextension disable --level=sys_prefix "@jupyter/nbgrader:$extension"
done
mkdir -p /srv/nbgrader/exchange /etc/jupyter
chmod 777 /srv/nbgrader/exchange
cp deploy/everyone/nbgrader_config.py /etc/jupyter/
cp deploy/tljh/course.py /opt/tljh/config/jupyterhub_config.d/
tljh-config set user_environment.default_app jupyterlab
tljh-config reload hub
echo "now log in as instructor, clone the course into ~/course, run make setup there, and start your server again"
