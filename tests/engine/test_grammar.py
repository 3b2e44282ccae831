from __future__ import annotations

import pytest

from labkit.engine.grammar import MAX_SENTENCES, Grammar, State, normalise, pronounce, spell_out, spoken_number


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("What time is it?", "what time is it"),
        ("  Count to 10!  ", "count to ten"),
        ("It\u2019s café-time, Mr. Smith", "it's cafe time mister smith"),
        ("1,234 & 50%", "one thousand two hundred thirty four and fifty percent"),
        ("'quoted'", "quoted"),
        ("什么时候", ""),
        ("…", ""),
    ],
)  # fmt: skip
def test_sentences_become_what_is_spoken(written, spoken):
    assert normalise(written) == spoken


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (21, "twenty one"),
        (300, "three hundred"),
        (2026, "two thousand twenty six"),
        (1_000_001, "one zero zero zero zero zero one"),
    ],
)
def test_numbers_are_said(number, words):
    assert spoken_number(number) == words


def test_the_state_says_what_may_follow():
    grammar = Grammar(["a coffee", "a coffee with milk", "stop"])
    states = [grammar.state(text) for text in ("", "a", "a coffee", "a coffee with milk", "stop", "a tea")]
    assert states == [
        State.PREFIX,
        State.PREFIX,
        State.EXTENSIBLE,
        State.TERMINAL,
        State.TERMINAL,
        State.OUTSIDE,
    ]


def test_every_listed_sentence_is_as_likely():
    sentences = ["go on", "go home now", "stop", "go"]
    final, steps = Grammar(sentences).transitions()
    chances: dict[int, dict[str, float]] = {0: {"": 1.0}}
    for start in range(final):
        for step in (step for step in steps if step[0] == start):
            for text, chance in chances[start].items():
                longer = f"{text} {step[3]}".strip() if len(step) == 4 else text
                chances.setdefault(step[1], {})[longer] = chance * step[2]
    assert chances[final] == pytest.approx(dict.fromkeys(sentences, 0.25))


def test_the_same_words_may_come_in_any_order_at_a_price():
    grammar = Grammar(["go on", "go home now", "stop"])
    final, steps = grammar.loose_transitions()

    def chance(*words: str) -> float:
        """Of the best path that says these words."""
        best = {0: 1.0}
        for word in ("", *words, ""):
            silent = dict(best)
            for start, end, share in [step for step in steps if len(step) == 3] * 2:
                silent[end] = max(silent.get(end, 0.0), silent.get(start, 0.0) * share)
            spoken = [step for step in steps if len(step) == 4 and step[3] == word and step[0] in silent]
            best = {end: max(silent[step[0]] * step[2] for step in spoken if step[1] == end) for _, end, *_ in spoken}
            best = best if word else silent
        return best.get(final, 0.0)

    assert chance("go", "on") > chance("go", "now") > chance("on", "stop", "go") > 0.0
    assert chance("tea") == 0.0


def test_the_first_of_two_that_sound_the_same_counts():
    grammar = Grammar(["Count to ten", "count to 10!"])
    assert grammar.originals == {"count to ten": "Count to ten"}
    assert grammar.left_out == []


def test_what_cannot_be_heard_is_left_out_and_said_so():
    grammar = Grammar(["你好", "", "word " * 50, "yes"])
    assert list(grammar.originals) == ["yes"]
    assert grammar.left_out == ["你好", "", "word " * 50]


def test_the_list_is_bounded():
    grammar = Grammar(f"sentence {number}" for number in range(MAX_SENTENCES + 3))
    assert len(grammar.originals) == MAX_SENTENCES
    assert len(grammar.left_out) == 3


def test_pronunciations_come_from_the_dictionary_then_its_parts_then_the_letters():
    known = {"note": "N OW T", "book": "B UH K"}.get
    assert pronounce("note", known) == "N OW T"
    assert pronounce("notebook", known) == "N OW T B UH K"
    assert pronounce("book's", known) == "B UH K Z"
    assert pronounce("zib", known) == "Z IH B"
    assert pronounce("'", known) == "AH"


@pytest.mark.parametrize(
    ("word", "phones"), [("shome", "SH OW M"), ("labkit", "L AE B K IH T"), ("bookee", "B UW K IY")]
)
def test_letters_are_guessed_as_english(word, phones):
    assert spell_out(word) == phones
