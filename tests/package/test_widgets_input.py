"""What all widgets are given, by kinds: misspelled names, labels, other defaults of PyTorch, paths, styles."""

import math
from base64 import b64encode

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
import torch
import traitlets
from nbconvert import HTMLExporter
from torch import nn

import vaelab as vl
from vaelab.widgets.shared import base


@pytest.fixture(scope="module")
def images():
    return torch.rand(60, 784, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def history(images):
    return vl.fit(vl.VAE(hidden=(8,)), vl.VAELoss(), images, epochs=1, snapshot=vl.latent_snapshot(images))


@pytest.fixture(scope="module")
def five(images, history):
    """A function that makes each of the widgets."""
    model, labels = vl.VAE(hidden=(8,)), torch.arange(60) % 3
    tanh = vl.VAE(hidden=(8,))
    tanh.decoder = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 784))
    return lambda: [
        vl.LatentExplorer(model, images, labels),
        vl.LatentExplorer(tanh, images, labels),
        vl.LossComparison({"a": history}, labels),
        vl.LossComparison(["a"], labels, images=images),
        vl.KLPlayground(),
        vl.ELBOPlayground(),
        vl.ReparameterizationPlayground(),
        vl.ReparameterizationPlayground(f=lambda z: z**2),
    ]


def states(widgets) -> list[dict]:
    return [{name: value for name, value in one.get_state().items() if name != "layout"} for one in widgets]


# The picture


def pictures(widgets) -> list[dict]:
    return [widget._repr_mimebundle_()[0] for widget in widgets]


def test_a_notebooks_style_is_not_the_pictures(five):
    """LaTeX and a font that are not installed, a nonsense of sizes: the widgets' pictures stay the same."""
    expected = pictures(five())
    with mpl.rc_context({"text.usetex": True, "font.family": "No Such Font", "axes.linewidth": 30, "font.size": 40}):
        found = pictures(five())
        assert mpl.rcParams["font.size"] == 40
    assert [one["image/png"] for one in found] == [one["image/png"] for one in expected]


def test_a_picture_that_fails_does_not_hide_the_widget(five, monkeypatch):
    monkeypatch.setattr(plt.Figure, "savefig", lambda *_, **__: 1 / 0)
    open_before = plt.get_fignums()
    for widget, data in ((widget, widget._repr_mimebundle_()[0]) for widget in five()):
        assert "application/vnd.jupyter.widget-view+json" in data and "image/png" not in data
        assert data["text/plain"] == f"{widget!r} (Its picture can't be drawn: ZeroDivisionError: division by zero)"
    assert plt.get_fignums() == open_before


def test_a_notebook_without_the_state_of_its_widgets_becomes_a_page_with_their_pictures():
    """As `jupyter nbconvert --execute --ExecutePreprocessor.store_widget_state=False --to html` makes one."""
    data, metadata = vl.KLPlayground()._repr_mimebundle_()
    picture = b64encode(data["image/png"]).decode()
    output = nbformat.v4.new_output("display_data", {**data, "image/png": picture}, metadata=metadata)
    cell = nbformat.v4.new_code_cell("vl.KLPlayground()", outputs=[output])
    html, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    assert picture in html and "widget-view+json" not in html


# PyTorch's defaults


@pytest.fixture(scope="module")
def usual(five):
    return states(five())


@pytest.mark.parametrize("dtype, device", [(torch.float64, None), (torch.float32, "meta")])
def test_other_defaults_of_pytorch_change_nothing(five, usual, dtype, device):
    try:
        torch.set_default_dtype(dtype)
        torch.set_default_device(device)
        widgets = five()
        assert states(widgets) == usual and all("image/png" in one for one in pictures(widgets))
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)


@pytest.mark.parametrize("without_gradients", [torch.no_grad, torch.inference_mode])
def test_without_gradients_widgets_are_the_same(five, usual, without_gradients):
    with without_gradients():
        assert states(five()) == usual


# Names


@pytest.mark.parametrize(
    "widget, wrong, meant",
    [
        (vl.LatentExplorer, "label", "is labels meant"),
        (vl.LatentExplorer, "Images", "is images meant"),
        (vl.LatentExplorer, "_codes", "there are model, images, labels, value"),
        (vl.LossComparison, "history", "is histories meant"),
        (vl.LossComparison, "epochs", "is epoch meant"),
        (vl.KLPlayground, "logvar", "there are mu, sigma, mu_p, sigma_p"),
        (vl.KLPlayground, "sigmap", "is sigma_p meant"),
        (vl.ELBOPlayground, "observations", "is observation meant"),
        (vl.ReparameterizationPlayground, "sigm", "is sigma meant"),
    ],
)
def test_a_misspelled_name_is_refused_before_anything_else(widget, wrong, meant):
    with pytest.raises(TypeError, match=rf"^{widget.__name__} has no argument {wrong}: {meant}"):
        widget(**{wrong: 0})


def test_names_that_are_right(images):
    explorer = vl.LatentExplorer(model=vl.VAE(hidden=(4,)), images=images, value=[1, 2], layout={"width": "50%"})
    assert explorer.value == [1.0, 2.0] and explorer.layout.width == "50%"


# Labels


class Column:
    """What a data frame's column of strings is to NumPy: an array of objects."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, object)


@pytest.mark.parametrize(
    "labels, names",
    [
        (np.array(["b", "a"], object), ["a", "b"]),
        (Column(["b", "a"]), ["a", "b"]),
        (Column([3, 1]), ["1", "3"]),
        ([1, "a"], ["1", "a"]),
        ((np.int64(3), 1), ["1", "3"]),
        (np.array([True, False], object), ["False", "True"]),
    ],
)
def test_labels_may_be_objects_that_name_classes(labels, names):
    assert base.classes_of(labels, 2)["_names"] == names


@pytest.mark.parametrize(
    "labels", [["a", math.nan], Column(["a", None]), Column([1, math.nan]), torch.ones(2, device="meta")]
)
def test_where_a_label_is_missing_it_is_said(labels):
    with pytest.raises(ValueError, match="labels must be whole numbers or strings"):
        base.classes_of(labels, 2)


def test_a_picture_of_objects_as_labels(images):
    explorer = vl.LatentExplorer(vl.VAE(hidden=(4,)), images, Column([["cat", "dog"][i % 2] for i in range(60)]))
    assert [text.get_text() for text in explorer.picture().legends[0].get_texts()] == ["cat", "dog"]


@pytest.mark.parametrize("classes, said", [(10, ""), (12, " 12 classes share 10 colours.")])
def test_classes_that_share_a_colour_are_told_of(images, history, classes, said):
    labels = [i % classes for i in range(60)]
    for widget in (vl.LatentExplorer(vl.VAE(hidden=(4,)), images, labels), vl.LossComparison({"a": history}, labels)):
        assert widget.caption().endswith(f".{said}") and ("share" in widget.caption()) == bool(said)


# Numbers


def test_numbers_may_come_from_numpy_or_be_tensors(images):
    playground = vl.KLPlayground(mu=np.float32(0.5), sigma=torch.tensor(0.25), mu_p=np.array(1), sigma_p=2)
    assert (playground.mu, playground.sigma, playground.mu_p, playground.sigma_p) == (0.5, 0.25, 1.0, 2.0)
    playground.mu = torch.tensor(1.5, requires_grad=True)
    assert playground.mu == 1.5 and type(playground.mu) is float
    explorer = vl.LatentExplorer(vl.VAE(hidden=(4,)), value=(torch.tensor(1.0), np.float32(2)))
    assert explorer.value == [1.0, 2.0]
    for z in (torch.tensor([0.5, -1.0]), np.array([0.5, -1.0], "f4"), np.array([1, 2]), (0.5, -1)):
        explorer.value = z
        assert explorer.value == [float(part) for part in z]
    for wrong in (torch.zeros(1, 2), np.zeros(3), torch.tensor(1.0), "ab", None):
        with pytest.raises(traitlets.TraitError, match="value"):
            explorer.value = wrong
    for wrong in (torch.zeros(2), "1", None, math.nan):
        with pytest.raises(traitlets.TraitError, match="mu"):
            playground.mu = wrong


def test_a_slope_is_found_where_gradients_are_switched_off():
    with torch.inference_mode():
        playground = vl.ReparameterizationPlayground(f=lambda z: z**2)
    slope = torch.frombuffer(bytearray(playground._f), dtype=torch.float32).reshape(2, -1)[1]
    assert slope[-1] == 24


@pytest.mark.parametrize("thing", [nn.ReLU, 3, "z"])
def test_what_is_no_function(thing):
    with pytest.raises(TypeError, match="f must be a function of z"):
        vl.ReparameterizationPlayground(thing)


# Saving


def test_where_a_page_can_be_saved(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert vl.KLPlayground().save("~/page.html") == tmp_path / "page.html"
    for wrong, error, message in (
        (3, TypeError, r'path must be a file\'s name, such as "explorer.html"; got 3'),
        (None, TypeError, "got None"),
        (tmp_path, IsADirectoryError, "is a folder; name a file in it"),
        (tmp_path / "no" / "a.html", FileNotFoundError, r"the folder .*no is not there; make it first"),
    ):
        with pytest.raises(error, match=message):
            vl.KLPlayground().save(wrong)
    with pytest.raises(TypeError, match="title must be a text; got 3"):
        vl.KLPlayground().save(tmp_path / "a.html", title=3)


def test_a_page_has_the_title_that_it_is_given_and_says_what_needs_the_notebook(five, tmp_path):
    for widget in five():
        text = widget.save(tmp_path / "a.html", title="Codes & <images>").read_text()
        assert "<title>Codes &amp; &lt;images&gt;</title>" in text and "<h1>Codes &amp; &lt;images&gt;</h1>" in text
        assert ("needs the notebook" in text) == isinstance(widget, vl.LatentExplorer | vl.LossComparison)
        assert f"<title>{type(widget).__name__}</title>" in widget.save(tmp_path / "a.html").read_text()
