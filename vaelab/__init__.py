"""vaelab: the small package that the course runs on. `import vaelab as vl`, and `vl.load_mnist()`."""

import sys
import warnings
from importlib import import_module
from typing import TYPE_CHECKING

from vaelab.any_model import VariationalModel
from vaelab.data import (
    AlteredFile,
    CountMismatch,
    DataError,
    Dataset,
    MissingFile,
    Split,
    TruncatedFile,
    WrongMagicNumber,
    binarized,
    load_mnist,
)
from vaelab.diagnostics import (
    LatentSnapshot,
    LatentSummary,
    SampledSnapshot,
    active_units,
    coverage,
    gaussians,
    latent_snapshot,
    nearest_distance,
    neighbour_accuracy,
    prior_grid,
    summarize,
)
from vaelab.history import History, TrainingDiverged
from vaelab.likelihoods import bernoulli_log_likelihood, gaussian_log_likelihood, normal_log_density
from vaelab.memory import give_back_after_each_cell as _give_back_after_each_cell
from vaelab.models import VAE, Autoencoder, load_model, save_model
from vaelab.objectives import (
    ELBO,
    ReconstructionLoss,
    VAELoss,
    elbo,
    kl_to_standard_normal,
    log_evidence,
    reparameterize,
)
from vaelab.share import limit_threads as _limit_threads
from vaelab.toy import Toy
from vaelab.training import evaluate, fit
from vaelab.verdict import verdict

if TYPE_CHECKING:
    from vaelab.diagrams import data_flow, gradient_flow
    from vaelab.exercises import NotRight, exercise, explain, grade, predict, progress
    from vaelab.plots import image_grid, latent_scatter, show
    from vaelab.widgets import (
        ELBOPlayground,
        KLPlayground,
        LatentExplorer,
        LossComparison,
        ReparameterizationPlayground,
        TrainingPlayground,
        present,
    )

# Thirty kernels on one machine feel both.
_give_back_after_each_cell()
_limit_threads()

# With these come matplotlib and the widgets, a second's import on a slow machine: they wait until they are asked for.
_LATER = {
    "data_flow": "vaelab.diagrams",
    "gradient_flow": "vaelab.diagrams",
    "NotRight": "vaelab.exercises",
    "exercise": "vaelab.exercises",
    "explain": "vaelab.exercises",
    "grade": "vaelab.exercises",
    "predict": "vaelab.exercises",
    "progress": "vaelab.exercises",
    "image_grid": "vaelab.plots",
    "latent_scatter": "vaelab.plots",
    "show": "vaelab.plots",
    "ELBOPlayground": "vaelab.widgets",
    "KLPlayground": "vaelab.widgets",
    "LatentExplorer": "vaelab.widgets",
    "LossComparison": "vaelab.widgets",
    "ReparameterizationPlayground": "vaelab.widgets",
    "TrainingPlayground": "vaelab.widgets",
    "present": "vaelab.widgets",
}

# What was called otherwise up to 0.5: log p(x) is the evidence, p(x|z) the likelihood; and two diagrams, of two flows.
_RENAMED = {"log_likelihood": "log_evidence", "reparameterization": "gradient_flow"}

__all__ = [
    "ELBO",
    "VAE",
    "AlteredFile",
    "Autoencoder",
    "CountMismatch",
    "DataError",
    "Dataset",
    "ELBOPlayground",
    "History",
    "KLPlayground",
    "LatentExplorer",
    "LatentSnapshot",
    "LatentSummary",
    "LossComparison",
    "MissingFile",
    "NotRight",
    "ReconstructionLoss",
    "ReparameterizationPlayground",
    "SampledSnapshot",
    "Split",
    "Toy",
    "TrainingDiverged",
    "TrainingPlayground",
    "TruncatedFile",
    "VAELoss",
    "VariationalModel",
    "WrongMagicNumber",
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
    "gradient_flow",
    "image_grid",
    "kl_to_standard_normal",
    "latent_scatter",
    "latent_snapshot",
    "load_mnist",
    "load_model",
    "log_evidence",
    "nearest_distance",
    "neighbour_accuracy",
    "normal_log_density",
    "predict",
    "present",
    "prior_grid",
    "progress",
    "reparameterize",
    "save_model",
    "show",
    "summarize",
    "verdict",
]


def __getattr__(name: str) -> object:
    if name == "log_px_z":  # a function up to 0.5: what is now each model's own
        warnings.warn(
            "vl.log_px_z(model, x, z) is model.log_px_z(x, z) now; the old form goes in 0.7",
            category=FutureWarning,
            stacklevel=2,
        )
        return import_module("vaelab.any_model").log_likelihood
    if name in _RENAMED:
        new = _RENAMED[name]
        warnings.warn(
            f"vl.{name} is called vl.{new} now; the old name goes in 0.7", category=FutureWarning, stacklevel=2
        )
        return getattr(sys.modules[__name__], new)
    if name not in _LATER:
        raise AttributeError(f"module 'vaelab' has no attribute {name!r}")
    globals()[name] = value = getattr(import_module(_LATER[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
