from __future__ import annotations

from labkit import pcm
from labkit.bench import phrases
from labkit.engine.grammar import normalise


def test_three_quarters_of_the_book_are_listed_and_the_rest_is_not():
    listed, to_say, others = phrases.phrases("es", 10)
    assert set(to_say) <= set(listed)
    assert not set(others) & set(listed)
    assert (len(to_say), len(others)) == (10, 10)
    assert phrases.phrases("es", 10) == (listed, to_say, others)


def test_an_ear_hears_what_is_said_and_counts_its_time():
    ear = phrases.Ear({"es": ["¿Dónde está la estación?", "Quiero un café con leche."]})
    sound = phrases.said("Quiero un café con leche.", "echo", "es")
    assert pcm.levels_db(sound, 7200)[0] < -80
    assert ear.hear(sound).closed_text == normalise("Quiero un café con leche.", "es")
    assert len(ear.factors) == len(ear.ends_ms) == 1
    assert ear.build_ms > 0
