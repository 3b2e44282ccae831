"""Take the README's pictures anew, from real conversations in Chromium: python scripts/screenshots.py [memory]."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import labkit
from labkit import pcm, samples
from labkit.bench import _hands
from labkit.bench._places import Lab, Notebook, Voila, open_browser, open_in_lab, open_places, write_notebook
from labkit.lessons import interpreter

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, FloatRect, Page

__all__ = ["DOCS", "box_of", "check_quiet", "learner", "opened", "start", "warm_up"]

DOCS = Path(__file__).resolve().parent.parent / "docs"
RATE = 48_000
ROOM = 8
"""The deviation of a quiet room's samples."""
WRITTEN = ("3x + 1 = 4", "3x = 5")
"""What is drawn on the tutor's whiteboard, with one slip."""
BOARD_WIDTH = 1280
LINE_HEIGHT, LETTER = 150, 70
MARGIN = 3
BUSY_MS = 400
"""A computer that answers later is busy with something else."""
WIDTH = 1040
APP = DOCS.parent / "notebooks/app.ipynb"
APP_SAID = (4.0, "count_to_twenty", 3.0, "what_did_you_say", 40.0)

Said = Sequence[str | float]
"""Samples by name, and seconds of a quiet room between them."""


@dataclass(frozen=True)
class Picture:
    """One still: a panel with this lesson, what is said into its microphone, and what is done with the page."""

    lesson: str
    said: Said
    height: int
    take: Callable[[Notebook, Path], None]
    sees: str | None = None
    """A sample that the camera sees."""


def learner(path: Path, said: Said) -> Path:
    """The recorded learner as a microphone file."""
    room = np.random.default_rng(1)
    pieces = [
        room.normal(0, ROOM, int(part * RATE)).astype(np.int16)
        if isinstance(part, float)
        else pcm.read(samples.path(part), RATE)
        for part in said
    ]
    pcm.write(path, np.concatenate(pieces), RATE)
    return path


def film(path: Path, sample: str) -> Path:
    """A sample's picture as a camera that holds still."""
    path.write_bytes(samples.path(sample).read_bytes() * 10)
    return path


def opened(lab: Lab, context: BrowserContext, lesson: str, size: tuple[int, int]) -> Notebook:
    """A notebook with a panel in JupyterLab, run, without the file browser."""
    source = f"import labkit\n\npanel = labkit.Panel({f'lesson={lesson}' if lesson else ''})\npanel"
    write_notebook(lab.root / "lesson.ipynb", [source])
    notebook = open_in_lab(lab, context, "lesson.ipynb")
    notebook.page.set_viewport_size({"width": size[0], "height": size[1]})
    notebook.page.evaluate("jupyterapp.commands.execute('application:toggle-left-area')")
    notebook.page.add_style_tag(content=".jp-Notebook-footer { display: none }")  # it lights up under the mouse
    notebook.run_all()
    return notebook


def start(page: Page) -> None:
    """Click *Start talking*, and wait until it is heard what is said."""
    page.get_by_role("button", name="Start talking").click()
    page.get_by_role("button", name="Stop", exact=True).wait_for()


def box_of(page: Page, last: str = ".labkit-panel", first: str = ".labkit-panel") -> FloatRect:
    """What lies between two parts of the panel on the page, both included."""
    begin, end = page.locator(first).bounding_box(), page.locator(last).last.bounding_box()
    assert begin
    assert end
    return {
        "x": begin["x"] - MARGIN,
        "y": begin["y"] - MARGIN,
        "width": begin["width"] + 2 * MARGIN,
        "height": end["y"] + end["height"] - begin["y"] + 2 * MARGIN,
    }


def check_quiet(page: Page) -> None:
    """Stop when the last answer was so late that the picture would show another program's work."""
    words = page.locator(".labkit-time strong").first.inner_text()  # last turn 147 ± 11 ms
    if int(words.split()[2]) > BUSY_MS:
        raise SystemExit(f"{words}: this computer is busy. Close other programs and try again.")


def tutor(notebook: Notebook, path: Path) -> None:
    """A whiteboard with a wrong line."""
    page = notebook.page
    page.get_by_role("button", name="Whiteboard").click()
    start(page)
    page.get_by_role("button", name="Mute").click()
    for row, line in enumerate(WRITTEN):
        draw(page, line, row)
        page.locator(".labkit-turn").nth(row).wait_for()
    page.wait_for_timeout(4000)
    page.screenshot(path=path)


def draw(page: Page, line: str, row: int) -> None:
    """A line on the whiteboard, by pointer."""
    board = page.locator("canvas").first.bounding_box()
    assert board
    scale = board["width"] / BOARD_WIDTH
    for stroke in _hands.strokes(line, "upright", seed=row + 1, size=LETTER, at=(90, 130 + LINE_HEIGHT * row)):
        points = [(board["x"] + x * scale, board["y"] + y * scale) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()


def translate(notebook: Notebook, path: Path) -> None:
    """Two people and two languages."""
    start(notebook.page)
    notebook.page.locator(".labkit-became").nth(3).wait_for(timeout=60_000)
    notebook.page.wait_for_timeout(4000)
    check_quiet(notebook.page)
    notebook.page.screenshot(path=path, clip=box_of(notebook.page, ".labkit-cost"))


def remember(notebook: Notebook, path: Path) -> None:
    """What it remembers: items, their tokens, words that were never heard, notes."""
    page = notebook.page
    page.get_by_role("button", name="Camera").click()
    start(page)
    page.locator(".labkit-memory > summary").click()
    page.locator(".labkit-turn").filter(has_text="what colour").wait_for(timeout=60_000)
    page.wait_for_timeout(4000)
    page.screenshot(path=path, clip=box_of(page, ".labkit-memory", ".labkit-memory"))


PICTURES = {
    "tutor": Picture("labkit.lessons.TUTOR", (60.0,), 1150, tutor),
    "interpreter": Picture(
        'labkit.lessons.interpreter("en", "es")',
        (
            *(8.0, "my_name_is_anna", 4.0, "me_llamo_carlos", 4.0, "where_is_the_train_station"),
            *(4.0, "el_tren_sale_a_las_nueve_y_media", 60.0),
        ),
        900,
        translate,
    ),
    "memory": Picture(
        "labkit.lessons.rememberer()",
        (
            *(5.0, "my_name_is_anna", 4.0, "this_is_my_iced_coffee", 5.0, "my_train_leaves_at_nine"),
            *(5.0, "count_to_twenty", 3.0, "what_colour_was_the_coffee", 60.0),
        ),
        1500,
        remember,
        sees="coffee",
    ),
}


def take(name: str, folder: Path) -> Path:
    """Save docs/NAME.png."""
    picture, path = PICTURES[name], DOCS / f"{name}.png"
    camera = film(folder / f"{name}.mjpeg", picture.sees) if picture.sees else None
    with open_places(microphone=learner(folder / f"{name}.wav", picture.said), camera=camera) as (lab, context):
        picture.take(opened(lab, context, picture.lesson, (WIDTH, picture.height)), path)
    return path


def take_app(folder: Path) -> Path:
    """Save docs/app.png: the page without code, after an interruption."""
    path = DOCS / "app.png"
    with open_browser(microphone=learner(folder / "app.wav", APP_SAID)) as context:
        voila = Voila(folder, APP)
        try:
            page = context.new_page()
            page.set_viewport_size({"width": WIDTH, "height": 1800})
            page.goto(voila.url)
            page.get_by_role("button", name="Close the tour").click(timeout=60_000)
            start(page)
            page.locator(".labkit-turn").nth(1).wait_for(timeout=60_000)
            page.locator(".labkit-plots img").first.wait_for(timeout=60_000)
            page.wait_for_timeout(5000)
            check_quiet(page)
            page.screenshot(path=path, clip=box_of(page, ".labkit-plots img >> nth=0", ".labkit-app"))
        finally:
            voila.close()
    return path


def warm_up() -> None:
    """Start the engine and its ears: no picture is about what starts once."""
    with labkit.connect("embedded", lesson=interpreter("en", "es")) as session:
        session.speak(samples.path("me_llamo_carlos")).wait()


def main(names: Sequence[str]) -> int:
    """Save the pictures named, or all."""
    warm_up()
    with tempfile.TemporaryDirectory() as folder:
        for name in names or [*PICTURES, "app"]:
            path = take_app(Path(folder)) if name == "app" else take(name, Path(folder))
            print(f"wrote {DOCS.name}/{path.name}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
