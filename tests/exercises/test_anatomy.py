import pytest
from talks import STOPPED_TO_SOUND_MS, Talk

from labkit.exercises import anatomy as check

COUNT = "one, two, three, four, five, six, seven, eight"


@pytest.mark.parametrize(
    ("session", "seen", "missing"),
    [
        (
            Talk(turn_detection=None).speaks("count", COUNT, detected=False),
            "begin to speak 0 times; turn detection is off",
            "server_vad or semantic_vad",
        ),
        (Talk().speaks("count", COUNT).passes(20).speaks("hello"), "never while", "speak() before it is over"),
        (Talk().speaks("count", COUNT).passes(2).cut(2).speaks("hello"), "was interrupted", "the setting"),
        ("mine", "'mine' is no conversation", "what labkit.connect() returned"),
    ],
)
def test_undisturbed_is_not_there_yet(session: object, seen: str, missing: str) -> None:
    verdict = check.undisturbed(session)
    assert not verdict
    assert seen in verdict.seen
    assert missing in verdict.missing


def test_undisturbed() -> None:
    assert "“count”, and it went on" in repr(check.undisturbed(Talk().speaks("count", COUNT).passes(2).speaks("hello")))


TALK = Talk().passes(3).speaks("count", COUNT).passes(20).speaks("hello")


def ttfb(log):
    def first(kind):
        return next(record.t_ms for record in log if record.event["type"] == kind)

    return first("response.output_audio.delta") - first("input_audio_buffer.speech_stopped")


@pytest.mark.parametrize(
    ("function", "seen", "missing"),
    [
        (lambda log: None, "nothing (None)", "a number of milliseconds"),
        (lambda log: "12.5", "'12.5'", "a number of milliseconds"),
        (lambda log: float("nan"), "nan", "a number of milliseconds"),
        (lambda log: True, "True", "a number of milliseconds"),
        (lambda log: 1 / 0, "failed in line", "returns something"),
        (lambda: 1.0, "failed with TypeError", "returns something"),
        (ttfb(TALK.log), "12.5 is no function", "without brackets"),
        (lambda log: 99.0, "the trace says 12.5", "which ones do you subtract"),
        (lambda log: STOPPED_TO_SOUND_MS, "in a slower talk", "in the log that it is given"),
    ],
)
def test_ttfb_is_not_there_yet(function, seen: str, missing: str) -> None:
    verdict = check.ttfb(function, TALK)
    assert not verdict
    assert seen in verdict.seen
    assert missing in verdict.missing


def test_ttfb() -> None:
    assert check.ttfb(ttfb, TALK)
    assert "no answer to somebody who spoke" in check.ttfb(ttfb, Talk().types("hello")).seen
