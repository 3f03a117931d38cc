"""LatentExplorer: drag a point through a two-dimensional latent space and see what it decodes to."""

from vaelab.widgets.latent_explorer.widget import LatentExplorer

__all__ = ["LatentExplorer"]
