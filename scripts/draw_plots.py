"""Every plot of labkit from made-up turns, in both themes, to look at: `python scripts/draw_plots.py FOLDER`."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from labkit import plots
from labkit.plots.sheet import Sheet
from labkit.turns import Turn

REALTIME = {
    "speech_stopped": 140,
    "committed": 4,
    "response_created": 3,
    "first_text": 12,
    "wire_audio": 9,
    "first_audio": 1,
    "arrived": 6,
    "rendered": 11,
}
"""Each moment, and how long after the one before it lies, milliseconds."""
CASCADE = {
    "speech_stopped": 140,
    "committed": 4,
    "response_created": 3,
    "transcribed": 260,
    "first_token": 170,
    "first_text": 1,
    "wire_audio": 420,
    "first_audio": 1,
    "arrived": 6,
    "rendered": 11,
}
SAID = ("what time is it", "say that like a robot", "what can you do", "count to twenty", "what did I say")


def a_turn(index: int = 0, steps: Mapping[str, float] = REALTIME, scale: float = 1.0, spread: float = 0.0) -> Turn:
    """A spoken turn; each step takes `scale` times its length, give or take the share `spread`."""
    chance = random.Random(index)
    at = 5000.0 + 8000 * index
    turn = Turn(index, SAID[index % len(SAID)], "Ten past four.", spoken=True, status="completed", audio_ms=1400.0)
    turn.stamps |= {"first_voiced": at - 900, "last_voiced": at}
    for moment, ms in steps.items():
        at += ms * scale * (1 + chance.uniform(-spread, spread))
        turn.stamps[moment] = at
    turn.stamps |= {"response_done": at + 80, "output_latency": 36.0, "clock_uncertainty": 2.0}
    return turn


def some_turns(count: int, steps: Mapping[str, float] = REALTIME, scale: float = 1.0) -> list[Turn]:
    """A conversation of spoken turns that differ by half."""
    return [a_turn(index, steps, scale, 0.5) for index in range(count)]


def without(turn: Turn, *moments: str) -> Turn:
    """The same turn, of which these moments are not known."""
    for moment in moments:
        del turn.stamps[moment]
    return turn


def a_barge_in() -> list[Turn]:
    """An answer that counts to twenty and is cut after 3900 of 11200 ms, 210 ms after somebody spoke; and the next."""
    numbers = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    words = [f"{word} " for word in (numbers + "seventeen eighteen nineteen twenty").split()]
    cut = a_turn(0)
    cut.assistant, cut.words = "".join(words), [(word, place * 560.0) for place, word in enumerate(words)]
    cut.audio_ms, cut.heard_ms, cut.interrupted, cut.status = 11_200.0, 3_900.0, True, "cancelled"
    after = a_turn(1)
    cut.stamps["silent"] = after.stamps["first_voiced"] + 210 - cut.stamps["output_latency"]
    return [cut, after]


def _every_plot() -> dict[str, Callable[[], Sheet]]:
    talk = some_turns(6)
    headless = without(a_turn(6), "arrived", "rendered", "output_latency", "clock_uncertainty")
    typed = without(a_turn(7), "first_voiced", "last_voiced", "speech_stopped", "committed")
    return {
        "waterfall": lambda: plots.waterfall(talk[0]),
        "waterfall-cascade": lambda: plots.waterfall(a_turn(0, CASCADE)),
        "waterfall-headless": lambda: plots.waterfall(headless),
        "waterfall-nothing": lambda: plots.waterfall(Turn(8)),
        "conversation": lambda: plots.conversation([*talk, headless, typed, Turn(8)]),
        "conversation-500": lambda: plots.conversation(some_turns(500)),
        "distribution": lambda: plots.distribution(some_turns(25)),
        "distribution-500": lambda: plots.distribution(some_turns(500)),
        "distribution-alone": lambda: plots.distribution([183.0, 190.0, 214.0, 260.0], references=False),
        "definitions": lambda: plots.definitions(talk[0]),
        "definitions-headless": lambda: plots.definitions(headless),
        "barge-in": lambda: plots.barge_in(a_barge_in()),
        "barge-in-typed": lambda: plots.barge_in(a_barge_in()[0]),
        "barge-in-none": lambda: plots.barge_in(talk),
        "compare": lambda: plots.compare(talk, some_turns(5, scale=1.6), ("server_vad 200 ms", "server_vad 500 ms")),
        "compare-500": lambda: plots.compare(some_turns(500), some_turns(500, scale=1.6)),
        "pipelines": lambda: plots.pipelines(
            {"cascade": some_turns(9, CASCADE), "streamed cascade": some_turns(9, CASCADE, 0.6), "realtime": talk}
        ),
        "nothing": lambda: plots.conversation([]),
    }


def main() -> None:
    """Draw all of it."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        plots.use(theme)
        for name, draw in _every_plot().items():
            draw().savefig(folder / f"{name}-{theme}.png", dpi=80)


if __name__ == "__main__":
    main()
