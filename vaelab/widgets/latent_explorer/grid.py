"""What a model decodes over a map, where the page can't compute it: a grid of images, between which it interpolates."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from vaelab.widgets.latent_explorer.models import images_at
from vaelab.widgets.shared.base import as_grey

PICTURE = 15  # rows and columns of the picture's grid, and of the page's while a training runs
MOST = 4_000_000  # pixels that a page gets at most, if the images are not too large for PICTURE x PICTURE of them


class Grid(NamedTuple):
    """Images decoded at rows x rows points over [z1 low, z1 high, z2 low, z2 high], the top row first, in greys.

    The greys stand pixel by pixel, (D, rows, rows): as neighbours on the grid are alike, they deflate to half.
    """

    rows: int
    extent: list[float]
    greys: bytes

    @property
    def place(self) -> dict:
        """What the page is told of it, beside the greys."""
        return {"rows": self.rows, "extent": self.extent}


def points(extent: list[float], rows: int) -> Tensor:
    """The points (rows * rows, 2) of such a grid."""
    low1, high1, low2, high2 = extent
    z1 = torch.linspace(low1, high1, rows, dtype=torch.float32, device="cpu")
    z2 = torch.linspace(high2, low2, rows, dtype=torch.float32, device="cpu")
    return torch.cartesian_prod(z2, z1).flip(1)


def rows_of(data_dim: int) -> int:
    """How many rows the page's grid has: some times the picture's, whose points are among its own then."""
    times = next((times for times in (3, 2) if (14 * times + 1) ** 2 * data_dim <= MOST), 1)
    return times * (PICTURE - 1) + 1


def grid_of(model: nn.Module, extent: list[float], rows: int) -> Grid:
    """What the model decodes there now; raises ValueError if that is not finite."""
    images = images_at(model, points(extent, rows))
    if not images.isfinite().all():
        raise ValueError(f"the images that {type(model).__name__} decodes to are not all finite numbers")
    return Grid(rows, extent, as_grey(images.T))


def picture_rows(grid: Grid) -> Tensor:
    """Of a grid's images those that the picture shows: (PICTURE * PICTURE, D), in [0, 1]."""
    step = (grid.rows - 1) // (PICTURE - 1)
    greys = torch.frombuffer(bytearray(grid.greys), dtype=torch.uint8).reshape(-1, grid.rows, grid.rows)
    return greys[:, ::step, ::step].flatten(1).T / 255
