"""What a conversation costs: from the usage that the server states to dollars, by a price table with its date.

A response is billed on its `usage`: text, audio and image tokens read (of which some were cached, and are
cheaper) and generated; transcription is billed beside it. What the server does not say is not guessed: it is
named in `missing`, and the sum is then a lower bound.

    usd = Σ over text, audio, image of (in - cached) · price in + cached · price cached + out · price out
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from labkit.errors import UsageError
from labkit.turns import Event, Turn

PRICES_DATE = "2026-11"
"""When the prices were read: OpenAI's model pages (developers.openai.com/api/docs/models), which litellm's price table
equals; gpt-4o-transcribe is of that table alone."""
COMPARED_MODEL = "gpt-realtime-2.1"
"""What an embedded model's talk is priced as: there it would have cost something."""
TRANSCRIBER = "gpt-transcribe"
"""What transcribes unless the settings name another."""
KINDS = ("text", "audio", "image")


@dataclass(frozen=True)
class Price:
    """What a model costs; a model has one of the two."""

    per_million: Mapping[str, float] = field(default_factory=dict)
    """USD per million tokens by kind: "text in", "text cached", "text out", the same of audio and image."""
    per_minute: float | None = None
    """USD per minute of sound."""


def _tokens(**kinds: tuple[float, ...]) -> Price:
    """Prices per million tokens: in, cached, and out where the kind is generated too."""
    ways = ("in", "cached", "out")
    return Price({f"{kind} {way}": usd for kind, usds in kinds.items() for way, usd in zip(ways, usds, strict=False)})


_REALTIME_2 = _tokens(text=(4, 0.4, 24), audio=(32, 0.4, 64), image=(5, 0.5))
PRICES: dict[str, Price] = {
    "gpt-realtime-2": _REALTIME_2,
    "gpt-realtime-2.1": _REALTIME_2,
    "gpt-realtime-1.5": _tokens(text=(4, 0.4, 16), audio=(32, 0.4, 64), image=(5, 0.5)),
    "gpt-realtime-2.1-mini": _tokens(text=(0.6, 0.06, 2.4), audio=(10, 0.3, 20), image=(0.8, 0.08)),
    "gpt-4o-transcribe": Price({"text in": 2.5, "audio in": 6, "text out": 10}),
    "gpt-transcribe": Price(per_minute=0.0045),
    "gpt-live-transcribe": Price(per_minute=0.017),
    "gpt-realtime-whisper": Price(per_minute=0.017),
    "gpt-realtime-translate": Price(per_minute=0.034),
}


@dataclass(frozen=True)
class Cost:
    """Dollars, what they were for, and what could not be counted."""

    usd: float | None
    """The sum; `None` where nothing could be priced, a lower bound where something is `missing`."""
    model: str
    """Whose prices these are."""
    hypothetical: bool = False
    """An embedded model answered, which costs nothing: this is what the same talk would have cost."""
    parts: Mapping[str, float] = field(default_factory=dict)
    """USD by kind: "text in", "text cached", "text out", the same of audio and image, "minutes", "transcription"."""
    tokens: Mapping[str, int] = field(default_factory=dict)
    """Tokens by the same kinds; what was cached is not in "in" as well."""
    missing: tuple[str, ...] = ()
    """What is not counted, and why."""

    def __add__(self, other: Cost) -> Cost:
        known = [cost.usd for cost in (self, other) if cost.usd is not None]
        models = dict.fromkeys(model for cost in (self, other) for model in cost.model.split(" and ") if model)
        return Cost(
            sum(known) if known else None,
            " and ".join(models),
            hypothetical=self.hypothetical or other.hypothetical,
            parts=_sum(self.parts, other.parts),
            tokens=_sum(self.tokens, other.tokens),
            missing=tuple(dict.fromkeys(self.missing + other.missing)),
        )

    def __str__(self) -> str:
        whose = f"({self.model}, prices of {PRICES_DATE})" if self.model else "(nothing was answered)"
        if self.usd is None:
            return f"cost unknown {whose}: {'; '.join(self.missing)}"
        would = "would have cost " if self.hypothetical else ""
        least = "at least " if self.missing else ""
        left_out = f"; not counted: {'; '.join(self.missing)}" if self.missing else ""
        return f"{would}{least}{_dollars(self.usd)} {whose}{left_out}"


def _sum(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in (*one, *(n for n in other if n not in one))}


def _dollars(usd: float) -> str:
    if 0 < usd < 0.0001:
        return "less than $0.0001"
    return f"${usd:.4f}" if usd < 1 else f"${usd:.2f}"


NOTHING = Cost(0.0, "")


# -- one usage -----------------------------------------------------------------------------------------------


def of_usage(usage: Event | None, model: str) -> Cost:
    """The cost of one `usage` object: a response's, or a transcription's (by tokens or by duration)."""
    embedded = model.startswith("labkit-")
    priced = COMPARED_MODEL if embedded else model
    price = PRICES.get(re.sub(r"-\d{4}-\d{2}-\d{2}$", "", priced))  # a dated snapshot costs what its model costs
    if price is None:
        return Cost(None, priced, missing=(f"the price of {priced or 'a model without a name'}",))
    if not isinstance(usage, dict) or not usage:
        return Cost(None, priced, embedded, missing=("an answer for which the server stated no usage",))
    if usage.get("type") == "duration" or price.per_minute is not None:
        return _of_duration(usage, price, priced)
    tokens, missing = _count(usage, price)
    parts = {kind: count * price.per_million[kind] / 1e6 for kind, count in tokens.items()}
    return Cost(sum(parts.values()), priced, embedded, parts, tokens, tuple(missing))


def _of_duration(usage: Event, price: Price, model: str) -> Cost:
    seconds = usage.get("seconds")
    if price.per_minute is None or not isinstance(seconds, int | float):
        told, wanted = ("seconds", "tokens") if price.per_minute is None else ("tokens", "seconds")
        return Cost(None, model, missing=(f"usage in {told}, where {model} is priced by {wanted}",))
    usd = seconds / 60 * price.per_minute
    return Cost(usd, model, parts={"minutes": usd})


def _count(usage: Event, price: Price) -> tuple[dict[str, int], list[str]]:
    """Tokens by kind of price, and what cannot be told."""
    heard, missing = _read(usage)
    said, unnamed = _by_kind(usage, "output")
    counts = {**heard, **{f"{kind} out": count for kind, count in said.items()}}
    missing += [unnamed] if unnamed else []
    unpriced = [f"{counts.pop(kind)} tokens of {kind}" for kind in list(counts) if kind not in price.per_million]
    return counts, missing + unpriced


def _read(usage: Event) -> tuple[dict[str, int], list[str]]:
    """Tokens that were read: `cached` is a part of them, by kind where the server says so."""
    given, unnamed = _by_kind(usage, "input")
    missing = [unnamed] if unnamed else []
    details = _dict(usage.get("input_token_details"))
    total = _number(details.get("cached_tokens"))
    cached = {kind: _number(_dict(details.get("cached_tokens_details")).get(f"{kind}_tokens")) for kind in KINDS}
    if total and not any(cached.values()) and len(given) == 1:
        cached[next(iter(given))] = total  # there is only one kind that they can be of
    if total != sum(cached.values()) or any(count > given.get(kind, 0) for kind, count in cached.items()):
        return {}, [*missing, f"what was read ({sum(given.values())} tokens): which of them were cached is not clear"]
    counts = {f"{kind} in": count - cached[kind] for kind, count in given.items()}
    return {**counts, **{f"{kind} cached": count for kind, count in cached.items() if count}}, missing


def _by_kind(usage: Event, side: str) -> tuple[dict[str, int], str]:
    """Tokens of one side by kind, and in words how many are of no kind that is named."""
    details = _dict(usage.get(f"{side}_token_details"))
    counts = {kind: count for kind in KINDS if (count := _number(details.get(f"{kind}_tokens")))}
    if side == "output" and not details and usage.get("type") == "tokens":
        counts = {"text": _number(usage.get("output_tokens"))}  # a transcription is text
    unnamed = _number(usage.get(f"{side}_tokens")) - sum(counts.values())
    return counts, f"{unnamed} {side} tokens of which the server does not say the kind" if unnamed > 0 else ""


def _dict(value: Any) -> Event:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _of_transcription(usage: Event | None, model: str, *, embedded: bool) -> Cost:
    cost = of_usage(usage, model)
    parts = {} if cost.usd is None else {"transcription": cost.usd}
    return Cost(cost.usd, "", embedded and cost.usd is not None, parts, missing=cost.missing)


# -- turns, and while it happens -----------------------------------------------------------------------------


def is_priced(model: str) -> bool:
    """Whether the model's price is known."""
    return of_usage({"input_tokens": 0}, model).usd is not None


def of_turn(turn: Turn, model: str | None = None, transcriber: str = TRANSCRIBER) -> Cost:
    """What one turn cost, transcription included; `model` says whose prices to use instead of the turn's own model."""
    whose = model or turn.model
    embedded = turn.model.removeprefix("cascade of ").startswith("labkit-")
    usages: list[Event | None] = [*turn.usage] or ([None] if turn.done else [])
    total = sum((of_usage(usage, whose) for usage in usages), NOTHING)
    transcriptions = (_of_transcription(u, transcriber, embedded=embedded) for u in turn.transcription_usage)
    cost = sum(transcriptions, total)
    return replace(cost, hypothetical=cost.hypothetical or embedded)


def of_turns(turns: Iterable[Turn], model: str | None = None, transcriber: str = TRANSCRIBER) -> Cost:
    """What a conversation cost, or what has been counted of it; see `of_turn`."""
    return sum((of_turn(turn, model, transcriber) for turn in turns), NOTHING)


class Meter:
    """Adds up what is spent as events come, and says when a cap is reached.

    Raises `UsageError` for a cap that is no amount, or that cannot be kept since the model's price is not known.
    """

    def __init__(self, model: str, cap_usd: float | None = None, transcriber: str = TRANSCRIBER) -> None:
        self._model = model
        self._cap_usd = cap_usd
        self._transcriber = transcriber
        self.cost = NOTHING
        """So far."""
        if cap_usd is not None and not cap_usd > 0:
            raise UsageError(f"A spending cap of {cap_usd!r} is no amount: give dollars above 0.")
        if cap_usd is not None and not is_priced(model):
            raise UsageError(f"The price of {model!r} is not known, so no cap can be kept: leave the cap away.")

    def add(self, event: Event) -> bool:
        """Count a server event; true once, for the event that reached the cap."""
        before = self.reached
        if event.get("type") == "response.done":
            self.cost += of_usage(_dict(event.get("response")).get("usage"), self._model)
        elif event.get("type") == "conversation.item.input_audio_transcription.completed":
            embedded = self._model.startswith("labkit-")
            self.cost += _of_transcription(event.get("usage"), self._transcriber, embedded=embedded)
        return self.reached and not before

    @property
    def reached(self) -> bool:
        """Whether the cap has been reached; never while an embedded model answers, which costs nothing."""
        spent = 0.0 if self.cost.hypothetical else self.cost.usd or 0.0
        return self._cap_usd is not None and spent >= self._cap_usd
