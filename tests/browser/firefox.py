"""A Firefox as Mozilla makes it, driven through WebDriver BiDi, with a sound card that is no hardware."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from browser.places import PATIENCE_S, TOKEN, Lab
from websockets.sync.client import connect

from labkit.bench._places import Notebook, free_port

FAKE_DEVICES = "media.navigator.streams.fake"
"""Firefox's own: a microphone that hears a tone, a camera that sees a colour."""
SOUND_CARD = """
load-module module-native-protocol-unix socket={socket} auth-anonymous=1
load-module module-null-sink sink_name=ear rate=48000
load-module module-null-sink sink_name=mouth rate=48000
load-module module-remap-source master=mouth.monitor source_name=microphone
set-default-sink ear
set-default-source microphone
"""
ENTER = "\ue007"


class RefusedError(Exception):
    """Firefox did not do what was asked."""


def until(ask: Any, what: str) -> Any:
    """The first true answer; an error that names `what` when none comes."""
    deadline = time.monotonic() + PATIENCE_S
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.1)
    return answer


@contextlib.contextmanager
def running(*command: str, log: Path, **environment: str) -> Iterator[None]:
    """A program while the block runs, its output in `log`."""
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **environment})
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


@contextlib.contextmanager
def sound_card(folder: Path) -> Iterator[str]:
    """A PulseAudio server of its own, at the pace of a device: nobody hears it, `speak` is heard by its microphone."""
    run, socket, script = folder / "run", folder / "run" / "sound", folder / "sound.pa"
    run.mkdir(mode=0o700)
    script.write_text(SOUND_CARD.format(socket=socket))
    options = [
        "-n",
        "--daemonize=no",
        "--exit-idle-time=-1",
        "--use-pid-file=no",
        "--disable-shm=yes",
        "-F",
        str(script),
    ]
    home = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(run), "PULSE_RUNTIME_PATH": str(run)}
    with running("pulseaudio", *options, log=folder / "sound.log", **home):
        until(socket.exists, "PulseAudio")
        yield f"unix:{socket}"


@contextlib.contextmanager
def firefox(path: str, folder: Path, *, fake_devices: bool) -> Iterator[Firefox]:
    """A Firefox without windows, whose devices are fake or those of a `sound_card`, and allowed."""
    preferences = {FAKE_DEVICES: fake_devices, "media.navigator.permission.disabled": True}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()]
    (folder / "user.js").write_text("\n".join(lines))
    port = free_port()
    flags = ["--headless", "--no-remote", "--profile", str(folder), f"--remote-debugging-port={port}"]
    with sound_card(folder) as sound:
        home = {"HOME": str(folder), "PULSE_SERVER": sound}
        with running(path, *flags, log=folder / "firefox.log", **home):
            yield Firefox(f"ws://127.0.0.1:{port}/session", sound)


class Firefox:
    """One window, as a person uses it: clicks and keys are real, so they count as such."""

    def __init__(self, url: str, sound: str) -> None:
        self._sound = sound
        self._socket = until(lambda: self._connected(url), "Firefox")
        self._numbers = itertools.count(1)
        self.ask("session.new", capabilities={})
        self._window = self.ask("browsingContext.create", type="window")["context"]

    @staticmethod
    def _connected(url: str) -> Any:
        with contextlib.suppress(OSError):
            return connect(url, max_size=None)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """What a command of the protocol gives."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := json.loads(self._socket.recv(PATIENCE_S))).get("id") != number:
            pass
        if answer["type"] != "success":
            raise RefusedError(f"{method}: {answer['message']}")
        return answer["result"]

    def evaluate(self, function: str, argument: Any = None) -> Any:
        """What a function of the page returns, as JSON."""
        body = f"async (text) => JSON.stringify(await ({function})(JSON.parse(text)) ?? null)"
        given = [{"type": "string", "value": json.dumps(argument)}]
        answer = self._call(body, given)
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def _call(self, function: str, arguments: list[dict[str, Any]]) -> dict[str, Any]:
        where = {"target": {"context": self._window}, "awaitPromise": True}
        return self.ask("script.callFunction", functionDeclaration=function, arguments=arguments, **where)

    def click(self, name: str) -> None:
        """Click the button or line of this name, once it can be clicked."""
        path = f"//*[self::button or self::input][normalize-space()='{name}' or @aria-label='{name}']"
        locator = {"type": "xpath", "value": path}

        def clicked() -> bool:
            nodes = self.ask("browsingContext.locateNodes", context=self._window, locator=locator)["nodes"]
            with contextlib.suppress(RefusedError):  # it is there and not shown yet
                for node in nodes[:1]:
                    self._click({"type": "sharedReference", "sharedId": node["sharedId"]})
                    return True
            return False

        until(clicked, f"something to click named {name!r}")

    def _click(self, element: dict[str, str]) -> None:
        self._call("(element) => element.scrollIntoView({block: 'center'})", [element])
        move = {"type": "pointerMove", "x": 0, "y": 0, "origin": {"type": "element", "element": element}}
        press = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self._perform("pointer", [move, *press])

    def type(self, text: str) -> None:
        """Press the keys of this text."""
        self._perform("key", [{"type": way, "value": key} for key in text for way in ("keyDown", "keyUp")])

    def speak(self, recording: Path) -> None:
        """Let the sound card's microphone hear a recording to its end."""
        subprocess.run(["paplay", f"--server={self._sound}", "--device=mouth", str(recording)], check=True)

    def _perform(self, kind: str, actions: list[dict[str, Any]]) -> None:
        self.ask("input.performActions", context=self._window, actions=[{"type": kind, "id": kind, "actions": actions}])

    def open_in_lab(self, lab: Lab, name: str) -> Notebook:
        """A notebook of the lab's folder, run."""
        url = f"{lab.url}/lab/workspaces/{name.replace('.', '-')}/tree/{name}?reset&token={TOKEN}"
        self.ask("browsingContext.navigate", context=self._window, url=url, wait="complete")
        opened = "() => Boolean(globalThis.jupyterapp?.shell.currentWidget?.sessionContext)"
        until(lambda: self.evaluate(opened), "the notebook")
        notebook = Notebook(self)
        notebook.run_all()
        return notebook
