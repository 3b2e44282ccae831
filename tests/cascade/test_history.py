"""What a cascade remembers."""

from labkit import pcm
from labkit.cascade.history import KEPT_MS, History, Microphone, Said

TONE = b"\1\0" * 24
"""One millisecond."""


def test_a_turn_is_cut_out_by_its_place() -> None:
    microphone = Microphone()
    microphone.append(pcm.silence(100))
    microphone.append(TONE * 50)
    microphone.append(pcm.silence(100))
    assert microphone.take(100, 150) == TONE * 50
    assert microphone.take(90, 120) == pcm.silence(10) + TONE * 20


def test_without_places_it_is_what_came_since_the_last_turn() -> None:
    microphone = Microphone()
    microphone.append(TONE * 50)
    microphone.clear()
    microphone.append(TONE * 30)
    assert microphone.take(None, None) == TONE * 30
    microphone.append(TONE * 20)
    assert microphone.take(None, None) == TONE * 20


def test_places_count_on_when_old_sound_is_gone() -> None:
    microphone = Microphone()
    microphone.append(pcm.silence(KEPT_MS))
    microphone.append(TONE * 100)
    assert microphone.now_ms == KEPT_MS + 100
    assert microphone.take(KEPT_MS, KEPT_MS + 100) == TONE * 100
    assert microphone.take(0, 150) == pcm.silence(50)
    assert microphone.take(KEPT_MS + 500, KEPT_MS + 900) == b""


def answer() -> Said:
    said = Said("a", "assistant")
    for word in ("one ", "two ", "three."):
        said.say(word, pcm.silence(100))
    return said


def test_only_heard_words_were_said() -> None:
    for heard_ms, left in ((0, ""), (49, ""), (51, "one"), (260, "one two three."), (999, "one two three.")):
        said = answer()
        said.truncate(heard_ms, exact=True)
        assert said.text == left
    estimated = answer()
    estimated.truncate(120, exact=False)
    assert estimated.text == "one"


def test_messages_hold_what_has_words_or_pictures() -> None:
    history = History()
    assert history.add(Said("u", "user", "hello")) is None
    assert history.add(answer()) == "u"
    history.add(Said("v", "user", "what is it", images=["data:x"]))
    history.add(Said("w", "user", sound=TONE))
    assert history.messages() == [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "one two three."},
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": "data:x"}},
                {"type": "text", "text": "what is it"},
            ],
        },
    ]
    assert [said.id for said in history.unwritten()] == ["w"]
    assert history.answers_to("u") == ["a"]


def test_forgotten_items_are_remembered_as_such() -> None:
    history = History()
    history.add(answer())
    history.forget("a")
    assert history.get("a") is None
    assert history.knows("a")
    assert not history.knows("b")
    assert not history.knows(None)
    assert history.messages() == []
