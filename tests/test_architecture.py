"""What CONTRIBUTING.md says of the project's shape is true: the tree, the import table, sizes and packages."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
MODULE_LINES = 300
FUNCTION_LINES = 60
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
HEAVY = ("openai", "matplotlib", "anywidget", "ipywidgets", "pocketsphinx", "cv2", "onnxruntime", "sympy", "soxr")
WITH_JUPYTER = {"jupyter_core", "packaging", "psutil", "tornado"}
"""Packages that Jupyter cannot be without."""
OF_THE_TESTS = {"playwright"}
"""Figures that drive a browser say what to install when it is missing."""
REGISTRIES = r"pypi\.|pythonhosted\.|registry\.npm|registry\.yarn|artifactory|--(extra-)?index-url|--find-links"
LOCAL_PATHS = r"(?<![\w.])/(home|Users|root|work|opt)/\w|file:///|[A-Z]:\\Users\\"


@cache
def tracked() -> list[Path]:
    """The project's files: what git tracks or would track, or, without git, what is there."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        files = [ROOT / name for name in listed.stdout.splitlines()]
    else:
        skipped = (".venv", "node_modules", "__pycache__", "build")
        files = [file for file in ROOT.rglob("*") if not any(part in skipped for part in file.parts)]
    return sorted(file for file in files if file.is_file())


def modules() -> dict[str, Path]:
    """Every module of the package by its name without `labkit.`; the package itself is `labkit`."""
    files = [file for file in tracked() if file.suffix == ".py" and file.is_relative_to(ROOT / "labkit")]
    return {module_name(file): file for file in files}


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT / "labkit").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts) or "labkit"


@dataclass(frozen=True)
class Row:
    """A row of the import table."""

    part: str
    modules: tuple[str, ...]
    parts: tuple[str, ...]
    others: tuple[str, ...]
    anything: bool


@cache
def table() -> list[Row]:
    """The import table of CONTRIBUTING.md."""
    section = CONTRIBUTING.split("## Who may import whom")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    rows = []
    for line in lines[2:]:
        part, names, parts, others = (cell.strip() for cell in line.strip("|").split("|"))
        allowed = tuple(name.strip() for name in parts.split(","))
        ticked = tuple(re.findall(r"`([^`]+)`", others))
        named = tuple(re.findall(r"`([^`]+)`", names))
        rows.append(Row(part.split(",")[0], named, allowed, ticked, "anything" in others))
    return rows


def row_of(module: str) -> Row | None:
    return next((row for row in table() if any(fnmatchcase(module, name) for name in row.modules)), None)


def imports(file: Path, *, when_loaded: bool) -> set[str]:
    """The modules that a file imports, only those of its loading or all; never those for the type checker."""
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(file.read_text("utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            waiting += node.orelse
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name}:{node.lineno} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif not (when_loaded and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)):
            waiting += ast.iter_child_nodes(node)
    return found


def own(name: str) -> str | None:
    """The module of labkit that an imported name is, or is in; None for other packages."""
    if name.partition(".")[0] != "labkit":
        return None
    inner, known = name.removeprefix("labkit").removeprefix("."), modules()
    while inner and inner not in known:
        inner = inner.rpartition(".")[0]
    return inner or "labkit"


def test_every_module_has_its_row():
    assert [name for name in modules() if row_of(name) is None] == []


def test_every_name_in_the_table_is_a_module():
    names = [name for row in table() for name in row.modules if "*" not in name]
    assert sorted(set(names) - set(modules())) == []


@pytest.mark.parametrize("module", modules())
def test_imports_follow_the_table(module):
    row = row_of(module)
    assert row is not None
    if row.parts[0].startswith("everything"):
        return
    reached = {own(name) for name in imports(modules()[module], when_loaded=False)} - {None, "labkit"}
    wrong = {name for name in reached if (other := row_of(name)) and other.part not in {*row.parts, row.part}}
    assert not wrong, f"{module} is {row.part}: it may import {', '.join(row.parts)}"


@pytest.mark.parametrize("module", modules())
def test_only_the_named_packages_load_with_a_module(module):
    row = row_of(module)
    assert row is not None
    if row.anything:
        return
    loaded = {name for name in imports(modules()[module], when_loaded=True) if not own(name)}
    foreign = {name for name in loaded if name.partition(".")[0] not in sys.stdlib_module_names}
    wrong = {name for name in foreign if not any(f"{name}.".startswith(f"{allowed}.") for allowed in row.others)}
    assert not wrong, f"{module} is {row.part}: import inside the function that needs it"


def test_pure_modules_are_checked_without_leniency():
    strict = next(entry for entry in PROJECT["tool"]["mypy"]["overrides"] if "labkit.errors" in entry["module"])
    pure = {f"labkit.{name}" for row in table() if row.part in {"pure", "engine core"} for name in row.modules}
    assert sorted(set(strict["module"]) ^ pure) == []


def shown_in_the_tree() -> set[str]:
    """Every path in the tree of CONTRIBUTING.md: names up to two spaces, children indented below their folder."""
    shown: set[str] = set()
    folders: list[str] = []
    for line in filter(str.strip, CONTRIBUTING.split("## The tree")[1].split("```")[1].splitlines()):
        depth = (len(line) - len(line.lstrip())) // 2
        names = line.strip().split("  ")[0].split()
        shown |= {"".join([*folders[:depth], name]) for name in names}
        folders[depth:] = names[:1]
    return shown


def test_the_tree_is_true():
    shown = shown_in_the_tree()
    code = {".py", ".js", ".css"}
    files = {file.relative_to(ROOT) for file in tracked()}
    parts = {str(file) for file in files if file.suffix in code and file.parts[0] == "labkit"}
    top = {file.parts[0] + ("/" if len(file.parts) > 1 else "") for file in files} - {".gitignore"}
    expected = {name for name in parts | top if not name.endswith("__init__.py")}
    assert sorted(name for name in shown if not (ROOT / name).exists()) == []
    assert sorted(expected - shown) == []


def test_files_are_short():
    code = [file for file in tracked() if file.suffix in {".py", ".js"} and file.is_relative_to(ROOT / "labkit")]
    lengths = {file.name: len(file.read_text("utf-8").splitlines()) for file in code}
    assert {name: lines for name, lines in lengths.items() if lines > MODULE_LINES} == {}


def test_functions_are_short():
    found = {}
    for module, file in modules().items():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                found[f"{module}.{node.name}"] = node.end_lineno - node.lineno + 1
    assert {name: lines for name, lines in found.items() if lines > FUNCTION_LINES} == {}


@pytest.mark.parametrize("module", modules())
def test_every_module_says_what_it_is_for(module):
    assert ast.get_docstring(ast.parse(modules()[module].read_text("utf-8")))


@pytest.mark.parametrize(
    "module", [name for name, file in modules().items() if "__all__ = " in file.read_text("utf-8")]
)
def test_public_names_are_there(module):
    if module == "jupyter":
        pytest.importorskip("jupyter_server_proxy")
    loaded = importlib.import_module("labkit" if module == "labkit" else f"labkit.{module}")
    assert [name for name in loaded.__all__ if not hasattr(loaded, name)] == []
    assert len(set(loaded.__all__)) == len(loaded.__all__)


def test_import_labkit_loads_nothing_heavy():
    code = "import sys, labkit; print(*{name.partition('.')[0] for name in sys.modules})"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert sorted(set(HEAVY) & set(ran.stdout.split())) == []


def declared(*extras: str) -> set[str]:
    """The packages that pyproject.toml names, for labkit alone and for these extras."""
    project = PROJECT["project"]
    lines = project["dependencies"] + [line for extra in extras for line in project["optional-dependencies"][extra]]
    return {canonicalize_name(Requirement(line).name) for line in lines} - {"labkit"}


def test_what_is_imported_is_declared():
    distributions = packages_distributions()
    names = {name.partition(".")[0] for file in modules().values() for name in imports(file, when_loaded=False)}
    foreign = names - set(sys.stdlib_module_names) - {"labkit"}
    needed = {name: {canonicalize_name(found) for found in distributions.get(name, [name])} for name in foreign}
    everything = declared("engine", "lab")
    assert {name for name, found in needed.items() if not found & everything} - WITH_JUPYTER - OF_THE_TESTS == set()


def test_the_lock_holds_every_package():
    locked = {canonicalize_name(line.split("==")[0]): line for line in LOCK.splitlines()}
    assert declared("engine", "lab", "test") - set(locked) == set()
    assert all("==" in line for line in LOCK.splitlines())


def test_the_lock_fits_what_is_declared():
    project = PROJECT["project"]
    extras = project["optional-dependencies"]
    wanted = [
        Requirement(line) for line in [*project["dependencies"], *(line for extra in extras.values() for line in extra)]
    ]
    pinned = [Requirement(line) for line in LOCK.splitlines()]
    for requirement in wanted:
        pins = [pin for pin in pinned if canonicalize_name(pin.name) == canonicalize_name(requirement.name)]
        versions = [specifier.version for pin in pins for specifier in pin.specifier]
        assert all(requirement.specifier.contains(version) for version in versions), requirement


def test_nothing_names_a_registry_or_this_computer():
    found = []
    for file in tracked():
        if file == Path(__file__) or file.suffix in {".wav", ".png", ".gif", ".jpg", ".mjpeg", ".flac", ".ogg"}:
            continue
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if re.search(f"{REGISTRIES}|{LOCAL_PATHS}", line):
                found.append(f"{file.relative_to(ROOT)}:{number} {line.strip()[:80]}")
    assert found == []
