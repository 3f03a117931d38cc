"""How far a training is: a bar where one can be drawn, else lines."""

import sys
import time

from vaelab.console import say


class Progress:
    """How far the training is: a bar in a notebook and in a terminal, a line an epoch where neither can be drawn."""

    def __init__(self, epochs: int, steps: int):
        self.epochs, self.began, self.bar = epochs, time.perf_counter(), None
        options = {
            "total": epochs * steps,
            "desc": f"0/{epochs} epochs",
            "bar_format": "{desc} {bar} {remaining} left{postfix}",
        }
        if _in_a_notebook():
            from IPython.display import display
            from tqdm.notebook import tqdm

            self.bar = tqdm(**options, display=False)
            bundle = self.bar.container._repr_mimebundle_()
            # What a reader without the live bar sees: a finished sentence rather than a bar that stands at 0 %.
            bundle["text/plain"] = f"Training for {epochs} epochs."
            display(bundle, raw=True)
        elif sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(**options, dynamic_ncols=True)

    def step(self) -> None:
        """One more batch is done."""
        if self.bar is not None:
            self.bar.update()

    def epoch(self, epoch: int, terms: dict[str, float]) -> None:
        """One more epoch is done, and these are its terms."""
        shown = ", ".join(f"{name} {value:.2f}" for name, value in terms.items())
        if self.bar is not None:
            self.bar.set_description_str(f"{epoch}/{self.epochs} epochs", refresh=False)
            if epoch == self.epochs:
                self.bar.bar_format = "{desc} {bar} {elapsed}{postfix}"
            self.bar.set_postfix_str(shown)
        else:
            left = (time.perf_counter() - self.began) * (self.epochs - epoch) / epoch
            say(f"epoch {epoch}/{self.epochs}: {shown}; {left:.0f} s left", file=sys.stderr)

    def close(self) -> None:
        """The training is over, finished or not."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None


def _in_a_notebook() -> bool:
    if "ipykernel" not in sys.modules:
        return False
    from ipykernel.zmqshell import ZMQInteractiveShell
    from IPython import get_ipython

    return isinstance(get_ipython(), ZMQInteractiveShell)  # as Colab's is, under another name
