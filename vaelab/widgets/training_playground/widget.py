"""TrainingPlayground: three VAEs that learn in the page, by the KL, by the reconstruction, and by both."""

import math
import zlib
from typing import Any

import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor

from vaelab import arguments
from vaelab.data import Dataset, Split, load_mnist
from vaelab.likelihoods import check_pixels
from vaelab.plots import side_of
from vaelab.widgets.loss_comparison.picture import picture_of
from vaelab.widgets.shared.base import Number, PointsWidget, classes_of
from vaelab.widgets.shared.esm import module, script
from vaelab.widgets.shared.style import style

WEIGHTS = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]
CHOICES: dict[str, list] = {
    "reconstruction": WEIGHTS,
    "beta": WEIGHTS,
    "lr": [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05],
    "epochs": [1, 2, 3, 4, 6, 8, 12, 16, 24],
    "seed": list(range(10)),
}
TITLES = ("KL only", "reconstruction only", "both, with your weights")
HIDDEN = (64, 32)
LEVELS = 8  # of grey, from black to white
TRAINING, HELD_OUT = 5000, 1000
MOST_PIXELS = 1024


class TrainingPlayground(PointsWidget):
    """Three VAEs that learn in the page itself, in Web Workers: from the same weights, images and noise.

    One is trained on the KL alone, one on the reconstruction alone, one on both, weighted by the sliders:

        loss = reconstruction * E_q[-log p(x|z)] + beta * KL(q(z|x) || N(0, I))

    Each is 784-64-32-(2 + 2) for MNIST, mirrored, with ReLUs and Bernoulli pixels, as `VAE(hidden=(64, 32))`, and is
    trained by Adam with a one-cycle learning rate, as `fit` does, in batches of 32. The page needs no kernel for it:
    it trains after `save`, too. It learns from the first 5,000 training images, in eight levels of grey, and is
    judged by the first 1,000 held-out ones.

    data: `Dataset(train=Split(images, labels), test=Split(images, labels))`; without it, MNIST. Square images (N, ...)
        in [0, 1] of up to 1,024 pixels

    reconstruction, beta: 0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5 or 10
    lr: the highest learning rate of the cycle, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02 or 0.05
    epochs: 1, 2, 3, 4, 6, 8, 12, 16 or 24
    seed: from 0 to 9, of the first weights, the order of the images and the noise

    All five can be set and observed from Python: `playground.beta = 10`.

    Raises TypeError or ValueError for data that can't be trained on, traitlets.TraitError for another value.
    """

    _esm = module("training_playground/widget.js")
    _css = style("loss_comparison", "latent_explorer", "training_playground")
    reconstruction = Number(1.0).tag(sync=True)
    beta = Number(1.0).tag(sync=True)
    lr = Number(0.01).tag(sync=True)
    epochs = traitlets.Int(4).tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    _choices = traitlets.Dict(CHOICES).tag(sync=True)
    _titles = traitlets.List(traitlets.Unicode(), list(TITLES)).tag(sync=True)
    _worker = traitlets.Unicode(script("training_playground/worker.js")).tag(sync=True)
    _images = traitlets.Bytes().tag(sync=True)  # deflated: a byte a pixel, its level of grey; training images first
    _network = traitlets.Dict().tag(sync=True)  # {white: the level of white, training: how many, pixels, side, hidden}

    def __init__(self, data: Dataset | None = None, **kwargs: Any):
        train, test = load_mnist() if data is None else _splits(data)
        images = _checked(train.images, test.images)
        levels = [((LEVELS - 1) * part.detach().cpu()).round().to(torch.uint8) for part in images]
        pixels = images[0].shape[1]
        super().__init__(
            _images=zlib.compress(torch.cat(levels).numpy().tobytes(), 9),
            _network={
                "white": LEVELS - 1,
                "training": len(images[0]),
                "pixels": pixels,
                "side": round(pixels**0.5),
                "hidden": list(HIDDEN),
            },
            **classes_of(None if test.labels is None else test.labels[:HELD_OUT], len(images[1])),
            **kwargs,
        )

    @traitlets.validate(*CHOICES)
    def _one_of(self, proposal: traitlets.Bunch) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        near = [choice for choice in CHOICES[name] if math.isclose(choice, value, rel_tol=1e-6)]  # float32's 0.01
        if not near:
            choices = ", ".join(f"{choice:g}" for choice in CHOICES[name])
            raise traitlets.TraitError(f"{name} must be one of {choices}; got {value:g}")
        return type(value)(near[0])

    def picture(self) -> Figure:
        """What there is before anybody has trained: the three panels, empty."""
        runs = [{"title": title, "extent": [-3, 3, -3, 3], "curves": {}, "numbers": []} for title in TITLES]
        return picture_of(runs, [[] for _ in runs], None, 0)

    def caption(self) -> str:
        """What the widget is for."""
        return (
            "Three trainings that the page itself can do: of a VAE by the KL alone, by the reconstruction alone, and "
            "by both, weighted as you say. In the live widget, press Train."
        )

    def __repr__(self) -> str:
        return (
            f"TrainingPlayground: {', '.join(TITLES)} ({self.reconstruction:g} and {self.beta:g}); "
            f"{self._network['training']:,} images to train on."
        )


def _splits(data: Any) -> Dataset:
    if not isinstance(data, Dataset) or not all(isinstance(split, Split) for split in data):
        raise TypeError(
            "data must be a vl.Dataset of two vl.Split, such as vl.load_mnist() gives, or "
            f"vl.Dataset(vl.Split(images, labels), vl.Split(new_images, new_labels)); got {arguments.described(data)}"
        )
    return data


def _checked(train: Any, test: Any) -> list[Tensor]:
    """The first training images, and the first held-out ones: (N, pixels) each."""
    parts = []
    for name, all_images, count in (("train.images", train, TRAINING), ("test.images", test, HELD_OUT)):
        images = arguments.images(name, all_images, least=2)[:count].flatten(1)
        check_pixels(images)
        if side_of(images) is None or images.shape[1] > MOST_PIXELS:
            raise ValueError(
                f"{name} must be square and grey, of {MOST_PIXELS:,} pixels at most; got {tuple(all_images.shape)}"
            )
        parts.append(images)
    if parts[0].shape[1] != parts[1].shape[1]:
        raise ValueError(
            f"train.images and test.images must have equally many pixels; got {parts[0].shape[1]} and "
            f"{parts[1].shape[1]}"
        )
    return parts
