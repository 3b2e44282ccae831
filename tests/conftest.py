"""What every test gets: no key, no running engine of the user's, and a Chromium where there is one."""

from __future__ import annotations

from pathlib import Path

import chromium as chromium_finder
import pytest

ROOT = Path(__file__).resolve().parent.parent
PRIVATE = ("OPENAI_API_KEY", "LABKIT_ENGINE", "LABKIT_ENGINE_TOKEN")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session", autouse=True)
def _own_environment(tmp_path_factory):
    """Tests neither spend anybody's key, nor meet an engine that somebody runs, nor count as anybody's progress.

    A computer that runs them all at once may take long to open a session.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in PRIVATE:
            patch.delenv(name, raising=False)
        patch.setenv("LABKIT_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        patch.setenv("LABKIT_PROGRESS", "off")
        for name in ("OPEN_S", "BUSY_OPEN_S"):
            patch.setattr(f"labkit.engines.{name}", 60.0)
        yield


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; the test is skipped where there is none."""
    path = chromium_finder.find()
    if path is None:
        pytest.skip(chromium_finder.NONE_FOUND)
    return path
