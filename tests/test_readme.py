"""What the READMEs say is there: links, notebooks and pictures; and both languages say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
ENGLISH, CHINESE = "README.md", "README.zh-CN.md"
PAGES = [ENGLISH, CHINESE, "CONTRIBUTING.md", *(f"docs/{file.name}" for file in sorted((ROOT / "docs").glob("*.md")))]
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
MOVING_MB = 1.2
MOVING_S = (8, 20)


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def links(name: str) -> list[str]:
    """Every address in the page, those of pictures too, without `#parts`."""
    found = re.findall(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"", CODE.sub("", text(name)))
    return [(target or picture).partition("#")[0] for target, picture in found]


def prose(name: str) -> str:
    """The page without blocks of code and without addresses."""
    return re.sub(r"\]\([^)]*\)", "]", CODE.sub("", text(name)))


def code(name: str) -> list[str]:
    """The blocks of code, without comments: those are translated."""
    return [re.sub(r"\s+#.*", "", block) for block in CODE.findall(text(name))]


@pytest.mark.parametrize("page", PAGES)
def test_everything_that_is_linked_is_there(page):
    local = [target for target in links(page) if target and "://" not in target]
    assert [target for target in local if not ((ROOT / page).parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_notebook_that_is_named_is_there(page):
    named = set(re.findall(r"\b\d\d_\w+", text(page)))
    assert {name for name in named if not (ROOT / "notebooks" / f"{name}.ipynb").exists()} == set()


@pytest.mark.parametrize("page", [ENGLISH, CHINESE])
def test_every_lesson_is_in_the_map_with_its_minutes(page):
    rows = dict(re.findall(r"^\| \[(\d\d_\w+)\].*?\| (\d+) \|", text(page), re.MULTILINE))
    for lesson in sorted((ROOT / "notebooks").glob("0*.ipynb")):
        assert f"*{rows[lesson.stem]} minutes" in lesson.read_text("utf-8")


def test_both_languages_have_the_same_code():
    assert code(CHINESE) == code(ENGLISH)


def test_both_languages_link_to_the_same():
    swapped = {ENGLISH: CHINESE, CHINESE: ENGLISH}
    assert sorted(links(CHINESE)) == sorted(swapped.get(target, target) for target in links(ENGLISH))


@pytest.mark.parametrize("what", [r"\d[\d.,]*(?<![.,])", r"`[^`]+`"], ids=["figures", "code in the text"])
def test_both_languages_say_the_same(what):
    assert sorted(re.findall(what, prose(CHINESE))) == sorted(re.findall(what, prose(ENGLISH)))


def test_both_languages_have_the_same_parts():
    parts = [re.findall(r"^#+ |^\||^!\[|^<img", text(name), re.MULTILINE) for name in (ENGLISH, CHINESE)]
    assert parts[0] == parts[1]


def test_the_moving_picture_moves_and_is_small():
    path = ROOT / "docs/talk.gif"
    assert path.stat().st_size <= MOVING_MB * 1e6
    with Image.open(path) as film:
        seconds = 0.0
        for number in range(film.n_frames):
            film.seek(number)
            seconds += film.info["duration"] / 1000
        assert film.info["loop"] == 0
    assert MOVING_S[0] <= seconds <= MOVING_S[1]
