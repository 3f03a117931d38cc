"""How the exercises compare a value with the one expected: what differs, where, and by how much, as data."""

import math
from collections import namedtuple

import numpy as np
import pytest
import torch
from torch import tensor

from vaelab.exercises.engine.compare import compare
from vaelab.exercises.engine.difference import (
    Missing,
    NoGradient,
    NotANumber,
    OtherCount,
    OtherDevice,
    OtherDtype,
    OtherKind,
    OtherShape,
    OtherThing,
    OtherValues,
)

RTOL, ATOL = 1e-4, 1e-5
Pair = namedtuple("Pair", ("mean", "standard_error"))


def difference(given, expected, name=""):
    return compare(name, given, expected, RTOL, ATOL)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (tensor([1.0, math.nan, math.inf]), tensor([1.0, math.nan, math.inf])),
        (tensor([100.009]), tensor([100.0])),  # as far off as rtol allows
        (tensor([0.000009]), tensor([0.0])),  # and atol
        (tensor([1.0], requires_grad=True), tensor([1.0])),
        (tensor([], dtype=torch.float64), tensor([], dtype=torch.float64)),
        (tensor(2), 2),
        (2.0, 2),
        (1, 1.0),
        (tensor(0.5), 0.5),
        ([tensor(1.0), 2], (tensor(1.0), 2)),
        ((1.0, 2.0), Pair(1.0, 2.0)),
        ("the same z", "the same z"),
        (None, None),
    ],
)
def test_what_is_the_same(given, expected):
    assert difference(given, expected) is None


@pytest.mark.parametrize(
    ("given", "expected", "found"),
    [
        (None, tensor(1.0), Missing("x")),
        ("another z", "the same z", OtherThing("x", "another z", "the same z")),
        (0, None, OtherThing("x", 0, None)),
        (1.5, tensor(1.5), OtherKind("x", 1.5, tensor(1.5))),
        ("0.5", 0.5, OtherKind("x", "0.5", 0.5)),
        (torch.ones(1), 1.0, OtherKind("x", torch.ones(1), 1.0)),
        (torch.ones(3, 1), torch.ones(3), OtherShape("x", (3, 1), (3,))),
        (tensor(1.0).double(), tensor(1.0), OtherDtype("x", torch.float64, torch.float32)),
        (tensor(1), tensor(1.0), OtherDtype("x", torch.int64, torch.float32)),
        (tensor(1).to("meta"), tensor(1), OtherDevice("x", torch.device("meta"), torch.device("cpu"))),
        ((1, 2), (1, 2, 3), OtherCount("x", (1, 2), (1, 2, 3))),
        (tensor([1, 2]), (1, 2), OtherCount("x", tensor([1, 2]), (1, 2))),
    ],
)
def test_what_is_of_another_kind(given, expected, found):
    found_here = difference(given, expected, "x")
    assert type(found_here) is type(found)
    for mine, theirs in zip(found_here, found, strict=True):
        assert torch.equal(mine, theirs) if isinstance(theirs, torch.Tensor) else mine == theirs


def test_a_numpy_array_is_of_another_kind_and_its_numbers_are_numbers():
    assert isinstance(difference(np.ones(2), torch.ones(2)), OtherKind)
    assert isinstance(difference(np.ones(2), 1.0), OtherKind)
    assert difference(np.float32(1), 1.0) is None and difference(np.int64(3), 3) is None
    assert isinstance(difference(np.int64(4), 3), OtherValues)


def test_a_gradient_that_is_none_is_missing():
    assert difference(None, tensor(0.0), "the gradient with respect to mu") == NoGradient(
        "the gradient with respect to mu"
    )


def test_where_and_by_how_much_numbers_are_off():
    given, expected = tensor([[1.0, 2.0], [3.0, -math.inf]]), tensor([[1.0, 2.001], [3.0, math.inf]])
    found = difference(given, expected)
    assert isinstance(found, OtherValues)
    assert found.off.tolist() == [[False, True], [False, True]]
    assert torch.equal(found.given, given)
    assert torch.equal(found.expected, expected)


def test_nan_comes_before_what_is_off():
    found = difference(tensor([9.0, math.nan, math.nan]), tensor([1.0, math.nan, 3.0]))
    assert isinstance(found, NotANumber)
    assert found.off.tolist() == [False, False, True]
    assert isinstance(difference(tensor([1.0]), tensor([math.nan])), OtherValues), "a number, where nan is right"


def test_counts_are_exact():
    many = 100_000
    for given, expected in ((tensor(many + 1), tensor(many)), (many + 1, many), (tensor(many + 1), many)):
        assert isinstance(difference(given, expected), OtherValues)
    assert isinstance(difference(tensor([True]), tensor([False])), OtherValues)
    assert difference(many + 1.0, float(many)) is None, "a float is no count"


def test_of_several_results_the_first_that_is_off_is_named():
    assert difference((1.0, 3.0), Pair(1.0, 2.0)).name == "standard error"
    assert difference([2.0, 3.0], (1.0, 2.0)).name == "result 1 of 2"
    assert difference((1.0, None), (1.0, 2.0)) == Missing("result 2 of 2")


def test_what_was_given_is_kept_as_it_was():
    given = torch.ones(2)
    found = difference(given, torch.zeros(2))
    given.mul_(7)
    assert found.given.tolist() == [1, 1]
