"""What a skill is asked: the conversation's items as one request, and which of its calls are still to be made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from labkit.engine import settings
from labkit.engine.calls import Call
from labkit.engine.items import Item
from labkit.engine.response import Response
from labkit.engine.skills import Moment, Request
from labkit.engine.state import State

GREETING = "hello"
"""What an answer replies to when nobody has said anything yet."""
ABOUT_A_PICTURE = "what do you see"
"""What a picture without words asks."""


def request(items: Sequence[Item], response: Response, state: State, now: datetime) -> Request:
    """What is to be answered, and everything that the items tell about it."""
    items = _without_strays(items)
    last = _asked(items)
    sights = [sight for item in items for _, sight in sorted(item.sights.items())]
    return Request(
        text=_words(last, ABOUT_A_PICTURE if sights else GREETING),
        hearing=last.hearing if last else None,
        understood=last is None or last.hearing is None or last.hearing.accepted,
        sight=sights[-1] if sights else None,
        history=[(i.wire.get("role", ""), i.text) for i in items if i is not last and (i.text or i.truncated)],
        now=now,
        instructions=response.instructions,
        expected=settings.expected_sentences(state.session),
        pictures=sights,
        new_pictures=_count_new(items),
        has_words=last is None or _has_words(last),
        outputs=_outputs(items),
        tools=_callable(response),
        languages=settings.spoken_languages(state.session),
        moments=[_moment(item, item.at or now) for item in items],
    )


def _moment(item: Item, at: datetime) -> Moment:
    heard = item.hearing is None or item.hearing.accepted
    sights = [sight for _, sight in sorted(item.sights.items())]
    if item.wire["type"] == "function_call":
        return Moment("call", item.wire["name"], at, arguments=item.wire["arguments"])
    return Moment(item.wire.get("role", ""), item.text, at, heard, sights, hearing=item.hearing)


def missing_calls(wanted: Sequence[Call], tools: frozenset[str], items: Sequence[Item]) -> list[Call]:
    """Those of a reply's calls that the client can make and was not asked for yet."""
    calls = [item.wire for item in _since_asked(items) if item.wire["type"] == "function_call"]
    made = [Call(call["name"], call["arguments"]) for call in calls]
    return [call for call in wanted if call.name in tools and call not in made]


def _without_strays(items: Sequence[Item]) -> list[Item]:
    """Without outputs of calls that are not there: they were handed over when the calls had just been taken back."""
    made = {item.wire.get("call_id") for item in items if item.wire["type"] == "function_call"}
    strays = [i for i in items if i.wire["type"] == "function_call_output" and i.wire["call_id"] not in made]
    return [item for item in items if item not in strays]


def _has_words(item: Item) -> bool:
    return bool(item.text or item.hearing)


def _words(last: Item | None, unspoken: str) -> str:
    if last is None or not _has_words(last):
        return unspoken
    return "" if last.hearing and not last.hearing.accepted else last.text


def _asked(items: Sequence[Item]) -> Item | None:
    """The newest words since the last answer, whatever was shown after them; else what the person did last."""
    newest = None
    for item in reversed(items):
        if item.wire.get("role") == "assistant" and newest is not None:
            break
        if item.wire.get("role") == "user":
            newest = newest or item
            if _has_words(item):
                return item
    return newest


def _since_asked(items: Sequence[Item]) -> list[Item]:
    """What came after the person's last words or picture, if it was not answered yet."""
    asked = _asked(items)
    begun = [at for at, item in enumerate(items) if item is asked or item.wire.get("role") == "assistant"]
    return list(items[begun[-1] + 1 :] if begun else items)


def _count_new(items: Sequence[Item]) -> int:
    """Pictures that came after the last answer, in words or by a call alone, and not after what is asked now."""
    asked, count = _asked(items), 0
    for item in items:
        answered = item.wire.get("role") == "assistant" or item.wire["type"] == "function_call_output"
        count = 0 if answered else count + len(item.sights)
        if item is asked:
            return count
    return 0


def _outputs(items: Sequence[Item]) -> list[tuple[str, str]]:
    names = {item.wire.get("call_id"): item.wire["name"] for item in items if item.wire["type"] == "function_call"}
    outputs = [item.wire for item in _since_asked(items) if item.wire["type"] == "function_call_output"]
    return [(names[output["call_id"]], output["output"]) for output in outputs]


def _callable(response: Response) -> frozenset[str]:
    if response.tool_choice == "none":
        return frozenset()
    return frozenset(str(tool["name"]) for tool in response.tools if tool.get("type") == "function")
