"""Every notebook runs top to bottom with nobody there, and is written as CONTRIBUTING says."""

import statistics
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest

from labkit.exercises.course import COURSE, Exercise

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted(p for p in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
LESSONS = [path for path in NOTEBOOKS if path.parent.name == "notebooks"]
RUN = "test_it_runs_with_nobody_there"
AT_A_TIME = 3
WITH_EXERCISES = {exercise.lesson for exercise in COURSE}

sys.path.insert(0, str(ROOT / "scripts"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT / "notebooks"))


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest) -> Iterator[dict[Path, Future[Any]]]:
    """The notebooks that are tested, a few at a time: most of their time they listen to somebody who speaks."""
    import notebooks

    wanted = [item.callspec.params["path"] for item in request.session.items if item.name.startswith(RUN)]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        yield {path: pool.submit(notebooks.execute, path) for path in wanted}
        pool.shutdown(cancel_futures=True)


def verdicts(notebook: nbformat.NotebookNode) -> list[str]:
    """What the checks of the exercises said."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    checks = [cell for cell in cells if cell.source.splitlines()[-1].startswith("check.")]
    return [cell.outputs[-1].data["text/plain"].partition(":")[0] for cell in checks]


def expected(path: Path) -> list[str]:
    """What they should say: solutions pass, the unmodified lesson does not."""
    if path.stem not in WITH_EXERCISES:
        return []
    return ["passed", "passed"] if path.parent.name == "solutions" else ["not yet", "not yet"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_it_runs_with_nobody_there(path: Path, running: dict[Path, Future[Any]]) -> None:
    import notebooks

    executed = running[path].result()
    if verdicts(executed) != expected(path):
        # How much of an answer was heard is measured: on a computer that stood still for a second it was more.
        executed = notebooks.execute(path)
    errors = [o for c in executed.cells if c.cell_type == "code" for o in c.outputs if o.output_type == "error"]
    assert not errors
    assert verdicts(executed) == expected(path)


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
def test_the_committed_checks_say_what_is_missing(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert verdicts(notebook) == expected(path)


@pytest.mark.parametrize("exercise", COURSE, ids=lambda exercise: exercise.check)
def test_every_exercise_is_in_its_lesson(exercise: Exercise) -> None:
    cells = code_cells(ROOT / "notebooks" / f"{exercise.lesson}.ipynb")
    assert sum(f"check.{exercise.check.partition('.')[2]}(" in cell.source for cell in cells) == 1


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_what_is_measured_is_not_committed(path: Path) -> None:
    cells = [cell for cell in code_cells(path) if "varies" in cell.metadata.get("tags", ())]
    assert not [output for cell in cells for output in cell.outputs]
