"""A real JupyterLab, a real Voila and a Chromium with fake devices, for the figures and the browser tests."""

from __future__ import annotations

import http.client
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit import pcm
from labkit.errors import LabkitError, MissingPartError
from labkit.lab import SETTINGS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

__all__ = [
    "TOKEN",
    "JupyterPlace",
    "Lab",
    "Notebook",
    "Voila",
    "chromium_with",
    "colour_film",
    "free_port",
    "loudest",
    "open_browser",
    "open_in_lab",
    "open_places",
    "tone_bursts",
    "write_notebook",
]

TOKEN = "a-token-of-the-tests"  # noqa: S105 - of servers that live as long as a test
CHROMIUM_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
]
PLAYWRIGHT_FLAGS_OFF = ["--headless", "--mute-audio", "--enable-automation"]
RUN_ALL = """async () => {
    const panel = jupyterapp.shell.currentWidget;
    await panel.context.ready;
    await panel.sessionContext.ready;
    await panel.sessionContext.session.kernel.info;
    await jupyterapp.commands.execute('notebook:run-all-cells');
}"""
EXECUTE = """async (code) => {
    const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const future = kernel.requestExecute({code, store_history: false});
    let out = '';
    future.onIOPub = ({header, content}) => {
        if (header.msg_type === 'stream' && content.name === 'stdout') out += content.text;
        if (header.msg_type === 'error') out += content.traceback.join('\\n');
    };
    const reply = await future.done;
    return {out, status: reply.content.status};
}"""
LOUDEST = """async (ms) => {
    const speaker = [...labkit.parts.values()].find((part) => part.name === "speaker");
    let most = 0;
    for (const end = performance.now() + ms; performance.now() < end; ) {
        most = Math.max(most, speaker.level());
        await new Promise(requestAnimationFrame);
    }
    return most;
}"""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses, below those that the system gives to whoever asks for any."""
    while True:
        port = random.randrange(10_240, 16_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def tone_bursts(path: Path, hertz: float = 600.0, seconds: float = 4.0) -> Path:
    """A fake microphone: half a second of tone, half a second of silence, over and over, 48 kHz."""
    import numpy as np

    t = np.arange(int(48_000 * seconds)) / 48_000
    tone = 0.3 * np.sin(2 * np.pi * hertz * t) * (t % 1 < 0.5)
    pcm.write(path, (tone * 32767).astype(np.int16), 48_000)
    return path


def colour_film(path: Path, bgr: tuple[int, int, int] = (30, 30, 200), text: str = "") -> Path:
    """A fake camera: ten MJPEG frames of one colour (default red), with words on it."""
    import cv2
    import numpy as np

    picture = np.full((480, 640, 3), bgr, np.uint8)
    cv2.putText(picture, text, (40, 260), cv2.FONT_HERSHEY_SIMPLEX, 3, (255, 255, 255), 8)
    path.write_bytes(cv2.imencode(".jpg", picture)[1].tobytes() * 10)
    return path


class JupyterPlace:
    """A server in a process of its own, with its root in a temporary folder."""

    def __init__(self, root: Path, *arguments: str, module: str, environment: dict[str, str] | None = None) -> None:
        self.root, self.port = root, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = root / f"{module}.log"
        home = root / ".home"
        own = {
            "JUPYTER_CONFIG_PATH": str(SETTINGS),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "IPYTHONDIR": str(home / "ipython"),
        }
        self._output = self.log.open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments, f"--port={self.port}"],
            cwd=root,
            env={**os.environ, **own, **(environment or {})},
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    def wait(self, path: str) -> None:
        """Until the server answers; an error with its log's end when it does not in 90 s."""
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.ask("GET", path)
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise LabkitError(f"{self.log.stem} did not start:\n{self.log.read_text()[-3000:]}")

    def ask(self, method: str, path: str) -> bytes:
        """The body of an answer of this server's REST interface."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, headers={"Authorization": f"token {TOKEN}"})
            return connection.getresponse().read()
        finally:
            connection.close()

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self._output.close()


class Lab(JupyterPlace):
    """JupyterLab (and Voila inside it, under /voila/render/)."""

    def __init__(self, root: Path, *arguments: str, environment: dict[str, str] | None = None) -> None:
        root_flag = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        fixed = [
            "--no-browser",
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={TOKEN}",
        ]
        shown = ["--LabApp.expose_app_in_browser=True", "--Application.log_level=INFO"]
        super().__init__(root, *root_flag, *fixed, *shown, *arguments, module="jupyterlab", environment=environment)
        self.wait(f"/api/status?token={TOKEN}")

    def end_sessions(self) -> None:
        """Kernels outlive their pages."""
        for session in json.loads(self.ask("GET", "/api/sessions")):
            self.ask("DELETE", f"/api/sessions/{session['id']}")


class Voila(JupyterPlace):
    """Voila alone, showing one notebook."""

    def __init__(self, root: Path, notebook: Path, *arguments: str) -> None:
        fixed = ["--no-browser", "--Voila.ip=127.0.0.1", "--Voila.port_retries=0", "--show_tracebacks=True"]
        super().__init__(root, str(notebook), *fixed, *arguments, module="voila")
        self.wait("/voila/static/voila.js")


def write_notebook(path: Path, cells: list[str]) -> Path:
    """Write a notebook of code cells."""
    code: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    listed = [{"id": f"cell{number}", "source": source, **code} for number, source in enumerate(cells)]
    notebook = {"cells": listed, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


class Notebook:
    """A notebook open in JupyterLab; `run` executes in its kernel, outside its cells."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def run_all(self, *, wait: bool = True) -> None:
        """Run every cell; waits until the last one is done."""
        self.page.evaluate(RUN_ALL if wait else RUN_ALL.replace("await jupyterapp.commands", "jupyterapp.commands"))

    def start(self, *devices: str) -> None:
        """Click their start buttons, and wait until they run."""
        for name in devices:
            self.page.get_by_role("button", name=f"Start {name}").click()
            self.page.get_by_role("button", name=f"Stop {name}").wait_for()

    def run(self, code: str) -> str:
        """What the code prints in this notebook's kernel; an `AssertionError` with its traceback when it fails."""
        answer = self.page.evaluate(EXECUTE, code)
        assert answer["status"] == "ok", answer["out"]
        return str(answer["out"]).strip()

    def value(self, expression: str) -> Any:
        """A JSON value of the kernel."""
        return json.loads(self.run(f"import json; print(json.dumps({expression}))"))


def open_in_lab(lab: Lab, context: BrowserContext, name: str) -> Notebook:
    """Open a notebook of the lab's folder in a workspace of its own."""
    page = context.new_page()
    page.goto(f"{lab.url}/lab/workspaces/{name.replace('.', '-')}/tree/{name}?reset&token={TOKEN}")
    page.wait_for_selector(".jp-NotebookPanel:visible .jp-Notebook", timeout=60_000)
    page.wait_for_function("globalThis.jupyterapp?.shell.currentWidget?.sessionContext !== undefined")
    return Notebook(page)


def chromium_with(
    playwright: Playwright,
    path: str | None,
    *,
    microphone: Path | None = None,
    camera: Path | None = None,
    flags: tuple[str, ...] = (),
) -> Browser:
    """A Chromium whose microphone and camera play files."""
    devices = [f"--use-file-for-fake-audio-capture={microphone}"] if microphone else []
    devices += [f"--use-file-for-fake-video-capture={camera}"] if camera else []
    return playwright.chromium.launch(
        executable_path=path, args=[*CHROMIUM_FLAGS, *devices, *flags], ignore_default_args=PLAYWRIGHT_FLAGS_OFF
    )


def loudest(page: Page, seconds: float = 2.0) -> float:
    """The loudest level that the page's own output had in that time: 0 is silence."""
    return float(page.evaluate(LOUDEST, seconds * 1000))


@contextmanager
def open_browser(microphone: Path | None = None, camera: Path | None = None) -> Iterator[BrowserContext]:
    """A browser profile with allowed fake devices, for a figure: files, or tone bursts and a red picture.

    The browser is the one that `LABKIT_CHROMIUM` names, else one on PATH, else Playwright's own.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise MissingPartError('This figure drives a browser: run  pip install "labkit[test]"  .') from error
    path = os.environ.get("LABKIT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, sync_playwright() as playwright:
        sound = microphone or tone_bursts(Path(folder) / "bursts.wav")
        film = camera or colour_film(Path(folder) / "red.mjpeg")
        browser = chromium_with(playwright, path, microphone=sound, camera=film)
        try:
            yield browser.new_context(permissions=["camera", "microphone"])
        finally:
            browser.close()


@contextmanager
def open_places(
    *arguments: str, microphone: Path | None = None, camera: Path | None = None
) -> Iterator[tuple[Lab, BrowserContext]]:
    """A JupyterLab with these arguments, and `open_browser`."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, open_browser(microphone, camera) as context:
        lab = Lab(Path(folder), *arguments)
        try:
            yield lab, context
        finally:
            lab.close()
