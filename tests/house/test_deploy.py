"""What an administrator runs and reads: the scripts are linted and run, and the two hubs say the same."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from traitlets.config import Config

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
INSTALL = DEPLOY / "tljh" / "install.sh"
VALUES = yaml.safe_load((DEPLOY / "kubernetes" / "values.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (DEPLOY / "kubernetes" / "Dockerfile").read_text(encoding="utf-8")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def configured(path):
    """The configuration that a file for JupyterHub leaves behind."""
    config = Config()
    mask = os.umask(0o022)  # hub.py sets its own
    try:
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), {"get_config": lambda: config})
    finally:
        os.umask(mask)
    return config


def linted(tool, *files):
    program = Path(sys.executable).with_name(tool)
    return subprocess.run([program, *files], capture_output=True, text=True)


# The two hubs.


def test_kubernetes_tells_servers_what_hub_py_tells_them():
    environment = configured(DEPLOY / "hub.py").Spawner.environment.get_value({})
    assert VALUES["singleuser"]["extraEnv"] == environment
    hub = configured(DEPLOY / "hub.py").Spawner
    assert VALUES["singleuser"]["startTimeout"] == hub.start_timeout
    assert VALUES["hub"]["config"]["Spawner"]["http_timeout"] == hub.http_timeout
    assert VALUES["singleuser"]["defaultUrl"] == hub.default_url
    assert [VALUES["singleuser"]["cmd"]] == hub.cmd
    assert f'CMD ["{hub.cmd[0]}"]' in DOCKERFILE
    assert f"/bin/{hub.cmd[0]}\n" in DOCKERFILE


def test_hub_py_leaves_to_tljh_what_tljh_config_sets():
    """A file in jupyterhub_config.d is read last: what it sets can't be set by tljh-config any more."""
    for name in ("hub.py", "tljh/systemd.py"):
        config = configured(DEPLOY / name)
        assert not {"mem_limit", "cpu_limit"} & set(config.Spawner)
        assert not {"services", "authenticator_class", "spawner_class", "hub_port"} & set(config.JupyterHub)
        assert "admin_users" not in config.Authenticator


def test_versions_are_the_same_everywhere():
    assert VALUES["singleuser"]["image"]["tag"] == VERSION
    assert f"vaelab:{VERSION}" in DOCKERFILE
    head = (DEPLOY / "kubernetes" / "values.yaml").read_text(encoding="utf-8")[:300]
    chart, hub = re.search(r"version ([\d.]+) \(JupyterHub ([\d.]+)\)", head).groups()
    assert f"that of the chart, {chart}:" in DOCKERFILE
    assert f"jupyterhub=={hub} " in DOCKERFILE
    assert f"--version {chart}" in (DEPLOY / "README.md").read_text(encoding="utf-8")


def test_pytorch_comes_from_where_the_makefile_has_it():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    torch, index = (re.search(rf"^{name} \?= (\S+)$", makefile, re.MULTILINE)[1] for name in ("TORCH", "TORCH_INDEX"))
    for text in (
        DOCKERFILE,
        INSTALL.read_text(encoding="utf-8"),
        (ROOT / ".binder/requirements.txt").read_text("utf-8"),
    ):
        assert torch in text
        assert index in text


def test_on_kubernetes_nobody_gets_in_until_they_are_let_in():
    assert VALUES["proxy"]["service"]["type"] == "ClusterIP"
    assert VALUES["hub"]["config"]["JupyterHub"]["authenticator_class"] != "dummy"
    assert VALUES["hub"]["config"]["NativeAuthenticator"]["open_signup"] is False
    policy = VALUES["singleuser"]["networkPolicy"]
    assert policy["enabled"] and VALUES["singleuser"]["cloudMetadata"]["blockWithIptables"]
    open_for = {name for name, allowed in policy["egressAllowRules"].items() if allowed}
    assert all(name.startswith("dnsPorts") for name in open_for)
    assert [port for rule in policy["egress"] for port in rule["ports"]] == [{"port": 443, "protocol": "TCP"}]
    assert VALUES["singleuser"]["uid"] == int(re.search(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)[1]) == 1000


def test_the_image_is_made_of_files_that_are_let_in():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {*project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"], project["project"]["readme"]}
    needed |= {"pyproject.toml", *re.findall(r"^COPY --chmod=\d+ (\S+) ", DOCKERFILE, re.MULTILINE)}
    assert needed <= allowed
    assert all((ROOT / path).exists() for path in allowed)


# The linters.


@pytest.mark.parametrize("path", [INSTALL, *(ROOT / ".binder" / name for name in ("postBuild", "start"))], ids=str)
def test_shellcheck_finds_nothing(path, tmp_path):
    done = linted("shellcheck", path)
    assert done.returncode == 0, done.stdout
    assert os.access(path, os.X_OK)
    planted = tmp_path / "planted.sh"
    planted.write_text("#!/bin/bash\nrm -r $1\n", encoding="utf-8")
    assert "SC2086" in linted("shellcheck", planted).stdout


def test_hadolint_finds_nothing(tmp_path):
    done = linted("hadolint", DEPLOY / "kubernetes" / "Dockerfile")
    assert done.returncode == 0, done.stdout
    planted = tmp_path / "Dockerfile"
    planted.write_text(DOCKERFILE.replace("# hadolint ignore=DL3008\n", ""), encoding="utf-8")
    assert "DL3008" in linted("hadolint", planted).stdout


# install.sh, in a made-up tree.


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path):
    """What TLJH's installer leaves, with stand-ins: Python and tljh-config write down what they are asked."""
    if sys.platform != "linux":
        pytest.skip("TLJH is for Linux")
    root = tmp_path / "machine"
    log = tmp_path / "asked"
    note = f'#!/bin/sh\necho "$(basename "$0") $*" >>"{log}"\n'
    answers = 'case "$*" in *"(3, 11)"*) exit ${TOO_OLD:-0} ;; *find_spec*) exit ${NO_TORCH:-0} ;; esac\n'
    program(root / "opt/tljh/user/bin/python", note + answers)
    program(root / "opt/tljh/hub/bin/tljh-config", note)
    for name in ("jupyter-ada", "jupyter-ben", "root-of-all"):
        (root / "home" / name).mkdir(parents=True, mode=0o755)
    (root / "home/jupyter-ada/vaelab-progress.json").write_text("{}", encoding="utf-8")
    (root / "etc").mkdir()
    (root / "etc/login.defs").write_text("# HOME_MODE is for useradd.\nUMASK\t022\nHOME_MODE\t0755\n", encoding="utf-8")
    (tmp_path / "vaelab.whl").write_bytes(b"")
    log.touch()
    return root


def install(root, *options, **variables):
    options = ["--wheel", root.parent / "vaelab.whl", *options]
    environment = os.environ | {"VAELAB_ROOT": str(root)} | variables
    return subprocess.run([INSTALL, *options], env=environment, capture_output=True, text=True)


def asked(root):
    """What the stand-ins were asked since the last time."""
    log = root.parent / "asked"
    lines = log.read_text(encoding="utf-8").splitlines()
    log.write_text("", encoding="utf-8")
    return lines


def files(root):
    return {path: (path.stat().st_mode, path.is_file() and path.read_bytes()) for path in root.rglob("*")}


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_install_sets_the_machine_up(machine):
    done = install(machine)
    assert done.returncode == 0, done.stderr
    config = machine / "opt/tljh/config/jupyterhub_config.d"
    assert (config / "vaelab_hub.py").read_bytes() == (DEPLOY / "hub.py").read_bytes()
    assert (config / "vaelab_systemd.py").read_bytes() == (DEPLOY / "tljh/systemd.py").read_bytes()
    server = machine / "opt/tljh/user/etc/jupyter/jupyter_server_config.py"
    assert server.read_bytes() == (DEPLOY / "server.py").read_bytes()
    assert mode(server) == 0o644
    (command,) = configured(DEPLOY / "hub.py").Spawner.cmd
    assert (machine / "opt/tljh/user/bin" / command).read_bytes() == (DEPLOY / "singleuser.py").read_bytes()
    assert mode(machine / "opt/tljh/user/bin" / command) == 0o755
    assert mode(config / "vaelab_hub.py") == 0o600
    rules = (machine / "etc/gitattributes").read_text(encoding="utf-8")
    assert rules == (DEPLOY / "gitattributes").read_text(encoding="utf-8")
    homes = {home.name: mode(home) for home in (machine / "home").iterdir()}
    assert homes == {"jupyter-ada": 0o700, "jupyter-ben": 0o700, "root-of-all": 0o755}
    definitions = (machine / "etc/login.defs").read_text(encoding="utf-8")
    assert definitions == "# HOME_MODE is for useradd.\nUMASK\t022\nHOME_MODE 0700\n"
    commands = asked(machine)
    assert [line for line in commands if line.startswith("tljh-config")] == [
        "tljh-config set limits.memory 1.5G",
        "tljh-config set limits.cpu 1",
        "tljh-config set services.cull.timeout 3600",
        "tljh-config reload hub",
    ]
    assert all(line.startswith("python -I ") for line in commands if line.startswith("python"))
    assert any("-m vaelab.prepare" in line for line in commands)
    assert not [path for path in machine.rglob("*") if path.stat().st_mode & stat.S_IWOTH]


@pytest.mark.skipif(shutil.which("nvidia-smi") is not None, reason="with a GPU it is PyPI's PyTorch that is installed")
def test_pytorch_is_installed_where_there_is_none_and_for_cpus(machine):
    install(machine)
    assert not [line for line in asked(machine) if "torch==" in line]
    install(machine, NO_TORCH="1")
    (line,) = [line for line in asked(machine) if "torch==" in line]
    assert re.search(r"--index-url https://\S+/cpu torch==[\d.]+\+cpu$", line)


def test_a_second_install_leaves_files_and_limits_as_they_are(machine):
    install(machine)
    own = machine / "opt/tljh/config/jupyterhub_config.d/zz_own.py"
    own.write_text("# the administrator's\n", encoding="utf-8")
    before = files(machine)
    asked(machine)
    done = install(machine)
    assert done.returncode == 0, done.stderr
    assert files(machine) == before
    assert [line for line in asked(machine) if line.startswith("tljh-config")] == ["tljh-config reload hub"]
    install(machine, "--memory", "2G")
    assert "tljh-config set limits.memory 2G" in asked(machine)


def test_a_dry_run_changes_nothing(machine):
    before = files(machine)
    done = install(machine, "--dry-run", "--cpu", "0.5")
    assert done.returncode == 0, done.stderr
    assert files(machine) == before
    assert "limits.cpu 0.5" in done.stdout
    assert not [line for line in asked(machine) if "-m" in line.split() or line.startswith("tljh-config")]


@pytest.mark.parametrize(
    "options, says",
    [
        (["--memory", "lots"], "a size such as 1.5G or 900M"),
        (["--cpu", "-1"], "a number of cores"),
        (["--idle", "1h"], "whole seconds"),
        (["--wheel", "/nowhere/vaelab.whl"], "/nowhere/vaelab.whl is not there"),
        (["--cpu"], "--cpu needs a value"),
        (["--force"], '"--force" is no option'),
    ],
)
def test_install_says_what_is_wrong_with_an_option(machine, options, says):
    before = files(machine)
    done = install(machine, *options)
    assert done.returncode == 1
    assert says in done.stderr
    assert files(machine) == before


def test_install_says_what_is_wrong_with_the_machine(machine):
    assert "older than Python 3.11" in install(machine, TOO_OLD="1").stderr
    open_to_all = machine / "opt/tljh/user/share"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    asked(machine)
    done = install(machine)
    assert done.returncode == 1
    assert f"{open_to_all} can be written to by everybody" in done.stderr
    assert "tljh-config reload hub" not in asked(machine)
    (machine / "opt/tljh/hub/bin/tljh-config").unlink()
    assert "Run TLJH's own installer first" in install(machine).stderr


def test_install_puts_the_course_where_all_find_it(machine, tmp_path):
    """With a real Python and a real wheel: the course that is imported is not the checkout's."""
    user = machine / "opt/tljh/user"
    (user / "bin/python").unlink()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", user], check=True)
    packages = next(user.rglob("site-packages"))
    here = [path for path in sys.path if path.endswith("-packages")]
    (packages / "the_rest.pth").write_text("\n".join(here), encoding="utf-8")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", tmp_path]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, ROOT], check=True)
    (wheel,) = tmp_path.glob("vaelab-*.whl")
    done = install(machine, "--wheel", wheel, PIP_NO_INDEX="1", PIP_NO_COMPILE="1")
    assert done.returncode == 0, done.stderr

    assert (packages / "vaelab/mnist").is_dir()
    disabled = json.loads((user / "etc/jupyter/labconfig/page_config.json").read_text(encoding="utf-8"))
    assert disabled["disabledExtensions"]["@jupyterlab/apputils-extension:announcements"] is True
    shared = list((packages / "vaelab/mnist").rglob("*.npy"))
    assert len(shared) == 2
    assert all(mode(path) == 0o444 for path in shared)
    assert not [path for path in user.rglob("*") if not path.is_symlink() and path.stat().st_mode & stat.S_IWOTH]
