"""Exercises of notebook 02: damage, the error of a denoiser, and the best denoiser where it can be computed."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Generator, Tensor, nn

from vaelab.exercises.engine.ask import Answer, Case, Seen
from vaelab.exercises.engine.check import Exercise
from vaelab.exercises.engine.prediction import Prediction

# 2.1: damage


def noise(x, generator, sigma=0.5):
    """Noise from N(0, sigma^2) on each pixel, clipped to [0, 1]: x (B, 784) in [0, 1] -> (B, 784)."""
    eps = torch.randn(x.shape, generator=generator)
    return (x + sigma * eps).clamp(0, 1)


def images_to_damage(g: Generator) -> list[Case]:
    """Images that stay as they are, as sigma is 0; then many with black, grey and white pixels.

    A small sigma shows all of the noise of a grey pixel, a large one drives it out of [0, 1].
    """
    few = torch.tensor([[0.0, 0.5, 1.0]])
    images = [
        (few, 0.0),
        (torch.rand(2, 1, generator=g).double(), 0.0),
        *((few.repeat(200, 67), sigma) for sigma in (0.1, 0.8)),
    ]
    return [{"x": x, "generator": g, "sigma": sigma} for x, sigma in images]


def observe_damage(answer: Answer, x: Tensor, generator: Generator, sigma: float) -> Iterator[tuple[str, Any]]:
    """The damaged images if sigma is 0; else what is true of many on average, give or take six standard errors."""
    clean, start = x.clone(), generator.get_state()
    damaged = answer(x, generator, sigma)
    if sigma == 0 or not isinstance(damaged, Tensor):
        yield "", damaged
        return
    yield "", Seen((damaged,), lambda damaged: 0 * damaged + clean)  # its shape and dtype, and that no nan is in it

    def pixels(damaged: Tensor, level: float) -> Tensor:
        return damaged[:, clean[0] == level]  # all images have the same pixels

    def different(damaged: Tensor) -> float:
        inner = pixels(damaged, 0.5)
        inner = inner[(inner > 0) & (inner < 1)]
        return len(inner.unique()) / max(len(inner), 1)

    yield "the share of grey pixels with a noise of their own", Seen((damaged,), lambda d: near(different(d), 1))
    if different(damaged) < 0.9:  # few draws, or few values; neither says anything of a distribution
        grey = pixels(damaged, 0.5)
        yield "whether images or pixels share all of it", any((grey == row).all() for row in (grey[:1], grey[:, :1]))
        return
    out = math.erfc(0.5 / (sigma * math.sqrt(2)))  # how probable it is that a grey pixel leaves [0, 1]
    again = answer(clean.clone(), generator, sigma)
    same = answer(clean.clone(), Generator().set_state(start), sigma)

    def share(truth: float, of: Callable[..., Tensor], *given: Tensor) -> Seen:
        return Seen(given, lambda *given: near(of(*given).double().mean().item(), truth))

    def grey_ones(of: Callable[[Tensor], Tensor], truth: float) -> Seen:
        return share(truth, lambda damaged: of(pixels(damaged, 0.5)), damaged)

    yield "the share of pixels below 0 or above 1", share(0, lambda d: d != d.clamp(0, 1), damaged)
    yield "the share of pixels below -1 or above 2", share(0, lambda d: d != d.clamp(-1, 2), damaged)
    yield "the share of black pixels that stay black", share(0.5, lambda d: pixels(d, 0.0) == 0, damaged)
    yield "the share of white pixels that stay white", share(0.5, lambda d: pixels(d, 1.0) == 1, damaged)
    yield (
        "the share of grey pixels that become black or white",
        grey_ones(lambda grey: (grey == 0) | (grey == 1), out),
    )
    if out < 0.01:
        yield (
            "the standard deviation of the noise of grey pixels, in sigmas",
            grey_ones(lambda grey: grey.double().std() / sigma, 1),
        )
        yield (
            "the share of grey pixels whose noise is within one sigma",
            grey_ones(lambda grey: (grey - 0.5).abs() < sigma, 0.683),
        )
    yield (
        "the share of images that a second call damages in the same way",
        share(0, lambda damaged, again: (damaged == again).all(1), damaged, again),
    )
    yield (
        "the share of images that come again after the generator is reset",
        share(1, lambda damaged, same: (damaged == same).all(1), damaged, same),
    )


def near(value: float, truth: float) -> float:
    """The truth itself if the value is near it, so that it reads well."""
    return float(truth) if abs(value - truth) < 0.03 else value


def add(draw: Callable[[Tensor, Generator, float], Tensor]) -> Answer:
    """noise with another draw."""
    return lambda x, generator, sigma=0.5: (x + draw(x, generator, sigma)).clamp(0, 1)


def undone_where_clipped(x, generator, sigma=0.5):
    """No noise where it leads out of [0, 1]."""
    noisy = x + sigma * torch.randn(x.shape, generator=generator)
    return torch.where((noisy < 0) | (noisy > 1), x, noisy)


damage = Exercise(
    "2.1",
    "noise, as a way to damage images",
    noise,
    hints=(
        "What is the standard deviation of a draw from N(0, 1) that is multiplied by σ?",
        "Each pixel of each image needs a draw of its own, so there are as many draws as numbers in x: "
        "torch.randn(x.shape, ...). The generator goes in by name, as in occlusion.",
        "Add σ times the draws to x, in a new tensor. Some pixels are now below 0 or above 1.",
        "noisy.clamp(low, high) puts what is below low to low, and what is above high to high.",
    ),
    cases=images_to_damage,
    observe=observe_damage,
    atol=0.02,
    wrong={
        "Nothing is clipped: below 0 and above 1 there is no grey value. What falls outside is to become 0 or 1.": (
            lambda x, generator, sigma=0.5: x + sigma * torch.randn(x.shape, generator=generator)
        ),
        "Only what falls below 0 is clipped. What is above 1 is to become 1.": (
            lambda x, generator, sigma=0.5: (x + sigma * torch.randn(x.shape, generator=generator)).clamp(min=0)
        ),
        "Only what is above 1 is clipped. What falls below 0 is to become 0.": (
            lambda x, generator, sigma=0.5: (x + sigma * torch.randn(x.shape, generator=generator)).clamp(max=1)
        ),
        "Grey values lie in [0, 1]: what falls below 0 is to become 0, not -1.": (
            lambda x, generator, sigma=0.5: (x + sigma * torch.randn(x.shape, generator=generator)).clamp(-1, 1)
        ),
        "A pixel that the noise drives out of [0, 1] gets its clean value back. It is to become 0 or 1, whichever is "
        "nearer.": undone_where_clipped,
        "The noise is clipped, and not the sum. So it never darkens, and the sum can leave [0, 1]: first add, "
        "then clip.": lambda x, generator, sigma=0.5: (
            x + (sigma * torch.randn(x.shape, generator=generator)).clamp(0, 1)
        ),
        "The noise is multiplied by the image, so black pixels get none. It is to be added, the same for all grey "
        "values.": add(lambda x, g, sigma: x * sigma * torch.randn(x.shape, generator=g)),
        "Every call draws the same, as a seed is set or a generator made inside. Draw with the one that is given, as "
        "it comes, and it goes on by itself.": add(
            lambda x, g, sigma: sigma * torch.randn(x.shape, generator=g.manual_seed(0))
        ),
        "The noise is uniform, between 0 and 1, so it only brightens. Draws from N(0, σ²) are as often below 0 as "
        "above: torch.randn, with an n.": add(lambda x, g, sigma: sigma * torch.rand(x.shape, generator=g)),
        "Too few numbers are drawn, so images or pixels share their noise. What they share, the network could learn to "
        "subtract: draw one for each number in x.": add(
            lambda x, g, sigma: sigma * torch.randn(x.shape[1], generator=g)
        ),
        "The noise takes only a few values. It is to be a draw from N(0, σ²), added to each pixel.": (
            lambda x, generator, sigma=0.5: x * (torch.rand(x.shape, generator=generator) > sigma)
        ),
        "The draws are multiplied by the variance, σ². What is multiplied by σ has the variance σ².": (
            add(lambda x, g, sigma: sigma**2 * torch.randn(x.shape, generator=g))
        ),
        "The number 0.5 is written into it. That is only what sigma is unless the caller says otherwise.": (
            add(lambda x, g, sigma: 0.5 * torch.randn(x.shape, generator=g))
        ),
        "sigma is not used: the noise has the standard deviation 1 whatever it is.": (
            add(lambda x, g, sigma: torch.randn(x.shape, generator=g))
        ),
        "The generator is not used. The noise is right, but it can't be reproduced, and every run of the course would "
        "differ: pass the generator to the function that draws.": add(lambda x, g, sigma: sigma * torch.randn_like(x)),
    },
)

# 2.2: what is asked of a denoiser


def denoising_error(model, clean, damaged):
    """Equation (2.1), estimated from a batch: clean x and damaged x_tilde, (B, 784) each -> one number."""
    return ((clean - model(damaged)) ** 2).sum(-1).mean()


class Quartering(nn.Module):
    """A model that can be done in one's head."""

    def forward(self, x):
        """x / 4, as with x / 2 the answer misses the clean image by as much as it misses the damage."""
        return x / 4


Quartering.__name__ = "model that answers x / 4"  # so it is shown in a message


def clean_and_damaged(g: Generator) -> list[Case]:
    """A model and a batch: some for the head, then linear models with weights to learn."""
    tensor = torch.tensor
    cases = [
        (Quartering(), tensor([[1.0, 0.0]]), tensor([[0.0, 0.8]])),
        (Quartering(), tensor([[1.0, 0.0], [1.0, 1.0]]), tensor([[0.0, 0.8], [1.0, 0.0]])),
        (Quartering(), *torch.rand(2, 2, 3, generator=g).double()),
    ]
    for b, d in ((5, 3), (1, 4), (4, 1), (3, 3), (2, 7)):
        model = nn.Linear(d, d)
        model.load_state_dict({"weight": torch.randn(d, d, generator=g), "bias": torch.randn(d, generator=g)})
        cases.append((model, *torch.rand(2, b, d, generator=g)))
    return [{"model": model, "clean": clean, "damaged": damaged} for model, clean, damaged in cases]


def error_and_slope(answer: Answer, model: Callable, clean: Tensor, damaged: Tensor) -> Iterator[tuple[str, Any]]:
    """The error, and its gradient in the model's weights, if it has any: that is what trains them."""
    error = answer(model, clean, damaged)
    yield "", error
    if isinstance(model, nn.Linear):
        learns = isinstance(error, Tensor) and error.requires_grad
        slope = torch.autograd.grad(error.sum(), model.weight, allow_unused=True)[0] if learns else None
        yield "the gradient with respect to the model's weights", slope


loss = Exercise(
    "2.2",
    "the error of a denoiser",
    denoising_error,
    hints=(
        "Two questions: which of the two images does the network get to see, and which one should it have answered?",
        "x_hat is model(...) of what the network sees. (2.1) compares it with x, which is the clean image.",
        "(2.1) is a sum over the pixels, dimension -1, inside an expectation over images. The mean over the batch "
        "estimates that expectation.",
        "Square the difference between clean and model(damaged), then .sum(-1), then .mean().",
    ),
    cases=clean_and_damaged,
    observe=error_and_slope,
    wrong={
        "The answer is compared with the damaged image. A network rewarded for that learns to keep the damage: the "
        "target is the clean image.": lambda model, clean, damaged: ((damaged - model(damaged)) ** 2).sum(-1).mean(),
        "The network gets the clean image. That is a plain autoencoder, which never sees any damage.": (
            lambda model, clean, damaged: ((clean - model(clean)) ** 2).sum(-1).mean()
        ),
        "That asks the network for the damage, x̃ - x. (2.1) asks it for the clean image.": (
            lambda model, clean, damaged: ((damaged - clean - model(damaged)) ** 2).sum(-1).mean()
        ),
        "The network is not asked. That is how far the damaged image is from the clean one, and (2.1) is about the "
        "answer to it.": lambda model, clean, damaged: ((clean - damaged) ** 2).sum(-1).mean(),
        "The number 784 is written into it. An image may have fewer pixels, as here: add up over the last dimension, "
        "however long it is.": lambda model, clean, damaged: ((clean - model(damaged)) ** 2).mean() * 784,
        "That is divided by 784, the number of pixels. (2.1) is a mean over the images, as many as there are in the "
        "batch.": lambda model, clean, damaged: ((clean - model(damaged)) ** 2).sum() / 784,
        "You take the mean over the pixels too, as F.mse_loss does by default. (2.1) adds up over the pixels, and the "
        "mean is over the images only.": lambda model, clean, damaged: ((clean - model(damaged)) ** 2).mean(),
        "You sum over the images too, so the result grows with the batch. An expectation is estimated by a mean.": (
            lambda model, clean, damaged: ((clean - model(damaged)) ** 2).sum()
        ),
        "You sum over the images and take the mean over the pixels. (2.1) has them the other way round: images come "
        "first in a batch, pixels last.": lambda model, clean, damaged: ((clean - model(damaged)) ** 2).sum(0).mean(),
        "The root of each image's error is taken. (2.1) averages the squares.": (
            lambda model, clean, damaged: (clean - model(damaged)).norm(dim=-1).mean()
        ),
        "The differences are added up first and then squared, so that too bright and too dark cancel. Square each "
        "pixel by itself.": lambda model, clean, damaged: ((clean - model(damaged)).sum(-1) ** 2).mean(),
        "Those are absolute differences. (2.1) has their squares.": (
            lambda model, clean, damaged: (clean - model(damaged)).abs().sum(-1).mean()
        ),
        "The number is right, but it is cut off from the model: with it, nothing can be learned.": (
            lambda model, clean, damaged: ((clean - model(damaged).detach()) ** 2).sum(-1).mean()
        ),
    },
)

# 2.3: the best denoiser


def posterior_parts(x_tilde, w, m, s, sigma):
    """The two parts of (2.4): x_tilde (B,), w and m (K,), s and sigma numbers -> rho and the brackets, (B, K) each."""
    variance = s**2 + sigma**2  # of the noisy values from one of the Gaussians
    difference = x_tilde[:, None] - m  # (B, K)
    # softmax: exp of these, divided by its sum over k. A factor that is the same for all k cancels.
    rho = torch.softmax(w.log() - difference**2 / (2 * variance), -1)
    means = m + s**2 / variance * difference
    return rho, means


def noisy_values(g: Generator) -> list[Case]:
    """Noisy values of a mixture: some for the head, then random ones of several shapes."""
    tensor = torch.tensor
    cases = [
        (tensor([0.0]), tensor([0.25, 0.75]), tensor([-1.0, 1.0]), 1.0, 1.0),
        (tensor([1.0]), tensor([0.5, 0.5]), tensor([-1.0, 1.0]), 1.0, 1.0),
        (tensor([7.0, 2.0]), tensor([1.0]), tensor([2.0]), 1.0, 2.0),
    ]
    for b, k, s, sigma in ((5, 3, 0.7, 0.4), (1, 4, 0.5, 1.5), (2, 2, 1.2, 0.8), (4, 1, 0.3, 0.9), (2, 6, 2.0, 0.5)):
        w = torch.rand(k, generator=g) + 0.1
        cases.append((2 * torch.randn(b, generator=g), w / w.sum(), 2 * torch.randn(k, generator=g), s, sigma))
    cases.append((*(value.double() for value in cases[3][:3]), 0.7, 0.4))
    return [dict(zip(("x_tilde", "w", "m", "s", "sigma"), case, strict=True)) for case in cases]


def densities(x_tilde, w, m, s, sigma):
    """w_k N(x_tilde; m_k, s^2 + sigma^2), (B, K)."""
    return w * torch.distributions.Normal(m, math.sqrt(s**2 + sigma**2)).log_prob(x_tilde[:, None]).exp()


def with_rho(rho: Callable[..., Tensor]) -> Answer:
    """posterior_parts with another rho, of the same arguments."""
    return lambda x_tilde, w, m, s, sigma: (
        rho(x_tilde, w, m, s, sigma),
        posterior_parts(x_tilde, w, m, s, sigma)[1],
    )


def with_bracket(bracket: Callable[..., Tensor]) -> Answer:
    """posterior_parts with another bracket, of the same arguments."""
    return lambda x_tilde, w, m, s, sigma: (
        posterior_parts(x_tilde, w, m, s, sigma)[0],
        bracket(x_tilde, w, m, s, sigma),
    )


def with_variance(variance: Callable[[float, float], float]) -> Answer:
    """posterior_parts with another variance of the noisy values, in both parts."""

    def answer(x_tilde, w, m, s, sigma):
        difference = x_tilde[:, None] - m
        rho = torch.softmax(w.log() - difference**2 / (2 * variance(s, sigma)), -1)
        return rho, m + s**2 / variance(s, sigma) * difference

    return answer


best = Exercise(
    "2.3",
    "the best denoiser of a mixture",
    posterior_parts,
    hints=(
        "First the bracket, which needs no probabilities. x_tilde[:, None] - m has the shape (B, K): each noisy value "
        "against each m.",
        "For ρ, write the logarithm of w_k N(x̃; m_k, s² + σ²): log w, minus the squared difference divided by twice "
        "the variance. What else is in it is the same for all k.",
        "ρ is the exp of these logarithms, divided by its sum over k, so that each row adds up to 1. What is the same "
        "for all k cancels. torch.softmax(..., -1) does all that.",
        "rho = torch.softmax(w.log() - ..., -1), and the brackets are m + s**2 / variance * (x_tilde[:, None] - m). "
        "Return both, rho first.",
    ),
    cases=noisy_values,
    wrong={
        "w is missing in ρ. Halfway between two Gaussians of the same width, a value comes more probably from the more "
        "frequent one.": lambda x_tilde, w, m, s, sigma: posterior_parts(x_tilde, torch.ones_like(w), m, s, sigma),
        "w stands in the exponent where its logarithm belongs: softmax takes the exp of what it is given, and w is the "
        "exp of log w.": with_rho(
            lambda x_tilde, w, m, s, sigma: torch.softmax(w - (x_tilde[:, None] - m) ** 2 / (2 * (s**2 + sigma**2)), -1)
        ),
        "In ρ the variance is σ² alone, that of the noise. The noisy values of one of the Gaussians spread by its own "
        "variance too: s² + σ².": with_rho(lambda x_tilde, w, m, s, sigma: posterior_parts(x_tilde, w, m, 0, sigma)[0]),
        "In ρ the variance is s² alone, that of the clean values. Noise adds to it: s² + σ².": with_rho(
            lambda x_tilde, w, m, s, sigma: posterior_parts(x_tilde, w, m, s, 0)[0]
        ),
        "The variance is (s + σ)². The variances of independent parts add up, their standard deviations do not: "
        "s² + σ².": with_variance(lambda s, sigma: (s + sigma) ** 2),
        "In ρ the variance stands where a standard deviation belongs. The second argument of N in (2.4) is the "
        "variance, and that of PyTorch's Normal is the root of it.": with_rho(
            lambda x_tilde, w, m, s, sigma: posterior_parts(x_tilde, w, m, 0, s**2 + sigma**2)[0]
        ),
        "A ½ got lost in ρ: the exponent of a Gaussian is the squared difference divided by twice the variance.": (
            lambda x_tilde, w, m, s, sigma: posterior_parts(x_tilde, w, m, s / 2**0.5, sigma / 2**0.5)
        ),
        "The ρ of a value don't add up to 1. They are probabilities: divide by p_σ(x̃), which is the sum over k.": (
            with_rho(densities)
        ),
        "ρ is made to add up to 1 over the noisy values. It is each value that comes from one of the Gaussians: the "
        "sum is over k, the last dimension.": with_rho(lambda *given: densities(*given) / densities(*given).sum(0)),
        "The sum over k has lost its dimension, so PyTorch divides each column, not each row, by it: keepdim=True.": (
            with_rho(lambda *given: densities(*given) / densities(*given).sum(-1))
        ),
        "Python reads / 2 * variance from left to right: it divides by 2, then multiplies by the variance. Put "
        "brackets around 2 * variance.": with_rho(
            lambda x_tilde, w, m, s, sigma: torch.softmax(
                w.log() - (x_tilde[:, None] - m) ** 2 / 2 * (s**2 + sigma**2), -1
            )
        ),
        "In the bracket m is to be subtracted from x̃ first: what is shrunk is the distance from m.": with_bracket(
            lambda x_tilde, w, m, s, sigma: m + s**2 / (s**2 + sigma**2) * x_tilde[:, None]
        ),
        "The second result is the bracket alone. ρ comes to it later, where (2.4) adds up over k.": (
            with_bracket(lambda *given: torch.mul(*posterior_parts(*given)))
        ),
        "In the bracket σ² stands where s² belongs. The more noise there is, the less the noisy value is to count, and "
        "the more m.": with_bracket(lambda x_tilde, w, m, s, sigma: posterior_parts(x_tilde, w, m, sigma, s)[1]),
        "The two results are swapped: ρ comes first, then the brackets.": (
            lambda x_tilde, w, m, s, sigma: posterior_parts(x_tilde, w, m, s, sigma)[::-1]
        ),
    },
)

EXERCISES = [damage, loss, best]

PREDICTIONS = [
    Prediction(
        "2a",
        "A denoising autoencoder was trained on noise with σ = 0.5, clipped to [0, 1]. Now it gets images without any "
        "noise. How large is its error?",
        (
            "next to 0: there is nothing to mend",
            "smaller than at σ = 0.5, as less was destroyed",
            "about as large as at σ = 0.5, as it draws the whole image anew",
            "larger than at σ = 0.5",
        ),
        answer="larger than at σ = 0.5",
        because="Clipping pulls every pixel towards grey: a black one up by 0.2 on average, a white one down by as "
        "much. The network learned to undo that, and undoes it in a clean image too, where nothing was done. It has "
        "never seen a clean image, and (2.2) asks nothing of it where x̃ never comes.",
    ),
    Prediction(
        "2b",
        "Values that start far from the data go through 50 steps. With which kind of step do they end in the data's "
        "distribution, with 70 % at the right hump?",
        (
            "repeat: denoise with the posterior mean",
            "noise and repeat: add fresh noise, then denoise with the posterior mean",
            "noise and draw: add fresh noise, then draw from the posterior",
            "none of the three",
        ),
        answer="noise and draw: add fresh noise, then draw from the posterior",
        because="It draws x̃ given x, then x given x̃, and so on. Such a chain leaves p(x) c(x̃ | x) as it is, and in "
        "time it forgets where it began. The mean instead of a draw pulls the values together at every step.",
    ),
]
