"""Camera and screen: when a picture is sent, and why none comes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from browser.places import becomes
from playwright.sync_api import expect

SETUP = """
import time
import cv2
import numpy as np
from labkit.link import get_link
from labkit.widgets.screen import Screen
from labkit.widgets.video import Camera
link = get_link()
def until(found, timeout=60):
    end = time.monotonic() + timeout
    while not found() and time.monotonic() < end:
        time.sleep(0.05)
    return found()
def seen(jpeg):
    \"\"\"How many lines are written, and whether a hand is in the picture.\"\"\"
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), 1).astype(int)
    lines = [int(picture[y - 40:y, 60:300].min() < 110) for y in (120, 220)]
    hand = np.mean(picture[:, :, 2] - picture[:, :, 0] > 60) > 0.01
    return [sum(lines), bool(hand)]
"""
STILL, MOVING = 48, 24  # pictures, of which a camera has 30 in a second


def page_of(lines, noise, light):
    """A page on a desk: light from the left, `light` brighter than usual, each picture with noise of its own."""
    rows, columns = np.mgrid[:480, :640]
    picture = np.repeat((185 - 40 * columns / 640 + 20 * rows / 480)[..., None], 3, axis=2)
    for number in range(lines):
        text = "3x + 1 = 4"[: 10 - 5 * number]
        cv2.putText(picture, text, (60, 120 + 100 * number), 0, 1.3, (60, 50, 50), 2, cv2.LINE_AA)
    return picture * light + noise


def with_hand(picture, share):
    """A hand that goes over the second line, and away."""
    x = int(80 + 560 * share)
    cv2.ellipse(picture, (x + 90, 300), (110, 80), 25, 0, 360, (70, 110, 170), -1)
    return picture


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A page with one line, a hand that writes the second one, the page with both, and the hand that wipes it away."""
    rng = np.random.default_rng(4)
    noises = rng.normal(0, 8, (6, 480, 640, 3))
    pictures = []
    for written, moving in ((1, False), (2, True), (2, False), (1, True)):
        for number in range(MOVING if moving else STILL):
            light = 1 + 0.06 * np.sin(len(pictures) / (2 * (STILL + MOVING)) * 2 * np.pi)  # a cloud passes
            picture = page_of(written, noises[len(pictures) % 6], light)
            picture = with_hand(picture, number / MOVING) if moving else picture
            pictures.append(cv2.imencode(".jpg", np.clip(picture, 0, 255).astype(np.uint8))[1].tobytes())
    path = tmp_path_factory.mktemp("film") / "page.mjpeg"
    path.write_bytes(b"".join(pictures))
    return path


def start(notebook, name):
    page = notebook.page
    page.wait_for_function("[...(globalThis.labkit?.links.values() ?? [])].some((link) => link.state.connected)")
    page.get_by_role("button", name=f"Start {name}").click()
    page.get_by_role("button", name=f"Stop {name}").wait_for()


def test_each_change_is_sent_once_when_it_has_settled(open_shared, film):
    """Neither noise nor a cloud nor the moving hand is one."""
    notebook = open_shared([SETUP, "camera = Camera(settle_ms=450)\ncamera"], camera=film)
    notebook.run("settled = []; camera.on_settled(lambda jpeg, ms: settled.append(seen(jpeg))); camera.watch = True")
    start(notebook, "camera")
    each_once = "[[1, False], [2, False]] * 2, [[2, False], [1, False]] * 2"
    assert notebook.value(f"until(lambda: settled[-4:] in ({each_once}))")
    assert len(notebook.value("settled")) <= 8  # where a camera stalls, the hand in its picture stands still


@pytest.fixture(scope="module")
def both(open_shared):
    """A notebook with a camera, and with a screen that is the page itself, without a question."""
    cells = [SETUP, "camera = Camera()\ncamera", "screen = Screen()\nscreen"]
    return open_shared(cells, flags=("--auto-accept-this-tab-capture",))


def test_a_picture_that_shows_nothing_new_is_not_sent_again(both):
    notebook = both
    start(notebook, "camera")
    asked = "link.call(camera.grab_if_changed(), 5)"
    assert notebook.value(f"[len({asked}) > 1000, {asked}, {asked}]") == [True, None, None]
    notebook.run("camera.settle_ms = 300; settled = []; camera.on_settled(lambda jpeg, ms: settled.append(ms))")
    notebook.run("camera.every_ms = 100; camera.watch = True; until(lambda: settled); time.sleep(1)")
    assert notebook.value("len(settled)") == 1  # who begins to watch has seen nothing yet
    assert notebook.value(asked) is None
    notebook.run("camera.every_ms = 0; camera.watch = False; camera.stop()")


def test_the_screen_is_shared_until_the_person_ends_it(both):
    notebook = both
    page = notebook.page
    page.evaluate("""() => {
        const get = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getDisplayMedia = async (asked) => {
            globalThis.asked = asked;
            return (globalThis.shared = await get({ preferCurrentTab: true }));
        };
    }""")
    start(notebook, "screen")
    expect(page.locator("video.labkit-preview:visible")).to_have_count(1)
    assert page.evaluate("asked.selfBrowserSurface") == "exclude"  # its answers would change what it shows
    shape = notebook.value("list(cv2.imdecode(np.frombuffer(screen.picture(), np.uint8), 1).shape)")
    assert shape[1:] == [640, 3]
    page.evaluate("shared.getTracks()[0].dispatchEvent(new Event('ended'))")
    page.get_by_role("button", name="Start screen").wait_for()
    becomes(notebook, "[screen.state, screen.error]", ["off", ""])
    assert page.evaluate("shared.getTracks()[0].readyState") == "ended"


REFUSE = "devices.getDisplayMedia = async () => { throw new DOMException('', '%s') }"
INSECURE = "Object.defineProperty(window, 'isSecureContext', {value: false})"
OBSTACLES = {
    "No screen was shared. Click 'Start screen' and choose": REFUSE % "NotAllowedError",
    "Browsers share a screen only after a click.": REFUSE % "InvalidStateError",
    "This browser shares no screen; those of tablets": "devices.getDisplayMedia = undefined",
    "Browsers give no screen to pages that come over plain http": INSECURE,
}


def test_each_obstacle_is_a_sentence_with_its_remedy(open_shared):
    notebook = open_shared([SETUP, "Camera()", "screen = Screen()\nscreen"], permissions=())
    page = notebook.page
    page.wait_for_function("[...(globalThis.labkit?.links.values() ?? [])].some((link) => link.state.connected)")
    page.get_by_role("button", name="Start camera").click()
    expect(page.get_by_role("alert").first).to_contain_text("The camera was not allowed. Click the sign left of")
    for sentence, obstacle in OBSTACLES.items():
        page.evaluate(f"() => {{ const devices = navigator.mediaDevices; {obstacle} }}")
        page.get_by_role("button", name="Start screen").click()
        page.get_by_role("alert").filter(has_text=sentence).wait_for()
        becomes(notebook, f"screen.error.startswith({sentence!r})")
        raised = notebook.run("\ntry: screen.picture()\nexcept Exception as error: print(type(error).__name__, error)")
        assert raised.startswith(f"DeviceError {sentence}")
