"""A student's server, as `jupyterhub-singleuser`, without 23 MB that it never uses.

The grammar of internationalised addresses, with which jsonschema could check them (16 MB), and the cryptography with
which only a hub keeps its users' tokens. Both packages do without, and say so where one would need them.
"""

import sys

sys.modules["rfc3987_syntax"] = sys.modules["cryptography"] = None  # type: ignore[assignment]  # "not installed"

from jupyterhub.singleuser import main  # noqa: E402

if __name__ == "__main__":
    main()
