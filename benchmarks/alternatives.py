"""What training is measured against: the usual loop, a library, and the matrix products that no loop can do without.

All three do one epoch's work of PyTorch's VAE example, https://github.com/pytorch/examples/blob/main/vae/main.py:
784-400-20, ReLU, batches of 128, Adam at 1e-3, 60,000 images.
"""

import itertools
import logging
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

import vaelab as vl

BATCH = 128


class UsualVAE(nn.Module):
    """The example's model, as it stands there."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 400)
        self.fc21 = nn.Linear(400, 20)
        self.fc22 = nn.Linear(400, 20)
        self.fc3 = nn.Linear(20, 400)
        self.fc4 = nn.Linear(400, 784)

    def encode(self, x):
        """mu and logvar."""
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        """A draw."""
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        """The pixels."""
        h3 = F.relu(self.fc3(z))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x):
        """The reconstruction, and what the loss needs besides."""
        mu, logvar = self.encode(x.view(-1, 784))
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def usual_loss(recon_x, x, mu, logvar):
    """The example's loss: the sum over the batch."""
    bce = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce + kld


class PILImages(Dataset):
    """MNIST as torchvision's `datasets.MNIST(transform=ToTensor())` gives it: image by image, by way of PIL."""

    def __init__(self, images: Tensor, labels: Tensor):
        self.data = (images * 255).round().to(torch.uint8).reshape(-1, 28, 28)
        self.targets = labels

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        image, target = Image.fromarray(self.data[index].numpy()), int(self.targets[index])
        pixels = torch.from_numpy(np.array(image, np.uint8, copy=True)).view(image.size[1], image.size[0], 1)
        return pixels.permute(2, 0, 1).contiguous().to(torch.float32).div(255), target


class UsualLoop:
    """The example's training, an epoch at a time."""

    def __init__(self, split: vl.data.Split, device: str = "cpu"):
        self.loader, self.device = DataLoader(PILImages(*split), batch_size=BATCH, shuffle=True), device
        torch.manual_seed(0)
        self.model = UsualVAE().to(device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3)

    def epoch(self) -> float:
        """One epoch; the seconds that it took."""
        began = time.perf_counter()
        self.model.train()
        train_loss = 0
        for data, _ in self.loader:
            data = data.to(self.device)
            self.optimizer.zero_grad()
            recon_batch, mu, logvar = self.model(data)
            loss = usual_loss(recon_batch, data, mu, logvar)
            loss.backward()
            train_loss += loss.item()
            self.optimizer.step()
        return time.perf_counter() - began

    @torch.no_grad()
    def held_out(self, images: Tensor) -> float:
        """The loss of one held-out image, in nats."""
        self.model.eval()
        reconstruction, mu, logvar = self.model(images)
        return usual_loss(reconstruction, images, mu, logvar).item() / len(images)


class Pythae:
    """The same networks and batches, trained by pythae's own loop (https://pypi.org/project/pythae)."""

    def __init__(self, images: Tensor, folder: str):
        logging.disable(logging.INFO)
        from pythae.data.datasets import BaseDataset
        from pythae.models import VAE, VAEConfig
        from pythae.models.base.base_utils import ModelOutput
        from pythae.models.nn import BaseDecoder, BaseEncoder
        from pythae.trainers import BaseTrainer, BaseTrainerConfig

        class Encoder(BaseEncoder):
            def __init__(self):
                super().__init__()
                self.hidden, self.mu, self.logvar = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)

            def forward(self, x):
                h = F.relu(self.hidden(x))
                return ModelOutput(embedding=self.mu(h), log_covariance=self.logvar(h))

        class Decoder(BaseDecoder):
            def __init__(self):
                super().__init__()
                self.layers = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784), nn.Sigmoid())

            def forward(self, z):
                return ModelOutput(reconstruction=self.layers(z))

        model = VAE(VAEConfig(input_dim=(784,), latent_dim=20, reconstruction_loss="bce"), Encoder(), Decoder())
        settings = BaseTrainerConfig(
            output_dir=folder, per_device_train_batch_size=BATCH, learning_rate=1e-3, num_epochs=1, no_cuda=True
        )
        self.trainer = BaseTrainer(model, BaseDataset(images, torch.zeros(len(images))), training_config=settings)
        self.trainer.prepare_training()

    def epoch(self) -> float:
        """One epoch of its loop, without what surrounds it (checkpoints, logs, a progress bar); the seconds it took."""
        began = time.perf_counter()
        self.trainer.train_step(epoch=1)
        return time.perf_counter() - began


def matrix_products(images: Tensor, widths: tuple[int, ...] = (784, 400, 40), code: int = 20) -> float:
    """The seconds that one epoch's matrix products take, alone: forward, and backward to weights and activations."""
    encoder = list(itertools.pairwise(widths))
    decoder = list(itertools.pairwise((code, *reversed(widths[:-1]))))
    layers = [
        (torch.rand(BATCH, inputs), torch.rand(outputs, inputs), torch.rand(BATCH, outputs))
        for inputs, outputs in encoder + decoder
    ]
    began = time.perf_counter()
    for x in images.split(BATCH):
        layers[0] = (x, *layers[0][1:])
        for inputs, weights, outputs in layers:
            inputs @ weights.T
            outputs[: len(inputs)].T @ inputs
            if inputs is not x:
                outputs @ weights
    return time.perf_counter() - began
