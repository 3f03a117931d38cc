"""Models that a student may write, unlike those of the package."""

from torch import nn

import vaelab as vl


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
