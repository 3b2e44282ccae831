"""When it happened: from the stamps of a turn to where its time went, in our terms and in those of others.

Voice-to-voice is measured at the ear: from the person's last voiced sample (captured) to the answer's first
sample rendered, plus the output latency that the browser states. A live "last voiced" is an estimate: the last
10 ms whose level is within 24 dB of the speech's; trailing noise or a soft word end move it.

    last voiced ─ end of turn ─ commit ─ model ─ wire ─ link ─ rendering ─ output latency ─► the ear

Without a browser the last three are missing and the axis ends with the first sound in the session.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labkit.errors import UsageError
from labkit.peers import PeerFigure, peers
from labkit.turns import Turn

VOICED_BELOW_PEAK_DB = 24.0
"""A frame counts as voiced when it is at most this far below the speech level (the benches' definition)."""
FRAME_MS = 10
LOUD_PERCENTILE = 0.95
"""The speech level is this quantile of the frames, not the loudest one: a click is not speech."""
QUIET_PERCENTILE, ABOVE_ROOM_DB = 0.1, 6.0
"""In a noisy room the quietest frames are the room's, and a voiced one is louder: matters where noise is near."""
SLACK_MS = 2.0
"""Two moments of different clocks may be this much out of order, beyond what the clocks are unsure of."""

SPANS: tuple[tuple[str, str], ...] = (
    ("speech_stopped", "end of turn"),
    ("response_created", "commit"),
    ("transcribed", "transcription"),
    ("first_token", "model"),
    ("wire_audio", "model"),
    ("first_audio", "wire"),
    ("arrived", "link"),
    ("rendered", "rendering"),
)
"""A moment, and the span that ends with it; in a cascade what follows the first token is the voice's."""
ENDS = {
    "at_the_ear": "first sample at the ear",
    "first_audio": "first sound in the session",
    "arrived": "first sound in the page",
    "rendered": "first sample rendered",
}
MISSING = {
    "last_voiced": "When the person was last heard is not known: the turn was typed, or its sound was not measured.",
    "speech_stopped": "The server did not say when speech stopped.",
    "response_created": "No answer was begun.",
    "first_audio": "No sound of an answer came.",
    "arrived": "No browser took part: what happened between the session and the ear is missing.",
    "rendered": "The answer's first sample was not seen at the ear.",
}


@dataclass(frozen=True)
class Parts:
    """Where a spoken turn's time went, milliseconds; missing is `None`."""

    voice_to_voice_ms: int | None
    end_of_turn_ms: int | None
    """Last voiced sample → the server said that speech had stopped."""
    engine_ms: int | None
    """Speech stopped → first sound of the answer in the session."""
    link_ms: int | None
    """First sound in the session → first sample rendered by the browser."""
    playing_ms: int | None
    """The browser's own output latency."""


@dataclass(frozen=True)
class Span:
    """One stage of a turn, milliseconds after the last voiced sample."""

    name: str
    start_ms: float
    end_ms: float

    @property
    def ms(self) -> float:
        """How long it took."""
        return self.end_ms - self.start_ms


@dataclass(frozen=True)
class Trace:
    """One turn on one axis, whose zero is the last voiced sample (of a typed turn: when the answer was begun)."""

    index: int
    label: str
    moments: dict[str, float]
    """Milliseconds after zero, in the order of time's arrow."""
    spans: tuple[Span, ...]
    """One after the other without a gap; empty when nothing can be said."""
    voice_to_voice_ms: float | None
    """Last voiced sample → first sample at the ear."""
    uncertainty_ms: float | None
    """Of voice-to-voice: what the clocks are unsure of, and the 10 ms of a frame. Trailing noise comes on top."""
    missing: tuple[str, ...]
    """Sentences: what is missing or contradicts itself."""
    peers: tuple[PeerFigure, ...]

    @property
    def total_ms(self) -> float | None:
        """Zero → the last moment that is known: the ear, or the session where there is no browser."""
        return self.spans[-1].end_ms if self.spans else None

    @property
    def end(self) -> str:
        """Where the axis ends, in words."""
        last = next(reversed(self.moments), "")
        return ENDS.get(last, last.replace("_", " "))

    def __str__(self) -> str:
        parts = (
            " · ".join(f"{span.name} {span.ms:.0f}" for span in self.spans) or "nothing is known of this turn's time"
        )
        unsure = "" if self.uncertainty_ms is None else f" ± {self.uncertainty_ms:.0f}"
        total = "" if self.total_ms is None else f"{self.total_ms:.0f}{unsure} ms to the {self.end}: "
        return f"{total}{parts}"


@dataclass(frozen=True)
class BargeIn:
    """An answer that was interrupted (the two numbers of Full-Duplex-Bench v1.5, arXiv 2507.23159)."""

    index: int
    stop_ms: float | None
    """Stop latency: the interrupter's first voiced sample → silence at the ear."""
    response_ms: float | None
    """Response latency: the interrupter's last voiced sample → the new answer at the ear (session without browser)."""
    heard_ms: float | None
    generated_ms: float
    missing: tuple[str, ...]


def _voiced(levels_db: Sequence[float]) -> list[int]:
    if not len(levels_db):
        return []
    ordered = sorted(levels_db)
    loud = ordered[min(len(ordered) - 1, int(LOUD_PERCENTILE * len(ordered)))]
    room = min(ordered[int(QUIET_PERCENTILE * len(ordered))] + ABOVE_ROOM_DB, loud - ABOVE_ROOM_DB)
    least = max(loud - VOICED_BELOW_PEAK_DB, room)
    return [i for i, level in enumerate(levels_db) if level >= least]


def last_voiced(levels_db: Sequence[float]) -> int | None:
    """Index of the last voiced frame in the levels of an utterance (10 ms frames), `None` where there is none."""
    return max(_voiced(levels_db), default=None)


def first_voiced(levels_db: Sequence[float]) -> int | None:
    """Index of the first voiced frame, by the same rule."""
    return min(_voiced(levels_db), default=None)


def _between(stamps: dict[str, float], start: str, end: str) -> int | None:
    return round(stamps[end] - stamps[start]) if start in stamps and end in stamps else None


def parts(turn: Turn) -> Parts:
    """Where the turn's time went; without a browser the last two parts and the total are `None`."""
    stamps = turn.stamps
    total = _between(stamps, "last_voiced", "rendered")
    latency = round(stamps["output_latency"]) if "output_latency" in stamps else None
    return Parts(
        voice_to_voice_ms=None if total is None or latency is None else total + latency,
        end_of_turn_ms=_between(stamps, "last_voiced", "speech_stopped"),
        engine_ms=_between(stamps, "speech_stopped", "first_audio"),
        link_ms=_between(stamps, "first_audio", "rendered"),
        playing_ms=latency,
    )


def trace(turn: Turn) -> Trace:
    """One turn's time on one axis. Raises `UsageError` for what is no turn."""
    if not isinstance(turn, Turn):
        raise UsageError(f"A trace is of one turn, such as session.turns[-1]; this is {type(turn).__name__}.")
    stamps = turn.stamps
    zero = stamps.get("last_voiced", stamps.get("response_created"))
    if zero is None:
        return Trace(turn.index, _label(turn), {}, (), None, None, _absent(stamps), ())
    unsure = stamps.get("clock_uncertainty", 0.0)
    moments, problems = _moments(stamps, zero, unsure)
    at_the_ear = {"last_voiced", "rendered", "output_latency"} <= stamps.keys() and "rendered" in moments
    if at_the_ear:
        moments["at_the_ear"] = moments["rendered"] + stamps["output_latency"]
    return Trace(
        index=turn.index,
        label=_label(turn),
        moments=moments,
        spans=tuple(_spans(moments)),
        voice_to_voice_ms=moments.get("at_the_ear"),
        uncertainty_ms=unsure + FRAME_MS if at_the_ear else None,
        missing=(*_absent(stamps), *problems),
        peers=peers(turn),
    )


def _label(turn: Turn) -> str:
    words = turn.user or ("(not understood)" if turn.spoken else "(nothing said)")
    return words if len(words) <= 40 else f"{words[:39]}…"


def _absent(stamps: dict[str, float]) -> tuple[str, ...]:
    typed = "last_voiced" not in stamps and "speech_stopped" not in stamps
    wanted = [name for name in MISSING if name not in stamps and not (typed and name == "speech_stopped")]
    if "arrived" in wanted and "rendered" in wanted and "first_audio" in stamps:
        wanted.remove("rendered")  # said by the other
    return tuple(MISSING[name] for name in wanted)


def _moments(stamps: dict[str, float], zero: float, unsure: float) -> tuple[dict[str, float], list[str]]:
    """What happened in order; a moment that lies before the one it follows is left out and said."""
    moments, problems, before = {"last_voiced": 0.0} if "last_voiced" in stamps else {}, [], ("zero", 0.0)
    for name, _ in SPANS:
        if name not in stamps:
            continue
        if name == "speech_stopped" and "last_voiced" not in stamps:
            continue  # zero is later
        at = stamps[name] - zero
        if name == "wire_audio":  # estimated: half of the way back may be shorter than the way here
            at = max(at, before[1])
        if at < before[1] - unsure - SLACK_MS:
            problems.append(f"{name} lies {before[1] - at:.0f} ms before {before[0]}: a clock has jumped.")
            continue
        moments[name] = max(at, before[1])
        before = (name, moments[name])
    return moments, problems


def _spans(moments: dict[str, float]) -> list[Span]:
    ends = [(name, moments[name]) for name in moments if name != "last_voiced"]
    names, spans, at = dict(SPANS), [], 0.0
    for name, end in ends:
        title = names.get(name, "output latency")
        if name == "wire_audio" or (name == "first_audio" and "wire_audio" not in moments):
            title = "voice" if "first_token" in moments else "model"
        spans.append(Span(title, at, end))
        at = end
    if "last_voiced" not in moments:
        spans = [span for span in spans if span.name not in ("end of turn", "commit")]
    return spans


def latencies(turns: Iterable[Turn]) -> list[float]:
    """Voice-to-voice of the spoken turns that have one; without any browser, up to the first sound in the session."""
    spoken = [trace(turn) for turn in turns if "last_voiced" in turn.stamps]
    heard = [found.voice_to_voice_ms for found in spoken if found.voice_to_voice_ms is not None]
    return heard or [
        found.total_ms for found in spoken if found.total_ms is not None and "first_audio" in found.moments
    ]


def barge_ins(turns: Sequence[Turn]) -> list[BargeIn]:
    """One for each answer that was interrupted."""
    following = [*turns[1:], None][: len(turns)]
    return [_barge_in(turn, after) for turn, after in zip(turns, following, strict=True) if turn.interrupted]


def _barge_in(turn: Turn, after: Turn | None) -> BargeIn:
    onset = after.stamps.get("first_voiced") if after else None
    if onset is not None and onset > turn.stamps.get("cut", onset):
        onset = None  # whoever spoke next spoke later: somebody or something else had interrupted
    silent = turn.stamps.get("silent")
    missing = []
    if onset is None:
        missing.append("Nobody was heard interrupting: it was done by typing, by a button or by the page going away.")
    if silent is None:
        missing.append("When the loudspeaker fell silent is not known: no browser took part.")
    stop_ms = None
    if onset is not None and silent is not None:
        stop_ms = silent + turn.stamps.get("output_latency", 0.0) - onset
    answered = trace(after) if after and "first_audio" in after.stamps else None
    if after is not None and answered is None:
        missing.append("The interruption was not answered.")
    response_ms = answered.total_ms if answered and onset is not None else None
    return BargeIn(turn.index, stop_ms, response_ms, turn.heard_ms, turn.audio_ms, tuple(missing))
