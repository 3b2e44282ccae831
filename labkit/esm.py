"""Browser code as one module text: files of this package joined, with texts embedded as constants.

A widget's browser half is one module without a build step or a CDN, so what several halves share is joined to
each of them, and worklets, which the browser loads as modules of their own, travel as strings.
"""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["esm"]

PACKAGE = Path(__file__).parent


def esm(*paths: str, **embedded: str) -> str:
    """The files at `paths` (relative to the package) as one text; `NAME="file.js"` embeds a file as `const NAME`."""
    constants = [f"const {name} = {json.dumps(_text(path))};" for name, path in embedded.items()]
    return "\n".join([*constants, *(_text(path) for path in paths)])


def _text(path: str) -> str:
    return (PACKAGE / path).read_text(encoding="utf-8")
