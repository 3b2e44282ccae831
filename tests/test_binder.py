"""What Binder and conda build is what the tests run, and the badges point where pyproject.toml says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib

import badges
import pytest
import yaml
from packaging.specifiers import SpecifierSet

PAGES = "notebooks/00_start_here.ipynb", "notebooks/app.ipynb"


def environment(file):
    return yaml.safe_load(file.read_text("utf-8"))


def packages(listed: dict) -> list[str]:
    return [line for entry in listed["dependencies"] for line in (entry["pip"] if isinstance(entry, dict) else [entry])]


def test_binder_has_the_packages_of_the_root(root):
    conda, binder = environment(root / "environment.yml"), environment(root / "binder/environment.yml")
    upwards = [line.replace("../", "").replace("..[", ".[") for line in packages(binder)]
    assert {**binder, "dependencies": upwards} == {**conda, "dependencies": packages(conda)}
    assert {"-c requirements.lock", "-e .[lab]"} <= set(packages(conda))


def test_the_paths_are_right_where_pip_runs(root):
    for folder in (root, root / "binder"):
        lines = [line.split() for line in packages(environment(folder / "environment.yml")) if line.startswith("-")]
        given = {option: value.removesuffix("[lab]") for option, value in lines}
        assert (folder / given["-c"]).resolve() == root / "requirements.lock"
        assert (folder / given["-e"]).resolve() == root


def test_it_is_a_python_that_labkit_wants(root):
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    python = next(line for line in packages(environment(root / "environment.yml")) if line.startswith("python="))
    assert python.removeprefix("python=") in SpecifierSet(project["requires-python"])


@pytest.mark.parametrize("name", ["postBuild", "start"])
def test_what_binder_runs_can_be_run(root, name):
    assert os.access(root / "binder" / name, os.X_OK)
    subprocess.run(["bash", "-n", root / "binder" / name], check=True)


def test_jupyter_starts_with_the_settings_of_labkit_lab(root):
    show = "import json, os; print(json.dumps([os.environ['JUPYTER_CONFIG_PATH'], os.getcwd()]))"
    variables = {"PATH": os.environ["PATH"], "REPO_DIR": str(root)}
    ran = subprocess.run(
        [root / "binder/start", sys.executable, "-c", show], cwd=root, env=variables, capture_output=True, check=True
    )
    from labkit.lab import SETTINGS

    assert json.loads(ran.stdout) == [str(SETTINGS), str(root)]


def test_the_badges_open_pages_that_are_there(root):
    opened = badges.addresses("https://github.com/anna/lab.git")
    assert all(url.startswith("https://mybinder.org/v2/gh/anna/lab/HEAD?urlpath=") for url in opened.values())
    for url, page in zip(opened.values(), PAGES, strict=True):
        assert url.endswith(page.replace("/", "%2F"))
        assert (root / page).is_file()


@pytest.mark.parametrize("wrong", ["https://example.org/anna/lab", "https://github.com/anna", "anna/lab"])
def test_an_address_that_binder_cannot_open_is_refused(wrong):
    with pytest.raises(ValueError, match=re.escape(wrong)):
        badges.addresses(wrong)


def test_the_badges_everywhere_are_those_of_pyproject(root):
    source = badges.source()
    texts = [(root / place).read_text("utf-8") for place in badges.PLACES if (root / place).is_file()]
    assert [text for text in texts if badges.with_badges(text, source) != text] == []
    assert sum(text.count(badges.BEGIN) for text in texts) >= 1
    named = {url for text in texts for url in re.findall(rf"{badges.BINDER}/v2/[^\s)`]+", text)}
    assert named == set(badges.addresses(source).values())
