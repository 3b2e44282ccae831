"""What a recording holds, whatever happens to the conversation and to the disk."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import labkit
from labkit import pcm
from labkit.bench import _scripted
from labkit.dialogue import Dialogue
from labkit.link import now_ms
from labkit.playing import ScriptSpeaker
from labkit.recording import record
from labkit.replaying import replay

SECRETS = [
    "sk-planted-key",
    "ek_planted-ephemeral",
    "planted-header",
    "planted-mcp",
    "planted-in-a-text",
    "planted-url",
]


class Loudspeaker(ScriptSpeaker):
    """Like a browser: says later when an item is heard, and how much of it was."""

    heard: dict[str, float]

    def play(self, item_id: str, sound: bytes) -> None:  # type: ignore[override]
        pass

    async def flush(self) -> dict[str, float]:
        return self.heard


def loud(ms: int, value: int = 1000) -> bytes:
    return pcm.to_bytes(np.full(ms * 24, value, np.int16))


async def one_turn(dialogue: Dialogue, wire: _scripted.ScriptedWire) -> None:
    for number in range(20):
        dialogue.append(loud(10), now_ms() + 10 * number)
    for event in _scripted.answered(200):
        wire.say(event)
    await wire.drained()


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text("utf-8").splitlines()]


async def test_the_log_is_a_header_records_and_a_footer(tmp_path: Path) -> None:
    dialogue, wire = await _scripted.dialogue()
    recording = await record(dialogue, tmp_path / "lesson1")
    await one_turn(dialogue, wire)
    await dialogue.close()
    recording.stop()
    header, *records, footer = lines(tmp_path / "lesson1")
    assert (header["format"], header["version"], header["labkit"]) == ("labkit-recording", 1, labkit.__version__)
    assert (header["model"], header["host"]) == ("labkit-script", "127.0.0.1")
    assert footer["records"] == len(records)
    assert all(set(line) <= {"t_ms", "sent", "event", "wire_ms"} for line in records)
    [sound] = [line["event"] for line in records if line["event"]["type"] == "input_audio_buffer.append"]
    assert (sound["audio_ms"], sound["chunks"]) == (200, 20)
    assert repr(recording) == f"<Recording 'lesson1', {len(records)} events, complete>"


async def test_a_replay_has_the_turns_and_the_log_that_were_live(tmp_path: Path) -> None:
    dialogue, wire = await _scripted.dialogue()
    await one_turn(dialogue, wire)
    with await record(dialogue, tmp_path / "lesson1"):  # from its middle on
        await one_turn(dialogue, wire)
        dialogue.playback_started(dialogue.log.turns[-1].item_ids[0], now_ms() + 0.1, 12.3, arrived_ms=now_ms())
        await dialogue.interrupt()
        await one_turn(dialogue, wire)
    again = replay(tmp_path / "lesson1")
    assert again.turns == dialogue.log.turns
    assert again.log == list(dialogue.log.records)
    assert not again.problems
    await dialogue.close()


async def test_both_sounds_lie_on_one_axis(tmp_path: Path) -> None:
    dialogue, _ = await _scripted.dialogue()
    dialogue.playing.output = speaker = Loudspeaker(dialogue.playback_started)
    recording = await record(dialogue, tmp_path / "lesson1")
    recording.flush()
    start_ms = lines(tmp_path / "lesson1")[0]["start_ms"]
    dialogue.append(loud(10), start_ms + 100)
    dialogue.playing.play("a", loud(500, 2000))
    dialogue.playback_started("a", start_ms + 300, 25)
    speaker.heard = {"a": 200.0}
    await dialogue.cut()
    dialogue.playing.play("b", loud(100, 3000))  # nobody ever hears it
    await dialogue.close()
    recording.stop()
    found = replay(tmp_path / "lesson1")
    assert [(np.flatnonzero(t)[0] // 24, np.flatnonzero(t)[-1] // 24) for t in (found.user, found.assistant)] == [
        (100, 109),
        (325, 524),
    ]
    assert set(np.unique(found.assistant)) == {0, 2000}


async def test_an_answer_that_had_begun_is_not_heard_in_parts(tmp_path: Path) -> None:
    dialogue, wire = await _scripted.dialogue()
    events = [event for event in _scripted.answered(0) if event["type"] != "response.output_audio.delta"]
    for event in events[:6]:
        wire.say(event)
    await wire.drained()
    with await record(dialogue, tmp_path / "lesson1"):
        dialogue.playing.play(dialogue.log.turns[-1].item_ids[0], loud(100))
    assert len(replay(tmp_path / "lesson1").assistant) == 0
    await dialogue.close()


async def test_a_conversation_that_is_over_cannot_be_recorded(tmp_path: Path) -> None:
    dialogue, _ = await _scripted.dialogue()
    await dialogue.close()
    with pytest.raises(labkit.SessionClosedError):
        await record(dialogue, tmp_path / "lesson1")
    assert not (tmp_path / "lesson1").exists()


async def test_no_key_and_no_token_is_ever_in_it(tmp_path: Path) -> None:
    dialogue, wire = await _scripted.dialogue(api_key="an-api-key-that-looks-like-nothing")
    await one_turn(dialogue, wire)
    recording = await record(dialogue, tmp_path / "lesson1")
    tool = {"type": "mcp", "authorization": "planted-mcp", "headers": {"X-Anything": "planted-header"}}
    dialogue.send({"type": "session.update", "session": {"type": "realtime", "tools": [tool]}})
    content = [{"type": "input_text", "text": "my key is sk-planted-key and api_key=planted-in-a-text"}]
    item = {"type": "message", "role": "user", "content": content}
    dialogue.send({"type": "conversation.item.create", "item": item})
    wire.say({"type": "session.updated", "session": {"client_secret": {"value": "ek_planted-ephemeral"}}})
    wire.say({"type": "error", "error": {"message": "an-api-key-that-looks-like-nothing is wrong, token=planted-url"}})
    await wire.drained()
    await dialogue.close()
    recording.stop()
    written = b"".join(file.read_bytes() for file in (tmp_path / "lesson1").iterdir())
    assert b"(removed)" in written
    assert [secret for secret in [*SECRETS, "that-looks-like-nothing"] if secret.encode() in written] == []


async def test_pictures_are_not_in_it(tmp_path: Path) -> None:
    dialogue, _ = await _scripted.dialogue()
    recording = await record(dialogue, tmp_path / "lesson1")
    content = [{"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="}]
    dialogue.send({"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": content}})
    await dialogue.close()
    recording.stop()
    assert "iVBORw0KGgo" not in (tmp_path / "lesson1" / "events.jsonl").read_text()


async def test_nothing_is_overwritten(tmp_path: Path) -> None:
    dialogue, _ = await _scripted.dialogue()
    (tmp_path / "lesson1").mkdir()
    with pytest.raises(labkit.UsageError, match="overwrite nothing"):
        await record(dialogue, tmp_path / "lesson1")
    (tmp_path / "file").touch()
    with pytest.raises(labkit.UsageError, match="Nothing can be recorded"):
        await record(dialogue, tmp_path / "file" / "lesson1")
    await dialogue.close()


async def test_a_full_disk_ends_the_recording_and_not_the_conversation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialogue, wire = await _scripted.dialogue()
    recording = await record(dialogue, tmp_path / "lesson1")
    await one_turn(dialogue, wire)
    await asyncio.to_thread(recording.flush)
    notes: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    dialogue.log.on_record.add(lambda r: notes.put_nowait(r.event) if "recording" in r.event["type"] else None)

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(labkit.tracks.Track, "write", full)
    await one_turn(dialogue, wire)
    assert dialogue.closed is None
    note = await asyncio.wait_for(notes.get(), 30)  # the panel shows it
    assert (note["type"], note["sentence"]) == ("labkit.recording_ended", recording.problem)
    with pytest.raises(labkit.UsageError, match=r"ended early \(No space left on device\)"):
        recording.stop()
    assert "ended early" in repr(recording)
    kept = replay(tmp_path / "lesson1")
    assert kept.turns[0] == dialogue.log.turns[0]
    assert kept.problems == ["The recording was not closed: its end may be missing."]
    await dialogue.close()


async def test_a_disk_that_is_full_at_once_leaves_the_name_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> bytes:
        raise OSError(28, "No space left on device")

    dialogue, _ = await _scripted.dialogue()
    with monkeypatch.context() as disk:
        disk.setattr(labkit.tracks, "wav_header", full)
        with pytest.raises(labkit.UsageError, match="No space left on device"):
            await record(dialogue, tmp_path / "lesson1")
    (await record(dialogue, tmp_path / "lesson1")).stop()
    await dialogue.close()


async def test_a_recording_that_was_killed_is_read_to_its_end(tmp_path: Path) -> None:
    dialogue, wire = await _scripted.dialogue()
    recording = await record(dialogue, tmp_path / "lesson1")
    await one_turn(dialogue, wire)
    await asyncio.to_thread(recording.flush)
    shutil.copytree(tmp_path / "lesson1", tmp_path / "killed")
    with (tmp_path / "killed" / "events.jsonl").open("a") as file:
        file.write('{"t_ms":12.5,"sent":fal')
    found = replay(tmp_path / "killed")
    assert found.turns == dialogue.log.turns
    assert np.count_nonzero(found.user) == 200 * 24
    assert [problem.split(":")[0] for problem in found.problems] == [
        "The last line of events.jsonl is cut off",
        "The recording was not closed",
    ]
    await dialogue.close()
    recording.stop()


async def test_stopping_twice_and_after_the_end_is_well(tmp_path: Path) -> None:
    dialogue, wire = await _scripted.dialogue()
    recording = await record(dialogue, tmp_path / "lesson1")
    assert "running" in repr(recording)
    recording.stop()
    await one_turn(dialogue, wire)
    await dialogue.close()
    recording.stop()
    assert not replay(tmp_path / "lesson1").turns


async def test_half_a_character_from_a_server_is_written(tmp_path: Path) -> None:
    dialogue, wire = await _scripted.dialogue()
    with await record(dialogue, tmp_path / "lesson1"):
        wire.say({"type": "something.new", "text": "\ud800"})
        await wire.drained()
    assert lines(tmp_path / "lesson1")[-2]["event"]["text"] == "\ud800"
    await dialogue.close()
