"""Tries what pyproject.toml promises: each Python, with the newest of everything and with the lowest it allows.

python -m tools.matrix            all rows
python -m tools.matrix lowest     those whose name holds this word

Each row has an environment of its own, in a temporary folder, made by uv. A Python that uv neither finds nor may
download is reported as not tried. The result goes into tests/matrix.md; a row that is not run keeps its last one.
TORCH_BACKEND= (empty) takes PyTorch from PyPI instead of from its own index of CPU builds.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "tests" / "matrix.md"
ROWS = {
    "3.11, lowest": ("3.11", "lowest-direct"),  # numpy 1.26 has no wheels for 3.13
    **{f"{python}, newest": (python, "highest") for python in ("3.11", "3.12", "3.13", "3.14")},
}
SHOWN = ("torch", "numpy", "psutil", "matplotlib", "anywidget", "ipywidgets", "jupyterlab", "safetensors", "tqdm")
# The package, its doctests, and a notebook with a training and a widget.
TESTS = ("tests/package", "vaelab", "notebooks/06_elbo.ipynb")
HEAD = """# What `make matrix` found the last time

The package's tests and doctests, and one notebook, on each Python with the newest versions of everything, and on the
lowest that `pyproject.toml` allows. Not in the gate: every row installs its own PyTorch.
"""


def main(words: list[str]) -> int:
    """How many rows failed."""
    results = _read()
    tried = [name for name in ROWS if not words or any(word in name for word in words)]
    for name in tried:
        print(f"{name}: installing and testing", flush=True)
        results[name] = _row(*ROWS[name])
        print(f"{name}: {results[name][0]}", flush=True)
        _write(results)
    return sum(not results[name][0].startswith(("passed", "not tried")) for name in tried)


def _row(python: str, resolution: str) -> tuple[str, str]:
    """What came of it, and the versions it was tried with."""
    uv = [sys.executable, "-m", "uv"]
    with tempfile.TemporaryDirectory() as folder:
        interpreter = Path(folder, "bin", "python")
        if _run([*uv, "venv", "--python", python, folder]).returncode:
            return f"not tried: no Python {python} at hand", ""
        backend = os.environ.get("TORCH_BACKEND", "cpu")
        options = ["--python", str(interpreter), "--resolution", resolution]
        options += [f"--torch-backend={backend}"] if backend else []
        installed = _run([*uv, "pip", "install", *options, "-e", ".[test]"])
        if installed.returncode:
            return "does not install: " + installed.stderr.strip().splitlines()[-1], ""
        packages = json.loads(_run([*uv, "pip", "list", "--python", str(interpreter), "--format", "json"]).stdout)
        version = {package["name"]: package["version"] for package in packages}
        full = _run([str(interpreter), "-c", "import platform; print(platform.python_version())"]).stdout.strip()
        versions = ", ".join([f"Python {full}", *(f"{name} {version[name]}" for name in SHOWN)])
        # The first kernelspec on Jupyter's path must be this environment's own.
        environment = {**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
        tests = _run([str(interpreter), "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS], env=environment)
        print(tests.stdout, flush=True)
        lines = tests.stdout.strip().splitlines() or ["pytest did not start"]
        last = re.sub(r"=+|, \d+ warnings?| in [\d.]+s.*", "", lines[-1]).strip()
        failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", tests.stdout, flags=re.M)
        return ("passed: " if tests.returncode == 0 else "failed: ") + "; ".join([last, *failed]), versions


def _run(command: list[str], **options) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, **options)


def _read() -> dict[str, tuple[str, str]]:
    text = RECORD.read_text(encoding="utf-8") if RECORD.exists() else ""
    rows = re.findall(r"^\| (\d.*?) \| (.*?) \| (.*?) \|$", text, flags=re.M)
    return {name: (result, versions) for name, result, versions in rows if name in ROWS}


def _write(results: dict[str, tuple[str, str]]) -> None:
    lines = [f"| {name} | {' | '.join(results.get(name, ('not tried', '')))} |" for name in ROWS]
    table = ["| Python, versions | result | tried with |", "|---|---|---|", *lines, ""]
    RECORD.write_text("\n".join([HEAD, *table]), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
