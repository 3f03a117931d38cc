"""Exercises of notebook 04: to draw a code, and how much of a cloud lies within a radius."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Generator, Tensor

from vaelab.exercises.check import Answer, Case, Exercise
from vaelab.exercises.prediction import Prediction

# 4.1: a draw


def draw_code(mu, logvar, generator):
    """Equation (4.3): mu, logvar (B, n) -> z (B, n), drawn from N(mu, sigma^2)."""
    sigma = torch.exp(0.5 * logvar)
    return torch.normal(mu, sigma, generator=generator)


def clouds(g: Generator) -> list[Case]:
    """mu and logvar of several shapes, and the generator to draw with."""
    pairs = [
        (torch.tensor([[3.0]]), torch.tensor([[-2.0]])),
        (torch.tensor([[3.0, -1.0]]), torch.tensor([[2.0, -8.0]])),
        (torch.randn(5, 2, generator=g), torch.randn(5, 2, generator=g)),
        (torch.randn(4, 1, generator=g), torch.randn(4, 1, generator=g) - 2),
        (torch.randn(3, 3, generator=g), 2 * torch.randn(3, 3, generator=g)),
        (torch.randn(2, 4, generator=g).double(), torch.randn(2, 4, generator=g).double()),
    ]
    return [{"mu": mu, "logvar": logvar, "generator": Generator().manual_seed(7)} for mu, logvar in pairs]


ROWS = 20_000


def observe_draws(answer: Answer, mu: Tensor, logvar: Tensor, generator: Generator) -> Iterator[tuple[str, Any]]:
    """First what holds of each draw, then the statistics of many, which are off by less than 0.05 where all is right.

    Where the draws of different images are the same, the statistics would be those of one draw, so there it ends.
    """
    before = generator.get_state()
    z = answer(mu, logvar, generator)
    yield "", but_for_its_numbers(z, mu)
    if not isinstance(z, Tensor) or z.shape != mu.shape:
        return
    again = answer(mu, logvar, generator)
    yield "the share of numbers that another call draws anew", (z != again).double().mean().item()
    same = answer(mu, logvar, Generator().set_state(before))
    yield "the share of numbers that come again with the generator set back", (z == same).double().mean().item()

    copies = ROWS // len(mu)
    mu, logvar = mu.repeat(copies, 1), logvar.repeat(copies, 1)
    z = answer(mu, logvar, generator)
    yield f"what comes for {len(mu):,} images", but_for_its_numbers(z, mu)
    if not isinstance(z, Tensor) or z.shape != mu.shape:
        return
    eps = (z - mu).double() * torch.exp(-0.5 * logvar.double())
    if mu.shape[1] > 1:
        tied = (eps[:, :-1] - eps[:, 1:]).abs() < 1e-3
        yield (
            "the share of codes with coordinates that strayed equally far, in sigmas",
            hundredths(tied.double().mean()),
        )
    half = len(eps) // 2
    tied = (eps[:half] - eps[half : 2 * half]).abs() < 1e-3
    yield (
        "the share of images whose codes strayed as far as another image's, in sigmas",
        hundredths(tied.double().mean()),
    )
    if tied.all():
        return
    yield f"the mean of {len(z):,} draws less mu, in sigmas", hundredths(eps.mean(0))
    yield f"the standard deviation of {len(z):,} draws, in sigmas", hundredths(eps.std(0))
    yield "the share of them within one sigma, coordinate by coordinate", hundredths((eps.abs() <= 1).double().mean(0))
    yield "the share within two", hundredths((eps.abs() <= 2).double().mean(0))
    if mu.shape[1] > 1:
        yield "the mean product of neighbouring coordinates", hundredths((eps[:, :-1] * eps[:, 1:]).mean(0))
    yield "the mean product with the next image's", hundredths((eps[:-1] * eps[1:]).mean(0))
    yield (
        "the mean product with that of the image half a batch away",
        hundredths((eps[:half] * eps[half : 2 * half]).mean(0)),
    )


def but_for_its_numbers(z: Any, mu: Tensor) -> Any:
    """z, to compare its kind, shape and dtype, and whether it holds nan: its numbers are chance."""
    return torch.where(z.isnan(), z, mu.to(z.dtype)) if isinstance(z, Tensor) and z.shape == mu.shape else z


def hundredths(value: Tensor) -> Tensor:
    """Rounded, so that a statistic reads well; + 0.0 makes 0 of -0."""
    return value.round(decimals=2) + 0.0


def with_noise(noise: Callable[..., Tensor]) -> Answer:
    """draw_code with other noise, called with the shape of mu and the generator."""
    return lambda mu, logvar, generator: mu + torch.exp(0.5 * logvar) * noise(mu.shape, generator).to(mu.dtype)


def with_sigma(sigma: Callable[[Tensor], Tensor]) -> Answer:
    """draw_code with another sigma, called with logvar."""

    def wrong(mu, logvar, generator):
        return mu + sigma(logvar) * torch.randn(mu.shape, generator=generator, dtype=mu.dtype)

    return wrong


# 4.2: the share within a radius


def share_within(z, mu, sigma, r):
    """The share of z (S, n) within r sigmas of mu: mu, sigma (n,) -> one number."""
    distance = ((z - mu) / sigma).norm(dim=-1)  # (S,), in units of sigma
    return (distance <= r).double().mean().item()


def draws_and_radii(g: Generator) -> list[Case]:
    """Few draws, to be counted in one's head, then many, in several dimensions; none on the edge itself."""
    cases = [
        ([[0.0], [1.0], [-3.0], [4.5]], [0.0], [2.0], 1.0),
        ([[1.0, 3.0], [2.0, 0.0], [-3.0, 1.0], [4.0, 1.0]], [1.0, 0.0], [4.0, 2.0], 1.25),
        ([[1.0, 0.0], [4.5, 0.9]], [1.0, 0.0], [4.0, 1.0], 1.0),
    ]
    numbers = [(*(torch.tensor(part) for part in parts), r) for *parts, r in cases]
    for count, n, r in (
        (400, 2, 1),
        (300, 1, 0.8),
        (300, 2, 2.0),
        (500, 3, 1.5),
        (4, 4, 2.0),
        (1, 6, 2.0),
        (400, 30, 5.5),
    ):
        mu, sigma = torch.randn(n, generator=g), torch.exp(0.7 * torch.randn(n, generator=g))
        numbers.append((mu + sigma * torch.randn(count, n, generator=g), mu, sigma, r))
    mu, sigma = torch.zeros(3).double(), torch.tensor([0.5, 1.0, 2.0]).double()
    z = torch.randn(200, 3, generator=g).double()
    numbers += [(z, mu, sigma, 100.0), (z + 50, mu, sigma, 3.0)]
    return [{"z": z, "mu": mu, "sigma": sigma, "r": r} for z, mu, sigma, r in numbers]


def share_where(inside: Callable[..., Tensor]) -> Answer:
    """share_within with another rule for what is inside, called with z - mu, sigma and r."""
    return lambda z, mu, sigma, r: inside(z - mu, sigma, r).double().mean().item()


EXERCISES = [
    Exercise(
        "4.1",
        "a code drawn from the encoder's Gaussian",
        draw_code,
        hints=(
            "The encoder gives log σ². What do you need in (4.3), and which equation leads there?",
            "By (4.2) σ = exp(1/2 log σ²): sigma = torch.exp(0.5 * logvar), of shape (B, n).",
            "Each image and each coordinate needs an ε of its own. torch.randn(mu.shape, generator=generator) draws as "
            "many as there are numbers in mu.",
            "mu + sigma * eps, with the sigma and the eps of the last two hints. "
            "torch.normal(mu, sigma, generator=generator) does both at once.",
        ),
        cases=clouds,
        observe=observe_draws,
        rtol=0.0,
        atol=0.05,
        wrong={
            "The variance is taken for σ: exp(logvar) is σ². The half of (4.2) makes the root of it.": (
                with_sigma(torch.exp)
            ),
            "logvar itself is taken for σ. It is the logarithm of σ², and may be negative: (4.2) leads from one to the "
            "other.": with_sigma(lambda logvar: logvar),
            "logvar is taken for σ², and the root of what may be negative is nan. It is the logarithm of σ²: (4.2).": (
                with_sigma(torch.sqrt)
            ),
            "What torch.normal got as σ is negative, or no number. logvar is the logarithm of σ² and may be negative: "
            "(4.2) leads from it to σ.": lambda mu, logvar, generator: torch.normal(mu, logvar, generator=generator),
            "That is μ, the centre. Nothing is drawn: a code strays from μ, elsewhere each time.": (
                lambda mu, logvar, generator: mu.clone()
            ),
            "One draw serves all images: they all stray the same way. Each image needs an ε of its own.": (
                with_noise(lambda shape, generator: torch.randn(shape[-1], generator=generator).expand(shape))
            ),
            "One draw serves all coordinates of a code, which then strays along one line only. ε has n numbers.": (
                with_noise(lambda shape, generator: torch.randn(shape[0], 1, generator=generator).expand(shape))
            ),
            "A single number is drawn, for all images and all coordinates. ε has the shape of μ.": (
                with_noise(lambda shape, generator: torch.randn(1, generator=generator).expand(shape))
            ),
            "The noise is uniform, between 0 and 1. It is to be Gaussian, with mean 0: torch.randn, with an n.": (
                with_noise(lambda shape, generator: torch.rand(shape, generator=generator))
            ),
            "The generator is not used. The draw is a right one, but nobody can repeat it: hand the generator on to "
            "what draws.": with_noise(lambda shape, generator: torch.randn(shape)),
            "μ is left out: the draw strays as it should, but around 0.": (
                lambda mu, logvar, generator: with_sigma(lambda v: torch.exp(0.5 * v))(mu, logvar, generator) - mu
            ),
            "σ is left out: every cloud has the width 1, whatever the encoder says.": with_sigma(torch.ones_like),
        },
    ),
    Exercise(
        "4.2",
        "the share of the draws within a radius",
        share_within,
        hints=(
            "A draw strays by z - mu, a number for each coordinate. What does (4.3) say it has to be measured in?",
            "(z - mu) / sigma is ε, (S, n). Its length is the root of the sum of its squares over the last dimension.",
            "A comparison such as distance <= r gives true or false for each draw. As numbers, .double(), these are 1 "
            "or 0, and their mean is the share.",
            "distance = ((z - mu) / sigma).norm(dim=-1), and then (distance <= r).double().mean().",
        ),
        cases=draws_and_radii,
        wrong={
            "Each coordinate is asked by itself, and the draw counts if all are within r. That is a box. The radius "
            "belongs to the length of ε.": share_where(lambda d, sigma, r: ((d / sigma).abs() <= r).all(-1)),
            "The coordinates are counted, not the draws. That gives the 68 % of one dimension in any number of them.": (
                share_where(lambda d, sigma, r: (d / sigma).abs() <= r)
            ),
            "The squared length is compared with r. Take the root, or compare with r².": (
                share_where(lambda d, sigma, r: ((d / sigma) ** 2).sum(-1) <= r)
            ),
            "The distance is not measured in sigmas: each coordinate has to be divided by its own σ.": (
                share_where(lambda d, sigma, r: d.norm(dim=-1) <= r)
            ),
            "The coordinates are divided by the variance. The unit of length is σ.": (
                share_where(lambda d, sigma, r: (d / sigma**2).norm(dim=-1) <= r)
            ),
            "The squares are divided by σ. A square of a length is measured in σ².": (
                share_where(lambda d, sigma, r: (d**2 / sigma).sum(-1) <= r**2)
            ),
            "The squares are averaged over the coordinates. A length is the root of their sum, and so grows with n.": (
                share_where(lambda d, sigma, r: ((d / sigma) ** 2).mean(-1) <= r**2)
            ),
            "The sum of the coordinates' ways is taken. The straight way is shorter: the root of the sum of their "
            "squares.": share_where(lambda d, sigma, r: (d / sigma).abs().sum(-1) <= r),
            "The distance is taken from 0, not from the centre μ.": (
                lambda z, mu, sigma, r: share_where(lambda d, sigma, r: (d / sigma).norm(dim=-1) <= r)(z, 0, sigma, r)
            ),
            "That is the share outside: the rest of what was asked for.": (
                share_where(lambda d, sigma, r: (d / sigma).norm(dim=-1) > r)
            ),
            "That is how many are inside. The share is their number divided by S, which is the mean of zeros and "
            "ones.": lambda z, mu, sigma, r: share_within(z, mu, sigma, r) * len(z),
        },
    ),
]

PREDICTIONS = [
    Prediction(
        "4a",
        "The lecture's code has 30 dimensions. Which share of the draws from N(μ, diag(σ²)) is within one σ of its "
        "centre?",
        ("about 68 %", "about 39 %", "about 1 %", "less than one in a billion"),
        answer="less than one in a billion",
        because="The squared distance is a sum of 30 squares with the mean 1 each. All 30 would have to be small at "
        "once for the sum to be below 1, and the probability of that is 1.5e-17.",
    ),
    Prediction(
        "4b",
        "The same VAE is trained on the reconstruction only, without the second term of the loss. What becomes of the "
        "mean σ, and of the mean |μ|?",
        (
            "both stay about as they are with the second term",
            "σ shrinks towards 0, and |μ| grows",
            "σ grows, and |μ| shrinks towards 0",
            "both grow",
        ),
        answer="σ shrinks towards 0, and |μ| grows",
        because="A code that strays makes the reconstruction worse, and here nothing is gained by straying. Codes "
        "that lie further apart are told apart more safely, and nothing holds them together.",
    ),
]
