"""What notebook 08 says of its checks: each fault that is planted in a VAE makes one of them say so."""

import inspect
import re

import nbformat
import pytest
import torch

from tools.notebooks import paths
from vaelab.exercises import n08_vae

NOTEBOOK = nbformat.read(next(path for path in paths() if path.stem.startswith("08")), as_version=4)
SOLUTION = inspect.getsource(n08_vae.MyVAE) + "\n\n" + inspect.getsource(n08_vae.minus_elbo)
IMPORTS = "import math\nimport torch\nimport torch.nn.functional as F\nfrom torch import nn\nimport vaelab as vl\n"
DRAW = "mu + torch.exp(0.5 * logvar) * eps"
NOISE = "torch.randn(mu.shape, generator=generator, dtype=mu.dtype)"
FAULTS = {  # what stands in the solution, and what a student might write
    "a KL that is halved": ("kl = 0.5 *", "kl = 0.25 *"),
    "a KL that is doubled": ("kl = 0.5 *", "kl = "),
    "a KL with its sign flipped": ("kl = 0.5 *", "kl = -0.5 *"),
    "a KL averaged over the latent dimensions": ("logvar - 1).sum(-1)", "logvar - 1).mean(-1)"),
    "a KL summed over the images, too": ("logvar - 1).sum(-1)", "logvar - 1).sum()"),
    "a KL without its 1": ("- logvar - 1)", "- logvar)"),
    "a KL with + log sigma^2": ("- logvar - 1)", "+ logvar - 1)"),
    "a KL with sigma for sigma^2": ("logvar.exp() -", "(0.5 * logvar).exp() -"),
    "a KL with |mu| for mu^2": ("(mu**2 +", "(mu.abs() +"),
    "an ELBO without the KL": ("return log_px_z, kl, log_px_z - kl", "return log_px_z, kl, log_px_z"),
    "an ELBO that adds the KL": ("return log_px_z, kl, log_px_z - kl", "return log_px_z, kl, log_px_z + kl"),
    "a mean over pixels": ("-cross_entropy.sum(-1)", "-cross_entropy.mean(-1)"),
    "a sum over images": ("-cross_entropy.sum(-1)", "-cross_entropy.sum()"),
    "a likelihood with its sign flipped": ("-cross_entropy.sum(-1)", "cross_entropy.sum(-1)"),
    "1 - x for x": ("(logits, x, reduction", "(logits, 1 - x, reduction"),
    "the likelihood of a neighbour's image": ("(logits, x, reduction", "(logits, x.roll(1, 0), reduction"),
    "the pixels in another order": ("(logits, x, reduction", "(logits, x.flip(-1), reduction"),
    "the code of a neighbour's image": ("self.encode(x)", "self.encode(x.roll(1, 0))"),
    "a sigmoid where logits are meant": ("logits = self.decoder(z)", "logits = self.decoder(z).sigmoid()"),
    "sigma = exp(log sigma^2)": ("torch.exp(0.5 * logvar)", "torch.exp(logvar)"),
    "sigma = log sigma^2": ("torch.exp(0.5 * logvar)", "logvar"),
    "noise without sigma": ("torch.exp(0.5 * logvar) * eps", "eps"),
    "no noise": (DRAW, "mu"),
    "uniform noise": (NOISE, "3**0.5 * (2 * torch.rand(mu.shape, generator=generator, dtype=mu.dtype) - 1)"),
    "noise that the dimensions share": (NOISE, NOISE.replace("mu.shape", "(len(mu), 1)")),
    "noise from another generator": (NOISE, "torch.randn_like(mu)"),
    "a draw cut off from the gradient": (DRAW, f"({DRAW}).detach()"),
    "a loss that is the ELBO": ("return -elbo.mean()", "return elbo.mean()"),
    "a loss summed over the images": ("return -elbo.mean()", "return -elbo.sum()"),
}


@pytest.fixture(scope="module")
def held_out(mnist):
    return mnist.test.images[::3]


def checks() -> str:
    """Section 2 of the notebook, without its prediction."""
    cells = NOTEBOOK.cells
    first, last = (
        next(i for i, cell in enumerate(cells) if cell.cell_type == "markdown" and heading in cell.source)
        for heading in ("## 2. Check it", "## 3. Train it")
    )
    code = [cell.source for cell in cells[first:last] if cell.cell_type == "code"]
    return "\n".join(source for source in code if "vl.predict" not in source and "vl.explain" not in source)


def said(source: str, held_out: torch.Tensor, capsys) -> list[str]:
    """The verdicts on a VAE."""
    exec(IMPORTS + source + "\n\n" + checks(), {"held_out": held_out})
    return re.findall("^holds:|^DOES NOT HOLD:", capsys.readouterr().out, re.MULTILINE)


def test_the_solution_passes(held_out, capsys):
    verdicts = said(SOLUTION, held_out, capsys)
    assert len(verdicts) > 10 and set(verdicts) == {"holds:"}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_noticed(fault, held_out, capsys):
    right, wrong = FAULTS[fault]
    assert SOLUTION.count(right) == 1
    assert "DOES NOT HOLD:" in said(SOLUTION.replace(right, wrong), held_out, capsys)


def test_the_notebook_counts_them():
    assert any(f"We planted {len(FAULTS)} faults" in cell.source for cell in NOTEBOOK.cells)
