"""How far a training is, as a bar and as lines; within `fit`: test_training."""

import sys

import pytest
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.terminal.interactiveshell import TerminalInteractiveShell

from vaelab import progress_bar


def test_the_bar_counts_down_and_at_the_end_says_how_long_it_took(monkeypatch):
    monkeypatch.setattr(progress_bar, "_in_a_notebook", lambda: True)
    monkeypatch.setattr("tqdm.notebook.display", lambda *_: pytest.fail("it is displayed once, with its sentence"))
    progress = progress_bar.Progress(epochs=3, steps=2)
    bar = progress.bar
    for epoch in (1, 2, 3):
        progress.epoch(epoch, {"total": 1.0})
        assert ("remaining" in bar.bar_format) == (epoch < 3) and ("elapsed" in bar.bar_format) == (epoch == 3)
    progress.close()
    assert bar.disable, "closed: nothing more is drawn"


def test_the_time_left_is_that_of_the_epochs_still_to_come(monkeypatch, capsys):
    now = iter((100.0, 103.0, 106.0))
    monkeypatch.setattr(progress_bar.time, "perf_counter", lambda: next(now))
    progress = progress_bar.Progress(epochs=4, steps=1)
    progress.epoch(1, {"total": 1.234, "kl": 20.0})
    progress.epoch(2, {"total": 1.0})
    assert capsys.readouterr().err.splitlines() == [
        "epoch 1/4: total 1.23, kl 20.00; 9 s left",
        "epoch 2/4: total 1.00; 6 s left",
    ]


def test_a_notebook_is_where_ipython_runs_in_a_kernel(monkeypatch):
    class Shell(ZMQInteractiveShell):
        """Colab's is one of its own, and called so."""

    for shell, answer in ((ZMQInteractiveShell, True), (Shell, True), (TerminalInteractiveShell, False)):
        monkeypatch.setattr("IPython.get_ipython", lambda shell=shell: shell.__new__(shell))
        assert progress_bar._in_a_notebook() == answer
    with monkeypatch.context() as without:
        without.delitem(sys.modules, "ipykernel")
        assert not progress_bar._in_a_notebook()
