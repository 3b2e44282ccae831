"""One item of a conversation as the server holds it: its words, what was lost of them, and its tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from labkit import tokens
from labkit.turns import Event, Turn

CARRIED = "labkit_memory"
"""How the id of an item begins that brings notes of an earlier conversation."""


@dataclass(frozen=True)
class Held:
    """One item of the conversation, as the server has it."""

    item_id: str
    role: str
    """"user", "assistant" or "system"; "" of a call and its output."""
    kind: str
    """"typed", "spoken", "picture" (without words), "answer", "call", "output", "told" (by the system) or "carried"."""
    text: str
    """Its words; of an answer those that were heard, of a call `name(arguments)`."""
    lost: str
    """The words that were generated, never heard, and are gone from the server."""
    tokens: dict[str, int]
    """By kind: "text", "audio", "image"."""
    state: str
    """"held", "dropped" (by a token limit, or lost when the connection broke) or "deleted"."""
    exact: bool
    """Whether the tokens are the server's own count."""
    t_ms: float
    """When it came, kernel's clock."""
    item: Event = field(repr=False, compare=False)
    """As the protocol shows it, without sound and pictures."""

    @property
    def total(self) -> int:
        """All its tokens."""
        return sum(self.tokens.values())


@dataclass(frozen=True)
class Budget:
    """How full the context is."""

    used: int
    """Tokens of the items that are held; instructions are not counted."""
    limit: int | None
    """What fits; `None` where the server does not say."""
    retention_ratio: float | None
    """How much of the limit is left when items go; `None`: truncation is disabled, nothing goes."""
    exact: bool


@dataclass
class Entry:
    """What is known of an item so far."""

    item: Event
    t_ms: float
    exact_words: bool
    state: str = "held"
    transcript: str | None = None
    words: list[tuple[str, float]] = field(default_factory=list)
    audio_ms: float = 0.0
    """Of an answer what has come; of a person's words how long they sounded."""
    heard_ms: float | None = None
    size: tuple[int, int] | None = None
    stated: dict[str, int] | None = None
    rebuilt: bool = False
    """It went to a new server as text."""

    def split(self) -> tuple[str, str]:
        """The words that the server has, and those that it lost."""
        if self.item.get("role") != "assistant" or not self.words:
            return self.transcript or text_of(self.item), ""
        whole = "".join(word for word, _ in self.words)
        if self.heard_ms is None:
            return whole.strip(), ""
        said = Turn(0, words=self.words, audio_ms=self.audio_ms, heard_exact=self.exact_words)
        heard = said.words_by(self.heard_ms)
        return heard.strip(), whole[len(heard) :].strip()

    def estimate(self) -> dict[str, int]:
        """Its tokens by the published rates."""
        audio_ms = 0.0 if self.rebuilt else self.audio_ms if self.heard_ms is None else self.heard_ms
        heard, lost = self.split()
        count = {
            "audio": tokens.of_sound(audio_ms, self.item.get("role", "")),
            "image": tokens.of_picture(self.size) * len(pictures(self.item)),
            "text": 0 if audio_ms or (lost and not heard) else tokens.of_text(heard),
        }
        return {kind: number for kind, number in count.items() if number}

    def held(self, *, embedded: bool) -> Held:
        """What there is to say of it now."""
        heard, lost = self.split()
        exact = embedded and self.stated is not None
        counted = dict(self.stated) if exact and self.stated is not None else self.estimate()
        if self.item.get("type") == "function_call":
            heard = f"{self.item.get('name', '')}({heard})"
        who = (str(self.item["id"]), self.item.get("role", ""), kind_of(self.item))
        return Held(*who, heard, lost, counted, self.state, exact, self.t_ms, self.item)


def parts(item: Event) -> list[Any]:
    """A message's content."""
    return item.get("content") or []


def pictures(item: Event) -> list[Any]:
    """Those content parts that are pictures."""
    return [part for part in parts(item) if part.get("type") == "input_image"]


def text_of(item: Event) -> str:
    """An item's words, as the protocol shows them."""
    if item.get("type") != "message":
        return str(item.get("output") or item.get("arguments") or "")
    said = (part.get("text") or part.get("transcript") or "" for part in parts(item))
    return " ".join(words for words in said if words)


def kind_of(item: Event) -> str:
    """What it is to a person; see `Held.kind`."""
    if str(item["id"]).startswith(CARRIED):
        return "carried"
    of_type = {"function_call": "call", "function_call_output": "output"}.get(item.get("type", ""))
    of_role = {"assistant": "answer", "system": "told"}.get(item.get("role", ""))
    kinds = {part.get("type") for part in parts(item)}
    user = "spoken" if "input_audio" in kinds else "picture" if kinds == {"input_image"} else "typed"
    return of_type or of_role or user
