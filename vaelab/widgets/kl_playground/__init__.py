"""KLPlayground: two Gaussians to drag, and the KL divergence between them, both ways, as an area and as a formula."""

from vaelab.widgets.kl_playground.widget import KLPlayground

__all__ = ["KLPlayground"]
