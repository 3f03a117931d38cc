"""What each student's server is told: installed as jupyter_server_config.py where all of them read it.

The Littlest JupyterHub has it in /opt/tljh/user/etc/jupyter, the image in /etc/jupyter.
"""

c = get_config()  # noqa: F821, which is how Jupyter hands over its configuration

# What a course of notebooks doesn't need.
c.ServerApp.jpserver_extensions = {"jupyter_lsp": False, "jupyter_server_terminals": False}

# A server and its kernels talk by files in the student's own folder, which nobody else may open. By ports, of thirty
# kernels that look for free ones at once two may find the same, and one dies of it; and every user may connect to them.
c.KernelManager.transport = "ipc"

# A kernel takes 300 MB and more until it is shut down. One whose notebook nobody has open is, after an hour; a kernel
# that computes, or is looked at, never.
c.MappingKernelManager.cull_idle_timeout = 3600
c.MappingKernelManager.cull_interval = 300
c.MappingKernelManager.cull_connected = False
c.MappingKernelManager.cull_busy = False

# Students' servers ask nobody on the network: not for extensions, not for news, not for newer versions.
c.LabApp.extension_manager = "readonly"
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
