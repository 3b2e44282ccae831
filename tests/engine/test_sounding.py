from __future__ import annotations

import numpy as np
import pytest

from labkit.engine.sounding import NEAREST, Sounding

SAID = {"ten": "T EH N", "den": "D EH N", "go on": "G OW AA N", "coffee": "K AA F IY"}
SOUNDING = Sounding({text: phones.split() for text, phones in SAID.items()})


def test_what_sounds_like_it_is_nearer_than_what_does_not():
    likeness = SOUNDING.likeness(["T", "EH", "N"])
    assert likeness[0] == 100.0
    assert likeness[1] == pytest.approx((100 * 2 / 3 + 100) / 2)
    assert likeness[3] == 0.0
    assert SOUNDING.nearest(likeness, "ten")[:2] == ("ten", "den")
    assert SOUNDING.nearest(likeness, "coffee") == ("coffee", "ten", "den")
    assert len(SOUNDING.nearest(likeness, "not listed")) == NEAREST


def test_the_lead_is_over_the_likest_other():
    likeness = SOUNDING.likeness(["T", "EH", "N"])
    assert SOUNDING.lead(likeness, "ten") == pytest.approx(100 - 250 / 3)
    assert SOUNDING.lead(likeness, "den") == -SOUNDING.lead(likeness, "ten")
    assert SOUNDING.lead(likeness, "not listed") == 0.0


def test_nothing_is_like_nothing():
    assert not SOUNDING.likeness([]).any()
    assert Sounding({}).nearest(Sounding({}).likeness(["T"]), "") == ()
    assert np.isfinite(Sounding({"": []}).likeness(["T"])).all()
