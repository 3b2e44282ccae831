"""Pictures beside the voice: voice to voice with a camera on and without; from a picture to the tutor's reaction."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import Any

from labkit import bench
from labkit.bench import _film, _hands, _learners, _photos
from labkit.bench._conversation import Conversation, converse
from labkit.errors import LabkitError
from labkit.lessons import TUTOR
from labkit.session import RealtimeSession, connect

__all__ = ["measure"]

COUNT = 14
SCENE_S = 3.0
"""A new line on the page so often: pictures settle in speech, in answers and in between."""
REACTIONS = ("response.function_call_arguments.done", "response.output_audio_transcript.delta")
"""It shows what it means, or asks whether it read that right."""
STEPS = ("7x - 4 = 3x + 8", "4x = 12", "x = 3")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """`count` clips of a learner, said to the panel without and with a camera, and as many pictures to the tutor.

    Of the clips those count that were answered after their end.
    """
    count = options.count or COUNT
    clips = _learners.choose(options.shared, count)
    with tempfile.TemporaryDirectory() as folder:
        pages = [_photo(number) for number in range(2 * len(STEPS))]
        film = _film.film(Path(folder) / "writing.mjpeg", [(page, SCENE_S) for page in pages])
        # Half without, all with, the other half without: what drifts in the computer meets both.
        said = sorted({clip.text for clip in clips})
        half = len(clips) // 2
        first = converse(clips[:half], said)
        watched = converse(clips, said, camera=film)
        second = converse(clips[half:], said)
    without, with_camera = [*_at_the_ear(first), *_at_the_ear(second)], _at_the_ear(watched)
    return {
        "unit": "ms",
        "voice to voice without": bench.summary(without),
        "voice to voice with a camera on": bench.summary(with_camera),
        "ratio of the medians": {"value": _ratio(with_camera, without), "unit": "", "n": len(with_camera), "goal": 1.2},
        "clips": len(clips),
        "pictures that went along": sum(turn.pictures for turn in watched.turns),
        "a picture sent to the tutor's reaction": {**bench.summary(_to_the_reaction(count)), "goal": 350},
    }


def _photo(number: int) -> _hands.Picture:
    """A page of the film: one line more each time, then another hand from the beginning."""
    lines = [line if at <= number % len(STEPS) else "" for at, line in enumerate(STEPS)]
    hand = list(_hands.HANDS)[number // len(STEPS)]
    return _photos.photograph(_hands.page(lines, hand, 1), "lined", 1)


def _at_the_ear(found: Conversation) -> list[float]:
    answers = [(place, turn) for place in found.said if (turn := found.answer_to(place))]
    return [turn.stamps["rendered"] + turn.stamps["output_latency"] - place.end_ms for place, turn in answers]


def _ratio(first: list[float], second: list[float]) -> float | None:
    return round(statistics.median(first) / statistics.median(second), 2) if first and second else None


def _to_the_reaction(count: int) -> list[float]:
    """Link, reading, algebra and the way back; each picture has one line that no picture before it has."""
    found = []
    with connect("embedded", lesson=TUTOR) as session:
        for number in range(count + 1):
            page = _hands.page([f"{number + 2}x + 1 = {5 * number + 11}"], "upright", number)
            found.append(_reaction_ms(session, _photos.jpeg(_photos.photograph(page, "lined", number))))
    return found[1:]  # the first one loads the reader


def _reaction_ms(session: RealtimeSession, image: bytes) -> float:
    before = len(session.log)
    session.show(image)
    session.send({"type": "response.create"})
    session.wait()
    records = session.log[before:]
    sent_ms = next(record.t_ms for record in records if record.event["type"] == "labkit.picture_sent")
    for record in records:
        if record.event["type"] in REACTIONS:
            return record.t_ms - sent_ms
    raise LabkitError("The tutor said nothing of a new picture: look at it with  labkit look  .")
