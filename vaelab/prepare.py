"""Makes the files from which all processes of a machine share MNIST's images, for who installs the course for many.

python -m vaelab.prepare

The files lie beside the course's own MNIST, or in the folder that the environment variable VAELAB_CACHE names. Who may
write there makes them with the first `load_mnist()` anyway; students mostly may not.
"""

import stat
import sys
from functools import partial

from vaelab import data
from vaelab.console import say
from vaelab.mapped import NotShared


def main() -> int:
    """Makes what is missing, and says where it lies; gives 1, and says why, where that can't be."""
    for name in data.DECODED:
        shared = data.shared_images(name)
        try:
            shared.made(partial(data.own_images, name))
        except (NotShared, OSError, data.DataError) as problem:
            say(
                f"{shared.file} can't be made: {problem}\nUntil it can, every kernel holds the images in memory of its "
                "own, which costs 220 MB. Run this as the user who owns the folder, or name another folder in the "
                "environment variable VAELAB_CACHE, here and for the kernels.",
                file=sys.stderr,
            )
            return 1
        say(f"{shared.file}: {shared.size / 1e6:.0f} MB, shared by all who may read it")
    folder = shared.folder.resolve()
    closed = [str(place) for place in (folder, *folder.parents) if not place.stat().st_mode & stat.S_IXOTH]
    if closed:
        say(f"Only some users may enter {closed[0]}, and others will not find the files: chmod o+x {closed[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
