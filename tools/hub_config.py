"""A JupyterHub for trying things out, on 127.0.0.1 and in one folder: deploy/hub.py, and what is around it there.

It takes its folder, ports and password from the environment, where tools/hub.py puts them.
"""

import os
import shutil
import sys
from pathlib import Path

from tools import hub

c = get_config()  # noqa: F821
load_subconfig(str(hub.ROOT / "deploy" / "hub.py"))  # noqa: F821

FOLDER = Path(os.environ["VAELAB_HUB_FOLDER"])
PORT, HUB_PORT, PROXY_PORT = os.environ["VAELAB_HUB_PORTS"].split(",")
AS_ROOT = os.getuid() == 0

c.JupyterHub.port, c.JupyterHub.hub_port = int(PORT), int(HUB_PORT)
c.JupyterHub.db_url = f"sqlite:///{FOLDER}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(FOLDER / "cookie_secret")
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{PROXY_PORT}"
c.ConfigurableHTTPProxy.command = [str(hub.NODE), str(hub.PROXY)]
c.ConfigurableHTTPProxy.pid_file = str(FOLDER / "proxy.pid")

# Anybody who knows the password is a student. Their processes are all ours: on a real hub each has a user of their own.
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = os.environ["VAELAB_HUB_PASSWORD"]
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(FOLDER / "homes" / "{username}")
c.Spawner.cmd = [sys.executable, str(hub.ROOT / "deploy" / "singleuser.py")]
c.Spawner.args = ["--allow-root"] if AS_ROOT else []
c.Spawner.environment.update({"JUPYTER_CONFIG_PATH": str(FOLDER / "config"), "PYTHONPATH": os.environ["PYTHONPATH"]})


def prepare(spawner):
    """A home for its student alone, and the notebooks in it."""
    home = FOLDER / "homes" / spawner.user.name
    if not home.exists():
        home.mkdir(mode=0o700, parents=True)
        shutil.copytree(hub.ROOT / "notebooks", home / "notebooks")


c.Spawner.pre_spawn_hook = prepare
