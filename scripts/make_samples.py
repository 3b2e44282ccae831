"""Make the recorded learner's sentences and the whiteboard picture in labkit/samples: python scripts/make_samples.py.

Everything is drawn from the engine's own voice, a seeded noise floor and Pillow's built-in font, so a second run
writes the same files.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from labkit import pcm
from labkit.engine.voice import Voice

FOLDER = Path(__file__).resolve().parents[1] / "labkit" / "samples"
RATE = 16_000
LEARNER = "shimmer"
"""Not the voice that answers; of all voices the one that recognisers understand best."""
SPEED = 0.95
LEAD_MS, TAIL_MS = 300, 300
NOISE_DB = -66.0
"""A quiet room: no microphone gives digital silence."""
LARGEST = 100_000
"""Bytes of one file."""
SENTENCES = {
    "hello": "Hello.",
    "what_can_you_do": "What can you do?",
    "what_time_is_it": "What time is it?",
    "count_to_twenty": "Count to twenty.",
    "stop": "Stop.",
    "what_did_you_say": "What did you say?",
    "what_did_i_say": "What did I say?",
    "say_that_like_a_robot": "Say that like a robot.",
    "what_do_you_see": "What do you see?",
    "thank_you": "Thank you.",
}
PICTURE = "whiteboard"


def recording(sentence: str, seed: int) -> pcm.Samples:
    """The sentence with silence around it over a noise floor, int16 samples at `RATE`, shape (n,)."""
    spoken = b"".join(word.pcm for word in Voice().speak(sentence, voice=LEARNER, speed=SPEED))
    sound = pcm.resample(pcm.to_samples(pcm.silence(LEAD_MS) + spoken + pcm.silence(TAIL_MS)), pcm.SAMPLE_RATE, RATE)
    noise = np.random.default_rng(seed).normal(0, 32768 * 10 ** (NOISE_DB / 20), len(sound))
    return np.clip(np.round(sound + noise), -32768, 32767).astype(np.int16)


def whiteboard() -> Image.Image:
    """A red disc, a blue frame and a line of print on white."""
    picture = Image.new("RGB", (640, 480), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((8, 8, 631, 471), outline=(30, 80, 200), width=6)
    draw.ellipse((60, 150, 280, 370), fill=(220, 25, 30))
    draw.text((320, 70), "2x + 3 = 11", fill="black", font=ImageFont.load_default(44))
    draw.text((320, 230), "Hello lab", fill="black", font=ImageFont.load_default(44))
    return picture


def main() -> None:
    """Write all samples; stop when one is larger than `LARGEST`."""
    for seed, (name, sentence) in enumerate(SENTENCES.items()):
        pcm.write(FOLDER / f"{name}.wav", recording(sentence, seed), RATE)
    whiteboard().save(FOLDER / f"{PICTURE}.jpg", quality=85)
    for file in sorted(FOLDER.glob("*.[wj]*")):
        print(f"{file.name:28}{file.stat().st_size:8} bytes")
        if file.stat().st_size > LARGEST:
            raise SystemExit(f"{file.name} is larger than {LARGEST} bytes")


if __name__ == "__main__":
    main()
