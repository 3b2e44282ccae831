from __future__ import annotations

from labkit.bench import _recalls, recall
from labkit.bench._recalls import Turn, conversation, invented


def test_what_was_told_is_recalled_and_nothing_invented():
    found = recall._figures([recall._asked(seed, lambda text: text) for seed in range(4)])
    assert (found["right"]["value"], found["right"]["n"]) == (100, 16)
    assert (found["unknown is said to be unknown"]["value"], found["invented"]["value"]) == (100, 0)
    assert found["which"] == []


def test_who_hears_nothing_knows_nothing_and_invents_nothing():
    told = [turn.say for turn in conversation(1)[: _recalls.TOLD]]
    questions = recall._asked(1, lambda text: recall.NOT_UNDERSTOOD if text in told else text)
    found = recall._figures([questions])
    assert (found["right"]["value"], found["invented"]["value"]) == (0, 0)
    assert [question.understood for question in questions] == [not question.turn.expected for question in questions]


def test_what_is_asked_was_told_ten_turns_before():
    for seed in range(20):
        turns = conversation(seed)
        questions = [at for at, turn in enumerate(turns) if turn.expected is not None]
        assert len(turns) == 20
        assert questions == [15, 16, 17, 18, 19]
        assert sum(turns[at].expected == "" for at in questions) == 1


def test_an_invention_is_noticed():
    told = [Turn("my name is anna"), Turn("this is my cup", _recalls.sight("red", "menu"))]
    assert invented("Anna has a red cup. It says: menu.", told) == set()
    assert invented("Anna and Ben have a blue cup.", told) == {"ben", "blue"}
