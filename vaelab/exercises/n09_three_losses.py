"""Exercises of notebook 09: how far the codes spread, and how far a point is from the nearest of them."""

import torch

from vaelab.exercises.engine.check import Exercise
from vaelab.exercises.engine.prediction import Prediction


def spread(mu, logvar):
    """The mean of |mu_j| and the mean of sigma_j, over images and dimensions.

    mu, logvar = log sigma^2 (N, D) -> two tensors without dimensions.
    """
    sigma = torch.exp(0.5 * logvar)
    return mu.abs().mean(), sigma.mean()


def encoded(g):
    """Pairs of mu and logvar: first some that can be done in one's head, then random ones of several shapes."""
    tiny = [
        ([[3.0, -1.0]], [[0.0, 0.0]]),
        ([[0.0, 0.0]], [[0.0, 2.0]]),
        ([[-1.0], [2.0], [2.0]], [[-2.0], [0.0], [2.0]]),
    ]
    cases = [{"mu": torch.tensor(mu), "logvar": torch.tensor(logvar)} for mu, logvar in tiny]
    for shape in ((1, 5), (6, 1), (4, 4), (3, 8), (50, 2)):
        mu, logvar = torch.randn(2, *shape, generator=g)
        cases.append({"mu": 3 * mu + 0.5, "logvar": 1.5 * logvar - 1})
    mu, logvar = torch.randn(2, 7, 2, generator=g, dtype=torch.float64)
    return [
        *cases,
        {"mu": mu, "logvar": logvar},
        {"mu": torch.zeros(4, 2), "logvar": torch.zeros(4, 2)},
        {"mu": torch.full((2, 3), -1e4), "logvar": torch.full((2, 3), -15.0)},
    ]


def sigmas_away(z, mu, sigma):
    """How many sigmas each point lies from the Gaussian that is nearest to it.

    z (M, D), mu and sigma (N, D), one row per image -> (M,).
    """
    distance = (((z[:, None] - mu) / sigma) ** 2).sum(-1).sqrt()  # (M, N)
    return distance.amin(1)


def points_and_clouds(g):
    """Points and Gaussians: first some that can be done in one's head, then random ones, none of M, N and D alike."""
    tiny = [
        ([[0.0, 1.0], [0.0, 3.0]], [[0.0, 0.0]], [[1.0, 1.0]]),
        ([[5.0, 0.0]], [[0.0, 0.0], [6.0, 0.0]], [[5.0, 5.0], [0.25, 0.25]]),
        ([[3.0, 4.0], [3.0, 0.0], [1.5, 2.0]], [[0.0, 0.0]], [[0.5, 0.5]]),
    ]
    cases = [dict(zip(("z", "mu", "sigma"), map(torch.tensor, case), strict=True)) for case in tiny]
    for m, n, d in ((1, 4, 2), (6, 1, 3), (7, 3, 1), (3, 5, 2), (4, 4, 4), (20, 30, 5)):
        z, mu = torch.randn(m, d, generator=g), 2 * torch.randn(n, d, generator=g)
        cases.append({"z": z, "mu": mu, "sigma": torch.randn(n, d, generator=g).exp()})
    z, mu, sigma = torch.rand(3, 5, 2, generator=g, dtype=torch.float64) + 0.1
    return [
        *cases,
        {"z": z, "mu": mu[:3], "sigma": sigma[:3]},
        {"z": mu[:2], "mu": mu, "sigma": sigma},  # points that are centres
        {"z": torch.full((2, 2), 30.0), "mu": torch.zeros(3, 2), "sigma": torch.full((3, 2), 0.01)},
    ]


def _in_sigmas(z, mu, sigma):
    return (z[:, None] - mu) / sigma  # (M, N, D)


def _from_the_nearest_centre(z, mu, sigma):
    nearest = torch.cdist(z, mu).argmin(1)
    return ((z - mu[nearest]) / sigma[nearest]).norm(dim=1)


EXERCISES = [
    Exercise(
        "9.1",
        "how far out the codes lie, and how wide they are",
        spread,
        hints=(
            "Two means, each over all N · D numbers at once. What has to be done to each number *before* its mean "
            "is taken?",
            "For the first: centres at -3 and +3 both lie 3 out, and yet the mean of -3 and +3 is 0. For the "
            "second: the encoder gives log σ². So what is σ?",
            "σ = exp(½ log σ²). Compute it for each number, then take the mean: the mean of an exponential is not the "
            "exponential of the mean.",
            "sigma = torch.exp(0.5 * logvar), and then return mu.abs().mean() and the mean of sigma, with a comma "
            "between.",
        ),
        cases=encoded,
        wrong={
            "Your first number is the mean of mu itself: centres on the left cancel those on the right. "
            "How far out each lies has no sign.": (lambda mu, logvar: (mu.mean(), torch.exp(0.5 * logvar).mean())),
            "Your first number takes the mean first and drops the sign after it. By then left and right "
            "have cancelled.": (lambda mu, logvar: (mu.mean().abs(), torch.exp(0.5 * logvar).mean())),
            "Your first number is a root of a mean of squares, in which what lies far out weighs more. The mean of |μ| "
            "takes no square.": (lambda mu, logvar: (mu.square().mean().sqrt(), torch.exp(0.5 * logvar).mean())),
            "Your first number is the mean length of a row of μ: the distance of a centre from the origin. Here each "
            "coordinate counts by itself.": (
                lambda mu, logvar: (mu.norm(dim=-1).mean(), torch.exp(0.5 * logvar).mean())
            ),
            "Your first number is the standard deviation of μ: how far the centres scatter around their own mean, and "
            "not how far they lie from 0.": (lambda mu, logvar: (mu.std(), torch.exp(0.5 * logvar).mean())),
            "Neither number is right yet. In the mean of mu, left and right cancel; and exp of log σ² is the variance, "
            "whose root is σ.": lambda mu, logvar: (mu.mean(), logvar.exp().mean()),
            "The two numbers are in the other order. That of μ comes first.": (
                lambda mu, logvar: (torch.exp(0.5 * logvar).mean(), mu.abs().mean())
            ),
            "You sum over the dimensions and take the mean over the images only, as for a KL. Here the mean goes over "
            "both, so that codes of different sizes can be compared.": (
                lambda mu, logvar: (mu.abs().sum(-1).mean(), torch.exp(0.5 * logvar).sum(-1).mean())
            ),
            "Your means go over the images only, so each dimension has one of its own. Here one number stands for all "
            "of them: the mean goes over the dimensions, too.": (
                lambda mu, logvar: (mu.abs().mean(0), torch.exp(0.5 * logvar).mean(0))
            ),
            "Your second number is the mean of the variances: exp of log σ² is σ², and the standard deviation is its "
            "root.": (lambda mu, logvar: (mu.abs().mean(), logvar.exp().mean())),
            "Your second number is the root of the mean variance, in which the wide clouds weigh more. Take the root "
            "of each variance first, then the mean.": (
                lambda mu, logvar: (mu.abs().mean(), logvar.exp().mean().sqrt())
            ),
            "Your second number is the mean of log σ², as the encoder gives it: 0 where σ is 1. The logarithm is "
            "still to be undone.": (lambda mu, logvar: (mu.abs().mean(), logvar.mean())),
            "Your second number takes the root of log σ², as if that were σ². The logarithm has to be undone first, "
            "and of a negative number there is no root.": (lambda mu, logvar: (mu.abs().mean(), logvar.sqrt().mean())),
            "Your second number is the exponential of a mean: the geometric mean of σ, which falls short of the "
            "mean where the σ differ. First exp, then the mean.": (
                lambda mu, logvar: (mu.abs().mean(), torch.exp(0.5 * logvar.mean()))
            ),
        },
    ),
    Exercise(
        "9.2",
        "how many sigmas a point is from the nearest code",
        sigmas_away,
        hints=(
            "Begin with one point and one Gaussian in one dimension. z = 5 and mu = 3, and sigma is 0.5: how many "
            "sigmas lie between?",
            "In D dimensions, measure each coordinate in its own sigma. Then Pythagoras: the root of the sum of "
            "squares.",
            "For all pairs at once: z[:, None] has the shape (M, 1, D), so z[:, None] - mu has (M, N, D). "
            "Divide by sigma, and sum over the last dimension.",
            "What is left is (M, N): each point and each Gaussian. For each point take the smallest, .amin(1).",
        ),
        cases=points_and_clouds,
        wrong={
            "That is the distance to the nearest centre, with no sigma in it. A wide cloud reaches further than a "
            "narrow one.": lambda z, mu, sigma: torch.cdist(z, mu).amin(1),
            "Row m of z is measured against row m of mu. Each point is to be measured against every Gaussian, (M, N) "
            "pairs. z[:, None] makes room for them.": (lambda z, mu, sigma: ((z - mu) / sigma).norm(dim=-1)),
            "These are the distances to all Gaussians, (M, N). For each point only the smallest is wanted.": (
                lambda z, mu, sigma: _in_sigmas(z, mu, sigma).norm(dim=-1)
            ),
            "You give one smallest distance for all points together. Each point has a nearest Gaussian of its own: the "
            "minimum goes along one dimension.": lambda z, mu, sigma: _in_sigmas(z, mu, sigma).norm(dim=-1).min(),
            "You measure to the Gaussian whose centre is nearest. Another may lie further off and yet, as it is wider, "
            "be fewer sigmas away.": _from_the_nearest_centre,
            "The difference is divided by σ². One σ away means that the difference is as large as σ.": (
                lambda z, mu, sigma: _in_sigmas(z, mu, sigma**2).norm(dim=-1).amin(1)
            ),
            "That is the square of the distance: two sigmas come out as four. The root is missing.": (
                lambda z, mu, sigma: (_in_sigmas(z, mu, sigma) ** 2).sum(-1).amin(1)
            ),
            "Under the root, the squared difference stands over σ, and it should be σ²: square σ too, or divide by σ "
            "before squaring.": (lambda z, mu, sigma: ((z[:, None] - mu) ** 2 / sigma).sum(-1).sqrt().amin(1)),
            "That is the root of a mean of squares. Pythagoras takes their sum.": (
                lambda z, mu, sigma: (_in_sigmas(z, mu, sigma) ** 2).mean(-1).sqrt().amin(1)
            ),
            "That says which Gaussian is nearest, and not how far away it is.": (
                lambda z, mu, sigma: _in_sigmas(z, mu, sigma).norm(dim=-1).argmin(1)
            ),
            "That is the largest of the coordinates, which makes boxes of the ellipses. By Pythagoras, all of them "
            "count.": lambda z, mu, sigma: _in_sigmas(z, mu, sigma).abs().amax(-1).amin(1),
            "The coordinates are added without squares, which makes diamonds of the ellipses. Pythagoras adds the "
            "squares.": lambda z, mu, sigma: _in_sigmas(z, mu, sigma).abs().sum(-1).amin(1),
            "You ask for each Gaussian which point is nearest: one number for each row of mu. It should be one for "
            "each row of z.": lambda z, mu, sigma: _in_sigmas(z, mu, sigma).norm(dim=-1).amin(0),
            "Along a dimension, .min gives two things: the smallest values, and where they stand. Only the values are "
            "wanted.": lambda z, mu, sigma: _in_sigmas(z, mu, sigma).norm(dim=-1).min(1),
        },
    ),
]

PREDICTIONS = [
    Prediction(
        "9a",
        "A VAE is trained with the KL alone. One draw of the code of each held-out image makes a dense ball, in which "
        "all digits are mixed. What decides where in the ball the point of an image lies?",
        options=(
            "its class, but the classes overlap",
            "the image: each has been given a place of its own, at random",
            "the noise ε: all images have one and the same code",
            "the initial weights: the training did not move the codes",
        ),
        answer="the noise ε: all images have one and the same code",
        because="The KL is 0 where μ = 0 and σ = 1, whatever the image, and nothing pulls the codes away from there. "
        "What scatters is the draw: a second draw for the same image has nothing in common with the first.",
    ),
    Prediction(
        "9b",
        "The encoder that was trained with the KL alone is kept as it is, and the decoder is now trained with the "
        "reconstruction. What is the best that it can do?",
        options=(
            "the same as with both terms: a trained decoder makes up for a poor code",
            "sharp digits, but of the wrong class",
            "the average of all digits, whatever z is",
            "grey noise, as before: from such codes nothing can be learned",
        ),
        answer="the average of all digits, whatever z is",
        because="The code says nothing of its image, so the decoder can only give the same answer for all. Of all such "
        "answers, the average image costs the fewest nats.",
    ),
]
