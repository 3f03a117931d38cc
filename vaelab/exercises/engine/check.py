"""An exercise, and whether an answer to it is right: it is asked what the reference is asked, and compared.

A misconception is a function too: the one that somebody writes who has it. An answer that gives what that function
gives, in every case, is told the misconception's name. So each can be tested by being given as an answer.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Generator

from vaelab.exercises.engine import wording
from vaelab.exercises.engine.ask import Answer, Case, Observe, Outcome, ask, call, pytorch_as_it_comes, read
from vaelab.exercises.engine.compare import compare, parts_of, relation_of
from vaelab.exercises.engine.difference import Changed, Difference, OtherValues, Relation, Stopped, is_of_a_gradient
from vaelab.exercises.engine.source import file_of, first_line_off, is_empty


@dataclass(frozen=True)
class Exercise:
    """A function or class to be written by the student, who knows it by the name of the reference.

    number: notebook and place in it, "5.3"
    title: what the table of progress calls it
    reference: a right answer. The course goes on with it until the student has one, and `solution()` shows its source.
    hints: what `hint()` says, one after the other, from a nudge to nearly the code
    cases: given a generator, the cases to try: arguments by name, the simplest case first, as that is the one to show
    wrong: {sentence: function}, what people really get wrong, and the sentence that tells them
    differentiable: the arguments in which the gradients are compared too
    observe: for answers that can't be compared as they are, such as random draws or a class: called as
        observe(answer, **case), it yields (name, value) for each thing to compare, in the order in which to report
        them. What is chance, and is read off many draws, is a Seen
    to_the_first_mistake: whether nothing is looked at after the first value that is off. So an answer that has a
        misconception is known by it, even where its later steps are wrong too, or missing.
    rtol, atol: how far values may be off, as in torch.isclose
    """

    number: str
    title: str
    reference: Answer
    hints: tuple[str, ...]
    cases: Callable[[Generator], list[Case]]
    wrong: dict[str, Answer]
    differentiable: tuple[str, ...] = ()
    observe: Observe = field(default=call)
    to_the_first_mistake: bool = False
    rtol: float = 1e-4
    atol: float = 1e-5

    @property
    def name(self) -> str:
        """What the student's function or class is called."""
        return self.reference.__name__

    def check(self, answer: Answer) -> "Verdict":
        """Whether the answer is open, wrong or right, and what there is to say about it."""
        with pytorch_as_it_comes():
            return self._check(answer)

    def _check(self, answer: Answer) -> "Verdict":
        if is_empty(answer):
            return Verdict("open", wording.still_open(self))
        if changed := first_line_off(answer, self.reference):
            return Verdict("wrong", wording.wrong(self, wording.first_line(*changed)))
        cases = self.cases(Generator().manual_seed(0))
        expected = cache(lambda i: self._ask(self.reference, cases[i]))
        given: list[Outcome] = []
        printed: list[str] = []
        for i, case in enumerate(cases):
            given.append(self._ask(answer, case, expected(i), printed))
            if isinstance(given[i].stopped, KeyboardInterrupt):  # nobody wants to do that once for each case
                break
        off = {i: found for i, outcome in enumerate(given) if (found := self.difference(outcome, expected(i)))}
        if not off:
            return Verdict("right", wording.right(self, next(filter(None, printed), "")))
        i = next((i for i, found in off.items() if not is_of_a_gradient(found)), min(off))  # a value says more
        relation = misconception = None
        if len(given) == len(cases):
            relation = self._relation(off[i], given, expected)
            misconception = self._misconception(cases, given, expected)
        said = wording.report(cases[i], min(off), off[i], relation, misconception, printed[i])
        return Verdict("wrong", wording.wrong(self, said))

    def _relation(
        self, difference: Difference, given: list["Outcome"], expected: Callable[[int], "Outcome"]
    ) -> Relation | None:
        """The factor or the constant between what was given and what was expected, if it is the same in every case."""
        if not isinstance(difference, OtherValues):
            return None
        pairs = []
        for i, outcome in enumerate(given):
            right, mine = (_parts(o.values, expected(i).values) for o in (expected(i), outcome))
            if (truth := right.get(difference.name)) is None:
                continue  # there is no such value in this case
            here = compare(difference.name, mine.get(difference.name), truth, self.rtol, self.atol)
            if isinstance(here, OtherValues):
                pairs.append((here.given, here.expected))
            elif here is None:  # this case came out right
                pairs.append((torch.as_tensor(truth).detach(),) * 2)
            else:
                return None
        return relation_of(pairs)

    def _misconception(
        self, cases: list[Case], given: list["Outcome"], expected: Callable[[int], "Outcome"]
    ) -> str | None:
        """The sentence of the first wrong function that gives, in every case, what the answer gives."""
        left = self.wrong
        for i, case in enumerate(cases):
            right = expected(i) if self.to_the_first_mistake else None
            left = {s: f for s, f in left.items() if not self.difference(given[i], self._ask(f, case, right))}
            if not left:
                return None
        return next(iter(left))

    def _ask(
        self, answer: Answer, case: Case, right: "Outcome | None" = None, printed: list[str] | None = None
    ) -> "Outcome":
        """What the answer makes of one case, to compare."""
        output = io.StringIO()

        def enough(name: str, values: dict[str, Any]) -> bool:
            values[name] = read(values[name])
            return bool(self.to_the_first_mistake and right and self._off(name, values, right.values))

        outcome = ask(answer, case, self.observe, self.differentiable, enough, file_of(answer), output)
        if printed is not None:
            printed.append(output.getvalue())
        return outcome

    def difference(self, given: "Outcome", expected: "Outcome") -> Difference | None:
        """The first thing in which one outcome differs from another; None if there is none."""
        if given.changed != expected.changed:
            return Changed(given.changed)
        for name in expected.values:
            if name not in given.values:
                return Stopped(name, given.stopped, given.line)
            if difference := self._off(name, given.values, expected.values):
                return difference
        if type(given.stopped) is type(expected.stopped) and given.values.keys() == expected.values.keys():
            return None
        return Stopped("", given.stopped, given.line)

    def _off(self, name: str, given: dict[str, Any], expected: dict[str, Any]) -> Difference | None:
        return compare(name, given[name], expected.get(name), self.rtol, self.atol)


class Verdict(NamedTuple):
    """status: "open", "wrong" or "right". text: what to tell the student."""

    status: str
    text: str


def _parts(values: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """The values by the names that differences have, with each of several results by itself."""
    parts = [parts_of(name, values.get(name), truth) for name, truth in expected.items()]
    return {name: value for part in parts for name, value in part.items()}
