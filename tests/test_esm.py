from __future__ import annotations

import json

import pytest

from labkit.esm import PACKAGE, esm

HALVES = [path for path in PACKAGE.rglob("*.js") if "static" not in path.parts]


def test_files_are_joined_and_texts_embedded():
    text = esm("widgets/registry.js", "link.js", CSS="widgets/part.css")
    first, *rest = text.split("\n")
    assert first.startswith("const CSS = ")
    assert (
        json.loads(first.removeprefix("const CSS = ").removesuffix(";")) == (PACKAGE / "widgets/part.css").read_text()
    )
    assert "\n".join(rest).startswith((PACKAGE / "widgets/registry.js").read_text()[:40])


@pytest.mark.parametrize("half", HALVES, ids=lambda path: path.name)
def test_browser_halves_load_nothing_from_elsewhere(half):
    text = half.read_text("utf-8")
    assert "http://" not in text.replace("http://localhost", "").replace("http://www.w3.org/1998/Math/MathML", "")
    assert "https://" not in text
    assert "import " not in text.replace("// ", "")
