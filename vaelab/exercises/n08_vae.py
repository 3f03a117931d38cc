"""Exercises of notebook 08: a whole VAE, its loss, and a step of its training."""

import copy
import inspect
import math
from functools import partial

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from vaelab.exercises.check import Exercise
from vaelab.exercises.compare import compare
from vaelab.exercises.prediction import Prediction
from vaelab.objectives import ELBO


class MyVAE(nn.Module):
    """Steps 1 to 7. x (B, 784) are images in [0, 1], z (B, latent_dim) codes."""

    def __init__(self, latent_dim=10, hidden=256, seed=0):
        """1. self.encoder: x -> mu and then logvar, in one row (B, ...).
        2. self.decoder: z -> the logits of the pixels (B, 784).
        """
        super().__init__()
        torch.manual_seed(seed)  # of the initial weights
        self.encoder = nn.Sequential(nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 2 * latent_dim))
        self.decoder = nn.Sequential(nn.Linear(latent_dim, hidden), nn.ReLU(), nn.Linear(hidden, 784))

    def encode(self, x):
        """3. mu and logvar = log sigma^2 of q(z|x), (B, latent_dim) each."""
        mu, logvar = self.encoder(x).chunk(2, dim=-1)
        return mu, logvar

    def draw(self, mu, logvar, generator):
        """4. One z from q(z|x) for each row, (7.2), with the generator's eps."""
        eps = torch.randn(mu.shape, generator=generator, dtype=mu.dtype)
        return mu + torch.exp(0.5 * logvar) * eps

    def log_px_z(self, x, z):
        """5. log p(x|z), (6.14): one number an image, (B,), in nats."""
        logits = self.decoder(z)
        cross_entropy = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
        return -cross_entropy.sum(-1)

    def terms(self, x, generator=None):
        """6. The KL, (5.10). 7. The ELBO, with one draw. By the methods above.

        Gives log_px_z, kl, elbo, one number an image each, (B,), in nats.
        """
        mu, logvar = self.encode(x)
        log_px_z = self.log_px_z(x, self.draw(mu, logvar, generator))
        kl = 0.5 * (mu**2 + logvar.exp() - logvar - 1).sum(-1)
        return log_px_z, kl, log_px_z - kl


def codes_and_images(g):
    """Numbers of latent dimensions, and mu, logvar and images to try; several shapes, one with a batch of one."""
    mu = torch.tensor([[1.0, -2.0], [0.5, 3.0], [-1.0, 2.0]])
    logvar = math.log(4) * torch.tensor([[1.0, -1.0], [-0.5, 0.5], [0.5, 1.0]])
    cases = [{"latent_dim": 2, "x": torch.rand(3, 784, generator=g), "mu": mu, "logvar": logvar}]
    for images, latent_dim in ((4, 4), (1, 10), (5, 1)):
        mu, logvar = torch.randn(2, images, latent_dim, generator=g)
        x = torch.rand(images, 784, generator=g)
        cases.append({"latent_dim": latent_dim, "x": x, "mu": mu, "logvar": 2 * logvar})
    cases[1]["x"] = cases[1]["x"].round()  # black and white
    return cases


def up_to_the_first_mistake(answer, **case):
    """What `steps` observes, up to the first that is not right.

    So an answer that has a misconception is known by it, even where its later steps are wrong too, or missing.
    """
    for (name, value), (_, right) in zip(steps(answer, **case), steps(MyVAE, **copy.deepcopy(case)), strict=True):
        yield name, value
        if compare(name, value, right, rtol=1e-4, atol=1e-5):
            return


def steps(answer, latent_dim, x, mu, logvar):
    """Names and values of all that is to be seen of a VAE, step by step.

    The layers are the student's affair. What comes out of them is looked at for its shape and range, and then two known
    functions take their place, so that all that follows is known too.
    """
    model, same, other = (answer(latent_dim=latent_dim, hidden=32, seed=seed) for seed in (1, 1, 2))
    yield step(1, "MyVAE(...)"), "an nn.Module" if isinstance(model, nn.Module) else "no nn.Module"
    weights = [[weight.clone() for weight in m.state_dict().values()] for m in (model, same, other)]
    with torch.no_grad():
        for weight in other.parameters():
            weight.mul_(100)
    images, codes = torch.rand(8, 784, generator=seeded(0)), torch.randn(8, latent_dim, generator=seeded(0))
    for number, network, rows in ((1, "encoder", images), (2, "decoder", codes)):
        yield step(number, f"self.{network}"), "there" if getattr(model, network, None) is not None else None
        yield step(number, f"what self.{network} gives for 8 rows"), blank(getattr(model, network)(rows))
        yield step(number, f"the range of what self.{network} gives"), reach(getattr(other, network), rows.shape[1])
    for seed, others in (("the same", weights[1]), ("another", weights[2])):
        alike = all(map(torch.equal, weights[0], others))
        yield step(2, f"what {seed} seed gives"), "the same weights" if alike else "other weights"

    weight = torch.randn(latent_dim, 784, generator=seeded(1))
    put(model, "decoder", lambda z: z @ weight.to(z.dtype))
    leaves = mu.clone().requires_grad_(), logvar.clone().requires_grad_()
    put(model, "encoder", lambda x: torch.cat(leaves, -1))
    yield from step_3(model, x)
    yield from step_4(model, mu, logvar)
    yield from step_5(model, x, codes[: len(x)])
    yield from steps_6_and_7(model, x, leaves)

    terms = same.double().terms(images.double(), seeded(0))
    yield step(7, "terms(x, generator) in float64"), blank(terms)
    of_weights = gradients(terms[2], [*same.parameters()])
    reached = any(gradient is not None and gradient.any() for gradient in of_weights)
    yield "the gradient with respect to the weights", "there" if reached else None


def step_3(model, x):
    """mu and logvar."""
    code = model.encode(x)
    yield step(3, "encode(x)"), counted(code, 2)
    yield from zip((step(3, "mu"), step(3, "logvar")), code, strict=True)


def step_4(model, mu, logvar):
    """The draw: that there is noise, of the right kind; and then, the noise being known, where it goes."""
    draws, (_, n) = 20_000, mu.shape
    yield step(4, "draw(mu, logvar, generator)"), blank(model.draw(mu, logvar, seeded(0)))
    yield step(4, "draw(mu, logvar, None)"), blank(model.draw(mu, logvar, None))
    generator = seeded(0)
    first, second, again = (model.draw(mu, logvar, g) for g in (generator, generator, seeded(0)))
    again_as_first, second_as_first = ("the same z" if torch.equal(first, z) else "another z" for z in (again, second))
    yield step(4, "what draw gives"), "mu itself" if torch.equal(first, mu) else "mu and some noise"
    yield step(4, "what draw gives with the generator seeded anew"), again_as_first
    yield step(4, "what draw gives the second time"), second_as_first

    noise = model.draw(torch.zeros(draws, n), torch.zeros(draws, n), seeded(0)).detach()  # mu = 0 and sigma = 1: eps
    noisy = bool(noise.any())
    for pair, (a, b) in (("images of a batch", noise[:2]), ("latent dimensions", noise[:, [0, -1]].T)):
        alike = noisy and torch.equal(a, b) and not (n == 1 and pair == "latent dimensions")
        yield step(4, f"what two {pair} get"), "the same eps" if alike else "each its own eps"
    of = f"of {draws:,} draws with mu = 0 and logvar = 0"
    error = 1 / math.sqrt(draws * n)
    yield step(4, f"the mean {of}"), about(noise.mean(), 0, error)
    yield step(4, f"the standard deviation {of}"), about(noise.std(), 1, error / math.sqrt(2))
    yield step(4, f"the mean fourth power {of}"), about((noise**4).mean(), 3, error * math.sqrt(96))
    for places, (a, b) in (("rows", (noise[:-1], noise[1:])), ("dimensions", (noise, noise.roll(1, dims=1)))):
        if places == "rows" or n > 1:
            yield step(4, f"the correlation of neighbouring {places} {of}"), about((a * b).mean(), 0, error)

    mu, logvar = (value.double().requires_grad_() for value in (mu, logvar))
    eps, scaled, z = (
        model.draw(*q, seeded(0)) for q in ((0 * mu, 0 * logvar), (0 * mu, logvar), (mu, logvar))
    )  # in float64, so that dividing by eps does no harm
    eps = eps.detach()
    yield step(4, "the number that multiplies eps"), scaled.detach() / eps
    yield step(4, "the centre of the draws, where eps is 0"), z.detach() - torch.exp(0.5 * logvar.detach()) * eps
    of_mu, of_logvar = gradients(z, (mu, logvar))
    yield "the gradient with respect to mu through draw", of_mu
    yield "the gradient with respect to logvar through draw", None if of_logvar is None else of_logvar / eps


def step_5(model, x, z):
    """log p(x|z), near logits of 0 and far from it."""
    yield step(5, "log_px_z(x, z)"), model.log_px_z(x, z)
    yield step(5, "log_px_z(x, z) where logits are as large as 100"), model.log_px_z(x, 30 * z)
    z = z.clone().requires_grad_()
    yield "the gradient with respect to z through log_px_z", gradients(model.log_px_z(x, z), (z,))[0]


def steps_6_and_7(model, x, leaves):
    """The KL and the ELBO, and that they are made of the methods above."""
    put(model, "draw", partial(MyVAE.draw, model))  # has been seen to be right; now its eps is known
    terms = model.terms(x, seeded(5))
    yield step(6, "terms(x, generator)"), counted(terms, 3)
    log_px_z, kl, elbo = terms
    yield step(6, "kl"), kl
    yield step(7, "log_px_z in what terms gives"), log_px_z
    yield step(7, "elbo"), elbo
    yield step(7, "terms(x)"), blank(model.terms(x))
    of_mu, of_logvar = gradients(elbo, leaves)
    yield "the gradient with respect to mu in terms", of_mu
    yield "the gradient with respect to logvar in terms", of_logvar
    put(model, "log_px_z", lambda x, z: -z.square().sum(-1))
    yield step(7, "log_px_z in what terms gives, where a subclass has another log_px_z"), model.terms(x, seeded(5))[0]
    put(model, "encode", lambda x: tuple(leaf.detach() + 1 for leaf in leaves))
    yield step(7, "kl in what terms gives, where a subclass has another encode"), model.terms(x, seeded(5))[1]


def step(number, what):
    """The name of something to look at, with what is known to be right by then."""
    before = {1: "", 2: "Step 1 is right. ", 3: "Steps 1 and 2 are right. "}
    return before.get(number, f"Steps 1 to {number - 1} are right. ") + f"Step {number}: {what}"


def seeded(seed):
    """A generator."""
    return Generator().manual_seed(seed)


def blank(value):
    """The kind and the shape of a value only: its numbers, which depend on weights or on noise, set to 0."""
    if isinstance(value, tuple | list):
        return tuple(blank(part) for part in value)
    return torch.zeros_like(value) if isinstance(value, Tensor) else value


def counted(value, number):
    """Only how many results there are, with their names, should they be too few."""
    if not isinstance(value, tuple | list) or len(value) != number:
        return value
    zeros = number * [torch.zeros(())]
    return ELBO(*zeros) if number == 3 else tuple(zeros)


def about(value, truth, error):
    """The truth where a random value is as near to it as six standard errors, else the value."""
    return truth if abs(value.item() - truth) < 6 * error else value.item()


def reach(network, width):
    """In words, which numbers a network with very large weights can give."""
    with torch.no_grad():
        given = network(10 * torch.randn(200, width, generator=seeded(2)))
    low, high = given.min(), given.max()
    if low < -1 and high > 1:
        return "all numbers"
    return f"from {'below -1' if low < -1 else '-1' if low < 0 else '0'} to {'above 1' if high > 1 else '1'}"


def put(model, name, function):
    """Puts a function in the place of a module or method of this one model. (nn.Module itself would refuse it.)"""
    object.__setattr__(model, name, function)


def gradients(value, inputs):
    """The gradients of the sum of a value, None where there is none."""
    if not isinstance(value, Tensor) or not value.requires_grad:
        return [None] * len(inputs)
    return torch.autograd.grad(value.sum(), inputs, allow_unused=True)


def variant(**methods):
    """MyVAE with other methods."""
    own = {name: method for name, method in vars(MyVAE).items() if inspect.isfunction(method)}
    return type("MyVAE", (MyVAE,), own | methods)


def with_layers(change):
    """MyVAE with a change made to its layers: change(model, latent_dim, hidden)."""

    def __init__(self, latent_dim=10, hidden=256, seed=0):  # noqa: N807
        MyVAE.__init__(self, latent_dim, hidden, seed)
        change(self, latent_dim, hidden)

    return variant(__init__=__init__)


def with_sigma(sigma):
    """MyVAE whose draw takes sigma(logvar) for sigma."""

    def draw(self, mu, logvar, generator):
        return mu + sigma(logvar) * torch.randn(mu.shape, generator=generator, dtype=mu.dtype)

    return variant(draw=draw)


def with_eps(noise):
    """MyVAE whose draw gets its eps from noise(mu, generator)."""

    def draw(self, mu, logvar, generator):
        return mu + torch.exp(0.5 * logvar) * noise(mu, generator)

    return variant(draw=draw)


def with_log_px_z(log_px_z):
    """MyVAE with log_px_z(logits, x) for the likelihood."""
    return variant(log_px_z=lambda self, x, z: log_px_z(self.decoder(z), x))


def with_kl(kl):
    """MyVAE with kl(mu, logvar) for the KL."""

    def terms(self, x, generator=None):
        mu, logvar = self.encode(x)
        log_px_z = self.log_px_z(x, self.draw(mu, logvar, generator))
        return log_px_z, kl(mu, logvar), log_px_z - kl(mu, logvar)

    return variant(terms=terms)


def with_terms(change):
    """MyVAE with change(log_px_z, kl) for the three terms."""

    def terms(self, x, generator=None):
        log_px_z, kl, _ = MyVAE.terms(self, x, generator)
        return change(log_px_z, kl)

    return variant(terms=terms)


def add_sigmoid(model, latent_dim, hidden):
    """What a plain autoencoder's decoder often ends in."""
    model.decoder.append(nn.Sigmoid())


def add_relu(model, latent_dim, hidden):
    """A ReLU too many."""
    model.encoder.append(nn.ReLU())


def halve(model, latent_dim, hidden):
    """An encoder that gives a point."""
    model.encoder[-1] = nn.Linear(hidden, latent_dim)


def swapped(self, x):
    """encode in the other order."""
    mu, logvar = MyVAE.encode(self, x)
    return logvar, mu


def halving_the_batch(self, x):
    """encode along the wrong dimension."""
    mu, logvar = self.encoder(x).chunk(2)
    return mu, logvar


def decoding_mu(self, x, generator=None):
    """terms without a draw."""
    log_px_z = self.log_px_z(x, self.encode(x)[0])
    kl = MyVAE.terms(self, x, generator)[1]
    return log_px_z, kl, log_px_z - kl


def binary_cross_entropy(logits, x):
    """The cross-entropy, summed over pixels, (B,)."""
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)


def kl_of(mu, logvar):
    """(5.10) without the sum."""
    return 0.5 * (mu**2 + logvar.exp() - logvar - 1)


def minus_elbo(model, x, generator):
    """The loss, one number: minus the mean over the images x (B, 784) of the ELBO, in nats."""
    _, _, elbo = model.terms(x, generator)
    return -elbo.mean()


class Told:
    """A model that gives the terms it was told, and keeps what it was asked with."""

    def __init__(self, log_px_z, kl):
        self.log_px_z, self.kl = (values.requires_grad_() for values in (log_px_z, kl))
        self.asked = None

    def __repr__(self):
        if len(self.kl) > 3:
            return f"a model with the terms of {len(self.kl)} images"
        log_px_z, kl = ([round(value, 2) for value in values.tolist()] for values in (self.log_px_z, self.kl))
        return f"a model whose terms are log_px_z = {log_px_z}, kl = {kl}"

    def terms(self, x, generator=None):
        """As MyVAE.terms."""
        self.asked = x, generator
        return self.log_px_z, self.kl, self.log_px_z - self.kl


def told_models(g):
    """Models with terms that can be done in one's head, and then random ones."""
    terms = [([-3.0, -5.0], [1.0, 2.0]), ([-100.0], [20.0])]
    models = [Told(*map(torch.tensor, pair)) for pair in terms]
    for images in (3, 7, 128):
        log_px_z, kl = torch.rand(2, images, generator=g)
        models.append(Told(-200 * log_px_z, 30 * kl))
    return [{"model": m, "x": torch.rand(len(m.kl), 784, generator=g), "generator": seeded(0)} for m in models]


def loss_and_gradients(answer, model, x, generator):
    """The loss, what the model was asked with, and how the loss changes with the terms."""
    loss = answer(model, x, generator)
    yield "", loss
    asked_x, asked_generator = model.asked or (None, None)
    yield "the generator that model.terms is given", "the loss's own" if asked_generator is generator else "none"
    yield "the batch that model.terms is given", asked_x
    of_log_px_z, of_kl = gradients(loss, (model.log_px_z, model.kl))
    yield "the gradient with respect to log_px_z", of_log_px_z
    yield "the gradient with respect to kl", of_kl


def training_step(model, loss, optimizer, x, generator):
    """8. One step of the optimizer down the gradient of loss(model, x, generator).

    Gives the loss, as it was before the step.
    """
    optimizer.zero_grad()
    value = loss(model, x, generator)
    value.backward()
    optimizer.step()
    return value


class Point(nn.Module):
    """A model that is one row of weights."""

    def __init__(self, weights):
        super().__init__()
        self.weights = nn.Parameter(weights)


class SGD(torch.optim.SGD):
    """Plain gradient descent, with a short name."""

    def __repr__(self):
        return f"SGD(lr={self.defaults['lr']})"


class Adam(torch.optim.Adam):
    """Adam, with a short name."""

    def __repr__(self):
        return f"Adam(lr={self.defaults['lr']})"


def squared_distance(model, x, generator):
    """A loss that can be done in one's head."""
    return ((model.weights - x) ** 2).sum(-1).mean()


def noisy_distance(model, x, generator):
    """A loss with noise in it, as a VAE's has."""
    return squared_distance(model, x + torch.randn(x.shape, generator=generator), generator)


def small_trainings(g):
    """One weight first, then more, with noise and another optimizer."""
    cases = []
    for loss, kind, lr, weights, x in (
        (squared_distance, SGD, 0.1, torch.tensor([3.0]), torch.tensor([[1.0]])),
        (noisy_distance, SGD, 0.2, torch.randn(3, generator=g), torch.randn(2, 3, generator=g)),
        (noisy_distance, Adam, 0.01, torch.randn(4, generator=g), torch.randn(5, 4, generator=g)),
    ):
        model = Point(weights)
        optimizer = kind(model.parameters(), lr=lr)
        cases.append({"model": model, "loss": loss, "optimizer": optimizer, "x": x, "generator": seeded(7)})
    return cases


def three_steps(answer, model, loss, optimizer, x, generator):
    """The weights after each of three steps, and the loss before each."""
    optimizer = type(optimizer)(model.parameters(), lr=optimizer.defaults["lr"])  # of this copy of the model
    for so_far in ("one step", "two steps", "three steps"):
        value = answer(model, loss, optimizer, x, generator)
        if isinstance(value, float):
            value = torch.tensor(value)  # what .item() gives will do
        yield ("" if so_far == "one step" else f"the result of the last of {so_far}"), value
        yield f"the weights after {so_far}", model.weights.detach().clone()


def stepping(*order):
    """training_step with other things done, or in another order."""

    def wrong(model, loss, optimizer, x, generator):
        value = loss(model, x, generator)
        for do in order:
            {"zero": optimizer.zero_grad, "back": value.backward, "up": (-value).backward, "step": optimizer.step}[do]()
        return value

    return wrong


EXERCISES: list[Exercise] = [
    Exercise(
        "8.1",
        "a whole VAE",
        MyVAE,
        hints=(
            "Write one step, run the cell, and read what it says: which steps are right so far, and what is next. "
            "Begin with the two networks, nn.Sequential(nn.Linear(...), nn.ReLU(), nn.Linear(...)). How many numbers "
            "does the encoder have to give for an image, if it gives a μ and a log σ² for each latent dimension?",
            "Steps 1 to 3: the encoder's widths are 784, hidden, 2 * latent_dim; the decoder's are latent_dim, hidden, "
            "784, and nothing after its last layer, as logits may be any numbers. encode cuts the encoder's rows in "
            "two halves: .chunk(2, dim=-1).",
            "Steps 4 and 5: draw is exercise 7.1 with eps = torch.randn(mu.shape, generator=generator). For log_px_z "
            "there is F.binary_cross_entropy_with_logits(logits, x, reduction='none'), which is minus the summand of "
            "(6.14), one number a pixel. Sum over the pixels, .sum(-1), and mind the sign.",
            "Steps 6 and 7: mu, logvar = self.encode(x); z = self.draw(mu, logvar, generator); then self.log_px_z(x, "
            "z). The KL is half the sum over the last dimension of mu**2 + logvar.exp() - logvar - 1. "
            "Return log_px_z, kl, log_px_z - kl.",
        ),
        cases=codes_and_images,
        observe=up_to_the_first_mistake,
        wrong={
            "The encoder gives one number for each latent dimension, as a plain autoencoder's does. A Gaussian has "
            "two: μ and log σ².": with_layers(halve),
            "The encoder ends in a ReLU, so neither μ nor log σ² could ever be negative: no σ below 1. The last layer "
            "is left as it is.": with_layers(add_relu),
            "The decoder ends in a sigmoid. Its numbers are probabilities then, and logits are asked for: the "
            "logarithm is safer taken from those.": with_layers(add_sigmoid),
            "The batch is cut in two, and not each row: chunk and split go along the first dimension unless they are "
            "told otherwise.": variant(encode=halving_the_batch),
            "μ and log σ² are in the other order. A VAE can be built like that, but here μ comes first.": variant(
                encode=swapped
            ),
            "The draw multiplies ε by log σ² itself. What the encoder gives is a logarithm: σ has to be got from it.": (
                with_sigma(lambda logvar: logvar)
            ),
            "The draw multiplies ε by σ², the variance. What stretches ε is σ.": with_sigma(
                lambda logvar: logvar.exp()
            ),
            "The generator is not used, so the noise comes from elsewhere, and no run can be repeated.": with_eps(
                lambda mu, generator: torch.randn_like(mu)
            ),
            "One ε for the whole batch: the codes of all images are moved alike. Each image has a draw of its own.": (
                with_eps(lambda mu, generator: torch.randn(mu.shape[-1], generator=generator, dtype=mu.dtype))
            ),
            "One ε for all latent dimensions of an image: its codes scatter along a line. The dimensions of q(z|x) are "
            "independent.": with_eps(
                lambda mu, generator: torch.randn(len(mu), 1, generator=generator, dtype=mu.dtype)
            ),
            "torch.rand is uniform between 0 and 1. ε is a standard Gaussian, from torch.randn.": with_eps(
                lambda mu, generator: torch.rand(mu.shape, generator=generator, dtype=mu.dtype)
            ),
            "There is no noise: what is decoded is μ. That is a plain autoencoder with a KL.": variant(
                draw=lambda self, mu, logvar, generator: mu
            ),
            "The draw is cut off from the gradient, so the encoder could not learn from the reconstruction.": variant(
                draw=lambda self, mu, logvar, generator: MyVAE.draw(self, mu, logvar, generator).detach()
            ),
            "torch.normal draws from the right Gaussian, and its gradient is 0. Notebook 07: z has to be computed from "
            "ε.": variant(
                draw=lambda self, mu, logvar, generator: torch.normal(mu, torch.exp(0.5 * logvar), generator=generator)
            ),
            "The mean over the pixels is taken. log p(x|z) of independent pixels is their sum; with a mean, the KL "
            "would weigh 784 times as much.": with_log_px_z(lambda logits, x: -binary_cross_entropy(logits, x) / 784),
            "The mean over pixels and images is taken, which is what PyTorch's losses do by themselves. "
            "reduction='none' keeps one number a pixel.": with_log_px_z(
                lambda logits, x: -F.binary_cross_entropy_with_logits(logits, x)
            ),
            "The sum goes over the images as well. One number an image is wanted: the images are averaged at the very "
            "end.": with_log_px_z(lambda logits, x: -binary_cross_entropy(logits, x).sum()),
            "That is the cross-entropy, which is minus log p(x|z). A log-probability is never above 0.": with_log_px_z(
                binary_cross_entropy
            ),
            "The logarithm is taken of a probability that has been rounded to 0 or 1, and what comes out is cut off or "
            "not finite. It can be computed from the logits without that.": with_log_px_z(
                lambda logits, x: -F.binary_cross_entropy(logits.sigmoid(), x, reduction="none").sum(-1)
            ),
            "The black pixels are missing: (6.14) has a second half, (1 - x) log(1 - p).": with_log_px_z(
                lambda logits, x: (x * F.logsigmoid(logits)).sum(-1)
            ),
            "That is a squared error. For pixels that are black or white, log p(x|z) is minus the cross-entropy.": (
                with_log_px_z(lambda logits, x: -((x - logits.sigmoid()) ** 2).sum(-1))
            ),
            "The KL is twice what it should be: the 1/2 in (5.10) is missing.": with_kl(
                lambda mu, logvar: 2 * kl_of(mu, logvar).sum(-1)
            ),
            "The KL has the wrong sign. It is never negative.": with_kl(lambda mu, logvar: -kl_of(mu, logvar).sum(-1)),
            "The KL is averaged over the latent dimensions. (5.10) sums over them.": with_kl(
                lambda mu, logvar: kl_of(mu, logvar).mean(-1)
            ),
            "The KL is summed over the images as well. One number an image is wanted, so the sum goes over the last "
            "dimension only.": with_kl(lambda mu, logvar: kl_of(mu, logvar).sum()),
            "The KL is averaged over the images already. One number an image is wanted here. The mean over images "
            "comes with the loss.": with_kl(lambda mu, logvar: kl_of(mu, logvar).sum(-1).mean()),
            "The KL is summed over the images, and one number is left for each latent dimension. It is the other way "
            "round: the sum goes over the last dimension.": with_kl(lambda mu, logvar: kl_of(mu, logvar).sum(0)),
            "In the KL log σ² is taken for σ. σ² is exp(log σ²), and log σ² stands there as it is.": with_kl(
                lambda mu, logvar: 0.5 * (mu**2 + logvar**2 - 2 * logvar.abs().log() - 1).sum(-1)
            ),
            "terms decodes μ and not a draw. The ELBO has the mean of log p(x|z) over draws z, and μ is better than "
            "they are: it would look too good.": variant(terms=decoding_mu),
            "terms does not hand its generator on to draw, so the noise comes from elsewhere.": variant(
                terms=lambda self, x, generator=None: MyVAE.terms(self, x, None)
            ),
            "log_px_z comes with the sign turned round. It is not a loss yet: minus signs come at the very end.": (
                with_terms(lambda log_px_z, kl: (-log_px_z, kl, log_px_z - kl))
            ),
            "The ELBO is log_px_z minus the KL. With a plus, what is far from the prior would be rewarded.": with_terms(
                lambda log_px_z, kl: (log_px_z, kl, log_px_z + kl)
            ),
            "That is minus the ELBO, the loss. The ELBO itself is a bound on log p(x), far below 0 here.": with_terms(
                lambda log_px_z, kl: (log_px_z, kl, kl - log_px_z)
            ),
            "The mean over the images is taken too early. terms gives one number an image: the checks of section 2 "
            "need them.": with_terms(lambda log_px_z, kl: (log_px_z, kl, (log_px_z - kl).mean())),
        },
    ),
    Exercise(
        "8.2",
        "the loss of a VAE",
        minus_elbo,
        hints=(
            "model.terms(x, generator) gives three things, one number an image each. Which of them is to be as large "
            "as it can be?",
            "The ELBO is to be large, and a loss is to be small: a sign. And the loss is one number: the mean over the "
            "images.",
            "_, _, elbo = model.terms(x, generator), and then minus elbo.mean().",
        ),
        cases=told_models,
        observe=loss_and_gradients,
        wrong={
            "That is the mean ELBO. An optimizer goes downhill, and would make it as small as it can.": (
                lambda model, x, generator: model.terms(x, generator)[2].mean()
            ),
            "The sum over the images makes the loss, and each step, larger with a larger batch. The mean is "
            "asked for.": (lambda model, x, generator: -model.terms(x, generator)[2].sum()),
            "There is one number an image. backward needs a single one: their mean.": (
                lambda model, x, generator: -model.terms(x, generator)[2]
            ),
            "The reconstruction is averaged over the pixels, and the KL is not. That is 784 times too much weight on "
            "the KL: section 4 shows what comes of it.": lambda model, x, generator: (
                -model.terms(x, generator)[0] / 784 + model.terms(x, generator)[1]
            ).mean(),
            "The ELBO is divided by the number of pixels. The minimum stays where it is, and the loss is not in nats "
            "an image any more.": lambda model, x, generator: -model.terms(x, generator)[2].mean() / 784,
            "The KL is missing: that trains a plain autoencoder.": (
                lambda model, x, generator: -model.terms(x, generator)[0].mean()
            ),
            "The KL has the wrong sign: the loss would pay for leaving the prior. The ELBO has it subtracted, so the "
            "loss has it added.": lambda model, x, generator: (
                -model.terms(x, generator)[0] - model.terms(x, generator)[1]
            ).mean(),
            "log_px_z has the wrong sign in it: the loss would reward poor reconstructions.": (
                lambda model, x, generator: (model.terms(x, generator)[0] + model.terms(x, generator)[1]).mean()
            ),
            "The generator is not handed on to model.terms, so the noise comes from elsewhere, and no run can be "
            "repeated.": lambda model, x, generator: -model.terms(x)[2].mean(),
        },
    ),
    Exercise(
        "8.3",
        "a step of the training",
        training_step,
        hints=(
            "Four things have to happen, one line each: old gradients away, the loss computed, its gradient, the step.",
            "The optimizer has two of them: optimizer.zero_grad() and optimizer.step(). Which of them comes first? "
            "backward() adds to the gradients that are there.",
            "optimizer.zero_grad(), value = loss(model, x, generator), value.backward(), optimizer.step(), and return "
            "value.",
        ),
        cases=small_trainings,
        observe=three_steps,
        wrong={
            "The weights do not move. Either backward() or optimizer.step() is missing, or step() comes where there is "
            "no gradient: before backward(), or after zero_grad() has wiped it out.": stepping("back", "zero", "step"),
            "The first step is right, and from the second on old gradients are in it. backward() adds to what is "
            "there; zero_grad() is for that.": stepping("back", "step"),
            "The step goes uphill. The loss has its minus sign already, and optimizers go down.": stepping(
                "zero", "up", "step"
            ),
            "Each step is taken with the gradient of the batch before: step() comes before this batch's backward().": (
                stepping("step", "zero", "back")
            ),
            "Two steps are taken for one gradient.": stepping("zero", "back", "step", "step"),
            "The generator is not handed on to the loss, so the noise comes from elsewhere, and no run can be "
            "repeated.": (lambda model, loss, optimizer, x, generator: training_step(model, loss, optimizer, x, None)),
        },
    ),
]

PREDICTIONS: list[Prediction] = [
    Prediction(
        "8a",
        "An untrained decoder gives logits near 0, so each of the 784 pixels is white with a probability near one "
        "half. What is the reconstruction loss of an image, in nats? (log 2 = 0.693)",
        ("about 0.69", "about 206, the loss of the average image", "about 543", "it depends on the image"),
        answer="about 543",
        because="With p = 1/2 each pixel costs log 2, whatever its shade: -x log ½ - (1 - x) log ½ = log 2. There are "
        "784 of them, and they are summed. 0.69 is what a mean over the pixels shows; for 206 one has to have learned "
        "the average image.",
    ),
    Prediction(
        "8b",
        "The same model is trained twice more: once with a mean over the pixels, and once with the sum and 784 times "
        "the KL. Which KL will they reach, where the first one had more than 10 nats?",
        (
            "both the same KL as before: a constant factor moves no minimum",
            "both nearly 0",
            "as before with the mean over the pixels, nearly 0 with 784 times the KL",
            "both far more than before",
        ),
        answer="both nearly 0",
        because="By (8.1) the two losses are the same but for a constant factor, so they have the same minimum. With "
        "the KL 784 times as dear, nothing that a code could tell of its image is worth the price.",
    ),
]
