from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest
from sounds import SENTENCES, spoken

from labkit.engine import ear_worker
from labkit.engine.ear_worker import (
    CLEAR,
    COMMIT,
    CONFIGURE,
    CUT,
    DONE,
    EVENT,
    FAR_END,
    LARGEST,
    READY,
    SOUND,
    Worker,
    pack,
    read_frame,
)


def frames(written: bytes) -> list[tuple[bytes, bytes]]:
    stream = io.BytesIO(written)
    return list(iter(lambda: read_frame(stream), None))


def settings(base_ms: int = 0, detection=None) -> bytes:
    return json.dumps({"sentences": SENTENCES, "turn_detection": detection, "base_ms": base_ms}).encode()


def test_frames_survive_the_stream():
    assert frames(pack(SOUND, b"abc") + pack(CUT)) == [(SOUND, b"abc"), (CUT, b"")]


@pytest.mark.parametrize("cut", [b"", b"A", pack(SOUND, b"abc")[:-1], ear_worker.HEADER.pack(SOUND, LARGEST + 1)])
def test_a_broken_stream_has_ended(cut):
    assert frames(cut) == []


def test_a_worker_hears_and_reports():
    out = io.BytesIO()
    worker = Worker(out)
    worker.take(CONFIGURE, settings(base_ms=2000))
    worker.take(FAR_END, bytes(4800))
    worker.take(CUT, b"")
    worker.take(SOUND, bytes(2400))
    worker.take(CLEAR, b"")
    worker.take(SOUND, spoken("count to twenty"))
    worker.take(COMMIT, b"item_1")
    said = frames(out.getvalue())
    assert [kind for kind, _ in said] == [DONE, EVENT]
    event = json.loads(said[1][1])
    assert (event["kind"], event["commit_id"], event["hearing"]["text"]) == ("Heard", "item_1", "count to twenty")
    with pytest.raises(ValueError, match="unknown frame"):
        worker.take(b"?", b"")


def test_the_process_ends_with_its_input_and_keeps_its_output_clean():
    ran = subprocess.run(
        [sys.executable, "-m", "labkit.engine.ear_worker"],
        input=pack(CONFIGURE, settings()),
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert frames(ran.stdout) == [(READY, b"")]


def test_a_worker_loads_nothing_that_it_does_not_need():
    code = (
        "import io, sys; from labkit.engine.ear_worker import Worker; Worker(io.BytesIO()); "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    unwanted = {"openai", "starlette", "uvicorn", "pydantic", "onnxruntime", "cv2", "rapidocr", "anywidget", "asyncio"}
    assert sorted(unwanted & set(ran.stdout.split())) == []
