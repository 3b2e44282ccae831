"""Sound and pictures between a real Chromium in a real JupyterLab and Python."""

from __future__ import annotations

import re
import statistics

import pytest
from browser.places import becomes, save
from playwright.sync_api import expect

WIDGETS = """
import time
import numpy as np
from labkit.link import get_link, now_ms
from labkit.widgets.audio import Microphone, Speaker
from labkit.widgets.video import Camera
link = get_link()
exact = dict(echo_cancellation=False, noise_suppression=False, auto_gain_control=False)
"""
CHUNKS = """
chunks = []
mic.on_chunk(lambda pcm, stamp_ms, seq: chunks.append((now_ms(), stamp_ms, seq, pcm)))
def numbers():
    return [seq for *_, seq, _ in chunks]
def so_many_more(count):
    # keeps its cell running until they came, or for a minute; the numbers of those that came meanwhile
    before, end = len(chunks), time.monotonic() + 60
    while len(chunks) < before + count and time.monotonic() < end:
        time.sleep(0.05)
    return numbers()[before:]
def tone(ms, hertz=440):
    return (8000 * np.sin(2 * np.pi * hertz * np.arange(24 * ms) / 24_000)).astype('<i2').tobytes()
"""


def click(page, name):
    page.get_by_role("button", name=name, exact=True).first.click()


def until(page, words):
    """Until the first widget's state is shown in these words."""
    page.get_by_role("status").filter(has_text=re.compile(f"^{words}$")).first.wait_for()


def linked(page):
    page.wait_for_function("[...(globalThis.labkit?.links.values() ?? [])].some((link) => link.state.connected)")


def start(page, *names):
    linked(page)
    for name in names:
        click(page, f"Start {name}")
        page.get_by_role("button", name=f"Stop {name}", exact=True).first.wait_for()


def trouble(page):
    alert = page.get_by_role("alert").filter(has_text=re.compile(".")).first
    alert.wait_for()
    return alert.inner_text()


def without_gaps(numbers):
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@pytest.mark.parametrize("reads_tracks", [True, False])
def test_the_microphone_reaches_python(open_notebook, context, reads_tracks):
    """Also where the browser gives pages no track to read: there an audio context captures."""
    if not reads_tracks:
        context.add_init_script("delete globalThis.MediaStreamTrackProcessor")
    notebook = open_notebook([WIDGETS, "mic = Microphone(**exact); display(mic)", CHUNKS])
    start(notebook.page, "microphone")
    notebook.run("x = mic.record(1.0)")
    assert notebook.value("len(x)") == 24000
    # a device that a crowded computer kept waiting leaves some of its sound out, which blurs the tone
    assert notebook.value("int(np.abs(np.fft.rfft(x)).argmax())") == pytest.approx(600, abs=3)
    assert notebook.value("[link.transport, link.url_kind]") == ["websocket", "labkit proxy"]
    assert notebook.value("sorted({len(pcm) for *_, pcm in chunks})") == [480]
    assert without_gaps(notebook.value("numbers()"))
    steps = notebook.value("[b[1] - a[1] for a, b in zip(chunks, chunks[1:])]")
    assert statistics.median(steps) == pytest.approx(10, abs=0.25)
    assert notebook.value("min(abs(stamp - came - link.clock.offset_ms) for came, stamp, *_ in chunks)") < 1000
    becomes(notebook, "[mic.state, mic.error, len(mic.devices) > 0]", ["live", "", True])
    click(notebook.page, "Stop microphone")
    until(notebook.page, "off")
    becomes(notebook, "mic.state", "off")


def test_sound_keeps_coming_while_cells_run(open_notebook):
    kept = "mic = globals().get('mic') or Microphone(**exact); display(mic)"
    once = "if 'chunks' not in globals():" + CHUNKS.replace("\n", "\n    ")
    more = "during = so_many_more(290) if mic.state == 'live' else []"
    notebook = open_notebook([WIDGETS, kept, once, more])
    start(notebook.page, "microphone")
    notebook.run("during = so_many_more(290)")
    assert notebook.value("len(during)") >= 290
    assert without_gaps(notebook.value("during"))
    becomes(notebook, "mic.state", "live")
    notebook.run_all()
    assert notebook.value("len(during)") >= 290
    assert without_gaps(notebook.value("numbers()"))


def test_the_speaker_plays_and_falls_silent(open_notebook):
    notebook = open_notebook([WIDGETS, "speaker = Speaker(); mic = Microphone(); display(speaker)", CHUNKS])
    notebook.run("events = []; speaker.on_started(lambda item, ms, came: events.append(['started', item, ms, came]))")
    notebook.run("speaker.on_finished(lambda item: events.append(['finished', item]))")
    start(notebook.page, "speaker")
    notebook.page.evaluate("""() => {
        const part = [...labkit.parts.values()].find((part) => part.name === 'speaker');
        globalThis.loudest = 0;
        setInterval(() => { loudest = Math.max(loudest, part.level()); }, 20);
    }""")
    notebook.run("speaker.play('one', tone(1500)); speaker.play('one', tone(1000)); speaker.end('one')")
    becomes(notebook, "[event[:2] for event in events]", [["started", "one"], ["finished", "one"]])
    becomes(notebook, "speaker.heard_ms('one')", 2500)
    notebook.page.wait_for_function("loudest > 0.1")
    assert notebook.value("abs(events[0][2] - link.clock.offset_ms - now_ms()) < 60_000")
    assert notebook.value("events[0][3] < events[0][2]")
    notebook.run("speaker.play('two', tone(20_000))")
    becomes(notebook, "speaker.heard_ms('two') > 250")
    heard = notebook.value("link.call(speaker.flush(), 20)")
    assert list(heard) == ["two"]
    assert 200 < heard["two"] < 19_000
    notebook.run("speaker.play('two', tone(500)); time.sleep(0.5)")
    assert notebook.value("speaker.heard_ms('two')") < heard["two"] + 60
    assert notebook.value("link.call(speaker.flush(), 20)") == {}
    assert 0 < notebook.value("speaker.output_latency_ms") < 200


def test_the_camera_gives_pictures(open_notebook):
    notebook = open_notebook([WIDGETS, "import cv2; camera = Camera(width=320); display(camera)"])
    linked(notebook.page)
    missed = notebook.run("\ntry: camera.picture()\nexcept Exception as error: print(type(error).__name__, error)")
    assert missed.startswith("DeviceError The camera is off. Click")
    start(notebook.page, "camera")
    notebook.run("picture = cv2.imdecode(np.frombuffer(camera.picture(), np.uint8), 1)")
    assert notebook.value("list(picture.shape)") == [240, 320, 3]
    blue, green, red = notebook.value("picture[5, 5].tolist()")
    assert red > 150
    assert max(blue, green) < 80
    notebook.run("pictures = []; camera.on_picture(lambda jpeg, ms: pictures.append(ms)); camera.every_ms = 100")
    becomes(notebook, "len(pictures) >= 5")
    expect(notebook.page.locator("video.labkit-preview:visible")).to_have_count(1)


def test_several_views_are_one_source(open_notebook):
    notebook = open_notebook([WIDGETS, "mic = Microphone(**exact); display(mic)", "mic", CHUNKS])
    page = notebook.page
    expect(page.get_by_role("button", name="Start microphone")).to_have_count(2)
    start(page, "microphone")
    expect(page.get_by_role("button", name="Stop microphone")).to_have_count(2)
    page.get_by_role("button", name="Mute").nth(1).click()
    expect(page.get_by_role("button", name="Mute", pressed=True)).to_have_count(2)
    becomes(notebook, "mic.muted and len(chunks) > 150 and max(max(pcm) for *_, pcm in chunks[-150:]) == 0")
    assert without_gaps(notebook.value("numbers()"))
    assert page.evaluate("labkit.parts.size") == 1


def test_push_to_talk_sends_only_while_held(open_notebook):
    notebook = open_notebook([WIDGETS, "mic = Microphone(push_to_talk=True, **exact); display(mic)", CHUNKS])
    notebook.run("held = []; mic.on_hold(held.append)")
    page = notebook.page
    page.evaluate("""() => {
        globalThis.pressed = [];
        for (const type of ["keydown", "keyup"]) addEventListener(type, () => pressed.push(performance.now()), true);
    }""")
    start(page, "microphone")
    page.wait_for_timeout(500)
    assert notebook.value("len(chunks)") == 0
    button = page.get_by_role("button", name="Hold to talk")
    button.focus()
    page.keyboard.down("Space")
    becomes(notebook, "len(chunks) >= 50")
    assert notebook.value("held") == [True]
    page.keyboard.up("Space")
    becomes(notebook, "held", [True, False])
    count, held_ms = notebook.value("len(chunks)"), page.evaluate("pressed.at(-1) - pressed[0]")
    assert count <= held_ms / 10 + 50  # the time held, and 200 ms from before; and what a busy page had not looked at
    page.wait_for_timeout(500)
    assert notebook.value("len(chunks)") == count


def test_a_reload_and_a_restart_are_one_click(open_notebook):
    notebook = open_notebook([WIDGETS, "mic = Microphone(**exact); display(mic)", CHUNKS])
    start(notebook.page, "microphone")
    save(notebook.page)
    notebook.page.reload()
    notebook.page.wait_for_selector(".jp-NotebookPanel:visible .jp-Notebook")
    notebook.page.get_by_role("button", name="Start microphone").wait_for()
    becomes(notebook, "mic.state", "off")
    notebook.run("chunks.clear()")
    start(notebook.page, "microphone")
    becomes(notebook, "len(chunks) > 5")
    notebook.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    assert trouble(notebook.page).startswith("The kernel")
    notebook.run_all()
    start(notebook.page, "microphone")
    becomes(notebook, "len(chunks) > 5")


def test_one_tab_has_the_media(open_notebook, context):
    first = open_notebook([WIDGETS, "mic = Microphone(**exact); display(mic)", CHUNKS])
    start(first.page, "microphone")
    save(first.page)
    second = open_notebook(None, run=False, name=first.name)
    linked(second.page)
    second.page.get_by_role("button", name="Start microphone").click()
    assert trouble(second.page).startswith("Another tab of this notebook is using")
    becomes(first, "mic.state", "live")
    click(second.page, "Use this tab")
    second.page.get_by_role("button", name="Stop microphone").wait_for()
    assert trouble(first.page).startswith("Another tab of this notebook took over")
    first.run("chunks.clear()")
    becomes(first, "len(chunks) > 10")
    becomes(first, "mic.state", "live")


def test_an_ipywebrtc_stream_is_a_source(open_notebook):
    source = """
from ipywebrtc import CameraStream
sound = CameraStream(constraints={'audio': True, 'video': False})
sight = CameraStream(constraints={'audio': False, 'video': True})
mic = Microphone(source=sound); camera = Camera(source=sight); wrong = Microphone(source=sight)
display(mic, camera, wrong)"""
    notebook = open_notebook([WIDGETS, source, CHUNKS])
    start(notebook.page, "microphone", "camera")
    becomes(notebook, "len(chunks) > 5")
    assert notebook.value("camera.picture()[:2].hex()") == "ffd8"
    click(notebook.page, "Start microphone")
    assert (
        trouble(notebook.page) == "The source has no audio. Make it with constraints={'audio': True, 'video': False}."
    )


REFUSE = "devices.getUserMedia = async () => { throw new DOMException('', '%s') }"
SUSPENDED = """
    window.audio = AudioContext.prototype; audio.kept = audio.resume; audio.resume = audio.suspend;
    window.processor = MediaStreamTrackProcessor; delete window.MediaStreamTrackProcessor;
"""
BROKEN = {
    "The microphone was not allowed. Click the sign left of": (
        REFUSE % "NotAllowedError",
        "delete devices.getUserMedia",
    ),
    "No microphone was found. Plug one in": (REFUSE % "NotFoundError", "delete devices.getUserMedia"),
    "The microphone is used by another program": (REFUSE % "NotReadableError", "delete devices.getUserMedia"),
    "Browsers give no microphone to pages that come over plain http": (
        "Object.defineProperty(window, 'isSecureContext', {value: false, configurable: true})",
        "Object.defineProperty(window, 'isSecureContext', {value: true, configurable: true})",
    ),
    "This browser has no AudioWorklet": (
        "window.kept = AudioWorkletNode; delete window.AudioWorkletNode",
        "window.AudioWorkletNode = kept",
    ),
    "The browser holds sound back until you click": (
        SUSPENDED,
        "audio.resume = audio.kept; window.MediaStreamTrackProcessor = processor",
    ),
}


def test_each_obstacle_is_a_sentence_with_its_remedy(open_notebook):
    notebook = open_notebook([WIDGETS, "mic = Microphone(); display(mic)"])
    page = notebook.page
    linked(page)
    for sentence, (obstacle, undo) in BROKEN.items():
        page.evaluate(f"() => {{ const devices = navigator.mediaDevices; {obstacle} }}")
        click(page, "Start microphone")
        page.get_by_role("alert").filter(has_text=sentence).wait_for()
        becomes(notebook, f"mic.error.startswith({sentence!r})")
        raised = notebook.run("\ntry: mic.record(1)\nexcept Exception as error: print(type(error).__name__, error)")
        assert raised.startswith(f"DeviceError {sentence}")
        page.evaluate(f"() => {{ const devices = navigator.mediaDevices; {undo} }}")
    start(page, "microphone")
    becomes(notebook, "[mic.state, mic.error]", ["live", ""])


def test_a_microphone_that_nobody_allowed_is_told(open_notebook, make_context):
    notebook = open_notebook([WIDGETS, "mic = Microphone(); display(mic)"], in_context=make_context(permissions=()))
    linked(notebook.page)
    click(notebook.page, "Start microphone")
    assert trouble(notebook.page).startswith("The microphone was not allowed.")


def test_an_unplugged_microphone_is_told(open_notebook):
    notebook = open_notebook([WIDGETS, "mic = Microphone(); display(mic)"])
    page = notebook.page
    page.evaluate("""() => {
        const get = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (asked) => (globalThis.stream = await get(asked));
    }""")
    start(page, "microphone")
    page.evaluate("stream.getTracks()[0].dispatchEvent(new Event('ended'))")
    assert trouble(page).startswith("The microphone went away. Plug it in again")
    assert page.evaluate("stream.getTracks()[0].readyState") == "ended"
    becomes(notebook, "mic.state", "failed")
    start(page, "microphone")
