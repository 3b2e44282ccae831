"""The lessons that are ready to use, and what a lesson is."""

from labkit.lessons.interpreter import interpreter
from labkit.lessons.lesson import Lesson
from labkit.lessons.rememberer import rememberer
from labkit.lessons.tutor import ANSWER_MACHINE, TUTOR

__all__ = ["ANSWER_MACHINE", "TUTOR", "Lesson", "interpreter", "rememberer"]
