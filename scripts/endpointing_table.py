"""Measure the end of a turn on people's recordings and keep the figures in labkit/samples/endpointing.json.

    python scripts/endpointing_table.py --shared DIR [--count N]

DIR holds `commands/index.json` (where the speech of each recording begins and ends) and the recordings, which are
not part of labkit. Fixed hangovers need the sound alone; semantic_vad also hears the words: the embedded engine's
own ear, fed packet by packet on a simulated clock, with all the texts listed beside the start skill's phrases.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

from labkit import endpointing, pcm
from labkit.bench.listed import recordings
from labkit.endpointing.clips import Clip, crop, with_pause
from labkit.engine.hearing import EarEvent, SpeechContinued, SpeechStopped
from labkit.engine.listener import Listener
from labkit.engine.recogniser import Recogniser
from labkit.engine.skills import find
from labkit.engine.voice_activity import silero


def load(folder: Path, count: int | None) -> tuple[list[Clip], list[str]]:
    """The recordings with their speech's place, and their texts."""
    found = recordings(folder, count)
    clips = [crop(pcm.read(file), clip["speech_start_ms"], clip["speech_end_ms"]) for file, clip in found]
    return clips, [clip["text"] for _, clip in found]


def semantic(clips: Sequence[Clip], listed: Sequence[str]) -> endpointing.Point:
    """semantic_vad by the engine's own ear; a new listener for each recording."""
    recogniser = Recogniser()
    ends, recovered = [], 0
    for number, clip in enumerate(clips, start=1):
        print(f"\rsemantic_vad {number} of {len(clips)}", end="", file=sys.stderr, flush=True)
        stops, again = hear(recogniser, clip, listed)
        if stops:
            ends.append(stops[0] - clip.end_ms)
            recovered += stops[0] < clip.end_ms and again
    print(file=sys.stderr)
    return endpointing.point("semantic_vad", None, ends, recovered)


def hear(recogniser: Recogniser, clip: Clip, listed: Sequence[str]) -> tuple[list[int], bool]:
    """When the ear said that the turn was over, ms, and whether it took a turn up again."""
    heard: list[EarEvent] = []
    listener = Listener(recogniser, (silero(), silero()), heard.append)
    recogniser.forget_channel()
    listener.configure(listed, {"type": "semantic_vad"})
    stops = []
    for packet, chunk in enumerate(pcm.chunks(pcm.to_bytes(clip.sound)), start=1):
        before = len(heard)
        listener.append(chunk)
        stops += [packet * pcm.CHUNK_MS for event in heard[before:] if isinstance(event, SpeechStopped)]
    return stops, any(isinstance(event, SpeechContinued) for event in heard)


def measure(name: str, clips: Sequence[Clip], listed: Sequence[str]) -> endpointing.Curve:
    """Every policy over these recordings."""
    print(name, file=sys.stderr)
    points = (*endpointing.fixed(clips, endpointing.HANGOVERS, silero), semantic(clips, listed))
    return endpointing.Curve(name, dt.datetime.now(dt.UTC).date().isoformat(), points)


def main() -> None:
    """Measure, and keep the figures."""
    parser = argparse.ArgumentParser(description="Measure the end of a turn on people's recordings.")
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds commands/")
    parser.add_argument("--count", type=int, help="the first so many recordings only")
    options = parser.parse_args()
    clips, texts = load(options.shared / "commands", options.count)
    listed = [*find("labkit-start").sentences(), *texts]
    paused = [
        with_pause(clip, endpointing.PAUSES[seed % len(endpointing.PAUSES)], seed) for seed, clip in enumerate(clips)
    ]
    curves = [
        measure(f"{len(clips)} orders read aloud by people", clips, listed),
        measure(f"the same {len(clips)} with a pause of 300, 500 or 800 ms put in", paused, listed),
    ]
    endpointing.store(curves)
    print(f"kept {len(curves)} curves")


if __name__ == "__main__":
    main()
