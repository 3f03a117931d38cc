"""The page that `save` writes: opened from disk, with no network and no kernel, on small and large screens."""

import json
import re
from functools import cache

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from support.models import ConvolutionalVAE, like_mnist
from support.widget_page import drag, ink, pixels, settle

import vaelab as vl
from vaelab.widgets.shared import page as saved_page


def open_from_disk(context, path):
    """The page, and what it asked of the network: nothing may be asked, and no script may fail."""
    page, problems = context.new_page(), []
    context.set_offline(True)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on(
        "request", lambda request: None if request.url.startswith(("file:", "data:")) else problems.append(request.url)
    )
    page.goto(path.as_uri())
    page.locator(".vaelab").wait_for()
    page.wait_for_function("() => [...document.querySelectorAll('canvas')].some((c) => c.width > 30)")
    settle(page)
    return page, problems


@pytest.fixture(scope="module")
def offline(chromium):
    """A window without a network. One page stays open, so that its process is there for those after it."""
    context = chromium.new_context(viewport={"width": 1100, "height": 900}, offline=True)
    context.new_page()
    yield context
    context.close()


@pytest.fixture
def context(offline):
    yield offline
    for page in offline.pages[1:]:
        page.close()


def two_models(vae, mnist):
    models = {"autoencoder": vl.Autoencoder(hidden=(64,)), "VAE": vae}
    return vl.LatentExplorer(models, mnist.test.images[:500], mnist.test.labels[:500])


# Each widget of the course.
WIDGETS = {
    "explorer": lambda vae, mnist, _: vl.LatentExplorer(vae, mnist.test.images[:500], mnist.test.labels[:500]),
    "a grid": lambda _, mnist, __: vl.LatentExplorer(ConvolutionalVAE(), like_mnist(mnist.test.images[:300])),
    "two models": lambda vae, mnist, _: two_models(vae, mnist),
    "comparison": lambda _, mnist, histories: vl.LossComparison(histories, mnist.test.labels[:300]),
    "KL": lambda *_: vl.KLPlayground(),
    "ELBO": lambda *_: vl.ELBOPlayground(),
    "reparameterization": lambda *_: vl.ReparameterizationPlayground(f=lambda z: z**2),
    "training": lambda *_: vl.TrainingPlayground(),  # before the training: test_training_playground has the rest
}


@pytest.fixture(scope="session")
def page_with(vae, mnist, histories, tmp_path_factory):
    """The page of a widget by its name: saved once, for all tests that only read it."""

    @cache
    def path(name):
        return WIDGETS[name](vae, mnist, histories).save(tmp_path_factory.mktemp("saved") / "page.html")

    return path


@pytest.fixture(params=WIDGETS)
def path(request, page_with):
    """Each of these pages."""
    return page_with(request.param)


def unfold(page):
    """Opens what can be opened, so that all of the widget is looked at."""
    page.evaluate("() => { for (const details of document.querySelectorAll('details')) details.open = true; }")
    settle(page)


def test_a_saved_explorer_is_alive_without_kernel_and_network(context, page_with):
    page, problems = open_from_disk(context, page_with("explorer"))
    before = pixels(page)
    drag(page, (0.5, 0.5), (0.3, 0.7))
    assert pixels(page) != before
    assert "training" in page.get_by_role("contentinfo").inner_text(), "what needs Python is said not to work"
    assert problems == []


def test_a_saved_page_decodes_as_pytorch_does(context, vae, mnist, tmp_path):
    """To less than one step of a pixel's grey, though the page keeps 12 bits of a weight's fraction."""
    page, _ = open_from_disk(context, vl.LatentExplorer(vae, mnist.test.images[:100]).save(tmp_path / "page.html"))
    drag(page, (0.5, 0.5), (0.35, 0.6))
    told = page.locator(".vaelab-pad").get_attribute("aria-valuetext").replace("−", "-")
    z = [float(number) for number in re.findall(r"-?\d+\.\d+", told)[:2]]  # rounded, so the pixels are near only
    grey = torch.tensor(pixels(page)).reshape(-1, 4)[:, 0]
    assert (grey - 255 * vae.decode(torch.tensor([z])).detach().flatten()).abs().max() < 8


@pytest.mark.parametrize("model", [vl.VAE(seed=1), vl.VAE(likelihood="gaussian", seed=1), vl.Autoencoder(seed=1)])
def test_rounded_weights_move_no_pixel_by_a_step_of_grey(model, generator):
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter *= 3  # further from the middle grey of an untrained model
    z = 3 * torch.randn(1000, 2, generator=generator)
    before = model.decode(z)
    assert before.std() > 0.05
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            rounded = saved_page.rounded(parameter.numpy().tobytes())
            parameter.copy_(torch.from_numpy(np.frombuffer(rounded, "<f4").reshape(parameter.shape).copy()))
    assert 0 < (model.decode(z) - before).abs().max() < 1 / 255


def test_nothing_in_a_label_or_a_title_ends_the_page_or_runs(context, vae, mnist, tmp_path):
    evil = "</script><script>window.hacked = true</script><img src=x onerror='window.hacked = true'>{{module}}"
    widget = vl.LatentExplorer(vae, mnist.test.images[:20], [evil] * 20)
    page, problems = open_from_disk(context, widget.save(tmp_path / "page.html"))
    assert page.evaluate("window.hacked") is None
    assert evil in page.locator(".vaelab").inner_text()
    assert problems == []


def test_a_saved_page_is_one_file_that_names_no_other(path):
    text = path.read_text()
    assert not re.search(r"""\b(?:src|href)=|@import|url\(|\bimport\s*[({"']|https?://""", text)
    state = json.loads(re.search(r'id="state">(.*?)</script>', text)[1])
    assert not any(name.startswith("_") and name[1:] in ("esm", "css", "model_id") for name in state)


def test_saving_tells_where_and_fails_where_it_cannot(explorer, tmp_path):
    assert explorer.save(str(tmp_path / "a.html")) == tmp_path / "a.html"
    with pytest.raises(FileNotFoundError):
        explorer.save(tmp_path / "nowhere" / "a.html")


def test_axe_finds_nothing_serious(context, path):
    page, _ = open_from_disk(context, path)
    unfold(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        settle(page)
        found = Axe().run(page).response["violations"]
        assert [(scheme, v["id"], v["impact"], [n["html"] for n in v["nodes"]]) for v in found] == []


@pytest.fixture(scope="module", params=[(380, 1), (640, 2)])  # a telephone; a screen of 1280 pixels zoomed to 200 %
def small(request, chromium):
    """A window, and how wide it is."""
    width, scale = request.param
    context = chromium.new_context(viewport={"width": width, "height": 800}, device_scale_factor=scale)
    context.new_page()
    yield context, width
    context.close()


def test_narrow_and_zoomed_pages_need_no_sideways_scrolling(small, path):
    context, width = small
    page, _ = open_from_disk(context, path)
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        """(width) => [...document.querySelectorAll(".vaelab *")]
             .filter((node) => node.getClientRects().length && node.getBoundingClientRect().right > width + 1)
             .map((node) => node.outerHTML.slice(0, 100))""",
        width,
    )
    assert outside == []
    assert max(ink(page, ".vaelab canvas")) > 1000, "and something is drawn"
    page.close()


def test_every_saved_widget_answers_the_keys(context, path):
    """With the keyboard alone, no kernel and no network: the first slider of each moves, and something is redrawn."""
    page, problems = open_from_disk(context, path)
    page.keyboard.press("Tab")
    for _ in range(40):
        if page.evaluate("document.activeElement.matches('[role=slider], [type=range]')"):
            break
        page.keyboard.press("Tab")
    else:
        raise AssertionError("no slider is reached by Tab")
    canvases = page.locator(".vaelab canvas")
    before = canvases.evaluate_all("all => all.map((c) => c.toDataURL())")
    told = page.evaluate("document.activeElement.getAttribute('aria-valuetext')")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("told => document.activeElement.getAttribute('aria-valuetext') != told", arg=told)
    settle(page)
    after = canvases.evaluate_all("all => all.map((c) => c.toDataURL())")
    assert after != before or "TrainingPlayground" in page.title(), "whose sliders say what Train will do"
    assert problems == []
