from __future__ import annotations

import pytest

from labkit.phrases.text import plain, words


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("What's your name?", "en", "what is your name"),
        ("I can't; I WON'T!", "en", "i can not i will not"),
        ("The colour, the color", "en", "the colour the colour"),
        ("It\N{RIGHT SINGLE QUOTATION MARK}s 9:30 a.m., -5 or $12.50", "en", "it is 9:30 am -5 or $ 12.50"),
        ("¿Cómo está usted?", "es", "como esta usted"),
        ("L'addition, s'il vous plaît ! Œuf", "fr", "l addition s il vous plait oeuf"),
        ("Größe schön schoen", "de", "grosse schon schon"),
        ("我叫Anna。", "zh", "我叫anna"),
        ("", "en", ""),
    ],
)
def test_as_it_is_compared(text, language, said):
    assert plain(text, language) == said


def test_words_know_where_they_stand():
    text = "I'm O'Brien, d'accord"
    assert [text[word.start : word.end] for word in words(text, "en")] == ["I'm", "I'm", "O'Brien", "d'accord"]
    assert [(word.plain, word.start, word.end) for word in words("d'Anna", "fr")] == [("d", 0, 1), ("anna", 2, 6)]
