"""VAELAB_SOLUTIONS: when `.solution()` shows a solution, and what it says when it does not."""

from datetime import datetime, timedelta

import pytest
from support.exercises import written

import vaelab as vl
from vaelab.exercises import EXERCISES
from vaelab.exercises.engine import records

NUMBER, NAME = "11.1", "importance_weighted_bound"


@pytest.fixture
def stub(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("VAELAB_PROGRESS", str(tmp_path / "p.json"))
    monkeypatch.setattr("vaelab.exercises._hints_given", vl.exercises.Counter())
    stub = vl.exercise(written(f"def {NAME}(log_w):\n    ...", NAME))
    capsys.readouterr()
    return stub


def shown(stub, capsys):
    stub.solution()
    return " ".join(capsys.readouterr().out.split())


SOLUTION = "log_w.logsumexp(1) - math.log(log_w.shape[1])"


@pytest.mark.parametrize("setting", ["", "open", " Open", "2001-12-18", "2001-12-18T18:00", "2001-12-18T18:00+01:00"])
def test_open(stub, capsys, monkeypatch, setting):
    monkeypatch.setenv("VAELAB_SOLUTIONS", setting)
    assert SOLUTION in shown(stub, capsys)
    assert records.mine()[NUMBER]["solution_seen"] is True


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("closed", "Your instructor has closed the solutions."),
        ("CLOSED", "Your instructor has closed the solutions."),
        ("2999-12-18", "Your instructor has closed the solutions until Wednesday, 18 December 2999, 00:00"),
        ("2999-12-18T18:00", "Your instructor has closed the solutions until Wednesday, 18 December 2999, 18:00"),
        ("2999-12-18T18:00Z", "Your instructor has closed the solutions until "),
        ("after the exam", "It is 'after the exam'."),
        ("2026-13-45", 'VAELAB_SOLUTIONS takes "open", "closed", or the time from which they are open'),
        ("9999-12-31T23:59-23:00", "The solutions are closed"),
        ("1", "The solutions are closed, until a setting of your instructor's can be read."),
    ],
)
def test_closed(stub, capsys, monkeypatch, setting, said):
    monkeypatch.setenv("VAELAB_SOLUTIONS", setting)
    out = shown(stub, capsys)
    assert said in out
    assert out.endswith(f"The hints are open: {NAME}.hint()")
    assert SOLUTION not in out
    assert NUMBER not in records.mine(), "what was not shown was not seen"
    for _ in EXERCISES[NAME].hints:
        stub.hint()
    last = " ".join(capsys.readouterr().out.split())
    assert ".solution()" not in last and said in last


def test_it_opens_when_the_time_has_come(stub, capsys, monkeypatch):
    for seconds, is_open in ((-2, True), (60, False)):
        at = datetime.now().astimezone() + timedelta(seconds=seconds)
        for text in (at.isoformat(), at.replace(tzinfo=None).isoformat(), f"{at.astimezone(None):%Y-%m-%dT%H:%M:%S%z}"):
            monkeypatch.setenv("VAELAB_SOLUTIONS", text)
            assert (SOLUTION in shown(stub, capsys)) is is_open, text


def test_the_last_hint_names_the_solution_only_where_it_is_open(stub, capsys, monkeypatch):
    for setting, said in (("open", f"The solution: {NAME}.solution()"), ("closed", "closed the solutions.")):
        monkeypatch.setenv("VAELAB_SOLUTIONS", setting)
        for _ in EXERCISES[NAME].hints:
            stub.hint()
        assert capsys.readouterr().out.rstrip().endswith(said)
