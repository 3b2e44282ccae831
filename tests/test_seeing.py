"""When a picture goes along, what is dropped, and what it does to turns: fake cameras, a scripted server."""

import asyncio
from typing import Any

import pytest
from engine.conftest import Served, served  # noqa: F401 - fixtures
from test_dialogue import FakeServer, nothing, on, talking_with, until

import labkit
from labkit import images, samples, speaking
from labkit.callbacks import Callbacks
from labkit.errors import DeviceError
from labkit.seeing import Seeing, content_of, sent_in


def png(width: int = 640, height: int = 480, mark: int = 0) -> bytes:
    return images.PNG + b"\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([mark])


class FakeCamera:
    """Gives the picture that it holds."""

    name = "camera"

    def __init__(self, state: str = "live") -> None:
        self.state, self.watched, self.now = state, 0, png()
        self.settled: Callbacks[[bytes, float]] = Callbacks()
        self.shown: bytes | None = None

    def follow(self, callback: Any) -> Any:
        self.watched += 1
        off = self.settled.add(callback)

        def end() -> None:
            off()
            self.watched -= 1

        return end

    def settle(self, mark: int) -> None:
        self.now = self.shown = png(mark=mark)
        self.settled(self.now, 0.0)

    async def grab_if_changed(self, timeout: float = 5) -> bytes | None:
        if self.shown == b"broken":
            raise DeviceError("The camera went away.", "Plug it in again.")
        shown, self.shown = self.shown, self.now
        return None if self.now == shown else self.now


def sent(server: FakeServer) -> list[str]:
    """Ids of the pictures that came."""
    items = [event["item"] for event in server.received if event["type"] == "conversation.item.create"]
    return [item["id"] for item in items if item["content"][0]["type"] == "input_image"]


def reasons(seeing: Seeing) -> list[str]:
    return [record.event["reason"] for record in seeing._dialogue.log.records if "reason" in record.event]


async def speech(server: FakeServer, what: str = "started") -> None:
    await server.say(f"input_audio_buffer.speech_{what}", audio_start_ms=0, audio_end_ms=0)


async def test_a_picture_goes_along_when_somebody_speaks_and_only_if_it_is_another() -> None:
    async with talking_with(nothing) as (server, dialogue):
        camera = FakeCamera()
        dialogue.seeing.attach(camera)
        assert camera.watched
        await speech(server)
        await until(lambda: len(sent(server)) == 1)
        await speech(server)
        await asyncio.sleep(0.05)
        camera.now = png(mark=1)
        await speech(server)
        await until(lambda: len(sent(server)) == 2)
        assert reasons(dialogue.seeing) == ["spoke", "spoke"]
        assert dialogue.log.turns == []


async def test_a_settled_picture_waits_for_the_interval_and_the_newest_goes() -> None:
    async with talking_with(nothing) as (server, dialogue):
        camera = FakeCamera("off")
        dialogue.seeing.attach(camera)
        dialogue.seeing.min_interval_ms = 10_000
        camera.settle(1)
        await until(lambda: len(sent(server)) == 1)
        camera.settle(2)
        camera.settle(3)
        await asyncio.sleep(0.05)
        assert len(sent(server)) == 1
        camera.state = "live"
        await speech(server)  # what waits goes along with the words
        await until(lambda: len(sent(server)) == 2)
        assert server.received[-1]["item"]["content"] == [content_of(png(mark=3))]


async def test_the_newest_three_stay_and_what_was_shown_by_hand_too() -> None:
    async with talking_with(nothing) as (server, dialogue):
        dialogue.seeing.min_interval_ms = 0
        await speaking.show(dialogue, png(), None)
        camera = FakeCamera("off")
        dialogue.seeing.attach(camera)
        for mark in range(1, 6):
            camera.settle(mark)
            await until(lambda count=mark: len(sent(server)) == 1 + count)
        await until(lambda: server.kinds().count("conversation.item.delete") == 2)
        deleted = [event["item_id"] for event in server.received if event["type"] == "conversation.item.delete"]
        assert deleted == sent(server)[1:3]


async def test_what_a_source_showed_last_stays_however_much_the_others_send() -> None:
    async with talking_with(nothing) as (server, dialogue):
        dialogue.seeing.min_interval_ms = 0
        board, camera = FakeCamera("off"), FakeCamera("off")
        for source in (board, camera):
            dialogue.seeing.attach(source)
        board.settle(1)
        await until(lambda: len(sent(server)) == 1)
        for mark in range(2, 7):
            camera.settle(mark)
            await until(lambda count=mark: len(sent(server)) == count)
        stay = [picture.item_id for picture in sent_in(dialogue.log.records) if not picture.dropped]
        assert stay == [sent(server)[0], *sent(server)[-3:]]
        board.settle(7)
        await until(lambda: len(sent(server)) == 7)
        assert [p.dropped for p in sent_in(dialogue.log.records)] == [True] * 4 + [False] * 3


async def test_typing_takes_a_picture_along_before_the_words() -> None:
    async with talking_with(on("response.create", lambda s: s.respond(1, "I see"))) as (server, dialogue):
        camera = FakeCamera()
        dialogue.seeing.attach(camera)
        await speaking.say(dialogue, "and now?")
        await dialogue.wait(30)
        kinds = [event["item"]["content"][0]["type"] for event in server.received if "item" in event]
        assert kinds == ["input_image", "input_text"]
        assert reasons(dialogue.seeing) == ["typed"]


async def test_a_camera_that_fails_does_not_keep_anybody_from_talking() -> None:
    async with talking_with(on("response.create", lambda s: s.respond(1, "hello"))) as (server, dialogue):
        camera = FakeCamera()
        dialogue.seeing.attach(camera)
        camera.shown = b"broken"
        await speaking.say(dialogue, "hello")
        assert (await dialogue.wait(30)).assistant == "hello"
        assert sent(server) == []


async def test_who_is_detached_is_asked_no_more_and_closing_detaches() -> None:
    async with talking_with(nothing) as (server, dialogue):
        first, second = FakeCamera("off"), FakeCamera("off")
        detach = dialogue.seeing.attach(first)
        dialogue.seeing.attach(first)
        dialogue.seeing.attach(second)
        detach()
        assert (first.watched, second.watched) == (0, 1)
        first.settle(1)
        await asyncio.sleep(0.05)
        assert sent(server) == []
    assert not second.watched
    second.settle(1)


async def test_a_held_button_takes_a_picture_along() -> None:
    async with talking_with(nothing) as (_, dialogue):
        dialogue.seeing.attach(FakeCamera())
        button = speaking.PushToTalk(dialogue)
        await button.hold()
        await until(lambda: reasons(dialogue.seeing) == ["spoke"])
        assert dialogue.seeing.hearing
        await button.release()
        assert not dialogue.seeing.hearing


def test_what_gives_no_pictures_is_refused() -> None:
    async def attach() -> None:
        async with talking_with(nothing) as (_, dialogue):
            dialogue.seeing.attach("board.png")  # type: ignore[arg-type]

    with pytest.raises(labkit.UsageError, match=r"show\(\) a file"):
        asyncio.run(attach())


# -- speaking up ---------------------------------------------------------------------------------------------


def answers(server: FakeServer) -> int:
    return server.kinds().count("response.create")


async def test_a_settled_picture_is_answered_unasked_where_the_lesson_says_so() -> None:
    async with talking_with(on("response.create", lambda s: s.respond(1, "well done"))) as (server, dialogue):
        dialogue.seeing.speaks_up = True
        camera = FakeCamera("off")
        dialogue.seeing.attach(camera)
        camera.settle(1)
        await until(lambda: dialogue.log.newest and dialogue.log.newest.assistant == "well done")
        assert answers(server) == 1


async def test_nobody_is_interrupted_by_an_answer_to_a_picture() -> None:
    async with talking_with(nothing) as (server, dialogue):
        dialogue.seeing.speaks_up = True
        dialogue.seeing.min_interval_ms = 0
        camera = FakeCamera("off")
        dialogue.seeing.attach(camera)
        await speech(server)
        await until(lambda: dialogue.seeing.hearing)
        camera.settle(1)
        await asyncio.sleep(0.3)
        assert answers(server) == 0
        await speech(server, "stopped")  # their words are answered by the server itself, which has seen the picture
        await server.respond(1, "yes")
        await until(lambda: dialogue.log.newest and dialogue.log.newest.done)
        await asyncio.sleep(0.3)
        assert answers(server) == 0


async def test_an_answer_that_is_heard_is_not_disturbed_and_the_picture_is_answered_after_it() -> None:
    async def count(server: FakeServer) -> None:
        of = {"response_id": "r1", "item_id": "i1", "output_index": 0, "content_index": 0}
        await server.say("response.created", response={"id": "r1", "conversation_id": "c"})
        item = {"id": "i1", "type": "message", "role": "assistant"}
        await server.say("response.output_item.added", response_id="r1", output_index=0, item=item)
        await server.say("response.output_audio_transcript.delta", delta="one two", **of)
        await server.say("response.output_audio.delta", delta="AAAA" * 48_000, **of)  # 3 s
        await server.say("response.done", response={"id": "r1", "status": "completed", "output": [item]})

    script = on("response.create", count, lambda s: s.respond(2, "and now I see"))
    async with talking_with(script) as (server, dialogue):
        dialogue.seeing.speaks_up = True
        camera = FakeCamera("off")
        dialogue.seeing.attach(camera)
        await speaking.say(dialogue, "count")
        turn = await dialogue.wait(30)
        camera.settle(1)
        await until(lambda: len(sent(server)) == 1)
        assert (answers(server), dialogue.log.newest) == (1, turn)
        await until(lambda: len(dialogue.log.turns) == 2 and dialogue.log.newest.done)
        assert (turn.interrupted, turn.heard) == (False, "one two")
        assert dialogue.log.newest.assistant == "and now I see"


async def test_answers_that_nobody_asked_for_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen that shows the answers to itself would have no end; what somebody says begins anew."""
    monkeypatch.setattr("labkit.seeing.MOST_UNASKED", 2)
    responses = [lambda s, n=number: s.respond(n, "I see") for number in range(1, 5)]
    async with talking_with(on("response.create", *responses)) as (server, dialogue):
        dialogue.seeing.speaks_up = True
        dialogue.seeing.min_interval_ms = 0
        screen = FakeCamera("off")
        dialogue.seeing.attach(screen)

        async def answered(number: int) -> None:
            await until(lambda: len(dialogue.log.turns) == number and dialogue.log.newest.done)

        for mark in (1, 2):
            screen.settle(mark)
            await answered(mark)
        screen.settle(3)
        await until(lambda: len(sent(server)) == 3)
        await asyncio.sleep(0.1)
        assert answers(server) == 2
        await speaking.say(dialogue, "go on")
        await answered(3)
        screen.settle(4)
        await answered(4)


# -- with the embedded engine --------------------------------------------------------------------------------


def test_a_picture_that_went_along_is_what_the_engine_sees_and_a_recording_knows_of_it(served, tmp_path) -> None:  # noqa: F811
    board = FakeCamera("live")
    board.now = samples.path("whiteboard").read_bytes()
    with labkit.connect(base_url=served.address, api_key=served.token, model="labkit-start") as session:
        session.record(tmp_path / "lesson")
        session.watch(board)
        turn = session.say("what do you see").wait()
        assert "not shown" not in turn.assistant
        [picture] = session.pictures
        width, height = images.size(board.now)
        assert (picture.source, picture.width, picture.height, picture.dropped) == ("camera", width, height, False)
        assert (picture.bytes, turn.pictures) == (len(board.now), 1)
        session.show(board.now)
        assert [sent.reason for sent in session.pictures] == ["typed", "shown"]
        assert session.turns == [turn]
    replay = labkit.replay(tmp_path / "lesson")
    assert [turn.pictures for turn in replay.turns] == [1]
    assert [sent.item_id for sent in sent_in(replay.log)] == [sent.item_id for sent in session.pictures]


async def test_the_same_for_async_code(served: Served) -> None:  # noqa: F811
    options = {"base_url": served.address, "api_key": served.token, "model": "labkit-start"}
    async with await labkit.aconnect(**options) as session:
        end = await session.watch(FakeCamera("off"))
        end()
        assert session.pictures == []
