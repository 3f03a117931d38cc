"""Questions to answer before a cell is run: one picks, runs, and reads why."""

import html
from dataclasses import dataclass
from typing import Any

import ipywidgets

from vaelab.console import plain
from vaelab.exercises.engine import records, wording


@dataclass(frozen=True)
class Prediction:
    """A question with its options.

    number: notebook and a letter, "5a"
    answer: the right one of the options
    because: the reason, told after the run
    """

    number: str
    question: str
    options: tuple[str, ...]
    answer: str
    because: str

    @property
    def pick(self) -> str | None:
        """What the student has picked so far."""
        return records.mine().get(self.number, {}).get("pick")

    def label(self, option: str) -> str:
        """The option with its letter: "b) the one with a baseline"."""
        return f"{'abcdefgh'[self.options.index(option)]}) {option}"

    def explain(self) -> str:
        """Whether the pick was right, what is, and why."""
        if self.pick not in self.options:
            said = "No pick."
        elif self.pick == self.answer:
            said = f"You picked {self.label(self.pick)}, which is right."
        else:
            said = f"You picked {self.label(self.pick)}."
        why = wording.fold(f"It is {self.label(self.answer)}. {self.because}")
        return f"{wording.fold(f'Prediction {self.number}. {said}')}\n{why}"


class Ballot(ipywidgets.VBox):
    """A prediction's question and its options, to pick from. A pick goes into the file of progress at once."""

    def __init__(self, prediction: Prediction):
        self._prediction = prediction
        labels = [(prediction.label(option), option) for option in prediction.options]
        choice = ipywidgets.RadioButtons(options=labels, value=None, layout=ipywidgets.Layout(width="max-content"))
        if prediction.pick in prediction.options:
            choice.value = prediction.pick
        choice.observe(lambda change: records.note(prediction.number, pick=change["new"]), "value")
        asked = f"<b>Prediction {prediction.number}.</b> {html.escape(prediction.question)}"
        # Widgets space their lines as rows of buttons; this is a text.
        question = ipywidgets.HTML(f'<div style="line-height: 1.5">{asked}</div>')
        super().__init__([question, choice])

    def __repr__(self) -> str:
        options = (f"  {self._prediction.label(option)}" for option in self._prediction.options)
        question = wording.fold(f"Prediction {self._prediction.number}. {self._prediction.question}")
        return plain("\n".join([question, *options]))

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        # ipywidgets would cut the text off. It is what is read where no widget can be.
        return super()._repr_mimebundle_(**kwargs) | {"text/plain": repr(self)}
