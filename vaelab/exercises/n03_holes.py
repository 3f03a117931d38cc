"""Exercises of notebook 03: three numbers that say what a space of codes is like."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from vaelab.exercises.engine.ask import Answer, Case
from vaelab.exercises.engine.check import Exercise
from vaelab.exercises.engine.prediction import Prediction

# 3.1: holes


def holes(z, codes, new):
    """R of (3.2), and the share of draws in holes: z (M, D), codes (N, D), new (n, D) -> two numbers."""
    d = torch.cdist(z, codes).amin(1)  # (M,), of the draws
    usual = torch.cdist(new, codes).amin(1)  # (n,), of held-out images
    ratio = d.median() / usual.median()
    share = (d > usual.quantile(0.95)).double().mean()
    return float(ratio), float(share)


def draws_and_codes(g: Generator) -> list[Case]:
    """Draws, codes, and codes of held-out images: some for the head, then several shapes.

    The draws are odd in number, so that every definition of a median agrees; of the held-out images there are 20 k + 1,
    so that every definition of a quantile does.
    """
    few = torch.tensor
    cases = [(few([[3.0, 4.0], [0.0, 1.0], [6.0, 8.0]]), few([[0.0, 0.0], [30.0, 0.0]]), few([[0.0, 2.0]]))]
    for m, n, count, d, scale in ((41, 21, 30, 2, 2), (101, 41, 50, 3, 1.5), (21, 21, 20, 1, 3), (21, 101, 200, 16, 1)):
        cases.append(
            (scale * torch.randn(m, d, generator=g), *torch.randn(count + n, d, generator=g).split([count, n]))
        )
    cases.append(tuple(part.double() for part in cases[1]))
    draws, codes, new = cases[2]
    cases += [(draws + 100, codes, new), (new, codes, new)]  # all draws in a hole; draws that are new images
    return [dict(zip(("z", "codes", "new"), case, strict=True)) for case in cases]


def of_distances(
    ratio: Callable[[Tensor, Tensor], Tensor] = lambda d, usual: d.median() / usual.median(),
    share: Callable[[Tensor, Tensor], Tensor] = lambda d, usual: (d > usual.quantile(0.95)).double().mean(),
    nearest: Callable[[Tensor, Tensor], Tensor] = lambda z, codes: torch.cdist(z, codes).amin(1),
) -> Answer:
    """holes with another ratio, another share, or another distance."""

    def answer(z, codes, new):
        d, usual = nearest(z, codes), nearest(new, codes)
        return ratio(d, usual).item(), share(d, usual).item()

    return answer


hole = Exercise(
    "3.1",
    "holes: the ratio R, and the share in holes",
    holes,
    hints=(
        "Two sets of distances are needed first: d(z) for each draw, and d(f(x)) for each held-out image. Both are "
        "distances to the nearest of the same codes.",
        "torch.cdist(z, codes) has a row for each z: its distances to the N codes, (M, N). Of each row the smallest is "
        "wanted, so dimension 1 has to go: .amin(1).",
        "R divides the median of the first set by the median of the second. The limit of the share is a quantile of "
        "the second set: usual.quantile(0.95).",
        "d > limit is true or false for each draw. As numbers, .double(), these are 1 and 0, and their mean is the "
        "share.",
    ),
    cases=draws_and_codes,
    rtol=1e-3,  # torch.cdist goes by way of |z|^2 + |c|^2 - 2 z c where there are many
    atol=1e-3,
    wrong={
        "That is the mean distance over all codes. Even a point right beside a code is far from most others: d(z) asks "
        "for the nearest.": of_distances(nearest=lambda z, codes: torch.cdist(z, codes).mean(1)),
        "That is the distance to the farthest code. d(z) asks for the nearest, the minimum.": (
            of_distances(nearest=lambda z, codes: torch.cdist(z, codes).amax(1))
        ),
        "That is the distance to the mean of all codes. The mean may lie in a hole itself.": (
            of_distances(nearest=lambda z, codes: (z - codes.mean(0)).norm(dim=-1))
        ),
        "The distance adds up the absolute differences of the coordinates. The ‖·‖ of (3.2) is the straight line: the "
        "root of the sum of their squares.": of_distances(nearest=lambda z, codes: torch.cdist(z, codes, p=1).amin(1)),
        "The squared distance: the root is missing. R is a ratio of lengths.": (
            of_distances(nearest=lambda z, codes: torch.cdist(z, codes).amin(1) ** 2)
        ),
        "The other way round: for each code the distance to the nearest point. Here each point is asked, and the codes "
        "are what the minimum is taken over.": of_distances(nearest=lambda z, codes: torch.cdist(z, codes).amin(0)),
        "The draws are measured to the held-out codes. Both sets of points are measured to the same `codes`, those of "
        "the training images.": lambda z, codes, new: (
            (torch.cdist(z, new).amin(1).median() / torch.cdist(new, codes).amin(1).median()).item(),
            (torch.cdist(z, new).amin(1) > torch.cdist(new, codes).amin(1).quantile(0.95)).double().mean().item(),
        ),
        "The codes are measured against themselves, and each is 0 away from itself. The yardstick is the held-out "
        "images, `new`.": lambda z, codes, new: holes(z, codes, codes),
        "R is upside down: that is how much nearer the draws are. The yardstick, the held-out images, stands below the "
        "line.": of_distances(ratio=lambda d, usual: usual.median() / d.median()),
        "R is the ratio of the means. A few draws that are very far away pull a mean along, and the median stays: "
        "(3.2).": of_distances(ratio=lambda d, usual: d.mean() / usual.mean()),
        "R is a difference, which grows with the unit of length. A ratio does not depend on it.": (
            of_distances(ratio=lambda d, usual: d.median() - usual.median())
        ),
        "R is the ratio of the smallest distances. The minimum in (3.2) is over the codes, and done with. Over the "
        "draws it is the median.": of_distances(ratio=lambda d, usual: d.min() / usual.min()),
        "Draw by draw, d is divided by the distance of some image that it has nothing to do with. Each set has a "
        "median of its own, and R is the ratio of the two.": of_distances(ratio=lambda d, usual: (d / usual).median()),
        "The share is that of the draws that are not in holes: those farther away count, not those within.": (
            of_distances(share=lambda d, usual: (d < usual.quantile(0.95)).double().mean())
        ),
        "A draw right at the limit counts here. One is in a hole where it is farther away than the limit: >, not >=.": (
            of_distances(share=lambda d, usual: (d >= usual.quantile(0.95)).double().mean())
        ),
        "The limit of the share comes from the draws themselves, and of any set about 5 % lie beyond its own 95 %. "
        "The held-out images set the limit.": of_distances(
            share=lambda d, usual: (d > d.quantile(0.95)).double().mean()
        ),
        "The limit of the share is the median of the held-out images. Half of all new images are beyond that, and are "
        "in no hole.": of_distances(share=lambda d, usual: (d > usual.median()).double().mean()),
        "The limit of the share is the distance that 5 % of the images stay within. It should be the one that 95 % "
        "do.": of_distances(share=lambda d, usual: (d > usual.quantile(0.05)).double().mean()),
        "The limit of the share is 95 % of the largest distance. It should be the distance that 95 % of the images "
        "stay within, a quantile.": of_distances(share=lambda d, usual: (d > 0.95 * usual.max()).double().mean()),
        "That is how many draws are in holes. The share is their number divided by that of all draws.": (
            of_distances(share=lambda d, usual: (d > usual.quantile(0.95)).sum())
        ),
        "The number of draws in holes is divided by the number of held-out images. It is a share of the draws.": (
            of_distances(share=lambda d, usual: (d > usual.quantile(0.95)).sum() / len(usual))
        ),
        "The two results are swapped: R comes first, then the share.": lambda z, codes, new: holes(z, codes, new)[::-1],
    },
)

# 3.2: variety


def variety_gap(named, reference):
    """V of (3.5): the digits 0 to 9 of draws (M,), and of real images (n,) -> one number in [0, 1]."""
    p = torch.bincount(named, minlength=10) / len(named)
    q = torch.bincount(reference, minlength=10) / len(reference)
    return float((p - q).abs().sum() / 2)


def digits_named(g: Generator) -> list[Case]:
    """The digits of draws and of real images: some for the head, nothing in common, the same, then random ones."""
    pairs = [([7, 7, 7, 1], [1, 7]), ([4, 4], [9, 9, 9]), ([2, 0, 2, 9], [9, 2, 0, 2])]
    cases = [(torch.tensor(a), torch.tensor(b)) for a, b in pairs]
    for m, n, digits in ((40, 60, 10), (25, 25, 10), (30, 20, 8), (1, 50, 10)):
        cases.append((torch.randint(digits, (m,), generator=g), torch.randint(10, (n,), generator=g)))
    return [dict(zip(("named", "reference"), case, strict=True)) for case in cases]


def of_shares(gap: Callable[[Tensor, Tensor], Tensor]) -> Answer:
    """What `gap` makes of the shares p and q, (10,) each."""
    return lambda named, reference: gap(
        named.bincount(minlength=10) / len(named), reference.bincount(minlength=10) / len(reference)
    ).item()


variety = Exercise(
    "3.2",
    "the gap in variety V",
    variety_gap,
    hints=(
        "p and q first: ten numbers each. How often does each of the ten digits come among the draws?",
        "torch.bincount counts how often 0, 1, 2, ... come, up to the largest that does. With minlength=10 there are "
        "ten counts, whether or not a 9 comes.",
        "A share is a count divided by how many there are, len(named) for one and len(reference) for the other.",
        "Of p - q take .abs(), then .sum(), and half of that.",
    ),
    cases=digits_named,
    wrong={
        "The ½ is missing. Without it, what one digit has too much and another too little counts twice, and V reaches "
        "2.": of_shares(lambda p, q: (p - q).abs().sum()),
        "Those are counts, not shares. There need not be equally many draws and images: divide by their number.": (
            lambda named, reference: (
                (named.bincount(minlength=10) - reference.bincount(minlength=10)).abs().sum() / 2
            ).item()
        ),
        "That is the largest of the ten differences. V adds up all ten.": of_shares(lambda p, q: (p - q).abs().max()),
        "That is the mean of the ten differences. V is half of their sum.": (
            of_shares(lambda p, q: (p - q).abs().mean())
        ),
        "The differences are squared. (3.5) takes their absolute values.": (
            of_shares(lambda p, q: ((p - q) ** 2).sum() / 2)
        ),
        "That is the straight line between p and q, the root of the squares. (3.5) adds up absolute values.": (
            of_shares(lambda p, q: (p - q).norm())
        ),
        "Both sets of shares add up to 1, so their differences add up to 0. Take the absolute values first.": (
            of_shares(lambda p, q: (p - q).sum() / 2)
        ),
        "That is what the two have in common, 1 - V. V is 0 where they are the same.": (
            of_shares(lambda p, q: torch.minimum(p, q).sum())
        ),
        "That compares draw by draw. A draw belongs to no particular image: count how often each digit comes in each "
        "of the two.": lambda named, reference: (named != reference).double().mean().item(),
        "Both are divided by the number of draws. Each count is to be divided by the size of its own set.": (
            lambda named, reference: (
                (named.bincount(minlength=10) - reference.bincount(minlength=10)).abs().sum() / len(named) / 2
            ).item()
        ),
        "torch.bincount and F.one_hot stop at the largest digit that comes. Tell them that there are ten: "
        "minlength=10, or num_classes=10.": lambda named, reference: (
            (named.bincount() / len(named) - reference.bincount() / len(reference)).abs().sum().item() / 2
        ),
    },
)

# 3.3: how smooth a walk is


def smoothness(x):
    """S of (3.6) and J of (3.7), of the images x_0, ..., x_K, x (K + 1, D) -> two numbers."""
    step = (x[1:] - x[:-1]).norm(dim=1)  # (K,)
    length = step.sum() / (x[-1] - x[0]).norm()
    jump = step.max() / step.mean()
    return float(length), float(jump)


def walks(g: Generator) -> list[Case]:
    """The images of a walk: one for the head, a single step, a straight line, one that rests, then random ones."""
    corners = torch.tensor([[0.0, 0.0], [0.0, -4.0], [2.0, -4.0], [3.0, -4.0]])  # one step is negative
    straight = torch.tensor([[0.0], [1.0], [3.0], [4.0]]) * torch.tensor([0.6, -0.8])
    cases = [corners, straight + 1, corners[:2] + 1, torch.rand(2, 5, generator=g)[[0, 0, 1, 1, 1]]]
    cases += [torch.rand(k, d, generator=g) for k, d in ((5, 3), (4, 4), (7, 1), (51, 784))]
    return [{"x": x} for x in (*cases, cases[4].double())]


def of_steps(
    s: Callable[[Tensor, Tensor], Tensor] = lambda step, way: step.sum() / way,
    j: Callable[[Tensor, Tensor], Tensor] = lambda step, way: step.max() / step.mean(),
    norm: Callable[[Tensor], Tensor] = lambda x: x.norm(dim=-1),
) -> Answer:
    """smoothness with another S, another J, or another length of a difference."""

    def answer(x):
        step, way = norm(x[1:] - x[:-1]), norm(x[-1] - x[0])
        return s(step, way).item(), j(step, way).item()

    return answer


smooth = Exercise(
    "3.3",
    "the length S and the evenness J of a walk",
    smoothness,
    hints=(
        "Both need the K lengths ‖x_k - x_{k-1}‖ first. x[1:] are x_1 to x_K. What are x_0 to x_{K-1}?",
        "step = (x[1:] - x[:-1]).norm(dim=1) has a length for each step, (K,).",
        "S divides their sum by the straight way from the first image to the last, (x[-1] - x[0]).norm().",
        "J divides their largest, .max(), by their mean, .mean(): a sum over K steps, divided by K.",
    ),
    cases=walks,
    wrong={
        "The steps are squared lengths: the root is missing.": of_steps(norm=lambda x: (x**2).sum(-1)),
        "The length of a step adds up absolute differences. ‖·‖ is the root of the sum of their squares.": (
            of_steps(norm=lambda x: x.abs().sum(-1))
        ),
        "Those are differences, a number for each pixel. A step is the length of one: the norm is missing.": (
            of_steps(norm=lambda x: x if x.dim() > 1 else x.norm())
        ),
        "x.diff() goes from pixel to pixel. From image to image, it is x.diff(dim=0).": lambda x: (
            (x.diff().norm(dim=1).sum() / (x[-1] - x[0]).norm()).item(),
            (x.diff().norm(dim=1).max() / x.diff().norm(dim=1).mean()).item(),
        ),
        "There is one norm for all steps at once. Each step has a length of its own: .norm(dim=1).": (
            of_steps(norm=lambda x: x.norm())
        ),
        "The norm is taken over the steps, pixel by pixel. The length of a step is over its pixels, dimension 1.": (
            lambda x: (
                ((x[1:] - x[:-1]).norm(dim=0).sum() / (x[-1] - x[0]).norm()).item(),
                ((x[1:] - x[:-1]).norm(dim=0).max() / (x[1:] - x[:-1]).norm(dim=0).mean()).item(),
            )
        ),
        "Each image is compared with the first, x_0. A step leads from one image to the next.": lambda x: (
            ((x[1:] - x[0]).norm(dim=1).sum() / (x[-1] - x[0]).norm()).item(),
            ((x[1:] - x[0]).norm(dim=1).max() / (x[1:] - x[0]).norm(dim=1).mean()).item(),
        ),
        "There is a step too many, from the last image back to the first. The walk does not close.": lambda x: (
            ((x.roll(-1, 0) - x).norm(dim=1).sum() / (x[-1] - x[0]).norm()).item(),
            ((x.roll(-1, 0) - x).norm(dim=1).max() / (x.roll(-1, 0) - x).norm(dim=1).mean()).item(),
        ),
        "S is upside down. No way is shorter than the straight one, so S is at least 1.": (
            of_steps(s=lambda step, way: way / step.sum())
        ),
        "S is the length of the walk alone. It is measured in units of the straight way from x_0 to x_K.": (
            of_steps(s=lambda step, way: step.sum())
        ),
        "S has the mean step in it, where (3.6) has the sum of all.": of_steps(s=lambda step, way: step.mean() / way),
        "J is the largest step over the smallest. A walk may rest, and that would be infinite: (3.7) divides by the "
        "mean.": of_steps(j=lambda step, way: step.max() / step.min()),
        "J is the largest step over the whole length: the 1/K is missing. Then K even steps would give 1/K, and not "
        "1.": of_steps(j=lambda step, way: step.max() / step.sum()),
        "J is divided by K twice over. The mean step is the sum divided by K: brackets, or .mean().": (
            of_steps(j=lambda step, way: step.max() / step.sum() / len(step))
        ),
        "The number 50 is written into it. A walk may have fewer steps, as here: let x say how many.": (
            of_steps(j=lambda step, way: step.max() / (step.sum() / 50))
        ),
        "J is the largest step over the straight way. (3.7) compares it with the mean step.": (
            of_steps(j=lambda step, way: step.max() / way)
        ),
        "J is divided by K + 1, the number of images. There are K steps.": (
            of_steps(j=lambda step, way: step.max() / (step.sum() / (len(step) + 1)))
        ),
        "J is upside down. The largest step is at least the mean one, so J is at least 1.": (
            of_steps(j=lambda step, way: step.mean() / step.max())
        ),
        "The two results are swapped: S comes first, then J.": lambda x: smoothness(x)[::-1],
    },
)

EXERCISES = [hole, variety, smooth]

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
        "it knows. In holes the decoder's strokes are mostly sharper, and that may help to convince it.",
    ),
]
