from labkit import pcm
from labkit.playback import VirtualSpeaker


def test_what_was_heard_follows_the_clock() -> None:
    speaker = VirtualSpeaker()
    speaker.play("a", pcm.silence(300), 1000)
    speaker.play("a", pcm.silence(200), 1010)
    assert [speaker.heard_ms("a", now) for now in (1000, 1100, 1499, 2000)] == [0, 100, 499, 500]


def test_items_queue_behind_each_other() -> None:
    speaker = VirtualSpeaker()
    speaker.play("a", pcm.silence(300), 0)
    speaker.play("b", pcm.silence(300), 100)
    assert (speaker.heard_ms("a", 350), speaker.heard_ms("b", 350)) == (300, 50)
    assert speaker.unfinished(350) == ["b"]


def test_a_flush_says_what_was_heard_and_is_silent_from_then_on() -> None:
    speaker = VirtualSpeaker()
    speaker.play("a", pcm.silence(300), 0)
    speaker.play("b", pcm.silence(300), 0)
    assert speaker.flush(100) == {"a": 100, "b": 0}
    assert speaker.flush(150) == {}
    speaker.play("c", pcm.silence(20), 150)
    assert speaker.heard_ms("c", 170) == 20


def test_what_was_heard_to_the_end_is_not_cut() -> None:
    speaker = VirtualSpeaker()
    speaker.play("a", pcm.silence(300), 0)
    assert speaker.flush(300) == {}
