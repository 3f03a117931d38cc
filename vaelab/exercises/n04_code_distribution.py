"""Exercises of notebook 04: to draw a code, and how much of a cloud lies within a radius."""

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Generator, Tensor

from vaelab.exercises.engine.ask import Answer, Case, Seen, read
from vaelab.exercises.engine.check import Exercise
from vaelab.exercises.engine.prediction import Prediction

# 4.1: a draw


def draw_code(mu, logvar, generator):
    """Equation (4.3): mu, logvar (B, n) -> z (B, n), drawn from N(mu, sigma^2)."""
    sigma = torch.exp(0.5 * logvar)
    return torch.normal(mu, sigma, generator=generator)


def clouds(g: Generator) -> list[Case]:
    """mu and logvar of several shapes, and the generator to draw with."""
    pairs = [
        (torch.tensor([[3.0], [-1.0]]), torch.tensor([[-2.0], [-2.0]])),
        (torch.tensor([[3.0, -1.0]]), torch.tensor([[2.0, -8.0]])),
        (torch.tensor([[0.0, 2.0]]), torch.tensor([[0.5, 2.0]])),  # a σ to whoever takes it for one
        (torch.randn(5, 2, generator=g), torch.randn(5, 2, generator=g)),
        (torch.randn(4, 1, generator=g), torch.randn(4, 1, generator=g) - 2),
        (torch.randn(3, 3, generator=g), 2 * torch.randn(3, 3, generator=g)),
        (torch.randn(2, 4, generator=g).double(), torch.randn(2, 4, generator=g).double()),
    ]
    return [{"mu": mu, "logvar": logvar, "generator": Generator().manual_seed(7)} for mu, logvar in pairs]


DRAWS = 3_000  # few enough for an answer that loops over them


def observe_draws(answer: Answer, mu: Tensor, logvar: Tensor, generator: Generator) -> Iterator[tuple[str, Any]]:
    """First what holds of each draw, then the statistics of many.

    Where the draws of different images are the same, the statistics would be those of one draw, so there it ends.
    """
    before = generator.get_state()
    z = answer(mu, logvar, generator)
    yield "", Seen((z,), partial(but_for_its_numbers, mu=mu))
    if not isinstance(z, Tensor) or z.shape != mu.shape:
        return
    again = answer(mu, logvar, generator)
    yield "the share of numbers that another call draws anew", Seen((z, again), lambda *z: share(torch.ne, *z))
    same = answer(mu, logvar, Generator().set_state(before))
    yield "the share that comes again after the generator is reset", Seen((z, same), lambda *z: share(torch.eq, *z))

    copies = DRAWS // len(mu)
    means, log_variances = mu.repeat(copies, 1), logvar.repeat(copies, 1)
    n, half = len(means), len(means) // 2
    z = answer(means.clone(), log_variances, generator)
    yield f"what comes for {n:,} images", Seen((z,), partial(but_for_its_numbers, mu=means))
    if not isinstance(z, Tensor) or z.shape != means.shape:
        return

    def of_eps(look: Callable[[Tensor], Tensor]) -> Seen:
        return Seen((z,), lambda z: look((z - means).double() * torch.exp(-0.5 * log_variances.double())))

    def halves(eps: Tensor) -> tuple[Tensor, Tensor]:
        return eps[:half], eps[half : 2 * half]

    yield "the share of numbers that have the ε of another image", of_eps(lambda eps: share_of_equal(*halves(eps)))
    yield (
        "the share that have the ε of the coordinate before",
        of_eps(lambda eps: share_of_equal(eps[:, :-1], eps[:, 1:])),
    )
    if read(of_eps(lambda eps: torch.isclose(*halves(eps), atol=1e-3).all())):
        return
    yield f"(z - μ) / σ, the mean of {n:,} draws", of_eps(lambda eps: but_for_chance(eps.mean(0), 0, n**-0.5))
    yield "(z - μ) / σ, the standard deviation", of_eps(lambda eps: but_for_chance(eps.std(0), 1, (2 * n) ** -0.5))
    for r, part in ((1, 0.3173), (2, 0.0455)):
        yield f"the draws beyond {r} σ, for each that should be there", of_eps(partial(beyond, r=r, share=part))
    yield (
        "the mean product of the ε of two coordinates",
        of_eps(lambda eps: but_for_chance((eps[:, :-1] * eps[:, 1:]).mean(0), 0, n**-0.5)),
    )
    yield "the mean product of the ε of two images", of_eps(largest_product)


def share(where: Callable[[Tensor, Tensor], Tensor], z: Tensor, other: Tensor) -> float:
    """The share of numbers for which that is so."""
    return where(z, other).double().mean().item()


def beyond(eps: Tensor, r: int, share: float) -> Tensor:
    """How many of the draws are beyond r, for each that should be: 1, but for chance."""
    error = math.sqrt((1 - share) / (share * len(eps)))
    return but_for_chance((eps.abs() > r).double().mean(0) / share, 1, error)


def largest_product(eps: Tensor) -> Tensor:
    """The mean products of each image and the one k further on, for all k at once. The largest is larger by chance."""
    n = len(eps)
    products = torch.fft.irfft(torch.fft.rfft(eps, dim=0).abs() ** 2, n, dim=0)[1:] / n
    largest = products.gather(0, products.abs().argmax(0, keepdim=True)).squeeze(0)
    return but_for_chance(largest, 0, 1.3 * n**-0.5)


def share_of_equal(eps: Tensor, other: Tensor) -> Tensor:
    """The share of numbers that are the same, but for rounding; 0 if there are none."""
    same = (eps - other).abs() < 1e-3
    return (same.double().sum() / max(1, same.numel())).round(decimals=2)


def but_for_its_numbers(z: Any, mu: Tensor) -> Any:
    """z, to compare its kind, shape and dtype, and whether it holds nan: its numbers are chance."""
    return torch.where(z.isnan(), z, mu.to(z.dtype)) if isinstance(z, Tensor) and z.shape == mu.shape else z


def but_for_chance(value: Tensor, exact: float, error: float) -> Tensor:
    """The exact value where what is off may be chance, up to five standard errors; else the value, rounded."""
    return torch.where((value - exact).abs() <= 5 * error, exact, value.round(decimals=2))


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
        ([[1.0, 3.0], [2.0, 0.0], [-3.0, 1.0], [4.0, 1.0]], [1.0, 0.0], [4.0, 2.0], 1.2),
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
    numbers += [(z, mu, sigma, 20.0), (z + 50, mu, sigma, 3.0)]
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
        rtol=0.03,
        atol=0.05,
        wrong={
            "The variance is taken for σ: exp(logvar) is σ². The ½ of (4.2) takes the root of it.": (
                with_sigma(torch.exp)
            ),
            "logvar itself is taken for σ. It is the logarithm of σ², and may be negative: (4.2) leads from one to the "
            "other.": with_sigma(lambda logvar: logvar),
            "logvar is given to torch.normal as σ, which can't be negative. It is the logarithm of σ²: (4.2) leads "
            "from one to the other.": lambda mu, logvar, generator: torch.normal(mu, logvar, generator=generator),
            "½ logvar is log σ, not yet σ: the exponential of (4.2) is missing.": (
                with_sigma(lambda logvar: 0.5 * logvar)
            ),
            "The ½ belongs inside the exponential. There it makes a root of σ², and outside only half of it.": (
                with_sigma(lambda logvar: 0.5 * logvar.exp())
            ),
            "logvar is taken for σ², and the root of what may be negative is nan. It is the logarithm of σ²: (4.2).": (
                with_sigma(torch.sqrt)
            ),
            "That is μ, the centre. Nothing is drawn. The code should stray from μ, differently at each call.": (
                lambda mu, logvar, generator: mu.clone()
            ),
            "One draw serves all images: they all stray the same way. Each image needs an ε of its own.": (
                with_noise(lambda shape, generator: torch.randn(shape[-1], generator=generator).expand(shape))
            ),
            "One draw serves all coordinates of a code, which then strays along one line only. ε has n numbers.": (
                with_noise(lambda shape, generator: torch.randn(shape[0], 1, generator=generator).expand(shape))
            ),
            "A single draw serves all images and all coordinates. Each number in mu needs an ε of its own.": (
                with_noise(lambda shape, generator: torch.randn(1, generator=generator).expand(shape))
            ),
            "The noise is uniform between 0 and 1, from torch.rand. It should be Gaussian with mean 0: torch.randn.": (
                with_noise(lambda shape, generator: torch.rand(shape, generator=generator))
            ),
            "The draws don't come from the generator as it was given: it isn't used, or is seeded anew inside. The "
            "draw is correct, but nobody can repeat it.": with_noise(lambda shape, generator: torch.randn(shape)),
            "Every call draws the same, as the generator is reset, or made anew, inside the function. Leave that to "
            "the caller.": lambda mu, logvar, generator: draw_code(mu, logvar, Generator().manual_seed(0)),
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
            "Each coordinate is checked by itself, and the draw counts if all are within r. That is a box. The radius "
            "belongs to the length of ε.": share_where(lambda d, sigma, r: ((d / sigma).abs() <= r).all(-1)),
            "The coordinates are counted, not the draws. For r = 1 that gives 68 % in any number of dimensions.": (
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
            "The squares are averaged over the coordinates. A length is the root of their sum, and so grows with n.": (
                share_where(lambda d, sigma, r: ((d / sigma) ** 2).mean(-1) <= r**2)
            ),
            "The distances along the coordinates are added up. The straight line is shorter: the root of the sum of "
            "their squares.": share_where(lambda d, sigma, r: (d / sigma).abs().sum(-1) <= r),
            "The distance is measured from 0, not from the centre μ.": (
                lambda z, mu, sigma, r: share_where(lambda d, sigma, r: (d / sigma).norm(dim=-1) <= r)(z, 0, sigma, r)
            ),
            "That is (4.4), what to expect of draws in two dimensions. Here the draws at hand are to be counted, in "
            "any number of dimensions.": lambda z, mu, sigma, r: 1 - math.exp(-r * r / 2),
            "That norm runs over the draws. The length of a draw goes over its coordinates, the last dimension.": (
                share_where(lambda d, sigma, r: (d / sigma).norm(dim=0) <= r)
            ),
            "Python divides before it subtracts, so only mu is divided by sigma. Put brackets around z - mu.": (
                lambda z, mu, sigma, r: ((z - mu / sigma).norm(dim=-1) <= r).double().mean().item()
            ),
            "That is 1 if every draw is inside, and else 0: // and int(...) drop what is behind the point. A share can "
            "be anything in between: divide with /.": lambda z, mu, sigma, r: share_within(z, mu, sigma, r) // 1,
            "That is the share outside. Inside is where the distance is at most r.": (
                lambda z, mu, sigma, r: 1 - share_within(z, mu, sigma, r)
            ),
            "One length is taken over all draws together. Each draw has a distance of its own: the sum of the squares "
            "goes over the last dimension only.": lambda z, mu, sigma, r: float(((z - mu) / sigma).norm() <= r),
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
        ("less than one in a billion", "about 1 %", "about 39 %", "about 68 %"),
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
