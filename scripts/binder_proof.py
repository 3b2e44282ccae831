"""Do what Binder does, without Docker, and talk with the result: python scripts/binder_proof.py [--cpus 1].

A clone of the repository; what repo2docker makes of it (its own Dockerfile, printed without Docker); the packages
that Binder's images begin with, and binder/environment.yml's pip section over them, in a fresh environment; postBuild;
start, with BinderHub's command line under a prefix, behind an https proxy; then a spoken turn in Chromium at both
addresses of the badges, and the memory that all of it took. Downloads about 400 MB. Linux, with Chromium.
Not shown: conda and its Python, in whose place stands `--python`, and Docker's Ubuntu.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from badges import PAGES
from chromium import find
from reverse_proxy import Proxy, self_signed
from screenshots import learner

from labkit.bench._places import Notebook, chromium_with, free_port, loudest
from labkit.bench._processes import end_tree, watching

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent
NAME, PREFIX = "hub.binder.example", "/user/labkit-labkit-x1y2z3/"
TOKEN = secrets.token_hex()
USER_ID = 1000
"""Binder's jovyan; used where this script runs as root, as the image's steps do not."""
BASE = (
    "pip",
    "ipywidgets",
    "jupyter-offlinenotebook",
    "jupyter-resource-usage",
    "jupyter_server",
    "jupyterhub-base",
    "jupyterlab",
    "notebook",
)
"""What repo2docker's environment names, by their names in its lock, which has the versions."""
NOTEBOOK = ".jp-NotebookPanel:visible .jp-Notebook"
CONTAINER = "import ctypes, subprocess, sys; ctypes.CDLL(None).prctl(36, 1); sys.exit(subprocess.call(sys.argv[1:]))"
"""A program in the place of the container's first: 36 is PR_SET_CHILD_SUBREAPER, orphans stay its descendants."""


class Image:
    """A folder laid out as the image is: the clone as the home folder, the environment under srv/conda."""

    def __init__(self, folder: Path, made_from: str) -> None:
        self.made_from = made_from
        self.home = folder / "home" / "jovyan"
        self.environment = folder / "srv" / "conda" / "envs" / "notebook"
        self.python = self.environment / "bin" / "python"
        self.owner: dict[str, Any] = (
            {"user": USER_ID, "group": USER_ID, "extra_groups": []} if os.geteuid() == 0 else {}
        )

    def variables(self) -> dict[str, str]:
        """The variables that repo2docker sets, and of this computer's only how packages are fetched."""
        kept = re.compile(r"PIP_\w+|\w+_PROXY|\w+_proxy|SSL_CERT_FILE|LANG|LC_ALL")
        passed = {name: value for name, value in os.environ.items() if kept.fullmatch(name)}
        conda = str(self.environment.parent.parent)
        return {
            **passed,
            "USER": "jovyan",
            "NB_USER": "jovyan",
            "NB_UID": str(USER_ID),
            "HOME": str(self.home),
            "REPO_DIR": str(self.home),
            "APP_BASE": str(self.environment.parents[2]),
            "CONDA_DIR": conda,
            "NB_PYTHON_PREFIX": str(self.environment),
            "KERNEL_PYTHON_PREFIX": str(self.environment),
            "CONDA_DEFAULT_ENV": str(self.environment),
            "PYTHONUNBUFFERED": "1",
            "PATH": f"{self.home}/.local/bin:{self.environment}/bin:{conda}/bin:/usr/local/bin:/usr/bin:/bin",
        }

    def run(self, *command: str | os.PathLike[str], folder: Path | None = None) -> None:
        """One step of the build, in the repository's folder unless told otherwise."""
        subprocess.run(command, cwd=folder or self.home, env=self.variables(), check=True, **self.owner)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is done, and how long it took."""
    print(f"== {what}", flush=True)
    began = time.monotonic()
    yield
    print(f"   {time.monotonic() - began:.0f} s", flush=True)


def clone(image: Image) -> None:
    """A clone, and over it what is not committed yet."""
    subprocess.run(["git", "clone", "--quiet", ROOT, image.home], check=True)
    listed = ["git", "ls-files", "--modified", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    for name in filter(lambda name: (ROOT / name).is_file(), names):
        (image.home / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, image.home / name)
    print(f"   {len(names)} files that are not committed came along")


def repo2docker(image: Image, folder: Path) -> list[str]:
    """Ask repo2docker itself which build pack it takes; the versions that its images of this Python begin with."""
    tool = folder / "repo2docker"
    subprocess.run([sys.executable, "-m", "venv", tool], check=True)
    subprocess.run([tool / "bin/pip", "install", "--quiet", "jupyter-repo2docker"], check=True)
    as_user = ["--user-id", str(USER_ID), "--user-name", "jovyan"]
    command = [str(tool / "bin/jupyter-repo2docker"), "--no-build", "--debug", *as_user, "."]
    told = subprocess.run(command, cwd=image.home, check=True, capture_output=True, text=True)
    dockerfile = told.stdout + told.stderr
    for line in (
        f"COPY --chown={USER_ID}:{USER_ID} src/ ${{REPO_DIR}}/",  # the package itself is there before
        'env update -p ${NB_PYTHON_PREFIX} --file "binder/environment.yml"',
        "RUN ./binder/postBuild",
        'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"',
    ):
        print(f"   its Dockerfile has  {line}")
        assert line in dockerfile, dockerfile
        dockerfile = dockerfile.split(line, 1)[1]  # in this order
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    lock = next(tool.rglob(f"environment.py-{version}-linux-64.lock")).read_text("utf-8")
    found = {name: re.search(rf"/{name}-(\d[\d.]*)-", lock) for name in BASE}
    return [f"{name.removesuffix('-base')}=={match[1]}" for name, match in found.items() if match]


def build(image: Image, base: list[str]) -> None:
    """The environment as Binder's: the packages of its base, then the pip section, as mamba runs it; postBuild."""
    import yaml  # type: ignore[import-untyped]

    image.run(image.made_from, "-m", "venv", image.environment)
    with step(f"the base: {', '.join(base)}"):
        image.run(image.python, "-m", "pip", "install", "--quiet", *base)
    wanted = yaml.safe_load((image.home / "binder/environment.yml").read_text("utf-8"))["dependencies"]
    section = image.home / "binder" / "mambaf"  # mamba writes it there and runs pip there
    section.write_text("\n".join(next(entry["pip"] for entry in wanted if isinstance(entry, dict))))
    with step("the pip section of binder/environment.yml"):
        image.run(
            image.python, "-m", "pip", "install", "--quiet", "-U", "-r", section, "--no-input", folder=section.parent
        )
    section.unlink()
    with step("binder/postBuild"):
        image.run("./binder/postBuild")


@contextmanager
def server(image: Image, cpus: int | None, log: Path) -> Iterator[tuple[int, int]]:
    """Jupyter as BinderHub starts it: (process, port)."""
    port = free_port()
    given = {
        "base_url": PREFIX,
        "token": TOKEN,
        "trust_xheaders": "True",
        "allow_origin": "*",
        "allow_origin_pat": ".*",
    }
    options = [f"--{app}.{name}={value}" for app in ("NotebookApp", "ServerApp") for name, value in given.items()]
    pinned = ["taskset", "--cpu-list", ",".join(map(str, range(cpus)))] if cpus else []
    options += [f"--port={port}", "--ip=0.0.0.0", "--LabApp.expose_app_in_browser=True"]  # the last for this script
    start = image.home / "binder/start"
    command: list[str | Path] = [image.python, "-c", CONTAINER, *pinned, start, "jupyter-lab", *options]
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=image.home, env=image.variables(), stdout=out, stderr=subprocess.STDOUT, **image.owner
        )
    try:
        wait_for(f"http://127.0.0.1:{port}{PREFIX}api/status?token={TOKEN}")
        yield process.pid, port
    finally:
        end_tree(process.pid)


def wait_for(address: str, seconds: float = 90) -> None:
    """Until a server answers."""
    for _ in range(int(seconds * 4)):
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.25)
        else:
            return
    raise SystemExit("Jupyter did not start: its log is above.")


def talk(page: Page, proxy: Proxy, where: str) -> None:
    """One spoken turn, heard; over https and wss, through the proxy."""
    page.get_by_role("button", name="Start talking").scroll_into_view_if_needed(timeout=120_000)
    page.get_by_role("button", name="Start talking").click()
    log = page.get_by_role("log")
    for text in ("what time is it", "It is "):
        log.get_by_text(text).first.wait_for(timeout=60_000)
    assert loudest(page, 8.0) > 0.01, "the answer was not heard"
    assert page.evaluate("isSecureContext && location.protocol === 'https:'")
    used = [path for path in proxy.sockets if "/labkit/link/" in path]
    assert used, proxy.sockets
    print(f"   {where}: {log.inner_text()!r}")
    print(f"   over wss://{NAME}{used[-1]}, {page.locator('.labkit-where').inner_text()!r}")


def converse(process: int, proxy: Proxy, folder: Path) -> None:
    """Both badges' pages, and a spoken turn in the app and in the first lesson."""
    from playwright.sync_api import sync_playwright

    microphone = learner(folder / "question.wav", (2.0, *("what_time_is_it", 6.0) * 10))
    flags = (f"--host-resolver-rules=MAP {NAME} 127.0.0.1",)
    start, app = PAGES.values()
    with sync_playwright() as playwright:
        browser = chromium_with(playwright, find(), microphone=microphone, flags=flags)
        context = browser.new_context(ignore_https_errors=True, permissions=["microphone", "camera"])
        page = context.new_page()
        with step("a spoken turn in the app"), measured(process):
            page.goto(f"{proxy.url}{app}?token={TOKEN}", timeout=120_000)
            talk(page, proxy, "app")
            page.screenshot(path=folder / "app.png")
        with step("the start page in JupyterLab"):
            page.goto(f"{proxy.url}{start}")
            page.locator(NOTEBOOK).wait_for(timeout=60_000)
        proxy.sockets.clear()
        with step("a spoken turn in lesson 01"), measured(process):
            page.goto(f"{proxy.url}lab/tree/notebooks/01_first_conversation.ipynb?reset")
            page.locator(NOTEBOOK).wait_for(timeout=60_000)
            page.wait_for_function("globalThis.jupyterapp?.shell.currentWidget?.sessionContext !== undefined")
            Notebook(page).run_all()
            talk(page, proxy, "lesson 01")
            page.screenshot(path=folder / "lesson.png")
        browser.close()


@contextmanager
def measured(process: int) -> Iterator[None]:
    """Say how much memory Jupyter and all that it started took at most."""
    with watching(process) as peak:
        yield
    most = peak.shared_fairly
    parts = ", ".join(f"{name} {value:.0f}" for name, value in sorted(most.parts.items()))
    print(f"   at most {most.shared_fairly:.0f} MB (PSS; {parts}), {peak.resident:.0f} MB as a sum of RSS")


def main(arguments: Mapping[str, Any]) -> None:
    """All steps; the first that fails ends it with an error."""
    folder = Path(arguments["folder"] or tempfile.mkdtemp(prefix="binder-proof-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    image = Image(folder, arguments["python"])
    if not image.home.exists():
        with step("git clone"):
            clone(image)
        with step("repo2docker, without Docker"):
            base = repo2docker(image, folder)
        image.environment.parent.mkdir(parents=True)
        for place in (folder, *folder.rglob("*")) if image.owner else ():
            os.chown(place, USER_ID, USER_ID, follow_symlinks=False)
        build(image, base)
    log = folder / "jupyter.log"
    try:
        with (
            server(image, arguments["cpus"], log) as (process, port),
            Proxy(port, PREFIX, name=NAME, certificate=self_signed(NAME)) as proxy,
        ):
            converse(process, proxy, folder)
    except BaseException:
        print(log.read_text("utf-8")[-5000:])
        raise


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpus", type=int, help="processors that Jupyter and what it starts may use")
    parser.add_argument(
        "--python", default=sys.executable, help="makes the environment; as root: one all users can run"
    )
    parser.add_argument("--folder", help="where; used again as it is when a build is already there")
    main(vars(parser.parse_args()))
