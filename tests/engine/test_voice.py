from __future__ import annotations

import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from labkit import pcm
from labkit.engine import espeak
from labkit.engine.voice import LEAD_MS, LEVEL_DB, STYLES, VOICES, Voice, sentences, spoken_tokens, tokens
from labkit.errors import UsageError

TEXTS = [
    "Hello there.",
    "It is 10:42 on 3 May 2026 — Dr. Smith's e.g. §5 costs $3.50.",
    "  — x² + 3x = 10 -- really?! (yes)\n",
    "Größe ändern, naïve café 日本 ok?",
    "one, two,\nthree.",
    "a\ttab and  two spaces ",
    "null \0 byte and a lone \ud800 surrogate",
    "...",
    " ",
]


def sound(words) -> pcm.Samples:
    return pcm.to_samples(b"".join(word.pcm for word in words))


def spoken_ms(text: str, **settings) -> float:
    return len(sound(Voice().speak(text, **settings))) / 24


@pytest.mark.parametrize("text", TEXTS)
def test_the_words_join_to_the_exact_text(text):
    assert "".join(word.text for word in Voice().speak(text)) == text


@pytest.mark.parametrize("text", TEXTS)
def test_the_tokens_and_the_sentences_join_to_the_exact_text(text):
    assert "".join(tokens(text)) == text
    assert "".join(sentences(text)) == text


def test_an_empty_text_has_no_words():
    assert list(Voice().speak("")) == []


def test_every_word_has_its_sound():
    words = list(Voice().speak("one two three four five."))
    assert [word.text for word in words] == ["one ", "two ", "three ", "four ", "five."]
    assert all(pcm.level_db(pcm.to_samples(word.pcm)) > -35 for word in words)
    assert all(100 < pcm.duration_ms(word.pcm) < 700 for word in words)


def test_the_first_sound_comes_at_once_and_at_speech_level():
    speech = sound(Voice().speak("How are you today?"))
    assert np.flatnonzero(np.abs(speech) > 100)[0] <= (LEAD_MS + 2) * 24
    assert pcm.level_db(speech) == pytest.approx(LEVEL_DB, abs=3)
    assert np.max(np.abs(speech)) < 30_000


def test_a_pause_lies_before_the_next_sentence():
    words = list(Voice().speak("Yes. No."))
    assert words[0].text == "Yes. "
    assert pcm.level_db(pcm.to_samples(words[1].pcm)[: 200 * 24]) < -60


def test_abbreviations_end_no_sentence_and_long_sentences_are_cut_at_a_comma():
    assert sentences("Dr. Smith came at 5 p.m. today. He left.") == ["Dr. Smith came at 5 p.m. today. ", "He left."]
    counted = ", ".join(str(number) for number in range(100)) + "."
    assert all(len(piece) < 130 for piece in sentences(counted))


def test_a_token_without_sound_joins_its_neighbour():
    assert spoken_tokens("— a - b", {2: 0, 6: 900}) == [("— a - ", 0), ("b", 900)]
    assert spoken_tokens("12:30 now", {0: 0, 3: 400, 6: 700}) == [("12:30 ", 0), ("now", 700)]


def test_stop_ends_it_between_words_and_the_next_speech_is_whole():
    heard: list[str] = []
    heard.extend(word.text for word in Voice().speak("one two three. four five.", stop=lambda: len(heard) == 2))
    assert heard == ["one ", "two "]
    assert [word.text for word in Voice().speak("seven eight.")] == ["seven ", "eight."]


def test_stop_is_asked_while_a_sentence_is_made():
    asked = []

    def stop() -> bool:
        asked.append(True)
        return len(asked) > 3

    assert list(Voice().speak("a sentence of many words that takes seconds to say aloud", stop=stop)) == []
    assert len(asked) <= 6


def test_every_voice_sounds_and_none_like_another():
    spoken = {name: pcm.to_bytes(sound(Voice().speak("Hello there.", voice=name))) for name in VOICES}
    assert len(set(spoken.values())) == len(VOICES)
    assert all(pcm.level_db(pcm.to_samples(speech)) > -26 for speech in spoken.values())


def test_speed_and_styles_change_the_speech():
    plain = spoken_ms("count to twenty with me")
    assert spoken_ms("count to twenty with me", speed=1.5) < 0.8 * plain
    assert spoken_ms("count to twenty with me", style="slow") > 1.2 * plain
    assert all(spoken_ms("hello", style=style) > 100 for style in STYLES)


@pytest.mark.parametrize("language", ["en", "en-GB", "fr-FR", "pt_BR", "zh", "de"])
def test_languages_are_found_by_their_tags(language):
    assert spoken_ms("no", language=language) > 60


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"language": "tlh-xx"}, "language 'tlh-xx'"),
        ({"language": "en+whisper"}, "language"),
        ({"language": ""}, "language"),
        ({"voice": "nova"}, "marin"),
        ({"style": "opera"}, "whisper"),
    ],
)
def test_what_it_does_not_know_is_refused_before_anything_sounds(settings, message):
    with pytest.raises(UsageError, match=message):
        Voice().speak("hello", **settings)


def test_a_refused_language_leaves_no_other_voice_in_place():
    before = spoken_ms("bonjour", language="fr")
    with pytest.raises(UsageError):
        Voice().speak("bonjour", language="qqq")
    assert spoken_ms("bonjour", language="fr") == pytest.approx(before, abs=10)


def test_threads_take_turns():
    expected = {text: spoken_ms(text, voice="ash") for text in ("one two three", "good evening to you")}
    got: dict[str, list[float]] = {text: [] for text in expected}

    def speak(text: str) -> None:
        got[text].extend(spoken_ms(text, voice="ash") for _ in range(5))

    threads = [threading.Thread(target=speak, args=(text,)) for text in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(got[text] == pytest.approx([ms] * 5, abs=10) for text, ms in expected.items())


def test_a_path_that_is_too_long_gets_a_short_link(tmp_path):
    place = tmp_path / ("a" * 100) / ("b" * 100)
    place.mkdir(parents=True)
    if sys.platform == "win32":
        pytest.skip("links need a right that Windows users seldom have")
    link = espeak.short_path(str(place))
    assert len(link) <= espeak.LONGEST_PATH
    assert Path(link).resolve() == place.resolve()
    assert espeak.short_path("/usr/share") == "/usr/share"
