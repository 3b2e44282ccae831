from __future__ import annotations

import pytest

from labkit.engine.agreement import _ALIKE
from labkit.engine.espeak import synthesiser
from labkit.engine.foreign import _COMMON, _OWN, MOST, in_phones, in_sentences
from labkit.engine.grammar import ENGLISH, LANGUAGES


@pytest.mark.parametrize(
    ("language", "word", "phones"),
    [
        ("es", "jamón", "HH AA M AO N"),
        ("es", "zapato", "S AA P AA T AO"),
        ("es", "niño", "N IY N Y AO"),
        ("es", "calle", "K AA Y EH"),
        ("es", "guerra", "G EH R AA"),
        ("es", "pingüino", "P IY NG G UW IY N AO"),
        ("es", "quiero", "K Y EH D AO"),
        ("es", "huevo", "W EH B AO"),
        ("es", "xilófono", "S IY L AO F AO N AO"),
        ("es", "3", "T D EH S"),
        ("fr", "femme", "F AA M"),
        ("fr", "ville", "V IY L"),
        ("fr", "août", "UW T"),
        ("fr", "oignon", "OW N Y AO N"),
        ("fr", "monsieur", "M AH S Y UH"),
        ("fr", "vin", "V AE N"),
        ("fr", "lune", "L IH N"),
        ("fr", "s'il", "S IY L"),
        ("fr", "est-ce", "EH S"),
        ("fr", "3", "T HH W AA"),
        ("de", "ich", "IH SH"),
        ("de", "buch", "B UW K"),
        ("de", "straße", "SH T AA S AH"),
        ("de", "vater", "F AA T AH"),
        ("de", "zwölf", "T S V UH L F"),
        ("de", "häuser", "HH OY Z AH"),
        ("de", "pfund", "F UH N T"),
        ("de", "fünf", "F IH N F"),
        ("de", "computer", "K AO M P Y UW T AH"),
        ("de", "3", "D R AY"),
    ],
)
def test_tricky_words(language, word, phones):
    assert phones in in_sentences([word], language)[word]


def test_the_tables_are_written_in_phones_that_the_model_has():
    known = {phone for phones in _ALIKE for phone in phones.split()}
    for table in (_COMMON, *_OWN.values()):
        for written in table.values():
            assert set(written.replace("|", " ").split()) <= known


def test_every_language_that_can_be_listed_has_a_table():
    assert {ENGLISH, *_OWN} == set(LANGUAGES)


def test_words_join_in_a_sentence():
    alone, together = in_sentences(["les"], "fr")["les"], in_sentences(["les enfants ont huit ans"], "fr")["les"]
    assert "L EY" in alone
    assert "L EY Z" not in alone
    assert {"L EY", "L EY Z"} <= set(together)


def test_no_word_has_more_ways_than_are_kept():
    ways = in_phones("e_o_ɾ_r_β_ð_x_ʎ", "es")
    assert len(ways) == MOST == len(set(ways))
    assert ways[0] == "EH AO D R V DH HH Y"


def test_what_cannot_be_spoken_is_left_out():
    assert in_sentences(["", "…"], "es") == {}
    assert in_phones("ʘ_t", "es") == ("T",)
    assert in_sentences([""], "fr") == {}


def test_the_voice_knows_the_languages():
    assert all(synthesiser().has(language) for language in _OWN)
