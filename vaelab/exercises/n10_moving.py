"""Exercises of notebook 10: walking between two codes, and a direction with a name."""

import torch

from vaelab.exercises.engine.check import Exercise
from vaelab.exercises.engine.prediction import Prediction


def interpolate(start, end, steps):
    """The straight line (10.2), at `steps` equally spaced t: (D,), (D,) -> (steps, D).

    The first row is start, the last is end.
    """
    t = torch.linspace(0, 1, steps)[:, None]  # (steps, 1)
    return (1 - t) * start + t * end


def ends(g):
    """Pairs of codes and a number of steps: first such that can be done in one's head, then random ones."""
    tiny = [([0.0], [10.0], 3), ([1.0, 4.0], [3.0, 0.0], 5), ([2.0, -1.0, 5.0], [3.0, 1.0, 5.0], 2)]
    cases = [{"start": torch.tensor(a), "end": torch.tensor(b), "steps": steps} for a, b, steps in tiny]
    for d, steps in ((2, 10), (4, 4), (6, 3), (1, 7), (784, 5)):
        start, end = 3 * torch.randn(2, d, generator=g) + 1
        cases.append({"start": start, "end": end, "steps": steps})
    return [
        *cases,
        {"start": torch.full((3,), 2.5), "end": torch.full((3,), 2.5), "steps": 4},  # no way to go
        {"start": torch.zeros(2), "end": torch.tensor([-1e4, 1e-3]), "steps": 6},
    ]


def _at(start, end, t):
    return start + t[:, None] * (end - start)


def attribute_direction(mu, score):
    """(10.4): mu (N, D), score (N,) -> (D,), from low scores to high ones."""
    high = score > score.median()
    return mu[high].mean(0) - mu[~high].mean(0)


def scored_codes(g):
    """Codes with scores: first such that can be done in one's head, then random ones; never two scores alike."""
    tiny = [
        ([[0.0], [1.0], [5.0], [10.0]], [-1.0, 2.0, 3.0, 40.0]),
        ([[1.0, 0.0], [3.0, 2.0], [2.0, 6.0]], [0.5, 0.1, 0.9]),
        ([[0.0, 4.0], [2.0, 4.0]], [-3.0, -5.0]),
    ]
    cases = [{"mu": torch.tensor(mu), "score": torch.tensor(score)} for mu, score in tiny]
    for n, d in ((9, 3), (4, 4), (5, 5), (20, 1), (3, 7), (40, 2)):
        score = torch.randn(n, generator=g).exp() + torch.randn(1, generator=g)  # skewed: its mean is not its median
        mu = torch.randn(n, d, generator=g) * torch.arange(1, d + 1) + 2 + score[:, None]
        cases.append({"mu": mu, "score": score})
    mu, score = torch.randn(11, 2, generator=g, dtype=torch.float64), torch.randn(11, generator=g)
    return [*cases, {"mu": mu, "score": score.double()}]


def _difference(mu, high):
    return mu[high].mean(0) - mu[~high].mean(0)


def _cut_in_the_middle(mu, score):
    order, half = score.argsort(), len(score) // 2
    return mu[order[half:]].mean(0) - mu[order[:half]].mean(0)


def _signs(score):
    return torch.where(score > score.median(), 1, -1)[:, None]  # (N, 1)


EXERCISES = [
    Exercise(
        "10.1",
        "the straight line between two codes",
        interpolate,
        hints=(
            "Where is z(t) at t = 0, where at t = 1, and where halfway? Then: which values of t make 10 points, the "
            "first at 0 and the last at 1?",
            "torch.linspace(0, 1, steps) gives them, both ends included. Ten points have nine gaps.",
            "t has the shape (steps,), start has (D,). To multiply each t with the whole of start, t has to be a "
            "column: t[:, None] has the shape (steps, 1), and (steps, 1) times (D,) is (steps, D).",
            "With t = torch.linspace(0, 1, steps)[:, None] the answer is (10.2) as it stands.",
        ),
        cases=ends,
        wrong={
            "You walk from end to start: the weights are exchanged. At t = 0 one should stand on start.": (
                lambda start, end, steps: _at(end, start, torch.linspace(0, 1, steps))
            ),
            "Start never fades: its weight stays 1, so you arrive at start + end. The two weights must sum to 1.": (
                lambda start, end, steps: start + torch.linspace(0, 1, steps)[:, None] * end
            ),
            "You leave from the origin, not from start: the difference of the ends is only the way between them.": (
                lambda start, end, steps: _at(0 * start, end - start, torch.linspace(0, 1, steps))
            ),
            "You never arrive: the last point falls short of end. Between both ends lie as many gaps as there are "
            "points, less one.": lambda start, end, steps: _at(start, end, torch.arange(steps) / steps),
            "You never arrive: torch.arange leaves out its end. torch.linspace has both.": (
                lambda start, end, steps: _at(start, end, torch.arange(0, 1, 1 / (steps - 1)))
            ),
            "All rows are one and the same tensor, which += changes each time. point = point + step makes a new one.": (
                lambda start, end, steps: (start + steps * (end - start) / (steps - 1)).expand(steps, -1)
            ),
            "You never set out: the first point is already one step away from start.": (
                lambda start, end, steps: _at(start, end, torch.arange(1, steps + 1) / steps)
            ),
            "Both ends are left out. The first row should be start, and the last one end.": (
                lambda start, end, steps: _at(start, end, torch.linspace(0, 1, steps + 2)[1:-1])
            ),
            "That is one point too many: `steps` counts the points, not the gaps between them.": (
                lambda start, end, steps: _at(start, end, torch.linspace(0, 1, steps + 1))
            ),
            "t lies along the last axis, as the coordinates do, so each t multiplies only one of them. Make t a "
            "column.": lambda start, end, steps: start + torch.linspace(0, 1, steps) * (end - start),
            "The axes are swapped: each point of the walk should be a row, as the decoder takes rows.": (
                lambda start, end, steps: _at(start, end, torch.linspace(0, 1, steps)).T
            ),
        },
    ),
    Exercise(
        "10.2",
        "a direction in the latent space with a name",
        attribute_direction,
        hints=(
            "(10.4) has two steps: cut the images into two halves by their score, then compare the mean codes of the "
            "two halves. What says, for each image, in which half it is?",
            "high = score > score.median() holds True or False for each image, and ~high is the other half.",
            "mu[high] are the rows of mu in the upper half. Their mean over the images, dimension 0, is one code, "
            "(D,).",
            "mu[high].mean(0), minus the same for ~high.",
        ),
        cases=scored_codes,
        wrong={
            "It points the other way, from high scores to low ones: the difference is taken the wrong way round.": (
                lambda mu, score: _difference(mu, score <= score.median())
            ),
            "You cut at the mean of the scores. A few extreme ones move it, and the halves are no longer halves: "
            "(10.4) has the median.": lambda mu, score: _difference(mu, score > score.mean()),
            "You cut at a score of 0. Whether that is in the middle depends on the score: (10.4) cuts at the "
            "median.": lambda mu, score: _difference(mu, score > 0),
            "The image whose score is the median is in the wrong half: (10.4) has > for the upper one and ≤ for the "
            "lower.": (lambda mu, score: _difference(mu, score >= score.median())),
            "That is where the upper half lies, and not how to get there. The mean of the lower half has to be "
            "subtracted.": lambda mu, score: mu[score > score.median()].mean(0),
            "You compare the upper half with all images. Half of those are the upper half itself, so the step comes "
            "out too short.": lambda mu, score: mu[score > score.median()].mean(0) - mu.mean(0),
            "You compare the sums of the codes, not their means: with more images the same direction would come out "
            "longer.": lambda mu, score: mu[score > score.median()].sum(0) - mu[score <= score.median()].sum(0),
            "The length is gone: it was set to 1. In (10.4) the length says how far apart the two halves are.": (
                lambda mu, score: torch.nn.functional.normalize(_difference(mu, score > score.median()), dim=0)
            ),
            "With an odd number of images, the one in the middle is in the wrong half: by (10.4) its score is ≤ the "
            "median.": _cut_in_the_middle,
            "The other half counts as zeros: the sum of a half is to be divided by the number of its own images.": (
                lambda mu, score: (mu * _signs(score)).mean(0)
            ),
            "The image whose score is the median is in neither half: (10.4) has ≤ for the lower one.": (
                lambda mu, score: mu[score > score.median()].mean(0) - mu[score < score.median()].mean(0)
            ),
            "The mean goes over everything, images and dimensions, and one number is left. A direction has D of "
            "them.": lambda mu, score: mu[score > score.median()].mean() - mu[score <= score.median()].mean(),
        },
    ),
]

PREDICTIONS = [
    Prediction(
        "10a",
        "A straight line leads from the code of a 1 to the code of a 0. What does the decoder draw halfway?",
        options=(
            "one shape on the way from the 1 to the 0, perhaps of another digit",
            "the 1 and the 0 on top of each other, each at half strength",
            "noise: no image has its code there",
            "the average of all digits: no image has its code there",
        ),
        answer="one shape on the way from the 1 to the 0, perhaps of another digit",
        because="Neighbouring points decode to similar images, so along the line the shape changes bit by bit. "
        "Where it passes through the region of another digit, that digit is what one sees. Only at a border may one "
        "see two at once, and these need not be the two ends.",
    ),
    Prediction(
        "10b",
        "Four VAEs are trained for three epochs, with the weights β = 0.01, 0.5, 1 and 16 on the KL. Then, on held-out "
        "images, the two terms are summed without a weight. Which model has the smallest sum in this run?",
        options=(
            "β = 0.01, which reconstructs best",
            "β = 0.5, which was trained on another sum",
            "β = 1, which was trained on this sum",
            "β = 16, whose KL is smallest",
        ),
        answer="β = 0.5, which was trained on another sum",
        because="On the training images no model beats the optimum of β = 1, as the sum is minus the ELBO. But three "
        "epochs are not the optimum. A likely reason: at first a code is expensive and does not help much yet. The "
        "full weight keeps it short for long, and half the weight lets it learn sooner. With five seeds, β = 0.5 was "
        "ahead each time, by 1 to 7 nats (`make claims` runs them).",
    ),
]
