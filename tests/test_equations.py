"""Every numbered equation of the notebooks, checked by a number, a symbol or a simulation of the same number.

The equation is read from the notebook (see latex.py), so that a wrong sign there makes its check fail. What it is held
against comes from elsewhere: an integral, a finite difference, a simulation, sympy, torch.distributions.
"""

from collections.abc import Callable

import pytest
from latex import Equation, equations

EQUATIONS = equations()
CHECKS: dict[str, Callable[[Equation], None]] = {}


def check(number: str):
    """Marks a function as the check of the equation of that number."""

    def register(function):
        assert number not in CHECKS, f"({number}) has two checks"
        CHECKS[number] = function
        return function

    return register


def test_every_equation_has_a_check_and_every_check_an_equation():
    assert set(EQUATIONS) == set(CHECKS)


def test_the_equations_of_a_notebook_are_numbered_in_order():
    for chapter in {number.split(".")[0] for number in EQUATIONS}:
        numbers = [int(number.split(".")[1]) for number in EQUATIONS if number.split(".")[0] == chapter]
        assert numbers == list(range(1, len(numbers) + 1)), f"notebook {chapter}"
