"""Responses in flight: when to answer, what with, and how an answer ends.

Part of the protocol's pure state machine; `conversation` holds the other half, what comes in.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from labkit import tokens
from labkit.engine import asking, calls, effects, settings, usage
from labkit.engine.events import Event, ProtocolError, failure, new_id, server_event
from labkit.engine.items import Item, from_client
from labkit.engine.response import Response
from labkit.engine.skills import Reply
from labkit.engine.state import Out, State

log = logging.getLogger("labkit.engine")
TRUNCATION_DISABLED = "The conversation is longer than the context, and truncation is disabled."


class Answering:
    """The responses in flight; at most one of them belongs to the conversation."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._responses: dict[str, Response] = {}
        self._respond_next = False
        """Something was said during an answer that may not be interrupted: one more answer is owed."""
        self._cached: Counter[str] = Counter()
        self._statement = usage.Statement()

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
        if response.input is None and not usage.drop_oldest(self._state.items, self._state.session["truncation"]):
            error = {"type": "invalid_request_error", "code": "context_length_exceeded", "message": TRUNCATION_DISABLED}
            return self._finish(response, "failed", {"type": "failed", "error": error}, now)
        items = self._context(response)
        response.context = usage.of_items(items)
        response.context["text"] += tokens.of_text(response.instructions)
        response.cached = response.context & self._cached
        request = asking.request(items, response, self._state, now)
        foreign = [tool for tool in response.tools if tool.get("name") not in self._state.skill.own_tools]
        if call := calls.wanted(foreign, response.tool_choice, request.text):
            if request.outputs:
                return self._say(response, Reply(calls.answer(request.outputs[-1][1])), now)
            return self._call(response, [call], now)
        reply = self._state.skill.reply(request)
        if missing := asking.missing_calls(reply.calls, request.tools, items):
            return self._call(response, missing, now)
        return self._say(response, reply, now)

    def _context(self, response: Response) -> list[Item]:
        if response.input is not None:
            return response.input
        return [item for item in self._state.items if not item.dropped]

    def _call(self, response: Response, wanted: Sequence[calls.Call], now: datetime) -> Out:
        """Functions for the client to run, an item each; what comes of them is answered when it asks again."""
        out: Out = []
        for call in wanted:
            wire = {"object": "realtime.item", "type": "function_call", "name": call.name, "arguments": ""}
            item = Item({"id": new_id("item"), **wire, "call_id": new_id("call"), "status": "in_progress"}, at=now)
            out += [*self._open(response, item), *response.call_events(call), *response.close_item()]
        return [*out, *self._finish(response, "completed", None, now)]

    def _say(self, response: Response, reply: Reply, now: datetime) -> Out:
        wire = {
            "object": "realtime.item",
            "type": "message",
            "status": "in_progress",
            "role": "assistant",
            "content": [],
        }
        item = Item({"id": new_id("item"), **wire}, at=now)
        out: Out = [*self._open(response, item), *response.open_part()]
        if response.modalities == ["audio"]:
            output = response.output_format
            voice = reply.voice or output["voice"]
            return [
                *out,
                effects.Speak(response.id, reply.text, voice, output["speed"], reply.style, reply.language),
            ]
        for word in reply.text.split(" "):
            out += response.word(word if not response.text else f" {word}", b"")
            if response.over_budget():
                return [*out, *self._out_of_budget(response, now)]
        return [*out, *self._finish(response, "completed", None, now)]

    def _open(self, response: Response, item: Item) -> Out:
        out: Out = [*response.open_item(item)]
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
        closing = response.close_item(complete=status == "completed")
        self._cached = response.context
        context = self._statement.news(self._state.items, self._state.session["truncation"])
        out: Out = [*closing, *response.finish(status, details, context)]
        if self._respond_next and response.in_conversation:
            self._respond_next = False
            out += self.respond({}, now)
        return out
