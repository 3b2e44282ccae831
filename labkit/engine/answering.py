"""Responses in flight: when to answer, what with, and how an answer ends.

Part of the protocol's pure state machine; `conversation` holds the other half, what comes in.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime

from labkit.engine import calls, effects, settings, usage
from labkit.engine.events import Event, ProtocolError, failure, new_id, server_event
from labkit.engine.items import Item, from_client
from labkit.engine.response import Response
from labkit.engine.skills import Request
from labkit.engine.state import Out, State

log = logging.getLogger("labkit.engine")
TRUNCATION_DISABLED = "The conversation is longer than the context, and truncation is disabled."
GREETING = "hello"
"""What an answer replies to when nobody has said anything yet."""
ABOUT_A_PICTURE = "what do you see"
"""What a picture without words asks."""


class Answering:
    """The responses in flight; at most one of them belongs to the conversation."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._responses: dict[str, Response] = {}
        self._respond_next = False
        """Something was said during an answer that may not be interrupted: one more answer is owed."""
        self._cached: Counter[str] = Counter()

    def active(self) -> Response | None:
        """The conversation's response in flight."""
        return next((response for response in self._responses.values() if response.in_conversation), None)

    def create(self, event: Event, now: datetime) -> Out:
        """The client asks for a response."""
        params = event.get("response") or {}
        if params.get("conversation") != "none" and (active := self.active()):
            message = f"Conversation already has an active response in progress: {active.id}. Wait until it is done."
            raise ProtocolError("conversation_already_has_active_response", message)
        return self.respond(params, now)

    def respond_after_speech(self, now: datetime) -> Out:
        """Answer what was just said; after the answer in flight where that may not be interrupted."""
        if not self._state.answers:
            return []
        self._respond_next = self.active() is not None
        return [] if self._respond_next else self.respond({}, now)

    def go_on(self, now: datetime) -> Out:
        """Something was understood: responses that waited for it may begin."""
        return [event for response in list(self._responses.values()) for event in self._think(response, now)]

    def respond(self, params: Event, now: datetime) -> Out:
        """Begin a response; it waits until everything was understood. A `ProtocolError` leaves everything as it was."""
        wanted = settings.of_response(self._state.session, params)
        response = Response(self._state.id, wanted, params, self._given(params.get("input")))
        created = response.created()
        self._responses[response.id] = response
        return [created, *self._think(response, now)]

    def _given(self, entries: list[Event] | None) -> list[Item] | None:
        """The items of `response.input`, in its order: new ones, and references to the conversation's."""
        return None if entries is None else [self._item(entry, at) for at, entry in enumerate(entries)]

    def _item(self, entry: Event, at: int) -> Item:
        path = f"response.input.{at}"
        if entry["type"] == "item_reference":
            return self._state.items.get(entry["id"], "invalid_value", f"{path}.id")
        return from_client(entry, path)

    def _think(self, response: Response, now: datetime) -> Out:
        """Decide what to say as soon as everything was understood."""
        if response.thinking or self._state.pending:
            return []
        response.thinking = True
        try:
            return self._reply(response, now)
        except Exception as error:  # whatever goes wrong, the response ends as failed
            log.exception("A response failed.")
            return self.fail(response.id, error, now)

    def _reply(self, response: Response, now: datetime) -> Out:
        if response.input is None and usage.drop_oldest(self._state.items, self._state.session["truncation"]) is None:
            error = {"type": "invalid_request_error", "code": "context_length_exceeded", "message": TRUNCATION_DISABLED}
            return self._finish(response, "failed", {"type": "failed", "error": error}, now)
        items = self._context(response)
        response.context = usage.of_items(items)
        response.context["text"] += usage.text_tokens(response.instructions)
        response.cached = response.context & self._cached
        last = items[-1] if items else None
        if last is not None and last.wire["type"] == "function_call_output":
            return self._say(response, calls.answer(last.text), None, now)
        request = self._request(response, items, now)
        if call := calls.wanted(response.tools, response.tool_choice, request.text):
            return self._call(response, call, now)
        reply = self._state.skill.reply(request)
        return self._say(response, reply.text, reply.style, now)

    def _context(self, response: Response) -> list[Item]:
        if response.input is not None:
            return response.input
        return [item for item in self._state.items if not item.dropped]

    def _request(self, response: Response, items: list[Item], now: datetime) -> Request:
        last = next((item for item in reversed(items) if item.wire.get("role") == "user"), None)
        sights = [sight for item in items for _, sight in sorted(item.sights.items())]
        unspoken = ABOUT_A_PICTURE if sights else GREETING
        return Request(
            text=self._words(last, unspoken),
            hearing=last.hearing if last else None,
            understood=last is None or last.hearing is None or last.hearing.accepted,
            sight=sights[-1] if sights else None,
            history=[(i.wire.get("role", ""), i.text) for i in items if i is not last and (i.text or i.truncated)],
            now=now,
            instructions=response.instructions,
            expected=settings.expected_sentences(self._state.session),
        )

    @staticmethod
    def _words(last: Item | None, unspoken: str) -> str:
        if last is None or not (last.text or last.hearing):
            return unspoken
        return "" if last.hearing and not last.hearing.accepted else last.text

    def _call(self, response: Response, call: calls.Call, now: datetime) -> Out:
        wire = {"object": "realtime.item", "type": "function_call", "name": call.name, "arguments": ""}
        item = Item({"id": new_id("item"), **wire, "call_id": new_id("call"), "status": "in_progress"})
        out = [*self._open(response, item), *response.call_events(call)]
        return [*out, *self._finish(response, "completed", None, now)]

    def _say(self, response: Response, text: str, style: str | None, now: datetime) -> Out:
        wire = {
            "object": "realtime.item",
            "type": "message",
            "status": "in_progress",
            "role": "assistant",
            "content": [],
        }
        out: Out = [*self._open(response, Item({"id": new_id("item"), **wire})), *response.open_part()]
        if response.modalities == ["audio"]:
            output = response.output_format
            return [*out, effects.Speak(response.id, text, output["voice"], output["speed"], style)]
        for word in text.split(" "):
            out += response.word(word if not response.text else f" {word}", b"")
            if response.over_budget():
                return [*out, *self._out_of_budget(response, now)]
        return [*out, *self._finish(response, "completed", None, now)]

    def _open(self, response: Response, item: Item) -> Out:
        out: Out = [*response.open_message(item)]
        if response.in_conversation:
            previous = self._state.items.add(item)
            out.append(server_event("conversation.item.added", previous_item_id=previous, item=dict(item.wire)))
        return out

    def _out_of_budget(self, response: Response, now: datetime) -> Out:
        return self._finish(response, "incomplete", {"type": "incomplete", "reason": "max_output_tokens"}, now)

    def spoke(self, response_id: str, text: str, sound: bytes, now: datetime) -> Out:
        """The voice has the next word ready."""
        response = self._responses.get(response_id)
        if response is None:
            return []
        out: Out = [*response.word(text, sound)]
        if response.over_budget():
            out += [effects.StopSpeaking(response_id), *self._out_of_budget(response, now)]
        return out

    def finished(self, response_id: str, now: datetime) -> Out:
        """The voice has said everything."""
        response = self._responses.get(response_id)
        return self._finish(response, "completed", None, now) if response else []

    def fail(self, response_id: str, error: Exception, now: datetime) -> Out:
        """Something was raised on the way to an answer: said, and the response is over."""
        said = failure(error)
        response = self._responses.get(response_id)
        if response is None:
            return [said]
        short = {name: said["error"][name] for name in ("type", "code", "message")}
        return [said, *self._finish(response, "failed", {"type": "failed", "error": short}, now)]

    def fail_waiting(self, error: Exception, now: datetime) -> Out:
        """What responses wait for will never be understood: they are over."""
        waiting = [response.id for response in self._responses.values() if not response.thinking]
        return [event for response_id in waiting for event in self.fail(response_id, error, now)] or [failure(error)]

    def cancel(self, event: Event, now: datetime) -> Out:
        """The client has a response stopped."""
        wanted = event.get("response_id")
        response = self._responses.get(wanted) if wanted else self.active()
        if response is None:
            raise ProtocolError("response_cancel_not_active", "Cancellation failed: no active response found.")
        return self._stop(response, "client_cancelled", now)

    def interrupt(self, now: datetime) -> Out:
        """Somebody speaks: the answer in flight ends, and what is said now will be answered, with all before it."""
        self._respond_next = False
        active = self.active()
        return self._stop(active, "turn_detected", now) if active else []

    def _stop(self, response: Response, reason: str, now: datetime) -> Out:
        stop = effects.StopSpeaking(response.id)
        return [stop, *self._finish(response, "cancelled", {"type": "cancelled", "reason": reason}, now)]

    def _finish(self, response: Response, status: str, details: Event | None, now: datetime) -> Out:
        """The response is over, however it ended; an answer that is owed begins."""
        del self._responses[response.id]
        done: list[Event] = []
        closing = response.close_part()
        if response.item is not None:
            response.item.wire["status"] = "completed" if status == "completed" else "incomplete"
            if response.in_conversation:
                done = [server_event("conversation.item.done", item=dict(response.item.wire))]
        self._cached = response.context
        out: Out = [*closing, *response.finish(status, details, done)]
        if self._respond_next and response.in_conversation:
            self._respond_next = False
            out += self.respond({}, now)
        return out
