"""The two models: their layers, what of them is a probability, and how they are kept in a file."""

import json
import math
import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import vaelab as vl
from vaelab.models import mlp


def widths(layers):
    return [(layer.in_features, layer.out_features) for layer in layers if isinstance(layer, torch.nn.Linear)]


def test_the_decoder_has_the_encoders_layers_in_reverse():
    autoencoder = vl.Autoencoder(3, (20, 10), data_dim=49)
    vae = vl.VAE(3, (20, 10), data_dim=49)
    assert widths(autoencoder.encoder) == [(49, 20), (20, 10), (10, 3)]
    assert widths(vae.encoder) == [(49, 20), (20, 10), (10, 6)]
    assert widths(autoencoder.decoder) == widths(vae.decoder) == [(3, 10), (10, 20), (20, 49)]
    assert [type(layer) for layer in vae.decoder[1::2]] == [torch.nn.ReLU, torch.nn.ReLU]


def test_the_defaults_are_those_of_the_course():
    assert vl.Autoencoder().config == {"latent_dim": 2, "hidden": (256, 128), "data_dim": 784}
    rest = {"likelihood": "bernoulli", "sigma": 0.2}
    assert vl.VAE().config == {"latent_dim": 2, "hidden": (256, 128), "data_dim": 784, **rest}
    for model in (vl.Autoencoder, vl.VAE):
        assert torch.equal(model().encoder[0].weight, model(seed=0).encoder[0].weight)


def test_what_the_layers_give_is_logits_and_mu_before_logvar():
    x, z = torch.rand(5, 49), 3 * torch.randn(5, 2)
    for model in (vl.Autoencoder(2, (20,), 49), vl.VAE(2, (20,), data_dim=49)):
        torch.testing.assert_close(model.decode(z), 1 / (1 + torch.exp(-model.decoder(z))))
    mu, logvar = model.encode(x)
    assert torch.equal(torch.cat([mu, logvar], dim=1), model.encoder(x))
    assert [half.shape for half in model.encode(x.expand(3, 5, 49))] == [(3, 5, 2), (3, 5, 2)]


def test_the_smallest_layers_and_what_is_no_width():
    assert widths(mlp(1, 1)) == [(1, 1)]
    for wrong in ((), (3,), (3, 0), (True, 2), (3, 2.0)):
        with pytest.raises((TypeError, ValueError), match=r"at least two widths|a whole number of at least 1"):
            mlp(*wrong)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("latent_dim", [1, 2, 10])
def test_shapes_and_ranges_of_a_vae(likelihood, latent_dim):
    vae = vl.VAE(latent_dim=latent_dim, hidden=(20, 10), likelihood=likelihood, data_dim=49)
    x = torch.rand(5, 49)
    mu, logvar = vae.encode(x)
    assert mu.shape == logvar.shape == (5, latent_dim)
    assert vae.decode(100 * mu).shape == (5, 49)
    assert vae.decode(100 * mu).min() >= 0 and vae.decode(100 * mu).max() <= 1
    assert vae.decode(torch.zeros(3, 5, latent_dim)).shape == (3, 5, 49)


def test_an_autoencoder_reconstructs_through_its_code():
    autoencoder = vl.Autoencoder(latent_dim=3, hidden=(20,))
    x = torch.rand(5, 784)
    assert autoencoder.encode(x).shape == (5, 3)
    assert torch.equal(autoencoder(x), autoencoder.decode(autoencoder.encode(x)))


def test_a_vae_reconstructs_from_the_centre_without_noise():
    vae, x = vl.VAE(), torch.rand(5, 784)
    assert torch.equal(vae(x), vae(x))
    assert torch.equal(vae(x), vae.decode(vae.encode(x)[0]))


@pytest.mark.parametrize("model", [vl.VAE, vl.Autoencoder])
def test_the_seed_alone_sets_the_initial_weights(model):
    torch.manual_seed(5)
    state = torch.get_rng_state()
    first = model(seed=1).state_dict()
    assert torch.equal(state, torch.get_rng_state())
    torch.manual_seed(6)
    again, other = model(seed=1).state_dict(), model(seed=2).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first)


def test_bad_arguments_say_what_was_expected():
    with pytest.raises(ValueError, match='"bernoulli" or "gaussian"; got \'poisson\''):
        vl.VAE(likelihood="poisson")
    for sigma in (0, -1, math.inf, math.nan):
        with pytest.raises(ValueError, match=rf"sigma.*above 0; got {sigma}"):
            vl.VAE(likelihood="gaussian", sigma=sigma)
    assert vl.VAE(sigma=2).sigma == 2
    for model in (vl.Autoencoder, vl.VAE):
        with pytest.raises(ValueError, match="latent_dim must be a whole number of at least 1; got 0"):
            model(latent_dim=0)
        with pytest.raises(
            TypeError, match=r"hidden, each of its widths, must be a whole number of at least 1; got 256.0"
        ):
            model(hidden=(256.0,))
        with pytest.raises(TypeError, match=r"hidden must be the widths .* such as \(256, 128\); got 64"):
            model(2, 64)
        with pytest.raises(TypeError, match="data_dim must be a whole number of at least 1; got 'gaussian'"):
            model(2, (64,), "gaussian")
        small = model(np.int64(3), np.array([8, 4]), np.uint8(9), seed=np.int32(5))
        assert small.config == model(3, (8, 4), 9).config and type(small.latent_dim) is int
    with pytest.raises(
        ValueError, match=r"x must be images of shape \(B, 784\), a row each; got \(5, 28, 28\).*flatten"
    ):
        vl.VAE().encode(torch.rand(5, 28, 28))
    with pytest.raises(
        TypeError, match=r"such as x.float\(\), or x.float\(\) / 255.*; got a tensor \(5, 784\) of uint8"
    ):
        vl.VAE().encode(torch.zeros(5, 784, dtype=torch.uint8))
    with pytest.raises(TypeError, match=r"such as x.to\(torch.float64\); got a tensor \(5, 784\) of float32"):
        vl.VAE().double().encode(torch.zeros(5, 784))
    with pytest.raises(TypeError, match="got a NumPy array"):
        vl.VAE().encode(torch.rand(5, 784).numpy())
    for model in (vl.Autoencoder(), vl.VAE()):
        with pytest.raises(ValueError, match=r"x must be .*\(B, 784\).*; got \(5, 28, 28\)"):
            model.encode(torch.rand(5, 28, 28))
        with pytest.raises(ValueError, match=r"z must be codes of shape \(B, 2\).*; got \(5, 3\)"):
            model.decode(torch.rand(5, 3))


@pytest.mark.parametrize(
    "model",
    [
        vl.Autoencoder(latent_dim=3, hidden=(20, 10), data_dim=49, seed=4),
        vl.VAE(latent_dim=5, hidden=(20,), likelihood="gaussian", data_dim=49, sigma=0.3, seed=4),
    ],
)
def test_a_saved_model_comes_back_the_same(model, tmp_path):
    path = tmp_path / "model.safetensors"
    vl.save_model(model, path)
    loaded = vl.load_model(path)
    assert type(loaded) is type(model) and loaded.config == model.config
    x = torch.rand(5, 49)
    assert torch.equal(model(x), loaded(x))


def test_a_saved_model_comes_back_as_precise_as_it_was(tmp_path):
    vae = vl.VAE(hidden=(8,), data_dim=9).double()
    vl.save_model(vae, tmp_path / "model.safetensors")
    x = torch.rand(5, 9, dtype=torch.float64)
    assert torch.equal(vl.load_model(tmp_path / "model.safetensors")(x), vae(x))


def test_each_weight_comes_back_as_precise_as_it_was_and_tied_ones_too(tmp_path):
    vae = vl.VAE(2, (4,), 4)
    vae.decoder.half()
    vae.encoder[0].weight = vae.encoder[2].weight  # both (4, 4)
    vae.sigma = np.float32(0.5)
    vl.save_model(vae, tmp_path / "model.safetensors")
    loaded = vl.load_model(tmp_path / "model.safetensors")
    for name, weight in vae.state_dict().items():
        assert loaded.state_dict()[name].dtype == weight.dtype and torch.equal(loaded.state_dict()[name], weight)
    assert loaded.sigma == 0.5 and loaded.encoder[0].weight.requires_grad


def test_a_saved_model_holds_no_pickled_code(tmp_path):
    path = tmp_path / "model.safetensors"
    vl.save_model(vl.VAE(), path)
    with pytest.raises(pickle.UnpicklingError):
        pickle.loads(path.read_bytes())
    header = json.loads(path.read_bytes()[8 : 8 + int.from_bytes(path.read_bytes()[:8], "little")])
    assert {entry["dtype"] for name, entry in header.items() if name != "__metadata__"} == {"F32"}


def test_weights_in_any_layout_are_saved(tmp_path):
    vae = vl.VAE(hidden=(20,), data_dim=49)
    weight = vae.encoder[0].weight
    weight.data = weight.data.t().contiguous().t()
    vl.save_model(vae, tmp_path / "model.safetensors")
    assert torch.equal(vl.load_model(tmp_path / "model.safetensors").encoder[0].weight, weight)


def test_only_what_can_be_loaded_is_saved(tmp_path):
    class Own(vl.VAE):
        pass

    for model in (Own(), torch.nn.Linear(2, 2)):
        with pytest.raises(TypeError, match=rf"got {type(model).__name__}.*safetensors.torch.save_model"):
            vl.save_model(model, tmp_path / "model.safetensors")
    changed = vl.VAE(hidden=(8,), data_dim=9)
    changed.decoder.append(torch.nn.Linear(9, 9))
    with pytest.raises(ValueError, match="other layers or methods than"):
        vl.save_model(changed, tmp_path / "model.safetensors")
    other = vl.VAE(hidden=(8,), data_dim=9)
    other.encoder[1] = torch.nn.Tanh()
    patched = vl.VAE(hidden=(8,), data_dim=9)
    patched.log_px_z = lambda x, z: x.sum(1)
    for model in (other, patched):
        with pytest.raises(ValueError, match="other layers or methods than"):
            vl.save_model(model, tmp_path / "model.safetensors")
    with pytest.raises(FileNotFoundError, match=r"nowhere.* is in a folder that is not there"):
        vl.save_model(vl.VAE(), tmp_path / "nowhere" / "model.safetensors")
    assert not list(tmp_path.iterdir())
    vae = vl.VAE(likelihood="gaussian", sigma=torch.tensor(0.25))
    vl.save_model(vae, tmp_path / "model.safetensors")
    assert vl.load_model(tmp_path / "model.safetensors").sigma == 0.25


def test_loading_what_is_no_model(tmp_path):
    path = tmp_path / "model.safetensors"
    with pytest.raises(FileNotFoundError, match=r"not there.*save_model"):
        vl.load_model(path)
    path.write_bytes(b"not a model")
    with pytest.raises(ValueError, match="does not hold a vaelab model"):
        vl.load_model(path)
    save_file({"weight": torch.zeros(2)}, path)
    with pytest.raises(ValueError, match="does not hold a vaelab model"):
        vl.load_model(path)
    vl.save_model(vl.VAE(latent_dim=2), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="does not hold a vaelab model"):
        vl.load_model(path)
