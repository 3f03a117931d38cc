"""What is said of a training beside its codes: the curves of its loss, and the numbers of each epoch."""

import math
from collections.abc import Sequence
from typing import Any

import torch

from vaelab.diagnostics import LatentSnapshot, coverage, summarize
from vaelab.widgets.shared.base import extent_of

TERMS = {"reconstruction": "reconstruction", "kl": "KL", "total": "total"}  # what vl.VAELoss reports, and in words


def run_of(title: str, history: Any, snapshots: list[LatentSnapshot], known: Sequence[dict[str, str]] = ()) -> dict:
    """What the page is told of a training, but for its codes and images.

    title: of the training
    extent: of the map
    curves: {"held out" or "training": {term: [one number an epoch]}}
    numbers: [{name: text}], one for each epoch; `known` are those of the first epochs, if they were computed before
    """
    if not snapshots:
        return {"title": title, "extent": extent_of(torch.zeros(0, 2, device="cpu")), "curves": {}, "numbers": []}
    kinds = {"held out": history.validation, "training": history.train}
    return {
        "title": title,
        "extent": extent_of_gaussians(snapshots[-1]),
        "curves": {kind: _in_words(terms) for kind, terms in kinds.items() if terms},
        "numbers": [
            *known,
            *(_numbers(history, snapshots[epoch], epoch) for epoch in range(len(known), len(snapshots))),
        ],
    }


def extent_of_gaussians(snapshot: LatentSnapshot) -> list[float]:
    """The extent [z1 low, z1 high, z2 low, z2 high] of a map that holds nearly all Gaussians, two sigmas wide."""
    mu, sigma = snapshot
    return extent_of(torch.cat([mu + 2 * sigma, mu - 2 * sigma]))


def _in_words(terms: dict[str, list[float]]) -> dict[str, list[float | None]]:
    """The terms to show, in words: those of a VAE's loss if it has them, else all. None for what is not finite."""
    names = {name: word for name, word in TERMS.items() if name in terms} or {name: name for name in terms}
    return {word: [v if math.isfinite(v) else None for v in terms[name]] for name, word in names.items()}


def _numbers(history: Any, snapshot: LatentSnapshot, epoch: int) -> dict[str, str]:
    """What stands beside a latent space, in words and figures."""
    after = min(epoch, history.epochs) - 1
    terms = _in_words(history.validation or history.train)
    unit = " nats" if set(terms) <= set(TERMS.values()) else ""
    texts = {name: "–" if after < 0 or v[after] is None else f"{v[after]:.1f}{unit}" for name, v in terms.items()}
    if not terms:  # before the first epoch nobody knows which they are; mostly these
        texts = dict.fromkeys(TERMS.values(), "–") if history.epochs == 0 else {}
    summary = summarize(snapshot)
    mu, cpu = snapshot.mu, torch.device("cpu")
    prior = torch.randn(500, 2, generator=torch.Generator(cpu).manual_seed(0), dtype=torch.float32, device=cpu).to(mu)
    covered = coverage(prior, LatentSnapshot(*(part[:2000] for part in snapshot)))
    return {
        **texts,
        "mean |μ|": _rounded(summary.mean_abs_mu),
        "mean σ": _rounded(summary.mean_sigma),
        "active units": f"{summary.active_units} of 2",
        "prior covered": f"{100 * covered:.0f} %",
    }


def _rounded(number: float) -> str:
    return "< 0.0001" if number < 1e-4 else f"{number:.4f}" if number < 0.1 else f"{number:.2f}"
