"""@openai/agents-realtime (JavaScript) talks with the engine, unchanged: it is told the address and the key only."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from labkit import pcm, samples
from labkit.engine.skills.phrases import normalise

HERE = Path(__file__).parent
PATIENCE_S = 110
COUNT = (
    "one, two, three, four, five, six, seven, eight, nine, ten, "
    "eleven, twelve, thirteen, fourteen, fifteen, sixteen, seventeen, eighteen, nineteen"
)


def missing() -> str | None:
    """Why the JavaScript client cannot run here."""
    if shutil.which("node") is None:
        return "Node.js is not installed"
    if not (HERE / "node_modules" / "@openai" / "agents-realtime").is_dir():
        return "its packages are not installed: run npm ci in tests/clients"
    return None


@pytest.fixture(scope="module")
def outcome(engine, tmp_path_factory):
    reason = missing()
    if reason and os.environ.get("CI"):
        pytest.fail(f"{reason}, and continuous integration needs it")
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("speech")
    recordings = [folder / name for name in ("what_can_you_do", "count_to_twenty", "what_did_you_say")]
    for file in recordings:
        file.write_bytes(pcm.to_bytes(pcm.read(samples.path(file.name))))
    command = ["node", "agents_realtime.mjs", engine.websocket, engine.token, *map(str, recordings)]
    run = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def turn_of(outcome, name: str) -> dict:
    turn = outcome[name]
    assert "failure" not in turn, turn["failure"]
    assert turn["errors"] == []
    assert "error" not in turn["types"]
    return turn


def test_a_text_turn(outcome):
    turn = turn_of(outcome, "textTurn")
    assert (turn["status"], turn["answer"]) == ("completed", "one, two, three, four, five.")


def test_an_audio_turn(outcome):
    turn = turn_of(outcome, "audioTurn")
    assert normalise(turn["heard"]) == "what can you do"
    assert turn["answer"].startswith("I can tell you the time")


def test_a_barge_in(outcome):
    turn = turn_of(outcome, "bargeIn")
    assert turn["truncated"] == turn["item"]
    # This client takes the time since the first sound came for what was played.
    assert turn["truncatedMs"] == pytest.approx(turn["playedMs"], abs=1000)
    assert turn["interruptions"] == 1
    assert normalise(turn["heard"]) == "what did you say"
    remembered = turn["answer"].removeprefix("I said: ").rstrip(" .,")
    assert COUNT.startswith(remembered)
    assert "two" in remembered
