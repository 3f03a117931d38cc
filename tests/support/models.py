"""Models as other people write them: nothing of them is the package's."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.distributions import ContinuousBernoulli

import vaelab as vl


class Convolutional(nn.Module):
    """A VAE of images (B, 1, 28, 28), with convolutions, BatchNorm and another activation than the course's."""

    def __init__(self, latent_dim=2, width=8):
        super().__init__()
        torch.manual_seed(0)
        self.encoder = nn.Sequential(
            *(nn.Conv2d(1, width, 4, 2, 1), nn.BatchNorm2d(width), nn.SiLU()),  # 14 x 14
            *(nn.Conv2d(width, 2 * width, 4, 2, 1), nn.BatchNorm2d(2 * width), nn.SiLU()),  # 7 x 7
            *(nn.Flatten(), nn.Linear(2 * width * 49, 2 * latent_dim)),
        )
        self.decoder = nn.Sequential(
            *(nn.Linear(latent_dim, 2 * width * 49), nn.Unflatten(1, (2 * width, 7, 7)), nn.SiLU()),
            *(nn.ConvTranspose2d(2 * width, width, 4, 2, 1), nn.BatchNorm2d(width), nn.SiLU()),  # 14 x 14
            nn.ConvTranspose2d(width, 1, 4, 2, 1),  # 28 x 28
        )

    def encode(self, x):
        mu, logvar = self.encoder(x).chunk(2, dim=1)
        return mu, logvar

    def decode(self, z):
        return self.decoder(z).sigmoid()

    def log_px_z(self, x, z):
        return -F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="none").sum((1, 2, 3))


class Continuous(vl.VAE):
    """Pixels between black and white, by the continuous Bernoulli distribution: one method is another."""

    def log_px_z(self, x, z):
        return ContinuousBernoulli(logits=self.decoder(z)).log_prob(x).sum(1)


class LearnedSigma(vl.VAE):
    """Gaussian pixels whose sigma is learned with the rest."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.log_sigma = nn.Parameter(torch.tensor(0.0))

    def log_px_z(self, x, z):
        return vl.gaussian_log_likelihood(x, self.decode(z), self.log_sigma.exp())


class ConvolutionalVAE(nn.Module):
    """Images (B, 1, 28, 28), with BatchNorm, Dropout and another activation in both halves."""

    def __init__(self):
        super().__init__()
        down = (nn.Conv2d(1, 8, 4, 2, 1), nn.BatchNorm2d(8), nn.SiLU(), nn.Flatten(), nn.Dropout(0.1))
        up = (nn.Unflatten(1, (8, 14, 14)), nn.BatchNorm2d(8), nn.SiLU(), nn.ConvTranspose2d(8, 1, 4, 2, 1))
        self.inward = nn.Sequential(*down, nn.Linear(8 * 14 * 14, 4))
        self.outward = nn.Sequential(nn.Linear(2, 8 * 14 * 14), *up)

    def encode(self, x):
        mu, logvar = self.inward(x).chunk(2, -1)
        return mu, logvar

    def decode(self, z):
        return self.outward(z).sigmoid()

    def log_px_z(self, x, z):
        return vl.bernoulli_log_likelihood(x, self.outward(z))


def like_mnist(images):
    """Images as convolutions take them, (N, 1, 28, 28)."""
    return images.reshape(-1, 1, 28, 28)
