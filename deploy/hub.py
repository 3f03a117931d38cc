"""What a class's JupyterHub is told, whoever starts it: The Littlest JupyterHub, `make class`, or you.

TLJH reads it from /opt/tljh/config/jupyterhub_config.d. How students log in, where their homes are and how much memory
each may have is for the hub around it to say; deploy/kubernetes/values.yaml says the same as this file to Kubernetes.
"""

import os

c = get_config()  # noqa: F821, which is how JupyterHub hands over its configuration

# From when on `.solution()` shows its text: "open", "closed", or a time such as "2026-12-18T18:00".
SOLUTIONS = "open"

# What the hub writes, and the servers that are its children, is for its owner alone.
os.umask(0o077)

# Nobody gets in from another machine, unless a proxy in front or this line lets them.
c.JupyterHub.ip = "127.0.0.1"
c.JupyterHub.hub_ip = "127.0.0.1"
c.Spawner.ip = "127.0.0.1"

c.Spawner.cmd = ["vaelab-singleuser"]
c.Spawner.default_url = "/lab"
c.Spawner.environment.update(
    {
        # One thread for each student: those of several students would wait for one another, spinning.
        "OMP_NUM_THREADS": "1",
        # One pool of memory: glibc's pools for each thread give less of it back.
        "MALLOC_ARENA_MAX": "1",
        # MKL, which multiplies for PyTorch, lets go of its buffers: 7 to 17 MB of a kernel, and no slower.
        "MKL_DISABLE_FAST_MM": "1",
        # At home, not in the folder of the course, which is pulled.
        "VAELAB_PROGRESS": "~/vaelab-progress.json",
        "VAELAB_SOLUTIONS": SOLUTIONS,
    }
)

# A class arrives at once: on two cores the thirty-second server takes a minute, and half a minute is the default.
c.Spawner.start_timeout = 300
c.Spawner.http_timeout = 300

# If the hub is stopped or dies, students' servers go on, and it finds them again when it starts.
c.JupyterHub.cleanup_servers = False
