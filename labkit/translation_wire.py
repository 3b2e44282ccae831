"""The connection to a translation socket: a `Wire` that the openai SDK opens at `/realtime/translations`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.wire import Wire

if TYPE_CHECKING:
    import openai

__all__ = ["TranslationWire"]


class TranslationWire(Wire):
    """The same ways in and out for other events."""

    def _at(self, client: openai.AsyncOpenAI) -> Any:
        return client.realtime.translations
