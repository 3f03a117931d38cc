"""Exercises of notebook 06: the ELBO, a step of the Metropolis walk, and the noise that fits the errors."""

import torch
from torch.distributions import Normal

from vaelab.exercises.engine.ask import knows_only, tensor_of
from vaelab.exercises.engine.check import Exercise
from vaelab.exercises.engine.prediction import Prediction
from vaelab.toy import Toy, integrate


def mean(q, g):
    """E_q[g(z)], by integration, as the notebook has it."""
    return integrate(lambda z: q.log_prob(z).exp() * g(z))


mean.__name__ = "the mean under q, by integration"  # as a report names it


def exact_elbo(toy, x, q, mean):
    """Equation (6.6): x (3,), q with log_prob(z), mean(q, g) -> one number, in nats."""
    return mean(q, lambda z: toy.log_joint(x, z) - q.log_prob(z))


class DensityAlone:
    """Mixed into a q, so that whoever asks it for draws, say, or its entropy, is told what there is instead."""

    __getattr__ = knows_only("of q we know log_prob alone. mean(q, g) integrates g under q.")
    sample = rsample = sample_n = entropy = __getattr__  # which Normal has


class OneHump(DensityAlone, Normal):
    """N(loc, scale^2)."""

    def __repr__(self):
        return f"N({self.loc:g}, {self.scale:g}^2)"


class WatchedToy(Toy):
    """A toy that notes whether it was asked for what a VAE doesn't know, the evidence or the posterior."""

    asked = False

    def log_evidence(self, x):
        """log p(x)."""
        object.__setattr__(self, "asked", True)  # a Toy is frozen
        return super().log_evidence(x)

    def __repr__(self):
        return f"Toy({self.sigma:g})"


class TwoHumps(DensityAlone):
    """Half of N(loc_1, scale_1^2) and half of N(loc_2, scale_2^2): a q that knows its density and no more."""

    def __init__(self, loc, scale):
        self.loc, self.scale = loc, scale

    def log_prob(self, z):
        """z (...) -> (...)."""
        return Normal(self.loc, self.scale).log_prob(z[..., None]).logsumexp(-1) - torch.log(z.new_tensor(2.0))

    def __repr__(self):
        return "a q with two humps"


class Posterior(DensityAlone):
    """The posterior p(z|x) of one observation as a q."""

    def __init__(self, toy, x):
        self.toy, self.x = toy, x

    def log_prob(self, z):
        """z (...) -> (...)."""
        return self.toy.log_posterior(self.x, z)

    def __repr__(self):
        return "the posterior itself"


def hypotheses(g):
    """Models, observations and q's, first the notebook's own. None is so narrow that p(x, z) / q(z) overflows."""

    def number(value):
        return torch.tensor(value, dtype=torch.float64)

    x = number([1.6, 0.1, 0.05])
    cases = [
        {"toy": WatchedToy(0.5), "x": x, "q": OneHump(number(1.5), number(0.2))},
        {"toy": WatchedToy(0.5), "x": x, "q": OneHump(number(0.0), number(1.0))},
        {"toy": WatchedToy(1.0), "x": number([0.0, 0.0, 0.0]), "q": OneHump(number(-1.0), number(0.5))},
        {"toy": WatchedToy(0.5), "x": x, "q": Posterior(Toy(0.5), x)},
        # An ELBO above 0: p(x) is a density.
        {"toy": WatchedToy(0.1), "x": number([0.25, 0.64, 0.21]), "q": OneHump(number(0.7), number(0.1))},
    ]
    for sigma, family in ((0.3, OneHump), (2.0, OneHump), (0.8, TwoHumps), (1.0, TwoHumps)):
        toy, parameters = WatchedToy(sigma), 2 if family is TwoHumps else ()
        loc = torch.randn(parameters, generator=g, dtype=torch.float64)
        scale = 0.6 + 0.4 * torch.rand(parameters, generator=g, dtype=torch.float64)
        cases.append({"toy": toy, "x": toy.sample(1, g)[1][0], "q": family(loc, scale)})
    return [case | {"mean": mean} for case in cases]


def value_and_gradients(answer, toy, x, q, mean):
    """The answer's ELBO, and how it changes with the parameters of q, as the climb of section 7 needs it."""
    if isinstance(q, Posterior):
        yield "", answer(toy, x, q, mean)
        return
    parameters = [parameter.clone().requires_grad_() for parameter in (q.loc, q.scale)]
    value = answer(toy, x, type(q)(*parameters), mean)
    yield "", value
    yield "whether it makes use of log p(x) or of the posterior", toy.asked
    gradients = torch.autograd.grad(value, parameters, allow_unused=True) if value.requires_grad else (None, None)
    yield "the gradient with respect to the centre of q", gradients[0]
    yield "the gradient with respect to the width of q", gradients[1]


def metropolis_step(log_joint, z, log_p, proposal, chance):
    """Equation (6.10): four tensors (B,) -> the next z (B,) and its log p (B,)."""
    log_p_proposal = log_joint(proposal)
    accept = chance.log() < log_p_proposal - log_p
    return torch.where(accept, proposal, z), torch.where(accept, log_p_proposal, log_p)


def minus_half_z_squared(z):
    """log N(z; 0, 1) but for a constant, which a joint may have: (B,) -> (B,)."""
    return -(z**2) / 2


def joint_of_the_toy(z):
    """Two humps: (B,) -> (B,)."""
    return Toy().log_joint(torch.tensor([1.6, 0.1, 0.05], dtype=z.dtype), z)


def log_of_a_triangle(z):
    """A density that is 0 beyond 1, where its log is minus infinity: (B,) -> (B,)."""
    return torch.log((1 - z.abs()).clamp(min=0))


def steps(g):
    """Single walks that can be followed in one's head, then many at once: on the toy, at an edge, and very far out."""
    cases = [
        {"log_joint": minus_half_z_squared, "z": [2.0], "proposal": [3.0], "chance": [0.05]},
        {"log_joint": minus_half_z_squared, "z": [2.0], "proposal": [3.0], "chance": [0.5]},
        {"log_joint": minus_half_z_squared, "z": [3.0], "proposal": [2.0], "chance": [0.9]},
        {
            "log_joint": log_of_a_triangle,
            "z": [0.5, 0.2, -0.4],
            "proposal": [1.5, 0.3, -1.1],
            "chance": [0.9, 0.2, 0.01],
        },
        {"log_joint": minus_half_z_squared, "z": [60.0], "proposal": [59.0], "chance": [0.5]},
    ]
    cases = [{k: torch.tensor(v) if isinstance(v, list) else v for k, v in case.items()} for case in cases]
    for log_joint, count, centre, dtype in (
        (joint_of_the_toy, 300, 0.0, torch.float64),
        (minus_half_z_squared, 7, 0.0, torch.float32),
        (minus_half_z_squared, 200, 60.0, torch.float64),  # log p is about -1800: the density is 0 in floating point
        (minus_half_z_squared, 50, -20.0, torch.float32),
    ):
        z, noise = torch.randn(2, count, generator=g, dtype=dtype)
        z = centre + z
        chance = torch.rand(count, generator=g, dtype=dtype)
        cases.append(
            {"log_joint": log_joint, "z": z, "proposal": z + (0.05 if centre else 2.0) * noise, "chance": chance}
        )
    return [{"log_joint": c["log_joint"], "z": c["z"], "log_p": c["log_joint"](c["z"])} | c for c in cases]


def step_by(rule):
    """A step that goes to the proposal where rule(log p of the proposal, log p, chance) says so."""

    def step(log_joint, z, log_p, proposal, chance):
        log_p_proposal = log_joint(proposal)
        accept = rule(log_p_proposal, log_p, chance)
        return torch.where(accept, proposal, z), torch.where(accept, log_p_proposal, log_p)

    return step


def step_by_products(log_joint, z, log_p, proposal, chance):
    """A step that chooses by multiplying with 0 and 1."""
    log_p_proposal = log_joint(proposal)
    accept = (chance.log() < log_p_proposal - log_p).to(z.dtype)
    return accept * proposal + (1 - accept) * z, accept * log_p_proposal + (1 - accept) * log_p


def fitted_sigma(x, x_hat):
    """The root of (6.13): images x (B, D), reconstructions x_hat (K, B, D) -> sigma."""
    return ((x - x_hat) ** 2).mean().sqrt()


def sigma_as_tensor(answer, x, x_hat):
    """A Python number, as math.sqrt gives it, is as good as a tensor: the notebook makes one of it anyhow."""
    yield "", tensor_of(answer(x, x_hat), x.dtype)


def reconstructions(g):
    """Two pixels wrong by 1 and 7; two draws on either side; then other numbers of draws, images and pixels."""
    pairs = [
        ([[0.0, 0.0]], [[[1.0, 7.0]]]),
        ([[1.0]], [[[4.0]], [[-2.0]]]),
        ([[1.0, 0.0], [0.0, 1.0]], [[[1.0, 0.0], [0.0, 1.0]]]),
    ]
    cases = [{"x": torch.tensor(x), "x_hat": torch.tensor(x_hat)} for x, x_hat in pairs]
    for draws, images, pixels in ((1, 5, 3), (4, 1, 7), (3, 6, 1), (3, 3, 3), (2, 3, 20)):
        x = torch.rand(images, pixels, generator=g, dtype=torch.float64)
        x_hat = torch.rand(draws, images, pixels, generator=g, dtype=torch.float64) - 0.5
        cases.append({"x": x, "x_hat": x_hat})
    cases.append({"x": x.float(), "x_hat": x_hat.float()})
    return cases


EXERCISES = [
    Exercise(
        "6.1",
        "the ELBO, by integration",
        exact_elbo,
        hints=(
            "What stands under the mean in (6.6)? The logarithm of a quotient. What is divided by what?",
            "The logarithm of a quotient is the difference of two logarithms. The toy has one of them, "
            "toy.log_joint(x, z), and q has the other, q.log_prob(z).",
            "mean(q, g) takes q and a function g of z. So make that difference a function of z, with def or with "
            "lambda z: ...",
            "return mean(q, lambda z: ... - ...), where log p(x, z) stands before the minus and log q(z) behind it.",
        ),
        cases=hypotheses,
        observe=value_and_gradients,
        rtol=1e-6,
        atol=1e-6,
        wrong={
            "The likelihood p(x|z) stands where the joint p(x, z) belongs, as in some lines of the slides. So log p(z) "
            "is missing, and the result is too large, by another amount for each q.": (
                lambda toy, x, q, mean: mean(q, lambda z: toy.log_likelihood(x, z) - q.log_prob(z))
            ),
            "This is minus the ELBO: the quotient is upside down, or a minus came in. It would do as a loss, to be "
            "made small, but the ELBO is the bound itself, to be made large.": (
                lambda toy, x, q, mean: mean(q, lambda z: q.log_prob(z) - toy.log_joint(x, z))
            ),
            "The value is right, log p(x) minus the gap, by (6.6). But the ELBO is there for models whose log p(x) and "
            "posterior nobody knows: it needs the joint and q only.": (
                lambda toy, x, q, mean: toy.log_evidence(x) - mean(q, lambda z: q.log_prob(z) - toy.log_posterior(x, z))
            ),
            "This is the reconstruction alone, the mean of log p(x|z). The KL to the prior, by which (6.9) makes it "
            "smaller, is missing.": lambda toy, x, q, mean: mean(q, lambda z: toy.log_likelihood(x, z)),
            "The logarithms are divided by one another. The logarithm of a quotient is the difference of the two "
            "logarithms.": lambda toy, x, q, mean: mean(q, lambda z: toy.log_joint(x, z) / q.log_prob(z)),
            "The densities themselves are divided. Far out both are 0 in floating point, and 0 / 0 is nan. The "
            "difference of their logarithms has no such trouble.": (
                lambda toy, x, q, mean: mean(q, lambda z: (toy.log_joint(x, z).exp() / q.log_prob(z).exp()).log())
            ),
            "This is log p(x) itself, whatever q is: the logarithm of a mean. The ELBO is the mean of a logarithm, so "
            "the logarithm is taken first, at each z.": (
                lambda toy, x, q, mean: mean(q, lambda z: (toy.log_joint(x, z) - q.log_prob(z)).exp()).log()
            ),
            "Here no density says how much each z counts, so all z between -12 and 12 count alike. A mean under q "
            "needs q(z) as the weight.": (
                lambda toy, x, q, mean: integrate(lambda z: toy.log_joint(x, z) - q.log_prob(z))
            ),
            "log q(z) is missing, whose mean is minus the entropy of q. Without it nothing speaks against a q that is "
            "a mere spike on top of the joint.": lambda toy, x, q, mean: mean(q, lambda z: toy.log_joint(x, z)),
            "log p(z) and log q(z) have each other's sign. p(z) is a factor of the joint, and q(z) is what it is "
            "divided by.": (
                lambda toy, x, q, mean: mean(q, lambda z: toy.log_likelihood(x, z) - toy.log_prior(z) + q.log_prob(z))
            ),
            "log q(z) has the wrong sign. The joint is divided by q(z), so its logarithm is subtracted.": (
                lambda toy, x, q, mean: mean(q, lambda z: toy.log_joint(x, z) + q.log_prob(z))
            ),
            "log p(z) counts twice: it is in the joint, and in the KL to the prior. With that KL goes the likelihood "
            "alone.": lambda toy, x, q, mean: mean(q, lambda z: toy.log_joint(x, z) - q.log_prob(z) + toy.log_prior(z)),
            "q(z) is a weight twice: mean(q, ...) has it already.": (
                lambda toy, x, q, mean: mean(q, lambda z: q.log_prob(z).exp() * (toy.log_joint(x, z) - q.log_prob(z)))
            ),
            "The logarithm is missing: that is the mean of p(x, z) / q(z), which is p(x) itself, whatever q is.": (
                lambda toy, x, q, mean: mean(q, lambda z: (toy.log_joint(x, z) - q.log_prob(z)).exp())
            ),
            "This is minus the gap: the posterior stands where the joint belongs. The two differ by log p(x), and the "
            "point of the ELBO is to do without the posterior.": (
                lambda toy, x, q, mean: mean(q, lambda z: toy.log_posterior(x, z) - q.log_prob(z))
            ),
        },
    ),
    Exercise(
        "6.2",
        "a step of the Metropolis walk",
        metropolis_step,
        hints=(
            "(6.10) compares two places. For z you have log_p already. What is missing, and who can compute it?",
            "chance is as likely to be anywhere between 0 and 1, so it lies below a with the probability a. Where it "
            "does, the walk goes.",
            "chance < p(x, z') / p(x, z) says the same as log chance < log p(x, z') - log p(x, z), and in logarithms "
            "nothing underflows. The min in (6.10) needs no code: a chance is below 1 anyhow.",
            "That comparison gives True or False for each walk. torch.where(accept, a, b) takes a where accept is "
            "True, and b elsewhere.",
            "accept = chance.log() < log_p_proposal - log_p, with log_p_proposal = log_joint(proposal). Then one "
            "torch.where for the new z and another for its log p; return both, z first.",
        ),
        cases=steps,
        wrong={
            "It goes uphill only. That is a climb, which ends on top of a hump. A walk that is to see the whole "
            "posterior goes down too, by chance: the deeper, the more rarely.": step_by(
                lambda new, old, chance: new > old
            ),
            "It always moves, so the posterior has no say in where it goes. It has to stay where chance is not below "
            "a(z → z').": step_by(lambda new, old, chance: torch.ones_like(new, dtype=torch.bool)),
            "The step draws chances of its own. It gets them, as chance, so that the same walk can be walked again.": (
                step_by(lambda new, old, chance: torch.rand_like(old).log() < new - old)
            ),
            "The step draws chances of its own, with torch.rand. It gets them, as chance, so that the same walk can be "
            "walked again.": step_by(lambda new, old, chance: torch.rand(old.shape).log() < new - old),
            "The step draws one chance for all walks. It gets them, as chance, one for each walk, so that the same "
            "walk can be walked again.": step_by(lambda new, old, chance: torch.rand(()).log() < new - old),
            "The proposal is the place to go to, not the way there: nothing is to be added to z.": (
                lambda log_joint, z, log_p, proposal, chance: metropolis_step(log_joint, z, log_p, z + proposal, chance)
            ),
            "The place where the walk stands has no say: the proposal's log p is to be compared with log_p.": step_by(
                lambda new, old, chance: chance.log() < new
            ),
            "The two results have changed places: z comes first, then its log p.": (
                lambda log_joint, z, log_p, proposal, chance: metropolis_step(log_joint, z, log_p, proposal, chance)[
                    ::-1
                ]
            ),
            "The ratio is upside down: the walk flees from where the posterior is high. The proposed place "
            "belongs on top.": step_by(lambda new, old, chance: chance.log() < old - new),
            "A chance between 0 and 1 is compared with a difference of logarithms. Either both sides are logarithms, "
            "or neither is.": step_by(lambda new, old, chance: chance < new - old),
            "It stays where it should move, and moves where it should stay: the two are exchanged.": step_by(
                lambda new, old, chance: chance.log() >= new - old
            ),
            "The logarithms are divided by one another. The logarithm of a quotient is the difference of the two "
            "logarithms.": step_by(lambda new, old, chance: chance < new / old),
            "The densities themselves are divided. Far out both are 0 in floating point, and 0 / 0 is nan. The "
            "difference of their logarithms has no such trouble.": step_by(
                lambda new, old, chance: chance < new.exp() / old.exp()
            ),
            "0 times minus infinity is nan. An impossible place has minus infinity for its log p, and a product with 0 "
            "does not choose it away. There is a function that chooses.": step_by_products,
            "z is right, but not its log p. Where the walk stays, log p stays as well. Otherwise the next step "
            "compares with a place where the walk has never been.": (
                lambda log_joint, z, log_p, proposal, chance: (
                    metropolis_step(log_joint, z, log_p, proposal, chance)[0],
                    log_joint(proposal),
                )
            ),
            "z is right, but log p is still that of the place where the step began. Where the walk moves, log p moves "
            "with it.": (
                lambda log_joint, z, log_p, proposal, chance: (
                    metropolis_step(log_joint, z, log_p, proposal, chance)[0],
                    log_p,
                )
            ),
        },
    ),
    Exercise(
        "6.3",
        "the pixel noise that fits the errors",
        fitted_sigma,
        hints=(
            "(6.13) is a mean of squares. What is it taken over? Over pixels, because of the 1/D, and over images and "
            "draws, because of the E.",
            "x (B, D) and x_hat (K, B, D) can be subtracted as they are: each draw is compared with the image that it "
            "came from.",
            "All squares count alike, so one .mean() over everything is enough. That is σ². What is σ?",
            "((x - x_hat) ** 2), then .mean(), then .sqrt().",
        ),
        cases=reconstructions,
        observe=sigma_as_tensor,
        wrong={
            "This is σ², the variance that (6.13) gives. Its root is σ.": lambda x, x_hat: ((x - x_hat) ** 2).mean(),
            "The squares are summed over the pixels and not averaged: the 1/D is lost. σ is the noise on one "
            "pixel.": lambda x, x_hat: ((x - x_hat) ** 2).sum(-1).mean().sqrt(),
            "The sum of all squares is divided by the number of entries of x. There are K times as many errors: each "
            "draw has its own.": lambda x, x_hat: (((x - x_hat) ** 2).sum() / x.numel()).sqrt(),
            "Each pixel got a σ of its own. (6.13) has a single one, the same for all pixels.": (
                lambda x, x_hat: ((x - x_hat) ** 2).mean((0, 1)).sqrt()
            ),
            "Each reconstruction got a σ of its own, and then those were averaged. One σ for all is the root of the "
            "mean, and the mean of roots is smaller.": lambda x, x_hat: ((x - x_hat) ** 2).mean(-1).sqrt().mean(),
            "The draws were averaged before they were compared with the image. Their mean lies nearer to it than they "
            "do. (6.13) has the mean of the squared errors, each draw with its own.": (
                lambda x, x_hat: ((x - x_hat.mean(0)) ** 2).mean().sqrt()
            ),
            "This is how far the errors scatter around their own mean. An error that all pixels share counts too: "
            "(6.13) measures from 0.": lambda x, x_hat: (x - x_hat).std(),
            "This is the spread of the errors around their own mean, with correction=0. What all pixels are off by is "
            "an error too: (6.13) measures from 0.": lambda x, x_hat: (x - x_hat).std(correction=0),
            "This is the mean of the absolute errors. A Gaussian has the squared error in its exponent, so σ comes "
            "from squares.": lambda x, x_hat: (x - x_hat).abs().mean(),
        },
    ),
]

PREDICTIONS = [
    Prediction(
        "6a",
        "To get p(x) to within 10 %, one copy of the toy takes about 170 draws from the prior. Let 20 copies be one "
        "model with 20 latent dimensions, and take the mean of p(x|z) over draws of all 20 codes at once, as one must "
        "wherever a decoder mixes them. How many draws does that take?",
        (
            "about 170: the error of a mean of draws does not depend on the dimension",
            "about 3,400: 20 times as many",
            "about 68,000: 20² times as many",
            "more than a billion",
        ),
        answer="more than a billion",
        because="By (6.4) each further dimension multiplies the draws by about r, here 2.7, and nineteen further ones "
        "by more than a hundred million. In any dimension the error is the spread of a single draw divided by the root "
        "of the number of draws, and it is the spread that grows. (If you know that the copies are independent, you "
        "can take 20 separate means and multiply them. Each must be √20 times as accurate, which takes 3,400 draws of "
        "its code. A decoder leaves no such way out.)",
    ),
    Prediction(
        "6b",
        "A posterior has two humps far apart, and the one on the left is smaller. Two Gaussians of the same width "
        "climb the ELBO in small steps, one from the left of the valley, one from the right. Where do they end?",
        (
            "each on the hump of its own side, with different ELBOs",
            "both on the larger hump, where the ELBO is higher",
            "both over the valley, wide enough for the two humps",
            "each on the hump of its own side, with the same ELBO",
        ),
        answer="each on the hump of its own side, with different ELBOs",
        because="On its way from hump to hump a Gaussian would have to lie over the valley, where log p(x, z) is very "
        "low, and the ELBO with it. A climb does not go down to get there. On the smaller hump it ends with a larger "
        "gap.",
    ),
    Prediction(
        "6c",
        "We train the same VAE twice, with a fixed pixel noise of σ = 0.71 and of σ = 0.2. How will the two differ?",
        (
            "not much: σ is a constant, and a constant does not move the minimum",
            "σ = 0.2 rebuilds better, with about as many nats in its code",
            "σ = 0.2 rebuilds better, with many more nats in its code",
            "σ = 0.71 rebuilds better, as it must put more nats in its code to get through the noise",
        ),
        answer="σ = 0.2 rebuilds better, with many more nats in its code",
        because="Beside the squared error the KL has the weight β = 2σ² (6.12), which is 1 for σ = 0.71 and 0.08 for "
        "σ = 0.2. At a twelfth of the price more nats are worth buying.",
    ),
]
