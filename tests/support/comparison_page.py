"""What the tests of LossComparison's page ask of it: its panels, the epoch, where the codes lie."""

import torch

import vaelab as vl
from support.widget_page import settle
from vaelab.diagnostics import LatentSnapshot

DOTS = ".vaelab-panel .vaelab-pad canvas:not(.vaelab-over)"
OVER = ".vaelab-panel .vaelab-over"
SAMPLES = ".vaelab-run-samples"
CURVES = ".vaelab-run-curves"
PADS = ".vaelab-panel .vaelab-pad"
BLUE = """canvas => {
  const { width, height } = canvas;
  const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  let [count, x, y] = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < 100 || data[i + 2] - data[i] < 60) continue;
    [count, x, y] = [count + 1, x + ((i / 4) % width), y + Math.floor(i / 4 / width)];
  }
  const box = canvas.getBoundingClientRect();
  const [right, down] = [(x / count + 0.5) / width, (y / count + 0.5) / height];
  return { count, x: box.x + right * box.width, y: box.y + down * box.height };
}"""


def epoch_text(page) -> str:
    return page.locator(".vaelab-scrub .vaelab-numbers").inner_text()


def scrub_to(page, key: str) -> None:
    page.get_by_role("slider", name="Epoch").focus()
    page.keyboard.press(key)


def blue_dots(page) -> list[dict]:
    """How many pixels of each map have the first class's colour, and where their middle lies on the page."""
    settle(page)
    return [canvas.evaluate(BLUE) for canvas in page.locator(DOTS).all()]


def lumps(**centres) -> dict:
    """Trainings whose codes are one small lump each, around these centres."""
    noise = torch.rand(300, 2, generator=torch.Generator().manual_seed(0)) - 0.5
    sigma = torch.full((300, 2), 0.01)
    return {
        title: vl.History(snapshots=[LatentSnapshot(torch.tensor(centre) + spread * noise, sigma)])
        for title, (centre, spread) in centres.items()
    }
