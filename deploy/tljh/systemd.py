"""What The Littlest JupyterHub tells systemd of each student's server, beside hub.py. install.sh puts it there."""

c = get_config()  # noqa: F821, which is how JupyterHub hands over its configuration

# A file that a student makes is theirs alone, wherever it lies; /tmp is a folder of their own.
c.SystemdSpawner.unit_extra_properties = {"UMask": "0077"}
c.SystemdSpawner.isolate_tmp = True
