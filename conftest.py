"""For every test, those of the notebooks too: progress that is made here is nobody's."""

import os
import tempfile

os.environ["VAELAB_PROGRESS"] = os.path.join(tempfile.mkdtemp(), "vaelab-progress.json")
