#!/usr/bin/env python3
"""A student's server, as `jupyterhub-singleuser`, without 30 MB that it never uses. Installed as vaelab-singleuser.

Two checks of jsonschema's that Jupyter never asks for, of internationalised addresses (16 MB) and of durations, the
cryptography with which only a hub keeps its users' tokens, and the colours of a page of Mako's that nobody sees (4 MB):
the packages do without where these are not installed.
And memory for a large message, such as a notebook with its pictures, goes back to the system when that is sent.
"""

import ctypes
import os
import sys
from pathlib import Path

# Where kernels' sockets lie. A socket's path has 107 letters at most, and that of Jupyter's own folder is long.
os.environ.setdefault("JUPYTER_RUNTIME_DIR", str(Path.home() / ".runtime"))

UNUSED = ("rfc3987_syntax", "isoduration", "cryptography", "mako.ext.pygmentplugin")
sys.modules |= dict.fromkeys(UNUSED)  # None stands for "not installed"

M_MMAP_THRESHOLD, M_TRIM_THRESHOLD = -3, -1  # glibc's malloc.h; both grow by themselves unless they are set
if hasattr(malloc := ctypes.CDLL(None), "mallopt"):
    malloc.mallopt(M_MMAP_THRESHOLD, 128 * 1024)
    malloc.mallopt(M_TRIM_THRESHOLD, 128 * 1024)

from jupyterhub.singleuser import main  # noqa: E402

if __name__ == "__main__":
    main()
