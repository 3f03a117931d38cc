"""Adam, as `fit` uses it: PyTorch's own fused update, without what a torch.optim.Optimizer brings along.

The first step of any torch.optim.Optimizer imports PyTorch's compiler, which nobody here uses: a second and a half, and
100 MB of the notebook's kernel. The update itself is a function that can be had without it.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim.adam import adam


class Adam:
    """Steps w <- w - lr m_hat / (sqrt(v_hat) + eps), where m and v follow the gradient g and its square.

    m <- beta1 m + (1 - beta1) g,    m_hat = m / (1 - beta1^t)
    v <- beta2 v + (1 - beta2) g^2,  v_hat = v / (1 - beta2^t)

    beta1 = 0.9 and eps = 1e-8, as in the paper, and beta2 = 0.95; t counts the steps of each weight w. One without a
    gradient stays as it is.

    The paper's beta2 = 0.999 remembers a thousand steps, and a lesson's training has a few hundred: v would be a mean
    over all of them, while the gradients shrink to a third. 0.95 remembers twenty steps, and the loss in the end is
    lower: benchmarks/README.md has the figures.

    Source: Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015.
    """

    def __init__(self, weights: Iterable[Tensor]):
        self.param_groups = [{"lr": 1e-3}]  # the rate of the next step, where PyTorch's optimizers have it
        self.state = {w: (torch.zeros_like(w), torch.zeros_like(w), _zero(w)) for w in weights}

    def zero_grad(self) -> None:
        """Drops the gradients of the step before, so that the next don't add to them."""
        for w in self.state:
            w.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """One step along the gradients that the weights hold."""
        gradients = {w: w.grad for w in self.state if w.grad is not None}
        if not gradients:
            return
        lr = self.param_groups[0]["lr"]
        m, v, t = (list(numbers) for numbers in zip(*(self.state[w] for w in gradients), strict=True))
        options: dict[str, Any] = {"beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weight_decay": 0}
        options |= {"amsgrad": False, "maximize": False, "fused": True}
        adam([*gradients], [*gradients.values()], m, v, [], t, lr=lr, **options)


def _zero(w: Tensor) -> Tensor:
    """A count of steps where the weight is, in the precision that the fused update asks for."""
    return torch.zeros((), device=w.device, dtype=torch.float32)
