"""The exercises of all lessons, in the order in which a learner meets them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Exercise:
    """One exercise of a lesson."""

    lesson: str
    """The notebook's name, without its ending."""
    number: int
    """Within the lesson, counted from 1."""
    title: str
    """What is to be done, in a few words."""
    check: str
    """Which function checks it, as `module.function` of `labkit.exercises`; its name in the progress file."""
    hint: str
    """Where its check has no better one for what it saw."""

    @property
    def solution(self) -> str:
        """Where a solution is, in words."""
        return f"One way is in solutions/{self.lesson}, exercise {self.number}."


COURSE = (
    Exercise(
        "01_first_conversation",
        1,
        "interrupt an answer early",
        "first_conversation.early_barge_in",
        "The time between the two speak() decides how much is heard.",
    ),
    Exercise(
        "01_first_conversation",
        2,
        "give the AI a tool",
        "first_conversation.own_tool",
        "def roll_dice() -> int: with a docstring below it, and return; then tools=[roll_dice].",
    ),
    Exercise(
        "02_anatomy_of_a_turn",
        1,
        "let it go on while you speak",
        "anatomy.undisturbed",
        "turn_detection takes the protocol's dict; session.settings shows every name in it.",
    ),
    Exercise(
        "02_anatomy_of_a_turn",
        2,
        "read a latency from the log",
        "anatomy.ttfb",
        "Look for the first record of each of the two types: for record in log, record.event['type'].",
    ),
    Exercise(
        "03_latency",
        1,
        "choose the shortest wait",
        "latency.hangover",
        "Print point.hangover_ms and point.cut_percent of every point of the curve.",
    ),
    Exercise(
        "03_latency",
        2,
        "count what came in time",
        "latency.share_within",
        "Count the turns that are in time, and divide by how many there are.",
    ),
    Exercise(
        "04_whiteboard_tutor",
        1,
        "keep the answer from ten students",
        "whiteboard.never_leaks",
        "What the tutor does is what its instructions say: add a sentence to them.",
    ),
    Exercise(
        "04_whiteboard_tutor",
        2,
        "name a slip",
        "whiteboard.own_slip",
        "Find the two numbers in before.text; what is left when one is taken from the other?",
    ),
    Exercise(
        "05_live_translation",
        1,
        "add a phrase with a slot",
        "translation.new_phrase",
        "mine = {'en': 'I need {number a|nail|nails}.', …} is one; what do you ask for in your town?",
    ),
    Exercise(
        "05_live_translation",
        2,
        "leave names alone",
        "translation.keeps_names",
        "Take the text apart into words, and ask literal only about those that are no names.",
    ),
    Exercise(
        "06_memory_across_turns",
        1,
        "predict what is forgotten first",
        "memory.first_dropped",
        "small.context.held lists every item with its state, in the order in which they were said.",
    ),
    Exercise(
        "06_memory_across_turns",
        2,
        "carry five facts in few words",
        "memory.summary_keeps",
        "Look at how the sentences begin: which of them tell a fact?",
    ),
)
