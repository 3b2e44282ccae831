from __future__ import annotations

import pytest

from labkit.errors import DeviceError, WaitTimeoutError
from labkit.frames import Frame, Kind, message_bytes
from labkit.link import Link
from labkit.widgets.video import Camera


@pytest.fixture
def camera(monkeypatch):
    """A camera whose page does what `camera.answer(request)` says."""
    link = Link()
    made = Camera(link=link)
    monkeypatch.setattr(Link, "transport", "websocket")

    def send(kind, stream, payload, *, item=0):
        message = Frame(kind, stream, 0, 0.0, payload).message()
        frame = made.answer(message["request"]) if message["type"] == "grab" else None
        if frame is not None:
            link.loop.call_soon(made._on_frame, frame)

    monkeypatch.setattr(link, "send", send)
    yield made
    link.submit(link.server.aclose()).result(5)


def test_the_answer_to_the_request_is_the_picture(camera):
    seen = []
    camera.on_picture(lambda jpeg, ms: seen.append((jpeg, ms)))
    camera.answer = lambda request: Frame(Kind.PICTURE, camera.stream, 0, 9.0, b"jpeg", request)
    assert camera.picture() == b"jpeg"
    assert seen == [(b"jpeg", 9.0)]


def test_a_camera_that_is_off_says_what_to_do(camera):
    refused = {"type": "refused", "sentence": "The camera is off. Click 'Start camera' first."}
    camera.answer = lambda request: Frame(
        Kind.MESSAGE, camera.stream, 0, 0.0, message_bytes({**refused, "request": request})
    )
    with pytest.raises(DeviceError, match="Click 'Start camera' first"):
        camera.picture()


def test_no_answer_is_a_timeout(camera, monkeypatch):
    camera.answer = lambda request: None
    with pytest.raises(WaitTimeoutError, match=r"No picture came in 0\.05 s"):
        camera.picture(0.05)
    monkeypatch.setattr(Link, "transport", None)
    with pytest.raises(WaitTimeoutError, match="No page shows this camera yet"):
        camera.picture()


async def test_a_picture_can_be_awaited(camera):
    camera.answer = lambda request: Frame(Kind.PICTURE, camera.stream, 0, 9.0, b"jpeg", request)
    assert await camera.grab() == b"jpeg"
