"""Exercises of notebook 01: the two losses from their likelihoods, and PCA."""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from vaelab.exercises.check import Exercise
from vaelab.exercises.prediction import Prediction

# 1.1


def gaussian_log_likelihood(x, x_hat, sigma):
    """log p(x) for pixels drawn from N(x_hat_i, sigma^2): x, x_hat (B, 784), sigma a number -> (B,), in nats."""
    exponent = -((x - x_hat) ** 2) / (2 * sigma**2)
    normaliser = math.log(sigma) + 0.5 * math.log(2 * math.pi)  # of each pixel
    return (exponent - normaliser).sum(-1)


def images_answers_and_widths(g):
    """Images, answers to them, and sigma: some for the head, then random ones, up to whole images."""
    cases = [
        {"x": torch.tensor(x), "x_hat": torch.tensor(x_hat), "sigma": sigma}
        for x, x_hat, sigma in (
            ([[1.0]], [[1.0]], 1.0),
            ([[1.0, 0.0]], [[0.0, 0.0]], 1.0),
            ([[1.0, 0.0, 0.5], [0.0, 0.0, 1.0]], [[0.5, 0.0, 0.5], [0.0, 0.5, 0.5]], 0.5),
        )
    ]
    for b, d, sigma in ((5, 2, 0.3), (4, 1, 2.0), (3, 3, 0.7), (1, 6, 1.5), (2, 784, 0.1)):
        x, x_hat = torch.rand(2, b, d, generator=g)
        cases.append({"x": x, "x_hat": x_hat, "sigma": sigma})
    x, x_hat = torch.rand(2, 2, 4, generator=g, dtype=torch.float64)
    return [*cases, {"x": x, "x_hat": 3 * x_hat - 1, "sigma": 0.4}]  # an answer need not be a grey value


def densities(x, x_hat, sigma):
    """Of the pixels."""
    return torch.exp(-((x - x_hat) ** 2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))


def spread_out(x, x_hat, sigma):
    """The logarithms of the pixels' densities."""
    return -((x - x_hat) ** 2) / (2 * sigma**2) - math.log(sigma) - 0.5 * math.log(2 * math.pi)


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
        "good.": (lambda x, x_hat, sigma: -spread_out(x, x_hat, sigma).sum(-1)),
        "The squared error over 2σ², which is the loss. Two things are missing: the minus sign, and the logarithm of "
        "the factor before the exponential.": lambda x, x_hat, sigma: ((x - x_hat) ** 2).sum(-1) / (2 * sigma**2),
        "The exponent alone. The factor before it, 1 / (σ √(2π)), has a logarithm too. Without it, this is no density, "
        "and different σ can't be compared.": lambda x, x_hat, sigma: -((x - x_hat) ** 2).sum(-1) / (2 * sigma**2),
        "The factor before the exponential is counted once. Every pixel has one, so its logarithm comes as often as "
        "there are pixels.": lambda x, x_hat, sigma: (
            -((x - x_hat) ** 2).sum(-1) / (2 * sigma**2) - math.log(sigma) - 0.5 * math.log(2 * math.pi)
        ),
        "The factor before the exponential is 1 / (σ √(2π)): its log σ is there, its ½ log(2π) is missing.": (
            lambda x, x_hat, sigma: (-((x - x_hat) ** 2) / (2 * sigma**2) - math.log(sigma)).sum(-1)
        ),
        "The factor before the exponential is 1 / (σ √(2π)): its ½ log(2π) is there, its log σ is missing. It makes "
        "wide Gaussians low.": lambda x, x_hat, sigma: (
            -((x - x_hat) ** 2) / (2 * sigma**2) - 0.5 * math.log(2 * math.pi)
        ).sum(-1),
        "The mean over the pixels, too small by their number. Independent pixels multiply their densities, so their "
        "logarithms add up.": lambda x, x_hat, sigma: spread_out(x, x_hat, sigma).mean(-1),
        "One number for the whole batch. Each image has a likelihood of its own: add up over its pixels, and keep the "
        "images apart.": lambda x, x_hat, sigma: spread_out(x, x_hat, sigma).sum(),
        "One number for the whole batch, and a mean. Each image has a likelihood of its own, and its pixels' "
        "logarithms add up.": lambda x, x_hat, sigma: spread_out(x, x_hat, sigma).mean(),
        "The mean over the images is taken already. Each image has a likelihood of its own; a mean over them comes "
        "later, in a training step.": lambda x, x_hat, sigma: spread_out(x, x_hat, sigma).sum(-1).mean(),
        "Added up over the images instead of the pixels. Images come first in a batch, pixels last.": (
            lambda x, x_hat, sigma: spread_out(x, x_hat, sigma).sum(0)
        ),
        "Nothing is added up yet: that is a number for each pixel, and one for each image is wanted.": (
            lambda x, x_hat, sigma: spread_out(x, x_hat, sigma)
        ),
        "σ for σ²: the squared error is divided by 2σ. Squares belong to squares, or the unit would not cancel.": (
            lambda x, x_hat, sigma: (
                -((x - x_hat) ** 2) / (2 * sigma) - math.log(sigma) - 0.5 * math.log(2 * math.pi)
            ).sum(-1)
        ),
        "log σ² for log σ. It would be right with a ½ before it, as the factor before the exponential has σ, the root "
        "of σ².": lambda x, x_hat, sigma: (
            -((x - x_hat) ** 2) / (2 * sigma**2) - 2 * math.log(sigma) - 0.5 * math.log(2 * math.pi)
        ).sum(-1),
        "A ½ got lost: the exponent of the Gaussian is the squared error divided by 2σ², not by σ².": (
            lambda x, x_hat, sigma: (
                -((x - x_hat) ** 2) / sigma**2 - math.log(sigma) - 0.5 * math.log(2 * math.pi)
            ).sum(-1)
        ),
        "The density, and not yet its logarithm.": lambda x, x_hat, sigma: densities(x, x_hat, sigma).prod(-1),
        "Right on paper, but 784 factors multiplied are too large or too small for the computer's numbers: 0 or inf "
        "came of it. Take the logarithm of each factor first, then add.": (
            lambda x, x_hat, sigma: densities(x, x_hat, sigma).prod(-1).log()
        ),
    },
)

# 1.2


def cross_entropy(x, x_hat):
    """Equation (1.2): x, x_hat (B, 784) in [0, 1] -> (B,), in nats. What is answered right and for certain costs 0."""
    white = torch.xlogy(x, x_hat)  # x log x_hat, and 0 where x is 0
    black = torch.xlogy(1 - x, 1 - x_hat)
    return (-white - black).sum(-1)


def images_and_answers(g):
    """Images and answers: some for the head, then random ones, black and white and grey, then certain ones."""
    half = [[0.5, 0.5]]
    pairs = [([[1.0, 0.0]], half), ([[0.0, 1.0]], [[0.8, 0.8]]), ([[1.0, 0.0], [0.2, 0.6]], half * 2)]
    cases = [{"x": torch.tensor(x), "x_hat": torch.tensor(x_hat)} for x, x_hat in pairs]
    for b, d in ((5, 2), (4, 1), (1, 6), (3, 3), (2, 784)):
        x, x_hat = torch.rand(2, b, d, generator=g)
        black_or_white = torch.rand(b, d, generator=g) < 0.5
        cases.append({"x": torch.where(black_or_white, x.round(), x), "x_hat": 0.01 + 0.98 * x_hat})
    sure = torch.tensor([[0.001, 0.999, 0.999]], dtype=torch.float64)
    certain, grey = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[0.0, 0.3, 1.0, 0.9]])
    return [
        *cases,
        {"x": 1 - sure.round(), "x_hat": sure},
        {"x": certain, "x_hat": certain},
        {"x": grey, "x_hat": grey},
        {"x": grey.double(), "x_hat": grey.double()},
    ]


def value_and_slope(answer, x, x_hat):
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


def as_it_stands(x, x_hat):
    """The bracket of (1.2), with nan for 0 log 0."""
    return x * x_hat.log() + (1 - x) * (1 - x_hat).log()


def with_care(x, x_hat):
    """The bracket of (1.2)."""
    return torch.xlogy(x, x_hat) + torch.xlogy(1 - x, 1 - x_hat)


MISREADINGS = {
    "Minus the right value: that is the logarithm of the probability, which is never above 0. The loss is minus "
    "that.": lambda bracket: lambda x, x_hat: bracket(x, x_hat).sum(-1),
    "The mean over the pixels, too small by their number. Independent pixels multiply their probabilities, so the "
    "logarithms add up.": lambda bracket: lambda x, x_hat: -bracket(x, x_hat).mean(-1),
    "One number for the whole batch, and a mean, as many functions give by default. Each image has a loss of its "
    "own, the sum over its pixels.": lambda bracket: lambda x, x_hat: -bracket(x, x_hat).mean(),
    "One number for the whole batch. Each image has a loss of its own: add up over its pixels, and keep the images "
    "apart.": lambda bracket: lambda x, x_hat: -bracket(x, x_hat).sum(),
    "The mean over the images is taken already. Each image has a loss of its own; a mean over them comes later, in a "
    "training step.": lambda bracket: lambda x, x_hat: -bracket(x, x_hat).sum(-1).mean(),
    "Added up over the images instead of the pixels. Images come first in a batch, pixels last.": (
        lambda bracket: lambda x, x_hat: -bracket(x, x_hat).sum(0)
    ),
    "Nothing is added up yet: that is a number for each pixel, and one for each image is wanted.": (
        lambda bracket: lambda x, x_hat: -bracket(x, x_hat)
    ),
    "That is in bits, from the logarithm to base 2. The course counts in nats, with the natural logarithm.": (
        lambda bracket: lambda x, x_hat: -bracket(x, x_hat).sum(-1) / math.log(2)
    ),
}
ZERO = " Besides, 0 · log 0 is nan on a computer, and means 0 here."

bernoulli = Exercise(
    "1.2",
    "the cross-entropy of an image",
    cross_entropy,
    hints=(
        "(1.2) is one bracket for each pixel. Which of its two terms is left for a white pixel, x = 1? Which for a "
        "black one?",
        "Write the bracket for all pixels at once, with x and x_hat as they are. Add up over the last dimension, and "
        "mind the minus sign in front. That is right until a pixel is black for certain: what is 0 * log(0) here?",
        "A computer says nan to it, where it means 0. torch.xlogy(a, b) is a · log b, and is 0 where a is 0.",
        "The white term is torch.xlogy(x, x_hat). The black one is the same of 1 - x and …. Add both, sum over "
        "dimension -1, and turn the sign.",
    ),
    cases=images_and_answers,
    observe=value_and_slope,
    wrong={
        "(1.2) as it stands is right on paper. On a computer 0 · log 0 is nan, where it means 0: what is answered "
        "right and for certain costs nothing.": lambda x, x_hat: -as_it_stands(x, x_hat).sum(-1),
        **{sentence: made_of(with_care) for sentence, made_of in MISREADINGS.items()},
        **{sentence + ZERO: made_of(as_it_stands) for sentence, made_of in MISREADINGS.items()},
        "Only the white pixels count here. A black one that is answered with white is a mistake too: the second term "
        "of (1.2).": lambda x, x_hat: -torch.xlogy(x, x_hat).sum(-1),
        "Only the white pixels count here. A black one that is answered with white is a mistake too: the second term "
        "of (1.2)." + ZERO: lambda x, x_hat: -(x * x_hat.log()).sum(-1),
        "Right on paper, but 784 probabilities multiplied are too small for the computer's numbers, and the logarithm "
        "of 0 came of it. Take the logarithm of each factor first, then add.": (
            lambda x, x_hat: -(x_hat**x * (1 - x_hat) ** (1 - x)).prod(-1).log()
        ),
        "Grey pixels are taken for black or white. In (1.2) a pixel of 0.3 has 0.3 of the white term and 0.7 of the "
        "black one.": lambda x, x_hat: -torch.where(x > 0.5, x_hat, 1 - x_hat).log().sum(-1),
        "The sigmoid is taken twice: that function wants logits, and x_hat is a probability already.": (
            lambda x, x_hat: F.binary_cross_entropy_with_logits(x_hat, x, reduction="none").sum(-1)
        ),
        "x and x_hat have changed places: the logarithms are those of the answer, not of the image. PyTorch's function "
        "wants the answer first.": lambda x, x_hat: F.binary_cross_entropy(x, x_hat, reduction="none").sum(-1),
        "That is the squared error, (1.1).": lambda x, x_hat: ((x - x_hat) ** 2).sum(-1),
    },
)

# 1.3


def pca(x, k):
    """The mean (D,) of the images x (N, D), and U (D, k): the k eigenvectors with the largest eigenvalues, in order."""
    mean = x.mean(0)
    # cov centres by itself. It divides by N - 1 and not by N, which changes no eigenvector.
    _, eigenvectors = torch.linalg.eigh(torch.cov(x.T))  # the smallest first, a column each
    return mean, eigenvectors.flip(1)[:, :k]


def clouds(g):
    """A cross around (10, 0) with arms ±(6, 8) and ±(4, -3), for the head. Then clouds, wide one way, flat another."""
    cross = torch.tensor([[16, 8], [4, -8], [14, -3], [6, 3]], dtype=torch.float64)
    cases = [{"x": cross, "k": 1}, {"x": cross, "k": 2}]
    for n, d, k in ((30, 4, 2), (12, 5, 3), (6, 6, 2), (4, 9, 2), (20, 3, 3), (25, 8, 1)):
        normal = torch.randn(n, d, generator=g, dtype=torch.float64)
        turn, _ = torch.linalg.qr(torch.randn(d, d, generator=g, dtype=torch.float64))
        middle = 2 * torch.rand(d, generator=g, dtype=torch.float64)
        cases.append({"x": normal * 3 * 0.5 ** torch.arange(d) @ turn + middle, "k": k})
    return [*cases, {"x": cases[2]["x"].float(), "k": 2}]


class Plane(NamedTuple):
    """What pca gives: where the plane lies, and the shape of the directions that span it."""

    mean: Tensor
    U: Tensor


def what_it_spans(answer, x, k):
    """What is the same for u and -u: angles, the reconstruction, and the spread along each direction."""
    result = answer(x=x, k=k)
    if not isinstance(result, tuple | list) or len(result) != 2 or not all(isinstance(r, Tensor) for r in result):
        yield "", result
        return
    mean, u = result
    yield "", Plane(mean, torch.zeros_like(u))
    if mean.shape != x.shape[1:] or u.shape != (x.shape[1], k):
        return
    yield "U.T @ U, the lengths and angles of the columns", u.T @ u
    code = (x - mean) @ u
    rebuilt = code @ u.T + mean
    yield "the squared error that U leaves, the mean over x", ((x - rebuilt) ** 2).sum(-1).mean()
    yield "x rebuilt from its code", rebuilt
    yield "the variance of each code number", code.var(0, correction=0)


def directions(matrix):
    """The eigenvectors of a symmetric matrix, a column each, the largest eigenvalue first."""
    return torch.linalg.eigh(matrix)[1].flip(1)


def standardised(x):
    """Each pixel with mean 0 and standard deviation 1."""
    return (x - x.mean(0)) / x.std(0)


def stretched(x):
    """The directions, each as long as the images spread along it."""
    eigenvalues, eigenvectors = torch.linalg.eigh(torch.cov(x.T, correction=0))
    return (eigenvectors * eigenvalues.clamp(min=0).sqrt()).flip(1)


components = Exercise(
    "1.3",
    "PCA, the best linear autoencoder",
    pca,
    hints=(
        "The right side of (1.7) is what is left out. You may choose which k eigenvectors to keep: which choice leaves "
        "the least?",
        "The mean is that over the images, one value a pixel. C is made of the centred images: "
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
        "cloud lies, and not along it.": lambda x, k: (x.mean(0), directions(x.T @ x)[:, :k]),
        "The smallest eigenvalues instead of the largest: eigh gives the smallest first. These are the directions in "
        "which the images differ least.": lambda x, k: (x.mean(0), directions(torch.cov(x.T)).flip(1)[:, :k]),
        "The right plane, but with its directions in the order of eigh, the smallest first. Later cells take the first "
        "ones for a shorter code.": lambda x, k: (x.mean(0), directions(torch.cov(x.T))[:, :k].flip(1)),
        "Each pixel was divided by its standard deviation. That is PCA of the correlations. It makes all pixels count "
        "alike, and the squared error (1.7) does not.": lambda x, k: (
            x.mean(0),
            directions(standardised(x).T @ standardised(x))[:, :k],
        ),
        "Rows for columns: C should say how pixels vary with one another, (D, D). Here it says that of images, "
        "(N, N).": lambda x, k: (x.mean(0), directions((x - x.mean(0)) @ (x - x.mean(0)).T)[:, :k]),
        "The rows of the matrix of eigenvectors instead of its columns. eigh has one eigenvector in each column.": (
            lambda x, k: (x.mean(0), directions(torch.cov(x.T))[:k].T)
        ),
        "The columns of what svd gives as its third result. That is a transposed matrix: its rows are the "
        "directions.": lambda x, k: (x.mean(0), torch.linalg.svd(x - x.mean(0))[2][:, :k]),
        "Directions in the rows, (k, D). Here they are wanted in the columns, (D, k).": (
            lambda x, k: (x.mean(0), directions(torch.cov(x.T))[:, :k].T)
        ),
        "The columns have the length √λ. With Uᵀ as the encoder and U as the decoder they must be of length 1, or the "
        "answer is stretched.": lambda x, k: (x.mean(0), stretched(x)[:, :k]),
        "The mean of all numbers is one number. Each pixel has a mean of its own, taken over the images.": (
            lambda x, k: (x.mean(), directions((x - x.mean()).T @ (x - x.mean()))[:, :k])
        ),
        "The mean of each image, taken over its pixels. The average image is wanted, a mean for each pixel.": (
            lambda x, k: (
                x.mean(1),
                directions((x - x.mean(1, keepdim=True)).T @ (x - x.mean(1, keepdim=True)))[:, :k],
            )
        ),
        "The matrix of eigenvectors is turned upside down: flipped in its first dimension, the entries of each one. "
        "Its columns, in the second, are to change places.": (
            lambda x, k: (x.mean(0), directions(torch.cov(x.T)).flip(1).flip(0)[:, :k])
        ),
        "pca_lowrank draws at random and is an approximation. With q = k it is off in the second or third digit.": (
            lambda x, k: (x.mean(0), torch.pca_lowrank(x, q=k)[2])
        ),
        "U and the mean have changed places.": lambda x, k: pca(x, k)[::-1],
        "All directions are there. Keep the k with the largest eigenvalues: the bottleneck has k numbers.": (
            lambda x, k: pca(x, x.shape[1])
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
            "the commonest value, under both losses",
            "the mean under the squared error, the commonest value under the cross-entropy",
            "the mean under the squared error, the median under the cross-entropy",
            "the mean, under both losses",
        ),
        answer="the mean, under both losses",
        because="Under the squared error, what an answer costs above the variance is its squared distance from the "
        "mean, (1.3). The cross-entropy of an answer is linear in x, so of all the values only their mean counts, "
        "and it is smallest there, (1.4). The median is best under the absolute error.",
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
