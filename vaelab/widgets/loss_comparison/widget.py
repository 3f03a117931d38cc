"""LossComparison: the latent spaces of several trainings side by side, epoch by epoch, also while they are trained."""

import math
import textwrap
from contextlib import contextmanager

import matplotlib.pyplot as plt
import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure
from torch import Tensor, nn

from vaelab import plots
from vaelab.diagnostics import LatentSnapshot, coverage, sampled_snapshot, summarize
from vaelab.widgets.shared.base import PointsWidget, as_bytes, as_grey, classes_of, extent_of, module
from vaelab.widgets.shared.live import Pace

TERMS = {"reconstruction": "reconstruction", "kl": "KL", "total": "total"}  # what vl.VAELoss reports, and in words
MOST_RUNS, MOST_CODES = 6, 10_000
LOOKED_AT = 500  # codes that move while a model is trained; few, so that the training hardly notices


class LossComparison(PointsWidget):
    """One latent space a training, one epoch for all of them, to scrub or to play.

    histories: {title: History}, from `fit(..., snapshot=vl.latent_snapshot(images))` with the same images each time.
        Or [title, ...] of trainings that are still to come (in a dictionary: None), see `follow`
    labels: (N,), whole numbers or strings, of those images
    images: (N, data_dim), for `follow`: those whose codes are shown

    epoch: the epoch that is shown, 0 before the training, from Python and back

    Shown of each training: the codes, some as ellipses with half-axes 2 sigma, over the prior; sixteen images decoded
    from draws of the prior, the same draws everywhere; the curves of the loss; the numbers of the epoch. The coverage
    is that of 500 draws from the prior by the first 2,000 codes.

    Raises ValueError for what can't be compared.
    """

    _esm = module("loss_comparison/widget.js")
    epoch = traitlets.Int().tag(sync=True)
    _runs = traitlets.List().tag(sync=True)  # of each training what `_run` gives
    # The codes and the decoded draws of run r at epoch e are traits of their own, `_gaussians_r_e` and `_samples_r_e`:
    # so each travels once, at the end of its epoch.
    _live = traitlets.Dict().tag(sync=True)  # of the training that goes on now: {run, epoch, extent}
    _live_gaussians = traitlets.Bytes().tag(sync=True, holds="float32")
    _live_samples = traitlets.Bytes().tag(sync=True, holds="grey")

    def __init__(self, histories: dict | list, labels=None, *, images: Tensor | None = None, **kwargs):
        histories = _titled(histories)
        trained = {title: history for title, history in histories.items() if history is not None}
        if images is not None:
            _check_images(images)
        elif not trained:
            raise ValueError("trainings that are still to come need the images whose codes to show: give images=...")
        self._snapshots = {title: [] for title in histories} | _snapshots_of(trained, images)
        self._images, self._labels = images, labels
        self._count = len(images) if images is not None else len(next(iter(self._snapshots.values()))[0].mu)
        runs = [_run(title, history, self._snapshots[title]) for title, history in histories.items()]
        super().__init__(
            _runs=runs,
            **classes_of(labels, self._count),
            **{"epoch": max(len(run["numbers"]) for run in runs) - 1 if trained else 0, **kwargs},
        )
        self._followed = self.epoch  # the newest epoch: whoever is there goes along
        self._send_frames(
            {(run, epoch) for run, all in enumerate(self._snapshots.values()) for epoch in range(len(all))}
        )

    @property
    def _last(self) -> int:
        return max(0, *(len(run["numbers"]) - 1 for run in self._runs))

    @traitlets.validate("epoch")
    def _within(self, proposal):
        if not 0 <= proposal["value"] <= self._last:
            raise traitlets.TraitError(f"epoch must be from 0 to {self._last}; got {proposal['value']}")
        return proposal["value"]

    def follow(self, title: str) -> "Follower":
        """The callback that shows a training while it runs: `fit(..., callback=comparison.follow("both"))`.

        The codes are those in the history's snapshots, if `fit` was given `snapshot=vl.latent_snapshot(images)` with
        the same images; else the callback takes them itself. A second training with the same title replaces the first.
        """
        if title not in self._snapshots:
            raise ValueError(f"there is no training {title!r} in this comparison; it has {', '.join(self._snapshots)}")
        if self._images is None:
            raise ValueError(
                "to follow a training the comparison needs the images whose codes to show: "
                "LossComparison(titles, labels, images=images)"
            )
        return Follower(self, title)

    def _send_frames(self, which: set[tuple[int, int]]) -> None:
        """Sends the codes and decoded draws of these (run, epoch)."""
        values = {}
        for run, epoch in sorted(which):
            snapshot = list(self._snapshots.values())[run][epoch]
            values[f"_gaussians_{run}_{epoch}"] = as_bytes(torch.cat(tuple(snapshot), dim=-1))  # (N, 4): mu, sigma
            values[f"_samples_{run}_{epoch}"] = _samples_bytes(snapshot)
        holds = {"_gaussians": "float32", "_samples": "grey"}
        new = {name: holds[name.rsplit("_", 2)[0]] for name in values if not self.has_trait(name)}
        if new:
            self.add_traits(**{name: traitlets.Bytes().tag(sync=True, holds=kind) for name, kind in new.items()})
        with self.hold_sync():
            for name, value in values.items():
                setattr(self, name, value)

    def _record(self, title: str, history, snapshots: list[LatentSnapshot]) -> None:
        """Takes down what is known of a training by now: the newest snapshot is new."""
        run = list(self._snapshots).index(title)
        self._snapshots[title] = snapshots
        self._send_frames({(run, len(snapshots) - 1)})
        runs = list(self._runs)
        # The numbers of the epochs before stay as they are, once the names of the loss's terms are known.
        runs[run] = _run(title, history, snapshots, runs[run]["numbers"] if len(snapshots) > 2 else [])
        follows = self.epoch == self._followed
        last = max(0, *(len(one["numbers"]) - 1 for one in runs))
        with self.hold_sync(), self.hold_trait_notifications():
            self._runs = runs
            self._live = {"run": run, "epoch": history.epochs + 1, "extent": runs[run]["extent"]}
            self._followed = len(snapshots) - 1
            self.epoch = self._followed if follows else min(self.epoch, last)

    def _look(self, title: str, epoch: int, snapshot: LatentSnapshot) -> None:
        """Shows a moment within an epoch, of the first codes only."""
        with self.hold_sync():
            run = list(self._snapshots).index(title)
            self._live = {"run": run, "epoch": epoch, "extent": _extent(snapshot)}
            self._live_gaussians = as_bytes(torch.cat(tuple(snapshot), dim=-1))
            self._live_samples = _samples_bytes(snapshot)

    def _end(self) -> None:
        """Nothing is live any more, and whoever went along sees the last epoch."""
        follows, self._followed = self.epoch == self._followed, self._last
        if follows:
            self.epoch = self._last  # before the rest: the page lets a reader who has moved back stay there
        with self.hold_sync():
            self._live, self._live_gaussians, self._live_samples = {}, b"", b""

    def picture(self) -> Figure:
        """The latent spaces at the shown epoch, with the draws from the prior and the numbers."""
        columns = columns_of(len(self._runs))
        rows = -(-len(self._runs) // columns)
        width, height = 3.5 * columns, 4.9 * rows + 0.85  # inches; at the foot the legend and the caption
        figure = plt.figure(figsize=(width, height), dpi=100)
        for i, (run, snapshots) in enumerate(zip(self._runs, self._snapshots.values(), strict=True)):
            left, bottom = 3.5 * (i % columns), height - 4.9 * (1 + i // columns)
            space = figure.add_axes([(left + 0.45) / width, (bottom + 1.65) / height, 2.9 / width, 2.9 / height])
            space.locator_params(nbins=4)
            title = textwrap.shorten(run["title"], 32, placeholder=" …")
            if not snapshots:
                space.set_title(title, parse_math=False)
                space.set(xticks=[], yticks=[])
                space.text(0.5, 0.5, "not trained yet", ha="center", va="center")
                continue
            epoch = min(self.epoch, len(snapshots) - 1)
            plots.latent_scatter(snapshots[epoch].mu, self._labels, space, prior=True, extent=run["extent"])
            space.set_title(f"{title}, epoch {epoch}", parse_math=False)
            space.set(xlabel="", ylabel="")
            if _has_samples(snapshots[epoch]):
                place = (100 * (left + 0.45), 100 * (bottom + 0.1))  # in pixels; Axes of their own would take long
                figure.figimage(_sheet(snapshots[epoch].samples), *place, cmap="gray", vmin=0, vmax=1)
            style = {"size": 8, "va": "top", "linespacing": 1.35, "parse_math": False}
            names, texts = ("\n".join(part) for part in zip(*run["numbers"][epoch].items(), strict=True))
            figure.text((left + 1.75) / width, (bottom + 1.3) / height, names, **style)
            figure.text((left + 3.35) / width, (bottom + 1.3) / height, texts, ha="right", **style)
        for legend in figure.legends:
            legend.set_bbox_to_anchor((0.5, 0.5 / height))
        return figure

    def caption(self) -> str:
        """What the picture shows."""
        if not any(self._snapshots.values()):
            return "The trainings are still to come."
        return (
            "The codes of the same images after each training. Dashed: radius 1 and 2 around the prior's centre. "
            "Below: what each model decodes from the same sixteen draws of the prior, and the numbers of the epoch."
        )

    def __repr__(self) -> str:
        trained = f"over {self._last} epochs" if any(self._snapshots.values()) else "not trained yet"
        comma = " " if any(self._snapshots.values()) else ", "
        return f"LossComparison: {', '.join(self._snapshots)}; {self._count:,} codes{comma}{trained}."


class Follower:
    """The callback that `LossComparison.follow` gives: it shows one training while it runs.

    It looks at the model a few times a second, and at the end of each epoch, and leaves it as it was.
    """

    def __init__(self, comparison: LossComparison, title: str):
        self.comparison, self.title = comparison, title
        self.pace, self.history = Pace(), None

    def before_training(self, model: nn.Module, history) -> None:
        """Checks the model and shows its codes as they are now: epoch 0. Raises ValueError or TypeError."""
        latent_dim = getattr(model, "latent_dim", 2)
        if latent_dim != 2:
            raise ValueError(
                f"the comparison shows latent spaces of 2 dimensions; the model for {self.title!r} has {latent_dim}. "
                "Train one with latent_dim=2."
            )
        self.history, self.snapshots = history, []
        self._take(model, history)

    def after_batch(self, model: nn.Module, history) -> None:
        """Shows where the codes are now, if it is time for a look."""
        if history is not self.history:  # a callback that wraps this one may have passed on no beginning
            self.before_training(model, history)
        elif self.pace.due():
            with self.pace.look():
                snapshot = _snapshot(model, self.comparison._images[:LOOKED_AT])
                if all(torch.isfinite(part).all() for part in snapshot):
                    self.comparison._look(self.title, history.epochs + 1, snapshot)

    def __call__(self, model: nn.Module, history) -> None:
        """Takes down an epoch."""
        with self.pace.look():
            if history is not self.history:
                self.before_training(model, history)
            self._take(model, history)

    def after_training(self, model: nn.Module, history) -> None:
        """From now on the training can be scrubbed like any other."""
        if history is self.history:
            try:
                if len(self.snapshots) <= history.epochs:  # interrupted before the last epoch was taken down
                    self._take(model, history)
            finally:
                self.comparison._end()

    def _take(self, model: nn.Module, history) -> None:
        theirs = history.snapshots[len(self.snapshots) :][:1]
        images = self.comparison._images
        if not theirs or getattr(getattr(theirs[0], "mu", None), "shape", None) != (len(images), 2):
            theirs = [_snapshot(model, images)]
        if self.snapshots and not all(torch.isfinite(part).all() for part in theirs[0]):
            theirs = self.snapshots[-1:]  # that the training has gone wrong, `fit` says; the last good picture stays
        _check_snapshot(self.title, theirs[0])
        self.snapshots.append(theirs[0])
        self.comparison._record(self.title, history, list(self.snapshots))


def columns_of(runs: int) -> int:
    """How many stand side by side: three, but two of four."""
    return 2 if runs == 4 else min(runs, 3)


@contextmanager
def _evaluating(model: nn.Module):
    """The model in eval mode for a while."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)


def _snapshot(model: nn.Module, images: Tensor):
    with _evaluating(model):
        return sampled_snapshot(model, images)


def _titled(histories) -> dict:
    """{title: History, or None for a training that is still to come}, checked."""
    titled = isinstance(histories, (dict, list, tuple)) and all(isinstance(title, str) for title in histories)
    if not titled or not histories or len(set(histories)) < len(histories):
        raise ValueError(
            'there is nothing to compare: give {"title": history, ...}, or ["title", ...] of trainings that are still '
            f"to come, each title once; got {histories!r:.200}"
        )
    if len(histories) > MOST_RUNS:
        raise ValueError(f"a comparison holds {MOST_RUNS} trainings at most; got {len(histories)}")
    return histories if isinstance(histories, dict) else dict.fromkeys(histories)


def _check_images(images: Tensor) -> None:
    if not isinstance(images, Tensor) or images.ndim != 2 or not images.is_floating_point():
        got = f"a tensor {tuple(images.shape)}" if isinstance(images, Tensor) else type(images).__name__
        raise ValueError(f"images must be a tensor of shape (N, D), a row an image, of floats; got {got}")
    _check_count(len(images))
    if not torch.isfinite(images).all():
        raise ValueError("the images hold NaN or infinite values: repair or drop those rows")


def _check_count(count: int) -> None:
    if not 2 <= count <= MOST_CODES:
        raise ValueError(
            f"the comparison shows the codes of at least 2 images and of {MOST_CODES:,} at most; got {count:,}. "
            "Take some, such as vl.latent_snapshot(images[:2000])."
        )


def _snapshots_of(histories: dict, images: Tensor | None) -> dict[str, list[LatentSnapshot]]:
    """Each history's snapshots, checked, all of equally many images."""
    for title, history in histories.items():
        snapshots = getattr(history, "snapshots", None)
        if not isinstance(snapshots, list) or not snapshots or not all(hasattr(s, "mu") for s in snapshots):
            raise ValueError(
                f"the history {title!r} holds no latent snapshots: train a VAE with "
                "vl.fit(..., snapshot=vl.latent_snapshot(images)). (An autoencoder has points, no q(z|x): "
                "LatentExplorer shows those.)"
            )
        for snapshot in snapshots:
            _check_snapshot(title, snapshot)
        sizes = sorted({len(snapshot.mu) for snapshot in snapshots})
        if len(sizes) > 1:
            raise ValueError(
                f"the snapshots of {title!r} are of {sizes[0]} and of {sizes[-1]} images: take the same each time"
            )
    counts = {title: len(history.snapshots[0].mu) for title, history in histories.items()}
    if images is not None:
        counts["images"] = len(images)
    if len(set(counts.values())) > 1:
        raise ValueError(f"every history must have snapshots of the same images; got {counts} images")
    return {title: list(history.snapshots) for title, history in histories.items()}


def _check_snapshot(title: str, snapshot: LatentSnapshot) -> None:
    mu, sigma = snapshot
    if mu.ndim != 2 or mu.shape[1] != 2:
        raise ValueError(
            f"the comparison shows latent spaces of 2 dimensions; the snapshots of {title!r} have {mu.shape[-1]}. "
            "Train with latent_dim=2."
        )
    _check_count(len(mu))
    if not (torch.isfinite(mu).all() and torch.isfinite(sigma).all()):
        raise ValueError(f"the snapshots of {title!r} hold NaN or infinite values: its training diverged")


def _run(title: str, history, snapshots: list[LatentSnapshot], known: list[dict] = ()) -> dict:
    """What the page is told of a training, but for its codes and images.

    extent: of the map
    curves: {"held out" or "training": {term: [one number an epoch]}}
    numbers: [{name: text}], one for each epoch
    known: those of the first epochs, if they were computed before
    """
    if not snapshots:
        return {"title": title, "extent": extent_of(torch.zeros(0, 2)), "curves": {}, "numbers": []}
    kinds = {"held out": history.validation, "training": history.train}
    return {
        "title": title,
        "extent": _extent(snapshots[-1]),
        "curves": {kind: _shown(terms) for kind, terms in kinds.items() if terms},
        "numbers": [
            *known,
            *(_numbers(history, snapshots[epoch], epoch) for epoch in range(len(known), len(snapshots))),
        ],
    }


def _extent(snapshot: LatentSnapshot) -> list[float]:
    mu, sigma = snapshot
    return extent_of(torch.cat([mu + 2 * sigma, mu - 2 * sigma]))


def _has_samples(snapshot: LatentSnapshot) -> bool:
    """Whether there are decoded images, and square ones."""
    samples = getattr(snapshot, "samples", None)
    return isinstance(samples, Tensor) and samples.shape == (16, math.isqrt(samples[0].numel()) ** 2)


def _samples_bytes(snapshot: LatentSnapshot) -> bytes:
    return as_grey(snapshot.samples) if _has_samples(snapshot) else b""


def _sheet(samples: Tensor) -> np.ndarray:
    """Sixteen images (16, D) as one picture, four by four, about 112 pixels wide."""
    side = math.isqrt(samples.shape[1])
    sheet = samples.reshape(4, 4, side, side).swapaxes(1, 2).reshape(4 * side, 4 * side).numpy()
    return np.kron(sheet, np.ones((max(1, 28 // side),) * 2))


def _shown(terms: dict[str, list[float]]) -> dict[str, list[float | None]]:
    """The terms to show, in words: those of a VAE's loss if it has them, else all."""
    names = {name: word for name, word in TERMS.items() if name in terms} or {name: name for name in terms}
    return {word: [v if math.isfinite(v) else None for v in terms[name]] for name, word in names.items()}


def _numbers(history, snapshot: LatentSnapshot, epoch: int) -> dict[str, str]:
    """What stands below a latent space, in words and figures."""
    after = min(epoch, history.epochs) - 1
    terms = _shown(history.validation or history.train)
    unit = " nats" if set(terms) <= set(TERMS.values()) else ""
    texts = {name: "–" if after < 0 or v[after] is None else f"{v[after]:.1f}{unit}" for name, v in terms.items()}
    if not terms:  # before the first epoch nobody knows which they are; mostly these
        texts = dict.fromkeys(TERMS.values(), "–") if history.epochs == 0 else {}
    summary = summarize(snapshot)
    prior = torch.randn(500, 2, generator=torch.Generator().manual_seed(0))
    covered = coverage(prior, LatentSnapshot(*(part[:2000] for part in snapshot)))
    return {
        **texts,
        "mean |μ|": _rounded(summary.mean_abs_mu),
        "mean σ": _rounded(summary.mean_sigma),
        "active units": f"{summary.active_units} of 2",
        "prior covered": f"{100 * covered:.0f} %",
    }


def _rounded(number) -> str:
    return "< 0.0001" if number < 1e-4 else f"{number:.4f}" if number < 0.1 else f"{number:.2f}"
