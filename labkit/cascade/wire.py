"""The wire of a cascade: a realtime session that only listens, and three requests in place of its answers."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Any

from labkit.cascade.answer import Answer, new_id
from labkit.cascade.history import History, Microphone, Said
from labkit.cascade.settings import Settings
from labkit.cascade.stages import TIMEOUT_S, Models, Stages
from labkit.engines import Target
from labkit.errors import MissingPartError
from labkit.turns import Event
from labkit.wire import Wire

log = logging.getLogger("labkit.session")
OURS = ("response.create", "response.cancel", "conversation.item.create")
OF_ITEMS = ("conversation.item.truncate", "conversation.item.delete")
"""Events of the client that are obeyed here, the second kind where they are about the cascade's items."""
UNHEARD = (
    "response.",
    "conversation.item.added",
    "conversation.item.done",
    "conversation.item.created",
    "conversation.item.input_audio_transcription.",
)
"""Events of the session inside that the cascade says in its own words."""
TEXTS = {"input_text": "text", "output_text": "text", "text": "text", "output_audio": "transcript"}


class CascadeWire(Wire):
    """Events out and in as a `Wire`'s; what is answered comes from a transcription, a chat and a speech model.

    `models` are by default the embedded engine's own, or those of `Models` on any other server. Functions are not
    called: the chat model is offered none. `voices` speak the languages that they are given for.
    """

    def __init__(
        self,
        target: Target,
        *,
        streamed: bool = False,
        models: Models | None = None,
        voices: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(target)
        self._streamed = streamed
        self._stages: Stages | None = None
        self._out: asyncio.Queue[Event | Exception] = asyncio.Queue()
        self._microphone = Microphone()
        self._history = History()
        self._settings = Settings(models, hosted=target.kind == "hosted", voices=voices)
        self._speech: tuple[int | None, int | None] = (None, None)
        """Where in the sound the turn lies that is committed next."""
        self._commits: deque[bytes] = deque()
        """The sound of the client's commits that the session inside has not confirmed yet."""
        self._owed = False
        self._owed_instructions: str | None = None
        """One more answer is wanted when the commit is confirmed, or the answer in flight is done."""
        self._answer: Answer | None = None
        self._running: asyncio.Task[None] | None = None

    # -- as a wire -------------------------------------------------------------------------------------------

    async def open(self, timeout_s: float) -> None:
        """See `Wire.open`."""
        import openai

        try:
            client = openai.AsyncOpenAI(
                api_key=self.target.api_key or "none",
                base_url=self.target.base_url,
                timeout=TIMEOUT_S,
                max_retries=0,  # a second attempt would pass for a slow stage
                http_client=openai.DefaultAsyncHttpxClient(trust_env=not self.target.on_this_computer),
            )
        except ImportError as error:
            raise MissingPartError(f"The proxy of the environment cannot be used: {error}.") from None
        await super().open(timeout_s)
        self._stages = Stages(client, self.target, self._headers(client), streamed=self._streamed)

    async def close(self) -> None:
        """See `Wire.close`."""
        if self._running:
            self._running.cancel()
        await super().close()
        if self._stages:
            await self._stages.aclose()

    async def events(self) -> AsyncIterator[Event]:
        """The session's events and the cascade's; see `Wire.events`."""
        listening = asyncio.create_task(self._listen())
        try:
            while True:
                event = await self._out.get()
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            listening.cancel()

    async def _listen(self) -> None:
        try:
            async for event in super().events():
                self._try(event)
        except Exception as error:  # noqa: BLE001 - raised where the events are read
            self._out.put_nowait(error)

    def _try(self, event: Event) -> None:
        try:
            self._take(event)
        except Exception:  # a server may send anything: one strange event does not end the conversation
            log.exception("the server's event %r was not understood", event["type"])

    def send(self, event: Event) -> bool:
        """See `Wire.send`; what concerns answers and their items is obeyed here and goes no further."""
        given: Any = event  # a learner's raw event may be anything
        kind = given.get("type") if isinstance(given, dict) else None
        if kind == "input_audio_buffer.append":
            return self._append(event)
        if kind in OURS or (kind in OF_ITEMS and self._history.knows(event.get("item_id"))):
            self._obey(kind, event)
            return True
        if kind == "session.update":
            return super().send(self._told(event))
        if kind == "input_audio_buffer.commit":
            self._commits.append(self._microphone.take(None, None))
        elif kind == "input_audio_buffer.clear":
            self._microphone.clear()
        return super().send(event)

    def _told(self, event: Event) -> Event:
        try:
            return self._settings.inside(event)
        except (AttributeError, TypeError):
            return event  # the session inside says what is wrong with it

    def _obey(self, kind: str, event: Event) -> None:
        try:
            getattr(self, f"_{kind.replace('.', '_')}")(event)
        except (AttributeError, KeyError, TypeError) as error:
            self._error("invalid_value", f"This {kind} is not understood ({error!r}).")

    # -- from the client -------------------------------------------------------------------------------------

    def _append(self, event: Event) -> bool:
        taken = super().send(event)
        if taken:
            try:
                self._microphone.append(base64.b64decode(event["audio"], validate=True))
            except (KeyError, TypeError, ValueError):
                log.debug("an append without sound: the session inside says so")
        return taken

    def _response_create(self, event: Event) -> None:
        wanted = event.get("response") or {}
        if set(wanted) - {"instructions"}:
            self._error("invalid_value", "A cascade answers with the session's settings; only instructions may differ.")
        elif self._active:
            message = f"Conversation already has an active response in progress: {self._active.id}."
            self._error("conversation_already_has_active_response", message)
        elif self._commits:
            self._owed, self._owed_instructions = True, wanted.get("instructions")
        else:
            self._begin(wanted.get("instructions"))

    def _response_cancel(self, event: Event) -> None:
        if not self._stop("client_cancelled"):
            self._error("response_cancel_not_active", "Cancellation failed: no active response found.")

    def _conversation_item_create(self, event: Event) -> None:
        item = event.get("item") or {}
        parts = item.get("content") or []
        if item.get("type") != "message" or not all(part.get("type") in (*TEXTS, "input_image") for part in parts):
            self._error("invalid_value", "A cascade takes messages of text and pictures, nothing else.")
            return
        texts = [part.get(TEXTS[part["type"]]) or "" for part in parts if part["type"] in TEXTS]
        images = [part["image_url"] for part in parts if part["type"] == "input_image"]
        said = Said(item.get("id") or new_id("item"), item.get("role") or "user", " ".join(texts), images)
        self._add(said, {**item, "id": said.id})

    def _conversation_item_truncate(self, event: Event) -> None:
        if said := self._history.get(event["item_id"]):
            said.truncate(event["audio_end_ms"], exact=self._settings.embedded)
            where = {name: event[name] for name in ("item_id", "content_index", "audio_end_ms")}
            self._emit("conversation.item.truncated", **where)

    def _conversation_item_delete(self, event: Event) -> None:
        self._history.forget(event["item_id"])
        self._emit("conversation.item.deleted", item_id=event["item_id"])

    # -- from the session inside -----------------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        kind = event["type"]
        if kind.startswith(UNHEARD):
            return
        if kind == "session.created":
            self._settings.created(event["session"])
        elif kind == "session.updated":
            event = {**event, "session": self._settings.updated(event["session"])}
        elif kind == "conversation.item.deleted":
            self._take_back(event["item_id"])
        self._out.put_nowait(event)
        match kind:
            case "input_audio_buffer.speech_started":
                self._speech = (event["audio_start_ms"], None)
                if self._settings.does("interrupt_response"):
                    self._stop("turn_detected")
            case "input_audio_buffer.speech_stopped":
                self._speech = (self._speech[0], event["audio_end_ms"])
            case "input_audio_buffer.committed":
                self._committed(event["item_id"])
            case "error" if event["error"].get("code") == "input_audio_buffer_commit_empty" and self._commits:
                self._commits.popleft()
                self._go_on()

    def _committed(self, item_id: str) -> None:
        by_client = bool(self._commits)
        sound = self._commits.popleft() if by_client else self._microphone.take(*self._speech)
        self._speech = (None, None)
        content = [{"type": "input_audio", "transcript": None}]
        self._add(Said(item_id, "user", sound=sound), {"type": "message", "role": "user", "content": content})
        self._owed |= not by_client and self._settings.does("create_response")
        self._go_on()

    def _take_back(self, item_id: str) -> None:
        """The session inside ended a turn too early: it did not happen, and was not answered."""
        if self._history.get(item_id):
            self._stop("turn_detected")
            for answer_id in self._history.answers_to(item_id):
                self._conversation_item_delete({"item_id": answer_id})
            self._history.forget(item_id)

    # -- answering -------------------------------------------------------------------------------------------

    @property
    def _active(self) -> Answer | None:
        return self._answer if self._answer and not self._answer.done else None

    def _go_on(self) -> None:
        """Begin the answer that is owed, unless something has to come first."""
        if self._owed and not self._commits and not self._active:
            self._begin(self._owed_instructions)

    def _begin(self, instructions: str | None) -> None:
        assert self._stages is not None
        self._owed, self._owed_instructions = False, None
        settings = self._settings.of_answer(instructions)
        tell = self._out.put_nowait
        self._answer = Answer(self._stages, self._settings.models, self._history, settings, tell)
        self._answer.begin()
        self._running = asyncio.create_task(self._run(self._answer))

    async def _run(self, answer: Answer) -> None:
        try:
            await answer.run()
        except Exception as error:  # the conversation goes on
            log.exception("a cascade's answer failed")
            answer.fail(f"the cascade made a mistake ({type(error).__name__}): the log says more")
        self._go_on()

    def _stop(self, reason: str) -> bool:
        """End the answer in flight; whether there was one."""
        self._owed = False
        if (answer := self._active) is None:
            return False
        answer.stop(reason)
        if self._running:
            self._running.cancel()
        return True

    def _add(self, said: Said, item: Event) -> None:
        """A new item, for the history and for the client."""
        whole = {"object": "realtime.item", "status": "completed", **item, "id": said.id}
        fields = {"previous_item_id": self._history.add(said), "item": whole}
        self._emit("conversation.item.added", **fields)
        self._emit("conversation.item.done", **fields)

    def _emit(self, kind: str, **fields: Any) -> None:
        self._out.put_nowait({"type": kind, "event_id": new_id("event"), **fields})

    def _error(self, code: str, message: str) -> None:
        self._emit("error", error={"type": "invalid_request_error", "code": code, "message": message, "param": None})
