"""TrainingPlayground: how long its three trainings take in a browser, and what they come to, beside PyTorch's."""

import contextlib
import io
import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from playwright.sync_api import Page, sync_playwright

import vaelab as vl
from benchmarks.report import ROUNDS, Row, ratio, seconds
from tools import browser
from vaelab.widgets.training_playground.widget import HELD_OUT, HIDDEN, LEVELS, TITLES, TRAINING

SEEDS = range(5)
BATCH = 32  # the page's own
LOSSES: dict[str, dict] = dict(zip(TITLES, ({"reconstruction": 0}, {"kl": 0}, {}), strict=True))
# In the page: when each frame is drawn, and what the workers tell.
PROBE = """
  window.frames = [];
  requestAnimationFrame(function note(now) { window.frames.push(now); requestAnimationFrame(note); });
  window.looks = [0, 0, 0];
  window.Worker = class extends Worker {
    constructor(...all) {
      super(...all);
      this.addEventListener("message", ({ data }) => { if (data.kind === "look") window.looks[data.run]++; });
    }
  };
"""


def measure() -> list[Row]:
    """The rows of the table."""
    playground = vl.TrainingPlayground()
    images, held_out = _images()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        chromium = browser.launch(playwright)
        path = playground.save(Path(folder) / "page.html")
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script(PROBE)
        page.goto(path.as_uri())
        page.get_by_role("button", name="Train", exact=True).wait_for()
        rounds = [(*_in_the_page(page), _in_pytorch(playground, images)) for _ in range(max(1, ROUNDS // 2))]
        page.close()
        ours, frames, looks, theirs = (list(column) for column in zip(*rounds, strict=True))
        spread = _spread(chromium, path, playground, images, held_out)
        size = path.stat().st_size
        chromium.close()
    return [
        Row(
            f"three trainings in the page, {playground.epochs} epochs of {TRAINING:,} images",
            seconds(ours),
            f"`fit` on one thread: {seconds(theirs)}",
            f"{ratio(ours, theirs):.1f} : 1",
            "≤ 30 s, ≤ 4 : 1",
        ),
        Row("— frames a second meanwhile", f"{statistics.median(frames):.0f}", "", "", "≥ 55"),
        Row("— looks a second, of the slowest of the three", f"{statistics.median(looks):.1f}", "", "", "≥ 10"),
        *(Row(f"— held out, {name}: five seeds", ours, f"`fit`: {theirs}") for name, ours, theirs in spread),
        Row("— its saved page, with all images", f"{size / 1e6:.2f} MB", "", "", "≤ 1.2 MB"),
    ]


def _images() -> tuple[torch.Tensor, torch.Tensor]:
    """The playground's: the first of MNIST's, in its levels of grey."""
    mnist = vl.load_mnist()
    images = mnist.train.images[:TRAINING], mnist.test.images[:HELD_OUT]
    return tuple(((LEVELS - 1) * part).round() / (LEVELS - 1) for part in images)  # type: ignore[return-value]


def _train(page: Page) -> None:
    """Presses Train, and waits until all have learned."""
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("button", name="Pause training").wait_for()
    page.get_by_role("button", name="Train", exact=True).wait_for(timeout=240_000)


def _in_the_page(page: Page) -> tuple[float, float, float]:
    """Seconds for the three, frames a second, and looks a second at the one that was looked at least."""
    page.get_by_role("button", name="Reset the trainings").click()
    page.evaluate("() => { window.frames.length = 0; window.looks.fill(0); }")
    began = time.perf_counter()
    _train(page)
    took = time.perf_counter() - began
    times, looks = page.evaluate("[window.frames, window.looks]")
    gaps = [after - before for before, after in itertools.pairwise(times)]
    return took, 1000 * len(gaps) / sum(gaps), min(looks) / took


def _in_pytorch(playground: vl.TrainingPlayground, images: torch.Tensor) -> float:
    """Seconds for the same three."""
    with _one_thread():
        began = time.perf_counter()
        for weights in LOSSES.values():
            _fitted(playground, images, weights, seed=0)
        return time.perf_counter() - began


def _fitted(playground: vl.TrainingPlayground, images: torch.Tensor, weights: dict, seed: int) -> vl.VAE:
    vae = vl.VAE(hidden=HIDDEN, seed=seed)
    with contextlib.redirect_stderr(io.StringIO()):
        vl.fit(
            vae,
            vl.VAELoss(**weights),
            images,
            epochs=playground.epochs,
            batch_size=BATCH,
            lr=playground.lr,
            seed=seed,
            device="cpu",
        )
    return vae


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _spread(chromium, path, playground, images, held_out) -> list[tuple[str, str, str]]:
    """Of each training, with five seeds: what the page's came to, and PyTorch's. (name, ours, theirs)."""
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.goto(path.as_uri())
    ours: dict[str, list[list[float]]] = {name: [] for name in LOSSES}
    theirs: dict[str, list[list[float]]] = {name: [] for name in LOSSES}
    for seed in SEEDS:
        slider = page.get_by_role("slider", name="seed")
        slider.fill(str(seed))
        _train(page)
        for i, name in enumerate(LOSSES):
            table = page.locator(".vaelab-panel").nth(i).locator("tr").all_inner_texts()
            told = dict(row.split("\t") for row in table)
            ours[name].append([float(told[term].removesuffix(" nats")) for term in ("reconstruction", "KL")])
            vae = _fitted(playground, images, LOSSES[name], seed)
            terms = vl.evaluate(vae, vl.VAELoss(), held_out)
            theirs[name].append([terms["reconstruction"], terms["kl"]])
    page.close()
    return [(name, _range(ours[name]), _range(theirs[name])) for name in LOSSES]


def _range(pairs: list[list[float]]) -> str:
    (low, high), (least, most) = ((min(column), max(column)) for column in zip(*pairs, strict=True))
    return f"reconstruction {low:.1f} to {high:.1f}, KL {least:.2f} to {most:.2f}"
