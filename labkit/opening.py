"""Opening a conversation: which server, which settings, which way to an answer, and when it has cost enough."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from labkit import engines, tools
from labkit.cost import Meter, is_priced
from labkit.dialogue import Dialogue
from labkit.engines import Target
from labkit.errors import UsageError
from labkit.lessons import Lesson
from labkit.memory import Given, given, item
from labkit.reconnecting import ReconnectingWire
from labkit.turns import Event
from labkit.wire import Wire

if TYPE_CHECKING:
    from labkit.cascade import Models

Tool = Callable[..., Any]
TRANSCRIBER = "gpt-transcribe"
"""The hosted transcription model; the embedded engine uses its own ear whatever is named here."""
EMBEDDED_TURN_DETECTION = "semantic_vad"
"""The embedded engine's better way: it waits less after a complete sentence and longer after half of one."""
LOCAL = "local"
"""The embedded engine's ear decides when a turn ends, whoever answers."""
PIPELINES = ("realtime", "cascade", "streamed cascade")
HOSTED_CAP_USD = 1.0
"""A hosted conversation ends when it has cost this much, unless `spending_cap_usd` says otherwise."""


def _settings(
    lesson: Lesson, instructions: str | None, functions: Sequence[Tool], voice: str | None, turns: Any
) -> Event:
    transcription: Event = {"model": TRANSCRIBER}
    if lesson.expect:
        transcription["prompt"] = "\n".join(lesson.expect)
    if lesson.languages:
        transcription["languages"] = list(lesson.languages)
    listening: Event = {"transcription": transcription}
    if turns is not None:
        listening["turn_detection"] = _turn_detection(turns)
    settings: Event = {"type": "realtime", "audio": {"input": listening}}
    if voice:
        settings["audio"]["output"] = {"voice": voice}
    if instructions or lesson.instructions:
        settings["instructions"] = instructions or lesson.instructions
    if functions:
        settings["tools"] = [tools.schema(function) for function in functions]
    return settings


def _turn_detection(wanted: Any) -> Event | None:
    if isinstance(wanted, dict):
        return wanted
    if wanted in ("server_vad", "semantic_vad"):
        return {"type": wanted}
    if wanted == "manual":
        return None
    raise UsageError(
        f"turn_detection={wanted!r}: say 'server_vad', 'semantic_vad', 'manual', 'local', or give the protocol's dict."
    )


async def open_dialogue(
    engine: str | None = None,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    model: str | None = None,
    lesson: Lesson | None = None,
    instructions: str | None = None,
    tools: Sequence[Tool] = (),
    voice: str | None = None,
    turn_detection: Any = None,
    pipeline: str = "realtime",
    models: Models | None = None,
    spending_cap_usd: float | None = None,
    memory: Given = None,
    timeout_s: float | None = None,
) -> Dialogue:
    """The conversation itself, open, on the loop that this runs on; see `labkit.connect`."""
    lesson = lesson or Lesson()
    brought = given(memory)
    target = engines.choose(
        engine, base_url=base_url, api_key=api_key, model=model, skill=lesson.skill, environ=os.environ
    )
    functions = [*lesson.tools, *tools]
    if turn_detection is None and target.kind == "embedded":
        turn_detection = EMBEDDED_TURN_DETECTION
    local = turn_detection == LOCAL
    settings = _settings(lesson, instructions, functions, voice, "semantic_vad" if local else turn_detection)
    meter = _meter(target, spending_cap_usd, pipeline)
    timeout_s = engines.patience(target, timeout_s)
    target = await engines.reach(target, timeout_s)
    wire = ReconnectingWire(target, _wire(pipeline, models, lesson.voices, local=local))
    dialogue = Dialogue(target, settings, functions, wire=wire, meter=meter)
    dialogue.seeing.speaks_up = lesson.speaks_up
    await dialogue.open(timeout_s)
    if brought is not None:
        dialogue.send({"type": "conversation.item.create", "item": item(brought)})
    return dialogue


def _wire(pipeline: str, models: Models | None, voices: Mapping[str, str], *, local: bool) -> Callable[[Target], Wire]:
    """Makes what stands between the conversation and the server, for every connection anew."""
    if pipeline not in PIPELINES:
        raise UsageError(f"pipeline={pipeline!r}: say {', '.join(map(repr, PIPELINES))}.")
    if local and pipeline != "realtime":
        raise UsageError("turn_detection='local' goes with pipeline='realtime' only.")
    if pipeline != "realtime":
        from labkit.cascade import CascadeWire

        return partial(CascadeWire, streamed=pipeline.startswith("streamed"), models=models, voices=voices)
    if local:
        from labkit.local_turns import LocalTurnsWire

        own = engines.choose("embedded", base_url=None, api_key=None, model=None, skill=None, environ=os.environ)
        return partial(LocalTurnsWire, decider=own)
    return Wire


def _meter(target: Target, cap_usd: float | None, pipeline: str) -> Meter:
    """Adds up what the conversation costs; a hosted one whose prices are known has a cap of its own."""
    if pipeline != "realtime" and target.kind != "embedded":
        return Meter("cascade", cap_usd, transcriber="cascade")  # three models: no price is known for them together
    if cap_usd is None and target.kind == "hosted" and is_priced(target.model):
        cap_usd = HOSTED_CAP_USD
    return Meter(target.model, cap_usd)


def check_options(*args: Any, **options: Any) -> None:
    """Raise `UsageError` for an option that `connect` does not have."""
    known = inspect.signature(open_dialogue)
    try:
        known.bind(*args, **options)
    except TypeError as error:
        raise UsageError(f"connect() {error}: its options are {', '.join(known.parameters)}.") from None
