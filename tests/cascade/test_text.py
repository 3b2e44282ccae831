"""Text on its way to a voice."""

import pytest

from labkit import pcm
from labkit.cascade.text import MS_PER_CHARACTER, Paced, Pieces, proportioned, words

TEXTS = ["Hello there.", "  It is 10:42, Dr. Smith.  Yes?", "a", "", " ", "one\ntwo three ", "日本。 はい。"]


def cut(*tokens: str) -> list[str]:
    pieces = Pieces()
    return [*(piece for token in tokens for piece in pieces.add(token)), *pieces.rest()]


def test_a_sentence_is_complete_when_the_next_one_begins() -> None:
    pieces = Pieces()
    assert list(pieces.add("It is ten. ")) == ["It is ten."]
    assert list(pieces.add("Bye")) == []
    assert list(pieces.add(".")) == []
    assert list(pieces.rest()) == [" Bye."]


@pytest.mark.parametrize("token", [1, 3, 1000])
def test_the_pieces_are_the_text_however_it_comes(token: int) -> None:
    text = 'She said "Go!" and left. Dr. Smith, e.g. at 10.30, came. What?! Yes…\nA new line.'
    pieces = cut(*(text[at : at + token] for at in range(0, len(text), token)))
    assert "".join(pieces) == text
    assert [piece.strip() for piece in pieces] == [
        'She said "Go!"',
        "and left.",
        "Dr. Smith, e.g. at 10.30, came.",
        "What?!",
        "Yes…",
        "A new line.",
    ]


def test_only_the_first_piece_may_be_a_clause() -> None:
    text = "When the sun had finally set, they went home, tired. After a very long day indeed, they slept."
    assert [piece.strip() for piece in cut(text)] == [
        "When the sun had finally set,",
        "they went home, tired.",
        "After a very long day indeed, they slept.",
    ]
    assert cut("Yes, of course.") == ["Yes, of course."]


def test_nothing_to_say_has_no_pieces() -> None:
    assert cut("") == cut(" ", "\n") == []


@pytest.mark.parametrize("text", TEXTS)
def test_words_join_to_the_text(text: str) -> None:
    assert "".join(words(text)) == text


@pytest.mark.parametrize("text", TEXTS)
def test_sound_is_shared_out_by_letters(text: str) -> None:
    sound = pcm.silence(997)
    shared = proportioned(text, sound)
    assert "".join(word for word, _ in shared) == text
    assert all(len(part) % 2 == 0 for _, part in shared)
    assert b"".join(part for _, part in shared) == (sound if text else b"")


def test_words_come_with_the_sound_in_which_they_should_begin() -> None:
    paced = Paced("one two three")
    said = [*paced.take(pcm.silence(5 * MS_PER_CHARACTER)), *paced.take(pcm.silence(10))]
    assert [word for word, _ in said] == ["one", " two", ""]
    assert [pcm.duration_ms(sound) for _, sound in said] == [0, 325, 10]
    assert list(paced.rest()) == [(" three", b"")]


def test_words_that_are_known_from_elsewhere_are_not_said_twice() -> None:
    paced = Paced("one two")
    paced.forget()
    assert list(paced.rest()) == []
