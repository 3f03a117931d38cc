"""Exercises of notebook 05: entropy, the KL divergence, its closed form and its estimate."""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor
from torch.distributions import MultivariateNormal, Normal
from torch.nn import functional

from vaelab import objectives
from vaelab.exercises.engine.ask import Answer, Case, tensor_of
from vaelab.exercises.engine.check import Exercise
from vaelab.exercises.engine.prediction import Prediction

# 5.1 and 5.2: distributions as rows


def entropy(q):
    """Equation (5.1): q (..., K), each row a distribution, -> (...), in nats."""
    return -torch.xlogy(q, q).sum(-1)


def kl_divergence(q, p):
    """Equation (5.3): q, p (..., K), each row a distribution, -> (...), in nats."""
    return (torch.xlogy(q, q) - torch.xlogy(q, p)).sum(-1)


def distributions(g: Generator) -> list[Case]:
    """Rows that add up to 1: for one's head, then random ones of several shapes, then with zeros."""
    rows = [
        torch.tensor([0.5, 0.5]),
        torch.tensor([0.5, 0.25, 0.25]),
        torch.tensor([[0.25, 0.25, 0.25, 0.25], [0.5, 0.25, 0.125, 0.125]]),
        *(random_rows(g, *shape) for shape in ((3, 4), (5, 2), (4, 4), (1, 6), (2, 3, 5), (2, 1))),
        random_rows(g, 3, 4).double(),
        torch.tensor([0.5, 0.5, 0.0]),
        torch.tensor([[0.5, 0.0, 0.5], [0.0, 1.0, 0.0], [0.2, 0.3, 0.5]]),
        torch.tensor([1.0, 1e-30]),
    ]
    return [{"q": q} for q in rows]


def pairs_of_distributions(g: Generator) -> list[Case]:
    """Pairs of such rows: at the end those with q_i = 0, and with p_i = 0 where q_i is 0 and where it is not."""
    pairs = [
        (torch.tensor([0.5, 0.5]), torch.tensor([0.25, 0.75])),
        (torch.tensor([0.5, 0.5]), torch.tensor([0.5, 0.5])),
        (torch.tensor([0.5, 0.25, 0.25]), torch.tensor([0.25, 0.25, 0.5])),
        (torch.tensor([[0.5, 0.5], [0.25, 0.75]]), torch.tensor([[0.25, 0.75], [0.5, 0.5]])),
        *(
            (random_rows(g, *shape), random_rows(g, *shape))
            for shape in ((3, 4), (5, 2), (4, 4), (1, 6), (2, 3, 5), (2, 1))
        ),
        (random_rows(g, 3, 4).double(), random_rows(g, 3, 4).double()),
        (torch.tensor([1.0, 0.0]), torch.tensor([0.5, 0.5])),
        (torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.25, 0.75, 0.0])),
        (torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0])),
        (torch.tensor([0.5, 0.5]).double(), torch.tensor([1 - 1e-12, 1e-12], dtype=torch.float64)),
        (
            torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.2, 0.2, 0.6], [0.0, 0.0, 1.0]]),
            torch.tensor([[0.2, 0.8, 0.0], [0.4, 0.2, 0.4], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]]),
        ),
    ]
    return [{"q": q, "p": p} for q, p in pairs]


def random_rows(g: Generator, *shape: int) -> Tensor:
    """Random distributions over the last dimension."""
    return (1.5 * torch.randn(shape, generator=g)).softmax(-1)


def x_log_y(x: Tensor, y: Tensor) -> Tensor:
    """As one writes it at first: nan at x = 0. (torch.xlogy gives 0 there.)"""
    return x * y.log()


SMALL_NUMBERS = (1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6)  # that people add to what may be 0


def with_small_number(eps: float) -> dict[str, Answer]:
    """The divergence with a small number in the logarithm, which makes an infinite one finite.

    Whether it is added or is the least that is let through shows in p_i = 1e-12 only.
    """
    infinite = "Where p_i = 0 < q_i the divergence is infinite, and that hides it."
    and_nan = "And 0 · log 0, which is nan here, has to count as 0."
    wrong: dict[str, Answer] = {
        f"{eps:g} keeps 0 out of the logarithm. {infinite}": lambda q, p: (q * ((q + eps) / (p + eps)).log()).sum(-1),
        f"{eps:g} keeps 0 out of the logarithm. {infinite} {and_nan}": (lambda q, p: x_log_y(q, q / (p + eps)).sum(-1)),
    }
    if eps <= 1e-10:
        wrong[f"What is below {eps:g} is lifted to it. {infinite}"] = lambda q, p: (
            q * (q.clamp(min=eps) / p.clamp(min=eps)).log()
        ).sum(-1)
    return wrong


def with_and_without_nan(wrong: dict[str, Callable[..., Answer]]) -> dict[str, Answer]:
    """Each misconception twice: of somebody who thought of 0 log 0, and of one who did not and is told that as well.

    wrong: {sentence: what makes the wrong function, given a function for x log y}
    """
    and_nan = "And 0 · log 0, which is nan here, has to count as 0."
    return {sentence: of(torch.xlogy) for sentence, of in wrong.items()} | {
        f"{sentence} {and_nan}": of(x_log_y) for sentence, of in wrong.items()
    }


# 5.3: the closed form


def gaussians(g: Generator) -> list[Case]:
    """Pairs of mu and logvar: first such as one can follow, then random ones, then extremes.

    In the very first no two terms of (5.10) are equal, and none is 0, so that what is wrong shows in the value.
    """
    pairs = [
        ([[3.0]], [[2.0]]),
        ([[2.0]], [[0.0]]),
        ([[0.0]], [[0.0]]),
        ([[1.0, 0.0, -2.0]], [[0.0, -1.0, 1.0]]),
    ]
    cases = [{"mu": torch.tensor(mu), "logvar": torch.tensor(logvar)} for mu, logvar in pairs]
    for shape in ((5, 2), (4, 1), (3, 3), (2, 7), (1, 4)):
        mu, logvar = torch.randn(2, *shape, generator=g)
        cases.append({"mu": mu, "logvar": 2 * logvar})
    mu, logvar = torch.randn(2, 3, 2, generator=g, dtype=torch.float64)
    cases.append({"mu": mu, "logvar": logvar})
    cases.append({"mu": torch.zeros(2, 2), "logvar": torch.tensor([[-20.0, 0.0], [0.0, 10.0]])})
    cases.append({"mu": torch.tensor([[-30.0, 0.0], [0.0, 100.0]]), "logvar": torch.zeros(2, 2)})
    return cases


def half_sum(*terms: Tensor | float) -> Tensor:
    """1/2 sum_j (... - 1), as (5.10) has it."""
    return 0.5 * (sum(terms) - 1).sum(-1)


# 5.4: the estimate


def monte_carlo_kl(q, p, draws):
    """Equation (5.11), from draws of q -> (estimate, standard error), in nats."""
    z = q.sample((draws,))
    terms = q.log_prob(z) - p.log_prob(z)  # (draws,)
    return terms.mean(), terms.std() / math.sqrt(draws)


class Listed:
    """Mixed into a distribution: it draws what is listed, in that order and over and over, and counts.

    So whoever draws all at once and whoever draws one by one gets the same, and must come to the same estimate.
    """

    listed: Tensor
    taken = 0

    @classmethod
    def of(cls, listed: Tensor, *parameters: Tensor):
        """The distribution with these parameters, and what it draws."""
        distribution = cls(*parameters)
        distribution.listed = listed
        return distribution

    def sample(self, sample_shape=()) -> Tensor:
        """The next draws: sample_shape + event_shape."""
        shape = torch.Size(sample_shape)
        which = (self.taken + torch.arange(shape.numel())) % len(self.listed)
        self.taken += shape.numel()
        return self.listed[which].reshape(shape + self.event_shape)

    rsample = sample


class ListedNormal(Listed, Normal):
    """One number a draw."""

    def __repr__(self) -> str:
        draws = f", which draws {_row(self.listed)} over and over" if len(self.listed) < 9 else ""
        return f"Normal({self.loc:g}, {self.scale:g}){draws}"


class ListedMultivariateNormal(Listed, MultivariateNormal):
    """Several numbers a draw."""

    def __repr__(self) -> str:
        return f"MultivariateNormal([{_row(self.loc)}], variances [{_row(self.variance)}])"


def _row(numbers: Tensor) -> str:
    return ", ".join(f"{number:g}" for number in numbers.tolist())


def pairs_to_draw_from(g: Generator) -> list[Case]:
    """q, p and a number of draws: so few that drawing one by one takes no time, and so many that a variance over S
    and one over S - 1 are the same within the tolerance.

    In the first, log q(z) - log p(z) = 2 z - 2, which is 0 or 4: the estimate is 2, and 0.1 its standard error.
    """
    zero, one, two = torch.tensor([0.0, 1.0, 2.0])
    mine, theirs = torch.tensor([1.0, 3.0]), torch.tensor([-1.0, 1.0])
    cases = [(ListedNormal.of(mine, two, one), ListedNormal.of(theirs, zero, one), 400)]
    mu, sigma = torch.tensor(-0.7), torch.tensor(1.2)
    mine, theirs = torch.randn(2, 1001, generator=g)
    cases.append((ListedNormal.of(mu + sigma * mine, mu, sigma), ListedNormal.of(theirs, zero, one), 441))
    mu, sigma = torch.tensor([0.7, -0.2, 0.0]), torch.tensor([0.5, 1.0, 1.1])
    mine, theirs = torch.randn(2, 1001, 3, generator=g)
    q = ListedMultivariateNormal.of(mu + sigma * mine, mu, torch.diag(sigma**2))
    p = ListedMultivariateNormal.of(theirs, torch.zeros(3), torch.eye(3))
    cases.append((q, p, 529))
    return [{"q": q, "p": p, "draws": draws} for q, p, draws in cases]


class Estimate(NamedTuple):
    """What monte_carlo_kl gives, with names."""

    estimate: Tensor
    standard_error: Tensor


def observe_estimate(answer: Answer, q: Listed, p: Listed, draws: int) -> Iterator[tuple[str, Any]]:
    """How often it drew from q, and the two numbers, which may be Python's, NumPy's or PyTorch's."""
    given = answer(q, p, draws)
    if not isinstance(given, tuple | list) or len(given) != 2:
        yield "how many draws were taken from q", draws  # what is no pair is told that first
        yield "", given
        return
    yield "how many draws were taken from q", q.taken
    yield "", Estimate(*(tensor_of(value, q.mean.dtype) for value in given))


def estimate_from(terms: Callable[..., Tensor], source: str = "q") -> Answer:
    """monte_carlo_kl with other terms, called with q, p and z, or with draws from p."""

    def wrong(q, p, draws):
        values = terms(q, p, (q if source == "q" else p).sample((draws,)))
        return values.mean(), values.std() / math.sqrt(draws)

    return wrong


def estimate_with_error(standard_error: Callable[[Tensor], Tensor]) -> Answer:
    """monte_carlo_kl with another standard error, called with the terms."""

    def wrong(q, p, draws):
        z = q.sample((draws,))
        terms = q.log_prob(z) - p.log_prob(z)
        return terms.mean(), standard_error(terms)

    return wrong


def variances_added(q, p, draws):
    """A standard error from the two variances."""
    z = q.sample((draws,))
    log_q, log_p = q.log_prob(z), p.log_prob(z)
    return (log_q - log_p).mean(), ((log_q.var() + log_p.var()) / draws).sqrt()


def log_of_a_mean(q, p, draws):
    """The logarithm outside."""
    z = q.sample((draws,))
    ratios = (q.log_prob(z) - p.log_prob(z)).exp()
    return ratios.mean().log(), ratios.std() / math.sqrt(draws)


def at_two_draws(q, p, draws):
    """Log p at other draws of q."""
    terms = q.log_prob(q.sample((draws,))) - p.log_prob(q.sample((draws,)))
    return terms.mean(), terms.std() / math.sqrt(draws)


def each_at_its_own_draws(q, p, draws):
    """Log p at draws of p."""
    terms = q.log_prob(q.sample((draws,))) - p.log_prob(p.sample((draws,)))
    return terms.mean(), terms.std() / math.sqrt(draws)


EXERCISES = [
    Exercise(
        "5.1",
        "the entropy of a discrete distribution",
        entropy,
        hints=(
            "What is the surprise of an outcome of probability q_i? Its mean counts each outcome as often as it comes.",
            "So (5.1) is a sum over the last dimension: q times log q, element by element, and a minus in front.",
            "At q_i = 0, q * q.log() is 0 times minus infinity, which is nan. torch.xlogy(x, y) is x log y, "
            "and 0 where x = 0.",
            "-torch.xlogy(q, q), summed over the last dimension with .sum(-1).",
        ),
        cases=distributions,
        wrong=with_and_without_nan(
            {
                "That is in bits. A nat is the unit of the natural logarithm, a bit that of the logarithm to base 2.": (
                    lambda xlogy: lambda q: -xlogy(q, q).sum(-1) / math.log(2)
                ),
                "Minus the right value. The log of a probability is at most 0: the minus of (5.1) makes a surprise of "
                "it.": lambda xlogy: lambda q: xlogy(q, q).sum(-1),
                "That is divided by the number of outcomes. The q_i are the weights of the mean already, and add up "
                "to 1.": lambda xlogy: lambda q: -xlogy(q, q).mean(-1),
                "Everything is added up, over the rows too. Each row is a distribution, with an entropy of its own.": (
                    lambda xlogy: lambda q: -xlogy(q, q).sum()
                ),
                "It is summed over the first dimension, from row to row. The numbers of one distribution stand in the "
                "last one.": lambda xlogy: lambda q: -xlogy(q, q).sum(0),
                "One distribution alone has no dimension 1. Its numbers stand in the last one, which is -1 however "
                "many there are.": lambda xlogy: lambda q: -xlogy(q, q).sum(1),
            }
        )
        | {
            "q is a distribution already. A softmax, or logits=q, makes another one of it.": (
                lambda q: -torch.xlogy(q.softmax(-1), q.softmax(-1)).sum(-1)
            ),
            "Each surprise counts alike here. A mean surprise counts each as often as it comes, so with the weight "
            "q_i.": lambda q: -q.log().mean(-1),
            "The weights are missing: a mean surprise counts each surprise as often as it comes, so q_i times.": (
                lambda q: -q.log().sum(-1)
            ),
            "All is right but at q_i = 0: PyTorch makes 0 · log 0 a nan, and the entropy counts it as 0, the limit of "
            "u log u. What never comes surprises nobody.": lambda q: -x_log_y(q, q).sum(-1),
        },
    ),
    Exercise(
        "5.2",
        "the KL divergence of two discrete distributions",
        kl_divergence,
        hints=(
            "Take the first or the third form of (5.3). Which of the two distributions gives the weights?",
            "log (q_i / p_i) = log q_i - log p_i. Each of the two, times q_i, is a term, to be summed over the last "
            "dimension.",
            "torch.xlogy(x, y) is x log y, and 0 where x = 0. With it the cases q_i = 0 and p_i = 0 come out by "
            "themselves. (A small number added inside the logarithm would make an infinite divergence finite.)",
            "torch.xlogy(q, q) - torch.xlogy(q, p), summed over the last dimension with .sum(-1).",
        ),
        cases=pairs_of_distributions,
        wrong=with_and_without_nan(
            {
                "Minus the right value. With q on top of the fraction there is no minus in front, with p on top there "
                "is.": lambda xlogy: lambda q, p: (xlogy(q, p) - xlogy(q, q)).sum(-1),
                "That is KL(p‖q), the other way round. The mean is taken under the first argument: the weights are "
                "q.": lambda xlogy: lambda q, p: (xlogy(p, p) - xlogy(p, q)).sum(-1),
                "The log-ratio is right, but its weights are p. The letters come as q says, whatever one believes.": (
                    lambda xlogy: lambda q, p: (xlogy(p, q) - xlogy(p, p)).sum(-1)
                ),
                "That is the cross-entropy (5.2). The KL divergence is by how much it exceeds the entropy of q.": (
                    lambda xlogy: lambda q, p: -xlogy(q, p).sum(-1)
                ),
                "That is divided by the number of outcomes. The q_i are the weights of the mean already, and add up "
                "to 1.": lambda xlogy: lambda q, p: (xlogy(q, q) - xlogy(q, p)).mean(-1),
                "Everything is added up, over the rows too. Each row is a distribution, with a divergence of its "
                "own.": lambda xlogy: lambda q, p: (xlogy(q, q) - xlogy(q, p)).sum(),
                "It is summed over the first dimension, from row to row. The numbers of one distribution stand in the "
                "last one.": lambda xlogy: lambda q, p: (xlogy(q, q) - xlogy(q, p)).sum(0),
                "That is in bits. A nat is the unit of the natural logarithm, a bit that of the logarithm to base 2.": (
                    lambda xlogy: lambda q, p: (xlogy(q, q) - xlogy(q, p)).sum(-1) / math.log(2)
                ),
            }
        )
        | {
            "F.kl_div(q.log(), p) is KL(p‖q), the other way round: PyTorch wants the logarithm of the second "
            "distribution first. It also takes the mean over all entries, and each row has a divergence of its own.": (
                lambda q, p: functional.kl_div(q.log(), p, reduction="none").mean()  # which is the default
            ),
            "F.kl_div(q.log(), p) is KL(p‖q), the other way round: PyTorch wants the logarithm of the second "
            "distribution first.": lambda q, p: functional.kl_div(q.log(), p, reduction="none").sum(-1),
            "F.kl_div takes its first argument for a logarithm: p.log(), not p.": (
                lambda q, p: functional.kl_div(p, q, reduction="none").sum(-1)
            ),
            "F.kl_div takes its first argument for the logarithm of the second distribution. Here it gets q itself.": (
                lambda q, p: functional.kl_div(q, p, reduction="none").sum(-1)
            ),
            "F.kl_div with sum adds up the rows too. Each row has a divergence of its own.": (
                lambda q, p: functional.kl_div(p.log(), q, reduction="sum")
            ),
            "F.kl_div takes the mean over all entries, unless told otherwise. (5.3) is a sum over each row.": (
                lambda q, p: functional.kl_div(p.log(), q, reduction="none").mean()
            ),
            "F.kl_div with batchmean divides the sum by the first dimension. (5.3) is a sum over each row.": (
                lambda q, p: functional.kl_div(p.log(), q, reduction="batchmean")
            ),
            "The weights q_i are missing: each log-ratio counts as often as its outcome comes.": (
                lambda q, p: (q / p).log().sum(-1)
            ),
            "All is right but at q_i = 0: PyTorch makes 0 · log 0 a nan, and the divergence counts it as 0, the limit "
            "of u log u.": lambda q, p: (x_log_y(q, q) - x_log_y(q, p)).sum(-1),
            "All is right but where q_i and p_i are both 0: there 0 / 0, or 0 times infinity, makes a nan. As q_i is "
            "0, the term counts as 0.": lambda q, p: torch.xlogy(q, q / p).sum(-1),
            "Terms with p_i = 0 are left out. If q_i is above 0 there, what was held to be impossible has happened, "
            "and the divergence is infinite.": (
                lambda q, p: torch.where((q > 0) & (p > 0), x_log_y(q, q / p), 0).sum(-1)
            ),
            **{s: wrong for eps in SMALL_NUMBERS for s, wrong in with_small_number(eps).items()},
            "nan_to_num turns nan into 0, as it should, but infinity into a finite number too. Where p_i = 0 < q_i the "
            "divergence is infinite.": lambda q, p: x_log_y(q, q / p).nan_to_num().sum(-1),
        },
    ),
    Exercise(
        "5.3",
        "the KL of a diagonal Gaussian from N(0, I), in closed form",
        objectives.kl_to_standard_normal,
        hints=(
            "Equation (5.10) is a sum over j, the last dimension of mu and logvar. Which of its four terms do you have "
            "already?",
            "logvar is log σ². So log σ² is logvar itself, and σ² is logvar.exp().",
            "One tensor (B, n) for the bracket of (5.10). Then .sum(-1), which leaves one number per image, and the "
            "1/2.",
            "0.5 * (mu**2 + ... - ... - 1).sum(-1), with σ² and log σ² for the dots.",
        ),
        cases=gaussians,
        differentiable=("mu", "logvar"),
        wrong={
            "Twice the right value: the closed form has a factor 1/2, which stands in every term of (5.7) and (5.8).": (
                lambda mu, logvar: 2 * half_sum(mu**2, logvar.exp(), -logvar)
            ),
            "The -1 is missing. Without it the divergence is too large by 1/2 in each dimension, and at μ = 0, σ = 1, "
            "where it should be 0, it isn't.": (lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - logvar).sum(-1)),
            "The -1 stands outside the sum. Each latent dimension has a -1 of its own.": (
                lambda mu, logvar: 0.5 * ((mu**2 + logvar.exp() - logvar).sum(-1) - 1)
            ),
            "The sign of log σ² is wrong. With a plus, nothing would keep σ from shrinking to 0.": (
                lambda mu, logvar: half_sum(mu**2, logvar.exp(), logvar)
            ),
            "That is the other way round, KL(N(0, I)‖N(μ, σ²)). (5.10) takes the mean under the encoder's Gaussian.": (
                lambda mu, logvar: half_sum((1 + mu**2) * (-logvar).exp(), logvar)
            ),
            "logvar is taken for σ here. It is log σ²: its exponential is σ², and it may be negative.": (
                lambda mu, logvar: half_sum(mu**2, logvar**2, -(logvar**2).log())
            ),
            "logvar is taken for σ here. It is log σ²: its exponential is σ², and it may be negative, where it has no "
            "logarithm.": lambda mu, logvar: half_sum(mu**2, logvar**2, -2 * logvar.log()),
            "logvar is given to Normal as σ, which is never 0 or negative. It is log σ²: first make σ of it.": (
                lambda mu, logvar: torch.distributions.kl_divergence(Normal(mu, logvar), Normal(0.0, 1.0)).sum(-1)
            ),
            "μ is not squared. (5.10) has μ², so that it counts alike on both sides of 0.": (
                lambda mu, logvar: half_sum(mu, logvar.exp(), -logvar)
            ),
            "The 1 is added here. (5.10) subtracts it, and so is 0 at μ = 0, σ = 1.": (
                lambda mu, logvar: half_sum(mu**2, logvar.exp(), -logvar, 2)
            ),
            "The ½ stands before μ² only. In (5.10) it stands before the whole sum.": lambda mu, logvar: half_sum(
                mu**2, 2 * logvar.exp(), -2 * logvar, -1
            ),
            "The ½ stands before μ² + σ² only. In (5.10) it stands before the whole sum.": lambda mu, logvar: half_sum(
                mu**2, logvar.exp(), -2 * logvar, -1
            ),
            "Minus the right value. A KL divergence is never negative: the signs are the other way round.": (
                lambda mu, logvar: -half_sum(mu**2, logvar.exp(), -logvar)
            ),
            "The logarithm is taken of logvar, which is one already. logvar is log σ² itself, and may be negative.": (
                lambda mu, logvar: half_sum(mu**2, logvar.exp(), -logvar.log())
            ),
            "There is σ where (5.10) has σ²: exp(0.5 · logvar) is the standard deviation.": (
                lambda mu, logvar: half_sum(mu**2, (0.5 * logvar).exp(), -logvar)
            ),
            "There is log σ where (5.10) has log σ², which is twice as much.": (
                lambda mu, logvar: half_sum(mu**2, logvar.exp(), -0.5 * logvar)
            ),
            "logvar is taken for log σ here. It is log σ², so its exponential is σ² already, not σ.": (
                lambda mu, logvar: half_sum(mu**2, (2 * logvar).exp(), -2 * logvar)
            ),
            "The mean is taken over the latent dimensions. (5.10) sums them: each dimension's divergence counts in "
            "full.": lambda mu, logvar: half_sum(mu**2, logvar.exp(), -logvar) / mu.shape[-1],
            "It is summed over the batch too. Each image has a Gaussian of its own, and a divergence: (B,).": (
                lambda mu, logvar: half_sum(mu**2, logvar.exp(), -logvar).sum()
            ),
            "The mean is taken over the batch too. That comes last, in a loss: here each image keeps its divergence, "
            "(B,).": lambda mu, logvar: half_sum(mu**2, logvar.exp(), -logvar).mean(),
            "The mean is taken over everything, dimensions and batch. (5.10) sums the dimensions, and each image "
            "keeps its divergence, (B,).": (lambda mu, logvar: 0.5 * (mu**2 + logvar.exp() - logvar - 1).mean()),
            "It is summed over the images, not over the latent dimensions: the first dimension is the batch.": (
                lambda mu, logvar: half_sum((mu**2).mT, logvar.exp().mT, -logvar.mT)
            ),
        },
    ),
    Exercise(
        "5.4",
        "the KL by Monte Carlo, with its standard error",
        monte_carlo_kl,
        hints=(
            "(5.11) is a mean over draws. From which of the two are they drawn, and how do you get S of them at once?",
            "z = q.sample((draws,)). Then a term for each draw: the difference of the two log-densities at the same z.",
            "The estimate is the mean of the terms. The standard error is their standard deviation, divided by the "
            "root of how many they are.",
            "With terms = q.log_prob(z) - p.log_prob(z): terms.mean(), and terms.std() / math.sqrt(draws).",
        ),
        cases=pairs_to_draw_from,
        observe=observe_estimate,
        rtol=2e-3,
        wrong={
            "The ratio is upside down: that is minus the KL. (5.11) has log q first, whose mean is the larger one.": (
                estimate_from(lambda q, p, z: p.log_prob(z) - q.log_prob(z))
            ),
            "The draws come from p. The mean in KL(q‖p) is taken under q, so q has to be asked for the draws.": (
                estimate_from(lambda q, p, z: q.log_prob(z) - p.log_prob(z), source="p")
            ),
            "That is KL(p‖q), the other way round: draws from p, and log p first. Here q comes first in both.": (
                estimate_from(lambda q, p, z: p.log_prob(z) - q.log_prob(z), source="p")
            ),
            "The standard error is that of a single draw. The mean of S draws scatters less, by the root of S.": (
                estimate_with_error(lambda terms: terms.std())
            ),
            "The standard error is divided by S. The variance is, and so its root is divided by the root of S.": (
                estimate_with_error(lambda terms: terms.std() / len(terms))
            ),
            "That is the variance of the estimate. The standard error is its root, in nats like the estimate.": (
                estimate_with_error(lambda terms: terms.var() / len(terms))
            ),
            "The variance is divided by the root of S. The root belongs to all of Var / S: to the variance too.": (
                estimate_with_error(lambda terms: terms.var() / math.sqrt(len(terms)))
            ),
            "The two results are swapped: the estimate comes first, then its standard error.": (
                lambda q, p, draws: monte_carlo_kl(q, p, draws)[::-1]
            ),
            "The variances of log q and of log p are added, as if the two were independent. They are taken at the same "
            "draws: what counts is the variance of their difference.": variances_added,
            "The logarithm is taken of a mean. (5.11) is the mean of logarithms, and the two differ.": log_of_a_mean,
            "Each term is weighted by q(z) once more. The draws fall as q says already, so a plain mean is the mean "
            "under q.": estimate_from(lambda q, p, z: q.log_prob(z).exp() * (q.log_prob(z) - p.log_prob(z))),
            "log q and log p are taken at different draws, as q is asked twice. (5.11) compares them at the same one: "
            "draw z once, and use it in both.": at_two_draws,
            "Each log-density is taken at its own draws, log p at draws of p. (5.11) compares the two at the same "
            "place, draw by draw, and that place is a draw of q.": each_at_its_own_draws,
        },
    ),
]

PREDICTIONS = [
    Prediction(
        "5a",
        "p has two humps, far apart. q is a single Gaussian that may be placed anywhere and be of any width. One "
        "person minimises KL(q‖p), another KL(p‖q). Where does each of them put the Gaussian?",
        (
            "KL(q‖p): on one of the humps. KL(p‖q): wide, over both",
            "both over the two humps, as wide as p",
            "both on one of the humps",
            "KL(q‖p): wide, over both humps. KL(p‖q): on one of them",
        ),
        answer="KL(q‖p): on one of the humps. KL(p‖q): wide, over both",
        because="The mean is taken under the first argument. KL(q‖p) asks only about places where q is: it punishes q "
        "for being where p is not, as between the humps. KL(p‖q) asks about places where p is, and punishes q for "
        "being absent there.",
    ),
    Prediction(
        "5b",
        "A Gaussian stays at μ = 0 while σ shrinks: 0.1, 0.01, 0.001. What does its KL from N(0, 1) do?",
        (
            "it approaches a limit, as the Gaussian ends as a point",
            "it grows by about 2.3 nats at each step",
            "it grows tenfold at each step",
            "it grows a hundredfold at each step",
        ),
        answer="it grows by about 2.3 nats at each step",
        because="For a small σ only -log σ² still changes in (5.9), and half of it grows by log 10 = 2.30 at each "
        "step. There is no end: a point would cost infinitely much.",
    ),
]
