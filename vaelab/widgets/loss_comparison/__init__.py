"""LossComparison: the latent spaces of several trainings side by side, epoch by epoch, also while they are trained."""

from vaelab.widgets.loss_comparison.widget import LossComparison

__all__ = ["LossComparison"]
