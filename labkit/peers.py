"""One turn in other people's terms: what pipecat, LiveKit and OpenAI-style figures would have said of it.

Their definitions, with sources, are in docs/latency.md. All of them stop their clock on the server.
"""

from __future__ import annotations

from dataclasses import dataclass

from labkit.turns import Turn


@dataclass(frozen=True)
class PeerFigure:
    """What another tool would have reported for the same turn."""

    peer: str
    name: str
    start: str
    end: str
    start_ms: float | None
    """On the turn's axis; `None` where the tool could not have started its clock."""
    ms: float | None
    note: str


def peers(turn: Turn) -> tuple[PeerFigure, ...]:
    """What other tools would have reported for the turn; the definitions' sources are in docs/latency.md."""
    stamps = turn.stamps
    zero = stamps.get("last_voiced", stamps.get("response_created", 0.0))
    hangover = turn.hangover_ms if turn.hangover_ms is not None else 0.0
    stop = "speech_stopped" if turn.hangover_ms is not None else "last_voiced"
    tokens = [name for name in ("first_token", "first_text", "first_audio") if name in stamps]
    first_token = min(tokens, key=stamps.__getitem__, default="")
    rows = (
        ("labkit", "voice-to-voice", "last_voiced", "at_the_ear", "at the ear, output latency included"),
        ("pipecat", "user-bot latency", stop, "first_audio", "VAD stop less its hangover → bot starts; on the server"),
        (
            "LiveKit",
            "e2e_latency",
            "last_voiced",
            "first_audio",
            "on the server; set for pipelines, not for realtime models",
        ),
        ("LiveKit", "end_of_turn_delay", "last_voiced", "speech_stopped", "the wait alone"),
        ("LiveKit", "ttft", "response_created", first_token, "the wait for the end of the turn is invisible"),
        ("OpenAI style", "TTFB", "speech_stopped", "first_audio", "starts after the wait for silence"),
        ("any", "time to first token", "response_created", first_token, "of text or sound"),
        ("any", "time to first audio", "response_created", "first_audio", "of the model alone"),
    )
    at_the_ear = {"at_the_ear": stamps["rendered"] + stamps["output_latency"]} if _heard(stamps) else {}
    all_stamps = {**stamps, **at_the_ear}
    figures = []
    for peer, name, start, end, note in rows:
        begun = all_stamps.get(start)
        if begun is not None and peer == "pipecat":
            begun -= hangover
        ended = all_stamps.get(end)
        ms = None if begun is None or ended is None else ended - begun
        figures.append(PeerFigure(peer, name, start, end, None if begun is None else begun - zero, ms, note))
    return tuple(figures)


def _heard(stamps: dict[str, float]) -> bool:
    return "rendered" in stamps and "output_latency" in stamps
