"""Settings and items for another server."""

import pytest

from labkit.rebuilding import merged, told


def test_updates_merge_as_the_protocol_says() -> None:
    settings = {
        "audio": {"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 300}}},
        "tools": [1],
    }
    update = {
        "audio": {"input": {"turn_detection": {"type": "semantic_vad"}}, "output": {"voice": "cedar"}},
        "tools": [],
    }
    after = merged(settings, update)
    assert after["audio"] == {"input": {"turn_detection": {"type": "semantic_vad"}}, "output": {"voice": "cedar"}}
    assert after["tools"] == []
    assert merged(after, {"audio": {"input": {"turn_detection": None}}})["audio"]["input"] == {"turn_detection": None}
    assert settings["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 300


@pytest.mark.parametrize(
    ("lost", "cut", "tail"),
    [
        (0, False, "with all that was said."),
        (0, True, "with all that was said; the answer under way ends here."),
        (1, False, "without 1 earlier message (pictures, or words not understood)."),
    ],
)
def test_what_happened_is_one_sentence(lost: int, cut: bool, tail: str) -> None:
    start = "The embedded engine stopped: after 2.1 s the conversation goes on, "
    assert told("The embedded engine stopped", 2100, lost=lost, cut=cut) == start + tail
