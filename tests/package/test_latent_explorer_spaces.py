"""What spaces.js computes of points in a latent space, run in Node: what PyTorch computes."""

import torch
from support import node

import vaelab as vl

SPACES = "latent_explorer/spaces.js"


def test_the_nearest_code_is_the_nearest(vae, mnist, generator):
    codes = vl.gaussians(vae, mnist.test.images[:500]).mu
    z = 2 * torch.randn(50, 2, generator=generator)
    found = node.run(
        SPACES, "points.map((z) => nearestCode(codes, z))", codes=codes.flatten().tolist(), points=z.tolist()
    )
    assert [one["index"] for one in found] == torch.cdist(z, codes).argmin(1).tolist()
    distances = torch.tensor([one["distance"] for one in found])
    torch.testing.assert_close(distances, vl.nearest_distance(z, codes), rtol=1e-4, atol=1e-5)


def test_the_density_of_the_prior_is_pytorchs(generator):
    z = 3 * torch.randn(50, 2, generator=generator)
    found = torch.tensor(node.run(SPACES, "points.map(logPrior)", points=z.tolist()))
    torch.testing.assert_close(found, torch.distributions.Normal(0, 1).log_prob(z).sum(1))
