from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from sounds import SENTENCES, spoken

from labkit import pcm
from labkit.engine import ear as ears
from labkit.engine.ear import EarPool
from labkit.engine.hearing import EarFailed, Heard, Hearing, SpeechStarted, SpeechStopped
from labkit.errors import EngineError, UsageError

SERVER_VAD = {"type": "server_vad"}


@pytest_asyncio.fixture
async def pool():
    made = EarPool(1)
    await made.start()
    yield made
    await made.aclose()


class Events(asyncio.Queue):
    """An ear's events, to be awaited."""

    async def next(self):
        return await asyncio.wait_for(self.get(), 60)


async def acquired(pool):
    events = Events()
    return await pool.acquire(events.put_nowait), events


async def test_turns_commits_and_changes_keep_their_order(pool):
    ear, events = await acquired(pool)
    ear.configure(sentences=SENTENCES, turn_detection=SERVER_VAD)
    ear.append(spoken("count to twenty"))
    ear.configure(sentences=["say that like a robot"], turn_detection=None)
    ear.append(spoken("say that like a robot"))
    ear.commit("item_1")
    ear.clear()
    ear.commit("item_2")
    seen = [await events.next() for _ in range(4)]
    assert [type(event) for event in seen] == [SpeechStarted, SpeechStopped, Heard, Heard]
    assert [event.hearing.text for event in seen[1:]] == ["count to twenty", "say that like a robot", ""]
    assert [event.commit_id for event in seen[2:]] == ["item_1", "item_2"]


async def test_a_dead_worker_is_replaced_and_no_commit_hangs(pool):
    ear, events = await acquired(pool)
    ear.configure(sentences=SENTENCES, turn_detection=SERVER_VAD)
    ear.append(pcm.silence(3000))
    ear._process.kill()
    ear.commit("item_1")
    failed, answered = await events.next(), await events.next()
    assert isinstance(failed, EarFailed)
    assert "ended with code" in failed.reason
    assert answered == Heard("item_1", Hearing())
    while ear._process is None:
        ear.commit("item_2")
        assert await events.next() == Heard("item_2", Hearing())
    ear.append(spoken("count to twenty"))
    started, stopped = await events.next(), await events.next()
    assert started.audio_start_ms >= 3000
    assert stopped.hearing.text == "count to twenty"


async def test_a_worker_that_never_answers_is_given_up(pool, monkeypatch):
    monkeypatch.setattr(ears, "COMMIT_TIMEOUT_S", 0.0)
    ear, events = await acquired(pool)
    monkeypatch.setattr(ear._process, "send", lambda kind, payload=b"": None)
    ear.commit("item_1")
    assert isinstance(await events.next(), EarFailed)
    assert await events.next() == Heard("item_1", Hearing())


async def test_workers_that_keep_dying_are_not_replaced_for_ever(pool, monkeypatch):
    monkeypatch.setattr(ears, "MOST_FAILURES", 1)
    ear, events = await acquired(pool)
    ear._process.kill()
    assert isinstance(await events.next(), EarFailed)
    await asyncio.wait_for(ear._recovery, 60)
    ear._process.kill()
    assert isinstance(await events.next(), EarFailed)
    assert "keeps dying" in (await events.next()).reason
    ear.append(bytes(960))
    ear.commit("item_1")
    assert await events.next() == Heard("item_1", Hearing())


async def test_more_sound_than_can_wait_is_refused(pool, monkeypatch):
    monkeypatch.setattr(ears, "MOST_KEPT", 100_000)
    monkeypatch.setattr(ears, "MOST_BEHIND", 10_000)
    ear, _ = await acquired(pool)
    ear.append(bytes(90_000))
    with pytest.raises(EngineError, match="waiting to be heard"):
        ear.append(bytes(20_000))
    await asyncio.wait_for(ear.drained(), 60)
    ear.append(bytes(20_000))


async def test_a_turn_detection_that_is_not_valid_is_refused_before_it_is_sent(pool):
    ear, _ = await acquired(pool)
    with pytest.raises(UsageError, match="silence_duration_ms"):
        ear.configure(sentences=[], turn_detection={"type": "server_vad", "silence_duration_ms": -5})


async def test_closing_the_pool_ends_its_workers():
    pool = EarPool(1)
    await pool.start()
    ear, events = await acquired(pool)
    process = ear._process
    await pool.aclose()
    assert not process.alive
    assert events.empty()
    with pytest.raises(EngineError, match="shutting down"):
        await pool.acquire(print)


async def test_an_ear_that_does_not_start_says_so(monkeypatch):
    monkeypatch.setattr("sys.executable", "/bin/false")
    pool = EarPool(1)
    with pytest.raises(EngineError, match="did not start"):
        await pool.start()
    with pytest.raises(EngineError, match="keeps dying"):
        await pool.acquire(print)
    await pool.aclose()


async def test_a_client_that_leaves_while_waiting_costs_no_worker():
    pool = EarPool(0)
    waiting = asyncio.create_task(pool.acquire(print))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    ear, _ = await acquired(pool)
    assert ear._process.alive
    await pool.aclose()
