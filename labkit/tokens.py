"""What a conversation's items count in tokens, and which of them a token limit pushes out: rules for both sides.

The rates are the hosted service's published ones where it has any: a person's sound 1 token per 100 ms, an
answer's 1 per 50 ms (developers.openai.com, realtime costs). Text is counted as 4 characters a token, a
picture as 85 + 170 per 512-pixel tile (the published rule for GPT-4o): estimates, there is no tokenizer here.
The embedded engine counts by these rules, so of its conversations they are exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from labkit import images

CONTEXT_TOKENS = 28_672
"""A 32,768-token context less 4,096 tokens of answer: the embedded engine's."""
USER_MS_PER_TOKEN = 100
ANSWER_MS_PER_TOKEN = 50
KINDS = ("text", "audio", "image")


def of_text(text: str) -> int:
    """Tokens of a text, estimated."""
    return math.ceil(len(text) / 4)


def of_sound(duration_ms: float, role: str) -> int:
    """Tokens of so much sound of the "user" or the "assistant"."""
    return math.ceil(duration_ms / (ANSWER_MS_PER_TOKEN if role == "assistant" else USER_MS_PER_TOKEN))


def of_picture(size: tuple[int, int] | None) -> int:
    """Tokens of a picture by its width and height; one tile where they are not known."""
    return images.tokens(*(size or (images.TILE, images.TILE)))


def limits(truncation: Any, context: int = CONTEXT_TOKENS) -> tuple[int, float | None]:
    """The tokens that fit, and the part of them that is kept when they do not; `None`: nothing may be dropped.

    `truncation` is the protocol's setting: "auto", "disabled", or a retention ratio with an optional limit of its own.
    """
    if not isinstance(truncation, dict):
        return context, None if truncation == "disabled" else 1.0
    own = (truncation.get("token_limits") or {}).get("post_instructions")
    return min(context, own or context), float(truncation.get("retention_ratio", 1.0))


def too_many(counts: Sequence[int], limit: int, ratio: float) -> int:
    """How many items go, oldest first, so that no more than ratio x limit is left; the newest one stays."""
    total, gone = sum(counts), 0
    if total <= limit:
        return 0
    while gone < len(counts) - 1 and total > ratio * limit:
        total -= counts[gone]
        gone += 1
    return gone
