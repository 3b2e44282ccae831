"""Checks for `01_first_conversation`."""

from __future__ import annotations

from typing import Protocol

from labkit.exercises import Verdict
from labkit.turns import Record, Turn

FEW_WORDS = 6


class Conversation(Protocol):
    """What a check looks at: any session of labkit."""

    @property
    def turns(self) -> list[Turn]: ...
    @property
    def log(self) -> list[Record]: ...


def early_barge_in(session: Conversation) -> Verdict:
    """Whether an answer was interrupted by voice before more than six of its words were heard."""
    cut = [turn for turn in session.turns if turn.interrupted]
    if not cut:
        return Verdict(False, "no answer was interrupted: speak while one is still sounding.")
    started = sum(record.event["type"] == "input_audio_buffer.speech_started" for record in session.log)
    if started < 2:
        return Verdict(False, "the answer was interrupted by typing: use speak() to talk over it.")
    fewest = min(len(turn.heard.split()) for turn in cut)
    words = f"{fewest} words were heard before the interruption"
    return Verdict(
        fewest <= FEW_WORDS, words + ("." if fewest <= FEW_WORDS else f": interrupt sooner, {FEW_WORDS} are allowed.")
    )


def own_tool(session: Conversation) -> Verdict:
    """Whether a function of the learner's was called, and its result made it into the answer."""
    outputs = [
        record.event["item"]["output"]
        for record in session.log
        if record.sent and record.event["type"] == "conversation.item.create"
        if record.event["item"]["type"] == "function_call_output"
    ]
    if not outputs:
        return Verdict(False, "no function was called: give connect() a tool and say its name as words.")
    if any('"error"' in output for output in outputs):
        return Verdict(False, f"the function failed: {outputs[-1]}")
    called = [turn for turn in session.turns if turn.calls and turn.status == "completed"]
    if not called:
        return Verdict(False, "the function was called, its answer is still missing: use wait().")
    return Verdict(True, f"{called[-1].calls[-1]} was called and the answer was “{called[-1].assistant.strip()}”")
