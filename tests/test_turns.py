from typing import Any

import pytest

from labkit.turn_builder import build
from labkit.turns import Record, Turn, without_media


def record(kind: str, t_ms: float = 0.0, **fields: Any) -> Record:
    return Record(t_ms, False, {"type": kind, **fields})


def user(text: str, item_id: str = "u1") -> Record:
    item = {"id": item_id, "type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
    return record("conversation.item.added", item=item)


def answer(words: str, word_ms: float = 100.0, response: str = "r1", item: str = "a1") -> list[Record]:
    of = {"response_id": response, "item_id": item}
    out = [
        record("response.created", 10.0, response={"id": response, "conversation_id": "c"}),
        record("response.output_item.added", response_id=response, item={"id": item, "type": "message"}),
    ]
    for word in words.split():
        out.append(record("response.output_audio_transcript.delta", delta=f"{word} ", **of))
        out.append(record("response.output_audio.delta", 20.0, delta="", audio_ms=word_ms, **of))
    return out


def done(response: str = "r1", status: str = "completed", **extra: Any) -> Record:
    return record("response.done", 30.0, response={"id": response, "status": status, "output": [], **extra})


def test_a_turn_pairs_what_was_said_with_what_was_answered() -> None:
    [turn] = build([user("hello"), *answer("good day to you"), done()])
    assert (turn.user, turn.assistant.strip(), turn.status) == ("hello", "good day to you", "completed")
    assert (turn.heard.strip(), turn.unheard) == ("good day to you", "")


@pytest.mark.parametrize(
    ("heard_ms", "heard"),
    [(0, ""), (49, ""), (51, "one"), (240, "one two"), (251, "one two three"), (400, "one two three four")],
)
def test_a_word_counts_as_heard_from_its_middle_on(heard_ms: int, heard: str) -> None:
    cut = record("labkit.playback_cut", item_id="a1", heard_ms=heard_ms)
    [turn] = build([user("count"), *answer("one two three four"), done(), cut])
    assert turn.heard == heard
    assert f"{turn.heard} {turn.unheard}".strip() == "one two three four"


def test_where_the_transcript_runs_ahead_heard_words_are_in_proportion_and_marked() -> None:
    events = [
        user("count"),
        *answer("one two three four"),
        done(),
        record("labkit.playback_cut", item_id="a1", heard_ms=200),
    ]
    [turn] = build(events, exact_words=False)
    assert (turn.heard, turn.heard_exact) == ("one two", False)


def test_a_function_call_and_its_answer_are_one_turn() -> None:
    call = [
        record("response.created", response={"id": "r1", "conversation_id": "c"}),
        record("response.function_call_arguments.done", response_id="r1", name="roll_dice", arguments="{}"),
        done("r1", output=[{"type": "function_call"}]),
    ]
    [turn] = build([user("roll dice"), *call, *answer("a four", response="r2", item="a2"), done("r2")])
    assert (turn.calls, turn.assistant.strip(), turn.status) == (["roll_dice({})"], "a four", "completed")


def test_an_out_of_band_response_is_no_turn() -> None:
    assert build([record("response.created", response={"id": "r9", "conversation_id": None})]) == []


def test_a_late_transcript_finds_its_turn() -> None:
    item = {"id": "u1", "type": "message", "role": "user", "content": [{"type": "input_audio", "transcript": None}]}
    events = [record("conversation.item.added", item=item), *answer("good day"), done()]
    late = record("conversation.item.input_audio_transcription.completed", item_id="u1", transcript="hello")
    [turn] = build([*events, late])
    assert (turn.user, turn.spoken) == ("hello", True)


def test_printing_shows_what_was_never_heard() -> None:
    cut = record("labkit.playback_cut", item_id="a1", heard_ms=100)
    [turn] = build([user("count"), *answer("one two"), done(), cut])
    assert str(turn) == "you  count\nAI   one [never heard: two]"


def test_the_log_keeps_lengths_instead_of_sound_and_pictures() -> None:
    kept = without_media({"type": "response.output_audio.delta", "item_id": "a", "delta": "AAAA" * 320})
    assert (kept["delta"], kept["audio_ms"]) == ("", 20.0)
    content = [{"type": "input_image", "image_url": "data:image/png;base64,AAAA"}]
    item = {"type": "message", "role": "user", "content": content}
    kept = without_media({"type": "conversation.item.create", "item": item})
    assert "base64" not in str(kept)
    assert content[0]["image_url"].startswith("data:")


def test_a_turn_without_an_answer_is_not_done() -> None:
    assert not Turn(0).done


def test_a_cut_in_the_second_item_of_a_turn_keeps_the_first() -> None:
    first = [*answer("let me look"), done(output=[{"type": "function_call"}])]
    second = [*answer("it is sunny today", response="r2", item="a2"), done("r2")]
    cut = record("labkit.playback_cut", item_id="a2", heard_ms=200)
    [turn] = build([user("weather"), *first, *second, cut])
    assert (turn.heard, turn.unheard) == ("let me look it is", "sunny today")


def test_a_failed_transcription_is_not_a_failed_turn() -> None:
    item = {"id": "u1", "type": "message", "role": "user", "content": [{"type": "input_audio", "transcript": None}]}
    failed = record("conversation.item.input_audio_transcription.failed", item_id="u1")
    [turn] = build([record("conversation.item.added", item=item), failed, *answer("good day"), done()])
    assert turn.user_failed
    assert turn.assistant


def test_partial_transcripts_grow() -> None:
    item = {"id": "u1", "type": "message", "role": "user", "content": [{"type": "input_audio", "transcript": None}]}
    kind = "conversation.item.input_audio_transcription"
    parts = [record(f"{kind}.delta", item_id="u1", delta=delta) for delta in ("hel", "lo")]
    [turn] = build([record("conversation.item.added", item=item), *parts])
    assert turn.user == "hello"
    [turn] = build(
        [
            record("conversation.item.added", item=item),
            *parts,
            record(f"{kind}.completed", item_id="u1", transcript="hello there"),
        ]
    )
    assert turn.user == "hello there"


def speech(item_id: str = "u1") -> list[Record]:
    item = {"id": item_id, "type": "message", "role": "user", "content": [{"type": "input_audio"}]}
    return [
        record("input_audio_buffer.speech_stopped", 5.0),
        Record(5.0, False, {"type": "labkit.last_voiced", "t_ms": 1.0, "first_ms": 0.5}),
        record("input_audio_buffer.committed", 6.0),
        record("conversation.item.added", 6.0, item=item),
    ]


def test_a_turn_that_the_server_takes_back_begins_anew_and_is_no_interruption() -> None:
    cancelled = done(status="cancelled", usage={"total_tokens": 3})
    deleted = [record("conversation.item.deleted", item_id=name) for name in ("a1", "u1")]
    late = [record("labkit.playback_cut", item_id="a1", heard_ms=20), *answer("too late")[2:]]
    first = [*speech(), *answer("ten"), cancelled, *deleted, *late]
    [turn] = build(first)
    assert (turn.recovered, turn.status, turn.assistant, turn.interrupted) == (1, "waiting", "", False)
    assert turn.stamps == {"begun": 5.0, "first_voiced": 0.5}
    assert turn.usage == [{"total_tokens": 3}]

    [turn] = build([*first, *speech("u2"), *answer("twenty", response="r2", item="a2"), done("r2")])
    assert (turn.recovered, turn.user_item, turn.assistant.strip(), turn.item_ids) == (1, "u2", "twenty", ["a2"])


def test_what_we_delete_ourselves_stays_a_turn() -> None:
    asked = Record(40.0, True, {"type": "conversation.item.delete", "item_id": "u1"})
    [turn] = build([*speech(), *answer("ten"), done(), asked, record("conversation.item.deleted", item_id="u1")])
    assert (turn.recovered, turn.assistant.strip()) == (0, "ten")


def test_a_turn_knows_how_its_end_was_decided_and_what_it_used() -> None:
    detection = {"type": "server_vad", "silence_duration_ms": 200}
    session = {"model": "m", "audio": {"input": {"turn_detection": detection}}}
    heard = record(
        "conversation.item.input_audio_transcription.completed", item_id="u1", transcript="hi", usage={"seconds": 1}
    )
    events = [record("session.updated", session=session), *speech(), heard, *answer("ten")]
    [turn] = build([*events, done(usage={"total_tokens": 3})])
    assert (turn.model, turn.detection, turn.hangover_ms) == ("m", "server_vad", 200)
    assert (turn.usage, turn.transcription_usage) == ([{"total_tokens": 3}], [{"seconds": 1}])


def test_stamps_of_the_page_and_of_a_pipeline() -> None:
    page = {"t_ms": 50.0, "output_latency_ms": 16.0, "arrived_ms": 45.0, "clock_uncertainty_ms": 1.0}
    started = {"type": "labkit.playback_started", "item_id": "a1", **page}
    events = [
        *speech(),
        *answer("ten")[:3],
        record("labkit.stage", 15.0, stage="transcribed"),
        Record(20.0, False, {"type": "response.output_audio.delta", "response_id": "r1", "audio_ms": 9.0}, 18.0),
        Record(50.0, False, started),
        record("labkit.playback_cut", 90.0, item_id="a1", heard_ms=5, silent_ms=95.0),
    ]
    [turn] = build(events)
    names = ("transcribed", "wire_audio", "first_audio", "arrived", "rendered", "output_latency", "clock_uncertainty")
    assert [turn.stamps[name] for name in names] == [15.0, 18.0, 20.0, 45.0, 50.0, 16.0, 1.0]
    assert (turn.stamps["cut"], turn.stamps["silent"]) == (90.0, 95.0)


def test_a_turn_that_began_with_a_picture_is_taken_back_too() -> None:
    events = [user("", "picture"), *speech(), *answer("ten"), done(status="cancelled")]
    [turn] = build([*events, record("conversation.item.deleted", item_id="u1")])
    assert (turn.recovered, turn.status) == (1, "waiting")


def test_a_learners_odd_event_does_no_harm() -> None:
    assert build([Record(0.0, True, {"type": "conversation.item.delete"})]) == []
    assert without_media({"type": "input_audio_buffer.append"})["audio_ms"] == 0
    assert without_media({"type": "conversation.item.create", "item": "none"})["item"] == "none"


# -- pictures, and answers that say nothing -------------------------------------------------------------------


def picture(item_id: str, *more: dict[str, Any]) -> Record:
    content = [{"type": "input_image", "image_url": "(9 characters)"}, *more]
    return record(
        "conversation.item.added", item={"id": item_id, "type": "message", "role": "user", "content": content}
    )


def test_a_picture_alone_is_no_turn_but_belongs_to_what_is_said_with_it() -> None:
    assert build([picture("p1"), picture("p1")]) == []
    first = [picture("p1"), user("hello"), picture("p2"), *answer("good day"), done(), picture("p3")]
    [turn] = build(first)
    assert (turn.pictures, turn.user, turn.status) == (2, "hello", "completed")
    ask = picture("p4", {"type": "input_text", "text": "and this?"})
    [_, turn] = build([*first, picture("p3"), ask, *answer("a cat", response="r2", item="a2"), done("r2")])
    assert (turn.pictures, turn.user) == (2, "and this?")


def test_a_picture_that_comes_while_an_answer_is_made_or_a_function_runs_disturbs_neither() -> None:
    calling = [
        record("response.created", response={"id": "r1", "conversation_id": "c"}),
        done("r1", output=[{"type": "function_call"}]),
    ]
    [turn] = build(
        [user("weather"), *calling, picture("p1"), *answer("sunny", response="r2", item="a2"), picture("p2")]
    )
    assert (turn.status, turn.assistant.strip(), turn.pictures) == ("answering", "sunny", 0)


def wait_call(response: str = "r1", output: str = "waiting", **extra: Any) -> list[Record]:
    said = {"type": "function_call_output", "call_id": "c", "output": output}
    return [
        record("response.created", response={"id": response, "conversation_id": "c"}),
        record("response.function_call_arguments.done", response_id=response, name="wait_for_user", arguments="{}"),
        done(response, output=[{"type": "function_call"}], **extra),
        Record(31.0, True, {"type": "conversation.item.create", "item": said}),
    ]


def test_an_answer_to_a_picture_that_is_only_to_wait_is_no_turn_and_what_it_used_is_not_lost() -> None:
    waited = [picture("p1"), *wait_call(usage={"total_tokens": 3})]
    assert build(waited) == []
    [turn] = build([*waited, picture("p2"), user("help"), *answer("yes", response="r2", item="a2"), done("r2")])
    assert (turn.index, turn.pictures, turn.usage, turn.calls) == (0, 2, [{"total_tokens": 3}], [])


def test_words_that_are_answered_by_waiting_are_a_turn() -> None:
    [turn] = build([user("let me think"), *wait_call()])
    assert (turn.user, turn.status, turn.assistant) == ("let me think", "completed", "")
    [turn] = build([user("let me think"), *wait_call(output="done")])
    assert turn.status == "calling"


@pytest.mark.parametrize(
    ("settings", "said", "language"),
    [
        ({}, {}, ""),
        ({}, {"labkit": {"language": "es"}}, "es"),
        ({}, {"languages": [{"code": "fr"}]}, "fr"),
        ({"languages": ["de"]}, {}, "de"),
        ({"languages": ["en", "de"]}, {}, ""),
    ],
)
def test_a_turn_knows_its_language(settings: dict[str, Any], said: dict[str, Any], language: str) -> None:
    heard = record("conversation.item.input_audio_transcription.completed", item_id="u1", transcript="x", **said)
    session = {"audio": {"input": {"transcription": settings}}}
    committed = record("input_audio_buffer.committed", item_id="u1")
    [turn] = build([record("session.updated", session=session), committed, user("", "u1"), heard])
    assert turn.language == language
