import pickle

import numpy as np
import pytest
import torch
from torch.distributions import Normal

import vaelab as vl
from vaelab.diagnostics import LatentSnapshot


@pytest.fixture
def vae():
    return vl.VAE(latent_dim=2, hidden=(8,), data_dim=16)


@pytest.fixture
def images(generator):
    return torch.rand(20, 16, generator=generator)


def test_gaussians_are_the_encoders(vae, images):
    mu, logvar = vae.encode(images)
    snapshot = vl.gaussians(vae, images)
    assert torch.equal(snapshot.mu, mu) and not snapshot.mu.requires_grad
    torch.testing.assert_close(snapshot.sigma**2, logvar.exp().detach())
    assert torch.equal(vl.latent_snapshot(images)(vae).sigma, snapshot.sigma)


def test_a_snapshot_keeps_what_the_same_draws_of_the_prior_decode_to(vae, images):
    take = vl.latent_snapshot(images)
    snapshot, other = take(vae), take(vl.VAE(hidden=(8,), data_dim=16, seed=1))
    z = torch.randn(16, 2, generator=torch.Generator().manual_seed(0))
    assert torch.equal(snapshot.samples, vae.decode(z).detach()) and not snapshot.samples.requires_grad
    assert torch.equal(other.samples, vl.VAE(hidden=(8,), data_dim=16, seed=1).decode(z).detach())


class Away(torch.Tensor):
    """A stand-in for numbers on another device: `cpu` makes plain tensors of them."""

    def cpu(self):
        return self.as_subclass(torch.Tensor)


class ModelElsewhere(torch.nn.Linear):
    """Its weights are on the meta device; it takes only what is there, and what it gives is Away."""

    def __init__(self):
        super().__init__(16, 2, device="meta")

    def encode(self, x):
        assert x.device.type == "meta"
        return torch.ones(len(x), 2).as_subclass(Away), torch.zeros(len(x), 2).as_subclass(Away)

    def decode(self, z):
        assert z.device.type == "meta"
        return torch.ones(len(z), 16).as_subclass(Away)


def test_images_go_to_the_model_and_what_it_makes_of_them_comes_back(images):
    snapshot = vl.latent_snapshot(images)(ModelElsewhere())
    assert [type(numbers) for numbers in (*snapshot, snapshot.samples)] == [torch.Tensor] * 3


def test_a_snapshot_leaves_the_global_random_state_as_it_was(vae, images):
    torch.manual_seed(5)
    state = torch.get_rng_state()
    vl.latent_snapshot(images)(vae)
    assert torch.equal(state, torch.get_rng_state())


def test_a_snapshot_with_draws_still_is_two_tensors(vae, images):
    snapshot = vl.latent_snapshot(images)(vae)
    mu, sigma = snapshot
    assert torch.equal(mu, snapshot.mu) and torch.equal(sigma, snapshot[1]) and len(snapshot) == 2
    assert vl.summarize(snapshot) == vl.summarize(vl.gaussians(vae, images))
    assert torch.equal(pickle.loads(pickle.dumps(snapshot)).samples, snapshot.samples)
    replaced = snapshot._replace(mu=mu + 1)
    assert torch.equal(replaced.mu, mu + 1) and replaced.samples is None, "another space has other draws"


def test_a_model_that_can_not_decode_has_a_snapshot_without_draws():
    class Encoder(torch.nn.Linear):
        def encode(self, x):
            return self(x).chunk(2, dim=-1)

    assert vl.latent_snapshot(torch.rand(5, 6))(Encoder(6, 4)).samples is None


def test_active_units_counts_the_dimensions_that_vary():
    mu = torch.stack([torch.linspace(-1, 1, 50), torch.full((50,), 3.0), torch.linspace(0, 0.1, 50)], dim=1)
    assert vl.active_units(mu) == 1
    assert vl.active_units(mu, threshold=1e-6) == 2
    spread = torch.tensor([[-1.0, -1.0], [1.0, 1.0]]) * torch.tensor([0.0708, 0.0706])  # variances 0.01003 and 0.00997
    assert vl.active_units(spread) == 1
    assert vl.active_units(torch.tensor([[0.0], [2.0]]), threshold=2.0) == 0, "exactly the threshold is not above it"


def test_a_summary_takes_the_mean_over_images_and_dimensions():
    mu, sigma = torch.tensor([[-1.0, 2.0], [0.0, 2.0], [-4.0, 2.0]]), torch.tensor([[0.1, 0.2], [0.3, 0.4], [0.5, 0.9]])
    assert vl.summarize(LatentSnapshot(mu, sigma)) == pytest.approx((11 / 6, 2.4 / 6, 1))


def test_coverage_of_one_standard_gaussian_is_the_mass_within_the_radius(generator):
    z = torch.randn(20_000, 2, generator=generator)
    prior = LatentSnapshot(torch.zeros(3, 2), torch.ones(3, 2))
    for radius, mass in ((1.0, 0.3935), (2.0, 0.8647)):
        assert vl.coverage(z, prior, radius) == pytest.approx(mass, abs=0.02)


def test_coverage_measures_each_direction_in_its_own_sigma():
    flat = LatentSnapshot(torch.tensor([[1.0, 1.0]]), torch.tensor([[2.0, 0.1]]))
    assert vl.coverage(torch.tensor([[4.9, 1.0]]), flat) == 1
    assert vl.coverage(torch.tensor([[1.0, 1.3]]), flat) == 0
    assert vl.coverage(torch.tensor([[5.0, 1.0], [5.1, 1.0]]), flat) == 0.5, "on the edge is within"


def test_coverage_is_the_share_of_all_points_however_many():
    z = torch.arange(450.0)[:, None]
    some = LatentSnapshot(torch.tensor([[0.0], [300.0]]), torch.tensor([[10.0], [45.0]]))
    assert vl.coverage(z, some) == (21 + 181) / 450  # 0..20 and 210..390


def test_gaussians_carry_no_gradient(vae, images):
    assert not any(numbers.requires_grad for numbers in vl.gaussians(vae, images))


def test_nearest_distance():
    codes = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    assert vl.nearest_distance(torch.tensor([[0.0, 1.0], [3.0, 2.0]]), codes).tolist() == [1.0, 2.0]
    many = torch.rand(2500, 2)
    torch.testing.assert_close(
        vl.nearest_distance(many, codes), many.norm(dim=1).minimum((many - codes[1]).norm(dim=1))
    )


def test_nearest_distance_is_exact_far_from_the_origin():
    codes = 100 * torch.rand(500, 2, generator=torch.Generator().manual_seed(0))
    assert vl.nearest_distance(codes, codes).max() == 0


def test_a_point_is_no_gaussian():
    with pytest.raises(TypeError, match=r"Autoencoder.encode gives one tensor.*model.encode"):
        vl.gaussians(vl.Autoencoder(), torch.rand(2, 784))


def test_neighbour_accuracy_of_separate_and_of_meaningless_codes(generator):
    labels = torch.arange(2500) % 5
    noise = torch.randn(2500, 2, generator=generator)
    apart = 100 * torch.stack([labels, labels**2], dim=1) + noise
    accuracy = vl.neighbour_accuracy(apart, labels)
    assert accuracy == 1 and type(accuracy) is float
    assert vl.neighbour_accuracy(noise, labels) == pytest.approx(1 / 5, abs=0.05)


def test_labels_of_other_codes_are_refused():
    with pytest.raises(ValueError, match=r"labels must be one for each of the 500 codes; got a tensor \(1000,\)"):
        vl.neighbour_accuracy(torch.rand(500, 2), torch.zeros(1000))


def test_a_code_is_not_its_own_neighbour():
    assert vl.neighbour_accuracy(torch.tensor([[0.0], [1.0], [10.0], [11.0]]), torch.tensor([0, 1, 2, 3]), k=1) == 0


def test_neighbour_accuracy_asks_exactly_k_neighbours():
    """Counted again, one code at a time; with ten, eleven and nine neighbours the share differs."""
    generator = torch.Generator().manual_seed(3)
    codes, labels = torch.randn(700, 2, generator=generator), torch.randint(3, (700,), generator=generator)

    def share(k):
        right = 0
        for i in range(700):
            others = torch.cat([torch.arange(i), torch.arange(i + 1, 700)])
            nearest = labels[others[(codes[others] - codes[i]).norm(dim=1).argsort()[:k]]]
            right += int(nearest.bincount(minlength=3).argmax() == labels[i])
        return right / 700

    shares = {k: share(k) for k in (1, 4, 5, 6, 9, 10, 11)}
    assert len({shares[k] for k in (4, 5, 6)}) == len({shares[k] for k in (9, 10, 11)}) == 3
    assert vl.neighbour_accuracy(codes, labels, k=1) == shares[1]
    assert vl.neighbour_accuracy(codes, labels, k=5) == shares[5]
    assert vl.neighbour_accuracy(codes, labels) == shares[10]


def test_the_prior_grid_cuts_the_prior_into_cells_of_equal_probability():
    rows = 20
    grid = vl.prior_grid(rows)
    assert grid.shape == (400, 2)
    probability = Normal(0.0, 1.0).cdf(grid).reshape(rows, rows, 2)
    steps = (torch.arange(rows) + 0.5) / rows
    torch.testing.assert_close(probability[0, :, 0], steps)  # z1 rises to the right
    torch.testing.assert_close(probability[:, 0, 1], steps.flip(0))  # z2 rises to the top


def test_logvar_is_no_sigma():
    mu, logvar = vl.VAE(hidden=(8,), data_dim=9).encode(torch.rand(20, 9))
    for call in (lambda: vl.summarize((mu, logvar)), lambda: vl.coverage(torch.zeros(3, 2), (mu, logvar))):
        with pytest.raises(ValueError, match=r"snapshot.sigma must be above 0.*If it is logvar, take vl.gaussians"):
            call()


def test_codes_in_half_precision_are_codes():
    codes = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        assert vl.nearest_distance(torch.tensor([[3.0, 0.0]]), codes.to(dtype)).tolist() == [3.0]


def test_labels_of_several_kinds_are_refused():
    with pytest.raises(TypeError, match="labels must be all numbers or all strings, without None"):
        vl.neighbour_accuracy(torch.rand(4, 2), np.array(["a", None, "b", None], object), k=1)


def test_what_a_model_draws_is_the_same_with_and_without_a_look():
    class Noisy(vl.VAE):
        def encode(self, x):
            return super().encode(x + 0.1 * torch.randn_like(x))

    images, trained = torch.rand(40, 9), []
    for callback in (None, lambda model, history: vl.gaussians(model, images)):
        vae = Noisy(hidden=(8,), data_dim=9)
        torch.manual_seed(0)
        vl.fit(vae, vl.VAELoss(), images, epochs=2, batch_size=10, callback=callback)
        trained.append(vae.encoder[0].weight.detach())
    assert torch.equal(*trained)
