"""Widgets that compute in the browser: the weights travel there once, and what one drags answers without the kernel."""

from vaelab.widgets.elbo_playground import ELBOPlayground
from vaelab.widgets.kl_playground import KLPlayground
from vaelab.widgets.latent_explorer import LatentExplorer
from vaelab.widgets.loss_comparison import LossComparison
from vaelab.widgets.reparameterization_playground import ReparameterizationPlayground
from vaelab.widgets.stage import present
from vaelab.widgets.training_playground import TrainingPlayground

__all__ = [
    "ELBOPlayground",
    "KLPlayground",
    "LatentExplorer",
    "LossComparison",
    "ReparameterizationPlayground",
    "TrainingPlayground",
    "present",
]
