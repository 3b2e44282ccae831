from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from labkit.errors import DeviceError, WaitTimeoutError
from labkit.esm import PACKAGE
from labkit.frames import Frame, Kind, message_bytes
from labkit.link import Link
from labkit.widgets.pictures import SETTLED
from labkit.widgets.screen import Screen
from labkit.widgets.video import Camera
from labkit.widgets.whiteboard import Whiteboard


@pytest.fixture
def made(monkeypatch):
    """`made(kind)`: a source whose page does what `source.answer(message)` says."""
    links = []

    def make(kind=Camera):
        link = Link()
        links.append(link)
        source = kind(link=link)
        source.answer = lambda message: None
        monkeypatch.setattr(Link, "transport", "websocket")

        def send(_, stream, payload, *, item=0):
            frame = source.answer(Frame(Kind.MESSAGE, stream, 0, 0.0, payload).message())
            if frame is not None:
                link.loop.call_soon(source._on_frame, frame)

        monkeypatch.setattr(link, "send", send)
        return source

    yield make
    for link in links:
        link.submit(link.server.aclose()).result(30)


def picture(request, stamp_ms=9.0):
    return Frame(Kind.PICTURE, 1, 0, stamp_ms, b"jpeg", request)


def says(message, **more):
    return Frame(Kind.MESSAGE, 1, 0, 0.0, message_bytes({"request": message["request"], **more}))


@pytest.mark.parametrize("kind", [Camera, Screen, Whiteboard])
def test_the_answer_to_the_request_is_the_picture(made, kind):
    source = made(kind)
    seen = []
    source.on_picture(lambda jpeg, ms: seen.append((jpeg, ms)))
    source.answer = lambda message: picture(message["request"])
    assert source.picture() == b"jpeg"
    assert seen == [(b"jpeg", 9.0)]


def test_settled_pictures_are_told_apart(made):
    camera = made()
    every, settled = [], []
    camera.on_picture(lambda _, ms: every.append(ms))
    end = camera.on_settled(lambda _, ms: settled.append(ms))
    for stamp_ms, item in ((1.0, 0), (2.0, SETTLED), (3.0, 1)):
        camera._on_frame(picture(item, stamp_ms))
    camera._on_frame(Frame(Kind.PICTURE, 1, 0, 3.5, b"\x89PNG to be saved", 2))
    end()
    camera._on_frame(picture(SETTLED, 4.0))
    assert (every, settled) == ([1.0, 2.0, 3.0, 4.0], [2.0])


async def test_a_picture_is_awaited_only_if_it_changed(made):
    camera = made()
    camera.answer = lambda message: (
        says(message, type="unchanged") if message.get("if_changed") else picture(message["request"])
    )
    assert await camera.grab() == b"jpeg"
    assert await camera.grab_if_changed() is None
    camera.answer = lambda message: picture(message["request"])
    assert await camera.grab_if_changed() == b"jpeg"


def test_a_source_that_is_off_says_what_to_do(made):
    camera = made()
    sentence = "The camera is off. Click 'Start camera' first."
    camera.answer = lambda message: says(message, type="refused", sentence=sentence)
    with pytest.raises(DeviceError, match="Click 'Start camera' first"):
        camera.picture()


def test_no_answer_is_a_timeout(made, monkeypatch):
    screen = made(Screen)
    with pytest.raises(WaitTimeoutError, match=r"No answer came in 0\.05 s: keep the page with the screen open"):
        screen.picture(0.05)
    monkeypatch.setattr(Link, "transport", None)
    with pytest.raises(WaitTimeoutError, match="No page shows this screen yet"):
        screen.picture()


async def test_a_picture_that_came_too_late_is_sent_again(made):
    camera = made()
    asked = []
    camera.answer = lambda message: asked.append(message["type"])
    with pytest.raises(WaitTimeoutError):
        await camera.grab_if_changed(0.05)
    assert asked == ["grab", "forget"]


def test_the_page_looks_for_changes_while_anybody_follows(made):
    camera = made()
    forgot, seen = [], []
    camera.answer = lambda message: forgot.append(message["type"])
    ends = [camera.follow(lambda jpeg, _, who=who: seen.append(who)) for who in "ab"]
    assert forgot == ["forget"] * 2  # each has seen nothing yet
    for end in (ends[0], ends[0]):
        end()
    camera._on_frame(picture(SETTLED))
    assert (camera.watch, seen) == (True, ["b"])
    ends[1]()
    assert not camera.watch


def test_both_halves_know_the_same_mark():
    found = re.search(r"const SETTLED = (\w+);", (PACKAGE / "widgets/pictures.js").read_text("utf-8"))
    assert found
    assert int(found[1], 16) == SETTLED


CHANGES = """
class Part {}
SOURCE
let seed = 7;
const random = () => (seed = (16807 * seed) % 2147483647) / 2147483647;
const noise = () => random() + random() + random() - 1.5; // standard deviation 0.5
const page = (from, to, light = 1) => new Float32Array(64 * 48).map((_, i) => {
  const written = i >= from && i < to;
  return (written ? 120 : 180) * light + 4 * noise();
});
let ms = 0;
const changes = new Changes();
const sent = [];
const show = (name, looks, make) => {
  for (let look = 0; look < looks; look++, ms += 150) {
    const copy = make(look);
    if (!changes.still(copy, ms, 0.3, 600) || !changes.since(copy, 0.3)) continue;
    changes.sent = copy;
    sent.push(name);
  }
};
show("first", 20, () => page(0, 0));
show("cloud", 200, (look) => page(0, 0, 1 + 0.1 * Math.sin(look / 30)));
show("writing", 40, (look) => page(100, 100 + 15 * look));
show("written", 20, () => page(100, 130));
show("speck", 20, () => page(100, 132));
show("gone", 20, () => page(0, 0));
console.log(sent.join(" "));
"""


TOLD = """
class Part {
  state = "live";
  link = { send: () => {}, sendMessage: (stream, { type }) => said.push(type) };
  model = { get: (name) => ({ width: 640, quality: 0.8 })[name] };
  watch() {}
  onState() {}
}
class OffscreenCanvas {
  getContext() {}
  convertToBlob = async () => new Blob([]);
}
const nowMs = () => 0;
SOURCE
const said = [];
class Board extends PictureSource {
  shown = 1;
  sent = 0;
  size = () => [1280, 720];
  draw() {}
  forget() { this.sent = 0; }
  sending() { this.sent = this.shown; }
  changed = () => this.sent !== this.shown;
}
const board = new Board();
const ask = async (name, message) => {
  await board.receive(message);
  said.push(`${name}:${board.changed()}`);
};
(async () => {
  await ask("by-a-learner", { type: "grab", request: 1 });
  await ask("to-save", { type: "grab", request: 2, png: true });
  await ask("for-the-conversation", { type: "grab", request: 3, if_changed: true });
  await ask("again", { type: "grab", request: 4, if_changed: true });
  await ask("forgotten", { type: "forget" });
  console.log(said.join(" "));
})();
"""
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="no Node here to run the browser's half")


def in_node(code):
    code = code.replace("SOURCE", (PACKAGE / "widgets/pictures.js").read_text("utf-8"))
    return subprocess.run(["node", "-e", code], capture_output=True, text=True, check=True).stdout.split()


@needs_node
def test_only_what_the_conversation_asked_for_counts_as_sent():
    assert in_node(TOLD) == [
        "by-a-learner:true",
        "to-save:true",
        "for-the-conversation:false",
        "unchanged",
        "again:false",
        "forgotten:true",
    ]


@needs_node
def test_only_what_changed_and_settled_counts():
    """Not noise, not a passing cloud, not what still moves, not a speck."""
    assert in_node(CHANGES) == ["first", "written", "gone"]
