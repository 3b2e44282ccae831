"""Film a real conversation for the README (docs/talk.gif): someone asks, is answered, and interrupts."""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from screenshots import DOCS, box_of, check_quiet, learner, opened, start, warm_up

from labkit.bench._places import open_places

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

SAID = (2.5, "count_to_twenty", 2.8, "what_did_you_say", 30.0)
SIZE = (900, 640)
SCALE = 2
FRAME_S = 0.1
FIRST_S, LAST_S = 1.0, 3.0
"""How long the first and the last frame stay, so that they can be read."""
LONGEST_S = 25.0
COLOURS = 96
Shot = tuple[float, bytes]
"""Seconds, and the page as a PNG at that time."""


def sharp(context: BrowserContext) -> BrowserContext:
    """A profile of the same browser with more pixels, for text that can be read when it is scaled."""
    assert context.browser
    return context.browser.new_context(permissions=["camera", "microphone"], device_scale_factor=SCALE)


def shots(page: Page) -> list[Shot]:
    """The page before the click, then over and over until the answer to the interruption has been heard."""
    taken = [(0.0, page.screenshot())]
    start(page)
    begun = time.monotonic() - FIRST_S
    while (now := time.monotonic() - begun) < LONGEST_S:
        over = is_over(page)
        taken.append((now, page.screenshot()))
        if over:
            check_quiet(page)
            return taken
        page.wait_for_timeout(max(0.0, 1000 * (begun + now + FRAME_S - time.monotonic())))
    raise SystemExit("There was no interruption: close other programs and try again.")


def is_over(page: Page) -> bool:
    """Whether all of the last answer has left the loudspeaker, and its times are drawn."""
    answer = page.locator(".labkit-turn").last
    answers = page.locator(".labkit-turn").filter(has_text="I said").count()
    return answers > 0 and not answer.locator(".labkit-coming").inner_text() and page.locator(".labkit-bar").count() > 0


def save(taken: Sequence[Shot], box: tuple[float, ...], path: Path) -> None:
    """The shots, cut to the box, as a picture that moves over and over; what has not changed is one longer frame."""
    left, top, right, bottom = (round(SCALE * edge) for edge in box)
    frames = [Image.open(io.BytesIO(png)).convert("RGB").crop((left, top, right, bottom)) for _, png in taken]
    palette = frames[-1].quantize(COLOURS)
    flat = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    times = [at for at, _ in taken] + [taken[-1][0] + LAST_S]
    lasts = [round(1000 * (after - at)) for at, after in pairwise(times)]
    flat[0].save(path, save_all=True, append_images=flat[1:], duration=lasts, loop=0)


def main() -> int:
    """Save docs/talk.gif."""
    warm_up()
    path = DOCS / "talk.gif"
    with tempfile.TemporaryDirectory() as folder:
        microphone = learner(Path(folder) / "learner.wav", SAID)
        with open_places(microphone=microphone) as (lab, context):
            page = opened(lab, sharp(context), "", SIZE).page
            taken, box = shots(page), box_of(page, ".labkit-type")
    save(taken, (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]), path)
    print(f"wrote {DOCS.name}/{path.name}: {taken[-1][0] + LAST_S:.0f} s, {path.stat().st_size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
