"""A verdict compares a number with its bound and prints both. nbval is told not to compare the number."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from nbval.plugin import get_sanitize_patterns

import vaelab as vl


@pytest.mark.parametrize(
    "value, bounds, holds",
    [
        (0.5, {"above": 0.4}, True),
        (0.4, {"above": 0.4}, False),
        (0.4, {"below": 0.4}, False),
        (0.5, {"above": 0.4, "below": 0.6}, True),
        (0.7, {"above": 0.4, "below": 0.6}, False),
        ([0.5, 0.7], {"below": 0.6}, False),
        (torch.tensor([0.5, 0.55]), {"below": 0.6}, True),
        (torch.tensor(0.5), {"above": 0.6}, False),
        (np.float32(2), {"above": 1}, True),
        (float("nan"), {"above": 0}, False),
        (True, {}, True),
        (torch.tensor(False), {}, False),
        (np.bool_(True), {}, True),
    ],
)
def test_a_claim_holds_where_the_value_lies_within_its_bounds(value, bounds, holds, capsys):
    vl.verdict("it is so", value, **bounds)
    assert capsys.readouterr().out.startswith("holds: it is so" if holds else "DOES NOT HOLD: it is so")


@pytest.mark.parametrize(
    "value, bounds, printed",
    [
        (0.76131, {"above": 0.6}, "[0.761 > 0.6]"),
        (1234.56, {"below": 2000}, "[1235 < 2000]"),
        ([1e-9, -0.25], {"above": -1, "below": 1}, "[1e-09, -0.25 > -1, < 1]"),
    ],
)
def test_the_number_stands_beside_its_bound_and_is_not_compared(value, bounds, printed, capsys):
    vl.verdict("it is so", value, **bounds)
    text = capsys.readouterr().out
    assert text == f"holds: it is so {printed}\n"
    ((pattern, mark),) = get_sanitize_patterns((Path(__file__).parents[1] / "nbval.cfg").read_text())
    compared = re.sub(pattern, mark, text)
    assert compared == f"holds: it is so [measured {printed[re.search('[<>]', printed).start() :]}\n"


@pytest.mark.parametrize(
    "value, bounds",
    [
        (0.5, {}),
        (None, {}),
        (torch.tensor([True, True]), {}),
        ("yes", {"above": 1}),
        (True, {"above": 0}),
        ([], {"above": 0}),
        (torch.zeros(2, 2), {"above": -1}),
    ],
)
def test_what_cannot_be_judged_is_refused(value, bounds):
    with pytest.raises(TypeError, match="bound"):
        vl.verdict("it is so", value, **bounds)


@pytest.mark.parametrize("bound", ["3", True, [1.0]])
def test_a_bound_is_a_number(bound):
    with pytest.raises(TypeError, match="above must be a number, the bound of the claim; got"):
        vl.verdict("a claim", 1.0, above=bound)
