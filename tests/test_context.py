"""What is said of the server's context, against the embedded engine's own state, and by events alone."""

import random
from itertools import count
from typing import Any

import pytest
from engine.test_conversation import NOW, Client, hearing, say

from labkit import context, tokens
from labkit.context import Context
from labkit.engine import usage
from labkit.engine.hearing import SpeechStarted, SpeechStopped
from labkit.turns import Record, without_media

PICTURE = "data:image/png;base64,iVBORw0KGgo="


class Told(Client):
    """An engine's client that keeps what its log would."""

    def __init__(self) -> None:
        self.context = Context()
        self.times = count()
        super().__init__()

    def take(self, out: list[Any]) -> list[str]:
        for event in out:
            if isinstance(event, dict):
                self.context.add(Record(next(self.times), False, without_media(event)))
        return super().take(out)

    def send(self, kind: str, **fields: Any) -> list[str]:
        self.context.add(Record(next(self.times), True, without_media({"type": kind, **fields})))
        return super().send(kind, **fields)

    def truth(self) -> list[tuple[str, str, dict[str, int]]]:
        """What the engine holds: item, words, tokens."""
        kept = [item for item in self.conversation._state.items if not item.dropped]
        return [(item.id, item.text.strip(), dict(+usage.of_item(item))) for item in kept]

    def said(self) -> list[tuple[str, str, dict[str, int]]]:
        return [(one.item_id, one.text, one.tokens) for one in self.context.held if one.state == "held"]

    def speak_up(self, text: str, ms: int) -> None:
        self.append(ms)
        self.take(self.conversation.heard(SpeechStarted(0), NOW))
        self.take(self.conversation.heard(SpeechStopped(0, ms, ms, hearing(text)), NOW))


@pytest.fixture
def told() -> Told:
    return Told()


def answer(item_id: str) -> dict[str, Any]:
    return {"id": item_id, "type": "message", "role": "assistant", "content": []}


def over(*events: dict[str, Any]) -> Context:
    held = Context()
    for t_ms, event in enumerate(events):
        held.add(Record(t_ms, event.pop("sent", False), event))
    return held


def test_a_cut_answer_holds_what_was_heard_and_says_what_was_lost(told: Told) -> None:
    say(told, "one two three")
    item_id = told.context.held[-1].item_id
    told.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=260)
    cut = told.context.held[-1]
    assert (cut.kind, cut.text, cut.lost) == ("answer", "you said one", "two three")
    assert (cut.tokens, cut.exact) == ({"audio": 6}, True)
    assert told.said() == told.truth()


def test_deleted_items_are_told_of_and_no_longer_counted(told: Told) -> None:
    say(told)
    first = told.context.held[0]
    told.send("conversation.item.delete", item_id=first.item_id)
    assert [one.state for one in told.context.held] == ["deleted", "held"]
    assert told.context.budget.used == told.context.held[1].total


def test_a_limit_drops_the_oldest_as_foretold(told: Told) -> None:
    limits = {"type": "retention_ratio", "retention_ratio": 0.5, "token_limits": {"post_instructions": 60}}
    told.send("session.update", session={"type": "realtime", "truncation": limits})
    for number in range(4):
        say(told, f"sentence number {number}")
    assert told.context.budget == context.Budget(60, 60, 0.5, exact=True)
    more = tokens.of_text("sentence number 4")
    foretold = context.next_dropped(told.context.held, told.context.budget, more)
    assert foretold == context.drop_order(told.context.held)[: len(foretold)]
    say(told, "sentence number 4")
    dropped = [one.item_id for one in told.context.held if one.state == "dropped"]
    assert dropped == [one.item_id for one in foretold] != []
    assert told.said() == told.truth()


def test_items_stand_where_the_server_put_them_and_are_what_they_are(told: Told) -> None:
    def create(item_id: str, after: str | None, **item: Any) -> None:
        told.send("conversation.item.create", previous_item_id=after, item={"id": item_id, **item})

    text = {"type": "input_text", "text": "now"}
    create("typed", None, type="message", role="user", content=[text])
    create("picture", None, type="message", role="user", content=[{"type": "input_image", "image_url": PICTURE}])
    create("system", "root", type="message", role="system", content=[text])
    create("labkit_memory_1", "system", type="message", role="user", content=[text])
    create("call", None, type="function_call", call_id="c", name="show", arguments='{"x":1}')
    create("output", None, type="function_call_output", call_id="c", output="done")
    told.speak_up("hello", 900)
    kinds = ["told", "carried", "typed", "picture", "call", "output", "spoken"]
    assert [one.kind for one in told.context.held] == kinds
    assert told.context.held[4].text == 'show({"x":1})'
    assert not any(one.exact for one in told.context.held)
    told.take(told.conversation.saw(next(e for e in told.effects if hasattr(e, "image")), None, NOW))
    told.speak(1)
    told.finish()
    assert all(one.exact for one in told.context.held)
    told_of = {one.item_id: one.tokens for one in told.context.held}
    assert told_of == {item_id: count for item_id, _, count in told.truth()}


def test_whatever_is_done_the_count_is_the_engines(told: Told) -> None:
    seeded = random.Random(5)
    limits = {"type": "retention_ratio", "retention_ratio": 0.6, "token_limits": {"post_instructions": 150}}
    told.send("session.update", session={"type": "realtime", "truncation": limits})
    for _ in range(60):
        held = [one for one in told.context.held if one.state == "held"]
        if (choice := seeded.random()) < 0.2 and held:
            told.send("conversation.item.delete", item_id=seeded.choice(held).item_id)
        elif choice < 0.4 and held:
            one, end_ms = seeded.choice(held), seeded.randrange(0, 400, 20)
            told.send("conversation.item.truncate", item_id=one.item_id, content_index=0, audio_end_ms=end_ms)
        elif choice < 0.6:
            told.speak_up("one two", seeded.randrange(200, 1500, 10))
            told.speak(2)
            told.finish()
        else:
            say(told, " ".join(["word"] * seeded.randrange(1, 12)))
        assert told.said() == told.truth()
    assert told.context.budget.used == sum(sum(count.values()) for _, _, count in told.truth())


def test_of_a_server_that_states_nothing_it_is_an_estimate() -> None:
    words = [{"type": "response.output_audio_transcript.delta", "item_id": "a", "delta": f"word{n} "} for n in range(4)]
    heard = over(
        {"type": "session.created", "session": {"model": "gpt-realtime"}},
        {"type": "input_audio_buffer.speech_started", "audio_start_ms": 500, "item_id": "u"},
        {"type": "input_audio_buffer.speech_stopped", "audio_end_ms": 1700, "item_id": "u"},
        {"type": "input_audio_buffer.committed", "item_id": "u"},
        {
            "type": "conversation.item.added",
            "item": {"id": "u", "type": "message", "role": "user", "content": [{"type": "input_audio"}]},
        },
        {"type": "conversation.item.added", "previous_item_id": "u", "item": answer("a")},
        *words,
        {"type": "response.output_audio.delta", "item_id": "a", "audio_ms": 1000.0},
        {"type": "response.done", "response": {"id": "r"}},
        {"type": "conversation.item.truncated", "item_id": "a", "content_index": 0, "audio_end_ms": 500},
    )
    spoken, cut = heard.held
    assert (spoken.tokens, spoken.exact) == ({"audio": 12}, False)
    assert (cut.text, cut.lost, cut.tokens) == ("word0 word1", "word2 word3", {"audio": 10})
    assert heard.budget == context.Budget(22, None, 1.0, exact=False)


def test_a_picture_counts_by_its_size() -> None:
    content = [{"type": "input_image", "image_url": "(9 characters)"}]
    item = {"id": "p", "type": "message", "role": "user", "content": content}
    note = {"type": "labkit.picture_sent", "item_id": "p", "width": 1024, "height": 512}
    added = {"type": "conversation.item.added", "item": item}
    for events in ([note, added], [added, note]):
        assert over(*events).held[0].tokens == {"image": tokens.of_picture((1024, 512))}


def test_strange_events_say_nothing() -> None:
    assert over({"type": "conversation.item.added", "item": None}, {"type": "response.done"}).held == []


def test_what_is_gone_is_not_kept_for_ever() -> None:
    held = Context()
    for number in range(context.MAX_GONE + 50):
        held.add(Record(number, False, {"type": "conversation.item.added", "item": answer(f"a{number}")}))
        held.add(Record(number, False, {"type": "conversation.item.deleted", "item_id": f"a{number}"}))
    assert len(held.held) <= context.MAX_GONE + 1
