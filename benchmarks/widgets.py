"""How fast the widgets answer, in a real JupyterLab in a headless browser: `make bench` runs it.

Each row is measured beside its alternative, in the same run on the same machine. Nothing here is a test: the figures
depend on the machine, so read the ratios.
"""

import itertools
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, Playwright, sync_playwright

from benchmarks.report import Row
from tools import browser, jupyter_server

ROOT = Path(__file__).parents[1]

DRAGS = 240
ALL_CELLS = '{"windowingMode": "none"}'  # those outside the window are on the page too

SETUP = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
import os, time, statistics, torch, vaelab as vl
mnist = vl.load_mnist()
images, labels = mnist.test.images, mnist.test.labels
vae = vl.VAE(latent_dim=2)
history = vl.fit(vae, vl.VAELoss(), mnist.train.images[:20000], epochs=2)
"""
EXPLORER = "explorer = vl.LatentExplorer(vae, images, labels)\nexplorer"
SLIDER = """
import ipywidgets, matplotlib.pyplot as plt
from ipywidgets import interactive_output
z1 = ipywidgets.FloatSlider(min=-3, max=3, step=0.001, layout={"width": "400px"})
def show(z1):
    with torch.no_grad():
        plt.figure(figsize=(3, 3))
        plt.imshow(vae.decode(torch.tensor([[z1, 0.0]])).reshape(28, 28), cmap="gray", vmin=0, vmax=1)
        plt.axis("off")
        plt.show()
ipywidgets.VBox([z1, interactive_output(show, {"z1": z1}).add_class("by-slider")])
"""
KERNEL = '''
import anywidget, traitlets
class DecodedInTheKernel(anywidget.AnyWidget):
    _esm = """
    function render({ model, el }) {
      const pad = document.createElement("div");
      pad.className = "by-kernel";
      pad.style = "width: 300px; height: 300px; touch-action: none; background: gray";
      const canvas = Object.assign(document.createElement("canvas"), { width: 28, height: 28 });
      el.append(pad, canvas);
      pad.addEventListener("pointermove", (event) => {
        if (!event.buttons) return;
        const box = pad.getBoundingClientRect();
        model.set("z", [(event.clientX - box.left) / 50 - 3, (event.clientY - box.top) / 50 - 3]);
        model.save_changes();
      });
      model.on("change:pixels", () => {
        const grey = model.get("pixels");
        const image = new ImageData(28, 28);
        for (let i = 0; i < 784; i++) {
          image.data.fill(grey.getUint8(i), 4 * i, 4 * i + 3);
          image.data[4 * i + 3] = 255;
        }
        canvas.getContext("2d").putImageData(image, 0, 0);
      });
    }
    export default { render };
    """
    z = traitlets.List(traitlets.Float(), [0.0, 0.0]).tag(sync=True)
    pixels = traitlets.Bytes().tag(sync=True)
    @traitlets.observe("z")
    def decode(self, change):
        with torch.no_grad():
            self.pixels = (255 * vae.decode(torch.tensor([self.z]))).round().to(torch.uint8).numpy().tobytes()
DecodedInTheKernel()
'''

# On the page: when the latest input was handled first, and when the pixels of its answer were written.
PROBE = """() => {
  window.asked = window.answered = 0;
  for (const type of ["pointermove", "keydown"])
    window.addEventListener(type, () => { window.asked = performance.now(); window.answered = 0; }, true);
  const put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (...args) {
    put.apply(this, args);
    window.answered ||= performance.now();
  };
  document.addEventListener("click", () => { window.ticked ||= performance.now(); }, true);
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...args) {
    draw.apply(this, args);
    if (this.canvas.closest(".vaelab-pad")) window.drawn?.push(performance.now());
  };
  window.watch = (selector) =>
    new MutationObserver(() => {
      const image = document.querySelector(`${selector} img`);
      if (image) image.decode().then(() => { window.answered ||= performance.now(); });
    }).observe(document.querySelector(selector), { childList: true, subtree: true });
}"""


def milliseconds(times: list[float]) -> str:
    """The median and the 95th percentile."""
    return f"{statistics.median(times):.1f} / {p95(times):.1f} ms"


def times_faster(those: list[float], these: list[float]) -> float:
    """How many times those take these, by the medians."""
    return statistics.median(those) / statistics.median(these)


def p95(times: list[float]) -> float:
    """What 95 % of the times stay below."""
    return statistics.quantiles(times, n=20)[-1]


def answer_times(page: Page, inputs, patience: int = 2000) -> list[float]:
    """For each input the time until its answer was written; one input at a time, so that none waits for another."""
    times = []
    for act in inputs:
        page.evaluate("() => { window.asked = window.answered = 0; }")
        act()
        page.wait_for_function("() => window.answered && window.asked", polling=1, timeout=patience)
        times.append(page.evaluate("window.answered - window.asked"))
    return times


def drags(page: Page, selector: str, count: int = DRAGS):
    """Moves of a mouse that holds the element, along a curve through it."""
    node = page.locator(selector).first
    node.scroll_into_view_if_needed()
    box = node.bounding_box()
    at = lambda i: (  # noqa: E731
        box["x"] + box["width"] * (0.5 + 0.3 * ((i * 0.618) % 1 - 0.5)),
        box["y"] + box["height"] * (0.5 + 0.3 * ((i * 0.382) % 1 - 0.5)),
    )
    page.mouse.move(*at(0))
    page.mouse.down()
    for i in range(1, count + 1):
        yield lambda i=i: page.mouse.move(*at(i))
    page.mouse.up()


def slider_moves(page: Page, count: int):
    """Keys of an ipywidgets slider."""
    page.locator(".widget-slider .noUi-handle").focus()
    for _ in range(count):
        yield lambda: page.keyboard.press("ArrowRight")


def frames(page: Page, selector: str, seconds: float = 5) -> tuple[float, float]:
    """While the element is dragged: the longest frame in ms, and frames a second."""
    page.evaluate(
        """() => {
          window.times = [];
          const note = (now) => { window.times.push(now); window.frame = requestAnimationFrame(note); };
          requestAnimationFrame(note);
        }"""
    )
    for move in drags(page, selector, count=10_000):
        move()
        if page.evaluate("window.times.length && window.times.at(-1) - window.times[0]") > 1000 * seconds:
            break
    page.mouse.up()
    times = page.evaluate("() => { cancelAnimationFrame(window.frame); return window.times; }")
    gaps = [after - before for before, after in itertools.pairwise(times)]
    return max(gaps), 1000 * len(gaps) / sum(gaps)


def backdrop(page: Page, inputs) -> tuple[float, float, list[float]]:
    """After the box is ticked: ms to the first picture and to its last change; answers to the inputs meanwhile."""
    page.evaluate("() => { window.ticked = 0; window.drawn = []; }")
    box = page.get_by_label("decoded backdrop").first
    box.check()
    times = answer_times(page, inputs)
    page.wait_for_timeout(1500)
    ticked, drawn = page.evaluate("[window.ticked, window.drawn]")
    box.uncheck()
    return drawn[0] - ticked, drawn[-1] - ticked, times


def shown(page: Page, cell: int) -> float:
    """From running the cell until the decoded image stands on the page, in ms."""
    return page.evaluate(
        """async (cell) => {
          const notebook = window.jupyterapp.shell.currentWidget.content;
          notebook.activeCellIndex = cell;
          const old = document.querySelector(".vaelab-image");
          const began = performance.now();
          window.jupyterapp.commands.execute("notebook:run-cell");
          for (;;) {
            await new Promise(requestAnimationFrame);
            const image = document.querySelector(".vaelab-image");
            if (image && image !== old && image.getContext("2d").getImageData(14, 14, 1, 1).data[3])
              return performance.now() - began;
          }
        }""",
        cell,
    )


# With and without a live explorer on the page, in turns: the ratio of the medians, and looks a second.
LIVE = """
def training(live):
    looks = []
    count = lambda change: looks.append(change)
    explorer.observe(count, "_weights")
    began = time.perf_counter()
    vl.fit(vae, vl.VAELoss(), mnist.train.images, epochs=2, lr=1e-3, callback=explorer if live else None)
    seconds = time.perf_counter() - began
    explorer.unobserve(count, "_weights")
    return seconds, len(looks) / seconds
runs = [(*training(True), training(False)[0]) for _ in range(5)]
result = statistics.median(run[0] / run[2] for run in runs), statistics.median(run[1] for run in runs)
explorer.send_state = lambda *names: None  # the same with nobody told: what the kernel's own part costs
alone = statistics.median(training(True)[0] / training(False)[0] for _ in range(5))
open("live.json", "w").write(str([*result, alone]))
"""
PAD = ".vaelab-pad[role=slider]"


def in_jupyterlab(page: Page, address: str) -> list[Row]:
    """The rows that need a kernel."""
    page.goto(address)
    jupyter_server.wait_for_kernel(page)
    jupyter_server.run_all(page)
    page.locator(".by-kernel").wait_for()
    page.wait_for_timeout(2000)
    page.evaluate(PROBE)

    ours = answer_times(page, drags(page, PAD))
    page.evaluate("window.watch('.by-slider')")
    page.locator(".by-slider").scroll_into_view_if_needed()
    slider = answer_times(page, slider_moves(page, DRAGS), patience=10_000)
    kernel = answer_times(page, drags(page, ".by-kernel"))
    longest, rate = frames(page, PAD)
    first, complete, _ = backdrop(page, [])
    jupyter_server.run(page, "explorer._weights = explorer._weights[:-4] + bytes(4)")  # else there is nothing to decode
    meanwhile = backdrop(page, drags(page, PAD, 30))[2]

    jupyter_server.start(page, "_ = vl.fit(vl.VAE(), vl.VAELoss(), mnist.train.images, epochs=20)", "trained")
    page.wait_for_function("() => window.trainedBegan")
    page.wait_for_timeout(1500)
    busy = answer_times(page, drags(page, PAD))
    assert not page.evaluate("window.trained"), "the training was over before the drags were"
    jupyter_server.interrupt(page)
    page.wait_for_function("() => window.trained")

    opened = [shown(page, 1) for _ in range(5)]
    jupyter_server.run(page, "explorer.save('page.html')")
    return [
        Row(
            f"explorer: drag → new pixels, 10,000 codes, {DRAGS} drags (median / p95)",
            milliseconds(ours),
            f"an ipywidgets slider that redraws matplotlib: {milliseconds(slider)}",
            f"1 : {times_faster(slider, ours):.0f}",
            "≤ 1 : 20, p95 ≤ 4 ms",
        ),
        Row(
            "",
            "",
            f"an anywidget that decodes in the kernel: {milliseconds(kernel)}",
            f"1 : {times_faster(kernel, ours):.0f}",
        ),
        Row(
            "— while the kernel trains",
            milliseconds(busy),
            f"while it is idle: {milliseconds(ours)}",
            f"{times_faster(busy, ours):.1f} : 1",
            "≤ 2 : 1",
        ),
        Row("— 5 s of it: longest frame, frames a second", f"{longest:.0f} ms, {rate:.0f}", "", "", "≤ 50 ms, ≥ 55"),
        Row(
            "— backdrop 20 × 20: first picture, complete", f"{first:.0f}, {complete:.0f} ms", "", "", "≤ 100, ≤ 500 ms"
        ),
        Row("— drags meanwhile", milliseconds(meanwhile), "", "", "within a frame"),
        Row("— shown after its cell runs", f"{statistics.median(opened):.0f} ms", "", "", "≤ 500 ms"),
    ]


def live(playwright: Playwright, address: str, home: Path) -> list[Row]:
    """What it costs a training to be watched, in a browser that nobody inspects meanwhile: that would cost as much."""
    result = home / "notebooks" / "live.json"
    options = ["--headless=new", "--no-sandbox", "--remote-debugging-port=9333", f"--user-data-dir={home / 'profile'}"]
    command = [browser.candidates(playwright)[0], *options, "--window-size=1280,900", *browser.QUIET]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        time.sleep(3)
        inspector = playwright.chromium.connect_over_cdp("http://127.0.0.1:9333")
        page = inspector.contexts[0].pages[0]
        page.goto(address)
        jupyter_server.wait_for_kernel(page)
        jupyter_server.run_all(page)
        page.locator(".vaelab-image").wait_for()
        jupyter_server.start(page, LIVE)
        page.wait_for_timeout(500)
        inspector.close()  # the browser goes on
        for _ in range(600):
            if result.exists() and result.read_text().endswith("]"):
                break
            time.sleep(0.5)
        cost, looks, alone = json.loads(result.read_text())
    finally:
        process.terminate()
        process.wait(20)
    return [
        Row("— live, while `fit` runs: looks a second", f"{looks:.1f}", "", "", "≥ 5"),
        Row("— training with it, the kernel's part", "", "training without it", f"{alone:.3f} : 1", "≤ 1.05 : 1"),
        Row("— the same, and the page drawn on the same cores", "", "training without it", f"{cost:.3f} : 1"),
    ]


def saved(chromium, path: Path) -> list[Row]:
    """The page that `save` wrote, opened from disk with no network: its size, and when its first image stands."""
    alive = []
    for _ in range(5):
        context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900})
        context.add_init_script(
            """const look = () => {
                 const image = document.querySelector(".vaelab-image");
                 if (image?.getContext("2d").getImageData(14, 14, 1, 1).data[3]) window.alive = performance.now();
                 else requestAnimationFrame(look);
               };
               requestAnimationFrame(look);"""
        )
        page = context.new_page()
        page.goto(path.as_uri())
        page.wait_for_function("() => window.alive")
        alive.append(page.evaluate("window.alive"))
        context.close()
    size = path.stat().st_size / 1e6
    return [
        Row("saved page, default VAE, 10,000 codes", f"{size:.2f} MB", "", "", "≤ 2.5 MB"),
        Row("— alive after opening, no network", f"{statistics.median(alive):.0f} ms", "", "", "≤ 1000 ms"),
    ]


def measure() -> list[Row]:
    """All rows."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        jupyter_server.write_notebook(home / "notebooks" / "bench.ipynb", SETUP, EXPLORER, SLIDER, KERNEL)
        jupyter_server.write_notebook(home / "notebooks" / "live.ipynb", SETUP, EXPLORER)
        jupyter_server.write_setting(home, "notebook", "tracker", ALL_CELLS)
        chromium = browser.launch(playwright)
        with jupyter_server.serve(home) as address:
            page = chromium.new_page(viewport={"width": 1280, "height": 900})
            rows = in_jupyterlab(page, address("bench.ipynb"))
        rows += saved(chromium, home / "notebooks" / "page.html")
        chromium.close()
        with jupyter_server.serve(home) as address:
            rows += live(playwright, address("live.ipynb"), home)
    return rows
