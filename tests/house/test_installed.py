"""The package as a wheel, in an environment of its own, outside the checkout."""

import re
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", folder, ROOT], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """A fresh environment's Python. It sees what is installed here, but not the checkout: no .pth file counts."""
    home = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    (interpreter,) = (path for path in home.glob("*/python*") if path.stem == "python")
    options = ["--quiet", "--no-deps", "--no-index"]
    subprocess.run([sys.executable, "-m", "pip", "--python", interpreter, "install", *options, wheel], check=True)
    packages = next(home.rglob("site-packages"))
    (packages / "the_rest.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    return interpreter


def run(python, code, folder):
    """What the code prints, run from a folder that has nothing to do with the course."""
    script = folder / "script.py"
    script.write_text(code, encoding="utf-8")
    done = subprocess.run([python, "-E", script], cwd=folder, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_what_the_package_and_the_data_folder_hold(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, place in ((ROOT / "vaelab", "vaelab"), (ROOT / "data" / "mnist", "vaelab/mnist")):
        files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        assert {f"{place}/{path.relative_to(folder).as_posix()}" for path in files} <= names
    outside = {name.split("/")[0] for name in names}
    assert outside == {"vaelab", next(name for name in outside if name.endswith(".dist-info"))}


def test_installed_the_ten_lines_of_the_readme_run_in_any_folder(python, tmp_path):
    """With one short epoch instead of ten; and the last of the lines makes what a notebook shows."""
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[1]
    *lines, last = code.replace("images, epochs=10", "images[:5000], epochs=1").strip().splitlines()
    show = f"data, metadata = ({last})._repr_mimebundle_()\nprint(vl.__file__, history, *sorted(data), sep='\\n')"
    where, history, *kinds = run(python, "\n".join([*lines, show]), tmp_path).splitlines()
    assert Path(where).is_relative_to(python.parents[1]) and not Path(where).is_relative_to(ROOT)
    assert history.startswith("History(1 epochs")
    assert kinds == ["application/vnd.jupyter.widget-view+json", "image/png", "text/plain"]


def test_installed_an_altered_file_is_to_be_installed_again(python, tmp_path):
    code = """
import vaelab as vl
from vaelab import data
path = data.MNIST_ROOT / "t10k-labels-idx1-ubyte.gz"
whole = path.read_bytes()
for change in (lambda: path.write_bytes(whole[:100]), path.unlink):
    change()
    try:
        vl.load_mnist()
    except vl.DataError as error:
        print(type(error).__name__, error)
path.write_bytes(whole)
"""
    said = run(python, code, tmp_path).splitlines()
    assert [line.split()[0] for line in said] == ["TruncatedFile", "MissingFile"]
    assert all("pip install --force-reinstall --no-deps" in line and "git" not in line for line in said)
