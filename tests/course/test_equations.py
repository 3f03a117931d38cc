"""Every numbered equation of the notebooks, checked by a number, a symbol or a simulation of the same number.

The equation is read from the notebook (see latex.py), so that a wrong sign there makes its check fail. What it is held
against comes from elsewhere: an integral, a finite difference, a simulation, torch.distributions.
"""

import math
import re
from collections.abc import Callable
from statistics import NormalDist
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from support.latex import Equation, Evaluation, equations, tokenize
from torch.distributions import (
    Bernoulli,
    Beta,
    Categorical,
    ContinuousBernoulli,
    MultivariateNormal,
    Normal,
    kl_divergence,
)

import vaelab as vl
from vaelab.toy import GRID, Toy, integrate

EQUATIONS = equations()
CHECKS: dict[str, Callable[[Equation], None]] = {}


def check(number: str):
    """Marks a function as the check of the equation of that number."""

    def register(function):
        assert number not in CHECKS, f"({number}) has two checks"
        CHECKS[number] = function
        return function

    return register


def test_every_equation_has_a_check_and_every_check_an_equation():
    assert set(EQUATIONS) == set(CHECKS)


def test_the_equations_of_a_notebook_are_numbered_in_order():
    for chapter in {number.split(".")[0] for number in EQUATIONS}:
        numbers = [int(number.split(".")[1]) for number in EQUATIONS if number.split(".")[0] == chapter]
        assert numbers == list(range(1, len(numbers) + 1)), f"notebook {chapter}"


# Notebooks 05, 06, 07, 09 and 10

T = np.linspace(-12, 12, 2401)  # in standard deviations
STEP = T[1] - T[0]
GAUSSIANS = ((0.7, 0.6), (-1.3, 1.7))  # mu, sigma
H = 1e-5  # of finite differences
BOTH = np.array([[-H], [H]])  # "\mu" is mu + BOTH where slope takes the derivative


def slope(values):
    """The derivative from the values at -H and at H, along the first axis."""
    return (values[1] - values[0]) / (2 * H)


def log_normal(z, mu, sigma):
    return -0.5 * ((z - mu) / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi)


def number(value):
    return torch.tensor(value, dtype=torch.float64)


def mean_under(density, step):
    """The operator of a mean, on a grid."""
    return lambda values: np.sum(density * values * step, -1)


def kl_by_integration(mu, sigma):
    """KL(N(mu, sigma^2) || N(0, 1))."""
    log_q, log_p = log_normal(mu + sigma * T, mu, sigma), log_normal(mu + sigma * T, 0, 1)
    return np.sum(np.exp(log_q) * (log_q - log_p)) * sigma * STEP


def evaluate(latex: str, values: dict):
    return Evaluation(tokenize(latex), values).result()


def says(equation, *phrases: str):
    """That the display has these words or signs, which the reader of equations skips. Space does not count."""
    for phrase in phrases:
        assert re.sub(r"\s|\\[,;!]", "", phrase) in re.sub(r"\s|\\[,;!]", "", equation.latex), phrase


def letters():
    """Two distributions of four letters, and what torch says of them."""
    q, p = (number(a) for a in ([0.5, 0.3, 0.15, 0.05], [0.1, 0.2, 0.3, 0.4]))
    return {
        "q_i": q.numpy(),
        "p_i": p.numpy(),
        "H(q)": Categorical(q).entropy().item(),
        "H(q, p)": torch.nn.functional.cross_entropy(p.log()[None], q[None]).item(),
        r"\mathrm{KL}(q \,\|\, p)": kl_divergence(Categorical(q), Categorical(p)).item(),
    }


@check("5.1")
def _(equation):
    equation.holds(letters())
    equation.holds({"q_i": np.array([1.0]), "H(q)": 0})


@check("5.2")
def _(equation):
    equation.holds(letters())


@check("5.3")
def _(equation):
    equation.holds(letters())


@check("5.4")
def _(equation):
    says(equation, r"\text{for all } u > 0, \qquad", r"\text{with equality only at } u = 1")
    u = np.arange(1, 4001) / 1000
    equation.holds({"u": u})
    left, right = equation.sides({"u": u})
    equation.holds({"u": u[np.isclose(left, right, rtol=0, atol=1e-12)]}, statement=1)


@check("5.5")
def _(equation):
    values = letters()
    equation.holds(values)
    first_three = {"q_i": np.array([0.5, 0.2, 0.3]), "p_i": values["p_i"][:3]}  # where q_i > 0; p_4 = 0.4 is left out
    equation.holds({**first_three, r"\mathrm{KL}(q \,\|\, p)": np.sum(np.array([0.5, 0.2, 0.3]) * np.log([5, 1, 1]))})
    equation.holds({"q_i": values["p_i"], "p_i": values["p_i"], r"\mathrm{KL}(q \,\|\, p)": 0})
    says(equation, r"\text{the second form of (5.3)}", r"\text{(5.4), and } q_i > 0 \\", r"&& q_i \text{ cancels}")
    says(equation, r"\text{the } p_i \text{ add up to at most 1, the } q_i \text{ to 1.}")


@check("5.6")
def _(equation):
    for mu, sigma in GAUSSIANS:
        z, q, p = mu + sigma * T, Normal(mu, sigma), Normal(0.5, 1.4)
        densities = {f"{name}(z)": d.log_prob(number(z)).exp().numpy() for name, d in (("q", q), ("p", p))}
        equation.holds(
            {
                **densities,
                r"\mathrm{KL}(q \,\|\, p)": kl_divergence(q, p).item(),
                r"\int": lambda values: np.sum(values, -1),
                "dz": sigma * STEP,
                r"\mathbb{E}_{q}": mean_under(densities["q(z)"], sigma * STEP),
            }
        )


def gaussian_and_standard_normal(mu, sigma):
    z = mu + sigma * T
    q, p = (np.vectorize(NormalDist(*parameters).pdf)(z) for parameters in ((mu, sigma), (0, 1)))
    q_means = {r"\mathbb{E}_q": mean_under(q, sigma * STEP)}
    return {r"\mu": mu, r"\sigma": sigma, "z": z, "q(z)": q, "p(z)": p, **q_means}


@check("5.7")
def _(equation):
    for mu, sigma in GAUSSIANS:
        values = gaussian_and_standard_normal(mu, sigma)
        equation.holds(values)
        equation.reasons[2].holds(values)
    says(equation, r"\text{the density of } N(\mu, \sigma^2)")


@check("5.8")
def _(equation):
    for mu, sigma in GAUSSIANS:
        values = gaussian_and_standard_normal(mu, sigma)
        equation.holds(values)
        equation.reasons[1].holds(values)
    says(equation, r"\text{the density of } N(0, 1)")


@check("5.9")
def _(equation):
    kl = r"\mathrm{KL}\left(N(\mu, \sigma^2) \,\|\, N(0, 1)\right)"
    for mu, sigma in GAUSSIANS:
        equation.holds({r"\mu": mu, r"\sigma": sigma, kl: kl_by_integration(mu, sigma)})


def diagonal_gaussian():
    """mu, sigma and the KL of N(mu, diag(sigma^2)) to N(0, I)."""
    mu, sigma = (number(a) for a in ([0.7, -1.2, 0.3], [0.5, 1.1, 2.0]))
    q = MultivariateNormal(mu, torch.diag(sigma**2))
    kl = kl_divergence(q, MultivariateNormal(torch.zeros_like(mu), torch.eye(3, dtype=torch.float64))).item()
    assert math.isclose(kl, sum(kl_by_integration(m, s) for m, s in zip(mu.numpy(), sigma.numpy(), strict=True)))
    assert math.isclose(kl, vl.kl_to_standard_normal(mu[None], 2 * sigma.log()[None]).item())
    return {r"\mu_j": mu.numpy(), r"\sigma_j": sigma.numpy(), "n": 3}, kl


@check("5.10")
def _(equation):
    values, kl = diagonal_gaussian()
    equation.holds({r"\mathrm{KL}\left(N(\mu, \mathrm{diag}(\sigma^2)) \,\|\, N(0, I)\right)": kl, **values})


@check("5.11")
def _(equation):
    says(equation, r"\right], \quad z_s \sim q, \quad \text{standard error} =")
    q, p, repeats, draws = Normal(0.7, 1.2), Normal(0.2, 0.9), 400, 1000
    torch.manual_seed(0)
    z, grid = q.sample((repeats, draws)).double(), number(0.7 + 1.2 * T)
    density = q.log_prob(grid).exp().numpy()
    mean = mean_under(density, 1.2 * STEP)
    values = {
        "S": draws,
        "q": density,
        "p": p.log_prob(grid).exp().numpy(),
        r"\mathrm{Var}_q": lambda values: mean((values - mean(values)) ** 2),
        "q(z_s)": q.log_prob(z).exp().numpy(),
        "p(z_s)": p.log_prob(z).exp().numpy(),
        r"\mathrm{KL}(q \,\|\, p)": kl_divergence(q, p).item(),
    }
    standard_error = evaluate(" ".join(equation.statements[1].sides[1]), values)
    equation.holds(values, rtol=0, atol=5 * standard_error)
    estimates = equation.sides(values)[1]
    assert abs(estimates.mean() - values[r"\mathrm{KL}(q \,\|\, p)"]) < 5 * standard_error / repeats**0.5
    assert abs(estimates.std() / standard_error - 1) < 5 / (2 * repeats) ** 0.5


@check("5.12")
def _(equation):
    for mu, sigma in GAUSSIANS:
        by_mu, by_sigma = (
            slope([kl_by_integration(mu + h * d_mu, sigma + h * d_sigma) for h in (-H, H)])
            for d_mu, d_sigma in ((1, 0), (0, 1))
        )
        values = {r"\mu": mu, r"\sigma": sigma}
        equation.holds({r"\frac{\partial\, \mathrm{KL}}{\partial \mu}": by_mu, **values}, statement=0)
        equation.holds({r"\frac{\partial\, \mathrm{KL}}{\partial \sigma}": by_sigma, **values}, statement=1)


def solved(q=(0.2, 0.9)):
    """z ~ N(0.4, 1.3^2), x|z ~ N(1.7 z - 0.3, 0.8^2), x = 1.1 seen: all known in closed form, and q(z) = N(q) beside.

    Returns the pieces of the equations of notebook 06, densities on a grid, and the posterior's mean and width.
    """
    x, noise, z_of_x = number(1.1), 0.8, 1.7 * 1.3**2
    prior, q = Normal(number(0.4), 1.3), Normal(number(q[0]), q[1])
    covariance = number([[1.3**2, z_of_x], [z_of_x, 1.7 * z_of_x + noise**2]])
    joint = MultivariateNormal(number([0.4, 1.7 * 0.4 - 0.3]), covariance)  # of z and x
    evidence = Normal(joint.mean[1], covariance[1, 1].sqrt())
    precision = 1 / 1.3**2 + 1.7**2 / noise**2
    posterior = Normal((0.4 / 1.3**2 + 1.7 * (x + 0.3) / noise**2) / precision, precision**-0.5)
    z, step = np.linspace(-13, 13, 5201), 26 / 5200
    grid = number(z)
    rebuilt = Normal(1.7 * q.mean - 0.3, noise).log_prob(x) - 1.7**2 * q.variance / (2 * noise**2)
    density = {
        "q(z)": q.log_prob(grid),
        "p(z)": prior.log_prob(grid),
        r"p(x \mid z)": Normal(1.7 * grid - 0.3, noise).log_prob(x),
        "p(x, z)": joint.log_prob(torch.stack([grid, x.expand_as(grid)], -1)),
        "p(x)": evidence.log_prob(x),
        r"p(z \mid x)": posterior.log_prob(grid),
    }
    density = {name: log_density.exp().numpy() for name, log_density in density.items()}
    mean_q = mean_under(density["q(z)"], step)
    return {
        **density,
        r"\int": lambda values: np.sum(values, -1),
        "dz": step,
        r"\mathbb{E}_{q}": mean_q,
        r"\mathbb{E}_{q(z)}": mean_q,
        r"\mathbb{E}_{p(z)}": mean_under(density["p(z)"], step),
        r"\mathrm{KL}\left(q(z) \,\|\, p(z \mid x)\right)": kl_divergence(q, posterior).item(),
        r"\mathrm{KL}\left(q(z) \,\|\, p(z)\right)": kl_divergence(q, prior).item(),
        r"\mathcal{L}(q)": (rebuilt - kl_divergence(q, prior)).item(),
    }, (posterior.mean.item(), posterior.stddev.item())


@check("6.1")
def _(equation):
    equation.holds(solved()[0])


@check("6.2")
def _(equation):
    for statement in (0, 1):
        equation.holds(solved()[0], statement)


@check("6.3")
def _(equation):
    toy, z = Toy(), GRID[::7]
    equation.holds({"f(z)": toy.decode(z).numpy(), "z": z.numpy()})
    drawn = r"\s*z \\sim N\(0, 1\), \\qquad x \\mid z \\sim N\\!\\left\(f\(z\), (.*?) I\\right\), \\qquad"
    variance = evaluate(re.match(drawn, equation.latex)[1], {})
    truth = [[NormalDist(0, 1).pdf(z_), NormalDist(0, variance**0.5).pdf(0.3) ** 3] for z_ in z.tolist()]
    ours = torch.stack([toy.log_prior(z), toy.log_likelihood(toy.decode(z[0]) + 0.3, z[0]).expand(len(z))], -1)
    np.testing.assert_allclose(ours.exp(), truth)


@check("6.4")
def _(equation):
    values, _ = solved()
    weight = values[r"p(x \mid z)"] / values["p(x)"]  # of a draw from the prior, with the mean 1
    prior = values["p(z)"] * values["dz"]
    r = 1 + np.sum(prior * (weight - 1) ** 2)
    equation.holds({"r": r, **values})
    says(equation, r"\text{and for } n \text{ independent copies of the model it is }")
    copies = equation.latex.split("it is }")[1].strip(" .\n")
    weight, prior = weight[::20], 20 * prior[::20]
    pair, pair_prior = np.multiply.outer(weight, weight), np.multiply.outer(prior, prior)
    assert np.isclose(evaluate(copies, {"r": r, "n": 2}), np.sum(pair_prior * (pair - 1) ** 2))


@check("6.5")
def _(equation):
    equation.holds(solved()[0])
    says(equation, "Bayes' rule (6.2), with (6.1)", r"&& p(x) \text{ does not depend on } z .")


@check("6.6")
def _(equation):
    says(equation, r"_{\mathcal{L}(q),\ \text{the ELBO}}", r"\right)}_{\ge\, 0}")
    values, posterior = solved()
    equation.holds(values)
    equation.holds(solved((-2.0, 0.4))[0])
    evidence, _, bound = equation.sides(solved(posterior)[0])
    assert np.isclose(evidence, bound)


@check("6.7")
def _(equation):
    says(equation, r"\text{with equality only if } u \text{ is constant.}")
    weights = np.array([0.2, 0.5, 0.3])
    values = {r"\mathbb{E}": lambda u: np.sum(weights * u, -1)}
    u = np.random.default_rng(0).gamma(1.5, size=(1000, 3))
    equation.holds({"u": u, **values})
    left, right = equation.sides({"u": u, **values})
    assert np.all(right > left)
    assert np.allclose(*equation.sides({"u": np.full(3, 2.7), **values}))


@check("6.8")
def _(equation):
    values, posterior = solved()
    equation.holds(values)
    *_, evidence, bound, _ = equation.sides(solved(posterior)[0])
    assert np.isclose(evidence, bound)
    says(equation, "the evidence (6.2), with (6.1)", r"\text{Jensen (6.7).}")
    says(equation, r"\text{times } q \text{, divided by } q \\", r"\text{the integral is a mean under } q \\")


@check("6.9")
def _(equation):
    equation.holds(solved()[0])
    says(equation, r"_{\text{minus the reconstruction loss}}", r"_{\ge\, 0}", r"\text{the definition of the KL.}")


@check("6.10")
def _(equation):
    toy, x, z = Toy(), number([1.6, 0.1, 0.05]), GRID[840:1561:4]  # from -3.6 to 3.6
    posterior, joint = toy.log_posterior(x, z).exp().numpy(), toy.log_joint(x, z).exp().numpy()
    here, there = posterior[:, None], posterior[None]
    values = {
        r"a(z \to z')": np.where(there > here, 1, np.exp(np.log(there) - np.log(here))),
        r"p(z' \mid x)": there,
        r"p(z \mid x)": here,
        "p(x, z')": joint[None],
        "p(x, z)": joint[:, None],
    }
    equation.holds(values)
    for accept in equation.sides(values):
        np.testing.assert_allclose(here * accept, there * accept.T)  # detailed balance
        assert np.all(np.maximum(accept, accept.T) == 1)  # no rule with detailed balance accepts more
        steps = np.exp(log_normal(z[:, None].numpy(), z[None].numpy(), 1.0)) * 0.04 * accept
        np.fill_diagonal(steps, 0)
        np.fill_diagonal(steps, 1 - steps.sum(1))  # else it stays
        anywhere = np.linalg.matrix_power(steps, 5000)  # where one is after 5000 steps, from anywhere
        np.testing.assert_allclose(anywhere, np.broadcast_to(posterior / posterior.sum(), anywhere.shape), atol=1e-8)


@check("6.11")
def _(equation):
    x, mean = torch.randn(2, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for sigma in (0.6, 1.7):
        truth = Normal(mean, sigma).log_prob(x).sum().item()
        pixels = {"x_i": x.numpy(), r"\hat x_i": mean.numpy(), "D": 5}
        pixels |= {"x": x.numpy()[::-1], r"\hat x": mean.numpy()[::-1]}  # not to be mixed with x_i
        equation.holds({r"p(x \mid z)": math.exp(truth), r"\sigma": sigma, **pixels})
        assert math.isclose(vl.gaussian_log_likelihood(x[None], mean[None], sigma).item(), truth)
    says(equation, r"\text{the density, pixel by pixel}")


def toy_vae(sigma=0.6):
    """The toy, x, and q = N(0.9, 0.5^2), with the exact terms of its ELBO."""
    toy, x = Toy(sigma), number([1.6, 0.1, 0.05])
    q = Normal(number(0.9), 0.5)
    elbo = integrate(lambda z: q.log_prob(z).exp() * (toy.log_joint(x, z) - q.log_prob(z))).item()
    return toy, x, q, elbo, kl_divergence(q, Normal(0.0, 1.0)).item()


@check("6.12")
def _(equation):
    says(equation, r"\underbrace{2 \sigma^2}_{\beta}", r"_{\text{constant}}")
    toy, x, q, elbo, kl = toy_vae()
    equation.holds(
        {
            r"\sigma": toy.sigma,
            "D": 3,
            r"\mathcal{L}": elbo,
            "x": x.numpy(),
            r"\hat x": toy.decode(GRID).numpy(),
            r"\mathbb{E}_q": mean_under(q.log_prob(GRID).exp().numpy(), 0.01),
            r"\mathrm{KL}\left(q(z \mid x) \,\|\, p(z)\right)": kl,
        }
    )


@check("6.13")
def _(equation):
    x, x_hat = torch.randn(2, 30, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    sigma = torch.linspace(1, 2, 20_001, dtype=torch.float64)
    likelihood = sum(Normal(0.0, sigma).log_prob(off) for off in (x - x_hat).flatten())
    means = {r"\mathbb{E}": np.mean, "x": x.numpy(), r"\hat x": x_hat.numpy(), "D": 4}
    equation.holds({r"\hat\sigma": sigma[likelihood.argmax()].item(), **means}, rtol=1e-4)


@check("6.14")
def _(equation):
    p = number([0.2, 0.9, 0.35, 0.6])
    for x in torch.cartesian_prod(*4 * [number([0.0, 1.0])]):
        truth = Bernoulli(p).log_prob(x).sum().item()
        equation.holds({r"p(x \mid z)": math.exp(truth), "x_i": x.numpy(), "p_i": p.numpy(), "D": 4})
        assert math.isclose(vl.bernoulli_log_likelihood(x[None], p.logit()[None]).item(), truth)
    says(equation, r"\text{one of the two exponents is 0}")


def f(z):
    return np.sin(z) + z**2 + 0.4 * z


def f_prime(z):
    return np.cos(z) + 2 * z + 0.4


def f_means(mu, sigma):
    """F = E[f(z)] for z ~ N(mu, sigma^2), and its derivatives by mu and by sigma, in closed form."""
    damped = math.exp(-(sigma**2) / 2)
    return (
        math.sin(mu) * damped + mu**2 + sigma**2 + 0.4 * mu,
        math.cos(mu) * damped + 2 * mu + 0.4,
        -sigma * math.sin(mu) * damped + 2 * sigma,
    )


def gradient_values(mu, sigma, d_mu, d_sigma):
    """Values for section 3 to 5 of notebook 07: z and eps on the same grid, and q(z) at -H and at H."""
    z = mu + sigma * T
    log_q = log_normal(z, mu + BOTH * d_mu, sigma + BOTH * d_sigma)
    mean = mean_under(np.exp(log_q), sigma * STEP)
    return {
        "z": z,
        r"\varepsilon": T,
        r"\mu": mu + BOTH * d_mu,
        r"\sigma": sigma + BOTH * d_sigma,
        "f": f,
        "f'": f_prime,
        "q(z)": np.exp(log_q),
        r"\int": lambda values: np.sum(values, -1),
        "dz": sigma * STEP,
        r"\mathbb{E}_{\varepsilon}": mean_under(np.exp(log_normal(T, 0, 1)), STEP),
        r"\mathbb{E}_{z \sim N(\mu, \sigma^2)}": mean,
        r"\mathbb{E}_{q}": mean,
        r"\mathbb{E}_q": mean,
        r"\frac{\partial}{\partial \mu}": slope if d_mu else None,
        r"\frac{\partial}{\partial \sigma}": slope if d_sigma else None,
        r"\frac{\partial q(z)}{\partial \mu}": slope(np.exp(log_q)),
        r"\frac{\partial \log q(z)}{\partial \mu}": slope(log_q),
    }


@check("7.1")
def _(equation):
    says(
        equation, r"\right], \qquad \frac{\partial F}{\partial \mu} = ?, \qquad \frac{\partial F}{\partial \sigma} = ?"
    )
    for mu, sigma in GAUSSIANS:
        equation.holds({r"F(\mu, \sigma)": f_means(mu, sigma)[0], **gradient_values(mu, sigma, 1, 0)}, rtol=1e-4)


@check("7.2")
def _(equation):
    says(equation, r", \qquad \varepsilon \sim N(0, 1) \qquad \Longrightarrow \qquad z \sim N(\mu, \sigma^2) .")
    shares = np.arange(1, 100) / 100
    for mu, sigma in GAUSSIANS:
        z, eps = ([NormalDist(*of).inv_cdf(share) for share in shares] for of in ((mu, sigma), (0, 1)))
        equation.holds({"z": z, r"\mu": mu, r"\sigma": sigma, r"\varepsilon": np.array(eps)})
        draws = 100_000
        parameters = [torch.full((draws, 1), a, dtype=torch.float64) for a in (mu, 2 * math.log(sigma))]
        ours = vl.reparameterize(*parameters, torch.Generator().manual_seed(0)).flatten().numpy()
        quantiles = np.searchsorted(np.sort(ours), z) / draws  # how many of our draws lie below
        assert np.all(np.abs(quantiles - shares) < 5 * np.sqrt(shares * (1 - shares) / draws))


@check("7.3")
def _(equation):
    assert equation.latex.count(r"f(\mu + \sigma \varepsilon)") == 2  # - would give the same mean, but not by (7.2)
    says(equation, r"&& \text{(7.2)}", r"\text{the distribution of } \varepsilon \text{ has no } \mu \text{ in it}")
    for mu, sigma in GAUSSIANS:
        values = gradient_values(mu, sigma, 1, 0)
        equation.holds(values)
        np.testing.assert_allclose(equation.sides(values), f_means(mu, sigma)[1])
    says(equation, r"&& \text{chain rule, } \partial z / \partial \mu = 1 .")


@check("7.4")
def _(equation):
    for mu, sigma in GAUSSIANS:
        values = gradient_values(mu, sigma, 0, 1)
        equation.holds(values)
        np.testing.assert_allclose(equation.sides(values), f_means(mu, sigma)[2])


@check("7.5")
def _(equation):
    says(equation, r"&& f \text{ has no } \mu \text{ in it}")
    for mu, sigma in GAUSSIANS:
        values = gradient_values(mu, sigma, 1, 0)
        equation.holds(values, rtol=1e-3)
        for side in equation.sides(values):
            np.testing.assert_allclose(side, f_means(mu, sigma)[1], rtol=1e-3)
        low, q, high = (np.vectorize(NormalDist(mu + h, sigma).pdf)([0.3, 1.1]) for h in (-H, 0, H))
        slopes = {r"\tfrac{\partial q}{\partial \mu}": slope([low, high]), r"\tfrac{\partial}{\partial \mu}": slope}
        equation.reasons[2].holds({r"\log q": np.log([low, high]), "q": q, **slopes})


@check("7.6")
def _(equation):
    for mu, sigma in GAUSSIANS:
        z = np.array([-1.6, 0.2, 2.9])
        values = {"z": z, r"\mu": mu, r"\sigma": sigma, r"\varepsilon": np.vectorize(NormalDist(mu, sigma).zscore)(z)}
        by_mu, by_sigma = (
            slope([log_normal(z, mu + h * d_mu, sigma + h * d_sigma) for h in (-H, H)])
            for d_mu, d_sigma in ((1, 0), (0, 1))
        )
        equation.holds({r"\frac{\partial \log q}{\partial \mu}": by_mu, **values}, statement=0)
        equation.holds({r"\frac{\partial \log q}{\partial \sigma}": by_sigma, **values}, statement=1)


@check("7.7")
def _(equation):
    for mu, sigma in GAUSSIANS:
        equation.holds(gradient_values(mu, sigma, 1, 0), atol=1e-4)
        any_parameter = {**gradient_values(mu, sigma, 0, 1), r"\frac{\partial}{\partial \mu}": slope}
        equation.holds(any_parameter, atol=1e-4)  # not by symmetry, as for mu
    assert equation.statements[0].relations == 3 * ["="]


@check("7.8")
def _(equation):
    nodes, weights = np.polynomial.hermite_e.hermegauss(6)  # exact for polynomials up to the degree 11
    for n in (1, 2, 3):
        eps = np.stack(np.meshgrid(*n * [nodes]), -1).reshape(-1, n)
        weight = np.prod(np.stack(np.meshgrid(*n * [weights]), -1).reshape(-1, n), -1) / (2 * np.pi) ** (n / 2)
        mean = mean_under(weight, 1)
        equation.holds(
            {
                r"\mathrm{Var}": lambda values, mean=mean: mean((values - mean(values)) ** 2),
                r"\mathbb{E}": mean,
                "f": lambda z: -0.5 * np.sum(z**2, -1),
                r"\varepsilon": eps,
                r"\varepsilon_1": eps[:, 0],
                "n": n,
            }
        )


@check("7.9")
def _(equation):
    for mu, sigma in GAUSSIANS:
        above = [1 - NormalDist(mu + h, sigma).cdf(0) for h in (-H, H)]
        values = {r"\mu": mu, r"\sigma": sigma, "P(z > 0)": above, r"\frac{\partial}{\partial \mu}": slope}
        equation.holds(values)


@check("7.10")
def _(equation):
    mu = torch.tensor([[0.7, -1.3]], dtype=torch.float64, requires_grad=True)
    logvar = torch.tensor([[-0.8, 1.1]], dtype=torch.float64, requires_grad=True)

    def draw(mu, logvar):
        return vl.reparameterize(mu, logvar, torch.Generator().manual_seed(0))

    draw(mu, logvar).sum().backward()
    sigma = (logvar / 2).exp().detach().numpy()
    with torch.no_grad():
        eps = torch.randn(1, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64).numpy()
        differences = slope([draw(mu + h, logvar) for h in (-H, H)]), slope([draw(mu, logvar + h) for h in (-H, H)])
    names = r"\frac{\partial z}{\partial \mu}", r"\frac{\partial z}{\partial \log \sigma^2}"
    for statement, name in enumerate(names):
        for value in (differences[statement], (mu, logvar)[statement].grad):
            equation.holds({name: value.numpy(), r"\sigma": sigma, r"\varepsilon": eps}, statement)


@check("9.1")
def _(equation):
    says(equation, r"_{\text{reconstruction}}", r"_{\text{KL}}")
    toy, x, q, elbo, kl = toy_vae()
    values = {
        "total": -elbo,
        r"\mathbb{E}_{q}": mean_under(q.log_prob(GRID).exp().numpy(), 0.01),
        r"p(x \mid z)": toy.log_likelihood(x, GRID).exp().numpy().clip(1e-300),
        r"\mathrm{KL}\left(q(z \mid x) \,\|\, N(0, I)\right)": kl,
    }
    Equation("9.1", "total = " + equation.latex).holds(values)

    values, kl = diagonal_gaussian()
    equation.holds({r"\mathrm{KL}": kl, **values})
    equation.holds({r"\mathrm{KL}": 0, r"\mu_j": np.zeros(2), r"\sigma_j": np.ones(2)})


@check("10.1")
def _(equation):
    n = 7
    z = vl.prior_grid(n)[:, 0].unique().double().numpy()
    inverse = np.vectorize(NormalDist().inv_cdf)
    assert equation.statements[1].sides[0] == ["i"]
    first, last = (evaluate(end, {"n": n}) for end in " ".join(equation.statements[1].sides[1]).split(r", \dots ,"))
    i = np.arange(first, last + 1)
    equation.holds({"z_i": z, r"\Phi^{-1}": inverse, "i": i, "n": n}, rtol=1e-5, atol=1e-6)
    cells = np.cumsum(np.exp(log_normal(T, 0, 1)) * STEP)  # the middle of each cell has half of it on either side
    np.testing.assert_allclose(np.interp(z, T + STEP / 2, cells), (np.arange(n) + 0.5) / n, atol=1e-4)


@check("10.2")
def _(equation):
    a, b, t = np.array([0.4, -1.3]), np.array([2.2, 0.7]), np.linspace(0, 1, 11)
    equation.holds({"z(t)": np.linspace(a, b, 11), "t": t[:, None], r"\mu_A": a, r"\mu_B": b})
    equation.holds({"t": t}, statement=1)
    assert np.allclose(equation.sides({"t": t[[0, -1]]}, statement=1)[::2], t[[0, -1]])


# Notebooks 01, 02, 03 and 04


class Matrix(np.ndarray):
    """An array whose product is that of matrices: what the reader multiplies number by number, it composes."""

    __mul__ = np.ndarray.__matmul__


def matrix(array):
    return np.asarray(array).view(Matrix)


def pixels(*rows):
    """Rows of 784 grey values, none of them 0 or 1."""
    return torch.rand(*rows, 784, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 0.98 + 0.01


def draw_normal(*shape):
    return np.random.default_rng(0).normal(size=shape)


@check("1.1")
def _(equation):
    x, x_hat = pixels(2)
    truth = F.mse_loss(x_hat, x, reduction="sum").item()
    equation.holds({r"\ell_{\mathrm{SE}}(x, \hat{x})": truth, "x_i": x.numpy(), r"\hat{x}_i": x_hat.numpy()})
    model, image = vl.Autoencoder(hidden=(4,)).double(), x[None]
    ours = vl.ReconstructionLoss("squared error")(model, image)["reconstruction"].item()
    values = {"x_i": x.numpy(), r"\hat{x}_i": model(image)[0].detach().numpy()}
    equation.holds({r"\ell_{\mathrm{SE}}(x, \hat{x})": ours, **values})


@check("1.2")
def _(equation):
    x, x_hat = pixels(2)
    truth = F.binary_cross_entropy(x_hat, x, reduction="sum").item()
    equation.holds({r"\ell_{\mathrm{CE}}(x, \hat{x})": truth, "x_i": x.numpy(), r"\hat{x}_i": x_hat.numpy()})
    model, image = vl.Autoencoder(hidden=(4,)).double(), x[None]
    ours = vl.ReconstructionLoss("cross-entropy")(model, image)["reconstruction"].item()
    values = {"x_i": x.numpy(), r"\hat{x}_i": model(image)[0].detach().numpy()}
    equation.holds({r"\ell_{\mathrm{CE}}(x, \hat{x})": ours, **values})


def one_pixel():
    """The grey values of a pixel, and of them the mean, the variance and the operator of a mean."""
    law, x = Beta(number(2.0), 4.5), (np.arange(20_000) + 0.5) / 20_000
    density = law.log_prob(number(x)).exp().numpy()
    mean = {r"\mathbb{E}": lambda values: np.sum(density * values, -1, keepdims=True) / 20_000}
    return {"x": x, "m": law.mean.item(), r"\mathrm{Var}(x)": law.variance.item(), **mean}


def smallest_at(equation, values):
    """The a at which the sides of the equation are smallest: one for each."""
    a = np.arange(1, 200) / 200
    sides = equation.sides({**values, "a": a[:, None]})
    return np.array([a[np.argmin(side)] for side in sides])


@check("1.3")
def _(equation):
    values = one_pixel()
    equation.holds({"a": np.array([[-0.4], [0.15], [0.8], [1.3]]), **values})
    assert np.all(np.abs(smallest_at(equation, values) - values["m"]) < 1 / 200)


def black_or_white_entropy(p):
    return Bernoulli(number(p)).entropy().numpy()


@check("1.4")
def _(equation):
    values = one_pixel() | {"H": black_or_white_entropy}
    assert "m" not in equation.statements[0].sides[0]  # though it could stand there for x
    equation.holds({"a": np.array([[0.02], [0.15], [0.8], [0.99]]), **values})
    assert np.all(np.abs(smallest_at(equation, values) - values["m"]) < 1 / 200)


@check("1.5")
def _(equation):
    x, logit = number([1.0, 0.2, 0.7, 0.0]), number([-5.0, -0.7, 0.3, 2.1]).requires_grad_()
    x_hat = logit.sigmoid()
    for statement, (name, loss) in enumerate((("CE", F.binary_cross_entropy), ("SE", F.mse_loss))):
        (by_logit,) = torch.autograd.grad(loss(x_hat, x, reduction="sum"), logit, retain_graph=True)
        slope_of_loss = {rf"\frac{{\partial \ell_{{\mathrm{{{name}}}}}}}{{\partial l}}": by_logit.numpy()}
        equation.holds({r"\hat{x}": x_hat.detach().numpy(), "x": x.numpy(), **slope_of_loss}, statement)


@check("1.6")
def _(equation):
    says(equation, r", \qquad \text{with equality only at } \hat{x} = x .")
    x, answers = pixels(), number(np.arange(1, 1000) / 1000)[:, None]
    values = {"H": black_or_white_entropy, "x_i": x.numpy()}
    for answer in (0.001, 0.3, 0.9):
        loss = F.binary_cross_entropy(torch.full_like(x, answer), x, reduction="sum").item()
        equation.holds({r"\ell_{\mathrm{CE}}(x, \hat{x})": loss, **values})
    floor = F.binary_cross_entropy(x, x, reduction="sum").item()
    np.testing.assert_allclose(*equation.sides({r"\ell_{\mathrm{CE}}(x, \hat{x})": floor, **values}))
    losses = F.binary_cross_entropy(*torch.broadcast_tensors(answers, x), reduction="none")
    best = answers[losses.argmin(0), 0]
    equation.holds({r"\hat{x}": best.numpy(), "x": x.numpy()}, statement=1, rtol=0, atol=1e-3)


def images_of_five_pixels():
    """x (60, 5) and the best linear autoencoder with 2 numbers: W, b, D, c, by least squares in turns."""
    draw = np.random.default_rng(0)
    x = draw.gamma(1.5, size=(60, 5)) * [2.0, 1.5, 0.8, 0.5, 0.3] @ draw.normal(size=(5, 5)) + 1
    codes = draw.normal(size=(60, 2))
    for _ in range(500):
        decoder = np.linalg.lstsq(np.c_[codes, np.ones(60)], x)[0]  # the best for these codes
        encoder = np.linalg.pinv(decoder[:2])
        codes = (x - decoder[2]) @ encoder  # the best for this decoder
    return x, encoder.T, -decoder[2] @ encoder, decoder[:2].T, decoder[2]


@check("1.7")
def _(equation):
    x, *best = images_of_five_pixels()
    draw = np.random.default_rng(1)
    tries = (np.stack([part, *(part + 0.1 * draw.normal(size=(50, *part.shape)))]) for part in best)
    encoders, b, decoders, c = tries  # the best first
    equation.holds(
        {
            r"\min_{W, b, D, c}": np.min,
            "x_n": x,
            "W": lambda rows: rows @ encoders.transpose(0, 2, 1),
            "b": b[:, None],
            "D": lambda codes: codes @ decoders.transpose(0, 2, 1),
            "c": c[:, None],
            "N": len(x),
            r"\lambda_j": np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1],
            "j": np.arange(1, 6),
            "k": 2,
        }
    )


@check("1.8")
def _(equation):
    x, mean, plane = np.split(draw_normal(5, 10), [7, 8], axis=1)  # a column an image
    plane, _ = np.linalg.qr(plane)
    nearest = mean + plane @ np.linalg.lstsq(plane, x - mean)[0]
    between = matrix([[1.3, -0.4], [2.2, 0.7]])
    pca = {"U": matrix(plane), r"U^{\top}": matrix(plane.T), "A": between, "A^{-1}": np.linalg.inv(between)}
    equation.holds({r"\hat{x}": nearest, "x": matrix(x), r"\bar{x}": matrix(mean), **pca})


@check("2.1")
def _(equation):
    model, (clean, damaged) = vl.Autoencoder(hidden=(4,)).double(), (pixels(2), pixels(5)[2:])
    often = np.array([[1, 2, 1], [6, 3, 3]])  # of 16: the two images, the three that each becomes
    pairs = [(clean[i], damaged[j]) for i in range(2) for j in range(3) for _ in range(often[i, j])]
    x, x_tilde = (torch.stack(rows) for rows in zip(*pairs, strict=True))
    p, c = often.sum(1) / 16, often / often.sum(1, keepdims=True)
    with torch.no_grad():
        rebuilt, loss = model(damaged), F.mse_loss(model(x_tilde), x, reduction="sum").item() / 16
        coded = {"f": lambda x: model.encode(number(x)).numpy(), "g": lambda z: model.decode(number(z)).numpy()}
        equation.holds({r"\hat{x}": rebuilt.numpy(), r"\tilde{x}": damaged.numpy(), **coded}, statement=1)
    equation.holds(
        {
            "J": loss,
            "x_i": clean.numpy()[:, None],
            r"\hat{x}_i": rebuilt.numpy(),
            r"\mathbb{E}_{p(x)}": mean_under(p, 1),
            r"\mathbb{E}_{c(\tilde{x} \mid x)}": mean_under(c, 1),
        }
    )


def four_images_three_damaged():
    """x and the mean of x given x tilde, along the axes of p(x, x tilde) and of the pixels, and that p."""
    x, often = draw_normal(4, 2), np.array([[5, 1, 2], [0, 3, 1], [1, 1, 4], [2, 6, 0]])
    means = [np.repeat(x, often[:, j], axis=0).mean(0) for j in range(3)]
    return x[:, None], np.array(means), often / often.sum()


@check("2.2")
def _(equation):
    x, posterior_mean, p = four_images_three_damaged()
    mean = {r"\mathbb{E}": lambda values: np.sum(p * values)}
    for r in (posterior_mean, *np.random.default_rng(1).normal(size=(3, 3, 2))):
        equation.holds({"x": x, r"r(\tilde{x})": r, r"\mathbb{E}[x \mid \tilde{x}]": posterior_mean, **mean})


MIXTURE = {"w_k": np.array([0.3, 0.7]), "m_k": np.array([-1.0, 0.6]), "s": 0.3, r"\sigma": 0.8}
NOISY = np.array([-1.9, -0.3, 0.2, 1.4])


def noisy_mixture(x_tilde):
    """Of the mixture and its noisy values: p_sigma(x tilde), rho_k(x tilde) and the posterior mean, by integration."""
    x, step = np.linspace(-4, 4, 4001, retstep=True)
    w, m, s, sigma = MIXTURE.values()
    parts = w * np.exp(log_normal(x[:, None], m, s)) * step
    noise = np.exp(log_normal(x_tilde[..., None], x, sigma))
    p_noisy = noise @ parts.sum(1)
    return p_noisy, noise @ parts / p_noisy[..., None], noise @ (x * parts.sum(1)) / p_noisy


@check("2.3")
def _(equation):
    equation.holds(
        {
            r"\mathbb{E}[x \mid \tilde{x}]": noisy_mixture(NOISY)[2],
            r"p_\sigma(\tilde{x})": noisy_mixture(NOISY + BOTH)[0],
            r"\nabla_{\tilde{x}}": slope,
            r"\tilde{x}": NOISY,
            **MIXTURE,
        }
    )


@check("2.4")
def _(equation):
    p_noisy, rho, posterior_mean = noisy_mixture(NOISY)
    density = {"N": lambda x, mean, variance: np.exp(log_normal(x, mean, np.sqrt(variance)))}
    values = {**MIXTURE, **density, r"\tilde{x}": NOISY[:, None], r"\rho_k(\tilde{x})": rho}
    equation.holds({r"\mathbb{E}[x \mid \tilde{x}]": posterior_mean, **values})
    equation.holds({r"p_\sigma(\tilde{x})": p_noisy[:, None], **values}, statement=1)


@check("2.5")
def _(equation):
    x, eps = draw_normal(2, 200, 2)
    sigma, x_tilde = 0.7, x + 0.7 * eps
    shifted = x_tilde + BOTH[..., None, None] * np.eye(2)[:, None]  # by -H and H, along each axis
    psi = np.sin(x_tilde[:, ::-1]) + 0.4
    values = {
        r"c(\tilde{x} \mid x)": np.exp(log_normal(shifted, x, sigma).sum(-1)).transpose(0, 2, 1),
        r"\nabla_{\tilde{x}}": slope,
        r"\sigma": sigma,
        "x": x,
        r"\tilde{x}": x_tilde,
        "r": lambda x_tilde: x_tilde + sigma**2 * psi,
        r"\psi(\tilde{x})": psi,
        r"\mathbb{E}": np.mean,
    }
    equation.holds(values)
    equation.holds(values, statement=1)


@check("2.6")
def _(equation):
    x, posterior_mean, p = four_images_three_damaged()
    posterior = p / p.sum(0)
    both = posterior[:, None] * posterior * p.sum(0)  # x, x', x tilde
    names = {r"\mathbb{E}[x \mid \tilde{x}]": posterior_mean, r"\mathbb{E}": lambda values: np.sum(both * values)}
    equation.holds({"x": x[:, None], "x'": x[None], **names})


@check("3.1")
def _(equation):
    model, x = vl.Autoencoder(hidden=(4,)).double(), pixels(3)
    with torch.no_grad():
        equation.holds(
            {
                "f": lambda x: model.encode(number(x)).numpy(),
                "g": lambda z: model.decode(number(z)).numpy(),
                "x": x.numpy(),
                r"\hat{x}": model(x).numpy(),
                "A": lambda z: np.stack([3 * z[:, 0] + 50, z[:, 1] + z[:, 0] ** 3], -1),  # stretches, moves and bends
                "A^{-1}": lambda z: np.stack([(z[:, 0] - 50) / 3, z[:, 1] - ((z[:, 0] - 50) / 3) ** 3], -1),
            }
        )


@check("3.2")
def _(equation):
    codes, z, new = np.split(draw_normal(27, 2), [11, 18])
    values = {"z": 3 * z, "x_i": codes / 5, "x": new / 5, "f": lambda x: 5 * x, "N": 11}

    def d(points):
        return np.array([min(math.dist(point, code) for code in codes) for point in points])

    ours = vl.nearest_distance(number(3 * z), number(codes))
    np.testing.assert_allclose(ours, d(3 * z))
    equation.holds({"d(z)": d(3 * z), **values, "z": 3 * z[:, None]})
    medians = r"\operatorname{median}_{\,\text{draws } z}", r"\operatorname{median}_{\,\text{held-out } x}"
    ratio = sorted(d(3 * z))[3] / sorted(d(new))[4]
    equation.holds({"R": ratio, "d": d, **values, **dict.fromkeys(medians, np.median)}, statement=1)


@check("3.3")
def _(equation):
    a = number(3 * draw_normal(6, 10))
    a = torch.cat([a, 0 * a[:1] + 2, 300 * F.one_hot(torch.tensor([3]), 10)])  # undecided at all, and sure
    p = F.softmax(a, dim=1)
    values = {"c(x)": p.topk(1).values[:, 0].numpy(), "p_k(x)": p.numpy(), "e": math.e}
    values |= {"a_k(x)": a.numpy(), "a_l(x)": a.numpy()[:, None]}
    for statement in (0, 1, 2):
        equation.holds(values, statement)
    lowest, confidence, highest = equation.sides(values, statement=2)
    np.testing.assert_allclose(confidence[-2:], (lowest, highest))  # the bounds are reached


@check("3.4")
def _(equation):
    decoder = vl.Autoencoder(hidden=(12, 8), data_dim=6).double().decoder
    z_0, u = np.array([0.4, -0.9]), np.array([0.6, 0.8])

    def outputs(z):
        return decoder(number(z)).detach().numpy()

    near, far = outputs(z_0 + 1e4 * u), outputs(z_0 + 2e4 * u)
    b = (far - near) / 1e4
    values = {r"\ell": outputs, "z_0": z_0, "u": u, "a": near - 1e4 * b, "b": b}
    t = np.arange(-100.0, 5000.0)[:, None]
    left, right = equation.sides({"t": t, **values})
    t_0 = 1 + t[np.abs(left - right).max(1) > 1e-6].max()
    assert 0 < t_0 < 4000
    equation.holds({"t": t[t >= t_0][:, None], **values})
    says(equation, r"\quad \text{for all } t \ge t_0 , \qquad \text{so pixel } i \text{ tends to } \begin{cases}")
    equation.holds({"t": t[t >= t_0], "t_0": t_0}, statement=1)
    says(equation, r"\begin{cases} 1 & \text{if } b_i > 0, \\ 0 & \text{if } b_i < 0 . \end{cases}")
    assert np.any(b > 0) and np.any(b < 0)
    np.testing.assert_allclose(number(far).sigmoid(), np.where(b > 0, 1, 0), atol=1e-9)


@check("3.5")
def _(equation):
    draw = np.random.default_rng(0)
    p, q = draw.dirichlet(np.ones(10), size=(2, 20))
    p[0], q[1], p[2], q[2] = q[0], np.eye(10)[3], np.eye(10)[4], np.eye(10)[7]  # alike; ...; nothing in common
    sets_of_digits = np.arange(1024)[:, None] >> np.arange(10) & 1
    gap = np.max((p - q) @ sets_of_digits.T, -1)  # what must move: by how much the shares of a set differ at most
    equation.holds({"V": gap, "p_k": p, "q_k": q})
    equation.holds({"V": gap}, statement=1)
    lowest, _, highest = equation.sides({"V": gap}, statement=1)
    assert (lowest, highest) == (gap.min(), gap.max())


def walk(x):
    """The pieces of (3.6) and (3.7) for the images x_0, ..., x_K."""
    return {"x_k": x[1:], "x_{k-1}": x[:-1], "x_K": x[-1], "x_0": x[0], "K": len(x) - 1}


def arc():
    """A walk along a circle of radius 2 in five dimensions, in uneven steps; their lengths and the straight way."""
    angle = np.cumsum([0, 0.1, 0.3, 0.2, 0.7, 0.05, 0.4])
    plane, _ = np.linalg.qr(draw_normal(5, 2))
    x = 2 * np.stack([np.cos(angle), np.sin(angle)], 1) @ plane.T + 3
    return walk(x), 4 * np.sin(np.diff(angle) / 2), 4 * np.sin(angle[-1] / 2)


STRAIGHT = np.array([[0.0], [0.2], [0.3], [1.0]]) * [1.0, -2.0, 0.5] + 1


@check("3.6")
def _(equation):
    values, steps, straight_way = arc()
    equation.holds({"S": sum(steps) / straight_way, **values})
    equation.holds({"S": 1, **walk(STRAIGHT)})
    *sides, lowest = equation.sides({"S": 1, **walk(STRAIGHT)})
    np.testing.assert_allclose(sides, lowest)


@check("3.7")
def _(equation):
    values, steps, _ = arc()
    evenness = max(steps) / np.mean(steps)
    equation.holds({"J": evenness, **values})
    equation.holds({"J": evenness, **values}, statement=1)
    even, jump = np.arange(5.0)[:, None] * [1.0, -2.0], np.repeat([[1.0, 2.0], [0.5, 4.0]], (2, 4), axis=0)
    equation.holds({"J": 1, **walk(even)})
    equation.holds({"J": 5, **walk(jump)})
    assert equation.sides({"J": 2, "K": 5}, statement=1) == [1, 2, 5]


@check("4.1")
def _(equation):
    mu, sigma, z = (number(a) for a in ([0.7, -1.2, 0.3], [0.5, 1.1, 2.0], [1.1, -0.4, -1.9]))
    equation.holds(
        {
            r"q(z \mid x)": vl.normal_log_density(z, mu, 2 * sigma.log()).exp().item(),
            r"N(\mu, \mathrm{diag}(\sigma^2))": MultivariateNormal(mu, torch.diag(sigma**2)).log_prob(z).exp().item(),
            "z_j": z.numpy(),
            r"\mu_j": mu.numpy(),
            r"\sigma_j": sigma.numpy(),
            "n": 3,
        }
    )


@check("4.2")
def _(equation):
    model, x = vl.VAE(hidden=(4,)), pixels(20).float()
    sigma, logvar = vl.gaussians(model, x).sigma, model.encode(x)[1].detach()
    sigma, logvar = (torch.cat([a, b]).numpy() for a, b in ((sigma, 2 * sigma), (logvar, logvar + math.log(4))))
    formula, zero = equation.latex.split(">")
    Equation("4.2", formula).holds({r"\sigma": sigma, r"\log \sigma^2": logvar})
    assert np.all(sigma > evaluate(zero.strip(" .\n"), {}))


@check("4.3")
def _(equation):
    says(equation, r", \qquad \varepsilon \sim N(0, I), \qquad \text{so that} \quad")
    mu, sigma = (np.array(a) for a in zip(*GAUSSIANS, strict=True))
    z = vl.reparameterize(*(number(a)[None] for a in (mu, 2 * np.log(sigma))), torch.Generator().manual_seed(0))[0]
    eps = torch.randn(1, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)[0]
    equation.holds({"z": z.numpy(), r"\varepsilon": eps.numpy(), r"\mu": mu, r"\sigma": sigma})
    mean = mean_under(np.exp(log_normal(T, 0, 1)), STEP)
    _, z_j = equation.sides({"z": 0, r"\mu": mu[:, None], r"\sigma": sigma[:, None], r"\varepsilon": T})
    equation.holds({r"\mathbb{E}": mean, "z_j": z_j, r"\mu_j": mu}, statement=1)
    variance = {r"\mathrm{Var}": lambda values: mean((values - mean(values)[:, None]) ** 2)}
    equation.holds({**variance, "z_j": z_j, r"\sigma_j": sigma}, statement=2)


def share_within(r, n):
    """How much of N(0, I_n) lies within the radius r: the distribution function of the chi-square distribution."""
    return torch.special.gammainc(number(n / 2), number(r**2 / 2)).item()


@check("4.4")
def _(equation):
    says(equation, r", \qquad \varepsilon \sim N(0, I_2) .")
    draws = np.linalg.norm(draw_normal(100_000, 2), axis=1)
    for r in (0, 0.3, 1, 2.5):
        share = share_within(r, 2)
        equation.holds({r"P(\|\varepsilon\| \le r)": share, "r": r, "e": math.e})
        assert abs(np.mean(draws <= r) - share) <= 5 * (share * (1 - share) / len(draws)) ** 0.5


@check("4.5")
def _(equation):
    says(equation, r", \qquad \varepsilon \sim N(0, I_n) .")
    for n in (2, 4, 10, 30):
        k = np.arange(n // 2)
        values = {"n": n, "k": k, "k!": np.vectorize(math.factorial)(k).astype(float), "e": math.e}
        for r in (0.3, 1, 2.5, 5):
            equation.holds({r"P(\|\varepsilon\| \le r)": share_within(r, n), "r": r, **values})


@check("4.6")
def _(equation):
    nodes, weights = np.polynomial.hermite_e.hermegauss(6)  # exact for polynomials up to the degree 11
    for n in (1, 2, 3):
        eps = np.stack(np.meshgrid(*n * [nodes]), -1).reshape(-1, n)
        weight = np.prod(np.stack(np.meshgrid(*n * [weights]), -1).reshape(-1, n), -1) / (2 * np.pi) ** (n / 2)
        mean = mean_under(weight, 1)
        equation.holds({r"\mathbb{E}": mean, r"\varepsilon": eps, "n": n})
        variance = {r"\mathrm{Var}": lambda values, mean=mean: mean((values - mean(values)) ** 2)}
        equation.holds({**variance, r"\varepsilon": eps, "n": n}, statement=1)


@check("4.7")
def _(equation):
    says(equation, r", \qquad \eta_t \sim N(0, 0.1^2) .")
    t, noise = np.linspace(-0.5, 0.5, 500), 0.1 * draw_normal(500)
    for a, f, phi in ((0.4, 3.3, 0.5), (1.0, 3.9, 4.1)):
        turning = np.exp(1j * phi) * np.exp(2j * np.pi * f / 499) ** (499 * t)  # a step a sample
        values = {"a": a, "f": f, r"\varphi": phi, "t": t, r"\eta_t": noise}
        equation.holds({"x(t)": 0.5 + 0.3 * a * turning.imag + noise, **values})
        clean = equation.sides({"x(t)": 0, **values, r"\eta_t": 0})[1]
        assert 0.2 <= clean.min() < clean.max() <= 0.8  # as the text says


@check("4.8")
def _(equation):
    t = np.linspace(-0.5, 0.5, 50)
    for a, f, phi in ((0.4, 3.3, 0.5), (1.0, 3.9, 4.1)):
        equation.holds({"a": a, "f": f, r"\varphi": phi, "t": t})


@check("4.9")
def _(equation):
    says(equation, r", \qquad \text{and there} \quad")
    sigma, delta = np.geomspace(0.05, 2, 4001), T[::10]
    shares = np.exp(log_normal(delta, 0, 1)) * 10 * STEP
    squares = mean_under(shares, 1)((sigma[:, None] * delta) ** 2)
    kl = kl_divergence(Normal(0.0, number(sigma)), Normal(0.0, 1.0)).numpy()
    for h in (0.4, 3.0, 70.0):
        best = sigma[np.argmin(0.5 * h * squares + kl)]
        equation.holds({r"\sigma": best, "h": h}, rtol=2e-3)
        equation.holds({r"\sigma": best, "h": h}, statement=1, rtol=2e-3)


# Notebooks 08, the end of 10, and 11

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)
UNIT, UNIT_WEIGHTS = (NODES + 1) / 2, WEIGHTS / 2  # of an integral from 0 to 1, exact for smooth functions


@check("8.1")
def _(equation):
    vae = vl.VAE(hidden=(5,))
    image = torch.rand(1, 784, generator=torch.Generator().manual_seed(0)).round()
    terms = vl.VAELoss(kl=784)(vae, image, torch.Generator().manual_seed(0))
    with torch.no_grad():
        mu, logvar = vae.encode(image)
        logits = vae.decoder(vl.reparameterize(mu, logvar, torch.Generator().manual_seed(0)))
        mean_over_pixels = torch.nn.functional.binary_cross_entropy_with_logits(logits, image)
        log_px_z = Bernoulli(logits=logits).log_prob(image)
    values = {r"p(x_i \mid z)": log_px_z[0].exp().double().numpy(), r"\mathrm{KL}": terms["kl"].item()}
    equation.holds(values)
    left, right = equation.sides(values)
    assert math.isclose(left, (mean_over_pixels + terms["kl"]).item(), rel_tol=1e-5)
    assert math.isclose(right, terms["objective"].item() / 784, rel_tol=1e-5)


@check("8.2")
def _(equation):
    x, p = np.arange(1, 100)[:, None] / 100, np.arange(1, 1000) / 1000
    values = {r"\min_{0 < p < 1}": lambda losses: losses.min(1, keepdims=True), "p": p, "x": x}
    equation.holds(values)
    floor = equation.sides(values)[0]
    np.testing.assert_allclose(floor, Bernoulli(number(x)).entropy())
    assert np.all(floor > 0)
    lowest = equation.sides({**values, r"\min_{0 < p < 1}": lambda losses: p[losses.argmin(1)]})[0]
    np.testing.assert_allclose(lowest, x[:, 0])  # and this is where the minimum lies


@check("8.3")
def _(equation):
    p = number([[0.02], [0.3], [0.8], [0.999]])
    integral = {"x": UNIT, r"\int_0^1": lambda values: np.sum(values, -1, keepdims=True), "dx": UNIT_WEIGHTS}
    equation.holds({"p": p.numpy(), **integral})
    normalised, at = ContinuousBernoulli(p), number(0.7)
    ours = (vl.bernoulli_log_likelihood(at.expand_as(p), p.logit())[:, None] - normalised.log_prob(at)).exp()
    np.testing.assert_allclose(ours, equation.sides({"p": p.numpy(), **integral})[1])
    cases = r"\\text\{for \} p \\ne (.*?), \\qquad \\text\{and \} (.*?) \\text\{ for \} p = (.*?) \."
    except_at, value, there = (evaluate(text, {}) for text in re.search(cases, equation.latex).groups())
    assert except_at == there
    with np.errstate(invalid="ignore"):
        area, formula = equation.sides({"p": there, **integral})
    assert np.isclose(area, value)
    assert np.isnan(formula)


@check("8.4")
def _(equation):
    x, p = number([0.9, 0.2, 0.45, 0.0]), number([0.7, 0.1, 0.55, 0.3])
    draws = torch.cartesian_prod(*4 * [number([0.0, 1.0])])
    shares = Bernoulli(x).log_prob(draws).sum(-1).exp().numpy()
    values = {r"\tilde x_i": draws.numpy(), "x_i": x.numpy(), "p_i": p.numpy(), r"\mathbb{E}_{\tilde x}": shares.dot}
    equation.holds(values)
    each = equation.sides({**values, r"\mathbb{E}_{\tilde x}": lambda a: a})[0]  # as x for \tilde x has the same mean
    np.testing.assert_allclose(np.exp(each), Bernoulli(p).log_prob(draws).sum(-1).exp())
    np.testing.assert_allclose(equation.sides(values)[1], vl.bernoulli_log_likelihood(x[None], p.logit()[None])[0])
    many = vl.binarized(x.expand(20_000, 4), torch.Generator().manual_seed(0))
    ours = vl.bernoulli_log_likelihood(many, p.logit().expand_as(many))
    assert abs(ours.mean() - equation.sides(values)[1]) < 5 * ours.std() / math.sqrt(len(ours))


@check("8.5")
def _(equation):
    x, shades = number([0.01, 0.2, 0.45, 0.9, 0.99]), number([0.03, 0.7, 0.35, 0.98, 0.6])

    def log_density(x, shade):
        return ContinuousBernoulli(shade, lims=(0.5, 0.5)).log_prob(x)

    def c(shade):  # the density of black is C (1 - shade)
        return log_density(number(0.0), number(shade)).exp().numpy() / (1 - shade)

    density = log_density(x, shades).sum().exp().item()
    equation.holds({r"p(x \mid z)": density, "x_i": x.numpy(), r"\lambda_i": shades.numpy(), "C": c})
    for shade in shades.numpy():
        equation.holds({r"C(\lambda)": c(shade), r"\lambda": shade}, statement=1)
        area = np.sum(UNIT_WEIGHTS * np.exp(log_density(number(UNIT), number(shade)).numpy()))
        assert np.isclose(area, 1)


@check("10.3")
def _(equation):
    r, c = (axis.ravel() for axis in np.mgrid[:28, :28])
    brightness = np.random.default_rng(0).uniform(0.2, 1, (15, 1))
    for slant in (-0.6, 0, 0.35, 1):
        stroke = 13.3 - slant * (np.arange(6, 21)[:, None] - 12)  # in which column, row by row: lower is further left
        x = np.zeros((28, 28))
        x[6:21] = brightness * np.clip(1 - np.abs(np.arange(28) - stroke), 0, 1)  # shared by two columns

        def cov(a, b, x=x):
            return np.cov(a, b, aweights=x.ravel())[0, 1]

        values = {"r": r, "c": c, r"\mathrm{Cov}_x": cov, r"\mathrm{Var}_x": lambda a, cov=cov: cov(a, a)}
        equation.holds({"s(x)": slant, **values})


@check("10.4")
def _(equation):
    rng = np.random.default_rng(0)
    for n in (20, 21):
        slants, mu = rng.gamma(2, size=n), rng.gamma(3, size=(n, 2))
        order = slants.argsort()
        upper, lower = mu[order[(n + 1) // 2 :]], mu[order[: (n + 1) // 2]]
        codes = {r"\mu(x)": mu, "s(x)": slants, r"\mathrm{median}": sorted(slants)[(n - 1) // 2]}
        equation.holds({"d": upper.mean(0) - lower.mean(0), r"\mathrm{mean}": lambda a: a.mean(0), **codes})


def as_vae(toy, q):
    """The toy, as a model that the package's losses take: its encoder gives q for every x."""
    return SimpleNamespace(
        encode=lambda x: (q.mean.expand(len(x), 1), 2 * q.stddev.log().expand(len(x), 1)),
        log_px_z=lambda x, z: toy.log_likelihood(x, z[:, 0]),
    )


def toy_densities():
    """toy_vae, and what of it the equations name, on the grid."""
    toy, x, q, elbo, kl = toy_vae()
    values = {
        r"p(x \mid z)": toy.log_likelihood(x, GRID).exp().numpy().clip(1e-300),
        "p(x, z)": toy.log_joint(x, GRID).exp().numpy(),
        r"q(z \mid x)": q.log_prob(GRID).exp().numpy().clip(1e-300),
        r"\mathbb{E}_{q}": mean_under(q.log_prob(GRID).exp().numpy(), 0.01),
        r"\mathrm{KL}\left(q(z \mid x) \,\|\, p(z)\right)": kl,
        "p(x)": toy.log_evidence(x).exp().item(),
    }
    return toy, x, q, elbo, values


@check("10.5")
def _(equation):
    toy, x, q, elbo, values = toy_densities()
    log_px_z, mean_q, draws = np.log(values[r"p(x \mid z)"]), values[r"\mathbb{E}_{q}"], 20_000
    error = math.sqrt(mean_q(log_px_z**2) - mean_q(log_px_z) ** 2) / math.sqrt(draws)
    for beta in (0.3, 1, 4):
        objective = -elbo + (beta - 1) * values[r"\mathrm{KL}\left(q(z \mid x) \,\|\, p(z)\right)"]
        equation.holds({r"J_\beta": objective, r"\beta": beta, **values})
        ours = vl.VAELoss(kl=beta)(as_vae(toy, q), x.expand(draws, 3), torch.Generator().manual_seed(0))
        assert abs(next(iter(ours.values())).item() - objective) < 5 * error  # the first term is minimised


def importance_bounds(counts):
    """L_K of toy_vae for these K, exactly: log s is the integral of (e^-t - e^(-s t)) / t over t > 0."""
    toy, x, q, *_ = toy_vae()
    log_p, z, step = toy.log_evidence(x), GRID[::5], 0.05
    weight, share = (toy.log_joint(x, z) - q.log_prob(z) - log_p).exp(), q.log_prob(z).exp() * step
    log_t = torch.arange(-30, 90, 0.05, dtype=torch.float64)
    means = ((-weight * (log_t - math.log(k)).exp()[:, None]).exp() @ share for k in counts)  # of e^(-w t / K)
    integrals = [((-log_t.exp()).exp() - mean**k).sum() * 0.05 for k, mean in zip(counts, means, strict=True)]
    return np.array([(log_p + integral).item() for integral in integrals])


@check("11.1")
def _(equation):
    toy, x, q, _, values = toy_densities()
    weights = {"w": (toy.log_joint(x, GRID) - q.log_prob(GRID)).exp().numpy()}
    equation.holds({**weights, r"\int": lambda values: np.sum(values, -1), "dz": 0.01, **values})
    ours = vl.log_evidence(as_vae(toy, q), x.expand(20_000, 3), 1, torch.Generator().manual_seed(0)).exp()
    assert abs(ours.mean() - values["p(x)"]) < 5 * ours.std() / math.sqrt(20_000)


@check("11.2")
def _(equation):
    toy, x, q, elbo, values = toy_densities()
    z = torch.linspace(-6, 6, 121, dtype=torch.float64)
    share, weight = q.log_prob(z).exp().numpy() * 0.1, (toy.log_joint(x, z) - q.log_prob(z)).exp().numpy()
    bounds = importance_bounds((1, 2, 3, 50))
    assert np.isclose(bounds[0], elbo)
    for k in (1, 2, 3):
        draws = np.stack(np.meshgrid(*k * [weight]), -1)  # all pairs, all triples
        shares = math.prod(np.meshgrid(*k * [share]))
        mean = {r"\mathbb{E}": lambda values, shares=shares: np.sum(shares * values)}
        equation.holds({r"\mathcal{L}_K": bounds[k - 1], "K": k, "w_k": draws, "p(x)": values["p(x)"], **mean})
    for k, bound in zip((1, 3, 50), bounds[[0, 2, 3]], strict=True):
        ours = vl.log_evidence(as_vae(toy, q), x.expand(4000, 3), k, torch.Generator().manual_seed(0))
        assert abs(ours.mean() - bound) < 5 * ours.std() / math.sqrt(4000)


@check("11.3")
def _(equation):
    toy, x, *_ = toy_vae()
    bounds = importance_bounds((1, 2, 3, 4, 9, 10, 99, 100))
    names = r"\mathcal{L}_1", r"\mathcal{L}_K", r"\mathcal{L}_{K+1}"
    for k in (0, 2, 4, 6):
        chain = [*bounds[[0, k, k + 1]], toy.log_evidence(x).item()]
        values = dict(zip(names, chain, strict=False)) | {"p(x)": math.exp(chain[-1])}
        equation.holds(values, rtol=0)
        np.testing.assert_allclose(equation.sides(values), chain)  # no weaker statement
        assert np.all(np.diff(chain)[int(k == 0) :] > 1e-6)


@check("11.4")
def _(equation):
    variances = np.array([0.0097, 0.0103, 2.3, 1e-5, 0.011])
    mu = np.array([3, -1, 0.4, 2, 0]) + np.sqrt(variances) * np.array([[-1], [1]]).repeat(500, 0)
    values = {"A_j": variances, r"\mu_j(x)": mu, r"\mathrm{Var}_{x}": lambda a: ((a - a.mean(0)) ** 2).mean(0)}
    equation.holds(values)
    active = variances > 0.01
    assert active.tolist() == [False, True, True, False, True]
    assert vl.active_units(torch.tensor(mu)) == active.sum()


def best_linear_vae(data, sigma, latent_dim):
    """The linear VAE with the best exact ELBO on data (N, D) whose mean is 0: that ELBO, its KL and the means mu."""
    generator = torch.Generator().manual_seed(0)
    shape = (2, latent_dim, data.shape[1])
    encoder, decoder = 0.3 * torch.randn(shape, generator=generator, dtype=torch.float64)
    parameters = [p.requires_grad_() for p in (encoder, decoder, torch.zeros(latent_dim, dtype=torch.float64))]
    encoder, decoder, logvar = parameters
    optimizer = torch.optim.LBFGS(
        parameters, max_iter=500, tolerance_grad=1e-8, tolerance_change=0, line_search_fn="strong_wolfe"
    )

    def terms():
        mu = data @ encoder.T
        scattered = (logvar.exp() @ decoder**2).sum() / (2 * sigma**2)  # what the draw adds to the squared error
        log_px_z = vl.gaussian_log_likelihood(data, mu @ decoder, sigma) - scattered
        kl = vl.kl_to_standard_normal(mu, logvar.expand_as(mu))
        return (log_px_z - kl).mean(), kl.mean(), mu

    def loss():
        optimizer.zero_grad()
        minus_elbo = -terms()[0]
        minus_elbo.backward()
        return minus_elbo

    optimizer.step(loss)
    return [term.detach() for term in terms()]


@check("11.5")
def _(equation):
    lambdas = number([4.1, 2.9, 1.5, 0.7, 0.4])
    axes = torch.linalg.qr(torch.randn(5, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64))[0]
    data = torch.cat([axes, -axes]) * (5 * lambdas).sqrt().repeat(2)[:, None]  # with just these variances along axes
    for variance, latent_dim in ((0.5, 4), (1.1, 5), (4.5, 2)):
        elbo, kl, mu = best_linear_vae(data, math.sqrt(variance), latent_dim)
        values = {r"\lambda_j": lambdas.numpy(), r"\sigma": math.sqrt(variance)}
        equation.holds({r"\overline{\mathrm{KL}}": kl.item(), **values}, atol=1e-6)
        assert vl.active_units(mu) == (lambdas > variance).sum()
        covariance = axes.T @ torch.diag(lambdas.clamp(min=variance)) @ axes  # the best of probabilistic PCA
        best = MultivariateNormal(torch.zeros(5, dtype=torch.float64), covariance).log_prob(data).mean()
        assert math.isclose(elbo, best, rel_tol=1e-9)


def test_a_bound_stands_only_where_one_is_meant():
    """As A = B makes A <= B true too, no number tells that it should have been an equality."""
    bounds = {
        number: [" ".join(statement.relations) for statement in equation.statements]
        for number, equation in EQUATIONS.items()
    }
    assert {number: found for number, found in bounds.items() if set("<>") & set("".join(found))} == {
        "1.6": [">=", "="],
        "3.3": ["=", "=", "<= <="],
        "3.4": ["=", ">="],
        "3.5": ["=", "<= <="],
        "3.6": ["= >="],
        "3.7": ["=", "<= <="],
        "5.1": ["= >="],
        "5.4": ["<=", "="],
        "5.5": ["= <= = <= ="],
        "6.6": ["= >="],
        "6.7": ["<="],
        "6.8": ["= = = >= ="],
        "8.2": ["= >="],
        "9.1": ["= >="],
        "10.2": ["=", "<= <="],
        "11.2": ["= <= ="],
        "11.3": ["<= <= <="],
    }


@pytest.mark.parametrize("number", EQUATIONS)
def test_equation(number):
    CHECKS[number](EQUATIONS[number])
