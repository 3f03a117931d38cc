"""Exercises of notebook 00: one to see how exercises work."""

import torch

from vaelab.exercises.engine.check import Exercise
from vaelab.exercises.engine.prediction import Prediction


def average_image(images):
    """The mean of images (N, D) over the images, pixel by pixel: (D,)."""
    return images.mean(0)


def sets_of_images(g):
    """First three images of two pixels, then sets of several sizes: one of as many images as pixels, one of many."""
    three = torch.tensor([[0.0, 1.0], [0.0, 0.5], [0.75, 0.0]])
    shapes = ((1, 4), (5, 3), (4, 4), (2, 784), (10_001, 2))
    return [{"images": three}, *({"images": torch.rand(shape, generator=g)} for shape in shapes)]


EXERCISES = [
    Exercise(
        "0.1",
        "the average image",
        average_image,
        hints=(
            "images has a row for each image and a column for each pixel. Which of the two should disappear?",
            "images.mean(...) takes the number of the dimension to average over, counted from 0.",
            "The images are dimension 0, the pixels dimension 1: images.mean(0).",
        ),
        cases=sets_of_images,
        wrong={
            "One number for each image: this averages over the pixels. The average over the images has one number for "
            "each pixel.": lambda images: images.mean(1),
            "One number for everything. Average over the images only: each pixel keeps a number of its own.": (
                lambda images: images.mean()
            ),
            "The sum over the images is not yet their mean: it is as many times too large as there are images.": (
                lambda images: images.sum(0)
            ),
            "Right numbers, but in a table of one row. keepdim=True keeps the dimension that should disappear.": (
                lambda images: images.mean(0, keepdim=True)
            ),
            "That is the median of each pixel. Most pixels are black in most images, and it drops the others.": (
                lambda images: images.median(0).values
            ),
        },
    ),
]

PREDICTIONS = [
    Prediction(
        "0a",
        "You drag the point in a straight line from the 1s to the 0s. What will the decoder draw on the way?",
        (
            "a 1 up to a border, and from there on a 0",
            "noise, because there is no digit between a 1 and a 0",
            "other digits, one shape changing into the next",
            "the 1 and the 0 laid over each other, one fading out",
        ),
        answer="other digits, one shape changing into the next",
        because="What the decoder makes of a point between two codes is not the mean of the two images. It is whatever "
        "lies there on the map, and between the 1s and the 0s other digits have their codes. The decoder is "
        "continuous, so nothing jumps; how fast the image changes differs from place to place.",
    ),
]
