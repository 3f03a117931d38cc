"""Exercises of notebook 11."""

from vaelab.exercises.check import Exercise
from vaelab.exercises.prediction import Prediction

EXERCISES: list[Exercise] = []

PREDICTIONS: list[Prediction] = []
