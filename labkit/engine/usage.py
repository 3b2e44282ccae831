"""Token counts of the embedded engine, and which items a token limit pushes out of the context.

The rates are the hosted service's published ones where it has any: a person's sound 1 token per 100 ms, an
answer's 1 per 50 ms (developers.openai.com, realtime costs). Text is counted as 4 characters a token, a
picture as 85 + 170 per 512-pixel tile (the published rule for GPT-4o): estimates, there is no tokenizer here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from labkit import pcm
from labkit.engine.events import Event
from labkit.engine.items import Item

CONTEXT_TOKENS = 28_672
"""A 32,768-token context less 4,096 tokens of answer."""
USER_MS_PER_TOKEN = 100
ANSWER_MS_PER_TOKEN = 50
KINDS = ("text", "audio", "image")


def text_tokens(text: str) -> int:
    """Tokens of a text, estimated."""
    return math.ceil(len(text) / 4)


def image_tokens(sight: Any) -> int:
    """Tokens of a picture of known size; one tile while its size is not known yet."""
    width, height = (sight.width, sight.height) if sight else (512, 512)
    return 85 + 170 * math.ceil(width / 512) * math.ceil(height / 512)


def of_item(item: Item) -> Counter[str]:
    """Tokens of one item by kind."""
    tokens: Counter[str] = Counter()
    parts = item.wire.get("content", [])
    per_token = ANSWER_MS_PER_TOKEN if item.wire.get("role") == "assistant" else USER_MS_PER_TOKEN
    tokens["audio"] = math.ceil(pcm.duration_ms(item.audio) / per_token)
    pictures = [at for at, part in enumerate(parts) if part["type"] == "input_image"]
    tokens["image"] = sum(image_tokens(item.sights.get(at)) for at in pictures)
    if not item.audio:
        tokens["text"] = text_tokens(item.text)
    return tokens


def of_items(items: Iterable[Item]) -> Counter[str]:
    """Tokens of the items that are still in the context."""
    return sum((of_item(item) for item in items if not item.dropped), Counter())


def drop_oldest(items: Iterable[Item], truncation: Any) -> list[Item] | None:
    """Mark what no longer fits, oldest first; returns what was dropped, `None` where dropping is disabled and needed.

    `truncation` is the protocol's setting: "auto", "disabled", or a retention ratio with an optional limit of
    its own: when the limit is passed, items go until no more than ratio x limit is left.
    """
    ratio, limit = 1.0, CONTEXT_TOKENS
    if isinstance(truncation, dict):
        ratio = truncation.get("retention_ratio", 1.0)
        limit = min(limit, (truncation.get("token_limits") or {}).get("post_instructions") or limit)
    kept = [item for item in items if not item.dropped]
    total = of_items(kept).total()
    if total <= limit:
        return []
    if truncation == "disabled":
        return None
    dropped = []
    while len(kept) > 1 and total > ratio * limit:
        item = kept.pop(0)
        item.dropped = True
        total -= of_item(item).total()
        dropped.append(item)
    return dropped


def report(before: Counter[str], cached: Counter[str], text: int, audio_ms: float) -> Event:
    """The `usage` object of a response: context read, of it cached, and what was generated."""
    audio = math.ceil(audio_ms / ANSWER_MS_PER_TOKEN)
    return {
        "total_tokens": before.total() + text + audio,
        "input_tokens": before.total(),
        "output_tokens": text + audio,
        "input_token_details": {
            **{f"{kind}_tokens": before[kind] for kind in KINDS},
            "cached_tokens": cached.total(),
            "cached_tokens_details": {f"{kind}_tokens": cached[kind] for kind in KINDS},
        },
        "output_token_details": {"text_tokens": text, "audio_tokens": audio},
    }
