"""What a check of an exercise says: what was seen, what is missing, and a hint."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """What a check found; shows as one line where it is passed, as up to three where it is not."""

    passed: bool
    seen: str
    """What was seen, a sentence."""
    missing: str = ""
    """What is not there yet, and would make it pass; "" where it is passed."""
    hint: str = ""
    """How one might go on. It comes with the second try; with the third, where a solution is."""

    def __repr__(self) -> str:
        lines = [f"{'passed' if self.passed else 'not yet'}: {self.seen}"]
        lines += [f"Missing: {self.missing}"] if self.missing else []
        lines += [f"Hint: {self.hint}"] if self.hint else []
        return "\n".join(lines)

    def __bool__(self) -> bool:
        return self.passed


def passed(seen: str) -> Verdict:
    """The exercise is solved."""
    return Verdict(True, seen)


def not_yet(seen: str, missing: str, hint: str = "") -> Verdict:
    """The exercise is not solved yet."""
    return Verdict(False, seen, missing, hint)


class NotYetError(Exception):
    """Ends a check from within: what was handed over cannot be looked at any further."""

    def __init__(self, seen: str, missing: str, hint: str = "") -> None:
        super().__init__(seen)
        self.verdict = not_yet(seen, missing, hint)
