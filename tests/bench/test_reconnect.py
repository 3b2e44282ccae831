import argparse

from labkit.bench import reconnect


def test_a_conversation_whose_server_is_killed_goes_on() -> None:
    found = reconnect.measure(argparse.Namespace(count=1))
    assert found["from the server's return to a usable session"]["n"] == 1
    assert (found["context kept"]["value"], found["words said twice"]["value"]) == (1, 0)
