"""`/v1/chat/completions`: a skill answers a list of messages, whole or a word at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from labkit.engine import skills
from labkit.engine.asking import ABOUT_A_PICTURE, GREETING
from labkit.engine.events import ProtocolError, new_id
from labkit.engine.eyes.process import EYES
from labkit.engine.http_api import Fields, RequestError, event_stream, fields_of, text_of
from labkit.engine.items import picture
from labkit.engine.skills import Moment, Request
from labkit.engine.voice import tokens
from labkit.tokens import of_picture as picture_tokens
from labkit.tokens import of_text as text_tokens

ROLES = ("system", "developer", "user", "assistant")
MOST_MESSAGES = 2000


async def completions(http: HttpRequest) -> Response:
    """Answer the messages.

    `model` is a skill; system messages are its instructions, developer messages list sentences to expect, one a line;
    of pictures (data URIs) the newest is looked at. Functions are not called here.
    """
    fields = await fields_of(http)
    messages = [_message(message, at) for at, message in enumerate(_listed(fields))]
    skill = skills.find(text_of(fields, "model"))
    reply = skill.reply(await _request(messages))
    head = {"id": new_id("chatcmpl"), "created": int(time.time()), "model": skill.name}
    counted = _usage(messages, reply.text)
    if not fields.get("stream"):
        return JSONResponse(_completion(head, reply.text, counted))
    wants_usage = bool((fields.get("stream_options") or {}).get("include_usage"))
    return event_stream(_chunks(head, reply.text, counted if wants_usage else None), end="[DONE]")


def _listed(fields: Fields) -> list[Any]:
    messages = fields.get("messages")
    if not isinstance(messages, list) or not 0 < len(messages) <= MOST_MESSAGES:
        raise RequestError("invalid_type", f"'messages' is a list of 1 to {MOST_MESSAGES} messages.", "messages")
    return messages


def _message(message: Any, at: int) -> Fields:
    """A message as role, text and picture (or None); raises `RequestError` for what this engine does not take."""
    path = f"messages.{at}"
    if not isinstance(message, dict) or message.get("role") not in ROLES:
        raise RequestError("invalid_value", f"A message has one of the roles {', '.join(ROLES)}.", f"{path}.role")
    content = message.get("content") or ""
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise RequestError("invalid_type", "Content is a text or a list of parts.", f"{path}.content")
    texts, images = [], []
    for number, part in enumerate(parts):
        where = f"{path}.content.{number}"
        if part.get("type") == "image_url" and isinstance(part.get("image_url"), dict):
            images.append(_picture(text_of(part["image_url"], "url"), f"{where}.image_url.url"))
        elif part.get("type") in ("text", "refusal"):
            texts.append(text_of(part, part["type"]))
        else:
            raise RequestError("invalid_value", "This engine takes text and image_url parts.", f"{where}.type")
    return {"role": message["role"], "text": " ".join(texts), "image": images[-1] if images else None}


def _picture(url: str, path: str) -> bytes:
    try:
        return picture({"image_url": url})
    except ProtocolError as error:
        raise RequestError(error.code, error.message, path) from error


async def _request(messages: list[Fields]) -> Request:
    """What the skill is asked: the last message of the user, all before it as history."""
    last = max((at for at, message in enumerate(messages) if message["role"] == "user"), default=None)
    images = [message["image"] for message in messages if message["image"]]
    looks = [asyncio.wrap_future(EYES.look(image, object())) for image in images[-1:]]
    sight = await looks[0] if looks else None
    unspoken = ABOUT_A_PICTURE if sight else GREETING
    talk = [(at, m) for at, m in enumerate(messages) if m["role"] in ("user", "assistant") and m["text"]]
    now = datetime.now(UTC).astimezone()
    return Request(
        text=(messages[last]["text"] if last is not None else "") or unspoken,
        hearing=None,
        understood=True,
        sight=sight,
        history=[(message["role"], message["text"]) for at, message in talk if at != last],
        now=now,
        instructions=_said_by("system", messages),
        expected=[line.strip() for line in _said_by("developer", messages).splitlines() if line.strip()],
        moments=[Moment(message["role"], message["text"], now) for _, message in talk],
    )


def _said_by(role: str, messages: list[Fields]) -> str:
    return "\n".join(message["text"] for message in messages if message["role"] == role)


def _usage(messages: list[Fields], answer: str) -> Fields:
    images = sum(picture_tokens(None) for message in messages if message["image"])
    prompt = sum(text_tokens(message["text"]) for message in messages) + images
    completion = text_tokens(answer)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _completion(head: Fields, text: str, counted: Fields) -> Fields:
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {**head, "object": "chat.completion", "choices": [choice], "usage": counted}


async def _chunks(head: Fields, text: str, counted: Fields | None) -> AsyncIterator[Fields]:
    """The answer a word at a time; the usage, where wanted, in a chunk of its own without choices."""
    head = {**head, "object": "chat.completion.chunk", "usage": None}
    deltas: list[Fields] = [{"role": "assistant", "content": ""}, *({"content": word} for word in tokens(text)), {}]
    for delta in deltas:
        choice = {"index": 0, "delta": delta, "finish_reason": None if delta else "stop", "logprobs": None}
        yield {**head, "choices": [choice]}
    if counted is not None:
        yield {**head, "choices": [], "usage": counted}
