"""Models that the page can't compute, in a browser: near what PyTorch decodes, and the page says so."""

import copy

import pytest
import torch
from support import widget_page
from support.models import ConvolutionalVAE, like_mnist
from support.widget_page import drag, pictures, pixels, send, settle
from torch import nn

import vaelab as vl
from vaelab.exercises.n08_vae import MyVAE

SENTENCE = "Decoded on a grid of 43 × 43 points; between them the image is interpolated."

GREY = """c => {
  const data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
}"""


@pytest.fixture(scope="module")
def convolutional(mnist):
    """A convolutional VAE that has learned something; its BatchNorm is in training mode again."""
    torch.manual_seed(0)
    model = ConvolutionalVAE()
    vl.fit(model, vl.VAELoss(), like_mnist(mnist.train.images[:4000]), epochs=2)
    return model.train()


@pytest.fixture
def explorer(convolutional, mnist):
    return vl.LatentExplorer(convolutional, like_mnist(mnist.test.images[:300]), mnist.test.labels[:300])


def shown(page) -> torch.Tensor:
    """The decoded image on the page, from 0 to 255."""
    return torch.tensor(pixels(page)).reshape(-1, 4)[:, 0]


def decoded(model, z) -> torch.Tensor:
    with torch.no_grad():
        return 255 * copy.deepcopy(model).eval().decode(torch.tensor([z], dtype=torch.float32)).flatten()


def side_text(page) -> str:
    return page.locator(".vaelab-side").first.inner_text()


def value(page) -> list[float]:
    return page.evaluate("window.model.get('value')")


def test_a_drag_shows_what_the_model_decodes_there_nearly(page, explorer, convolutional):
    widget_page.show(page, explorer)
    assert SENTENCE in side_text(page)
    far = decoded(convolutional, [-2.0, 2.0])
    for to in ((0.35, 0.6), (0.62, 0.3), (0.5, 0.81)):
        drag(page, (0.5, 0.5), to)
        truth = decoded(convolutional, value(page))
        assert (shown(page) - truth).abs().mean() < 3 < (shown(page) - far).abs().mean()
        assert (shown(page) - truth).abs().max() < 25


def test_at_a_point_of_the_grid_it_is_exact_and_outside_the_edge(page, explorer, convolutional):
    widget_page.show(page, explorer)
    low1, high1, low2, high2 = explorer._models[0]["extent"]
    z = [low1 + (high1 - low1) * 10 / 42, high2 - (high2 - low2) * 7 / 42]
    page.evaluate("z => window.model.set('value', z)", z)
    assert (shown(page) - decoded(convolutional, z)).abs().max() < 1.1
    page.evaluate("z => window.model.set('value', z)", [high1 + 5, z[1]])
    assert (shown(page) - decoded(convolutional, [high1, z[1]])).abs().max() < 1.1


def test_the_tools_work_on_a_grid(page, explorer):
    widget_page.show(page, explorer)
    before = pictures(page, ".vaelab-pad canvas")
    page.get_by_label("decoded backdrop").check()
    page.locator(".vaelab-pad").focus()
    page.keyboard.press("Enter")
    group = page.get_by_role("group", name="Selected image")
    assert group.is_visible() and len(set(pictures(page, ".vaelab-chosen canvas"))) == 2
    page.locator("summary", has_text="Path").click()
    page.get_by_role("button", name="Set A").click()
    page.evaluate("window.model.set('value', [2, 2])")
    page.get_by_role("button", name="Set B").click()
    assert len(set(pictures(page, ".vaelab-strip canvas"))) == 9
    page.locator("summary", has_text="Draw a digit").click()
    assert "Not available: the page can compute an encoder only if" in page.locator(".vaelab-tools").inner_text()
    assert pictures(page, ".vaelab-pad canvas") != before


def test_a_training_refreshes_the_grid_and_the_sentence(page, explorer, convolutional, mnist):
    widget_page.show(page, explorer)
    other = copy.deepcopy(convolutional)
    with torch.no_grad():
        other.outward[0].weight *= 2
    live = vl.LatentExplorer(other, like_mnist(mnist.test.images[:300]))
    live.after_batch(other, vl.History())
    send(page, _models=live._models, _grid_0=live._grid_0, _codes=live._codes, _status=live._status)
    settle(page)
    assert SENTENCE.replace("43", "15") in side_text(page) and "live: epoch 1" in side_text(page)
    assert (shown(page) - decoded(other, value(page))).abs().max() < 1.1, "the origin is a point of the grid"
    live.after_training(other, vl.History())
    send(page, _models=live._models, _grid_0=live._grid_0, _codes=live._codes, _status=live._status)
    assert SENTENCE in side_text(page)


def test_ones_own_vae_of_notebook_08_is_computed(page, mnist):
    model = MyVAE(latent_dim=2, hidden=32)
    widget_page.show(page, vl.LatentExplorer(model, mnist.test.images[:100], mnist.test.labels[:100]))
    assert "interpolated" not in side_text(page)
    drag(page, (0.5, 0.5), (0.3, 0.7))
    truth = 255 * model.decoder(torch.tensor([value(page)])).sigmoid().detach().flatten()
    assert (shown(page) - truth).abs().max() < 0.51
    page.locator("summary", has_text="Draw a digit").click()
    assert page.locator(".vaelab-slate").is_visible(), "its encoder, too"


def test_two_models_of_different_kinds_are_shown_under_one_point(page, vae, mnist):
    tanh = vl.VAE(hidden=(16,))
    tanh.decoder = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 784))
    explorer = vl.LatentExplorer({"ReLU": vae, "tanh": tanh}, mnist.test.images[:100], mnist.test.labels[:100])
    widget_page.show(page, explorer)
    assert f"tanh: {SENTENCE.replace('D', 'd')}" in side_text(page)
    drag(page, (0.5, 0.5), (0.3, 0.7), ".vaelab-pad >> nth=0")
    for m, model in enumerate((vae, tanh)):
        grey = page.locator(".vaelab-image").nth(m).evaluate(GREY)
        assert (torch.tensor(grey) - decoded(model, value(page))).abs().max() < (0.51, 4)[m]


def test_a_saved_page_has_the_grid(chromium, explorer, convolutional, tmp_path):
    path = explorer.save(tmp_path / "page.html", title="A convolutional VAE")
    assert path.stat().st_size < 1_000_000
    context = chromium.new_context(viewport={"width": 1000, "height": 800}, offline=True)
    page, problems = context.new_page(), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(path.as_uri())
    page.locator(".vaelab-image").wait_for()
    assert page.title() == "A convolutional VAE" and SENTENCE in side_text(page)
    assert (shown(page) - decoded(convolutional, [0.0, 0.0])).abs().max() < 255 / 63 / 2 + 1.1, "64 levels of grey"
    before = shown(page)
    drag(page, (0.5, 0.5), (0.3, 0.7))
    assert (shown(page) - before).abs().max() > 20 and problems == []
    context.close()


def test_the_sentence_fits_a_narrow_page(page, explorer):
    page.set_viewport_size({"width": 380, "height": 900})
    widget_page.show(page, explorer)
    assert page.locator(".vaelab-side").get_by_text(SENTENCE).is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 380


def test_draws_of_a_convolutional_vae_are_shown_in_a_comparison(page, convolutional, mnist):
    images = like_mnist(mnist.test.images[:50])
    snapshot = vl.latent_snapshot(images)(convolutional)
    widget_page.show(page, vl.LossComparison({"convolutional": vl.History(snapshots=[snapshot])}))
    grey = torch.tensor(page.locator(".vaelab-run-samples").evaluate(GREY))
    assert (grey.reshape(112, 112)[28:56, 84:] - 255 * snapshot.samples[7, 0]).abs().max() < 0.51
