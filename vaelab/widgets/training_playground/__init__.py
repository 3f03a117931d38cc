"""TrainingPlayground: three VAEs that learn in the page, by the KL, by the reconstruction, and by both."""

from vaelab.widgets.training_playground.widget import TrainingPlayground

__all__ = ["TrainingPlayground"]
