"""The end of a turn to try on oneself: a slider and a list that change a live conversation's turn detection."""

from __future__ import annotations

import html
from typing import Any, Protocol

from labkit.errors import LabkitError

SHORTEST_MS, LONGEST_MS, STEP_MS, DEFAULT_MS = 64, 1200, 4, 500
"""Of the slider; the step reaches every default of a peer. 500 ms is what OpenAI documents."""
_POLICIES = {
    "fixed silence (server_vad)": "",
    "by the words, patient (semantic_vad, low)": "low",
    "by the words (semantic_vad, medium)": "medium",
    "by the words, eager (semantic_vad, high)": "high",
}


class _Session(Protocol):
    def send(self, event: dict[str, Any]) -> None: ...


class _Talking(Protocol):
    """A panel, as far as this is concerned."""

    @property
    def session(self) -> _Session: ...


def turn_detection(eagerness: str, hangover_ms: int) -> dict[str, Any]:
    """The protocol's object: semantic_vad of that eagerness, or server_vad with that silence (ms) for an empty one."""
    if not eagerness:
        return {"type": "server_vad", "silence_duration_ms": hangover_ms}
    return {"type": "semantic_vad", "eagerness": eagerness}


def hangover_control(panel: _Talking) -> Any:
    """A slider, a list of policies and a sentence that says what was sent last; an `ipywidgets.HBox`.

    Each change sends `session.update` to the panel's conversation; before *Start talking* it says so instead.
    """
    import ipywidgets

    slider = ipywidgets.IntSlider(
        DEFAULT_MS, SHORTEST_MS, LONGEST_MS, STEP_MS, description="silence, ms", continuous_update=False
    )
    policy = ipywidgets.Dropdown(options=_POLICIES, description="the end")
    said = ipywidgets.HTML("Nothing was changed yet: move the slider while you talk.")

    def change(_: object) -> None:
        slider.disabled = bool(policy.value)
        wanted = turn_detection(policy.value, slider.value)
        try:
            panel.session.send(_update(wanted))
        except LabkitError as error:
            said.value = html.escape(f"Nothing was changed: {error}", quote=False)
        else:
            said.value = _sentence(wanted)

    slider.observe(change, "value")
    policy.observe(change, "value")
    return ipywidgets.HBox([policy, slider, said], layout={"flex_flow": "row wrap", "align_items": "center"})


def _update(wanted: dict[str, Any]) -> dict[str, Any]:
    return {"type": "session.update", "session": {"type": "realtime", "audio": {"input": {"turn_detection": wanted}}}}


def _sentence(wanted: dict[str, Any]) -> str:
    if wanted["type"] == "server_vad":
        return f"Sent: from now on {wanted['silence_duration_ms']} ms of silence end your turn."
    return f"Sent: from now on your words decide when your turn is over, eagerness {wanted['eagerness']}."
