import pytest

from labkit.engine.events import ProtocolError
from labkit.engine.settings import (
    RANGES,
    defaults,
    expected_by_language,
    expected_sentences,
    of_response,
    spoken_languages,
    updated,
)

BASE = defaults("labkit-start", 1_000)


def change(**update: object) -> dict[str, object]:
    return updated(BASE, update, voice_fixed=False)


def test_an_update_merges_and_leaves_the_rest() -> None:
    after = change(audio={"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 350}}})
    assert after["audio"]["input"]["turn_detection"] == {
        **BASE["audio"]["input"]["turn_detection"],
        "silence_duration_ms": 350,
    }
    assert after["audio"]["output"] == BASE["audio"]["output"]
    assert BASE["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 200


def test_null_means_manual_turns() -> None:
    assert change(audio={"input": {"turn_detection": None}})["audio"]["input"]["turn_detection"] is None


def test_another_kind_of_turn_detection_brings_its_own_defaults() -> None:
    detection = change(audio={"input": {"turn_detection": {"type": "semantic_vad"}}})["audio"]["input"][
        "turn_detection"
    ]
    assert detection == {
        "type": "semantic_vad",
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
    }


@pytest.mark.parametrize(
    ("update", "param"),
    [
        ({"output_modalities": ["text", "audio"]}, "session.output_modalities"),
        ({"max_output_tokens": 5000}, "session.max_output_tokens"),
        ({"audio": {"output": {"voice": "nobody"}}}, "session.audio.output.voice"),
        ({"audio": {"output": {"speed": 2.0}}}, "session.audio.output.speed"),
        ({"audio": {"input": {"format": {"type": "audio/pcmu"}}}}, "session.audio.input.format.type"),
        (
            {"audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 1.5}}}},
            "session.audio.input.turn_detection.threshold",
        ),
        (
            {"audio": {"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 500}}}},
            "session.audio.input.turn_detection.idle_timeout_ms",
        ),
        ({"audio": None}, "session.audio"),
        ({"tools": [{"type": "function"}]}, "session.tools.0.name"),
        ({"tools": [{"name": "roll"}]}, "session.tools.0.type"),
        ({"tools": [{"type": "function", "name": "roll the dice"}]}, "session.tools.0.name"),
        ({"tools": [{"type": "function", "name": "roll", "parameters": "x"}]}, "session.tools.0.parameters"),
        (
            {"tools": [{"type": "function", "name": "roll", "parameters": {"properties": {"a": 5}}}]},
            "session.tools.0.parameters",
        ),
    ],
)
def test_what_cannot_be_had_is_refused_by_name(update: dict[str, object], param: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        change(**update)
    assert caught.value.param == param


def test_what_is_allowed_here_is_allowed_by_the_ear() -> None:
    of_turns = {path.rpartition(".")[2]: ends for path, ends in RANGES.items() if "turn_detection" in path}
    for name, ends in of_turns.items():
        for value in ends:
            change(audio={"input": {"turn_detection": {"type": "server_vad", name: value}}})


def test_null_takes_the_idle_timeout_away() -> None:
    session = change(audio={"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 6000}}})
    cleared = {"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": None}}}
    after = updated(session, {"audio": cleared}, voice_fixed=False)
    assert after["audio"]["input"]["turn_detection"]["idle_timeout_ms"] is None


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"max_output_tokens": 5000}, "response.max_output_tokens"),
        ({"output_modalities": []}, "response.output_modalities"),
        ({"audio": {"output": {"voice": {"id": "voice_1"}}}}, "response.audio.output.voice"),
        ({"audio": {"output": {"format": {"type": "audio/pcmu"}}}}, "response.audio.output.format.type"),
        ({"tools": [{"type": "function"}]}, "response.tools.0.name"),
    ],
)
def test_a_response_is_refused_what_a_session_is(params: dict[str, object], param: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        of_response(BASE, params)
    assert caught.value.param == param


def test_a_response_has_its_own_settings_and_else_the_sessions() -> None:
    own = of_response(BASE, {"audio": {"output": {"voice": "cedar"}}, "tools": None, "max_output_tokens": 9})
    assert (own["audio"]["output"]["voice"], own["max_output_tokens"], own["tools"]) == ("cedar", 9, [])
    assert BASE["audio"]["output"]["voice"] == "marin"


def test_the_voice_is_fixed_once_it_was_heard() -> None:
    with pytest.raises(ProtocolError, match="voice"):
        updated(BASE, {"audio": {"output": {"voice": "cedar"}}}, voice_fixed=True)


def test_cleared_values_are_the_defaults_again() -> None:
    assert change(instructions="Be brief.")["instructions"] == "Be brief."
    assert change(instructions="", tools=None)["tools"] == []


def test_expected_sentences_come_from_prompt_and_keywords() -> None:
    transcription = {"model": "m", "prompt": "go forward\n\n turn left ", "keywords": ["stop now"]}
    after = change(audio={"input": {"transcription": transcription}})
    assert expected_sentences(after) == ["go forward", "turn left", "stop now"]


def transcribing(**transcription: object) -> dict[str, object]:
    return change(audio={"input": {"transcription": {"model": "whisper-1", **transcription}}})


@pytest.mark.parametrize(
    ("transcription", "languages"),
    [
        ({}, ["en"]),
        ({"language": "es"}, ["es"]),
        ({"language": "fr-CA"}, ["fr"]),
        ({"language": "EN_us"}, ["en"]),
        ({"language": "de", "languages": ["en", "es", "es-MX"]}, ["en", "es"]),
    ],
)
def test_the_languages_that_may_be_spoken(transcription: dict[str, object], languages: list[str]) -> None:
    assert spoken_languages(transcribing(**transcription)) == languages
    assert spoken_languages(BASE) == ["en"]


@pytest.mark.parametrize("wrong", [{"language": "it"}, {"languages": ["en", "zh"]}])
def test_a_language_that_cannot_be_heard_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ProtocolError, match="hears en, es, fr, de") as refused:
        transcribing(**wrong)
    assert refused.value.param == "session.audio.input.transcription.language"


def test_expected_sentences_are_of_the_language_that_they_name() -> None:
    prompt = "thank you\nes: Muchas gracias.\nfr: merci\nes:hola"
    several = expected_by_language(transcribing(languages=["en", "es"], prompt=prompt))
    assert several == {"en": ["thank you"], "es": ["Muchas gracias.", "hola"]}
    assert expected_by_language(transcribing(language="es", prompt="es: hola")) == {"es": ["hola"]}
    assert expected_by_language(BASE) == {"en": []}
