"""vaelab: the small package that the course runs on. `import vaelab as vl`, and `vl.load_mnist()`."""

from vaelab.data import binarized, load_mnist
from vaelab.diagnostics import (
    active_units,
    coverage,
    gaussians,
    latent_snapshot,
    nearest_distance,
    neighbour_accuracy,
    prior_grid,
    summarize,
)
from vaelab.diagrams import data_flow, reparameterization
from vaelab.exercises import exercise, explain, grade, predict, progress
from vaelab.models import VAE, Autoencoder, load_model, save_model
from vaelab.objectives import (
    ReconstructionLoss,
    VAELoss,
    bernoulli_log_likelihood,
    elbo,
    gaussian_log_likelihood,
    kl_to_standard_normal,
    log_likelihood,
    log_px_z,
    normal_log_density,
    reparameterize,
)
from vaelab.plots import image_grid, latent_scatter, show
from vaelab.training import History, TrainingDiverged, evaluate, fit
from vaelab.verdict import verdict
from vaelab.widgets import ELBOPlayground, KLPlayground, LatentExplorer, LossComparison, ReparameterizationPlayground

__all__ = [
    "VAE",
    "Autoencoder",
    "ELBOPlayground",
    "History",
    "KLPlayground",
    "LatentExplorer",
    "LossComparison",
    "ReconstructionLoss",
    "ReparameterizationPlayground",
    "TrainingDiverged",
    "VAELoss",
    "active_units",
    "bernoulli_log_likelihood",
    "binarized",
    "coverage",
    "data_flow",
    "elbo",
    "evaluate",
    "exercise",
    "explain",
    "fit",
    "gaussian_log_likelihood",
    "gaussians",
    "grade",
    "image_grid",
    "kl_to_standard_normal",
    "latent_scatter",
    "latent_snapshot",
    "load_mnist",
    "load_model",
    "log_likelihood",
    "log_px_z",
    "nearest_distance",
    "neighbour_accuracy",
    "normal_log_density",
    "predict",
    "prior_grid",
    "progress",
    "reparameterization",
    "reparameterize",
    "save_model",
    "show",
    "summarize",
    "verdict",
]
