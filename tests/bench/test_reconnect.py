import argparse

import pytest

from labkit.bench import reconnect


@pytest.mark.timeout(300)
def test_a_conversation_whose_server_is_killed_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.reconnecting.PATIENCE_S", 100.0)  # an engine is started meanwhile
    monkeypatch.setattr(reconnect, "WAIT_S", 100.0)
    found = reconnect.measure(argparse.Namespace(count=1))
    assert found["from the server's return to a usable session"]["n"] == 1
    assert (found["context kept"]["value"], found["words said twice"]["value"]) == (1, 0)
