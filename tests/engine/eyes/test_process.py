"""Pictures that wait, and the process that looks at them."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import Future

import pytest

from labkit import samples
from labkit.engine.eyes.process import MOST_WAITING, Eyes, EyesProcess
from labkit.engine.eyes.sight import Sight
from labkit.errors import EngineError, UsageError


class Slow(EyesProcess):
    """Looks at a picture when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[bytes] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def look(self, image: bytes) -> Sight:
        self.begun.set()
        assert self.go.wait(10)
        if image == b"bad":
            raise UsageError("These bytes are not a picture.")
        self.seen.append(image)
        return Sight(1, 1, (), (), 0.0)


def test_the_newest_comes_first_and_conversations_take_turns():
    process = Slow()
    eyes = Eyes(process)
    waiting: list[Future[Sight]] = [eyes.look(b"a0", "a")]
    assert process.begun.wait(10)
    waiting += [eyes.look(image, image[:1]) for image in (b"a1", b"a2", b"b1", b"a3", b"b2")]
    waiting.pop(1).cancel()
    process.go.set()
    for future in waiting:
        future.result(10)
    assert process.seen == [b"a0", b"a3", b"b2", b"a2", b"b1"]


def test_what_goes_wrong_is_told_and_the_next_is_looked_at():
    process = Slow()
    process.go.set()
    eyes = Eyes(process)
    with pytest.raises(UsageError, match="not a picture"):
        eyes.look(b"bad", "a").result(10)
    assert eyes.look(b"good", "a").result(10).width == 1


def test_of_too_many_the_oldest_is_given_up():
    process = Slow()
    eyes = Eyes(process)
    waiting = [eyes.look(b"%d" % number, "a") for number in range(MOST_WAITING + 2)]
    assert process.begun.wait(10)
    late = eyes.look(b"late", "a")
    process.go.set()
    assert late.result(10).width == 1
    given_up = [future for future in waiting if future.exception(10)]
    assert given_up == waiting[1 : 1 + len(given_up)]
    assert given_up
    with pytest.raises(UsageError, match="Too many pictures"):
        given_up[0].result()


@pytest.mark.skipif(os.name != "posix", reason="only there a process can be stopped from outside")
def test_a_picture_that_takes_for_ever_ends_the_process(monkeypatch):
    monkeypatch.setattr("labkit.engine.eyes.process.LONGEST_S", 0.3)
    process = EyesProcess()
    process.start()
    os.kill(process._process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(EngineError, match="show the picture again"):
            process.look(samples.path("whiteboard").read_bytes())
    finally:
        process.close()


def test_a_process_of_its_own_looks_refuses_and_is_started_again():
    process = EyesProcess()
    image = samples.path("whiteboard").read_bytes()
    try:
        assert process.look(image).lines[0].text == "2x + 3 = 11"
        with pytest.raises(UsageError, match="JPEG or PNG"):
            process.look(b"nonsense")
        assert process._process is not None
        process._process.kill()
        process._process.wait()
        assert process.look(image).lines[0].text == "2x + 3 = 11"
    finally:
        process.close()
