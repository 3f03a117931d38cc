"""ELBOPlayground: a Gaussian q(z) to drag over an exact posterior, while ELBO and KL share log p(x)."""

from vaelab.widgets.elbo_playground.widget import ELBOPlayground

__all__ = ["ELBOPlayground"]
