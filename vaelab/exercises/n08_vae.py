"""Exercises of notebook 08: a whole VAE, its loss, and a step of its training."""

import math
from functools import partial

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn
from torch.distributions import Normal

from vaelab.exercises.engine.ask import Seen, knows_only, tensor_of
from vaelab.exercises.engine.check import Exercise
from vaelab.exercises.engine.prediction import Prediction


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
        """5. log p(x|z), (6.14): one number per image, (B,), in nats."""
        logits = self.decoder(z)
        cross_entropy = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
        return -cross_entropy.sum(-1)

    def terms(self, x, generator=None):
        """6. The KL, (5.10). 7. The ELBO, with one draw. By the methods above.

        Gives log_px_z, kl, elbo, one number per image each, (B,), in nats.
        """
        mu, logvar = self.encode(x)
        log_px_z = self.log_px_z(x, self.draw(mu, logvar, generator))
        kl = 0.5 * (mu**2 + logvar.exp() - logvar - 1).sum(-1)
        return log_px_z, kl, log_px_z - kl


def codes_and_images(g):
    """Numbers of latent dimensions: alone, as steps 1 and 2 need no more; then with mu, logvar and images to try."""
    mu = torch.tensor([[1.0, -2.0, 0.5], [3.0, -1.0, 2.0]])
    logvar = math.log(4) * torch.tensor([[1.0, -1.0, -0.5], [0.5, 0.5, 1.0]])
    cases = [{"latent_dim": 3}, {"latent_dim": 3, "x": torch.rand(2, 784, generator=g), "mu": mu, "logvar": logvar}]
    for images, latent_dim in ((4, 4), (1, 10), (5, 1)):
        mu, logvar = torch.randn(2, images, latent_dim, generator=g)
        x = torch.rand(images, 784, generator=g)
        cases.append({"latent_dim": latent_dim, "x": x, "mu": mu, "logvar": 2 * logvar})
    cases[2]["x"] = cases[2]["x"].round()  # black and white
    return cases


def steps(answer, latent_dim, x=None, mu=None, logvar=None):
    """Names and values of all that is to be seen of a VAE, step by step.

    The layers are the student's affair. What comes out of them is looked at for its shape and range, and then known
    functions take their place, so that all that follows is known too.
    """
    model, same = (answer(latent_dim=latent_dim, hidden=32, seed=1) for _ in range(2))
    same_weights = all(map(torch.equal, model.state_dict().values(), same.state_dict().values()))
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(100)  # so that it gives all that it can give
    for number, name, width in ((1, "encoder", 784), (2, "decoder", latent_dim)):
        network = getattr(model, name, None)
        yield step(number, f"self.{name}"), "not there" if network is None else "there"
        given = network(10 * torch.randn(200, width, generator=seeded(2)))
        yield step(number, f"what self.{name} gives for 200 rows"), blank(given)
        yield step(number, f"with large weights self.{name} gives"), Seen((given,), range_of)
    yield step(2, "what the same seed gives"), "the same weights" if same_weights else "other weights"
    if x is None:
        return

    weight = torch.randn(latent_dim, 784, generator=seeded(1))
    leaves = mu.clone().requires_grad_(), logvar.clone().requires_grad_()
    put(model, "encoder", lambda x: torch.cat(leaves, -1))
    put(model, "decoder", lambda z: z @ weight.to(z.dtype))
    code = model.encode(x)
    yield step(3, "encode(x)"), counted(code, 2)
    yield from zip((step(3, "mu"), step(3, "logvar")), code, strict=True)
    for name, gradient in zip(("mu", "logvar"), gradients(code[0] + 2 * code[1], leaves), strict=True):
        yield f"the gradient with respect to {name} through encode", gradient
    yield from step_4(model, mu, logvar)
    yield from step_5(model, x, torch.randn(len(x), latent_dim, generator=seeded(0)))
    yield from steps_6_and_7(model, x, mu, logvar)

    terms = same.double().terms(x.double())
    yield step(7, "terms(x) in float64, and without a generator"), blank(terms)
    reached = any(g is not None and g.any() for g in gradients(terms[2], [*same.parameters()]))
    yield "the gradient with respect to the weights", "there" if reached else None


def range_of(given):
    """What numbers there are, in words."""
    low, high = given.min().item(), given.max().item()
    if low >= 0 and high > 1:
        return "no number below 0"  # however large the others are
    return "any numbers" if low < -1 and high > 1 else f"only numbers from {low:.4g} to {high:.4g}"


def step_4(model, mu, logvar):
    """The draw: that there is noise, of the right kind; and then, the noise being known, what is made of it."""
    yield step(4, "draw(mu, logvar, generator)"), blank(model.draw(mu, logvar, seeded(0)))
    generator = seeded(0)
    first, second, again = (model.draw(mu, logvar, g) for g in (generator, generator, seeded(0)))
    itself = mu.clone()
    yield (
        step(4, "what draw gives"),
        Seen((first,), lambda z: "mu itself" if torch.equal(z, itself) else "something else than mu"),
    )
    for when, z in (("with the generator seeded anew", again), ("the second time", second)):
        pair = Seen((first, z), lambda *pair: "the same z" if torch.equal(*pair) else "another z")
        yield step(4, f"what draw gives {when}"), pair

    zeros = torch.zeros(20_000, mu.shape[1])
    eps = model.draw(zeros.clone(), zeros.clone(), seeded(0)).detach()  # as sigma is 1
    yield step(4, "the eps of images"), Seen((eps,), lambda eps: alike(eps, eps[:1]))
    yield step(4, "the eps of an image's dimensions"), Seen((eps,), lambda eps: alike(eps, eps[:, :1]))
    looks = [("eps", lambda eps: eps, 0, 1), ("eps ** 2", torch.square, 1, 2)]  # mean, variance
    looks += [("eps ** 4", lambda eps: eps**4, 3, 96)]
    looks += [("one image's eps times the next one's", lambda eps: eps[1:] * eps[:-1], 0, 1)]
    if mu.shape[1] > 1:
        looks += [("one dimension's eps times the next one's", lambda eps: eps[:, 1:] * eps[:, :-1], 0, 1)]
    for what, *look in looks:
        name = step(4, f"where mu and logvar are 0, the mean of {what} over 20,000 draws")
        yield name, Seen((eps,), partial(mean_of, zeros, *look))

    mu, logvar = (value.double().requires_grad_() for value in (mu, logvar))  # so that dividing by eps does no harm
    eps, z = (model.draw(*q, seeded(0)) for q in ((0 * mu, 0 * logvar), (mu, logvar)))
    yield step(4, "(z - mu) / eps"), Seen((z.detach(), eps.detach()), partial(in_eps, mu.detach().clone()))
    of_mu, of_logvar = gradients(z, (mu, logvar))
    yield "the gradient with respect to mu through draw", of_mu
    yield "the gradient with respect to logvar through draw", None if of_logvar is None else of_logvar / eps.detach()


def alike(eps, one):
    """Whether all are like the one."""
    same = one.any() and one.numel() < eps.numel() and torch.equal(one.expand_as(eps), eps)
    return "the same for all" if same else "not the same for all"


def mean_of(zeros, look, truth, variance, eps):
    """The mean, or the truth where what is off may be chance."""
    values = look(eps.view_as(zeros))
    near = abs(values.mean().item() - truth) < 6 * math.sqrt(variance / values.numel())
    return truth if near else values.mean().item()


def in_eps(mu, z, eps):
    """How far z is from mu, in eps."""
    return (z - mu) / eps


def step_5(model, x, z):
    """log p(x|z), near logits of 0 and far from it."""
    yield step(5, "log_px_z(x, z)"), model.log_px_z(x, z)
    yield step(5, "log_px_z(x, z) where logits are as large as 100"), model.log_px_z(x, 30 * z)
    z = z.clone().requires_grad_()
    yield "the gradient with respect to z through log_px_z", gradients(model.log_px_z(x, z), (z,))[0]


def steps_6_and_7(model, x, mu, logvar):
    """The KL and the ELBO, and that they are made of the methods above, which a subclass may replace."""
    leaves = mu.clone().requires_grad_(), logvar.clone().requires_grad_()
    generator, asked = seeded(5), []

    def draw(mu, logvar, generator):
        asked.append(generator)
        return 1 + mu + 2 * logvar  # whoever draws without it will not come to this

    draw.__qualname__ = "MyVAE.draw"  # as an error names it
    put(model, "encode", lambda x: tuple(1 * leaf for leaf in leaves))  # as no_grad would leave the leaves as they are
    put(model, "draw", draw)
    put(model, "log_px_z", lambda x, z: -x.sum(-1) - z.square().sum(-1))
    put(model, "encoder", not_in_terms)
    put(model, "decoder", not_in_terms)
    terms = model.terms(x, generator)
    yield step(6, "terms(x, generator)"), counted(terms, 3)
    log_px_z, kl, elbo = terms
    yield step(6, "kl"), kl
    yield step(7, "the generator that self.draw is given"), whose(asked[-1], generator) if asked else "no draw is made"
    yield step(7, "what terms gives for log_px_z, with a simple log_px_z(x, z) in place of yours"), log_px_z
    yield step(7, "elbo"), elbo
    of_mu, of_logvar = gradients(elbo, leaves)
    yield "the gradient with respect to mu in terms", of_mu
    yield "the gradient with respect to logvar in terms", of_logvar


def not_in_terms(rows):
    """Stands for the encoder and the decoder where they should not be asked."""
    raise ValueError("In terms, use self.encode, self.draw and self.log_px_z, so that a subclass can replace them.")


def step(number, what):
    """The name of something to look at, with what is known to be right by then."""
    before = {1: "", 2: "Step 1 is right. ", 3: "Steps 1 and 2 are right. "}
    return before.get(number, f"Steps 1 to {number - 1} are right. ") + f"Step {number}: {what}"


def seeded(seed):
    """A generator."""
    return Generator().manual_seed(seed)


def whose(given, generator):
    """Where the generator that a method was given comes from."""
    return "the one that came in" if given is generator else "none" if given is None else "another"


def blank(value):
    """The kind and the shape of a value only: its numbers, which depend on weights or on noise, set to 0."""
    if isinstance(value, tuple | list):
        return tuple(blank(part) for part in value)
    return torch.zeros_like(value) if isinstance(value, Tensor) else value


def counted(value, number):
    """Nothing but noughts where there are as many results as there should be, else the value."""
    return number * (0,) if isinstance(value, tuple | list) and len(value) == number else value


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
    return type("MyVAE", (MyVAE,), methods)


def with_terms(change):
    """MyVAE with change(log_px_z, kl) for the three terms."""
    return variant(terms=lambda self, x, generator=None: change(*MyVAE.terms(self, x, generator)[:2]))


class Halved(MyVAE):
    """One number for each latent dimension."""

    def __init__(self, latent_dim=10, hidden=256, seed=0):
        super().__init__(latent_dim, hidden, seed)
        self.encoder[-1] = nn.Linear(hidden, latent_dim)


class Unfinished(MyVAE):
    """An encoder that ends at the hidden layer, with the layers for mu and logvar beside it."""

    def __init__(self, latent_dim=10, hidden=256, seed=0):
        super().__init__(latent_dim, hidden, seed)
        self.fc_mu, self.fc_logvar = (nn.Linear(hidden, latent_dim) for _ in range(2))
        self.encoder = self.encoder[:-1]

    def encode(self, x):
        """As the reference's."""
        return self.fc_mu(self.encoder(x)), self.fc_logvar(self.encoder(x))


class Rectified(MyVAE):
    """An encoder with a ReLU after its last layer too."""

    def __init__(self, latent_dim=10, hidden=256, seed=0):
        super().__init__(latent_dim, hidden, seed)
        self.encoder = nn.Sequential(*self.encoder, nn.ReLU())


class Unnamed(MyVAE):
    """An encoder under another name."""

    def __init__(self, latent_dim=10, hidden=256, seed=0):
        super().__init__(latent_dim, hidden, seed)
        del self.encoder


class Squashed(MyVAE):
    """A decoder that ends as a plain autoencoder's does."""

    def __init__(self, latent_dim=10, hidden=256, seed=0):
        super().__init__(latent_dim, hidden, seed)
        self.decoder = nn.Sequential(*self.decoder, nn.Sigmoid())


def of_logvar(change):
    """encode, with change(logvar) for logvar."""

    def encode(self, x):
        mu, logvar = MyVAE.encode(self, x)
        return mu, change(logvar)

    return encode


def log_of_sigmoid(self, x, z):
    """log p(x|z) by the formula, from probabilities."""
    p = self.decoder(z).sigmoid()
    return (x * p.log() + (1 - x) * (1 - p).log()).sum(-1)


def with_kl(kl_of):
    """MyVAE with kl_of(mu, logvar, z) for the KL."""

    def terms(self, x, generator=None):
        mu, logvar = self.encode(x)
        z = self.draw(mu, logvar, generator)
        log_px_z, kl = self.log_px_z(x, z), kl_of(mu, logvar, z)
        return log_px_z, kl, log_px_z - kl

    return variant(terms=terms)


def summands_of_kl(mu, logvar):
    """Those of (5.10), one for each latent dimension."""
    return 0.5 * (mu**2 + logvar.exp() - logvar - 1)


def kl_of_one_draw(mu, logvar, z):
    """(5.11) with a single z."""
    return (Normal(mu, torch.exp(0.5 * logvar)).log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum(-1)


def terms_at_mu(self, x, generator=None):
    """The terms without a draw."""
    mu, logvar = self.encode(x)
    log_px_z, kl = self.log_px_z(x, mu), summands_of_kl(mu, logvar).sum(-1)
    return log_px_z, kl, log_px_z - kl


def terms_without_gradient(self, x, generator=None):
    """The terms, with a mu and logvar that teach the encoder nothing."""
    with torch.no_grad():
        mu, logvar = self.encode(x)
    log_px_z, kl = self.log_px_z(x, self.draw(mu, logvar, generator)), summands_of_kl(mu, logvar).sum(-1)
    return log_px_z, kl, log_px_z - kl


def with_eps(eps_of):
    """MyVAE with eps_of(the shape of mu, generator) for the noise."""
    return variant(draw=lambda self, mu, logvar, generator: mu + torch.exp(0.5 * logvar) * eps_of(mu.shape, generator))


def with_log_px_z(of_logits):
    """MyVAE with of_logits(x, logits), one number per pixel, summed, for log p(x|z)."""
    return variant(log_px_z=lambda self, x, z: of_logits(x, self.decoder(z)).sum(-1))


def minus_elbo(model, x, generator):
    """The loss, one number: minus the mean over the images x (B, 784) of the ELBO, in nats."""
    _, _, elbo = model.terms(x, generator)
    return -elbo.mean()


class Told:
    """A model that gives the terms it was told, and keeps what it was asked with."""

    def __init__(self, log_px_z, kl):
        self.log_px_z, self.kl = (values.requires_grad_() for values in (log_px_z, kl))
        self.asked = None, None

    def __repr__(self):
        log_px_z, kl = ([round(value, 2) for value in values.tolist()] for values in (self.log_px_z, self.kl))
        return f"a model whose terms are log_px_z = {log_px_z}, kl = {kl}"

    __getattr__ = __call__ = knows_only("of this model only terms(x, generator) is known.")

    def terms(self, x, generator=None):
        """As MyVAE.terms."""
        self.asked = x, generator
        return self.log_px_z, self.kl, self.log_px_z - self.kl


def told_models(g):
    """Models with terms that can be done in one's head, and then random ones."""
    heads = [([-3.0, -5.0], [1.0, 2.0]), ([-100.0], [20.0])]
    heads.append(([900.0, -30.0], [20.0, 5.0]))  # a density may be above 1, and the ELBO above 0
    terms = [(torch.tensor(log_px_z), torch.tensor(kl)) for log_px_z, kl in heads]
    terms += [(-200 * torch.rand(n, generator=g), 30 * torch.rand(n, generator=g)) for n in (3, 7)]
    models = [Told(*pair) for pair in terms]
    return [{"model": m, "x": torch.rand(len(m.kl), 784, generator=g), "generator": seeded(0)} for m in models]


def loss_and_gradients(answer, model, x, generator):
    """The loss, what the model was asked with, and how the loss changes with the terms."""
    loss = answer(model, x, generator)
    yield "", loss
    asked_x, asked_generator = model.asked
    swapped = asked_x is generator
    yield "what model.terms is given for generator", "the batch" if swapped else whose(asked_generator, generator)
    yield "the batch that model.terms is given", None if swapped else asked_x
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


def noisy_distance(model, x, generator):
    """A loss with noise in it, as a VAE's has."""
    noise = torch.randn(x.shape, generator=generator)
    return ((model.weights - x - noise) ** 2).sum(-1).mean()


def small_trainings(g):
    """One weight first, then more, and another optimizer."""
    cases = []
    for kind, lr, n in ((torch.optim.SGD, 0.1, 1), (torch.optim.SGD, 0.2, 3), (torch.optim.Adam, 0.01, 4)):
        model, x = Point(torch.randn(n, generator=g)), torch.randn(n + 1, n, generator=g)
        optimizer = kind(model.parameters(), lr=lr)
        optimizer.__name__ = f"{kind.__name__}(lr={lr})"  # which a message shows
        cases.append({"model": model, "loss": noisy_distance, "optimizer": optimizer, "x": x, "generator": seeded(7)})
    return cases


def three_steps(answer, model, loss, optimizer, x, generator):
    """The weights after each of three steps, and the loss before each."""
    optimizer = type(optimizer)(model.parameters(), lr=optimizer.defaults["lr"])  # of this copy of the model
    for so_far in ("one step", "two steps", "three steps"):
        value = tensor_of(answer(model, loss, optimizer, x, generator), x.dtype)
        yield ("" if so_far == "one step" else f"the result of the last of {so_far}"), value
        yield f"the weights after {so_far}", model.weights.detach().clone()


def stepping(*order):
    """training_step with other things done, or in another order."""

    def wrong(model, loss, optimizer, x, generator):
        value = loss(model, x, generator)
        for do in order:
            {"zero": optimizer.zero_grad, "back": value.backward, "step": optimizer.step}[do]()
        return value

    return wrong


def loss_afterwards(model, loss, optimizer, x, generator):
    """A step, and then the loss anew."""
    training_step(model, loss, optimizer, x, generator)
    return loss(model, x, generator)


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
            "(6.14), one number per pixel. Sum over the pixels, .sum(-1), and mind the sign.",
            "Steps 6 and 7: mu, logvar = self.encode(x); z = self.draw(mu, logvar, generator); then self.log_px_z(x, "
            "z). The KL is half the sum over the last dimension of mu**2 + logvar.exp() - logvar - 1. "
            "Return log_px_z, kl, log_px_z - kl.",
        ),
        cases=codes_and_images,
        observe=steps,
        to_the_first_mistake=True,
        rtol=2e-5,
        atol=1e-4,  # log p(x|z) is as large as thousands of nats
        wrong={
            "The encoder gives one number for each latent dimension, as a plain autoencoder's does. A Gaussian has "
            "two: μ and log σ².": Halved,
            "The decoder ends in a sigmoid. Its numbers are probabilities then, and logits are asked for: the "
            "logarithm is safer taken from those.": Squashed,
            "self.encoder ends at the hidden layer. Here the layer that gives μ and log σ² belongs to it: a last "
            "nn.Linear with 2 * latent_dim outputs.": Unfinished,
            "There is no self.encoder: the layers have other names, or self. is missing. Here one network gives μ and "
            "log σ² in one row.": Unnamed,
            "The encoder ends in a ReLU, so neither μ nor log σ² can be negative. Nothing comes after its last "
            "layer.": Rectified,
            "μ and log σ² are in the other order. A VAE can be built like that, but here μ comes first.": variant(
                encode=lambda self, x: MyVAE.encode(self, x)[::-1]
            ),
            "encode gives σ. What is asked for is log σ², as it comes out of the encoder: any number is allowed there, "
            "and the exponential waits until the draw.": variant(
                encode=of_logvar(lambda logvar: torch.exp(0.5 * logvar))
            ),
            "encode gives σ². What is asked for is its logarithm, as it comes out of the encoder: any number is "
            "allowed there.": variant(encode=of_logvar(torch.exp)),
            "The draw multiplies ε by log σ² itself. What the encoder gives is a logarithm of σ².": variant(
                draw=lambda self, mu, logvar, generator: mu + logvar * MyVAE.draw(self, 0 * mu, 0 * mu, generator)
            ),
            "The draw multiplies ε by σ², the variance. What stretches ε is σ.": variant(
                draw=lambda self, mu, logvar, generator: MyVAE.draw(self, mu, 2 * logvar, generator)
            ),
            "There is no noise: what is decoded is μ. That is a plain autoencoder with a KL.": variant(
                draw=lambda self, mu, logvar, generator: mu
            ),
            "The generator is not used, so the noise comes from elsewhere, and no run can be repeated.": variant(
                draw=lambda self, mu, logvar, generator: MyVAE.draw(self, mu, logvar, None)
            ),
            "The noise is the same in every draw: the generator is seeded anew each time. Use the one that is given, "
            "as it is.": variant(draw=lambda self, mu, logvar, generator: MyVAE.draw(self, mu, logvar, seeded(0))),
            "All images share one ε. Each needs its own, in each latent dimension.": with_eps(
                lambda shape, generator: torch.randn(shape[1], generator=generator)
            ),
            "All latent dimensions of an image share one ε. Each needs its own.": with_eps(
                lambda shape, generator: torch.randn(shape[0], 1, generator=generator)
            ),
            "torch.rand is uniform, from 0 to 1. ε is normal: torch.randn.": with_eps(
                lambda shape, generator: torch.rand(shape, generator=generator)
            ),
            "torch.normal draws by itself, and lets no gradient through. Compute z from ε.": variant(
                draw=lambda self, mu, logvar, generator: torch.normal(mu, torch.exp(0.5 * logvar), generator=generator)
            ),
            "The draw is cut off from the gradient, so the encoder could not learn from the reconstruction.": variant(
                draw=lambda self, mu, logvar, generator: MyVAE.draw(self, mu, logvar, generator).detach()
            ),
            "The mean over the pixels is taken. log p(x|z) of independent pixels is their sum; with a mean, the KL "
            "would weigh 784 times as much.": variant(log_px_z=lambda self, x, z: MyVAE.log_px_z(self, x, z) / 784),
            "The mean over pixels and images is taken, which is what PyTorch's losses do by themselves. "
            "reduction='none' keeps one number per pixel.": variant(
                log_px_z=lambda self, x, z: MyVAE.log_px_z(self, x, z).mean() / 784
            ),
            "log p(x|z) has the wrong sign. F.binary_cross_entropy_with_logits is minus the logarithm of a "
            "probability, and that logarithm is never above 0.": variant(
                log_px_z=lambda self, x, z: -MyVAE.log_px_z(self, x, z)
            ),
            "Logits and image have changed places: F.binary_cross_entropy_with_logits takes the logits first.": (
                with_log_px_z(lambda x, logits: -F.binary_cross_entropy_with_logits(x, logits, reduction="none"))
            ),
            "The sigmoid is taken twice: F.binary_cross_entropy_with_logits has one in it.": with_log_px_z(
                lambda x, logits: -F.binary_cross_entropy_with_logits(logits.sigmoid(), x, reduction="none")
            ),
            "That is a squared error. (6.14) has the cross-entropy.": with_log_px_z(
                lambda x, logits: -((x - logits.sigmoid()) ** 2)
            ),
            "The logits go through a sigmoid first. Where a logit is large, the probability rounds to 0 or 1, and "
            "F.binary_cross_entropy cuts its logarithm off at -100. Take the logarithm from the logits: "
            "F.binary_cross_entropy_with_logits.": variant(
                log_px_z=lambda self, x, z: (
                    -F.binary_cross_entropy(self.decoder(z).sigmoid(), x, reduction="none").sum(-1)
                )
            ),
            "The logarithm is taken of a sigmoid. Where a logit is large, that rounds to 0 or 1, and log 0 is -inf. "
            "F.binary_cross_entropy_with_logits takes it from the logits.": variant(log_px_z=log_of_sigmoid),
            "The KL is averaged over the latent dimensions. (5.10) has their sum; with a mean, the KL would weigh too "
            "little.": with_kl(lambda mu, logvar, z: summands_of_kl(mu, logvar).mean(-1)),
            "There is one KL for each latent dimension. Asked for is one per image: their sum.": with_kl(
                lambda mu, logvar, z: summands_of_kl(mu, logvar)
            ),
            "That is the estimate of the KL from a single draw, as in (5.11). For two Gaussians (5.10) is exact.": (
                with_kl(kl_of_one_draw)
            ),
            "The KL is summed over the images too, so each image would be charged for all of them. One number per "
            "image: .sum(-1).": with_terms(lambda log_px_z, kl: (log_px_z, kl.sum(), log_px_z - kl.sum())),
            "The KL is twice what it should be: the 1/2 in (5.10) is missing.": with_terms(
                lambda log_px_z, kl: (log_px_z, 2 * kl, log_px_z - 2 * kl)
            ),
            "terms does not pass its generator on to self.draw, so no run can be repeated.": variant(
                terms=lambda self, x, generator=None: MyVAE.terms(self, x, None)
            ),
            "In terms, μ and log σ² are cut off from the gradient, so the encoder would learn nothing.": variant(
                terms=terms_without_gradient
            ),
            "terms does without self.draw. log p(x|z) is taken at a draw, and not at μ; and by that method, so that a "
            "subclass can replace it.": variant(terms=terms_at_mu),
            "The KL has the wrong sign. It is never negative.": with_terms(
                lambda log_px_z, kl: (log_px_z, -kl, log_px_z + kl)
            ),
            "The ELBO is log_px_z minus the KL. With a plus, what is far from the prior would be rewarded.": with_terms(
                lambda log_px_z, kl: (log_px_z, kl, log_px_z + kl)
            ),
        },
    ),
    Exercise(
        "8.2",
        "the loss of a VAE",
        minus_elbo,
        hints=(
            "model.terms(x, generator) gives three things, one number per image each. Which of them is to be as large "
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
            "The KL is forgotten: that is the reconstruction alone, the loss of a plain autoencoder with noise in its "
            "code.": lambda model, x, generator: -model.terms(x, generator)[0].mean(),
            "The KL has the wrong sign: the minus in front of the ELBO turns both signs. As it is, codes far from the "
            "prior would be rewarded.": lambda model, x, generator: (
                -model.terms(x, generator)[0] - model.terms(x, generator)[1]
            ).mean(),
            "log_px_z has the wrong sign. It is to become large, so in a loss it stands with a minus.": (
                lambda model, x, generator: (model.terms(x, generator)[0] + model.terms(x, generator)[1]).mean()
            ),
            "That drops the sign of each ELBO, and one above 0 would count as one below. It takes a minus to turn the "
            "sign.": lambda model, x, generator: model.terms(x, generator)[2].abs().mean(),
            "The sum over the images makes the loss, and each step, larger with a larger batch. The mean is "
            "asked for.": (lambda model, x, generator: -model.terms(x, generator)[2].sum()),
            "There is one number per image. backward needs a single one: their mean.": (
                lambda model, x, generator: -model.terms(x, generator)[2]
            ),
            "The reconstruction is averaged over the pixels, and the KL is not. That is 784 times too much weight on "
            "the KL: section 4 shows what comes of it.": lambda model, x, generator: (
                -model.terms(x, generator)[0] / 784 + model.terms(x, generator)[1]
            ).mean(),
            "The generator is not passed on to model.terms, so the noise comes from elsewhere, and no run can be "
            "repeated.": lambda model, x, generator: -model.terms(x)[2].mean(),
            "model.terms is given another generator than the one that comes in, so the noise is not that of this "
            "run.": (lambda model, x, generator: -model.terms(x, seeded(0))[2].mean()),
            "The arguments have changed places: model.terms takes x first, then the generator.": (
                lambda model, x, generator: -model.terms(generator, x)[2].mean()
            ),
            "The KL is in the ELBO already, with its minus.": lambda model, x, generator: (
                -model.terms(x, generator)[2] + model.terms(x, generator)[1]
            ).mean(),
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
            "That is the loss after the step, with new noise. The one that gave the step its gradient is asked for.": (
                loss_afterwards
            ),
            "The noise is not that of the given generator: another one is made, or the given one is seeded anew.": (
                lambda model, loss, optimizer, x, generator: training_step(model, loss, optimizer, x, seeded(0))
            ),
            "Each step is taken with the gradient of the batch before: step() comes before this batch's backward().": (
                stepping("step", "zero", "back")
            ),
            "The generator is not passed on to the loss, so the noise comes from elsewhere, and no run can be "
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
        because="Times 784, the first of the two losses is the second, and such a factor moves no minimum. But both "
        "weigh the KL 784 times as much as the ELBO does. At that price, nothing about an image is worth telling in "
        "its code.",
    ),
]
