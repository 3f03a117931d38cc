"""Exercises of notebook 01: the two losses from their likelihoods, and PCA."""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from vaelab.exercises.engine.ask import Answer, Case
from vaelab.exercises.engine.check import Exercise
from vaelab.exercises.engine.prediction import Prediction

# 1.1: a Gaussian likelihood


def gaussian_log_likelihood(x, x_hat, sigma):
    """log p(x) for pixels drawn from N(x_hat_i, sigma^2): x, x_hat (B, 784), sigma a number -> (B,), in nats."""
    exponent = -((x - x_hat) ** 2) / (2 * sigma**2)
    normaliser = math.log(sigma) + 0.5 * math.log(2 * math.pi)  # of each pixel
    return (exponent - normaliser).sum(-1)


def images_answers_and_widths(g: Generator) -> list[Case]:
    """Images, answers to them, and sigma: some for the head, then random ones, up to whole images."""
    cases = [
        {"x": torch.tensor(x), "x_hat": torch.tensor(x_hat), "sigma": sigma}
        for x, x_hat, sigma in (
            ([[1.0]], [[0.5]], 0.5),
            ([[1.0, 0.0]], [[0.0, 0.0]], 1.0),
            ([[1.0, 0.0, 0.5], [0.0, 0.0, 1.0]], [[0.5, 0.0, 0.5], [0.0, 0.5, 0.5]], 0.5),
            ([[1.0, 0.0]], [[0.0, 0.0]], 0.05),  # so far off that exp gives 0
        )
    ]
    for b, d, sigma in ((5, 2, 0.3), (4, 1, 2.0), (3, 3, 0.7), (1, 6, 1.5), (2, 784, 0.1)):
        x, x_hat = torch.rand(2, b, d, generator=g)
        cases.append({"x": x, "x_hat": x_hat, "sigma": sigma})
    x, x_hat = torch.rand(2, 2, 4, generator=g, dtype=torch.float64)
    return [*cases, {"x": x, "x_hat": 3 * x_hat - 1, "sigma": 0.4}]  # an answer need not be a grey value


def exponents(x: Tensor, x_hat: Tensor, sigma: float) -> Tensor:
    """A number for each pixel, as are the next two."""
    return -((x - x_hat) ** 2) / (2 * sigma**2)


def densities(x: Tensor, x_hat: Tensor, sigma: float) -> Tensor:
    """Before the logarithm is taken."""
    return exponents(x, x_hat, sigma).exp() / (sigma * math.sqrt(2 * math.pi))


def log_densities(x: Tensor, x_hat: Tensor, sigma: float) -> Tensor:
    """The right ones."""
    return exponents(x, x_hat, sigma) - normaliser(sigma)


def normaliser(sigma: float) -> float:
    """log (sigma sqrt(2 pi))."""
    return math.log(sigma) + 0.5 * math.log(2 * math.pi)


gaussian = Exercise(
    "1.1",
    "the logarithm of a Gaussian likelihood, and the squared error in it",
    gaussian_log_likelihood,
    hints=(
        "The density of an image is a product of one factor for each pixel. What does a logarithm make of a product? "
        "And of an exponential?",
        "One pixel: the logarithm of exp(-d² / (2σ²)) is the exponent itself. What stands before it, 1 / (σ √(2π)), "
        "has the logarithm -log σ - ½ log(2π).",
        "So a pixel gives minus its squared error / (2σ²), minus log σ, minus ½ log(2π). Each pixel gives all three; "
        "add them up over the pixels, which are the last dimension. sigma is a Python number: math.log(sigma).",
        "each = -((x - x_hat) ** 2) / (2 * sigma**2) - math.log(sigma) - … is (B, 784). What remains is the last term "
        "for …, and the sum over dimension -1.",
    ),
    cases=images_answers_and_widths,
    differentiable=("x_hat",),
    wrong={
        "Minus the right value: that is a loss, to be made small. A log-likelihood is large where the answer is "
        "good.": lambda x, x_hat, sigma: -log_densities(x, x_hat, sigma).sum(-1),
        "The exponent alone. The factor before it, 1 / (σ √(2π)), has a logarithm too, and without that different σ "
        "can't be compared.": lambda x, x_hat, sigma: exponents(x, x_hat, sigma).sum(-1),
        "The factor before the exponential is counted once. Every pixel has one, so its logarithm comes as often as "
        "there are pixels.": lambda x, x_hat, sigma: exponents(x, x_hat, sigma).sum(-1) - normaliser(sigma),
        "The factor before the exponential has the wrong sign. It is one over σ √(2π), and the logarithm of 1 / c is "
        "-log c.": lambda x, x_hat, sigma: (exponents(x, x_hat, sigma) + normaliser(sigma)).sum(-1),
        "The factor before the exponential is counted once for each image of the batch. It is the pixels that have one "
        "each.": lambda x, x_hat, sigma: exponents(x, x_hat, sigma).sum(-1) - len(x) * normaliser(sigma),
        "The exponent has lost its minus sign. The further off an answer is, the less likely it makes the image.": (
            lambda x, x_hat, sigma: (-exponents(x, x_hat, sigma) - normaliser(sigma)).sum(-1)
        ),
        "The number 784 is written into it. An image may have fewer pixels, as here: let the shape of x say how "
        "many.": lambda x, x_hat, sigma: exponents(x, x_hat, sigma).sum(-1) - 784 * normaliser(sigma),
        "The mean over the pixels. Independent pixels multiply their densities, so their logarithms add up.": (
            lambda x, x_hat, sigma: log_densities(x, x_hat, sigma).mean(-1)
        ),
        "One number for the whole batch. Each image has a likelihood of its own: add up over its pixels, and keep the "
        "images apart.": lambda x, x_hat, sigma: log_densities(x, x_hat, sigma).sum(),
        "The square is missing: the exponent has (x - x̂)², the squared distance.": lambda x, x_hat, sigma: (
            (x_hat - x) / (2 * sigma**2) - normaliser(sigma)
        ).sum(-1),
        "The distance where its square belongs: the exponent has (x - x̂)².": lambda x, x_hat, sigma: (
            -(x - x_hat).abs() / (2 * sigma**2) - normaliser(sigma)
        ).sum(-1),
        "Python reads / 2 * sigma**2 from left to right: it divides by 2, then multiplies by σ². Put brackets around "
        "2 * sigma**2.": lambda x, x_hat, sigma: (exponents(x, x_hat, sigma) * sigma**4 - normaliser(sigma)).sum(-1),
        "(2σ)² is 4σ². In 2σ² only σ is squared, so the square belongs inside the bracket.": lambda x, x_hat, sigma: (
            exponents(x, x_hat, sigma) / 2 - normaliser(sigma)
        ).sum(-1),
        "log σ² for log σ, which is twice as much. The factor before the exponential has σ itself.": (
            lambda x, x_hat, sigma: (log_densities(x, x_hat, sigma) - math.log(sigma)).sum(-1)
        ),
        "The 2 under the exponent is missing: the squared error is divided by 2σ².": lambda x, x_hat, sigma: (
            2 * exponents(x, x_hat, sigma) - normaliser(sigma)
        ).sum(-1),
        "½ log(2π) is missing. The factor before the exponential is 1 / (σ √(2π)), and all of it has a logarithm.": (
            lambda x, x_hat, sigma: (exponents(x, x_hat, sigma) - math.log(sigma)).sum(-1)
        ),
        "The ½ before log(2π) is missing. It comes from the root: log √(2π) = ½ log(2π).": lambda x, x_hat, sigma: (
            log_densities(x, x_hat, sigma) - 0.5 * math.log(2 * math.pi)
        ).sum(-1),
        "The logarithm to base 10. Nats have base e, and so has the exponential that it has to undo: math.log.": (
            lambda x, x_hat, sigma: (exponents(x, x_hat, sigma) - normaliser(sigma) / math.log(10)).sum(-1)
        ),
        "σ for σ²: the squared error is divided by 2σ. A square has to be divided by a square, or the units would not "
        "cancel.": lambda x, x_hat, sigma: (exponents(x, x_hat, sigma) * sigma - normaliser(sigma)).sum(-1),
        "σ² for σ, throughout. PyTorch's Normal wants the standard deviation, and squares it by itself.": (
            lambda x, x_hat, sigma: log_densities(x, x_hat, sigma**2).sum(-1)
        ),
        "That is the density of the image. What is asked for is its logarithm, which stays a number that a computer "
        "can hold.": lambda x, x_hat, sigma: densities(x, x_hat, sigma).prod(-1),
        "Right on paper, but the density of a pixel so far off is 0 on a computer. The logarithm of an exponential is "
        "its exponent, so no exp is needed.": lambda x, x_hat, sigma: densities(x, x_hat, sigma).log().sum(-1),
        "Right on paper, but on a computer a product of densities is soon 0 or inf. Take the logarithm of each "
        "factor first, then add.": lambda x, x_hat, sigma: densities(x, x_hat, sigma).prod(-1).log(),
    },
)

# 1.2: the cross-entropy


def cross_entropy(x, x_hat):
    """Equation (1.2): x, x_hat (B, 784) in [0, 1] -> (B,), in nats. What is answered right and for certain costs 0."""
    white = torch.xlogy(x, x_hat)  # x log x_hat, and 0 where x is 0
    black = torch.xlogy(1 - x, 1 - x_hat)
    return (-white - black).sum(-1)


def images_and_answers(g: Generator) -> list[Case]:
    """Images and answers: some for the head, then random ones, black and white and grey, then certain ones."""
    half = [[0.5, 0.5]]
    pairs = [([[1.0, 0.0]], [[0.8, 0.4]]), ([[0.0, 1.0]], [[0.8, 0.8]]), ([[1.0, 0.0], [0.2, 0.6]], half * 2)]
    cases = [{"x": torch.tensor(x), "x_hat": torch.tensor(x_hat)} for x, x_hat in pairs]
    for b, d in ((5, 2), (4, 1), (1, 6), (3, 3), (2, 784)):
        x, x_hat = torch.rand(2, b, d, generator=g)
        black_or_white = torch.rand(b, d, generator=g) < 0.5
        cases.append({"x": torch.where(black_or_white, x.round(), x), "x_hat": 0.02 + 0.96 * x_hat})
    nearly = torch.tensor([[0.01, 0.99, 0.99]], dtype=torch.float64)
    certain, grey = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[0.0, 0.3, 1.0, 0.9]])
    return [
        *cases,
        {"x": 1 - nearly.round(), "x_hat": nearly},
        {"x": certain, "x_hat": certain},
        {"x": grey, "x_hat": grey},
        {"x": grey.double(), "x_hat": grey.double()},
    ]


def value_and_slope(answer: Answer, x: Tensor, x_hat: Tensor) -> Iterator[tuple[str, Any]]:
    """The value, and the gradient where that means anything: at an answer that is certain, 0 / 0 may stand in it."""
    inside = bool(((x_hat > 0) & (x_hat < 1)).all())
    value = answer(x=x, x_hat=x_hat.requires_grad_(inside))
    yield "", value
    if inside:
        name = "the gradient with respect to x_hat"
        if isinstance(value, Tensor) and value.requires_grad:
            weights = torch.linspace(1, 2, value.numel()).to(value.dtype).view(value.shape)
            yield name, torch.autograd.grad((weights * value).sum(), x_hat)[0]
        else:
            yield name, None


def times_log(a: Tensor, b: Tensor) -> Tensor:
    """As it stands, a log b, with nan for 0 log 0; torch.xlogy takes more care."""
    return a * b.log()


def misread(xlogy: Callable[[Tensor, Tensor], Tensor], besides: str = "") -> dict[str, Answer]:
    """Misconceptions of (1.2), written with a function for x log y that may have a problem of its own besides."""

    def bracket(x: Tensor, x_hat: Tensor) -> Tensor:
        return xlogy(x, x_hat) + xlogy(1 - x, 1 - x_hat)

    wrong = {
        "Minus the right value: that is the logarithm of the probability, which is never above 0. The loss is minus "
        "that.": lambda x, x_hat: bracket(x, x_hat).sum(-1),
        "The mean over the pixels. Independent pixels multiply their probabilities, so the logarithms add up.": (
            lambda x, x_hat: -bracket(x, x_hat).mean(-1)
        ),
        "One number for the whole batch, and a mean, as many functions give by default. Each image has a loss of its "
        "own, the sum over its pixels.": lambda x, x_hat: -bracket(x, x_hat).mean(),
        "The minus sign stands before the first term only. It belongs to both: it stands before the bracket.": (
            lambda x, x_hat: (xlogy(1 - x, 1 - x_hat) - xlogy(x, x_hat)).sum(-1)
        ),
        "Only the white pixels count here. A black one that is answered with white is a mistake too: the second term "
        "of (1.2).": lambda x, x_hat: -xlogy(x, x_hat).sum(-1),
        "x and x_hat have changed places: the logarithms are those of the answer, not of the image.": (
            lambda x, x_hat: -bracket(x_hat, x).sum(-1)
        ),
        "The logarithm to base 2, which counts in bits. Nats have base e: log, not log2.": (
            lambda x, x_hat: -bracket(x, x_hat).sum(-1) / math.log(2)
        ),
        "One number for the whole batch. Each image has a loss of its own: add up over its pixels, and keep the "
        "images apart.": lambda x, x_hat: -bracket(x, x_hat).sum(),
    }
    return {sentence + besides: function for sentence, function in wrong.items()}


ZERO = " Besides, 0 · log 0 is nan on a computer, and means 0 here."

bernoulli = Exercise(
    "1.2",
    "the cross-entropy of an image",
    cross_entropy,
    hints=(
        "(1.2) is one bracket for each pixel. Which of its two terms is left for a white pixel, x = 1? Which for a "
        "black one?",
        "Write the bracket for all pixels at once, with x and x_hat as they are. Add up over the last dimension, and "
        "mind the minus sign in front. That is right until an answer is right and certain: what does a computer make "
        "of 0 * log(0)?",
        "It says nan, where 0 is meant. torch.xlogy(a, b) is a · log b, and is 0 where a is 0.",
        "The white term is torch.xlogy(x, x_hat). The black one is the same of 1 - x and …. Add both, sum over "
        "dimension -1, and turn the sign.",
    ),
    cases=images_and_answers,
    observe=value_and_slope,
    wrong={
        "(1.2) as it stands is right on paper. On a computer 0 · log 0 is nan, where it means 0: what is answered "
        "right and for certain costs nothing.": lambda x, x_hat: (
            -(times_log(x, x_hat) + times_log(1 - x, 1 - x_hat)).sum(-1)
        ),
        **misread(torch.xlogy),
        **misread(times_log, ZERO),
        "Black and white have changed places: a white pixel, x = 1, costs -log x̂, and a black one "
        "-log(1 - x̂).": lambda x, x_hat: -(torch.xlogy(1 - x, x_hat) + torch.xlogy(x, 1 - x_hat)).sum(-1),
        "The 1 - x of a black pixel needs brackets: Python multiplies before it subtracts.": lambda x, x_hat: (
            -(x * x_hat.log() + 1 - x * (1 - x_hat).log()).sum(-1)
        ),
        "F.cross_entropy makes one distribution of all pixels, which are then to add up to 1. Here each pixel is black "
        "or white by itself.": lambda x, x_hat: F.cross_entropy(x_hat, x, reduction="none"),
        "Grey pixels are taken for black or white. In (1.2) a pixel of 0.3 has 0.3 of the white term and 0.7 of the "
        "black one.": lambda x, x_hat: -torch.where(x > 0.5, x_hat, 1 - x_hat).log().sum(-1),
        "The sigmoid is taken twice: x_hat is a probability already. Functions that want logits want what comes "
        "before the sigmoid.": lambda x, x_hat: F.binary_cross_entropy_with_logits(x_hat, x, reduction="none").sum(-1),
        "x and x_hat have changed places: the logarithms are those of the answer, not of the image. PyTorch's function "
        "wants the answer first.": lambda x, x_hat: F.binary_cross_entropy(x, x_hat, reduction="none").sum(-1),
        "Right on paper, but a computer makes 0 of a product of so many small factors. Take the logarithm of each "
        "first, then add.": lambda x, x_hat: -(x_hat**x * (1 - x_hat) ** (1 - x)).prod(-1).log(),
    },
)

# 1.3: PCA


def pca(x, k):
    """The mean (D,) of the images x (N, D), and U (D, k): the k eigenvectors with the largest eigenvalues, in order."""
    mean = x.mean(0)
    # cov centres by itself. It divides by N - 1 and not by N, which changes no eigenvector.
    _, eigenvectors = torch.linalg.eigh(torch.cov(x.T))  # the smallest first, a column each
    return mean, eigenvectors.flip(1)[:, :k]


def clouds(g: Generator) -> list[Case]:
    """For the head: a cross around (10, 0, 2), eigenvalues 50, 12.5 and 1. Then clouds, wide one way, flat another.

    N, D and k differ in each, so that what has rows for columns has the wrong shape too.
    """
    cross = torch.tensor([[16, 8, 3], [4, -8, 3], [14, -3, 1], [6, 3, 1]], dtype=torch.float64)
    cases = [{"x": cross, "k": 1}, {"x": cross, "k": 2}]
    for n, d, k in ((30, 4, 2), (12, 5, 3), (9, 6, 2), (20, 3, 2), (25, 8, 1), (40, 9, 7)):
        normal = torch.randn(n, d, generator=g, dtype=torch.float64)
        turn, _ = torch.linalg.qr(torch.randn(d, d, generator=g, dtype=torch.float64))
        middle = 2 * torch.rand(d, generator=g, dtype=torch.float64)
        cases.append({"x": normal * 3 * 0.5 ** torch.arange(d) @ turn + middle, "k": k})
    return [*cases, {"x": cases[2]["x"].float(), "k": 2}]


class Plane(NamedTuple):
    """What pca gives: where the plane lies, and the shape of the directions that span it."""

    mean: Tensor
    U: Tensor


def what_it_spans(answer: Answer, x: Tensor, k: int) -> Iterator[tuple[str, Any]]:
    """What is the same for u and -u: angles, the reconstruction, and the spread along each direction."""
    result = answer(x=x, k=k)
    if not isinstance(result, tuple | list) or len(result) != 2 or not all(isinstance(r, Tensor) for r in result):
        yield "", result
        return
    mean, u = result
    there = mean.shape == x.shape[1:]  # else its shape says enough
    yield "", Plane(mean if there else torch.zeros_like(mean), torch.zeros_like(u))
    if not there or u.shape != (x.shape[1], k):
        return
    yield "U.T @ U, the lengths and angles of the columns", u.T @ u
    code = (x - mean) @ u
    rebuilt = code @ u.T + mean
    yield "the squared error that U leaves, the mean over x", ((x - rebuilt) ** 2).sum(-1).mean()
    yield "x rebuilt from its code", rebuilt
    yield "the variance of each code number", code.var(0, correction=0)


def ascending(matrix: Tensor) -> Tensor:
    """The eigenvectors of a symmetric matrix, a column each, the smallest eigenvalue first."""
    return torch.linalg.eigh(matrix)[1]


def scaled(matrix: Tensor) -> Tensor:
    """The same, each times the root of its eigenvalue: of a covariance, the standard deviation along it."""
    eigenvalues, directions = torch.linalg.eigh(matrix)
    return directions * eigenvalues.clamp(min=0).sqrt()


def with_directions(directions: Callable[[Tensor, int], Tensor]) -> Answer:
    """pca with other directions, called with x and k."""
    return lambda x, k: (x.mean(0), directions(x, k))


components = Exercise(
    "1.3",
    "PCA, the best linear autoencoder",
    pca,
    hints=(
        "The right side of (1.7) is what is left out. You may choose which k eigenvectors to keep: which choice leaves "
        "the least?",
        "The mean is that over the images, one value per pixel. C is made of the centred images: "
        "centred = x - mean, and C = centred.T @ centred / len(x), a matrix (784, 784).",
        "torch.linalg.eigh(C) gives two results, the eigenvalues and a matrix with the eigenvectors in its columns. "
        "Both come smallest first, and you want the largest first.",
        "eigenvectors.flip(1) puts the columns in the opposite order. Of that, take the first k columns, and return "
        "the mean and what you took.",
    ),
    cases=clouds,
    observe=what_it_spans,
    rtol=1e-3,
    atol=1e-4,
    wrong={
        "The images were not centred: C is made of x - mean. Without that, the first direction points to where the "
        "cloud lies, and not along it.": with_directions(lambda x, k: ascending(x.T @ x).flip(1)[:, :k]),
        "The smallest eigenvalues instead of the largest: eigh gives the smallest first. These are the directions in "
        "which the images differ least.": with_directions(lambda x, k: ascending(torch.cov(x.T))[:, :k]),
        "The right plane, but with its directions in the order of eigh, the smallest first. Later cells take the first "
        "ones for a shorter code.": with_directions(lambda x, k: ascending(torch.cov(x.T))[:, -k:]),
        "Each pixel was divided by its standard deviation. That is PCA of the correlations. It makes all pixels count "
        "alike, and the squared error (1.7) does not.": (
            with_directions(lambda x, k: ascending(torch.corrcoef(x.T)).flip(1)[:, :k])
        ),
        "The second result has a number for each image. U has one for each pixel: its columns are eigenvectors of C, "
        "(D, D).": with_directions(lambda x, k: ascending(torch.cov(x)).flip(1)[:, :k]),
        "Directions in the rows, (k, D). Here they are wanted in the columns, (D, k).": (
            with_directions(lambda x, k: ascending(torch.cov(x.T)).flip(1)[:, :k].T)
        ),
        "The rows of the matrix of eigenvectors instead of its columns. eigh has one eigenvector in each column.": (
            with_directions(lambda x, k: ascending(torch.cov(x.T)).flip(0)[:k].T)
        ),
        "The eigenvectors are turned upside down. Flipped in its first dimension, the matrix has each eigenvector's "
        "entries in reverse; the columns change places in the second.": (
            with_directions(lambda x, k: ascending(torch.cov(x.T)).flip(0)[:, :k])
        ),
        "Turned round in both dimensions. Only the columns are to change places, flip(1); flip(0) puts each "
        "eigenvector's entries in reverse.": (
            with_directions(lambda x, k: ascending(torch.cov(x.T)).flip(0, 1)[:, :k])
        ),
        "Each column is multiplied by √λ. Some books call these the loadings; here the columns have length 1.": (
            with_directions(lambda x, k: scaled(torch.cov(x.T, correction=0)).flip(1)[:, :k])
        ),
        "Each column is multiplied by √λ, the standard deviation along it. Here the columns have length 1.": (
            with_directions(lambda x, k: scaled(torch.cov(x.T)).flip(1)[:, :k])
        ),
        "The two results are swapped: the mean comes first, then U.": lambda x, k: pca(x, k)[::-1],
        "The columns of what svd gives as its third result. That is a transposed matrix: its rows are the "
        "directions.": with_directions(lambda x, k: torch.linalg.svd(x - x.mean(0))[2][:, :k]),
        "pca_lowrank starts from random directions and stops early. With q = k these are not quite the eigenvectors.": (
            with_directions(lambda x, k: torch.pca_lowrank(x, q=k)[2])
        ),
    },
)

EXERCISES = [gaussian, bernoulli, components]

PREDICTIONS = [
    Prediction(
        "1a",
        "Many images share one code, and one pixel has different grey values in them. The decoder has to answer all "
        "of them with one number. Which number is best?",
        (
            "the mean, under both losses",
            "the commonest value, under both losses",
            "the mean under the squared error, the commonest value under the cross-entropy",
            "the mean under the squared error, the median under the cross-entropy",
        ),
        answer="the mean, under both losses",
        because="Under the squared error, what an answer costs above the variance is its squared distance from the "
        "mean, (1.3). The cross-entropy of an answer is linear in x, so of all the values only their mean counts, "
        "and by (1.4) the loss is smallest there. The median is best under the absolute error.",
    ),
    Prediction(
        "1b",
        "A linear autoencoder with two numbers is trained by gradient descent, and its error comes down to PCA's. "
        "What are the two columns of its decoder?",
        (
            "the first two eigenvectors, u1 and u2, up to length and sign",
            "two directions in the plane of u1 and u2, not the eigenvectors themselves",
            "two directions of some other plane that leaves the same error",
            "an arbitrary pair of directions, as there are many minima",
        ),
        answer="two directions in the plane of u1 and u2, not the eigenvectors themselves",
        because="By (1.8) any invertible A leaves the reconstruction as it is, so nothing in the loss prefers the "
        "eigenvectors to other directions in their plane. No other plane leaves as little, as λ2 > λ3, and the error "
        "has no other minima (Baldi and Hornik, 1989).",
    ),
]
