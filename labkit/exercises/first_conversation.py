"""Checks for `01_first_conversation`."""

from __future__ import annotations

from typing import Any

from labkit.exercises.given import Conversation, clipped, conversation, counted
from labkit.exercises.graded import graded
from labkit.exercises.verdict import Verdict, not_yet, passed
from labkit.lessons import TUTOR, interpreter, rememberer
from labkit.turns import Turn

FEW_WORDS = 4
"""Words that may be heard before the interruption; in the lesson's own talk it is five."""
SOON_MS = 100.0
"""The answer is cut when the server hears somebody; both may be written down in either order."""


@graded
def early_barge_in(session: Any) -> Verdict:
    """Whether an answer was interrupted by voice before more than four of its words were heard.

    Takes a session, a panel or a replay; its log says what was heard.
    """
    talk = conversation(session)
    cut = [turn for turn in talk.turns if turn.interrupted]
    if not cut:
        said = talk.turns[-1].user if talk.turns else ""
        seen = f"{counted(len(talk.turns), 'turn')}, the last one “{clipped(said)}”; no answer was interrupted."
        return not_yet(seen, "somebody who speaks while an answer is sounding.", _WAITING)
    begun = [record.t_ms for record in talk.log if record.event["type"] == "input_audio_buffer.speech_started"]
    spoken = [turn for turn in cut if any(_over(turn, t_ms) for t_ms in begun)]
    if not spoken:
        seen = "the answer was interrupted, but nobody spoke over it."
        return not_yet(seen, "an interruption by voice: speak(), not say(), interrupt() or close().")
    fewest = min(spoken, key=lambda turn: len(turn.heard.split()))
    count = len(fewest.heard.split())
    were = f"{counted(count, 'word')} {'was' if count == 1 else 'were'} heard"
    words = f"{were} before the interruption: “{clipped(fewest.heard)}”"
    if count > FEW_WORDS:
        hint = "How long does the cell wait before it speaks again? The recording begins with 0.3 s of silence."
        return not_yet(f"{words}.", f"an earlier interruption: at most {FEW_WORDS} words.", hint)
    return passed(f"{words}.")


def _over(turn: Turn, t_ms: float) -> bool:
    """Whether somebody who began to speak then was the one who cut the answer."""
    stamps = turn.stamps
    return "cut" in stamps and stamps.get("first_audio", t_ms) <= t_ms <= stamps["cut"] + SOON_MS


_WAITING = "wait() returns when the answer is complete and still sounding: that is the moment to speak."


@graded
def own_tool(session: Any) -> Verdict:
    """Whether a function of the learner's was offered with a description, called, and answered from.

    Takes a session, a panel or a replay; the functions of labkit's own lessons do not count.
    """
    talk = conversation(session)
    offered = _offered(talk)
    if not offered:
        seen = "no function of yours was offered to the AI."
        return not_yet(seen, "connect(tools=[…]) with your function in the list: its name, without brackets after it.")
    names = " and ".join(offered)
    if silent := [name for name, description in offered.items() if not description.strip()]:
        missing = "a docstring: that is all that a model knows of a function."
        return not_yet(f"{silent[0]} was offered without a word about what it does.", missing)
    called = _called(talk)
    own = [call for call in called if call in offered]
    if not own:
        said = "; ".join(f"“{clipped(turn.user)}”" for turn in talk.turns) or "nothing"
        hint = f"The embedded engine calls a function when its name is said as words: “{_spoken(next(iter(offered)))}”."
        return not_yet(f"{names} was offered, and never called. What was said: {said}.", "a call: wait() for it.", hint)
    return _answered(talk, {name: output for name, output in called.items() if name in offered})


def _offered(talk: Conversation) -> dict[str, str]:
    """The learner's functions by name, with their descriptions."""
    lessons = (TUTOR, rememberer(), interpreter("en", "es"))
    known = {tool.__name__ for lesson in lessons for tool in lesson.tools}
    updates = [event.get("session") or {} for event in talk.events("session.update", sent=True)]
    tools = [tool for update in updates for tool in update.get("tools") or []]
    return {tool["name"]: tool.get("description") or "" for tool in tools if tool.get("name") not in known}


def _called(talk: Conversation) -> dict[str, str | None]:
    """Which functions were called, and what they returned as the model was told it; `None`: nothing yet."""
    names = {call.get("call_id"): call.get("name", "") for call in _items(talk, "function_call", sent=False)}
    outputs = {out.get("call_id"): out.get("output") for out in _items(talk, "function_call_output", sent=True)}
    return {name: outputs.get(call_id) for call_id, name in names.items()}


def _items(talk: Conversation, kind: str, *, sent: bool) -> list[dict[str, Any]]:
    event = "conversation.item.create" if sent else "conversation.item.added"
    items = [found.get("item") or {} for found in talk.events(event, sent=sent)]
    return [item for item in items if item.get("type") == kind]


def _answered(talk: Conversation, called: dict[str, str | None]) -> Verdict:
    """What became of the learner's calls."""
    name, output = next(reversed(called.items()))
    if output is None:
        return not_yet(f"{name} was called and has not returned yet.", "its end: use wait().")
    if '"error"' in output:
        return not_yet(f"{name} was called and failed: {clipped(output)}", "a function that works by itself: try it.")
    if output in ("", "null", '""'):
        return not_yet(f"{name} was called and returned nothing.", "a return value: that is what the AI answers from.")
    turns = [turn for turn in talk.turns if any(call.startswith(f"{name}(") for call in turn.calls)]
    answers = [turn.assistant.strip() for turn in turns if turn.status == "completed" and turn.assistant.strip()]
    if not answers:
        return not_yet(f"{name} returned {clipped(output)}; no answer was made of it.", "the answer: use wait().")
    return passed(f"{name} returned {clipped(output)}, and the answer was “{clipped(answers[-1])}”")


def _spoken(name: str) -> str:
    return name.replace("_", " ")
