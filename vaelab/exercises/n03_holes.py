"""Exercises of notebook 03: how far a point is from any code, and what that says of a distribution to draw from."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from vaelab import diagnostics
from vaelab.exercises.check import Answer, Case, Exercise
from vaelab.exercises.prediction import Prediction

# 3.1: the distance to the nearest code


def points_and_codes(g: Generator) -> list[Case]:
    """Points and codes: some for the head, then several shapes, points that are codes, and points far away."""
    pairs = [
        ([[0.0, 0.0]], [[3.0, 4.0], [10.0, 0.0]]),
        ([[0.0], [7.0]], [[1.0], [2.0], [9.0]]),
        ([[0.0, 0.0], [5.0, 1.0]], [[4.0, 0.0], [0.0, 3.0]]),
    ]
    cases = [{"z": torch.tensor(z), "codes": torch.tensor(codes)} for z, codes in pairs]
    for m, n, d in ((5, 3, 2), (2, 6, 3), (1, 4, 2), (4, 1, 2), (3, 3, 3), (6, 5, 1), (3, 20, 16)):
        z, codes = torch.randn(m, d, generator=g), torch.randn(n, d, generator=g)
        cases.append({"z": z, "codes": codes})
    first = cases[3]
    codes = 3 * torch.randn(20, 2, generator=g)
    return [
        *cases,
        {name: value.double() for name, value in first.items()},
        {"z": codes[3:13], "codes": codes},
        {"z": 100 + first["z"], "codes": first["codes"]},
    ]


def of_pairs(measure: Callable[[Tensor], Tensor], choose: Callable[[Tensor], Tensor]) -> Answer:
    """What `choose` makes of (M, N) numbers, which `measure` makes of the differences z - code, (M, N, D)."""
    return lambda z, codes: choose(measure(z[:, None] - codes))


def length(difference: Tensor) -> Tensor:
    """The distance as it should be."""
    return difference.norm(dim=-1)


def smallest(distance: Tensor) -> Tensor:
    """The choice as it should be."""
    return distance.amin(1)


nearest = Exercise(
    "3.1",
    "the distance to the nearest code",
    diagnostics.nearest_distance,
    hints=(
        "A hole is where no code is near. Of the distances from one z to all codes, which one says so?",
        "z[:, None] - codes has the shape (M, N, D): each point against each code. Or let torch.cdist(z, codes) give "
        "the distances, (M, N), row by row for each z.",
        "The distance is the root of the sum of the squared differences over the D coordinates, (M, N). Then, for each "
        "z, the smallest over the codes: which dimension is theirs?",
        "torch.cdist(z, codes), and then .amin(...) over dimension 1, that of the N codes.",
    ),
    cases=points_and_codes,
    atol=1e-3,  # by way of |z|^2 + |c|^2 - 2 z c it is right too, to within rounding
    wrong={
        "That is the mean distance over all codes. Even a point right beside a code is far from most others: d(z) asks "
        "for the nearest.": of_pairs(length, lambda distance: distance.mean(1)),
        "That is the distance to the farthest code. For a hole, ask for the nearest.": (
            of_pairs(length, lambda distance: distance.amax(1))
        ),
        "That is the median distance over all codes. The median of (3.2) comes later, over the draws: d(z) is a "
        "minimum.": of_pairs(length, lambda distance: distance.median(1).values),
        "That is the distance to the mean of all codes. The mean may lie in a hole itself.": (
            lambda z, codes: (z - codes.mean(0)).norm(dim=-1)
        ),
        "The squared distance: the root is missing. R is a ratio of lengths.": (
            of_pairs(lambda difference: (difference**2).sum(-1), smallest)
        ),
        "The differences are added up without their sign. That is the way along the streets of a grid. The distance is "
        "the root of the sum of their squares.": of_pairs(lambda difference: difference.abs().sum(-1), smallest),
        "Only the coordinate in which they differ most is counted. The distance is the root of the sum of all "
        "squares.": of_pairs(lambda difference: difference.abs().amax(-1), smallest),
        "The squares are averaged over the coordinates. A distance is the root of their sum.": (
            of_pairs(lambda difference: (difference**2).mean(-1).sqrt(), smallest)
        ),
        "The other way round: for each code the distance to the nearest point, of shape (N,). Here each point z is "
        "asked, and the codes are what the minimum is taken over.": of_pairs(length, lambda distance: distance.amin(0)),
        "One number for all points: the smallest distance there is. Each z has a distance of its own.": (
            of_pairs(length, lambda distance: distance.min())
        ),
        "That says which code is nearest, by its index. How far it is was asked.": (
            of_pairs(length, lambda distance: distance.argmin(1))
        ),
        "These are the distances to all the codes, (M, N). For each z the smallest of them is wanted.": (
            of_pairs(length, lambda distance: distance)
        ),
        "The smallest difference is taken coordinate by coordinate, each from another code perhaps. First the distance "
        "to each whole code, then the minimum.": lambda z, codes: (z[:, None] - codes).abs().amin(1).norm(dim=-1),
        "The nearest code is left out, as if it were the point itself. z is a draw and no code: the smallest distance "
        "counts.": of_pairs(length, lambda distance: distance.sort(1).values[:, min(1, distance.shape[1] - 1)]),
    },
)

# 3.2 and 3.3: what many distances say


def distance_ratio(d, usual):
    """R of (3.2), from the distances d (M,) of the draws and those of held-out images, usual (n,) -> one number."""
    return float(d.median() / usual.median())


def share_in_holes(d, usual):
    """The share of d (M,) that exceeds 95 % of usual (n,) -> one number between 0 and 1."""
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
    d, usual = cases[3]
    cases += [(1000 * d, 1000 * usual), (d.double(), usual.double()), (torch.zeros(5), usual), (usual + 100, usual)]
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
        "The mean of the draws against the median of the images. Both are medians in (3.2).": (
            lambda d, usual: (d.mean() / usual.median()).item()
        ),
        "The median of the draws against the mean of the images. Both are medians in (3.2).": (
            lambda d, usual: (d.median() / usual.mean()).item()
        ),
        "A difference depends on the scale of the code space, which is an accident. A ratio does not.": (
            lambda d, usual: (d.median() - usual.median()).item()
        ),
        "Each draw is divided by one image's distance. The i-th draw has nothing to do with the i-th image: first the "
        "two medians, then one ratio.": lambda d, usual: (d / usual).median().item(),
        "That is the median of the draws alone. In a space without a scale it means nothing until it is divided by "
        "the yardstick.": lambda d, usual: d.median().item(),
        "The ratio of the smallest distances. The minimum of (3.2) is over the codes, and done with. Over the draws it "
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
        "The limit is taken from the draws themselves, and 5 % of anything are beyond its own 95 %. The held-out "
        "images set the limit.": lambda d, usual: (d > d.quantile(0.95)).double().mean().item(),
        "The two have changed places: that is the share of the images that are farther than most draws.": (
            lambda d, usual: (usual > d.quantile(0.95)).double().mean().item()
        ),
        "The limit is the median of the held-out images. Half of all new images are beyond that, and are in no hole.": (
            lambda d, usual: (d > usual.median()).double().mean().item()
        ),
        "The limit is the distance that 5 % of the images stay within. It should be the one that 95 % do.": (
            lambda d, usual: (d > usual.quantile(0.05)).double().mean().item()
        ),
        "The limit is 95 % of the largest distance. It should be the distance that 95 % of the images stay within.": (
            lambda d, usual: (d > 0.95 * usual.max()).double().mean().item()
        ),
        "The limit is the largest distance of all images. One stray image would decide what a hole is: that is why 5 % "
        "of them may be beyond.": lambda d, usual: (d > usual.max()).double().mean().item(),
        "That is how many draws are in holes. The share is their number divided by that of all draws.": (
            lambda d, usual: (d > usual.quantile(0.95)).sum().item()
        ),
        "That is in per cent. As a share, all draws are 1.": (
            lambda d, usual: 100 * (d > usual.quantile(0.95)).double().mean().item()
        ),
        "The number in holes is divided by that of the held-out images. It is a share of the draws.": (
            lambda d, usual: (d > usual.quantile(0.95)).sum().item() / len(usual)
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
            "it changes by a factor of 128",
            "it changes a little, as the bias now has another weight",
            "it stays as it is",
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
            "much less sure: in a hole the decoder draws nonsense",
            "a little less sure: they are blends of two digits",
            "as sure, to two decimals: the decoder can draw nothing but digits",
            "surer",
        ),
        answer="surer",
        because="It must name one of ten digits, and how sure it is says little of how near an image is to anything "
        "it knows. Far from all codes the decoder's strokes get sharper, and a classifier likes sharp strokes.",
    ),
]
