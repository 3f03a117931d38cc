"""What digit_pixels.js makes of strokes, run in Node: an image as MNIST's are, which is what it is held against."""

import numpy as np
import pytest
import torch
from support import node
from support.strokes import DIGITS, scaled


def images_of(drawings, side: int = 28) -> np.ndarray:
    """What an encoder would get of each drawing, strokes in shares of the pad: (drawings, side, side)."""
    found = node.run(
        "latent_explorer/digit_pixels.js",
        "drawings.map((strokes) => Array.from(digitPixels(strokes, side)))",
        drawings=[scaled(strokes, 28) for strokes in drawings],
        side=side,
    )
    return np.array(found).reshape(-1, side, side)


def centre(image) -> tuple[float, float]:
    """The centre of mass, across and down, where pixel (0, 0) has its middle at (0.5, 0.5)."""
    places = np.arange(len(image)) + 0.5
    return (image.sum(0) @ places / image.sum(), image.sum(1) @ places / image.sum())


def extent(image) -> tuple[int, int]:
    """The width and the height of what is not black."""
    return tuple(int(np.ptp(np.flatnonzero(image.any(axis)))) + 1 for axis in (0, 1))


def stroke_width(images) -> np.ndarray:
    """Ink over half the length of the outline, which is the sum of the gradient's size: a line's width."""
    padded = np.pad(np.atleast_3d(images.T).T, ((0, 0), (1, 1), (1, 1)))
    down, right = np.diff(padded, axis=1)[:, :, :-1], np.diff(padded, axis=2)[:, :-1]
    return 2 * padded.sum((1, 2)) / np.hypot(down, right).sum((1, 2))


@pytest.fixture(scope="module")
def drawn():
    """The digits 0 to 9: ten images (10, 28, 28)."""
    return images_of(DIGITS)


@pytest.mark.parametrize("digit", range(10))
def test_a_digit_fits_mnists_box_and_lies_where_mnists_lie(drawn, digit):
    image = drawn[digit]
    assert image.min() == 0 and image.max() == 1
    assert centre(image) == pytest.approx((14.5, 14.5), abs=0.1)  # MNIST's test digits: 14.51 and 14.49 on average
    assert 19 <= max(extent(image)) <= 21  # MNIST's: 20


def test_mnists_digits_lie_there_and_have_such_strokes(drawn, mnist):
    real = mnist.test.images.reshape(-1, 28, 28).numpy()
    centres = np.array([centre(image) for image in real[:1000]])
    assert np.abs(centres - 14.5).max() < 0.51 and np.abs(centres.mean(0) - 14.5).max() < 0.05
    assert {max(extent(image)) for image in real[:1000]} <= {19, 20}
    labels = mnist.test.labels.numpy()
    for measure, within in (
        (stroke_width, 0.2),
        (lambda images: (images > 0.98).sum((1, 2)) / (images > 0).sum((1, 2)), 0.05),  # how much of the ink is white
        (lambda images: images.mean((1, 2)), 0.02),
    ):
        theirs = measure(real)
        theirs = np.array([theirs[labels == digit].mean() for digit in range(10)])
        assert measure(drawn).mean() == pytest.approx(theirs.mean(), abs=within)


def test_the_nearest_of_ten_thousand_mnist_digits_is_the_one_that_was_drawn(drawn, mnist):
    images = torch.tensor(drawn, dtype=torch.float32).reshape(10, -1)
    nearest = torch.cdist(images, mnist.test.images).topk(5, largest=False).indices
    found = mnist.test.labels[nearest].mode(dim=1).values
    assert (found == torch.arange(10)).sum() >= 9, found


@pytest.mark.parametrize(("scale", "corner"), [(0.25, (0.72, 0.74)), (0.5, (0.02, 0.3))])
def test_size_and_place_make_no_difference(drawn, scale, corner):
    elsewhere = images_of([scaled(strokes, scale, corner) for strokes in DIGITS])
    assert np.abs(elsewhere - drawn).max() < 1e-6


@pytest.mark.parametrize("place", [(0.5, 0.5), (0.03, 0.98)])
def test_a_dot_stays_a_dot(place):
    (image,) = images_of([[[place]]])
    assert centre(image) == pytest.approx((14.5, 14.5), abs=0.1)
    assert max(extent(image)) <= 5 and image.sum() == pytest.approx(np.pi * 1.35**2, rel=0.1)


def test_a_shaky_dot_is_not_blown_up():
    (image,) = images_of([[[(0.5, 0.5), (0.51, 0.5), (0.51, 0.51)]]])
    assert max(extent(image)) <= 7


@pytest.mark.parametrize("end", [(0.5, 0.9), (0.9, 0.5)])
def test_an_upright_and_a_level_line(end):
    (image,) = images_of([[[(0.5, 0.5), end]]])
    assert sorted(extent(image))[1] in (20, 21) and sorted(extent(image))[0] <= 5
    assert centre(image) == pytest.approx((14.5, 14.5), abs=0.1)
    assert stroke_width(image[None])[0] == pytest.approx(2.5, abs=0.3)


def test_nothing_leaves_the_image_when_the_mass_lies_far_to_one_side():
    # a dot high over a bar
    (image,) = images_of([[[(0.5, 0.1)], [(0.1, 0.82), (0.9, 0.82), (0.9, 0.9), (0.1, 0.9)]]])
    assert extent(image)[1] == 20 and image[0].max() > 0 and centre(image)[1] > 14.6


@pytest.mark.parametrize("side", [8, 20, 64])
def test_other_sides(drawn, side):
    (image,) = images_of([DIGITS[3]], side)
    assert image.max() > 0.9
    assert centre(image) == pytest.approx((14.5 * side / 28,) * 2, abs=0.1)
    assert max(extent(image)) == pytest.approx(20 * side / 28, abs=2)
    assert image.mean() == pytest.approx(drawn[3].mean(), rel=0.1 if side > 8 else 0.5)
