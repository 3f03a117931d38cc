"""ReparameterizationPlayground: fixed draws eps that mu and sigma carry along, and two estimators of a gradient."""

from vaelab.widgets.reparameterization_playground.widget import ReparameterizationPlayground

__all__ = ["ReparameterizationPlayground"]
