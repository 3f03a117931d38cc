"""Sphinx's configuration for the site, which `make site` builds: see tools/site."""

import os
import tomllib
from urllib.parse import urlsplit

from tools.site import ROOT
from tools.site.stage import REPOSITORY

project = "vaelab"
author = "the authors of vaelab"
release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
language = "en"

extensions = [
    "myst_nb",
    "notfound.extension",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinxext.opengraph",
    "tools.site.docstrings",
    "tools.site.equations",
    "tools.site.formulas",
    "tools.site.minutes",
    "tools.site.names",
    "tools.site.widget",
]
exclude_patterns = ["_extra", "_static"]

# The notebooks were run before: Sphinx shows what they gave.
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 4
suppress_warnings = ["mystnb.unknown_mime_type"]
html_math_renderer = "vaelab"

# Where the site will lie, if that is known. Pages lead to one another relatively; the whole address is for search
# engines and previews, and for the page that stands in for those that are not there.
if SITE_URL := os.environ.get("SITE_URL", "").rstrip("/"):
    html_baseurl = ogp_site_url = f"{SITE_URL}/"
    ogp_image = "_static/explorer.png"
    extensions.append("sphinx_sitemap")
    sitemap_url_scheme = "{link}"
    sitemap_excludes = ["404.html", "genindex.html", "search.html", "_modules/*"]
notfound_urls_prefix = urlsplit(SITE_URL).path + "/"
ogp_image_alt = "A map of ten coloured clusters, one per digit, with a point to drag, and the image it decodes to"
ogp_enable_meta_description = True
ogp_social_cards = {"enable": False}

html_theme = "pydata_sphinx_theme"
html_title = "vaelab"
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
html_extra_path = ["_extra"]
html_css_files = ["katex.css", "site.css", "stage.css"]
html_js_files = [("site.js", {"defer": "defer"}), ("stage.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
html_last_updated_fmt = None
html_context = {"default_mode": "auto"}
html_theme_options = {
    "header_links_before_dropdown": 7,
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": [],
    "show_nav_level": 1,
    "navigation_with_keys": False,
    "back_to_top_button": False,
    "footer_start": ["copyright"],
    "footer_end": [],
}
if REPOSITORY:
    html_theme_options["external_links"] = [{"name": "Repository", "url": REPOSITORY}]
html_sidebars = {"index": [], "search": [], "404": [], "**": ["page-toc", "sidebar-nav-bs"]}

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "none"  # the docstrings say it in words, and the sources are one click away
