"""The house itself: who imports whom, what is installed, what the README promises."""

import ast
import copy
import inspect
import pickle
import pkgutil
import re
import subprocess
import sys
import tomllib
import typing
from importlib import import_module
from pathlib import Path

import pytest
import torch
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from rattler import MatchSpec

import vaelab
import vaelab.exercises
from vaelab.widgets.loss_comparison.follower import Follower
from vaelab.widgets.shared.style import style

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
README = (ROOT / "README.md").read_text()
STUDENTS = (ROOT / "docs" / "students.md").read_text()

# What each module of the package may import of it. Imports run one way: a formula knows nothing of a picture.
MAY_IMPORT = {
    "adam": set(),
    "any_model": {"arguments"},
    "arguments": set(),
    "classroom": {"classroom", "console", "exercises", "share"},
    "console": set(),
    "data": {"arguments", "mapped"},
    "diagnostics": {"any_model", "arguments"},
    "diagrams": {"palette"},
    "exercises": {"console", "diagnostics", "exercises", "models", "objectives", "toy"},
    "history": {"palette"},
    "likelihoods": {"arguments"},
    "mapped": set(),
    "memory": set(),
    "models": {"arguments", "likelihoods"},
    "objectives": {"any_model", "arguments", "likelihoods", "models"},
    "palette": set(),
    "plots": {"arguments", "console", "palette"},
    "prepare": {"console", "data", "mapped"},
    "progress_bar": {"console"},
    "share": set(),
    "step": {"adam", "arguments"},
    "threads": set(),
    "toy": {"arguments"},
    "training": {
        "adam",
        "any_model",
        "arguments",
        "console",
        "history",
        "progress_bar",
        "step",
        "threads",
        "training_arguments",
    },
    "training_arguments": {"any_model", "arguments"},
    "verdict": {"console"},
    "widgets": {
        *(
            "any_model",
            "arguments",
            "console",
            "data",
            "diagnostics",
            "likelihoods",
            "palette",
            "plots",
            "toy",
            "widgets",
        ),
    },
}


def imports(path: Path) -> set[str]:
    """The modules of the package that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: the package imports itself by its name"
            if node.module == "vaelab":
                found |= {alias.name for alias in node.names}
            elif (node.module or "").startswith("vaelab."):
                found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("vaelab.")}
    return found


@pytest.mark.parametrize("module", MAY_IMPORT)
def test_imports_run_one_way(module):
    path = ROOT / "vaelab" / module
    for file in path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]:
        assert imports(file) <= MAY_IMPORT[module], file


def test_a_colour_is_written_down_in_one_place():
    """In palette.js, from which Python, the pages' JavaScript and their style sheet have it."""
    files = [path for ending in ("py", "js", "css") for path in (ROOT / "vaelab").rglob(f"*.{ending}")]
    assert len(files) > 50
    colour = re.compile(r"#(?:[0-9a-f]{3}){1,2}\b", re.IGNORECASE)
    assert [path.name for path in files if colour.search(path.read_text(encoding="utf-8"))] == ["palette.js"]
    sheets = [style(path.parent.name) for path in (ROOT / "vaelab" / "widgets").glob("*/widget.css")]
    assert len(sheets) == 6
    used = [set(re.findall(r"var\((--vaelab-[\w-]+)\)", sheet)) for sheet in sheets]
    given = [set(re.findall(r"^  (--vaelab-[\w-]+): ", sheet, re.MULTILINE)) for sheet in sheets]
    assert set.union(*used) > {"--vaelab-blue", "--vaelab-orange"}
    assert all(map(set.issubset, used, given)), "a property that is not there colours nothing"


def test_every_module_has_its_place_in_the_order():
    rooms = [path for path in (ROOT / "vaelab").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    assert {path.stem for path in rooms} - {"__init__"} == set(MAY_IMPORT)


@pytest.mark.parametrize("room", ["tests", "benchmarks", "tools", "vaelab"])
def test_what_is_shared_has_a_room_of_its_own(room):
    """Test files don't import one another, and nobody but a test reaches into tests/support."""
    tests = {path.stem for path in (ROOT / "tests").rglob("test_*.py")} | {"tests", "conftest"}
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            reached = {name.split(".")[0] for name in names}
            assert not reached & (tests if room == "tests" else tests | {"support"}), path


def test_the_public_names_are_documented():
    for name in vaelab.__all__:
        assert getattr(vaelab, name).__doc__, name


def test_what_is_raised_can_be_handed_to_another_process():
    extra = {vaelab.TrainingDiverged: [vaelab.History(seconds=[1.5])]}
    modules = [import_module(module.name) for module in pkgutil.walk_packages(vaelab.__path__, "vaelab.")]
    things = [thing for module in modules for thing in vars(module).values()]
    kinds = {thing for thing in things if inspect.isclass(thing) and thing.__module__.startswith("vaelab.")}
    raised = {kind for kind in kinds if issubclass(kind, BaseException)}
    assert {vaelab.TrainingDiverged, vaelab.NotRight, vaelab.MissingFile} < raised
    for kind in raised:
        error = kind("What was wrong.", *extra.get(kind, []))
        error.add_note("And where.")
        for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
            assert type(again) is kind and str(again) == "What was wrong." and vars(again) == vars(error)


def test_the_package_prints_in_one_place():
    """By `say`, which knows what a console can show. Only `fit` says by itself, in ASCII, that it was interrupted."""
    paths = (ROOT / "vaelab").rglob("*.py")
    printing = {
        path.name
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name) and node.id == "print"
    }
    assert printing <= {"console.py", "training.py"}


def test_the_import_takes_hardly_longer_than_that_of_torch():
    """In seconds of the processor, which are the same on a busy machine: a tenth of one, where this was written."""
    code = "import time, torch; began = time.process_time(); import vaelab; print(time.process_time() - began)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert float(done.stdout) < 0.3


def test_neither_a_training_nor_a_look_at_it_imports_a_compiler():
    code = """
import sys, torch, vaelab as vl
x, vae, labels = torch.rand(40, 784), vl.VAE(), torch.arange(40) % 10
vl.fit(vae, vl.VAELoss(), x, epochs=1)
vl.log_evidence(vae, x, 5)
vl.evaluate(vae, vl.VAELoss(), x)
codes = vl.gaussians(vae, x)
vl.summarize(codes), vl.coverage(torch.randn(9, 2), codes), vl.neighbour_accuracy(codes.mu, labels), vl.prior_grid(3)
assert "torch._dynamo" not in sys.modules, "it takes 1.5 seconds and 70 MB"
assert "sympy" not in sys.modules, "it takes half a second and 37 MB"
"""
    subprocess.run([sys.executable, "-c", code], check=True, stderr=subprocess.DEVNULL)


def test_what_draws_is_imported_when_it_is_first_asked_for():
    code = """
import sys, vaelab
assert not {"matplotlib", "anywidget", "ipywidgets"} & set(sys.modules), "a student waits a second more"
assert {"show", "LatentExplorer", "fit"} <= set(dir(vaelab)), "names are completed all the same"
vaelab.show, vaelab.LatentExplorer
assert {"matplotlib", "anywidget"} <= set(sys.modules)
try:
    vaelab.LatentExplorers
except AttributeError as error:
    assert "no attribute 'LatentExplorers'" in str(error)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_old_names_work_for_a_version_and_say_what_they_are_called_now():
    for old, new in (("log_likelihood", "log_evidence"), ("reparameterization", "gradient_flow")):
        with pytest.warns(FutureWarning, match=rf"vl\.{old} is called vl\.{new} now"):
            assert getattr(vaelab, old) is getattr(vaelab, new)
        assert old not in vaelab.__all__
        assert f"vl.{old}" not in "".join(path.read_text() for path in (ROOT / "notebooks").glob("*.ipynb"))
    vae, x, z = vaelab.VAE(), torch.rand(2, 784), torch.zeros(2, 2)
    with pytest.warns(FutureWarning, match=r"is model.log_px_z\(x, z\) now"):
        assert torch.equal(vaelab.log_px_z(vae, x, z), vae.log_px_z(x, z))
    assert "vl.log_px_z" not in "".join(path.read_text() for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_type_checkers_see_the_names_that_wait_until_they_are_asked_for():
    tree = ast.parse((ROOT / "vaelab" / "__init__.py").read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    assert seen == vaelab._LATER
    files = {path.stem for path in (ROOT / "vaelab").iterdir()} - set(vaelab._LATER.values())
    assert not files & set(vaelab._LATER), "a file of that name would be found in its place"


def test_what_a_public_function_takes_and_gives_can_be_named():
    """Of the package's own types, those in the annotations of public functions are public themselves."""
    public = {getattr(vaelab, name) for name in vaelab.__all__}
    named = set()
    for thing in public:
        for function in (thing, *(vars(thing).values() if inspect.isclass(thing) else ())):
            if inspect.isfunction(function):
                named |= set(typing.get_type_hints(function).values())
    own = {kind for kind in named if inspect.isclass(kind) and kind.__module__.startswith("vaelab.")}
    assert vaelab.Dataset in own and vaelab.LatentSnapshot in own
    looked_at_or_handed_on = {vaelab.exercises.Table, vaelab.exercises.Ballot, Follower}
    assert own - public <= looked_at_or_handed_on


CONDA_NAMES = {"torch": "pytorch-cpu"}  # the build without CUDA


def conda_specs() -> dict[str, SpecifierSet]:
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    specs = [MatchSpec(text) for text in dependencies if isinstance(text, str)]
    return {spec.name.normalized: SpecifierSet(str(spec.version or "")) for spec in specs}


def test_conda_and_pip_install_the_same():
    wanted = {CONDA_NAMES.get(r.name, r.name): r.specifier for r in map(Requirement, PROJECT["dependencies"])}
    nbval = next(r for r in map(Requirement, PROJECT["optional-dependencies"]["test"]) if r.name == "nbval")
    wanted |= {"nbval": nbval.specifier, "python": SpecifierSet(PROJECT["requires-python"]), "pip": SpecifierSet("")}
    assert conda_specs() == wanted


def test_conda_takes_conda_forge_alone_and_the_project_itself():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["channels"] == ["conda-forge"]
    assert environment["dependencies"][-1] == {"pip": ["-e ."]}


def test_a_wrong_conda_spec_would_be_noticed():
    with pytest.raises(Exception, match="=>8"):
        MatchSpec("ipywidgets=>8")


def test_the_torch_that_make_installs_is_a_cpu_build_within_the_bounds():
    makefile = (ROOT / "Makefile").read_text()
    pinned = Requirement(re.search(r"^TORCH \?= (\S+)", makefile, re.MULTILINE)[1])
    (version,) = (specifier.version for specifier in pinned.specifier)
    assert version.endswith("+cpu")
    bound = next(r for r in map(Requirement, PROJECT["dependencies"]) if r.name == "torch").specifier
    assert bound.contains(version)
    by_hand = re.findall(r"torch==[\w.+]+", STUDENTS)
    assert len(by_hand) == 2 and set(by_hand) == {str(pinned)}, "who installs by hand should get the same"


def test_the_ten_lines_of_the_readme_run_as_they_stand(monkeypatch):
    """On a third of the images, which takes a third of the time: they end at 145 nats, all of them at 142."""
    train, test = vaelab.load_mnist()
    few = vaelab.Dataset(vaelab.Split(train.images[:20_000], train.labels[:20_000]), test)
    monkeypatch.setattr(vaelab, "load_mnist", lambda: few)
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    names = {}
    exec(code, names)
    total = names["history"].train["total"][-1]
    assert total < 150, "and they reach what the course promises of a 2-D VAE"


def test_the_readme_names_what_there_is():
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        assert f"notebooks/{path.name}" in README
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
    for command in ("make lab", "make test", "make site"):
        assert f"```sh\n{command}\n```" in README


def test_the_readme_keeps_to_a_page_and_a_half():
    assert len(README.splitlines()) <= 90 and len(README.split()) <= 900


def test_jupyterlab_is_started_where_the_links_of_the_notebooks_lead_somewhere():
    """In the root of the repository: it shows nothing above the folder that it starts in, and a link would be a 404."""
    makefile = (ROOT / "Makefile").read_text()
    commands = re.findall(r"^.*(?:-m jupyterlab|^jupyter lab).*$", makefile + STUDENTS, re.MULTILINE)
    assert len(commands) == 4, "make lab, and three without make"
    for command in commands:
        (first,) = re.findall(r"--LabApp\.default_url=/lab/tree/(\S+)", command)
        assert (ROOT / first).exists()
        assert "cd " not in command and "notebook-dir" not in command and "root_dir" not in command


def test_the_version_is_in_the_changelog():
    assert f"## {PROJECT['version']}" in (ROOT / "CHANGELOG.md").read_text()
