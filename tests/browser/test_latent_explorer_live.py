"""An explorer whose model is learning, in a browser: what is drawn from half the bytes, and then from all of them."""

import torch
from support import widget_page
from support.widget_page import pixels, send, settle

import vaelab as vl

LEARNED = ("_models", "_weights", "_encoders", "_codes", "_status")


def shown(page) -> torch.Tensor:
    return torch.tensor(pixels(page)).reshape(-1, 4)[:, 0].float()


def test_a_page_follows_a_training_and_its_end(page, mnist):
    vae = vl.VAE(hidden=(64,), seed=1)
    explorer = vl.LatentExplorer(vae, mnist.test.images[:500], mnist.test.labels[:500])
    widget_page.show(page, explorer)
    looks = []

    def look(model, history):
        explorer(model, history)
        state = explorer.get_state(LEARNED)
        send(page, **state)
        settle(page)
        with torch.no_grad():
            looks.append((len(state["_weights"]), (shown(page) - 255 * vae.decode(torch.zeros(1, 2))[0]).abs().max()))

    vl.fit(vae, vl.VAELoss(), mnist.train.images[:5000], epochs=2, callback=look)
    assert len(looks) == 2 and all(length == len(explorer._weights) // 2 and off < 3 for length, off in looks)
    assert "live: epoch 2" in page.locator(".vaelab-live").inner_text()
    explorer.after_training(vae, vl.History())
    send(page, **explorer.get_state(LEARNED))
    settle(page)
    with torch.no_grad():
        assert (shown(page) - 255 * vae.decode(torch.zeros(1, 2))[0]).abs().max() < 1
    assert page.locator(".vaelab-live").inner_text() == ""
