import re

import pytest
from talks import Talk

from labkit.exercises import memory as check

FACT = re.compile(r"my|i live|i am allergic|remember", re.IGNORECASE)


def small(dropped: int = 2) -> Talk:
    talk = Talk()
    for sentence in ("my car is green", "I live in Vienna", "my train leaves at nine"):
        talk.types(sentence, None)
    context = {"limit": 120, "dropped": [f"item{at + 1}" for at in range(dropped)], "tokens": {}}
    talk._add("response.done", response={"id": "r", "status": "completed", "labkit": {"context": context}})
    return talk


@pytest.mark.parametrize(
    ("prediction", "session", "seen", "missing"),
    [
        ("", small(), "2 items were dropped", "your prediction"),
        ("?!", small(), "2 items were dropped", "your prediction"),
        ("m", small(), "“m” could be anything", "more of its words"),
        ("I live in Vienna", small(), "went too, but later", "Size, meaning or age?"),
        ("train leaves", small(), "is still there", "Size, meaning or age?"),
        ("my car my car", small(), "was never said", "Size, meaning or age?"),
        (7, small(), "7", "a text in quotes"),
        (None, small(), "None", "a text in quotes"),
        ("my car is green", small(0), "nothing was dropped", "120 tokens"),
        ("my car is green", None, "None is no conversation", "what labkit.connect() returned"),
        ("my car is green", [], "[] is no conversation", "what labkit.connect() returned"),
    ],
)
def test_first_dropped_is_not_there_yet(prediction: object, session: object, seen: str, missing: str) -> None:
    verdict = check.first_dropped(prediction, session)
    assert not verdict
    assert seen in verdict.seen
    assert missing in verdict.missing


@pytest.mark.parametrize("prediction", ["my car is green", "My car is green!", "car is green"])
def test_first_dropped(prediction: str) -> None:
    assert check.first_dropped(prediction, small().log)
    assert check.first_dropped(prediction, small())


ALL = (*check.FACTS, *check.UNSEEN_FACTS)


@pytest.mark.parametrize(
    ("summarise", "seen", "missing"),
    [
        (lambda said, budget: " ".join(said), "68 tokens", "50 are left"),
        (lambda said, budget: "", "0 of 5", "Ana, Vienna, nine, nuts, mat"),
        (lambda said, budget: " ".join(said)[: 4 * budget], "4 of 5", "those with mat"),
        (lambda said, budget: " ".join(check.FACTS), "of two talks", "what was said"),
        (lambda said, budget: " ".join(ALL), "of two talks", "what was said"),
        (lambda said, budget: " ".join(s for s in said if s not in check.TALK[::2]), "of another talk", "40 are left"),
        (lambda said, budget: " ".join(s for s in said if s in check.TALK[1:11:2]), "0 of 5 of a talk", "in any such"),
        (lambda said, budget: None, "nothing (None)", "a text"),
        (lambda said, budget: [s for s in said if FACT.match(s)], "['My name is", "a text"),
        (lambda said: "", "failed with TypeError", "returns something"),
    ],
)
def test_summary_keeps_is_not_there_yet(summarise, seen: str, missing: str) -> None:
    verdict = check.summary_keeps(summarise)
    assert not verdict
    assert seen in verdict.seen
    assert missing in verdict.missing


def test_summary_keeps() -> None:
    assert check.summary_keeps(lambda said, budget: " ".join(text for text in said if FACT.match(text)))
