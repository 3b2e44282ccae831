"""Keys, tokens and media out of what is written to a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

REMOVED = "(removed)"
SHORTEST_SECRET = 6
"""A known key that is shorter ("none", "x") is a stand-in, and would match half of every text."""
_NAME = re.compile(
    r"(?i)(.*[_-])?(api_?-?key|authorization|headers?|cookies?|client_secret|secret|token|password|credentials?|private_?key)$"
)
"""Fields whose value is a secret, whatever it looks like."""
_SUSPECT = re.compile(r"(?i)[se]k[-_]|bearer|basic|key|authorization|secret|token|password|data:|://[^/]*@")
"""What a text with a secret has somewhere: most texts are done after this one look."""
_PATTERNS = (
    (re.compile(r"data:[\w.+/-]*;base64,[\w+/=%-]*"), "(media)"),
    (re.compile(r"\b[se]k[-_]\w[\w-]{3,}"), REMOVED),
    (re.compile(r"(?i)\b(basic|bearer)\s+[\w.~+/=-]{6,}"), rf"\1 {REMOVED}"),
    (re.compile(r"(\w://)[^\s/@]+@"), rf"\1{REMOVED}@"),
    (
        re.compile(
            r"(?i)((?:api[_-]?key|authorization|secret|token|password)\\*[\"']?\s*[:=]\s*\\*[\"']?(?:basic\s+|bearer\s+)?)(?!\(removed)[^\s\"'\\,;&}]+"
        ),
        rf"\1{REMOVED}",
    ),
)


class Scrubber:
    """Takes out the secrets that it was told, and whatever else looks like one."""

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        self._secrets = sorted((s for s in secrets if s and len(s) >= SHORTEST_SECRET), key=len, reverse=True)

    def __call__(self, value: Any) -> Any:
        """The same JSON value with `REMOVED` in the place of every secret, and without `data:` URIs."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return [self(each) for each in value]
        if isinstance(value, dict):
            heard = "logprob" in value  # there a token is a piece of what was said
            return {
                self._text(name): REMOVED if not heard and _is_secret(name, each) else self(each)
                for name, each in value.items()
            }
        return value

    def _text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, REMOVED)
        if _SUSPECT.search(text):
            for pattern, instead in _PATTERNS:
                text = pattern.sub(instead, text)
        return text


def _is_secret(name: str, value: Any) -> bool:
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    return bool(value) and isinstance(value, str | dict | list) and _NAME.match(snake) is not None
