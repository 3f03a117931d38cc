"""The long training: where its runs go. What it trains is the package's own, and tested there."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

EXPERIMENTS = Path(__file__).parents[2] / "experiments"


@pytest.fixture
def davidson(monkeypatch):
    """The script as a module, with trainings that take no time."""
    spec = importlib.util.spec_from_file_location("davidson_2018", EXPERIMENTS / "davidson_2018.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "run", lambda latent_dim, seed: {"latent_dim": latent_dim, "seed": seed, "elbo": -1.0})

    def command(*words):
        monkeypatch.setattr(sys, "argv", ["davidson_2018.py", *map(str, words)])
        module.main()

    return command


def test_the_recorded_runs_are_left_alone(davidson, capsys):
    recorded = EXPERIMENTS / "davidson_2018.json"
    before = recorded.read_bytes()
    davidson(2, 5)
    assert [json.loads(line)["latent_dim"] for line in capsys.readouterr().out.splitlines()] == [2, 5]
    assert recorded.read_bytes() == before


def test_runs_are_added_to_the_file_that_is_named(davidson, tmp_path):
    mine = tmp_path / "mine.json"
    davidson(5, 2, "--out", mine)
    davidson(2, "--seeds", 1, 0, "--out", mine)
    runs = json.loads(mine.read_text())
    assert [(run["latent_dim"], run["seed"]) for run in runs] == [(2, 0), (2, 1), (5, 0)]


def test_a_folder_that_is_not_there_is_named_before_the_training(davidson, tmp_path, capsys):
    with pytest.raises(SystemExit):
        davidson(2, "--out", tmp_path / "nowhere" / "mine.json")
    assert "nowhere" in capsys.readouterr().err


def test_every_recorded_run_says_with_which_version():
    runs = json.loads((EXPERIMENTS / "davidson_2018.json").read_text())
    assert len(runs) == 6
    assert all(run["version"].count(".") == 2 for run in runs)
