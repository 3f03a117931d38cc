"""Exercises of notebook 06."""

from vaelab.exercises.check import Exercise
from vaelab.exercises.prediction import Prediction

EXERCISES: list[Exercise] = []

PREDICTIONS: list[Prediction] = []
