"""Exercises of notebook 02: damage, the error of a denoiser, and the best denoiser where it can be computed."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Generator, Tensor, nn

from vaelab.exercises.check import Answer, Case, Exercise
from vaelab.exercises.prediction import Prediction

# 2.1: damage


def noise(x, generator, sigma=0.5):
    """x (B, 784) and a draw from N(0, sigma^2) for each pixel, cut off at 0 and at 1 -> (B, 784)."""
    eps = torch.randn(x.shape, generator=generator)
    return (x + sigma * eps).clamp(0, 1)


def images_to_damage(g: Generator) -> list[Case]:
    """Images that stay as they are, as sigma is 0; grey ones, that noise does not cut off; black ones, that it does."""
    cases = [
        (torch.tensor([[0.0, 0.5, 1.0]]), 0.0),
        (torch.rand(3, 2, generator=g), 0.0),
        (torch.rand(2, 1, generator=g).double(), 0.0),
        (torch.full((200, 201), 0.5), 0.1),
        (torch.zeros(200, 201), 0.5),
    ]
    return [{"x": x, "generator": Generator().manual_seed(7), "sigma": sigma} for x, sigma in cases]


def observe_damage(answer: Answer, x: Tensor, generator: Generator, sigma: float) -> Iterator[tuple[str, Any]]:
    """The image where sigma is 0; else what 40,200 draws have in common, six standard errors granted."""
    clean, before = x.clone(), generator.get_state()
    damaged = answer(x, generator, sigma)
    if not isinstance(damaged, Tensor) or damaged.shape != clean.shape or sigma == 0:
        yield "", damaged
        return
    yield "", torch.where(damaged.isnan(), damaged, clean.to(damaged.dtype))  # its dtype, and that it is a number
    if clean.any():
        again = answer(clean.clone(), generator, sigma)
        same = answer(clean.clone(), Generator().set_state(before), sigma)
        yield "the share of pixels that another call damages anew", (damaged != again).double().mean().item()
        yield (
            "the share of pixels that come again with the generator set back",
            (damaged == same).double().mean().item(),
        )
        yield from statistics_of_noise((damaged - clean).double() / sigma)
    else:
        yield from statistics_of_black(damaged.double())


def statistics_of_noise(eps: Tensor) -> Iterator[tuple[str, float]]:
    """Of what should be standard normal, each number by itself."""
    error = 1 / math.sqrt(eps.numel())
    yield "the largest correlation between the noise of two images", near(correlation(eps), 0, 0.6)
    yield "the largest correlation between the noise of two pixels", near(correlation(eps.T), 0, 0.6)
    yield "the mean of the noise on grey pixels, in sigmas", near(eps.mean(), 0, 6 * error)
    yield "the standard deviation of the noise, in sigmas", near(eps.std(), 1, 5 * error)
    yield "the share of the noise within one sigma", near((eps.abs() < 1).double().mean(), 0.683, 3 * error)
    yield "the share of the noise within two sigmas", near((eps.abs() < 2).double().mean(), 0.954, 2 * error)


def statistics_of_black(damaged: Tensor) -> Iterator[tuple[str, float]]:
    """Of black images with noise of sigma = 0.5, cut off: half of the noise is below 0, 2.3 % above 1."""
    error = 1 / math.sqrt(damaged.numel())
    yield "of black pixels, the share below 0", (damaged < 0).double().mean().item()
    yield "of black pixels, the share above 1", (damaged > 1).double().mean().item()
    yield "of black pixels, the share at 0", near((damaged == 0).double().mean(), 0.5, 3 * error)
    yield "of black pixels, the share at 1", near((damaged == 1).double().mean(), 0.023, 1 * error)
    yield "the mean of black pixels", near(damaged.mean(), 0.195, 2 * error)


def correlation(rows: Tensor) -> Tensor:
    """The largest between any two rows; rows that are constant count as alike."""
    return torch.corrcoef(rows).nan_to_num(1).fill_diagonal_(0).abs().max()


def near(value: Tensor, truth: float, tolerance: float) -> float:
    """The truth itself if the value is near it, so that it reads well."""
    return float(truth) if abs(value.item() - truth) <= tolerance else value.item()


def damage_with(draw: Callable[[Tensor, Generator, float], Tensor]) -> Answer:
    """noise with another thing added to the image, called with x, the generator and sigma."""
    return lambda x, generator, sigma=0.5: (x + draw(x, generator, sigma)).clamp(0, 1)


def normal(x: Tensor, generator: Generator) -> Tensor:
    """Standard normal numbers, one for each pixel."""
    return torch.randn(x.shape, generator=generator, dtype=x.dtype)


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
    rtol=0.02,
    atol=0.005,
    wrong={
        "Nothing is cut off: below 0 and above 1 there is no grey value. What falls outside is to become 0 or 1.": (
            lambda x, generator, sigma=0.5: x + sigma * normal(x, generator)
        ),
        "The noise is uniform, between 0 and 1, and so it only brightens. N(0, σ²) lies on both sides of 0: "
        "torch.randn, with an n.": damage_with(
            lambda x, generator, sigma: sigma * torch.rand(x.shape, generator=generator, dtype=x.dtype)
        ),
        "All images get the same noise. The network would learn this one pattern and subtract it: each image needs "
        "noise of its own.": damage_with(lambda x, generator, sigma: sigma * normal(x[:1], generator)),
        "All pixels of an image get the same number, which makes it brighter or darker. Each pixel needs a draw of its "
        "own.": damage_with(lambda x, generator, sigma: sigma * normal(x[:, :1], generator)),
        "A single number is drawn, for all images and all pixels. There are as many draws as numbers in x.": (
            damage_with(lambda x, generator, sigma: sigma * normal(x[:1, :1], generator))
        ),
        "The draws are multiplied by the variance, σ². What is multiplied by σ has the variance σ².": (
            damage_with(lambda x, generator, sigma: sigma**2 * normal(x, generator))
        ),
        "The draws are multiplied by the root of σ, as if it were the variance. sigma is the standard deviation, the "
        "root of the variance already.": damage_with(
            lambda x, generator, sigma: math.sqrt(sigma) * normal(x, generator)
        ),
        "sigma is not used: the noise has the standard deviation 1 whatever it is.": (
            damage_with(lambda x, generator, sigma: normal(x, generator))
        ),
        "sigma is not used: the noise has the standard deviation 0.5 whatever it is. That is only what it is if nobody "
        "says otherwise.": damage_with(lambda x, generator, sigma: 0.5 * normal(x, generator)),
        "The noise is written into x itself. Then no clean image is left to compare an answer with.": (
            lambda x, generator, sigma=0.5: x.add_(sigma * normal(x, generator)).clamp_(0, 1)
        ),
        "The generator is not used. The noise is right, but it can't be had again, and every run of the course would "
        "differ: hand the generator on to what draws.": damage_with(
            lambda x, generator, sigma: sigma * torch.randn_like(x)
        ),
        "The noise is the same at each call, and the network would see the same damage again and again. Draw from the "
        "generator as it comes, without a seed.": damage_with(
            lambda x, generator, sigma: sigma * normal(x, generator.manual_seed(generator.initial_seed()))
        ),
        "The noise is multiplied with the image, so what is black stays black. It is to be added.": (
            lambda x, generator, sigma=0.5: (x * (1 + sigma * normal(x, generator))).clamp(0, 1)
        ),
        "Nothing was damaged: that is x as it came in.": lambda x, generator, sigma=0.5: x.clone(),
        "That is the noise alone, without the image: it is to be added to x.": (
            lambda x, generator, sigma=0.5: (sigma * normal(x, generator)).clamp(0, 1)
        ),
        "The noise is cut off, and the image is not. Noise below 0 is as frequent as above, and darkens: add first, "
        "then cut off.": lambda x, generator, sigma=0.5: x + (sigma * normal(x, generator)).clamp(0, 1),
    },
)

# 2.2: what is asked of a denoiser


def denoising_error(model, clean, damaged):
    """Equation (2.1) for a batch: clean x and damaged x_tilde, (B, 784) each -> one number."""
    return ((clean - model(damaged)) ** 2).sum(-1).mean()


def halve(x):
    """A model that can be done in one's head."""
    return x / 2


def clean_and_damaged(g: Generator) -> list[Case]:
    """A model and a batch: some for the head, then linear models with weights to learn."""
    pairs = [([[1.0, 0.0]], [[0.0, 0.8]]), ([[1.0, 0.0], [1.0, 1.0]], [[0.0, 0.8], [1.0, 0.0]])]
    cases = [{"model": halve, "clean": torch.tensor(x), "damaged": torch.tensor(x_tilde)} for x, x_tilde in pairs]
    for b, d in ((5, 3), (1, 4), (4, 1), (3, 3), (2, 7)):
        model = nn.Linear(d, d)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=g))
        clean, damaged = torch.rand(2, b, d, generator=g)
        cases.append({"model": model, "clean": clean, "damaged": damaged})
    return [*cases, {"model": halve, "clean": clean.double(), "damaged": damaged.double()}]


def error_and_slope(answer: Answer, model: Callable, clean: Tensor, damaged: Tensor) -> Iterator[tuple[str, Any]]:
    """The error, and its gradient in the model's weights, if it has any: that is what trains them."""
    value = answer(model, clean, damaged)
    yield "", value
    if isinstance(model, nn.Module):
        slope = None
        if isinstance(value, Tensor) and value.requires_grad:
            (slope,) = torch.autograd.grad(value.sum(), [model.weight], allow_unused=True)
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
        "The answer is compared with the damaged image. Who is rewarded for that learns to keep the damage: the target "
        "is the clean image.": lambda model, clean, damaged: ((damaged - model(damaged)) ** 2).sum(-1).mean(),
        "The network gets the clean image. That is a plain autoencoder, which never sees any damage.": (
            lambda model, clean, damaged: ((clean - model(clean)) ** 2).sum(-1).mean()
        ),
        "The two have changed places: the network gets the clean image and is asked for the damaged one. It would "
        "learn to damage.": lambda model, clean, damaged: ((damaged - model(clean)) ** 2).sum(-1).mean(),
        "The damaged image is compared with the clean one. That is how bad the damage is: the network has not been "
        "asked.": lambda model, clean, damaged: ((clean - damaged) ** 2).sum(-1).mean(),
        "The mean over the pixels too, as F.mse_loss takes by default. (2.1) adds up over the pixels, and the mean is "
        "over the images only.": lambda model, clean, damaged: ((clean - model(damaged)) ** 2).mean(),
        "The sum over the images too, so it would grow with the batch. An expectation is estimated by a mean.": (
            lambda model, clean, damaged: ((clean - model(damaged)) ** 2).sum()
        ),
        "The sum over the images and the mean over the pixels. (2.1) has them the other way round: images come first "
        "in a batch, pixels last.": lambda model, clean, damaged: ((clean - model(damaged)) ** 2).sum(0).mean(),
        "That is one number for each image. To train by, one number for the batch is needed: their mean.": (
            lambda model, clean, damaged: ((clean - model(damaged)) ** 2).sum(-1)
        ),
        "That is the distance, the root of what is asked. (2.1) has no root.": (
            lambda model, clean, damaged: (clean - model(damaged)).norm(dim=-1).mean()
        ),
        "The differences are taken without their sign, but not squared. That is the absolute error, for which the best "
        "answer is a median.": lambda model, clean, damaged: (clean - model(damaged)).abs().sum(-1).mean(),
        "The differences are not squared, so those above and those below 0 cancel each other.": (
            lambda model, clean, damaged: (clean - model(damaged)).sum(-1).mean()
        ),
        "The number is right, but it is cut off from the model: with it, nothing can be learned.": (
            lambda model, clean, damaged: ((clean - model(damaged).detach()) ** 2).sum(-1).mean()
        ),
    },
)

# 2.3: the best denoiser


def posterior_parts(x_tilde, w, m, s, sigma):
    """The two parts of (2.4): x_tilde (B,), w and m (K,) -> rho (B, K), and the brackets (B, K)."""
    variance = s**2 + sigma**2  # of the noisy values from one of the Gaussians
    difference = x_tilde[:, None] - m  # (B, K)
    # softmax is exp, divided by its sum. It works with logarithms, so nothing rounds to 0 / 0.
    rho = torch.softmax(w.log() - difference**2 / (2 * variance), -1)
    means = m + s**2 / variance * difference
    return rho, means


def noisy_values(g: Generator) -> list[Case]:
    """Noisy values of a mixture: some for the head, then random ones of several shapes, and values that are far out."""
    tensor = torch.tensor
    simple = [
        (tensor([0.0]), tensor([0.5, 0.5]), tensor([-1.0, 1.0]), 1.0, 1.0),
        (tensor([0.0]), tensor([0.25, 0.75]), tensor([-1.0, 1.0]), 1.0, 1.0),
        (tensor([7.0, 2.0]), tensor([1.0]), tensor([2.0]), 1.0, 2.0),
    ]
    drawn = []
    for b, k, s, sigma in ((5, 3, 0.7, 0.4), (1, 4, 0.5, 1.5), (2, 2, 1.2, 0.8), (4, 1, 0.3, 0.9), (2, 6, 2.0, 0.5)):
        w = torch.softmax(torch.randn(k, generator=g), 0)
        drawn.append((2 * torch.randn(b, generator=g), w, 2 * torch.randn(k, generator=g), s, sigma))
    double = [value.double() if isinstance(value, Tensor) else value for value in drawn[0]]
    w, m = tensor([0.3, 0.7]), tensor([-1.0, 1.0])
    edge = [
        (tensor([0.5, -2.0, 1.0]), w, m, 0.0, 0.9),  # the originals are -1 or 1, nothing between
        (tensor([0.5, -2.0, 1.0]), w, m, 0.9, 0.0),  # no noise
        (tensor([40.0, -40.0, 3.0]), w, m, 0.3, 0.6),  # the densities there are below the smallest number
    ]
    names = ("x_tilde", "w", "m", "s", "sigma")
    return [dict(zip(names, values, strict=True)) for values in [*simple, *drawn, double, *edge]]


def log_parts(x_tilde, w, m, s, sigma):
    """log of w_k N(x_tilde; m_k, s^2 + sigma^2)."""
    variance = s**2 + sigma**2
    return w.log() - (x_tilde[:, None] - m) ** 2 / (2 * variance) - 0.5 * math.log(2 * math.pi * variance)


def by_logarithms(logs: Tensor) -> Tensor:
    """rho as the reference has it."""
    return logs.softmax(-1)


def by_densities(logs: Tensor) -> Tensor:
    """rho from the densities themselves, nan where all of them round to 0."""
    return logs.exp() / logs.exp().sum(-1, keepdim=True)


def rho_from(logs: Callable[..., Tensor]) -> Callable[[Callable], Answer]:
    """posterior_parts with a rho of other logarithms, for one of the two ways to make it of them."""
    return lambda way: (
        lambda x_tilde, w, m, s, sigma: (
            way(logs(x_tilde, w, m, s, sigma)),
            posterior_parts(x_tilde, w, m, s, sigma)[1],
        )
    )


def means_from(means: Callable[..., Tensor]) -> Callable[[Callable], Answer]:
    """posterior_parts with other brackets, for one of the two ways to make rho."""
    return lambda way: (
        lambda x_tilde, w, m, s, sigma: (
            way(log_parts(x_tilde, w, m, s, sigma)),
            means(x_tilde[:, None], m, s**2, sigma**2) + torch.zeros(len(x_tilde), len(m), dtype=m.dtype),
        )
    )


MISREADINGS = {
    "w is missing in ρ: a value halfway between two Gaussians comes more probably from the more frequent one.": (
        rho_from(lambda x_tilde, w, m, s, sigma: log_parts(x_tilde, torch.ones_like(w), m, s, sigma))
    ),
    "In ρ the variance is that of the noise alone. The originals were spread around m before: s² + σ².": (
        rho_from(lambda x_tilde, w, m, s, sigma: w.log() - (x_tilde[:, None] - m) ** 2 / (2 * sigma**2))
    ),
    "In ρ the variance is that of the originals alone. The noise has spread them: s² + σ².": rho_from(
        lambda x_tilde, w, m, s, sigma: w.log() - (x_tilde[:, None] - m) ** 2 / (2 * s**2)
    ),
    "In ρ a standard deviation stands where the variance belongs: the second argument of N(x; m, v) is the variance, "
    "and the exponent is divided by 2v.": rho_from(
        lambda x_tilde, w, m, s, sigma: w.log() - (x_tilde[:, None] - m) ** 2 / (2 * math.sqrt(s**2 + sigma**2))
    ),
    "The standard deviations are added up, and then squared. Where two independent things are added, it is the "
    "variances that add up.": rho_from(
        lambda x_tilde, w, m, s, sigma: w.log() - (x_tilde[:, None] - m) ** 2 / (2 * (s + sigma) ** 2)
    ),
    "A ½ got lost in ρ: the exponent of a Gaussian is the squared difference divided by twice the variance.": (
        rho_from(lambda x_tilde, w, m, s, sigma: w.log() - (x_tilde[:, None] - m) ** 2 / (s**2 + sigma**2))
    ),
    "In the bracket σ² stands where s² belongs. Without noise, σ = 0, the noisy value is the original, and the bracket "
    "must give it back.": means_from(lambda x_tilde, m, s2, sigma2: m + sigma2 / (s2 + sigma2) * (x_tilde - m)),
    "The bracket is m alone. That is the mean before the noisy value is known, which says a little more: the second "
    "term.": means_from(lambda x_tilde, m, s2, sigma2: m),
    "In the bracket the fraction is taken of the noisy value itself. It is to be taken of its difference from m.": (
        means_from(lambda x_tilde, m, s2, sigma2: m + s2 / (s2 + sigma2) * x_tilde)
    ),
    "In the bracket the fraction is made of standard deviations. (2.4) has it of variances.": (
        means_from(lambda x_tilde, m, s2, sigma2: m + s2**0.5 / (s2**0.5 + sigma2**0.5) * (x_tilde - m))
    ),
}
FAR_OUT = (
    "far from all of them every density is smaller than the smallest number above 0, and 0 / 0 is nan. "
    "Stay with logarithms to the end: softmax."
)

best = Exercise(
    "2.3",
    "the best denoiser of a mixture",
    posterior_parts,
    hints=(
        "First the bracket, which needs no probabilities. x_tilde[:, None] - m has the shape (B, K): each noisy value "
        "against each m.",
        "For ρ, write the logarithm of w_k N(x̃; m_k, s² + σ²): log w, minus the squared difference divided by twice "
        "the variance. What else is in it is the same for all k.",
        "ρ is the exp of these logarithms, divided by its sum over k, so that each row adds up to 1. softmax does "
        "that, and does not round to 0 / 0 on the way.",
        "rho = torch.softmax(w.log() - ..., -1), and the brackets are m + s**2 / variance * (x_tilde[:, None] - m). "
        "Return both, rho first.",
    ),
    cases=noisy_values,
    wrong={
        f"Right near the Gaussians. But {FAR_OUT}": rho_from(log_parts)(by_densities),
        **{sentence: made_with(by_logarithms) for sentence, made_with in MISREADINGS.items()},
        **{f"{sentence} Besides, {FAR_OUT}": made_with(by_densities) for sentence, made_with in MISREADINGS.items()},
        "The ρ of a value don't add up to 1. They are probabilities: divide by p_σ(x̃), which is the sum over k.": (
            rho_from(log_parts)(torch.exp)
        ),
        "The ρ of a value don't add up to 1. They are probabilities: divide by the sum over k. A factor that is the "
        "same for all k, such as the one in front of a Gaussian here, cancels then.": rho_from(
            lambda x_tilde, w, m, s, sigma: w.log() - (x_tilde[:, None] - m) ** 2 / (2 * (s**2 + sigma**2))
        )(torch.exp),
        "w is added to logarithms. A product becomes a sum when both are logarithms: log w.": rho_from(
            lambda x_tilde, w, m, s, sigma: w - (x_tilde[:, None] - m) ** 2 / (2 * (s**2 + sigma**2))
        )(by_logarithms),
        "ρ is made to add up to 1 over the noisy values. It is each value that comes from one of the Gaussians: the "
        "sum is over k, the last dimension.": rho_from(log_parts)(lambda logs: logs.softmax(0)),
        "ρ is still a logarithm.": rho_from(log_parts)(lambda logs: logs.log_softmax(-1)),
        "The nearest Gaussian gets all of it. That would be a guess at which one it was. The posterior leaves each its "
        "share of the probability.": rho_from(log_parts)(lambda logs: (logs == logs.amax(-1, keepdim=True)).to(logs)),
        "That is the posterior mean already. Here its two parts are wanted, as the notebook needs them one by one.": (
            lambda x_tilde, w, m, s, sigma: torch.stack(posterior_parts(x_tilde, w, m, s, sigma)).prod(0).sum(-1)
        ),
        "ρ and the brackets have changed places: ρ comes first.": (
            lambda x_tilde, w, m, s, sigma: posterior_parts(x_tilde, w, m, s, sigma)[::-1]
        ),
    },
)

EXERCISES = [damage, loss, best]

PREDICTIONS = [
    Prediction(
        "2a",
        "A denoising autoencoder was trained on noise with σ = 0.5. Now it gets images without any noise. How large is "
        "its error?",
        (
            "next to 0: there is nothing to mend",
            "smaller than at σ = 0.5, as less was destroyed",
            "about as large as at σ = 0.5, as it draws the whole image anew",
            "larger than at σ = 0.5",
        ),
        answer="larger than at σ = 0.5",
        because="The network approximates E[x | x̃] for noise with σ = 0.5. Such images have specks all over: half of "
        "the black pixels are raised. It has never seen a calm black background, and (2.2) asks nothing of it where x̃ "
        "never comes.",
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
        because="It draws x̃ given x, then x given x̃, and so on. Such a chain leaves the joint distribution "
        "p(x) c(x̃ | x) as it is. The mean instead of a draw pulls the values together at every step.",
    ),
]
