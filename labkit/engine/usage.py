"""The embedded engine's count of its context: what each item costs, what is dropped, and what the client is told.

The rates and the rule are those of `labkit.tokens`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from labkit import pcm, tokens
from labkit.engine.events import Event
from labkit.engine.items import Item


def of_item(item: Item) -> Counter[str]:
    """Tokens of one item by kind."""
    count: Counter[str] = Counter()
    count["audio"] = tokens.of_sound(pcm.duration_ms(item.audio), item.wire.get("role", ""))
    parts = enumerate(item.wire.get("content", []))
    sights = [item.sights.get(at) for at, part in parts if part["type"] == "input_image"]
    count["image"] = sum(tokens.of_picture((sight.width, sight.height) if sight else None) for sight in sights)
    if not item.audio:
        count["text"] = tokens.of_text(item.text)
    return count


def of_items(items: Iterable[Item]) -> Counter[str]:
    """Tokens of the items that are still in the context."""
    return sum((of_item(item) for item in items if not item.dropped), Counter())


def drop_oldest(items: Iterable[Item], truncation: Any) -> bool:
    """Mark what no longer fits, oldest first; false where something would have to go and dropping is disabled."""
    kept = [item for item in items if not item.dropped]
    limit, ratio = tokens.limits(truncation)
    counts = [of_item(item).total() for item in kept]
    if ratio is None:
        return sum(counts) <= limit
    for item in kept[: tokens.too_many(counts, limit, ratio)]:
        item.dropped = True
    return True


class Statement:
    """What the client has been told of its context, so that each `response.done` says only what is new."""

    def __init__(self) -> None:
        self._told: dict[str, Counter[str]] = {}
        self._dropped: set[str] = set()

    def news(self, items: Iterable[Item], truncation: Any) -> Event:
        """The limit in force, the items dropped since the last time, and the tokens of items new or changed."""
        counts = {item.id: of_item(item) for item in items}
        gone = [item.id for item in items if item.dropped and item.id not in self._dropped]
        new = {name: dict(+count) for name, count in counts.items() if self._told.get(name) != count}
        self._told = counts
        self._dropped.update(gone)
        return {"limit": tokens.limits(truncation)[0], "dropped": gone, "tokens": new}


def report(before: Counter[str], cached: Counter[str], text: int, audio_ms: float) -> Event:
    """The `usage` object of a response: context read, of it cached, and what was generated."""
    audio = tokens.of_sound(audio_ms, "assistant")
    return {
        "total_tokens": before.total() + text + audio,
        "input_tokens": before.total(),
        "output_tokens": text + audio,
        "input_token_details": {
            **{f"{kind}_tokens": before[kind] for kind in tokens.KINDS},
            "cached_tokens": cached.total(),
            "cached_tokens_details": {f"{kind}_tokens": cached[kind] for kind in tokens.KINDS},
        },
        "output_token_details": {"text_tokens": text, "audio_tokens": audio},
    }
