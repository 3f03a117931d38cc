"""The two models of the course: an autoencoder and a variational autoencoder, as plain multilayer perceptrons."""

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from vaelab import arguments
from vaelab.likelihoods import NOISE, bernoulli_log_likelihood, check_pixels, gaussian_log_likelihood


class Autoencoder(nn.Module):
    """x -> z -> x_hat, each image to one point and back.

    latent_dim: the length of the code z
    hidden: the widths of the encoder's hidden layers; the decoder has the same in reverse
    data_dim: the number of pixels
    seed: of the initial weights, so that the same call always starts from the same model

    >>> autoencoder = Autoencoder(latent_dim=2)
    >>> x = torch.rand(5, 784)
    >>> autoencoder.encode(x).shape, autoencoder(x).shape
    (torch.Size([5, 2]), torch.Size([5, 784]))
    """

    def __init__(self, latent_dim: int = 2, hidden: Sequence[int] = (256, 128), data_dim: int = 784, *, seed: int = 0):
        super().__init__()
        self.latent_dim, self.hidden, self.data_dim = _widths(latent_dim, hidden, data_dim)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(arguments.seed(seed))
            self.encoder = mlp(self.data_dim, *self.hidden, self.latent_dim)
            self.decoder = mlp(self.latent_dim, *reversed(self.hidden), self.data_dim)  # z -> the pixels' logits

    def encode(self, x: Tensor) -> Tensor:
        """The code z (B, latent_dim) of images x (B, data_dim)."""
        _check("x", x, self.encoder)
        return self.encoder(x)

    def decode(self, z: Tensor) -> Tensor:
        """The image x_hat (B, data_dim), in [0, 1], of codes z (B, latent_dim)."""
        _check("z", z, self.decoder)
        return self.decoder(z).sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """The reconstruction x_hat (B, data_dim) of images x (B, data_dim)."""
        return self.decode(self.encode(x))

    @property
    def config(self) -> dict:
        """What the constructor needs to build this model again."""
        return {"latent_dim": self.latent_dim, "hidden": self.hidden, "data_dim": self.data_dim}


class VAE(nn.Module):
    """x -> q(z|x) = N(mu, diag(sigma^2)), z -> p(x|z): each image to a Gaussian, each code to a distribution of images.

    The encoder's last layer has 2 * latent_dim outputs: mu, then logvar = log sigma^2.

    latent_dim, hidden, data_dim, seed: as in `Autoencoder`
    likelihood: what p(x|z) is for one pixel. "bernoulli": black or white, decode(z) the probability of white.
        "gaussian": N(decode(z), sigma^2)
    sigma: the Gaussian's standard deviation, in units of the grey value. A VAE whose code has two dimensions misses
        an MNIST pixel by about 0.2 (root mean square), hence the default.

    Source: Kingma and Welling, Auto-Encoding Variational Bayes, 2014.

    >>> vae = VAE(latent_dim=2)
    >>> mu, logvar = vae.encode(torch.rand(5, 784))
    >>> mu.shape, logvar.shape, vae.decode(mu).shape
    (torch.Size([5, 2]), torch.Size([5, 2]), torch.Size([5, 784]))
    """

    def __init__(
        self,
        latent_dim: int = 2,
        hidden: Sequence[int] = (256, 128),
        data_dim: int = 784,
        *,
        likelihood: str = "bernoulli",
        sigma: float = 0.2,
        seed: int = 0,
    ):
        super().__init__()
        _check_likelihood(likelihood)
        self.latent_dim, self.hidden, self.data_dim = _widths(latent_dim, hidden, data_dim)
        self.likelihood, self.sigma = likelihood, arguments.number("sigma", sigma, above=0)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(arguments.seed(seed))
            self.encoder = mlp(self.data_dim, *self.hidden, 2 * self.latent_dim)
            self.decoder = mlp(self.latent_dim, *reversed(self.hidden), self.data_dim)  # z -> the pixels' logits

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """mu and logvar, (B, latent_dim) each, of q(z|x) for images x (B, data_dim)."""
        _check("x", x, self.encoder)
        mu, logvar = self.encoder(x).chunk(2, dim=-1)
        return mu, logvar

    def decode(self, z: Tensor) -> Tensor:
        """The pixels' means (B, data_dim), in [0, 1], under p(x|z) for codes z (B, latent_dim)."""
        _check("z", z, self.decoder)
        return self.decoder(z).sigmoid()

    def log_px_z(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x|z), (B,), in nats, of images x (B, data_dim), in [0, 1] but for noise, and codes z (B, latent_dim).

        A subclass with another likelihood writes this method anew.
        """
        _check_likelihood(self.likelihood)
        if self.likelihood == "bernoulli":
            _check("z", z, self.decoder)
            return bernoulli_log_likelihood(x, logits_of(self, z))
        arguments.floats("x", x, "(B, ...)")
        check_pixels(x, NOISE)
        return gaussian_log_likelihood(x, self.decode(z), self.sigma)

    def forward(self, x: Tensor) -> Tensor:
        """The reconstruction of x from the centre of its code, decode(mu): no noise, so the same on every call.

        To draw z from q(z|x) instead, as training does, see `vaelab.reparameterize`.
        """
        mu, _ = self.encode(x)
        return self.decode(mu)

    @property
    def config(self) -> dict:
        """What the constructor needs to build this model again."""
        return {
            "latent_dim": self.latent_dim,
            "hidden": self.hidden,
            "likelihood": self.likelihood,
            "data_dim": self.data_dim,
            "sigma": float(self.sigma),
        }


def logits_of(model: Any, z: Tensor) -> Tensor:
    """What the model's decoder gives for codes z, if these can be logits; raises ValueError after a sigmoid."""
    last = model.decoder
    while isinstance(last, nn.Sequential) and len(last):
        last = last[-1]
    if isinstance(last, nn.Sigmoid | nn.Softmax | nn.Hardsigmoid):
        raise ValueError(
            f"{type(model).__name__}.decoder ends in a {type(last).__name__}, so it gives probabilities, and the "
            "likelihood takes logits, any numbers. Leave that last layer away: decode(z) and the likelihood have the "
            "sigmoid in them"
        )
    return model.decoder(z)


def mlp(*widths: int) -> nn.Sequential:
    """Linear layers of these widths with a ReLU between each two.

    >>> mlp(784, 256, 2)
    Sequential(
      (0): Linear(in_features=784, out_features=256, bias=True)
      (1): ReLU()
      (2): Linear(in_features=256, out_features=2, bias=True)
    )
    """
    if len(widths) < 2:
        raise ValueError(f"there must be at least two widths, of the input and of the output; got {widths}")
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(arguments.whole_number("each width of a layer", width) for width in widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def save_model(model: Autoencoder | VAE, path: str | Path) -> None:
    """Writes a model's weights and how to build it to a safetensors file, which can hold numbers but no code.

    Raises TypeError for a model of another class, and says how its weights are saved; ValueError for one whose layers
    have been replaced; FileNotFoundError where there is no such folder.
    """
    _check_path(path)
    if type(model) not in (Autoencoder, VAE):
        raise TypeError(
            f"save_model writes a model vl.Autoencoder or vl.VAE; got {arguments.described(model)}. The weights of "
            "another model are written by safetensors.torch.save_model(model, path), and read into a model that is "
            "built in the same way by safetensors.torch.load_model(model, path)"
        )
    weights = {name: weight.detach().cpu().clone().contiguous() for name, weight in model.state_dict().items()}
    own = {"encode", "decode", "log_px_z", "forward"} & vars(model).keys()
    if own or repr(type(model)(**model.config)) != repr(model):
        raise ValueError(
            f"this {type(model).__name__} has other layers or methods than {model.config} builds, so it could not be "
            "read again: make it a class of its own, and write its weights by safetensors.torch.save_model(model, path)"
        )
    if not Path(path).parent.is_dir():
        raise FileNotFoundError(
            f"path={str(path)!r} is in a folder that is not there: make it first, or correct the path"
        )
    if Path(path).is_dir():
        raise IsADirectoryError(f"path={str(path)!r} is a folder: name a file in it, such as vae.safetensors")
    metadata = {"vaelab": json.dumps({"class": type(model).__name__, "config": model.config})}
    try:
        save_file(weights, path, metadata=metadata)
    except SafetensorError as problem:
        raise OSError(f"path={str(path)!r} can't be written: {problem}") from problem


def load_model(path: str | Path) -> Autoencoder | VAE:
    """The model that `save_model` wrote.

    Raises FileNotFoundError where there is no file, ValueError where it is no model of this package.
    """
    _check_path(path)
    try:
        with safe_open(path, framework="pt") as file:
            metadata = json.loads((file.metadata() or {})["vaelab"])
            model = {"Autoencoder": Autoencoder, "VAE": VAE}[metadata["class"]](**metadata["config"])
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            model.load_state_dict(weights, assign=True)  # each as precise as it was
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is not there. Write it first: vl.save_model(model, {str(path)!r})") from None
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError, OSError) as problem:
        raise ValueError(
            f"{path} does not hold a vaelab model ({type(problem).__name__}: {problem}). "
            "Files to load are written by vl.save_model(model, path)."
        ) from problem
    return model


def _check_path(path: Any) -> None:
    if not isinstance(path, str | Path):
        raise TypeError(
            f'path must be that of a file, such as "vae.safetensors"; got {arguments.described(path)}. It comes second '
            "in vl.save_model(model, path), alone in vl.load_model(path)"
        )


def _widths(latent_dim: Any, hidden: Any, data_dim: Any) -> tuple[int, tuple[int, ...], int]:
    if isinstance(hidden, str) or not hasattr(hidden, "__iter__"):
        raise TypeError(
            f"hidden must be the widths of the hidden layers, such as (256, 128); got {arguments.described(hidden)}"
        )
    return (
        arguments.whole_number("latent_dim", latent_dim),
        tuple(arguments.whole_number("hidden, each of its widths,", width) for width in hidden),
        arguments.whole_number("data_dim", data_dim),
    )


def _check_likelihood(likelihood: Any) -> None:
    if likelihood not in ("bernoulli", "gaussian"):
        raise ValueError(
            f'likelihood must be "bernoulli" or "gaussian"; got {likelihood!r}. For another one, write log_px_z(x, z) '
            "in a subclass of vl.VAE"
        )


def _check(name: str, rows: Tensor, layers: nn.Module) -> None:
    """Whether these layers can take these rows of numbers; other layers, of a subclass, see for themselves."""
    first = layers[0] if isinstance(layers, nn.Sequential) and len(layers) else layers
    if not isinstance(first, nn.Linear):
        return
    what = "images" if name == "x" else "codes"
    arguments.floats(name, rows, f"(B, {first.in_features}) of {what}")
    if not torch.is_autocast_enabled(first.weight.device.type):
        arguments.precision(name, rows, first.weight.dtype)
    if rows.shape[-1:] != (first.in_features,):
        raise ValueError(
            f"{name} must be {what} of shape (B, {first.in_features}), a row each; got {tuple(rows.shape)}. "
            "x.flatten(1) makes images (B, 28, 28) into (B, 784)"
        )
