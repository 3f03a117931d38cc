"""What TrainingPlayground's page computes, beside PyTorch: the loss, every gradient, Adam, what a training comes to."""

import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
import traitlets
from support import node

import vaelab as vl
from vaelab.adam import Adam
from vaelab.training import one_cycle
from vaelab.widgets.loss_comparison.numbers import extent_of_gaussians
from vaelab.widgets.shared.perceptron import bytes_of
from vaelab.widgets.training_playground.widget import CHOICES, HIDDEN, LEVELS

FOLDER = "training_playground"
MODULES = [
    f"{FOLDER}/{name}.js" for name in ("adam", "extent", "images", "rows", "summary", "training", "turns", "vae")
]
ROWS = """const bytes = (images) => Uint8Array.from(images.flat());
const rowsOf = (images) =>
  imagesOf({ levels: bytes(images), white, training: 0, pixels, hidden }).heldOut;"""
LINEAR = torch.nn.Linear


def computed(body: str, **names):
    """What a function's body gives that knows what the page's modules export, and these names."""
    names = {"white": LEVELS - 1, "hidden": list(HIDDEN), "pixels": 784, **names}
    return node.run(MODULES, f"(() => {{ {ROWS} {body} }})()", **names)


def weights_of(model: vl.VAE) -> list[float]:
    """As the page has them: the encoder's, then the decoder's, layer after layer."""
    layers = [layer for half in (model.encoder, model.decoder) for layer in half if isinstance(layer, LINEAR)]
    return np.frombuffer(bytes_of(layers), "<f4").tolist()


def gradients_of(model: vl.VAE) -> torch.Tensor:
    layers = [layer for half in (model.encoder, model.decoder) for layer in half if isinstance(layer, LINEAR)]
    return torch.cat([part.flatten() for layer in layers for part in (layer.weight.grad.T, layer.bias.grad)])


def loss_of(model, x, eps, reconstruction: float, kl: float):
    """The loss with this noise, and its two terms."""
    mu, logvar = model.encode(x)
    terms = -model.log_px_z(x, mu + torch.exp(logvar / 2) * eps).mean(), vl.kl_to_standard_normal(mu, logvar).mean()
    return reconstruction * terms[0] + kl * terms[1], terms


@pytest.fixture(scope="module")
def levels(mnist) -> torch.Tensor:
    """Images in the page's levels of grey, (200, 784)."""
    return ((LEVELS - 1) * mnist.train.images[:200]).round()


def trained_a_little(hidden=HIDDEN, pixels: int = 784) -> vl.VAE:
    """A model whose q(z|x) are no longer all alike."""
    model = vl.VAE(hidden=hidden, data_dim=pixels, seed=3)
    with torch.no_grad():
        model.encoder[-1].weight *= 6
    return model


@pytest.mark.parametrize(("reconstruction", "kl"), [(1, 1), (0, 1), (1, 0), (0.5, 10)])
def test_the_loss_and_every_gradient_are_pytorchs(levels, reconstruction, kl):
    model, batch = trained_a_little(), levels[:128]
    eps = torch.randn(128, 2, generator=torch.Generator().manual_seed(0))
    got = computed(
        """const vae = new VAE(hidden, pixels, images.length);
        vae.weights.set(weights);
        const terms = vae.learn(rowsOf(images), Float32Array.from(eps.flat()), share);
        return { ...terms, gradient: [...vae.gradient] };""",
        weights=weights_of(model),
        images=batch.tolist(),
        eps=eps.tolist(),
        share={"reconstruction": reconstruction, "kl": kl},
    )
    model.double()
    loss, (expected_reconstruction, expected_kl) = loss_of(
        model, batch.double() / (LEVELS - 1), eps.double(), reconstruction, kl
    )
    loss.backward()
    assert got["kl"] == pytest.approx(expected_kl.item(), rel=1e-5)
    if reconstruction:
        assert got["reconstruction"] == pytest.approx(expected_reconstruction.item(), rel=1e-5)
    else:
        assert got["reconstruction"] is None, "nobody decodes where nothing is learned of it"
    start, gradient = 0, torch.tensor(got["gradient"], dtype=torch.float64)
    for half in (model.encoder, model.decoder):
        for layer in half:
            if not isinstance(layer, LINEAR):
                continue
            for part in (layer.weight.grad.T, layer.bias.grad):
                own = gradient[start : start + part.numel()].reshape(part.shape)
                assert torch.linalg.vector_norm(own - part) <= 1e-5 * torch.linalg.vector_norm(part), layer
                start += part.numel()
    assert start == len(gradient)


def test_a_code_of_zero_passes_its_gradient_on(levels):
    """Only a ReLU's zeros stop a gradient: z = 0 is a place like any other."""
    model = trained_a_little(hidden=(6,))
    with torch.no_grad():
        model.encoder[-1].weight.zero_()
        model.encoder[-1].bias.zero_()
    got = computed(
        """const vae = new VAE(hidden, pixels, 3);
        vae.weights.set(weights);
        vae.learn(rowsOf(images), new Float32Array(6), { reconstruction: 1, kl: 0 });
        return [...vae.gradient];""",
        hidden=[6],
        weights=weights_of(model),
        images=levels[:3].tolist(),
    )
    loss, _ = loss_of(model, levels[:3] / (LEVELS - 1), torch.zeros(3, 2), 1, 0)
    loss.backward()
    torch.testing.assert_close(torch.tensor(got), gradients_of(model), rtol=1e-4, atol=1e-5)
    assert model.encoder[-1].bias.grad[:2].abs().min() > 0.1


def test_twenty_steps_of_adam_end_at_pytorchs_weights(levels):
    model = trained_a_little()
    eps = torch.randn(20, 50, 2, generator=torch.Generator().manual_seed(1))
    order = torch.randint(200, (20, 50), generator=torch.Generator().manual_seed(2))
    got = computed(
        """const vae = new VAE(hidden, pixels, 50);
        vae.weights.set(weights);
        const adam = new Adam(vae.weights);
        const rate = oneCycle(20);
        order.forEach((batch, step) => {
          const x = rowsOf(batch.map((i) => images[i]));
          vae.learn(x, Float32Array.from(eps[step].flat()), { reconstruction: 1, kl: 1 });
          adam.step(vae.gradient, 0.01 * rate(step));
        });
        return [...vae.weights];""",
        weights=weights_of(model),
        images=levels.tolist(),
        eps=eps.tolist(),
        order=order.tolist(),
    )
    before, adam, rate = torch.tensor(weights_of(model)), Adam(model.parameters()), one_cycle(20)
    for step in range(20):
        adam.zero_grad()
        loss_of(model, levels[order[step]] / (LEVELS - 1), eps[step], 1, 1)[0].backward()
        adam.param_groups[0]["lr"] = 0.01 * rate(step)
        adam.step()
    ours, theirs = torch.tensor(got), torch.tensor(weights_of(model))
    assert torch.linalg.vector_norm(ours - theirs) < 1e-4 * torch.linalg.vector_norm(theirs)
    assert torch.linalg.vector_norm(theirs - before) > 0.1 * torch.linalg.vector_norm(before), "they have moved"


# A whole training

TRAIN = """const trained = (settings) => {
  const images = imagesOf({ levels: bytes(levels), white, training, pixels, hidden });
  const usual = { weights: { reconstruction: 1, kl: 1 }, lr: 0.01, epochs: 2, seed: 0 };
  const one = new Training(images, { ...usual, ...settings });
  while (!one.isOver) one.learn();
  return one;
};"""


@pytest.fixture(scope="module")
def few(levels) -> dict:
    """What a short training needs: 150 images to learn from, 50 to be judged by."""
    return {"levels": levels.int().tolist(), "training": 150, "hidden": [16, 8]}


def test_the_same_seed_trains_the_same_and_another_does_not(few):
    same, again, other = computed(
        TRAIN + "return [0, 0, 1].map((seed) => [...trained({ seed }).judge().gaussians]);", **few
    )
    assert same == again != other


def test_what_goes_on_between_two_steps_changes_nothing(few):
    """A look at a training, or the judgement after an epoch, leaves it as it was."""
    alone, watched = computed(
        TRAIN
        + """const judged = (settings) => {
          const { kl, gaussians } = trained(settings).judge();
          return [kl, ...gaussians];
        };
        const alone = judged({});
        const learn = Training.prototype.learn;
        Training.prototype.learn = function () { learn.call(this); this.judge(); this.samples(); this.gaussians(20); };
        return [alone, judged({})];""",
        **few,
    )
    assert alone == watched


def test_without_the_reconstruction_the_decoder_stays_as_it_was(few):
    moved = computed(
        TRAIN
        + """const start = new VAE(hidden, pixels, 1);
        const decoders = [0, 2].map((epochs) => {
          const { vae } = trained({ epochs, weights: { reconstruction: 0, kl: 1 } });
          return vae.decoder.layers.map(({ W, b }) => [...W, ...b]);
        });
        return JSON.stringify(decoders[0]) !== JSON.stringify(decoders[1]);""",
        **few,
    )
    assert not moved


def test_it_begins_as_pytorch_does():
    """Each layer's weights and biases are even between -1 / sqrt(inputs) and 1 / sqrt(inputs)."""
    layers = computed(
        """const vae = new VAE(hidden, pixels, 1);
        vae.begin(uniforms(5));
        const layers = [...vae.encoder.layers, ...vae.decoder.layers];
        return layers.map(({ inputs, W, b }) => ({ inputs, weights: [...W, ...b] }));""".replace(
            "uniforms(5)", "(() => { let n = 0; return () => (n = (n + 0.6180339887) % 1); })()"
        )
    )
    for layer, (inputs, outputs) in zip(
        layers, [(784, 64), (64, 32), (32, 4), (2, 32), (32, 64), (64, 784)], strict=True
    ):
        weights = np.array(layer["weights"]) * inputs**0.5
        assert (layer["inputs"], len(weights)) == (inputs, (inputs + 1) * outputs)
        assert np.abs(weights).max() <= 1 + 1e-6
        assert weights.std() == pytest.approx(3**-0.5, rel=0.05)


@pytest.mark.parametrize("steps", [1, 7, 100])
def test_the_schedule_is_that_of_fit(steps):
    factor = one_cycle(steps)
    got = computed("return Array.from({ length: steps }, (_, step) => oneCycle(steps)(step));", steps=steps)
    assert got == pytest.approx([factor(step) for step in range(steps)])


def test_the_summary_is_that_of_the_package(generator):
    mu, sigma = torch.randn(300, 2, generator=generator), torch.rand(300, 2, generator=generator) / 5
    mu[:, 1] /= 20
    snapshot = vl.LatentSnapshot(mu, sigma)
    gaussians = torch.cat(snapshot, dim=1).flatten().tolist()
    got = computed("return summarize({ kl: 1 }, Float32Array.from(gaussians));", gaussians=gaussians)
    summary = vl.summarize(snapshot)
    assert got["meanAbsMu"] == pytest.approx(summary.mean_abs_mu, rel=1e-5)
    assert got["meanSigma"] == pytest.approx(summary.mean_sigma, rel=1e-5)
    assert got["activeUnits"] == summary.active_units == 1
    draws = torch.randn(20_000, 2, generator=generator)
    assert got["covered"] == pytest.approx(vl.coverage(draws, snapshot), abs=0.07), "of 500 draws of its own"


def test_the_map_shows_what_the_packages_maps_show(generator):
    mu, sigma = 2 * torch.randn(1000, 2, generator=generator) + 1, torch.rand(1000, 2, generator=generator)
    snapshot = vl.LatentSnapshot(mu, sigma)
    got = computed(
        "return extentOf(Float32Array.from(gaussians));", gaussians=torch.cat(snapshot, dim=1).flatten().tolist()
    )
    assert got == pytest.approx(extent_of_gaussians(snapshot), abs=0.05)
    assert computed("return extentOf(new Float32Array());") == [-3, 3, -3, 3]


def test_trainings_take_turns_and_tell(few):
    """Each its epoch 0, then epochs and looks, all in step, and at its end its weights."""
    news = computed(
        TRAIN
        + """const images = imagesOf({ levels: bytes(levels), white, training, pixels, hidden });
        const of = (kl) => new Training(images, { weights: { reconstruction: 1, kl }, lr: 0.01, epochs: 2, seed: 0 });
        const told = [];
        const turns = new Turns(new Map([[0, of(0)], [2, of(1)]]), (news) => told.push(news));
        while (turns.take(0.001)) turns.rest();
        const row = ({ run, kind, epoch, over = null, gaussians, samples }) =>
          [run, kind, epoch, over, gaussians.length, samples.length];
        return told.map(row);""",
        **few,
    )
    epochs = [one[:3] for one in news if one[1] == "epoch"]
    assert epochs == [[run, "epoch", epoch] for epoch in (0, 1, 2) for run in (0, 2)]
    assert {one[5] for one in news} == {16 * 784}, "and what sixteen draws decode to"
    assert {one[4] for one in news} == {4 * 50}, "of all held-out images, which are few"
    assert [one[:4] for one in news[-3:]] == [[0, "weights", 2, True], [2, "epoch", 2, None], [2, "weights", 2, True]]
    assert [run for run, kind, *_ in news if kind == "look"][:2] == [0, 2]
    assert [one[3] for one in news if one[1] == "weights"].count(False) >= 2, "who rests tells its weights"


def test_a_training_that_diverges_says_so_and_ends_with_the_last_good_weights(few):
    news = computed(
        """const images = imagesOf({ levels: bytes(levels), white, training, pixels, hidden });
        const one = new Training(images, { weights: { reconstruction: 1, kl: 1 }, lr: 1e30, epochs: 3, seed: 0 });
        const told = [];
        const turns = new Turns(new Map([[0, one]]), (news) => told.push(news));
        const before = [...one.vae.weights];
        one.learn();
        turns.rest(); // tells nothing of what is no number
        while (turns.take(1000));
        const same = (weights) => String([...weights]) === String(before);
        return told.map(({ kind, epoch, weights }) => [kind, epoch, weights ? same(weights) : null]);""",
        **few,
    )
    assert [one for one in news if one[0] != "look"] == [
        ["epoch", 0, None],
        ["diverged", 1, None],
        ["weights", 0, True],
    ]


# What the site's first page says that one sees

INDEX = Path(__file__).parents[2] / "docs" / "index.md"


def test_the_three_things_to_try_come_out_as_the_first_page_says():
    playground = vl.TrainingPlayground()
    levels = np.frombuffer(zlib.decompress(playground._images), np.uint8).tolist()
    weights = {"alone": (1, 0), "kl": (0, 1), "both": (1, 1), "ten": (1, 10)}
    got = computed(
        TRAIN
        + """const all = Object.entries(weights).map(([name, [reconstruction, kl]]) => {
          const one = trained({ ...settings, weights: { reconstruction, kl } });
          const { gaussians, ...terms } = one.judge();
          return [name, summarize(terms, gaussians)];
        });
        return Object.fromEntries(all);""",
        levels=levels,
        training=playground._network["training"],
        weights=weights,
        settings={"lr": playground.lr, "epochs": playground.epochs, "seed": playground.seed},
    )
    alone, kl, both, ten = (got[name] for name in weights)
    text = " ".join(INDEX.read_text(encoding="utf-8").split())
    assert "σ falls below 0.01" in text and alone["meanSigma"] < 0.01
    assert "more than four fifths of the prior are holes" in text and alone["covered"] < 0.2
    assert "all digits get one and the same code, μ = 0 and σ = 1" in text
    assert kl["meanAbsMu"] < 0.001 and kl["meanSigma"] == pytest.approx(1, abs=0.001) and kl["kl"] < 0.001
    assert "The KL falls below a fifth of what it was at β = 1" in text and ten["kl"] < both["kl"] / 5
    assert "only one of the two numbers still tells something" in text
    assert (ten["activeUnits"], both["activeUnits"]) == (1, 2)
    assert "the reconstruction costs more than 20 nats more" in text
    assert ten["reconstruction"] - both["reconstruction"] > 20
    # And what notebook 09 finds: each half of the loss ruins what the other gives.
    assert kl["covered"] > 0.8 and both["covered"] > 0.9
    assert 0 < both["reconstruction"] - alone["reconstruction"] < 10 < alone["kl"] - both["kl"]
    assert both["meanSigma"] > 10 * alone["meanSigma"] and alone["meanAbsMu"] > 1.5 * both["meanAbsMu"]


# What Python gives the page

MNIST_LIKE = (torch.arange(5 * 784).reshape(5, 784) % 8) / 7
SPLIT = vl.Split(MNIST_LIKE, torch.arange(5))


def test_the_images_travel_in_eight_levels_of_grey(mnist):
    playground = vl.TrainingPlayground()
    levels = torch.frombuffer(bytearray(zlib.decompress(playground._images)), dtype=torch.uint8).reshape(6000, 784)
    assert levels.max() == playground._network["white"] == 7
    images = torch.cat([mnist.train.images[:5000], mnist.test.images[:1000]])
    assert (levels / 7 - images).abs().max() <= 1 / 14 + 1e-6
    assert len(playground._images) < 600_000
    assert list(playground._classes[:5]) == mnist.test.labels[:5].tolist()


def test_the_whole_page_is_small(tmp_path):
    assert vl.TrainingPlayground().save(tmp_path / "page.html").stat().st_size < 1_200_000


def test_any_data_set_of_square_images_is_trained_on():
    small = vl.Split(torch.rand(40, 1, 8, 8), ["a", "b"] * 20)
    playground = vl.TrainingPlayground(vl.Dataset(small, small))
    assert playground._network == {"white": 7, "training": 40, "pixels": 64, "side": 8, "hidden": list(HIDDEN)}
    assert playground._names == ["a", "b"]
    assert vl.TrainingPlayground(vl.Dataset(small, small._replace(labels=None)))._names == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (MNIST_LIKE, "data must be a vl.Dataset of two vl.Split"),
        ((SPLIT, SPLIT), "data must be a vl.Dataset of two vl.Split"),
        (vl.Dataset(SPLIT, MNIST_LIKE), "data must be a vl.Dataset of two vl.Split"),
        (vl.Dataset(vl.Split(MNIST_LIKE.int(), None), SPLIT), "train.images must be"),
        (vl.Dataset(vl.Split(MNIST_LIKE[:1], None), SPLIT), "train.images holds"),
        (vl.Dataset(vl.Split(MNIST_LIKE * 255, None), SPLIT), "pixels must lie in"),
        (vl.Dataset(vl.Split(MNIST_LIKE[:, :700], None), SPLIT), "must be square and grey"),
        (vl.Dataset(vl.Split(torch.rand(3, 64, 64), None), SPLIT), "1,024 pixels at most"),
        (vl.Dataset(vl.Split(torch.rand(3, 8, 8), None), SPLIT), "equally many pixels; got 64 and 784"),
        (vl.Dataset(SPLIT, vl.Split(MNIST_LIKE, torch.arange(4))), "one label a code"),
        (vl.Dataset(SPLIT, vl.Split(MNIST_LIKE / 0, torch.arange(5))), "test.images holds NaN"),
    ],
)
def test_what_it_cannot_be_trained_on_is_refused(data, words):
    with pytest.raises((TypeError, ValueError), match=words):
        vl.TrainingPlayground(data)


@pytest.mark.parametrize("trait", CHOICES)
def test_a_setting_is_one_of_those_that_its_slider_has(trait):
    playground = vl.TrainingPlayground(vl.Dataset(SPLIT, SPLIT))
    for value in CHOICES[trait]:
        setattr(playground, trait, value)
    with pytest.raises(traitlets.TraitError, match=f"{trait} must be one of"):
        setattr(playground, trait, 77)
    assert getattr(playground, trait) == CHOICES[trait][-1]


def test_its_picture_and_its_name_say_what_it_is():
    playground = vl.TrainingPlayground(vl.Dataset(SPLIT, SPLIT), beta=10)
    assert repr(playground) == (
        "TrainingPlayground: KL only, reconstruction only, both, with your weights (1 and 10); 5 images to train on."
    )
    data, metadata = playground._repr_mimebundle_()
    assert "picture can't be drawn" not in data["text/plain"] and len(data["image/png"]) > 1000
    assert "press Train" in metadata["image/png"]["alt"]
