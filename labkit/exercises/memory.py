"""Checks for `06_memory_across_turns`, and the talks of its second exercise."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from labkit import context, tokens
from labkit.exercises.given import ask, clipped, conversation, text
from labkit.exercises.graded import graded
from labkit.exercises.verdict import NotYetError, Verdict, not_yet, passed

BUDGET, TIGHT = 50, 40
"""Tokens of a summary, counted as 4 characters each; the second talk must fit into fewer."""
FEWEST_WORDS = 2
"""Of a prediction: one word could be anything."""
Talk = tuple[str, ...]
"""What a person said, in order."""


def _talk(other: Sequence[str], *facts: str) -> Talk:
    """The facts with other talk around each."""
    said = list(other)
    for at, fact in enumerate(facts):
        said.insert(2 * at + 1, fact)
    return tuple(said)


TALK = _talk(
    (
        "Good morning!",
        "What time is it?",
        "That is interesting.",
        "Can you count to ten?",
        "How do you work?",
        "I see.",
        "Say that like a robot.",
        "Tell me a joke.",
        "Thank you.",
    ),
    "My name is Ana.",
    "I live in Vienna.",
    "My train leaves at nine.",
    "I am allergic to nuts.",
    "Remember that the key is under the mat.",
)
FACTS = ("Ana", "Vienna", "nine", "nuts", "mat")
"""Of each fact of `TALK` the word that must not be lost."""
UNSEEN = _talk(
    (
        "Hello there!",
        "How are you today?",
        "What can you do?",
        "Are you listening?",
        "Please speak slowly.",
        "That was funny.",
        "Count to twenty.",
        "Well, well.",
        "See you tomorrow.",
    ),
    "I live in Lima.",
    "Remember that the meeting is on Friday.",
    "My name is Ben.",
    "I am allergic to milk.",
    "My bus leaves at seven.",
)
"""A talk of which the learner is told nothing."""
UNSEEN_FACTS = ("Lima", "Friday", "Ben", "milk", "seven")


@graded
def first_dropped(prediction: str, log: Any) -> Verdict:
    """Whether the item whose words were predicted is the first one that the token limit pushed out.

    Takes a session or its log.
    """
    held = context.held(conversation(log).log)
    dropped = [item for item in held if item.state == "dropped"]
    if not dropped:
        used = sum(item.total for item in held if item.state == "held")
        seen = f"nothing was dropped: {len(held)} items of {used} tokens are held."
        return not_yet(seen, "the conversation `small` with room for 120 tokens, and more talk than fits.")
    words = _plain(text(prediction, "words: a text in quotes."))
    if not words:
        return not_yet(f"{len(dropped)} items were dropped.", "your prediction: write down the words that went first.")
    if len(words) < FEWEST_WORDS:
        return not_yet(f"“{clipped(prediction)}” could be anything.", "more of its words.")
    if not _within(words, _plain(dropped[0].text)):
        return _not_first(prediction, words, held)
    return passed(f"“{clipped(dropped[0].text)}” went first: the oldest goes, however important it is.")


def _not_first(prediction: str, words: list[str], held: Sequence[context.Held]) -> Verdict:
    """What became of the item that was predicted."""
    found = next((item for item in held if _within(words, _plain(item.text))), None)
    fate = "was never said" if found is None else "is still there" if found.state == "held" else "went too, but later"
    kept = next((item for item in held if item.state == "held"), None)
    oldest = f" The oldest that is left is “{clipped(kept.text)}”." if kept else ""
    hint = "Print small.context.held: in which order do the dropped ones stand?"
    return not_yet(f"“{clipped(prediction)}” {fate}.{oldest}", "the one that went first. Size, meaning or age?", hint)


def _plain(words: str) -> list[str]:
    return re.findall(r"\w+", words.lower())


def _within(some: list[str], words: list[str]) -> bool:
    """Whether some words stand in this order, side by side, among others."""
    return any(words[at : at + len(some)] == some for at in range(len(words)))


@graded
def summary_keeps(summarise: Callable[[Talk, int], str]) -> Verdict:
    """Whether a learner's `summarise(said, budget)` keeps five facts of each talk within the budget."""
    summary = _summary(summarise, TALK, BUDGET, "the summary")
    if lost := [fact for fact in FACTS if not _says(summary, fact)]:
        seen = f"{len(FACTS) - len(lost)} of {len(FACTS)} facts are in it: “{clipped(summary)}”"
        hint = "How does somebody begin who tells a fact, and how do all the others begin?"
        return not_yet(seen, f"those with {', '.join(lost)}.", hint)
    other = _summary(summarise, UNSEEN, TIGHT, "of another talk the summary")
    if invented := [fact for fact in (*FACTS, *UNSEEN_FACTS) if _says(summary, fact) and _says(other, fact)]:
        return not_yet(f"it says “{invented[0]}” of two talks; it was said in one.", "a summary of what was said.")
    if lost := [fact for fact in UNSEEN_FACTS if not _says(other, fact)]:
        kept = len(UNSEEN_FACTS) - len(lost)
        seen = f"all facts of the first talk; {kept} of {len(UNSEEN_FACTS)} of a talk that your function had not seen."
        hint = "Go by how a fact is said, not by what it says: the other one has other names and other talk around it."
        return not_yet(seen, "a function that finds facts in any such talk.", hint)
    return passed(f"five facts of each talk are kept, within {BUDGET} tokens and within {TIGHT}.")


def _summary(summarise: Callable[[Talk, int], str], said: Talk, budget: int, what: str) -> str:
    """What the function makes of a talk; ends the check where that is too long."""
    summary = text(ask(summarise, said, budget), "a text: the sentences that are worth keeping, in one string.")
    if (used := tokens.of_text(summary)) > budget:
        hint = "Leave out whole sentences: which of them would nobody miss?"
        raise NotYetError(f"{what} has {used} tokens.", f"brevity: {budget} are left for it.", hint)
    return summary


def _says(summary: str, fact: str) -> bool:
    return re.search(rf"\b{fact}\b", summary, re.IGNORECASE) is not None
