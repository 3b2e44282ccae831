"""ruff and mypy, as tests: one run and one closing line say everything."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("tool", [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",)], ids=" ".join)
@pytest.mark.timeout(300)
def test_has_no_complaint(tool, root):
    ran = subprocess.run([sys.executable, "-m", *tool], cwd=root, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
