"""What several test files need: the data, a small trained model, a page in a browser."""

from contextlib import contextmanager

import pytest
import torch
from playwright.sync_api import sync_playwright

import vaelab as vl
from tools import browser


@pytest.fixture(scope="session")
def mnist():
    return vl.load_mnist()


@pytest.fixture(scope="session")
def vae(mnist):
    """A VAE that has learned something, in two seconds."""
    vae = vl.VAE(latent_dim=2, hidden=(64,))
    vl.fit(vae, vl.VAELoss(), mnist.train.images[:5000], epochs=2, seed=0)
    return vae


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def gaussian(generator):
    """mu and logvar (500, 3) of all sorts, in double precision."""
    mu = 3 * torch.randn(500, 3, generator=generator, dtype=torch.float64)
    logvar = 4 * torch.randn(500, 3, generator=generator, dtype=torch.float64)
    return mu, logvar


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        running = browser.launch(playwright)
        yield running
        running.close()


@pytest.fixture(scope="session")
def window(chromium):
    """Where pages are opened. One stays open, so that its process is there for those after it."""
    context = chromium.new_context(viewport={"width": 1000, "height": 700})
    context.new_page()
    return context


@contextmanager
def empty_page(context):
    """An empty page; the test fails if a script on it does."""
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_content("<!doctype html><meta name='color-scheme' content='light dark'><title>widget</title><body></body>")
    yield page
    page.close()
    assert not errors


@pytest.fixture
def page(window):
    with empty_page(window) as page:
        yield page


@pytest.fixture
def timed_page(chromium):
    """An empty page whose clock is the test's: see `widget_page.hold`. It has a window of its own, as a clock does."""
    context = chromium.new_context(viewport={"width": 1000, "height": 700})
    with empty_page(context) as page:
        yield page
    context.close()


@pytest.fixture
def explorer(vae, mnist):
    return vl.LatentExplorer(vae, mnist.test.images[:500], mnist.test.labels[:500])


@pytest.fixture(scope="session")
def histories(mnist):
    found = {}
    for name, loss in (("KL only", vl.VAELoss(reconstruction=0)), ("both", vl.VAELoss())):
        found[name] = vl.fit(
            vl.VAE(hidden=(64,)),
            loss,
            mnist.train.images[:2000],
            epochs=3,
            validation=mnist.test.images[:500],
            snapshot=vl.latent_snapshot(mnist.test.images[:300]),
        )
    return found


@pytest.fixture
def comparison(histories, mnist):
    return vl.LossComparison(histories, mnist.test.labels[:300])
