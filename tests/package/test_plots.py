from itertools import combinations

import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.text import Text

import vaelab as vl
from vaelab import plots


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_image_grid_puts_images_row_by_row():
    images = torch.arange(5.0)[:, None].expand(5, 4) / 4  # five 2 x 2 images of one grey each
    shown = vl.image_grid(images, columns=3, title="five").get_images()[0].get_array()
    assert shown.shape == (4, 6)
    assert shown[::2, ::2].tolist() == [[0, 0.25, 0.5], [0.75, 1, 0]]  # the place that is left over is black


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_title_over_few_images_is_not_cut(count):
    ax = vl.image_grid(torch.rand(count, 784), title="The average training image")
    ax.figure.canvas.draw()
    title, figure = ax.title.get_window_extent(), ax.figure.bbox
    assert figure.x0 <= title.x0 and title.x1 <= figure.x1


def test_image_grid_says_what_it_takes():
    for shape, problem in (((784,), r"shape \(N, ...\).*images\[:1\]"), ((0, 784), "holds no images")):
        with pytest.raises(ValueError, match=problem):
            vl.image_grid(torch.zeros(shape))
    with pytest.raises(ValueError, match="10 pixels are not a square number"):
        vl.image_grid(torch.zeros(2, 10))


def test_labels_stand_at_the_medians_and_share_a_place_where_they_would_collide():
    codes = torch.tensor([[0.0, 0.0], [0.05, 0.0], [10.0, 10.0], [10.0, 10.0]])
    ax = vl.latent_scatter(codes, ["a", "b", "$\\frac{$", "$\\frac{$"])
    ax.figure.canvas.draw()  # a label is no formula
    texts = {text.get_text(): text.get_position() for text in ax.texts}
    assert set(texts) == {"a b", "$\\frac{$"}
    assert texts["a b"] == pytest.approx((0.025, 0.0)) and texts["$\\frac{$"] == pytest.approx((10, 10))


@pytest.mark.parametrize("crowd", ["heap", "line"])
def test_labels_apart_are_all_there_and_cover_nothing(crowd):
    centres = 0.3 * torch.randn(10, 2, generator=torch.Generator().manual_seed(0))
    if crowd == "line":
        centres = torch.stack([torch.linspace(-2, 1.5, 10), torch.zeros(10)], dim=1)
    ax = vl.latent_scatter(centres, [str(i) for i in range(10)], extent=[-3, 3, -3, 3], apart=True)
    ax.figure.canvas.draw()
    assert {text.get_text() for text in ax.texts} == {str(i) for i in range(10)}
    boxes = [Text.get_window_extent(text) for text in ax.texts]  # of the letters, without the line
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert all(ax.bbox.containsx(x) and ax.bbox.containsy(y) for box in boxes for x, y in box.get_points())
    for text in ax.texts:
        assert text.xy == pytest.approx(centres[int(text.get_text())].tolist()), "the line leads to its own median"


def test_where_all_classes_share_a_place_all_stands_there():
    ax = vl.latent_scatter(torch.zeros(10, 2), list("0123456789"), extent=[-3, 3, -3, 3], apart=True)
    assert [text.get_text() for text in ax.texts] == ["all"]


def test_ten_classes_have_ten_colours():
    assert len(set(plots.COLORS)) == 10


def test_plain_python_prints_what_a_figure_shows(monkeypatch, capsys):
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    vl.show(plt.figure(), alt="A curve of σ.")
    assert capsys.readouterr().out == "A curve of σ.\n"
    assert not plt.get_fignums()


def test_a_front_end_is_given_the_picture_and_its_text(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.get_ipython", object)
    monkeypatch.setattr("IPython.display.display", lambda bundle, **options: shown.append((bundle, options)))
    vl.show(plt.subplots(1, 2)[1], alt="Two panels.")
    [(bundle, options)] = shown
    assert bundle["image/png"].startswith(b"\x89PNG") and bundle["text/plain"] == "Two panels."
    assert options == {"metadata": {"image/png": {"alt": "Two panels."}}, "raw": True}
    assert not plt.get_fignums()


def test_png_closes_the_figure():
    figure = plt.figure()
    assert plots.png(figure).startswith(b"\x89PNG")
    assert not plt.get_fignums()


def test_what_is_no_square_grey_image_and_what_are_no_axes():
    for images, problem in (
        (torch.rand(3, 4, 8, 8), "square and grey"),
        (255 * torch.rand(3, 16), r"such as images / 255; these go to 2\d\d"),
    ):
        with pytest.raises(ValueError, match=problem):
            vl.image_grid(images)
    two = plt.subplots(1, 2)[1]
    for call in (lambda: vl.image_grid(torch.rand(3, 16), 3, two), lambda: vl.latent_scatter(torch.rand(3, 2), ax=two)):
        with pytest.raises(TypeError, match=r"ax must be one Axes.*got a NumPy array"):
            call()
    assert vl.image_grid(torch.rand(3, 1, 4, 4)) and vl.latent_scatter(torch.rand(3, 2).bfloat16())
    plt.close("all")
