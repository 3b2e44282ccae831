"""A dropped connection: the engine killed in mid-conversation, from its return until the session can be used again."""

from __future__ import annotations

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any

import labkit
from labkit import bench, runtime, samples
from labkit.errors import EngineError

__all__ = ["measure"]

COUNT = 12
MOMENTS = ("while nothing is said", "while it answers", "while somebody speaks")
AWAY_S = 1.0
"""How long the server is gone before it is started again."""
WAIT_S = 60.0
TOKEN = "a-token-of-the-bench"  # noqa: S105 - of an engine that lives as long as the figure


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Kill an engine at each of three moments in turn: milliseconds, what was kept, and words that were said twice."""
    count = options.count or COUNT
    with tempfile.TemporaryDirectory() as folder:
        server = _Server(folder)
        try:
            rounds = [_Round(server, MOMENTS[number % len(MOMENTS)]) for number in range(count)]
        finally:
            server.kill()
    return {
        "unit": "ms",
        "how": f"engine killed and started again on its port after {AWAY_S:g} s; {', '.join(MOMENTS)}, in turn",
        "from the server's return to a usable session": {
            **bench.summary(one.back_ms for one in rounds),
            "goal": {"median": "<= 2000"},
        },
        "whole outage": bench.summary(one.outage_ms for one in rounds),
        "context kept": {"value": sum(one.kept for one in rounds), "n": count, "unit": "", "goal": f"{count}"},
        "answers owed and given": {"value": sum(one.answered for one in rounds), "n": count, "unit": ""},
        "words said twice": {"value": sum(one.twice for one in rounds), "n": count, "unit": "", "goal": "0"},
    }


class _Server:
    """An engine on one port, again and again."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}/v1"
        self.start()

    def start(self) -> float:
        """Start it; when it accepted connections, on the monotonic clock."""
        command = [sys.executable, "-m", "labkit.cli", "serve", "--port", str(self._port)]
        environ = {**os.environ, "LABKIT_RUNTIME_DIR": self._folder, runtime.TOKEN_VARIABLE: TOKEN}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environ)
        assert self._process.stdout is not None
        if not self._process.stdout.readline().startswith(b"ready"):
            raise EngineError("The engine of this figure did not start: run  labkit doctor  to see what is wrong.")
        return time.monotonic()

    def kill(self) -> None:
        """As a crash does."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


class _Round:
    """One conversation in which the server is killed once."""

    def __init__(self, server: _Server, moment: str) -> None:
        stamps: dict[str, float] = {}
        back = threading.Event()
        with labkit.connect(base_url=server.address, api_key=TOKEN, model="labkit-start") as session:
            for kind in ("reconnecting", "reconnected"):
                session.on(f"labkit.{kind}", lambda event: stamps.update({event["type"]: time.monotonic()}))
            session.on("labkit.reconnected", lambda _: back.set())
            session.say("what time is it").wait(WAIT_S)
            asked = self._until_killed(session, server, moment)
            time.sleep(AWAY_S)
            returned_s = server.start()
            if not back.wait(WAIT_S):
                raise EngineError(f"The session did not come back within {WAIT_S:g} s: is the computer busy?")
            self.back_ms = max(0.0, 1000 * (stamps["labkit.reconnected"] - returned_s))
            self.outage_ms = 1000 * (stamps["labkit.reconnected"] - stamps["labkit.reconnecting"])
            turn = session.wait(WAIT_S) if asked else session.turns[-1]
            self.answered = turn.done and bool(turn.assistant)
            said = [word for word in re.split(r"[,. ]*[,.] *", turn.assistant) if word]
            self.twice = len(said) - len(set(said)) + len(session.turns) - (2 if asked else 1)
            last = session.turns[-1].user
            self.kept = session.say("what did i say").wait(WAIT_S).assistant == f"You said: {last}"

    def _until_killed(self, session: labkit.RealtimeSession, server: _Server, moment: str) -> bool:
        """Say something, or nothing, and kill the server; whether an answer is owed."""
        if moment == MOMENTS[1]:
            kill = iter([server.kill])
            session.on("response.output_audio.delta", lambda _: next(kill, int)())
            session.say("count to one hundred")
        elif moment == MOMENTS[2]:
            kill = iter([server.kill])
            session.on("input_audio_buffer.speech_started", lambda _: next(kill, int)())
            session.speak(samples.path("what_time_is_it"))
        else:
            server.kill()
        return moment != MOMENTS[0]
