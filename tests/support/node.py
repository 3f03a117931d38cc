"""What a widget's JavaScript computes, without a browser: Node runs it, and what it gives is compared in Python."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

# That of the virtual environment, whether it is activated or not; else the one that is installed.
NODE = shutil.which("node", path=Path(sys.executable).parent) or shutil.which("node") or "node"
WIDGETS = Path(__file__).parents[2] / "vaelab" / "widgets"

SCRIPT = """
import { readFileSync } from "node:fs";
const { urls, expression, names } = JSON.parse(readFileSync(0, "utf-8"));
const modules = await Promise.all(urls.map((url) => import(url)));
const all = Object.assign({}, ...modules, names);
const value = new Function(...Object.keys(all), `return (${expression});`)(...Object.values(all));
process.stdout.write(JSON.stringify(value));
"""


def run(modules: str | list[str], expression: str, **names):
    """The value of a JavaScript expression that knows what modules export, and these names besides.

    modules: a path in vaelab/widgets, or several. What goes in and what comes out is JSON, where NaN and infinity are
        null.

    >>> run("shared/network.js", "size(widths)", widths=[2, 3])
    9
    """
    modules = [modules] if isinstance(modules, str) else modules
    urls = [(WIDGETS / module).as_uri() for module in modules]
    asked = {"urls": urls, "expression": expression, "names": names}
    script = [NODE, "--input-type=module", "--eval", SCRIPT]
    done = subprocess.run(script, input=json.dumps(asked), capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
