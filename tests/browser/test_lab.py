"""A real JupyterLab in a real browser: notebook 10 is run, its explorer driven, and nothing leaves the machine."""

import json
from urllib.parse import urlsplit

import nbformat
import pytest

from tools import jupyter_server
from tools.notebooks import NOTEBOOKS, shortened

NOTEBOOK = "10_moving_through_the_latent_space.ipynb"
WIDGETS = (
    """
import torch, vaelab as vl
mnist = vl.load_mnist()
images, labels = mnist.test.images[:1000], mnist.test.labels[:1000]
vae = vl.VAE(hidden=(64,))
explorer = vl.LatentExplorer(vae, images, labels)
explorer
""",
    """
comparison = vl.LossComparison(["KL only", "both"], labels, images=images)
comparison
""",
    "kl = vl.KLPlayground()\nkl",
    "elbo = vl.ELBOPlayground()\nelbo",
    "reparameterization = vl.ReparameterizationPlayground()\nreparameterization",
    "training = vl.TrainingPlayground(epochs=1)\ntraining",
)
OF_ITS_OWN = ".jp-OutputArea .vaelab:not(.vaelab .vaelab)"  # TrainingPlayground has others in it
STUB = '''@vl.exercise
def kl_to_standard_normal(mu, logvar):
    """Equation (5.10)."""
    ...'''
EXERCISE = ("import torch\nimport vaelab as vl", STUB, 'vl.predict("0a")', "vl.progress()")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder of notebooks: 10 as far as Python sets its explorer, one with the six widgets, one with an exercise."""
    home = tmp_path_factory.mktemp("lab")
    (home / "notebooks").mkdir()
    ten = shortened(nbformat.read(NOTEBOOKS / NOTEBOOK, as_version=4))
    python_sets = next(i for i, cell in enumerate(ten.cells) if "explorer.value = " in cell.source)
    ten.cells = ten.cells[: python_sets + 1]  # its other widgets are in `six`, and that all of it runs is nbval's part
    nbformat.write(ten, home / "notebooks" / NOTEBOOK)
    jupyter_server.write_notebook(home / "notebooks" / "six.ipynb", *WIDGETS)
    jupyter_server.write_notebook(home / "notebooks" / "exercise.ipynb", *EXERCISE)
    jupyter_server.write_setting(home, "notebook", "tracker", '{"windowingMode": "none"}')  # all cells on the page
    return home


@pytest.fixture(scope="module")
def address(home):
    """Where an application shows a notebook: one server has both JupyterLab and Notebook 7."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("VAELAB_PROGRESS")  # progress is to be kept beside the notebooks
        with jupyter_server.serve(home) as address:
            yield address


@pytest.fixture
def visitor(chromium):
    """A page, and the requests that it made to other machines: those are recorded and not let through."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page, elsewhere = context.new_page(), []

    def check(route):
        if urlsplit(route.request.url).hostname in ("127.0.0.1", None):  # None: data: and blob: addresses
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    context.route("**/*", check)
    yield page, elsewhere
    context.close()


def test_the_explorer_works_in_jupyterlab(address, visitor):
    page, elsewhere = visitor
    page.goto(address(NOTEBOOK, "lab"))
    jupyter_server.wait_for_kernel(page)
    jupyter_server.run_all(page)
    widget = page.locator(".jp-OutputArea .vaelab").first
    image = widget.locator(".vaelab-image")
    image.wait_for()
    pad = widget.locator(".vaelab-pad[role=slider]")
    pad.scroll_into_view_if_needed()

    pictures = [image.evaluate("c => c.toDataURL()")]

    def expect_another_picture(after: str):
        pictures.append(image.evaluate("c => c.toDataURL()"))
        assert pictures[-1] not in pictures[:-1], f"the image did not change after {after}"

    box = pad.bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"])
    page.mouse.down()
    expect_another_picture("pressing the mouse")
    for share in (0.5, 0.6, 0.7):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.4 * box["height"], steps=4)
        expect_another_picture("dragging")
    page.mouse.up()
    for key in ("ArrowDown", "ArrowDown", "ArrowLeft", "Shift+ArrowUp", "Home"):
        page.keyboard.press(key)
        expect_another_picture(key)
    assert pad.evaluate("pad => pad === document.activeElement"), "JupyterLab took the arrow keys for itself"

    # Python follows: the point that the page shows is explorer.value.
    page.keyboard.press("ArrowRight")
    shown = pad.get_attribute("aria-valuetext")
    for _ in range(20):  # a change travels in the next frame
        z1, z2 = json.loads(jupyter_server.run(page, "print(explorer.value)"))
        if shown.startswith(f"z = ({z1:.2f}, {z2:.2f})".replace("-", "−")):
            break
    else:
        raise AssertionError(f"the page shows {shown}, explorer.value is {z1, z2}")

    # The page decodes by itself, so a kernel that is busy makes no difference.
    # (The kernel's status would not do to tell: a subshell that takes the widget's messages reports it idle.)
    jupyter_server.start(page, "import time; time.sleep(20)", "slept")
    page.wait_for_function("() => window.sleptBegan")
    page.keyboard.press("ArrowUp")
    expect_another_picture("a key while the kernel was busy")
    assert not page.evaluate("Boolean(window.slept)")

    assert page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    assert elsewhere == []


@pytest.fixture(params=jupyter_server.APPS)
def six(request, address, visitor):
    """The notebook with the six widgets, run, in JupyterLab 4 or Notebook 7; `page.goto` has been called."""
    page, elsewhere = visitor
    page.goto(address("six.ipynb", request.param))
    jupyter_server.wait_for_kernel(page)
    jupyter_server.run_all(page)
    page.wait_for_function("(own) => document.querySelectorAll(own).length === 6", arg=OF_ITS_OWN)
    yield page
    assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    assert elsewhere == []


def test_all_widgets_live_in_lab_and_notebook(six):
    """Each answers a key, Python hears of it, and what Python sets is shown."""
    for number, (name, trait) in enumerate(
        [
            ("explorer", "value"),
            ("kl", "mu"),
            ("elbo", "mu"),
            ("reparameterization", "mu"),
            ("training", "reconstruction"),
        ]
    ):
        widget = six.locator(OF_ITS_OWN).nth(number if number == 0 else number + 1)
        widget.scroll_into_view_if_needed()
        before = jupyter_server.run(six, f"print({name}.{trait})")
        handle = widget.get_by_role("slider").first
        handle.focus()
        told = handle.get_attribute("aria-valuetext")
        six.keyboard.press("ArrowRight")
        assert handle.get_attribute("aria-valuetext") != told, name
        for _ in range(20):  # a change travels in the next frame
            if jupyter_server.run(six, f"print({name}.{trait})") != before:
                break
        else:
            raise AssertionError(f"Python did not hear of {name}.{trait}")
        jupyter_server.run(six, f"{name}.{trait} = {before}")
        six.wait_for_function(
            "([node, told]) => node.getAttribute('aria-valuetext') === told", arg=[handle.element_handle(), told]
        )
    training = six.locator(OF_ITS_OWN).last
    training.locator(".vaelab-training-go").click()
    training.locator(".vaelab-training-walk button").nth(2).wait_for(timeout=120_000)
    assert training.locator("table").nth(1).locator("tr").first.inner_text().split("\t") == ["trained on", "rec."]


def test_an_exercise_is_written_and_kept(address, home, visitor):
    """Open, crashed, right; a prediction picked with the mouse; and all of it still there after a restart."""
    page, _ = visitor
    picked = "c) other digits, one shape changing into the next"
    page.goto(address("exercise.ipynb", "lab"))
    jupyter_server.wait_for_kernel(page)

    def run_all():
        jupyter_server.command(page, "notebook:run-all-cells")
        return page.locator(".jp-Notebook .jp-CodeCell").nth(1)

    cell = run_all()
    cell.get_by_text("is open: until you write kl_to_standard_normal").wait_for()
    for body, said in (
        ("return mu @ nonsense", "Your code stopped in line 3:  return mu @ nonsense"),
        ("return 0.5 * (mu**2 + logvar.exp() - logvar - 1).sum(-1)", "From here on the course uses your"),
    ):
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+a")
        # Without line breaks, which the editor would indent as it likes.
        page.keyboard.insert_text(f"@vl.exercise\ndef kl_to_standard_normal(mu, logvar):\n    {body}")
        run_all()
        cell.get_by_text(said).wait_for()
    page.get_by_label(picked).check()
    kept = home / "notebooks" / "vaelab-progress.json"
    for _ in range(100):
        if picked.removeprefix("c) ") in kept.read_text():
            break
        page.wait_for_timeout(50)
    else:
        raise AssertionError("the pick was not written down")

    page.evaluate(f"async () => {{ await {jupyter_server.CONTEXT}.session.kernel.restart(); }}")
    jupyter_server.wait_for_kernel(page)
    table = jupyter_server.run(page, "import vaelab as vl; print(vl.progress())")
    assert [line for line in table.splitlines() if "✓ right" in line and "2 tries" in line], table
    assert [line for line in table.splitlines() if line.startswith("0a ") and line.endswith("✓ picked")], table
    run_all()
    page.locator(".jp-CodeCell").nth(3).get_by_text("✓ right").wait_for()
    assert page.get_by_label(picked).is_checked()
