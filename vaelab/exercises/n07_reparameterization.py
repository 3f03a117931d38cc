"""Exercises of notebook 07: the draw that has a derivative, and the gradient that needs none."""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.distributions import Normal

from vaelab.exercises.engine.check import Exercise
from vaelab.exercises.engine.prediction import Prediction


def reparameterize(mu, logvar, eps):
    """(7.2), with logvar = log sigma^2: mu, logvar, eps (B, n) each -> z (B, n)."""
    sigma = torch.exp(0.5 * logvar)
    return mu + sigma * eps


def rolls(g):
    """mu, logvar and eps: numbers that can be done in one's head, several shapes, very small and very large sigma."""
    of_four = math.log(4)
    rows = [
        ([[1.0]], [[of_four]], [[3.0]]),
        ([[1.0, -1.0]], [[0.0, -of_four]], [[2.0, -2.0]]),
        ([[5.0, -5.0, 0.0]], [[-20.0, 20.0, 1.0]], [[1.0, 1.0, 0.0]]),
    ]
    cases = [dict(zip(("mu", "logvar", "eps"), map(torch.tensor, row), strict=True)) for row in rows]
    for shape in ((5, 2), (1, 4), (4, 1), (3, 3), (2, 7), (6,)):
        mu, logvar, eps = torch.randn(3, *shape, generator=g)
        cases.append({"mu": mu, "logvar": 2 * logvar, "eps": eps})
    cases.append({name: value.double() for name, value in cases[3].items()})
    return cases


def score_gradients(f, mu, sigma, eps, baseline=0.0):
    """(7.5) and (7.6) with f - baseline for f: f of a tensor of z, draws eps (S,)
    -> the estimates of dF/dmu and dF/dsigma, (S,) each.
    """
    value = f(mu + sigma * eps) - baseline
    return value * eps / sigma, value * (eps**2 - 1) / sigma


class Gradients(NamedTuple):
    """What score_gradients gives, with names to report by."""

    result_for_mu: Tensor
    result_for_sigma: Tensor


def both_gradients(answer, **case):
    """The two results by their names, where there are two."""
    given = answer(**case)
    yield "", Gradients(*given) if isinstance(given, tuple | list) and len(given) == 2 else given


def square(z):
    """A function of z that can be done in one's head."""
    return z**2


def cubic(z):
    """A function of z without symmetry."""
    return z**3 - 2 * z + 5


def draws_of_z(g):
    """f, a Gaussian and draws: one's head first, then more draws, other functions, a baseline, float64."""
    cases = [
        {"f": square, "mu": 1.0, "sigma": 2.0, "eps": torch.tensor([2.0])},
        {"f": square, "mu": 1.0, "sigma": 0.5, "eps": torch.tensor([-2.0, 2.0]), "baseline": 3.0},
    ]
    for f, mu, sigma, draws, baseline in (
        (cubic, -0.7, 1.3, 5, 0.0),
        (cubic, 0.4, 0.6, 7, -1.5),
        (square, 2.0, 3.0, 1, 2.5),
    ):
        case = {"f": f, "mu": mu, "sigma": sigma, "eps": torch.randn(draws, generator=g)}
        cases.append(case | ({"baseline": baseline} if baseline else {}))
    cases.append(cases[3] | {"eps": torch.randn(4, generator=g, dtype=torch.float64)})
    return cases


def pathwise(f, mu, sigma, eps, baseline=0.0):
    """The gradient of (7.3) and (7.4) in place of that of (7.5)."""
    z = (mu + sigma * eps).requires_grad_()
    (slope,) = torch.autograd.grad(f(z).sum(), z)
    return slope, slope * eps


EXERCISES: list[Exercise] = [
    Exercise(
        "7.1",
        "reparameterize",
        reparameterize,
        hints=(
            "(7.2) needs σ. What you are given is its logarithm, or nearly: log σ². How does one get back?",
            "log σ² = 2 log σ. So half of logvar is log σ, and the exponential of that is σ.",
            "Two lines: sigma = torch.exp(...), and z as in (7.2), with the eps that is handed in. Draw nothing.",
            "If only the gradient is wrong: no .detach(), no .sample(), no torch.no_grad(). Plain arithmetic.",
        ),
        cases=rolls,
        differentiable=("mu", "logvar"),
        wrong={
            "That multiplies ε by σ², the variance. A draw is stretched by σ, and exp(log σ²) is not yet σ.": (
                lambda mu, logvar, eps: mu + logvar.exp() * eps
            ),
            "That multiplies ε by log σ² itself, which may be negative. σ is above 0: first undo the logarithm.": (
                lambda mu, logvar, eps: mu + logvar * eps
            ),
            "That takes the root of log σ², as if it were σ². The logarithm has to be undone first, and a negative "
            "number has no root.": lambda mu, logvar, eps: mu + logvar.sqrt() * eps,
            "There is no ε in it: every z lies exactly one σ above μ. σ is to be multiplied by the roll.": (
                lambda mu, logvar, eps: mu + torch.exp(0.5 * logvar)
            ),
            "σ multiplies μ as well. It stretches ε only: the centre of the draw stays at μ.": (
                lambda mu, logvar, eps: (mu + eps) * torch.exp(0.5 * logvar)
            ),
            "eps is not used: something is drawn anew. All randomness is in eps, and comes from outside. That is what "
            "makes z a computed number.": lambda mu, logvar, eps: mu + torch.exp(0.5 * logvar) * torch.randn_like(mu),
            "This draws z from the right Gaussian and cuts the gradient, as .sample() did in section 1. Compute z "
            "from eps.": lambda mu, logvar, eps: Normal(mu, torch.exp(0.5 * logvar)).sample(),
            "torch.normal draws by itself, and lets no gradient through. Compute z from eps.": (
                lambda mu, logvar, eps: torch.normal(mu, torch.exp(0.5 * logvar))
            ),
            "The half stands outside the exponential. It belongs inside, where it makes log σ of log σ².": (
                lambda mu, logvar, eps: mu + 0.5 * logvar.exp() * eps
            ),
            "z has the right value and no gradient at all. It is cut off from μ and σ somewhere, and training would "
            "change neither.": lambda mu, logvar, eps: (mu + torch.exp(0.5 * logvar) * eps).detach(),
            "σ is cut off from the gradient: z would teach the encoder its μ, and nothing of its σ.": (
                lambda mu, logvar, eps: mu + torch.exp(0.5 * logvar).detach() * eps
            ),
        },
    ),
    Exercise(
        "7.2",
        "the score-function estimator",
        score_gradients,
        hints=(
            "(7.5) is a mean of products: the value of f times the score. For one draw there is no mean to take: one "
            "product for each draw, and for each of the two parameters.",
            "The value is f(z), at z = μ + σ ε, less the baseline. The two scores are in (7.6). Use the forms with ε.",
            "value = f(mu + sigma * eps) - baseline. Then return two results, value times each score of (7.6).",
            "The first result is value * eps / sigma. The second has another score in the same place.",
        ),
        cases=draws_of_z,
        observe=both_gradients,
        wrong={
            "That is the pathwise gradient, (7.3) and (7.4), which needs f'. The score function has to make do with "
            "the value of f alone.": pathwise,
            "The mean over the draws is already taken. Here one estimate is wanted for each draw: they are looked at "
            "one by one further down.": lambda f, mu, sigma, eps, baseline=0.0: tuple(
                estimate.mean() for estimate in score_gradients(f, mu, sigma, eps, baseline)
            ),
            "The scores of (7.6) are divided by σ, and these are not. A narrow Gaussian has a steep log q.": (
                lambda f, mu, sigma, eps, baseline=0.0: tuple(
                    estimate * sigma for estimate in score_gradients(f, mu, sigma, eps, baseline)
                )
            ),
            "Divided by σ² and not by σ. That goes with z - μ, the first form of (7.6). With ε one σ has cancelled.": (
                lambda f, mu, sigma, eps, baseline=0.0: tuple(
                    estimate / sigma for estimate in score_gradients(f, mu, sigma, eps, baseline)
                )
            ),
            "The score for σ lacks its -1, which comes from the -log σ in log q. Without it the mean of the score "
            "is not 0.": lambda f, mu, sigma, eps, baseline=0.0: tuple(
                (f(mu + sigma * eps) - baseline) * score / sigma for score in (eps, eps**2)
            ),
            "f is taken at ε. It should be taken at the draw itself, z = μ + σ ε.": (
                lambda f, mu, sigma, eps, baseline=0.0: score_gradients(lambda z: f(eps), mu, sigma, eps, baseline)
            ),
            "f is taken at μ + ε. The draw is z = μ + σ ε.": (
                lambda f, mu, sigma, eps, baseline=0.0: score_gradients(lambda z: f(mu + eps), mu, sigma, eps, baseline)
            ),
            "The score for σ is (ε² - 1) / σ: its -1 is divided by σ too.": (
                lambda f, mu, sigma, eps, baseline=0.0: tuple(
                    (f(mu + sigma * eps) - baseline) * score for score in (eps / sigma, eps**2 / sigma - 1)
                )
            ),
            "The two results are in the other order. The gradient with respect to μ comes first.": (
                lambda f, mu, sigma, eps, baseline=0.0: score_gradients(f, mu, sigma, eps, baseline)[::-1]
            ),
            "The baseline is added to f. It is to be subtracted: what counts is how far f lies above it.": (
                lambda f, mu, sigma, eps, baseline=0.0: score_gradients(f, mu, sigma, eps, -baseline)
            ),
            "The baseline is left out. It is subtracted from f, before the product with the score.": (
                lambda f, mu, sigma, eps, baseline=0.0: score_gradients(f, mu, sigma, eps)
            ),
            "Only the baseline is multiplied by the score. Brackets: first f - b, then the product.": (
                lambda f, mu, sigma, eps, baseline=0.0: tuple(
                    f(mu + sigma * eps) - baseline * score / sigma for score in (eps, eps**2 - 1)
                )
            ),
            "The mean of f over these draws is subtracted. The baseline comes in, as baseline. By (7.7) a constant "
            "does not shift the mean of the estimate; what depends on ε does.": (
                lambda f, mu, sigma, eps, baseline=0.0: score_gradients(f, mu, sigma, eps, f(mu + sigma * eps).mean())
            ),
            "The baseline is subtracted from the product, which shifts the mean of the estimate. By (7.7) only what is "
            "multiplied by the score has no effect on the mean.": lambda f, mu, sigma, eps, baseline=0.0: tuple(
                estimate - baseline for estimate in score_gradients(f, mu, sigma, eps)
            ),
        },
    ),
]

PREDICTIONS: list[Prediction] = [
    Prediction(
        "7a",
        "Three unbiased estimators of the gradient with respect to μ: the pathwise one, the score function, and the "
        "score function with a baseline. In training there is one draw per image. Which scatters least here?",
        (
            "none: all three are unbiased, so they scatter alike",
            "the score function, as it takes no derivative of f",
            "the score function with a baseline: that is what the baseline is for",
            "the pathwise one: it knows the slope of f",
        ),
        answer="the pathwise one: it knows the slope of f",
        because="Unbiased says where the mean of many draws lies, and nothing about how far one draw falls from it. "
        "The score function has to find that slope out from values of f alone, and its variance is about thirty times "
        "that of the pathwise gradient. The baseline helps, and does not close the gap here.",
    ),
    Prediction(
        "7b",
        "f is a step: 1 for z > 0, else 0. Its mean under N(μ, σ²) grows smoothly with μ. What does the pathwise "
        "gradient, the mean of f'(z), say of it?",
        (
            "the right gradient",
            "the right gradient on average, with a lot of noise",
            "0, whatever μ and σ are",
            "infinity, because of the jump",
        ),
        answer="0, whatever μ and σ are",
        because="Wherever a step has a derivative, it is 0, and no draw falls exactly on the jump. The mean of zeros "
        "is zero, however many draws there are: this is a bias, not noise. The pathwise gradient needs an f that has "
        "no jumps.",
    ),
]
