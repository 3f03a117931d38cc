"""Numbers that say what a latent space is like: how far it spreads, how much of it is used, where its holes are."""

import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import torch
from torch import Tensor

from vaelab import arguments
from vaelab.any_model import CannotDecode, VariationalModel, decoded, device_of, encoded, evaluating


class LatentSnapshot(NamedTuple):
    """The Gaussians q(z|x) of some images at one moment of the training: mu and sigma, (N, latent_dim) each."""

    mu: Tensor
    sigma: Tensor


class SampledSnapshot(LatentSnapshot):
    """A LatentSnapshot, and what the model drew at that moment: it unpacks into mu and sigma, as any other does.

    samples: (16, ...), in [0, 1], the images decoded from sixteen draws of the prior, the same for every model and
        every moment; None where the model can't decode, or after `_replace`
    """

    samples: Tensor | None = None


class LatentSummary(NamedTuple):
    """One number each for where the Gaussians q(z|x) of a set of images lie.

    mean_abs_mu: the mean of |mu_j| over images and latent dimensions
    mean_sigma: the mean of sigma_j over the same
    active_units: how many latent dimensions carry information about x, see `active_units`
    """

    mean_abs_mu: float
    mean_sigma: float
    active_units: int


def gaussians(model: VariationalModel, images: Tensor) -> LatentSnapshot:
    """mu and sigma, (N, D) each on the CPU, of q(z|x) for images (N, ...) on any device.

    Raises TypeError or ValueError for what are no images, and for a model whose encode doesn't give mu and logvar.
    """
    arguments.images("images", images)
    with evaluating(model):
        codes = [encoded(model, part.to(device_of(model), copy=True)) for part in images.split(1000)]
    mu, logvar = (torch.cat(parts).cpu() for parts in zip(*codes, strict=True))
    return LatentSnapshot(mu, torch.exp(0.5 * logvar))


def latent_snapshot(images: Tensor) -> Callable[[VariationalModel], SampledSnapshot]:
    """For `fit(..., snapshot=latent_snapshot(images))`: the Gaussians of these images after each epoch.

    With them go the images that the model decodes from sixteen draws of the prior, see `SampledSnapshot`.
    """
    arguments.images("images", images)
    return lambda model: sampled_snapshot(model, images)


def sampled_snapshot(model: VariationalModel, images: Tensor) -> SampledSnapshot:
    """The `gaussians` of images (N, ...), and what the model decodes now from sixteen draws z ~ N(0, I)."""
    snapshot = SampledSnapshot(*gaussians(model, images))
    mu, generator = snapshot.mu, torch.Generator("cpu").manual_seed(0)
    z = torch.randn(16, mu.shape[1], generator=generator, dtype=mu.dtype, device="cpu")
    with evaluating(model), suppress(CannotDecode):
        snapshot.samples = decoded(model, z.to(device_of(model))).cpu()
    return snapshot


def summarize(snapshot: LatentSnapshot) -> LatentSummary:
    """The numbers of `LatentSummary` for one snapshot.

    >>> summarize(LatentSnapshot(mu=torch.tensor([[-1.0, 0.0], [1.0, 0.0]]), sigma=torch.ones(2, 2)))
    LatentSummary(mean_abs_mu=0.5, mean_sigma=1.0, active_units=1)
    """
    mu, sigma = _checked(snapshot)
    return LatentSummary(mu.abs().mean().item(), sigma.mean().item(), active_units(mu))


def active_units(mu: Tensor, threshold: float = 0.01) -> int:
    """How many latent dimensions j have Var_x(mu_j) > threshold: mu (N, D), one row per image.

    Source: Burda, Grosse and Salakhutdinov, Importance Weighted Autoencoders, 2016, section 5.2.
    """
    _check_means(mu, threshold)
    return int((mu.var(0) > threshold).sum())


def coverage(z: Tensor, snapshot: LatentSnapshot, radius: float = 2.0) -> float:
    """The share of points z (M, D) that lie within `radius` sigmas of some image's Gaussian, those of the snapshot.

    Within: sum_j ((z_j - mu_j) / sigma_j)^2 <= radius^2 for at least one image. What lies outside, the decoder has
    hardly been shown in training: in two dimensions a Gaussian has 86 % of its mass within two sigmas. With draws from
    the prior as z, one minus this is the share of the prior that is holes. More images cover more, so compare with
    equally many; and it says nothing of whether the decoded image is any good: codes that know nothing of x can cover
    everything.

    >>> one = LatentSnapshot(mu=torch.zeros(1, 2), sigma=torch.ones(1, 2))
    >>> coverage(torch.tensor([[0.0, 1.9], [0.0, 2.1]]), one)
    0.5
    """
    mu, sigma = _checked(snapshot)
    _check_points("z", z, like=mu)
    arguments.number("radius", radius, least=0)
    covered = 0
    for part in z.split(200):
        distance2 = (((part[:, None] - mu) / sigma) ** 2).sum(-1)  # (M, N)
        covered += int((distance2.amin(1) <= radius**2).sum())
    return covered / len(z)


def nearest_distance(z: Tensor, codes: Tensor) -> Tensor:
    """The distance from each point z (M, D) to the nearest of the codes (N, D): (M,)."""
    _check_points("codes", codes)
    _check_points("z", z, like=codes)
    precision = torch.promote_types(torch.promote_types(z.dtype, codes.dtype), torch.float32)
    z, codes = z.to(precision), codes.to(precision)
    # Not by way of a matrix product, which cancels where the distance is small against the numbers.
    exactly = "donot_use_mm_for_euclid_dist"
    # A hundred points at a time: with more, the distances to 60,000 codes would be new memory for each part.
    return torch.cat([torch.cdist(part, codes, compute_mode=exactly).amin(1) for part in z.split(100)])


def neighbour_accuracy(codes: Tensor, labels: Tensor, k: int = 10) -> float:
    """The share of codes (N, D) whose label is the commonest one among their k nearest other codes.

    It asks how much of the class a code still tells: 1 / (number of classes) when the code says nothing.
    """
    _check_points("codes", codes)
    labels = _checked_labels(labels, len(codes))
    if not 1 <= arguments.whole_number("k", k) < len(codes):
        raise ValueError(f"k, the number of neighbours, must be below the number of codes, {len(codes)}; got {k}")
    right = 0
    for part, truth, first in zip(codes.split(500), labels.split(500), range(0, len(codes), 500), strict=True):
        distance = torch.cdist(part, codes)
        rows = torch.arange(len(part), device=distance.device)
        distance[rows, first + rows] = math.inf  # a code is not its own neighbour
        nearest = labels[distance.topk(k, largest=False).indices.cpu()]  # (n, k)
        right += int((nearest.mode(1).values == truth).sum())
    return right / len(codes)


def prior_grid(rows: int) -> Tensor:
    """Points that cut the prior N(0, I) into cells of equal probability: (rows * rows, 2), top row first.

    Their coordinates are the normal quantiles of (i + 1/2) / rows, so decoded they show what the prior would draw.

    >>> prior_grid(2)
    tensor([[-0.6745,  0.6745],
            [ 0.6745,  0.6745],
            [-0.6745, -0.6745],
            [ 0.6745, -0.6745]])
    """
    rows = arguments.whole_number("rows", rows)
    quantiles = torch.special.ndtri((torch.arange(rows, device="cpu") + 0.5) / rows)
    return torch.cartesian_prod(quantiles.flip(0), quantiles).flip(1)


def _check_points(name: str, points: Tensor, like: Tensor | None = None) -> None:
    """Raises TypeError or ValueError for what is no (N, D) of finite floats, D as `like` has it."""
    arguments.floats(name, points, "(N, D), a point a row")
    if points.ndim != 2 or points.numel() == 0:
        raise ValueError(f"{name} must be of shape (N, D), a point a row, and at least one; got {tuple(points.shape)}")
    if like is not None and points.shape[1] != like.shape[1]:
        raise ValueError(f"{name} must have {like.shape[1]} dimensions, as the codes have; got {points.shape[1]}")
    if not points.isfinite().all():
        raise ValueError(f"{name} holds NaN or infinite values: repair or drop those rows")


def _check_means(mu: Tensor, threshold: float) -> None:
    """Raises TypeError or ValueError for what are no means of several images, or no bound of a variance."""
    _check_points("mu", mu)
    if len(mu) < 2:
        raise ValueError("mu must be the means of at least two images, as their variance is asked for; got one")
    arguments.number("threshold", threshold, least=0)


def _checked(snapshot: LatentSnapshot) -> LatentSnapshot:
    """mu and sigma, if they are those of some images."""
    if not isinstance(snapshot, tuple) or len(snapshot) != 2:
        raise TypeError(
            "snapshot must be mu and sigma of some images, vl.gaussians(model, images) or one of history.snapshots; "
            f"got {arguments.described(snapshot)}"
        )
    mu, sigma = snapshot
    _check_points("snapshot.mu", mu)
    _check_points("snapshot.sigma", sigma)
    if not (sigma > 0).all():
        raise ValueError(
            f"snapshot.sigma must be above 0; got {sigma.min().item():g}. If it is logvar, take "
            "vl.gaussians(model, images), which gives mu and sigma"
        )
    if mu.shape != sigma.shape:
        raise ValueError(
            f"the snapshot's mu and sigma must have the same shape; got {tuple(mu.shape)} and {tuple(sigma.shape)}"
        )
    return LatentSnapshot(mu, sigma)


def _checked_labels(labels: Any, count: int) -> Tensor:
    """One whole number for each code, as a tensor: of names, their places in the alphabet."""
    return torch.from_numpy(arguments.classes(labels, count)[1])
