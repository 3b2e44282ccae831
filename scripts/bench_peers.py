"""Measure FastRTC at the ear as labkit is measured: the same fake microphone, the same browser, the same witness.

Makes an environment of its own (`.venv-peers`) on first use:  python scripts/bench_peers.py [--shared DIR] [--count N]
Prints JSON of the same shape as `labkit bench --json`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labkit import bench
from labkit.bench import _figures, _learners, _places, _witness, transport_echo

ROOT = Path(__file__).parents[1]
PEERS = Path(__file__).with_name("peers")
HOME = ROOT / ".venv-peers"
PYTHON = HOME / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
COUNT = 16
GAP_S = 5.0
LOUD = 1000
"""Samples above it are the answer (peak 8000), below it what the codec makes of silence."""
LONGEST_MS = 4000
HOW = "FastRTC 0.0.34, WebRTC on one machine, by the witness, output latency as the browser declares it"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, help="a folder with human recordings (commands/index.json)")
    parser.add_argument("--count", type=int, default=COUNT, help=f"utterances (default {COUNT})")
    options = parser.parse_args()
    install()
    figures = {
        "unit": "ms",
        "how": HOW,
        "transport echo": echo(),
        "voice to voice": reply(options.shared, options.count),
    }
    print(json.dumps(_figures.flat("FastRTC", figures, _figures.machine()), indent=2, ensure_ascii=False))


def install() -> None:
    """The environment with the pinned packages."""
    stamp = HOME / "installed"
    wanted = (PEERS / "requirements.txt").read_text("utf-8")
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return
    print("Installing FastRTC into .venv-peers (once; about 1 GB)", file=sys.stderr)
    venv.create(HOME, with_pip=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", str(PEERS / "requirements.txt")], check=True)
    stamp.write_text(wanted, "utf-8")


def echo() -> dict[str, Any]:
    """Every chirp from the microphone to the ear."""
    with tempfile.TemporaryDirectory() as folder:
        microphone = Path(folder) / "chirps.wav"
        seconds = transport_echo.chirps(microphone, transport_echo.COUNT)
        heard = listen("echo", microphone, seconds + transport_echo.LEAD_S)
    return bench.summary(transport_echo.echoes(heard))


def reply(shared: Path | None, count: int) -> dict[str, Any]:
    """Every utterance from its last voiced sample, found by the clean recording, to the answer's first sample."""
    clips = _learners.choose(shared, count)
    with tempfile.TemporaryDirectory() as folder:
        microphone = Path(folder) / "microphone.wav"
        seconds = _learners.microphone_file(microphone, clips, gap_s=GAP_S)
        heard = listen("reply", microphone, seconds + 3)
    waits, unanswered, early = [], 0, 0
    for place in _learners.match(clips, *heard.microphone.at_24_khz()):
        begun = heard.output.onset_ms(place.end_ms, LOUD)
        if heard.output.sounds(place.end_ms, LOUD):
            early += 1
        elif begun is None or begun > place.end_ms + LONGEST_MS:
            unanswered += 1
        else:
            waits.append(begun + heard.output_latency_ms - place.end_ms)
    return {**bench.summary(waits), "unanswered": unanswered, "answered on a part": early, "clips": len(clips)}


def listen(kind: str, microphone: Path, seconds: float) -> _witness.Heard:
    """What the witness heard on FastRTC's page while this microphone file played."""
    with serving(kind) as url, _places.open_browser(microphone) as context:
        _witness.inject(context)
        page = context.new_page()
        page.goto(url)
        page.get_by_role("button").click()
        page.wait_for_function("document.title === 'connected'")
        page.wait_for_timeout(1000 * seconds)
        return _witness.take(page)


@contextlib.contextmanager
def serving(kind: str) -> Iterator[str]:
    """FastRTC's page in its own process; its address."""
    port = _places.free_port()
    url = f"http://127.0.0.1:{port}/"
    process = subprocess.Popen([str(PYTHON), str(PEERS / "fastrtc_page.py"), kind, str(port)])
    try:
        for _ in range(600):
            if process.poll() is not None:
                sys.exit("FastRTC's page did not start: see the lines above.")
            with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=1):
                break
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(15)


if __name__ == "__main__":
    main()
