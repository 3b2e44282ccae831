"""Every notebook runs top to bottom with nobody there, and is written as CONTRIBUTING says."""

import statistics
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted(p for p in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
LESSONS = [path for path in NOTEBOOKS if path.parent.name == "notebooks"]

sys.path.insert(0, str(ROOT / "scripts"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT / "notebooks"))


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_it_runs_with_nobody_there(path: Path) -> None:
    import notebooks

    executed = notebooks.execute(path)
    errors = [o for c in executed.cells if c.cell_type == "code" for o in c.outputs if o.output_type == "error"]
    assert not errors


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_its_outputs_are_text_and_small(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert "widgets" not in notebook.metadata
    assert path.stat().st_size < 200_000
    allowed = {"text/plain", "text/markdown", "text/latex", "image/svg+xml"}
    for cell in code_cells(path):
        assert all(set(output.get("data", {})) <= allowed for output in cell.outputs), cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_its_cells_were_run_in_order(path: Path) -> None:
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_it_is_short(path: Path) -> None:
    assert len(nbformat.read(path, as_version=4).cells) <= 40
    lines = [len(cell.source.splitlines()) for cell in code_cells(path)]
    assert statistics.median(lines) <= 5
    assert max(lines) <= 20


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_the_unmodified_exercises_do_not_pass(path: Path) -> None:
    """Their committed outputs say what is missing."""
    checks = [cell for cell in code_cells(path) if cell.source.splitlines()[-1].startswith("check.")]
    assert len(checks) == (0 if path.name.startswith("00") else 2)
    assert all(cell.outputs[0].data["text/plain"].startswith("not yet: ") for cell in checks)


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_what_is_measured_is_not_committed(path: Path) -> None:
    cells = [cell for cell in code_cells(path) if "varies" in cell.metadata.get("tags", ())]
    assert not [output for cell in cells for output in cell.outputs]
