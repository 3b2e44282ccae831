"""Worked solutions: made with one planted slip, the wrong line and its kind are named; made without, nothing is."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from labkit import algebra, bench
from labkit.bench._worked import Worked, worked

__all__ = ["measure"]

COUNT = 200


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Seeded solutions of five kinds of exercise, each right and with a slip; the learner goes on from the slip."""
    pairs = [worked(number) for number in range(options.count or COUNT)]
    alarms = [right for right, _ in pairs if not _is_praised(algebra.check_work(right.lines))]
    found = [(wrong, algebra.check_work(wrong.lines)) for _, wrong in pairs]
    mistaken = Counter(f"{wrong.kind} as {work.slip}" for wrong, work in found if work.slip != wrong.kind)
    return {
        "right line named": {**_share([work.first_wrong == wrong.wrong for wrong, work in found]), "goal": 98},
        "kind named": _share([work.slip == wrong.kind for wrong, work in found]),
        "false alarms": {**_share([right in alarms for right, _ in pairs]), "goal": 1},
        "one step": {"unit": "ms", "goal": 50, **bench.summary(_times_ms(pairs))},
        "kinds mistaken": [f"{count} {kinds}" for kinds, count in mistaken.most_common()],
    }


def _is_praised(work: algebra.Work) -> bool:
    return work.solved and all(step.is_right for step in work.steps)


def _share(found: Sequence[bool]) -> dict[str, Any]:
    return {"value": round(100 * sum(found) / len(found), 1), "unit": "%", "n": len(found)}


def _times_ms(pairs: Sequence[tuple[Worked, Worked]]) -> list[float]:
    algebra.check_step("x = 1", "x = 2")
    took = []
    for solutions in pairs:
        for solution in solutions:
            start = len(algebra.check_work(solution.lines).exercise)
            for line in solution.lines[start:]:
                begun = time.perf_counter()
                algebra.check_step(solution.lines[:start], line)
                took.append(1000 * (time.perf_counter() - begun))
    return took
