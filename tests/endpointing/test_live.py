import pytest

from labkit.endpointing import hangover_control
from labkit.endpointing.live import turn_detection
from labkit.engine.turn_taking import TurnDetection
from labkit.errors import UsageError


class Session:
    def __init__(self):
        self.sent = []

    def send(self, event):
        self.sent.append(event)


class Panel:
    """A panel; `talking` is whether Start talking was clicked."""

    def __init__(self, talking=True):
        self._session, self.talking = Session(), talking

    @property
    def session(self):
        if not self.talking:
            raise UsageError("Nobody talks yet: click Start talking in the panel.")
        return self._session


def detection(event):
    return event["session"]["audio"]["input"]["turn_detection"]


def test_the_slider_sends_the_silence_and_says_so():
    panel = Panel()
    _, slider, said = hangover_control(panel).children
    slider.value = 200
    (event,) = panel.session.sent
    assert event["type"] == "session.update"
    assert detection(event) == {"type": "server_vad", "silence_duration_ms": 200}
    assert said.value == "Sent: from now on 200 ms of silence end your turn."


@pytest.mark.parametrize("eagerness", ["low", "medium", "high"])
def test_the_list_chooses_the_policy(eagerness):
    panel = Panel()
    policy, slider, said = hangover_control(panel).children
    policy.value = eagerness
    assert detection(panel.session.sent[-1]) == {"type": "semantic_vad", "eagerness": eagerness}
    assert f"eagerness {eagerness}" in said.value
    assert slider.disabled
    policy.value = ""
    assert detection(panel.session.sent[-1]) == {"type": "server_vad", "silence_duration_ms": slider.value}
    assert not slider.disabled


def test_before_start_talking_it_says_so():
    panel = Panel(talking=False)
    _, slider, said = hangover_control(panel).children
    slider.value = 900
    assert said.value == "Nothing was changed: Nobody talks yet: click Start talking in the panel."
    panel.talking = True
    slider.value = 800
    assert "800 ms" in said.value


def test_nothing_is_sent_before_anything_is_moved():
    panel = Panel()
    _, slider, said = hangover_control(panel).children
    assert panel.session.sent == []
    assert "Nothing was changed yet" in said.value
    assert (slider.min, slider.max) == (64, 1200)


@pytest.mark.parametrize("eagerness", ["", "low", "medium", "high"])
def test_the_engine_knows_what_is_sent(eagerness):
    assert TurnDetection.of(turn_detection(eagerness, 500)).type in {"server_vad", "semantic_vad"}
