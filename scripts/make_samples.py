"""Make the recorded learner's sentences and pictures in labkit/samples: python scripts/make_samples.py.

Everything is drawn from the engine's own voices, a seeded noise floor, Pillow's built-in font, the handwriting of
`labkit.bench._hands` and the pictures of `still_lifes`. A sentence that is there stays, for tests and figures hear it,
and the engine's voice may have changed since: delete the file to have it made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
import still_lifes
from PIL import Image, ImageDraw, ImageFont

from labkit import pcm, samples
from labkit.bench import _hands, _photos
from labkit.engine.voice import Voice

FOLDER = Path(__file__).resolve().parents[1] / "labkit" / "samples"
RATE = 16_000
LEARNER = "shimmer"
"""Not the voice that answers; of all voices the one that recognisers understand best."""
CLERK, GUEST = "ash", "echo"
"""Who speaks Spanish, and who introduces himself: understood best in the sessions of their lessons."""
GUESTS = ("i_am_thomas",)
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
    "is_this_right": "Is this right?",
    "help_me": "Help me.",
    "which_line_is_wrong": "Which line is wrong?",
    "show_me_the_next_step": "Show me the next step.",
}
"""New ones come last: the place is the seed."""
QUALITY = 0.45
"""Of OGG Vorbis, 0 is best; half the bytes of FLAC, and understood as well."""
STILL_LIFES = {"coffee": still_lifes.coffee, "ball": still_lifes.ball}
PICTURE = "whiteboard"
BOARDS = {
    "board_1": ("3x + 1 = 4", "", ""),
    "board_2": ("3x + 1 = 4", "3x = 5", ""),
    "board_3": ("3x + 1 = 4", "3x = 3", ""),
    "board_4": ("3x + 1 = 4", "3x = 3", "x = 1"),
    "board_5": ("3x + 4 = 19", "3x = 15", ""),
}
"""A whiteboard on which the learner solves an equation, with a slip that is then corrected; and another exercise."""
WRITER, BOARD_SEED = "round", 4


def recording(sentence: str, seed: int, voice: str = LEARNER, language: str = "en") -> pcm.Samples:
    """The sentence with silence around it over a noise floor, int16 samples at `RATE`, shape (n,)."""
    words = Voice().speak(sentence, voice=voice, speed=SPEED, language=language)
    spoken = b"".join(word.pcm for word in words)
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


def board(lines: Sequence[str]) -> bytes:
    """A photograph of a whiteboard with these lines, as a JPEG file."""
    page = _hands.page(lines, WRITER, BOARD_SEED)
    return _photos.jpeg(_photos.photograph(page, "whiteboard", BOARD_SEED), 75)


def main() -> None:
    """Write the sentences that are missing, and all pictures; stop when one is larger than `LARGEST`."""
    for seed, (name, sentence) in enumerate(SENTENCES.items()):
        file = FOLDER / f"{name}.wav"
        if not file.exists():
            pcm.write(file, recording(sentence, seed), RATE)
    lessons = samples.PAIR | {name: ("en", sentence) for name, sentence in samples.TALK.items()}
    for seed, (name, (language, sentence)) in enumerate(lessons.items(), len(SENTENCES)):
        file = FOLDER / f"{name}.ogg"
        if not file.exists():
            voice = CLERK if language == "es" else GUEST if name in GUESTS else LEARNER
            sound = recording(sentence, seed, voice, language)
            soundfile.write(file, sound, RATE, "VORBIS", format="OGG", compression_level=QUALITY)
    for name, draw in STILL_LIFES.items():
        draw().save(FOLDER / f"{name}.jpg", quality=74)
    whiteboard().save(FOLDER / f"{PICTURE}.jpg", quality=85)
    for name, lines in BOARDS.items():
        (FOLDER / f"{name}.jpg").write_bytes(board(lines))
    for file in sorted(FOLDER.glob("*.[wjo]*")):
        print(f"{file.name:28}{file.stat().st_size:8} bytes")
        if file.stat().st_size > LARGEST:
            raise SystemExit(f"{file.name} is larger than {LARGEST} bytes")


if __name__ == "__main__":
    main()
