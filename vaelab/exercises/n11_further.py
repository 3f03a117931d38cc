"""Exercises of notebook 11: the importance-weighted bound, and which dimensions are active."""

import math

import numpy as np
import torch

from vaelab import diagnostics
from vaelab.exercises.engine.check import Exercise
from vaelab.exercises.engine.prediction import Prediction


def importance_weighted_bound(log_w):
    """(11.2) for one set of K draws per image: log_w (B, K) -> (B,), in nats."""
    return log_w.logsumexp(1) - math.log(log_w.shape[1])


def log_weights(g):
    """log w: first such that can be done in one's head, then random ones, then such as exp can't hold."""
    tiny = ([[0.0, 0.0]], [[2.0]], [[0.0, math.log(3)], [math.log(5), 0.0]], [[-1000.0, -1000.0], [1000.0, 1000.0]])
    cases = [torch.tensor(log_w) for log_w in tiny]
    cases += [3 * torch.randn(shape, generator=g) - 2 for shape in ((1, 6), (7, 1), (4, 4), (3, 10), (8, 2))]
    noise = torch.randn(2, 20, generator=g, dtype=torch.float64)  # float32 has few digits left for such as -1130
    cases += [noise, 5 * noise - 1130]
    cases += [
        torch.tensor([[-1000.0, -1001.0, -990.0], [1000.0, 1001.0, 995.0], [0.0, -1000.0, -2000.0]]).double(),
        torch.tensor([[0.0, -math.inf, 0.0, 1.0]]),  # a draw that can't have made x
    ]
    return [{"log_w": log_w} for log_w in cases]


def counted(answer, **case):
    """A whole number of NumPy's is as good as one of Python's."""
    count = answer(**case)
    yield "", count.item() if isinstance(count, np.integer) else count


def codes(g):
    """mu and thresholds: first such that can be done in one's head, then random ones.

    No variance is near its threshold: whether one divides by N or by N - 1 is a convention, and must not matter.
    """
    tiny = [
        [[-2.0, 0.0, 7.0], [2.0, 0.0, 7.0]],
        [[0.0, 5.0], [0.0, 5.0], [0.0, 5.0]],
        [[-0.05, 3.0], [0.05, 4.0]],
    ]
    cases = [{"mu": torch.tensor(mu)} for mu in tiny]
    sigmas = torch.tensor([1.0, 0.01, 0.3, 0.05, 2.0, 0.02, 0.6, 0.04, 1.5, 0.4])
    for n, d in ((40, 10), (20, 3), (6, 6), (12, 2), (5, 9), (300, 3)):
        noise = torch.randn(n, d, generator=g)
        mu = sigmas[torch.randperm(10, generator=g)[:d]] * (noise - noise.mean(0)) / noise.std(0) + torch.randn(
            d, generator=g
        )
        cases += [{"mu": mu}, {"mu": mu, "threshold": 0.5}, {"mu": mu, "threshold": 1e-3}]
    dead = 0.02 * torch.randn(50, 4, generator=g, dtype=torch.float64) - 3
    return [*cases, {"mu": dead}, {"mu": dead, "threshold": 0.0}, {"mu": torch.zeros(8, 3), "threshold": 0.0}]


def _with_the_largest_kept(log_w):
    largest = log_w.max(1, keepdim=True).values
    return largest + (log_w - largest).exp().mean(1).log()


EXERCISES = [
    Exercise(
        "11.1",
        "the importance-weighted bound, from log weights",
        importance_weighted_bound,
        hints=(
            "In (11.2), what comes first, the mean over k or the logarithm? And of what is the mean: of w, or of "
            "log w, which is what you are given?",
            "So: exp of each log w, the mean over the K draws (dimension 1), then log. Try it on -1000. What is "
            "exp(-1000) on a computer?",
            "log of a sum of exponentials has a function of its own, torch.logsumexp. It takes out the largest "
            "log w first, so that nothing under- or overflows.",
            "The mean is the sum divided by K. Under the logarithm, the division becomes a difference: minus log K.",
            "log_w.logsumexp(1) - math.log(K), and K is log_w.shape[1].",
        ),
        cases=log_weights,
        differentiable=("log_w",),
        wrong={
            "That is the mean of the logarithms: the ELBO, estimated with K draws. It gets steadier with more draws, "
            "but no tighter. In (11.2) the logarithm comes after the mean.": lambda log_w: log_w.mean(1),
            "That is too large by log K: the logarithm of the sum of the weights, and (11.2) has their mean.": (
                lambda log_w: log_w.logsumexp(1)
            ),
            "The log K has the wrong sign: dividing by K inside the logarithm takes log K away.": (
                lambda log_w: log_w.logsumexp(1) + math.log(log_w.shape[1])
            ),
            "You divide by K after the logarithm. The division belongs inside, where it makes the sum a mean.": (
                lambda log_w: log_w.logsumexp(1) / log_w.shape[1]
            ),
            "The axes are swapped: the mean goes over the images, and the draws are left. Each image should keep its "
            "own bound.": lambda log_w: log_w.logsumexp(0) - math.log(log_w.shape[0]),
            "The formula is right, but exp(-1000) is 0 on a computer, and exp(1000) infinite. Log weights of images "
            "are of that size, so the exponentials must never be taken as they are.": (
                lambda log_w: log_w.exp().mean(1).log()
            ),
            "The mean over the images is taken, too, and one number is left. Each image should keep its own bound.": (
                lambda log_w: (log_w.logsumexp(1) - math.log(log_w.shape[1])).mean()
            ),
            "You took out the largest log weight, so that nothing overflows, and did not put it back: it has to be "
            "added after the logarithm.": (
                lambda log_w: (log_w - log_w.max(1, keepdim=True).values).exp().mean(1).log()
            ),
            "The largest log weights meet the wrong axis: taking (B,) from (B, K) lines the images up with the draws. "
            "Keep the dimension: log_w.max(1, keepdim=True).": (
                lambda log_w: log_w.max(1).values + (log_w - log_w.max(1).values).exp().mean(1).log()
            ),
            "(B, 1) plus (B,) makes (B, B). Take the kept dimension away again before adding.": _with_the_largest_kept,
            "One largest log weight is taken out of all images. Each image needs its own: beside a much larger one its "
            "exponentials are 0 again.": lambda log_w: log_w.max() + (log_w - log_w.max()).exp().mean(1).log(),
            "That is the largest log weight alone. It often dominates the mean, but the others count too.": (
                lambda log_w: log_w.max(1).values
            ),
            "The logarithm is missing: that is the mean of the weights themselves, the estimate of p(x).": (
                lambda log_w: log_w.exp().mean(1)
            ),
        },
    ),
    Exercise(
        "11.2",
        "how many latent dimensions are active",
        diagnostics.active_units,
        hints=(
            "(11.4) asks of each dimension j: does its mean move from image to image? So the variance goes over what, "
            "and what is left?",
            "mu has one row per image, (N, D). The variance over the images is that over dimension 0, and leaves (D,).",
            "Compare each of the D variances with the threshold: True or False for each dimension.",
            "True counts as 1: (mu.var(0) > threshold).sum().",
        ),
        cases=codes,
        observe=counted,
        wrong={
            "The axes are swapped: that is the variance over the dimensions of one image, and you count images.": (
                lambda mu, threshold=0.01: int((mu.var(1) > threshold).sum())
            ),
            "You compare the standard deviation with the threshold, or, which is the same, the variance with the "
            "square of the threshold. (11.4) compares the variance with the threshold itself.": (
                lambda mu, threshold=0.01: int((mu.std(0) > threshold).sum())
            ),
            "That is the mean of mu², not its variance. A dimension that gives 5 for every image is far from 0, but it "
            "says nothing.": lambda mu, threshold=0.01: int(((mu**2).mean(0) > threshold).sum()),
            "That asks whether the mean code is away from 0. A dimension that is 5 for every image says nothing; one "
            "that is -2 or 2 says something.": (lambda mu, threshold=0.01: int((mu.mean(0).abs() > threshold).sum())),
            "len counts all dimensions, True or not. The sum of True and False counts the True.": (
                lambda mu, threshold=0.01: len(mu.var(0) > threshold)
            ),
            "That is the sum of the squares. A variance is their mean.": (
                lambda mu, threshold=0.01: int((((mu - mu.mean(0)) ** 2).sum(0) > threshold).sum())
            ),
            "You count the dead: a dimension is active if its variance lies *above* the threshold.": (
                lambda mu, threshold=0.01: int((mu.var(0) < threshold).sum())
            ),
            "That is one variance for all dimensions together. Each dimension has its own, and is active or not.": (
                lambda mu, threshold=0.01: int(mu.var() > threshold)
            ),
            "That is the share of the active dimensions, and their number is asked for.": (
                lambda mu, threshold=0.01: (mu.var(0) > threshold).double().mean().item()
            ),
            "That says which dimensions are active. How many are there?": (
                lambda mu, threshold=0.01: mu.var(0) > threshold
            ),
            "The threshold is always 0.01. Whoever calls active_units may want another one.": (
                lambda mu, threshold=0.01: int((mu.var(0) > 0.01).sum())
            ),
        },
    ),
]

PREDICTIONS = [
    Prediction(
        "11a",
        "In the toy the ELBO lies 0.46 nats below log p(x), as the best Gaussian q sits on one of the posterior's two "
        "humps. How many draws K bring the importance-weighted bound to within 0.1 nats of log p(x)?",
        options=("about 10", "about 1,000", "about 100,000", "more than a million"),
        answer="more than a million",
        because="The draws come from q, and q hardly ever looks at the second hump: 31 % of the posterior lies below "
        "0, but only 0.5 % of q's draws fall there, on the side of the hump nearest to 0. The gap can be computed "
        "without draws, as an integral. The next cell does so, for up to ten million draws.",
    ),
    Prediction(
        "11b",
        "A VAE's decoder is changed so that it also sees, for each pixel, the pixels before it. The held-out total "
        "falls. What becomes of the KL, the nats that the code says about its image?",
        options=(
            "it rises: the better model makes more of its code",
            "it stays: the code says what it said before",
            "it falls: what the neighbouring pixels tell, the code need not say",
        ),
        answer="it falls: what the neighbouring pixels tell, the code need not say",
        because="Each nat of the code is paid for in the KL. What the decoder can read off the pixels before comes for "
        "free, so a code that repeats it costs nats and brings none.",
    ),
]
