"""Widgets that compute in the browser: the weights travel there once, and what one drags answers without the kernel."""

from vaelab.widgets.latent_explorer import LatentExplorer
from vaelab.widgets.loss_comparison import LossComparison

__all__ = ["LatentExplorer", "LossComparison"]
