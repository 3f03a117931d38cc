"""The course as a site: each notebook run once, its widgets alive in its page, nothing from any other host.

python -m tools.site [05_kl_divergence ...] builds build/site, of these notebooks or of all.

run -> page -> Sphinx with `extension` -> check. Everything that is made lies in build/, and nothing of it is committed.
"""

from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build"
STATIC = Path(__file__).parent / "static"
