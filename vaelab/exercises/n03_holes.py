"""Exercises of notebook 03: how far a point is from any code, and what that says of a distribution to draw from."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from vaelab import diagnostics
from vaelab.exercises.engine.check import Answer, Case, Exercise
from vaelab.exercises.engine.prediction import Prediction

# 3.1: the distance to the nearest code


def points_and_codes(g: Generator) -> list[Case]:
    """Points and codes: some for the head, then several shapes, and points that are codes."""
    pairs = [
        ([[0.0, 0.0]], [[3.0, 4.0], [10.0, 0.0]]),
        ([[0.0], [7.0]], [[1.0], [2.0], [9.0]]),
        ([[0.0, 0.0], [5.0, 1.0]], [[4.0, 0.0], [0.0, 3.0]]),
    ]
    cases = [(torch.tensor(z), torch.tensor(codes)) for z, codes in pairs]
    for m, n, d in ((5, 3, 2), (2, 6, 3), (1, 4, 2), (4, 1, 2), (3, 3, 3), (6, 5, 1), (3, 20, 16)):
        cases.append((torch.randn(m, d, generator=g), torch.randn(n, d, generator=g)))
    codes = torch.randn(20, 16, generator=g) / 100
    cases += [(codes[3:13], codes), (codes.double() + 1, codes.double())]
    return [{"z": z, "codes": codes} for z, codes in cases]


def of_distances(choose: Callable[[Tensor], Tensor]) -> Answer:
    """What `choose` makes of the distances (M, N)."""
    return lambda z, codes: choose((z[:, None] - codes).norm(dim=-1))


nearest = Exercise(
    "3.1",
    "the distance to the nearest code",
    diagnostics.nearest_distance,
    hints=(
        "A hole is where no code is near. Of the distances from one z to all codes, which one says so?",
        "torch.cdist(z, codes) has a row for each z: its distances to the N codes. Its shape is (M, N).",
        "For each z, the smallest over the codes is wanted, so that (M,) remains. Which dimension has to go?",
        "torch.cdist(z, codes), and then .amin(...) over dimension 1, that of the N codes.",
    ),
    cases=points_and_codes,
    atol=1e-4,  # by way of |z|^2 + |c|^2 - 2 z c it is right too, to within the root of a rounding error
    wrong={
        "That is the mean distance over all codes. Even a point right beside a code is far from most others: d(z) asks "
        "for the nearest.": of_distances(lambda distance: distance.mean(1)),
        "That is the distance to the mean of all codes. The mean may lie in a hole itself.": (
            lambda z, codes: (z - codes.mean(0)).norm(dim=-1)
        ),
        "The squared distance: the root is missing. R is a ratio of lengths.": (
            of_distances(lambda distance: distance.amin(1) ** 2)
        ),
        "The other way round: for each code the distance to the nearest point, of shape (N,). Here each point z is "
        "asked, and the codes are what the minimum is taken over.": of_distances(lambda distance: distance.amin(0)),
        "One number for all points: the smallest distance there is. Each z has a distance of its own.": (
            of_distances(lambda distance: distance.min())
        ),
        "That says which code is nearest, by its index. How far it is was asked.": (
            of_distances(lambda distance: distance.argmin(1))
        ),
        "Over one dimension, min gives two things: the values, and where they are. Only the values are wanted.": (
            of_distances(lambda distance: distance.min(1))
        ),
    },
)

# 3.2 and 3.3: what many distances say


def distance_ratio(d, usual):
    """R of (3.2): d (M,) of the draws, usual (n,) of held-out images -> one number."""
    return float(d.median() / usual.median())


def share_in_holes(d, usual):
    """The share of d (M,), of the draws, beyond 95 % of usual (n,), of held-out images -> one number in [0, 1]."""
    return (d > usual.quantile(0.95)).double().mean().item()


def distances_of_both(g: Generator) -> list[Case]:
    """The distances of draws, and of held-out images: odd numbers of them, so that every definition of a median agrees.

    There are 20 k + 1 of the latter, so that those of a quantile do too; and no draw lies on it.
    """
    pairs = [([4.0, 6.0, 50.0], [1.0, 2.0, 9.0]), ([10.0, 0.5, 8.0, 1.0, 0.5], [2.0, 1.0, 6.0])]
    cases = [(torch.tensor(d), torch.tensor(usual)) for d, usual in pairs]
    for m, n, factor in ((41, 21, 1), (101, 41, 1.5), (1, 61, 0.8), (21, 101, 3), (21, 21, 2)):
        d, usual = torch.randn(m, generator=g).exp(), torch.randn(n, generator=g).exp()
        cases.append((factor * d, usual))
    even = torch.linspace(1, 2, 101)[torch.randperm(101, generator=g)]
    cases.append((1 + 1.2 * torch.rand(41, generator=g), even))  # some lie between its 95 % and its largest
    cases += [(d.double(), usual.double()), (torch.zeros(5), usual), (usual + 100, usual)]
    return [{"d": d, "usual": usual} for d, usual in cases]


ratio = Exercise(
    "3.2",
    "the ratio R",
    distance_ratio,
    hints=(
        "Which of the two is the yardstick, and so stands below the line in (3.2)?",
        "d and usual hold the distances already, one for each draw and one for each image: no new minimum is needed.",
        "d.median() and usual.median() are one number each. Divide one by the other.",
    ),
    cases=distances_of_both,
    wrong={
        "Upside down: that is how much nearer the draws are. The yardstick, the held-out images, stands below the "
        "line.": lambda d, usual: (usual.median() / d.median()).item(),
        "The ratio of the means. A few draws that are very far away pull a mean along, and the median stays: (3.2).": (
            lambda d, usual: (d.mean() / usual.mean()).item()
        ),
        "That is a difference, which grows with the scale of the code space. The scale is an accident, and a ratio "
        "does not depend on it.": lambda d, usual: (d.median() - usual.median()).item(),
        "The ratio of the smallest distances. The minimum in (3.2) is over the codes, and done with. Over the draws it "
        "is the median.": lambda d, usual: (d.min() / usual.min()).item(),
        "A number for each draw, in units of the yardstick. Of them the median is wanted.": (
            lambda d, usual: d / usual.median()
        ),
    },
)

share = Exercise(
    "3.3",
    "the share in holes",
    share_in_holes,
    hints=(
        "Whose distances decide how far is too far, those of the draws or those of the held-out images?",
        "usual.quantile(0.95) is the distance that 95 % of the held-out images stay within.",
        "A comparison such as a > b gives true or false for each draw. As numbers, .double(), these are 1 or 0, and "
        "their mean is the share.",
        "Compare d with usual.quantile(0.95), and take .double().mean() of that.",
    ),
    cases=distances_of_both,
    wrong={
        "That is the share that is not in holes: those farther away count, not those within.": (
            lambda d, usual: (d < usual.quantile(0.95)).double().mean().item()
        ),
        "The limit is taken from the draws themselves, and of anything about 5 % are beyond its own 95 %. The held-out "
        "images set the limit.": lambda d, usual: (d > d.quantile(0.95)).double().mean().item(),
        "The limit is the median of the held-out images. Half of all new images are beyond that, and are in no hole.": (
            lambda d, usual: (d > usual.median()).double().mean().item()
        ),
        "The limit is the distance that 5 % of the images stay within. It should be the one that 95 % do.": (
            lambda d, usual: (d > usual.quantile(0.05)).double().mean().item()
        ),
        "That is how many draws are in holes. The share is their number divided by that of all draws.": (
            lambda d, usual: (d > usual.quantile(0.95)).sum().item()
        ),
    },
)

EXERCISES = [nearest, ratio, share]

PREDICTIONS = [
    Prediction(
        "3a",
        "We multiply the encoder's last layer by 128, and divide the weights of the decoder's first layer by 128, but "
        "not its bias. What becomes of the loss?",
        (
            "it gets much worse: the decoder was trained for codes of another size",
            "it stays as it is",
            "it changes by a factor of 128",
            "it changes a little, as the bias now has another weight",
        ),
        answer="it stays as it is",
        because="The decoder's first layer computes W z + b. With weights W / 128 and a code 128 z, the product is W z "
        "again, and b is added as before. So every reconstruction is what it was, and the loss sees nothing else.",
    ),
    Prediction(
        "3b",
        "A classifier, trained on real digits, is shown what draws from the bounding box decode to. Many of them lie "
        "in holes. How sure is it on average, compared with reconstructions of real images?",
        (
            "surer",
            "as sure, to two decimals: the decoder can draw nothing but digits",
            "a little less sure: they are blends of two digits",
            "much less sure: in a hole the decoder draws nonsense",
        ),
        answer="surer",
        because="It must name one of ten digits, and how sure it is says little of how near an image is to anything "
        "it knows. Far from all codes the decoder's strokes get sharper, and a classifier likes sharp strokes.",
    ),
]
