"""The session's settings: defaults, merging of updates, and what is refused.

Updates merge field by field, as the protocol says; `null` clears. What a client reads back in
`session.updated` is what is in force, defaults filled in.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from labkit.engine.events import Event, ProtocolError, new_id
from labkit.engine.grammar import ENGLISH, LANGUAGES, language_of
from labkit.engine.turn_taking import TurnDetection
from labkit.errors import UsageError

SESSION_S = 60 * 60
"""A session's longest life; the hosted service ends one after 60 minutes too."""
VOICES = ("alloy", "ash", "ballad", "cedar", "coral", "echo", "marin", "sage", "shimmer", "verse")
PCM = {"type": "audio/pcm", "rate": 24000}
SERVER_VAD = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 200,
    "idle_timeout_ms": None,
    "create_response": True,
    "interrupt_response": True,
}
"""The protocol's defaults; 200 ms of silence is what the published capture of `session.created` shows."""
SEMANTIC_VAD = {"type": "semantic_vad", "eagerness": "auto", "create_response": True, "interrupt_response": True}
MERGED = {"audio", "audio.input", "audio.output", "audio.input.transcription", "audio.input.noise_reduction"}
"""Objects whose fields merge; every other value is replaced whole."""
RANGES = {
    "audio.output.speed": (0.25, 1.5),
    "audio.input.turn_detection.threshold": (0.0, 1.0),
    "audio.input.turn_detection.prefix_padding_ms": (0, 5000),
    "audio.input.turn_detection.silence_duration_ms": (20, 10000),
    "audio.input.turn_detection.idle_timeout_ms": (1000, 60000),
    "truncation.retention_ratio": (0.0, 1.0),
}

TRANSCRIBER = "gpt-transcribe"
"""What transcribes in a transcription session that names nothing; the ear is the same whatever is named."""
WITHOUT_VAD = "gpt-realtime-whisper"
"""The protocol has this one transcribe turns that the client ends, and no others."""
OF_TRANSCRIPTION = ("id", "object", "type", "expires_at", "include")
"""What a transcription session has beside `audio.input`."""
TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
OF_A_RESPONSE = ("instructions", "tools", "tool_choice", "max_output_tokens", "output_modalities")
"""The session's settings that a response can have for itself, beside its voice and format."""


def defaults(model: str, now_s: int, kind: str = "realtime") -> Event:
    """The session as it stands before the client has said anything; `now_s` is Unix time.

    `kind` is "realtime" or "transcription". A transcription session has all the other settings too, for the engine's
    own use: `shown` is what its client sees.
    """
    transcribing = kind == "transcription"
    audio_in: Event = {"format": PCM, "transcription": None, "noise_reduction": None, "turn_detection": SERVER_VAD}
    if transcribing:
        audio_in["transcription"] = {"model": TRANSCRIBER}
    audio_out = {"format": PCM, "voice": "marin", "speed": 1.0}
    return copy.deepcopy(
        {
            "type": kind,
            "object": "realtime.transcription_session" if transcribing else "realtime.session",
            "id": new_id("sess"),
            "model": model,
            "output_modalities": ["audio"],
            "instructions": "",
            "tools": [],
            "tool_choice": "auto",
            "max_output_tokens": "inf",
            "truncation": "auto",
            "tracing": None,
            "include": None,
            "expires_at": now_s + SESSION_S,
            "audio": {"input": audio_in, "output": audio_out},
        }
    )


def shown(session: Event) -> Event:
    """The settings as the client sees them."""
    if session["type"] == "realtime":
        return session
    return {**{name: session[name] for name in OF_TRANSCRIPTION}, "audio": {"input": session["audio"]["input"]}}


def updated(session: Event, update: Mapping[str, Any], *, voice_fixed: bool) -> Event:
    """The settings after an update; raises `ProtocolError` and changes nothing when one cannot be had."""
    if "audio" in update and not isinstance(update["audio"], dict):
        message = "Invalid value for 'session.audio': an object is needed; leave it out to keep what is set."
        raise ProtocolError("invalid_type", message, "session.audio")
    merged = copy.deepcopy(session)
    wanted = {k: v for k, v in update.items() if k not in ("type", "object", "id", "expires_at", "model")}
    _merge(merged, wanted, "")
    _fill_in(merged)
    _refuse(merged, "session")
    if voice_fixed and merged["audio"]["output"]["voice"] != session["audio"]["output"]["voice"]:
        message = "Cannot update a conversation's voice if assistant audio is present."
        raise ProtocolError("cannot_update_voice", message, "session.audio.output.voice")
    return merged


def of_response(session: Event, params: Mapping[str, Any]) -> Event:
    """The session's settings as one response has them; raises `ProtocolError` as `updated` does."""
    merged = copy.deepcopy(session)
    merged.update({name: params[name] for name in OF_A_RESPONSE if params.get(name) not in (None, "")})
    output = (params.get("audio") or {}).get("output") or {}
    merged["audio"]["output"].update({name: value for name, value in output.items() if value is not None})
    _fill_in(merged)
    _refuse(merged, "response")
    return merged


def _merge(into: Event, update: Mapping[str, Any], path: str) -> None:
    for name, value in update.items():
        here = f"{path}.{name}".lstrip(".")
        if here in MERGED and isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value, here)
        elif name == "turn_detection" and isinstance(value, dict):
            into[name] = _turn_detection(into.get(name), value)
        else:
            into[name] = copy.deepcopy(value)


def _turn_detection(old: Event | None, new: Event) -> Event:
    kind = new.get("type") or (old or SERVER_VAD)["type"]
    fresh = SEMANTIC_VAD if kind == "semantic_vad" else SERVER_VAD
    base = old if old and old["type"] == kind else fresh
    return {**base, **{k: fresh.get(k) if v is None else v for k, v in new.items()}, "type": kind}


def _fill_in(session: Event) -> None:
    """Cleared values mean their default, except where `null` is itself a choice."""
    base = defaults("", 0)
    for name in ("output_modalities", "tools", "tool_choice", "max_output_tokens", "truncation", "instructions"):
        if session.get(name) is None:
            session[name] = base[name]
    for side in ("input", "output"):
        session["audio"][side] = {**base["audio"][side], **(session["audio"].get(side) or {})}
    output = session["audio"]["output"]
    for name in ("format", "voice", "speed"):
        output[name] = output[name] if output[name] is not None else base["audio"]["output"][name]
    if isinstance(output["voice"], dict):
        output["voice"] = output["voice"].get("id")
    session["audio"]["input"]["format"] = session["audio"]["input"]["format"] or copy.deepcopy(PCM)


def _refuse(wanted: Event, root: str) -> None:
    """Raise a `ProtocolError` for what cannot be had; `root` is what the client called it: session or response."""
    for side in ("input", "output"):
        if wanted["audio"][side]["format"].get("type") != "audio/pcm":
            param = f"{root}.audio.{side}.format.type"
            raise ProtocolError("invalid_value", "The embedded engine speaks audio/pcm at 24000 Hz only.", param)
        wanted["audio"][side]["format"] = copy.deepcopy(PCM)
    if wanted["output_modalities"] not in (["audio"], ["text"]):
        message = "Invalid modalities. Supported combinations are: ['text'] and ['audio']."
        raise ProtocolError("invalid_value", message, f"{root}.output_modalities")
    if wanted["audio"]["output"]["voice"] not in VOICES:
        message = f"Invalid voice. Supported values are: {', '.join(VOICES)}."
        raise ProtocolError("invalid_value", message, f"{root}.audio.output.voice")
    most = wanted["max_output_tokens"]
    if most != "inf" and not (isinstance(most, int) and 1 <= most <= 4096):
        message = "Invalid max_output_tokens: an integer from 1 to 4096, or 'inf'."
        raise ProtocolError("invalid_value", message, f"{root}.max_output_tokens")
    for path, (low, high) in RANGES.items():
        value = _at(wanted, path)
        if value is not None and not low <= value <= high:
            raise ProtocolError("invalid_value", f"Invalid '{path}': from {low} to {high}.", f"{root}.{path}")
    _refuse_turn_detection(wanted, root)
    for language in spoken_languages(wanted):
        if language not in LANGUAGES:
            message = f"Invalid language {language!r}: the embedded engine hears {', '.join(LANGUAGES)}."
            raise ProtocolError("invalid_value", message, f"{root}.audio.input.transcription.language")
    for at, tool in enumerate(wanted["tools"]):
        _refuse_tool(tool, f"{root}.tools.{at}")


def _refuse_turn_detection(wanted: Event, root: str) -> None:
    """Whatever the ear would refuse is refused here, where the client can be told."""
    listening = wanted["audio"]["input"]
    model = (listening["transcription"] or {}).get("model")
    if wanted["type"] == "transcription" and model == WITHOUT_VAD and listening["turn_detection"]:
        message = f"{WITHOUT_VAD} has no turn detection: set it to null, and commit yourself."
        raise ProtocolError("invalid_value", message, f"{root}.audio.input.turn_detection")
    try:
        TurnDetection.of(listening["turn_detection"])
    except UsageError as error:
        raise ProtocolError("invalid_value", str(error), f"{root}.audio.input.turn_detection") from error


def _refuse_tool(tool: Event, path: str) -> None:
    """The SDK's types leave every field of a function open; `calls` reads its name and its parameters."""
    for name in ("type", "name") if tool.get("type") != "mcp" else ():
        if tool.get(name) is None:
            param = f"{path}.{name}"
            raise ProtocolError("missing_required_parameter", f"Missing required parameter: '{param}'.", param)
    if tool["type"] != "function":
        return
    if not TOOL_NAME.fullmatch(tool["name"]):
        message = f"Invalid '{path}.name': up to 64 letters, digits, '_' and '-'."
        raise ProtocolError("invalid_value", message, f"{path}.name")
    if not _is_schema(tool.get("parameters")):
        message = f"Invalid '{path}.parameters': a JSON Schema of an object, whose properties are objects too."
        raise ProtocolError("invalid_type", message, f"{path}.parameters")


def _is_schema(parameters: object) -> bool:
    if parameters is None:
        return True
    properties = (parameters.get("properties") or {}) if isinstance(parameters, dict) else None
    if not isinstance(properties, dict):
        return False
    return all(isinstance(value, dict) and isinstance(value.get("enum", []), list) for value in properties.values())


def _at(session: Event, path: str) -> Any:
    value: Any = session
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def expected_sentences(session: Event) -> list[str]:
    """What the client says to expect: `transcription.prompt`, a sentence a line, and `keywords`."""
    transcription = session["audio"]["input"]["transcription"] or {}
    lines = [*(transcription.get("prompt") or "").splitlines(), *(transcription.get("keywords") or [])]
    return [line.strip() for line in lines if line.strip()]


def spoken_languages(session: Event) -> list[str]:
    """What may be spoken: `transcription.languages`, else `language`, without their regions; English unless said."""
    transcription = session["audio"]["input"]["transcription"] or {}
    tags = transcription.get("languages") or [transcription.get("language") or ENGLISH]
    return list(dict.fromkeys(map(language_of, tags)))


def expected_by_language(session: Event) -> dict[str, list[str]]:
    """The same for each language that may be spoken.

    A sentence may name its own, as in "es: buenos días"; one that does not is of the first. Those of a language that is
    not spoken just now are left out.
    """
    found: dict[str, list[str]] = {language: [] for language in spoken_languages(session)}
    first = next(iter(found))
    for sentence in expected_sentences(session):
        tag, colon, rest = sentence.partition(":")
        language = tag.strip().lower() if colon else ""
        if language not in LANGUAGES:
            found[first].append(sentence)
        elif language in found:
            found[language].append(rest.strip())
    return found
