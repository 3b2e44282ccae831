"""`/v1/chat/completions`, driven by the openai SDK."""

import base64
from collections.abc import AsyncIterator

import openai
import pytest
from engine.conftest import Served

from labkit import samples
from labkit.engine.http_chat import _message, _request
from labkit.lessons import interpreter

COUNT = [{"role": "user", "content": "count to three"}]


@pytest.fixture
async def client(served: Served) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=served.address, api_key=served.token, max_retries=0) as client:
        yield client


async def test_a_skill_answers(client) -> None:
    answer = await client.chat.completions.create(model="labkit-start", messages=COUNT)
    assert answer.choices[0].message.content == "one, two, three."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


async def test_streamed_a_word_at_a_time_with_the_usage_last(client) -> None:
    stream = await client.chat.completions.create(
        model="labkit-start", messages=COUNT, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    words = [chunk.choices[0].delta.content for chunk in chunks[:-1]]
    assert words == ["", "one, ", "two, ", "three.", None]
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens == 4
    assert len({chunk.id for chunk in chunks}) == 1


async def test_no_usage_is_streamed_unless_asked_for(client) -> None:
    stream = await client.chat.completions.create(model="labkit-start", messages=COUNT, stream=True)
    assert [chunk.usage async for chunk in stream] == [None] * 5


async def test_what_was_said_before_counts(client) -> None:
    said = [*COUNT, {"role": "assistant", "content": "one, two"}, {"role": "user", "content": "what did you say"}]
    answer = await client.chat.completions.create(model="labkit-start", messages=said)
    assert answer.choices[0].message.content == "I said: one, two"


async def test_an_interpreter_finds_the_direction_in_the_words(client) -> None:
    told = {"role": "system", "content": interpreter("en", "fr").instructions}
    for said, wanted in (("Où est la gare ?", "Where is the train station?"), ("I am hungry.", "J'ai faim.")):
        messages = [told, {"role": "user", "content": said}]
        answer = await client.chat.completions.create(model="labkit-interpreter", messages=messages)
        assert answer.choices[0].message.content == wanted


async def test_sentences_to_expect_come_from_the_developer(client) -> None:
    told = {"role": "developer", "content": "the cat sat\non the mat"}
    said = {"role": "user", "content": [{"type": "text", "text": "on the mat"}]}
    answer = await client.chat.completions.create(model="labkit-start", messages=[told, said])
    assert answer.choices[0].message.content == "You said: on the mat"


async def test_a_picture_is_looked_at(client) -> None:
    url = f"data:image/jpeg;base64,{base64.b64encode(samples.path('whiteboard').read_bytes()).decode()}"
    content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "what do you see"}]
    answer = await client.chat.completions.create(model="labkit-start", messages=[{"role": "user", "content": content}])
    assert "not shown" not in answer.choices[0].message.content


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        ([], "messages"),
        ("hello", "messages"),
        (["hello"], "messages.0.role"),
        ([{"role": "tool", "content": "x"}], "messages.0.role"),
        ([*COUNT, {"role": "user", "content": 5}], "messages.1.content"),
        ([{"role": "user", "content": [5]}], "messages.0.content"),
        ([{"role": "user", "content": [{"type": "input_audio"}]}], "messages.0.content.0.type"),
        ([{"role": "user", "content": [{"type": "text", "text": 5}]}], "text"),
        (
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x.example/cat.png"}}]}],
            "messages.0.content.0.image_url.url",
        ),
    ],
)
async def test_what_cannot_be_answered_says_which_part(client, messages, param) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(model="labkit-start", messages=messages)
    assert caught.value.param == param


async def test_a_picture_that_is_none_is_said(client) -> None:
    content = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]
    with pytest.raises(openai.BadRequestError):
        await client.chat.completions.create(model="labkit-start", messages=[{"role": "user", "content": content}])


async def test_roles_become_what_a_skill_is_asked() -> None:
    said = [("system", "Be kind."), ("developer", "a\n\nb"), ("user", "x"), ("assistant", "y"), ("user", "hello")]
    request = await _request([_message({"role": role, "content": text}, at) for at, (role, text) in enumerate(said)])
    assert (request.text, request.history) == ("hello", [("user", "x"), ("assistant", "y")])
    assert (request.instructions, request.expected) == ("Be kind.", ["a", "b"])
