"""openai-agents (Python) talks with the engine, unchanged: it is told the address and the key, nothing else."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

import pytest
from agents import set_tracing_disabled
from agents.realtime import RealtimeAgent, RealtimeModelConfig, RealtimePlaybackTracker, RealtimeRunner

from labkit import pcm, samples
from labkit.engine.skills.phrases import normalise

PATIENCE_S = 40
"""For one event; a lost one must not hang the tests."""
COUNT = (
    "one, two, three, four, five, six, seven, eight, nine, ten, "
    "eleven, twelve, thirteen, fourteen, fifteen, sixteen, seventeen, eighteen, nineteen"
)


class Person:
    """A microphone that is always open, a loudspeaker that plays in real time, and everything that the server sent."""

    def __init__(self, session, tracker):
        self.session, self.tracker = session, tracker
        self.events: list[dict] = []
        self.failures: list[object] = []
        self.speech: deque[bytes] = deque()
        self.unplayed: deque[tuple[str, int, bytes]] = deque()
        self.played_ms = 0.0
        self._changed = asyncio.Condition()

    async def listen(self):
        async for event in self.session:
            if event.type == "audio":
                for piece in pcm.chunks(event.audio.data):
                    self.unplayed.append((event.item_id, event.content_index, piece))
            elif event.type == "audio_interrupted":
                self.unplayed.clear()
            elif event.type == "error":
                self.failures.append(event.error)
            elif event.type == "raw_model_event" and event.data.type == "raw_server_event":
                self.events.append(event.data.data)
            async with self._changed:
                self._changed.notify_all()

    async def live(self):
        """Every 10 ms: what the microphone has is sent, and what the loudspeaker has is played."""
        loop = asyncio.get_running_loop()
        quiet = bytes(pcm.CHUNK_MS * pcm.BYTES_PER_MS)
        due = loop.time()
        while True:
            await self.session.send_audio(self.speech.popleft() if self.speech else quiet)
            if self.unplayed:
                self.played_ms += pcm.CHUNK_MS
                self.tracker.on_play_bytes(*self.unplayed.popleft())
                async with self._changed:
                    self._changed.notify_all()
            due += pcm.CHUNK_MS / 1000
            await asyncio.sleep(max(0.0, due - loop.time()))

    def speak(self, sample: str):
        self.speech.extend(pcm.chunks(pcm.to_bytes(pcm.read(samples.path(sample)))))

    async def until(self, met, what: str):
        try:
            async with asyncio.timeout(PATIENCE_S), self._changed:
                await self._changed.wait_for(met)
        except TimeoutError:
            pytest.fail(f"{what} did not come; the last events: {[event['type'] for event in self.events[-12:]]}")

    async def event(self, kind: str, since: int = 0) -> dict:
        def found():
            return [event for event in self.events[since:] if event["type"] == kind]

        await self.until(found, kind)
        return found()[0]

    def transcript(self, response: dict) -> str:
        (item,) = response["response"]["output"]
        return "".join(part["transcript"] for part in item["content"])


@pytest.fixture
async def person(engine):
    set_tracing_disabled(True)
    tracker = RealtimePlaybackTracker()
    config: RealtimeModelConfig = {"url": engine.websocket, "api_key": engine.token, "playback_tracker": tracker}
    session = await RealtimeRunner(RealtimeAgent(name="Lab", instructions="Be brief.")).run(model_config=config)
    async with session:
        person = Person(session, tracker)
        tasks = [asyncio.create_task(person.listen()), asyncio.create_task(person.live())]
        yield person
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
    assert person.failures == []
    assert [event for event in person.events if event["type"] == "error"] == []


async def test_a_text_turn(person):
    await person.session.send_message("Count to five.")
    done = await person.event("response.done")
    assert done["response"]["status"] == "completed"
    assert person.transcript(done) == "one, two, three, four, five."
    await person.until(lambda: person.played_ms > 1000, "a second of the answer")


async def test_an_audio_turn(person):
    person.speak("what_can_you_do")
    heard = await person.event("conversation.item.input_audio_transcription.completed")
    assert normalise(heard["transcript"]) == "what can you do"
    done = await person.event("response.done")
    assert person.transcript(done).startswith("I can tell you the time")
    assert done["response"]["usage"]["total_tokens"] > 0


async def test_a_barge_in(person):
    person.speak("count_to_twenty")
    await person.until(lambda: person.played_ms > 1500, "a second and a half of the answer")
    counted = await person.event("response.output_item.added")
    before = len(person.events)
    person.speak("what_did_you_say")
    truncated = await person.event("conversation.item.truncated", before)
    assert truncated["item_id"] == counted["item"]["id"]
    assert truncated["audio_end_ms"] == pytest.approx(person.played_ms, abs=1000)
    retrieved = await person.event("conversation.item.retrieved", person.events.index(truncated))
    assert retrieved["item"]["type"] == "message"
    heard = await person.event("conversation.item.input_audio_transcription.completed", before)
    assert normalise(heard["transcript"]) == "what did you say"
    added = await person.event("response.created", person.events.index(heard))
    await person.until(
        lambda: any(
            event["type"] == "response.done" and event["response"]["id"] == added["response"]["id"]
            for event in person.events
        ),
        "the end of the second answer",
    )
    done = [event for event in person.events if event["type"] == "response.done"][-1]
    remembered = person.transcript(done).removeprefix("I said: ").rstrip(" .,")
    assert COUNT.startswith(remembered)
    assert "two" in remembered
