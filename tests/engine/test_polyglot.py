from __future__ import annotations

from labkit.engine.polyglot import FEW, Polyglot


def test_few_english_sentences_are_heard_by_the_english_ear_alone():
    polyglot = Polyglot()
    polyglot.listen_for(["go on", "stop"])
    assert polyglot._by_phones.languages == []
    polyglot.listen_for([f"count to {number}" for number in range(FEW + 1)])
    assert polyglot._by_phones.languages == ["en"]
    polyglot.listen_for({"en": ["go on"], "es": ["hola"]})
    assert polyglot._by_phones.languages == ["en", "es"]
