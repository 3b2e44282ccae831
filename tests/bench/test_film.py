"""The fake camera's film: every picture for its time, a hand before it."""

from __future__ import annotations

import numpy as np
import pytest

from labkit.bench import _film, _hands

cv2 = pytest.importorskip("cv2")


def test_a_film_shows_each_page_after_a_hand(tmp_path):
    pages = [_hands.page(lines, "round", 4, width=160, height=120) for lines in (["x = 1", ""], ["x = 1", "y = 2"])]
    file = _film.film(tmp_path / "film.mjpeg", [(page, 0.5) for page in pages], moving_s=0.4)
    frames = [np.frombuffer(b"\xff\xd8" + frame, np.uint8) for frame in file.read_bytes().split(b"\xff\xd8")[1:]]
    pictures = [cv2.imdecode(frame, cv2.IMREAD_COLOR)[..., ::-1].astype(int) for frame in frames]
    assert len(pictures) == 2 * (12 + 15)
    unlike = [np.abs(picture - pages[number // 27]).mean() for number, picture in enumerate(pictures)]
    assert max(unlike[12:27] + unlike[39:]) < 5 < min(unlike[6], unlike[33])
