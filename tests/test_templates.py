"""The Voila template is where Voila looks for it, and every notebook asks for it."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = Path("share/jupyter/voila/templates/labkit")
NOTEBOOKS = sorted(p for p in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)


@pytest.mark.parametrize("file", sorted((ROOT / TEMPLATE).iterdir()), ids=lambda file: file.name)
def test_what_is_installed_is_what_is_here(file: Path) -> None:
    """An editable install copies these files: after a change, install again."""
    installed = Path(sys.prefix) / TEMPLATE / file.name
    assert installed.read_text("utf-8") == file.read_text("utf-8"), "run  pip install --no-deps -e .  again"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_is_shown_with_it(path: Path) -> None:
    assert json.loads(path.read_text("utf-8"))["metadata"]["voila"] == {"template": "labkit"}


@pytest.mark.parametrize("file", sorted((ROOT / TEMPLATE).iterdir()), ids=lambda file: file.name)
def test_it_needs_no_other_host(file: Path) -> None:
    assert "//" not in file.read_text("utf-8").replace("// ", "").replace("//\n", "")
