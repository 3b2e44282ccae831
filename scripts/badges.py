"""Write the Binder badges into README and docs, from the address in pyproject.toml: python scripts/badges.py."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from urllib.parse import quote, urlsplit

__all__ = ["PAGES", "PLACES", "addresses", "badges", "with_badges"]

ROOT = Path(__file__).resolve().parent.parent
PLACES = ("README.md", "README.zh-CN.md", "docs/binder.md")
PAGES = {
    "the start page, in JupyterLab": "lab/tree/notebooks/00_start_here.ipynb",
    "the app, without code": "voila/render/notebooks/app.ipynb",
}
"""What the badges open, below the address that Binder gives a visitor."""
BINDER = "https://mybinder.org"
BEGIN, END = "<!-- badges: scripts/badges.py -->", "<!-- badges end -->"


def source() -> str:
    """Where the project is published, as `[project.urls]` says."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["urls"]["Source"])


def addresses(published: str) -> dict[str, str]:
    """What each badge opens; `ValueError` when that is no address of a GitHub repository."""
    split = urlsplit(published.removesuffix(".git").rstrip("/"))
    if split.hostname != "github.com" or split.path.count("/") != 2:
        raise ValueError(f"[project.urls] Source in pyproject.toml is no https://github.com/NAME/PROJECT: {published}")
    return {name: f"{BINDER}/v2/gh{split.path}/HEAD?urlpath={quote(page, safe='')}" for name, page in PAGES.items()}


def badges(published: str) -> str:
    """The badges as Markdown, a line each: Binder's own picture, and what it opens."""
    lines = [
        f"[![Open on Binder]({BINDER}/badge_logo.svg) {what}]({url})" for what, url in addresses(published).items()
    ]
    return "  \n".join(lines)


def with_badges(text: str, published: str) -> str:
    """The text with the badges between its two marks; without marks as it is."""
    return re.sub(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n{badges(published)}\n{END}", text, flags=re.DOTALL)


def main() -> None:
    """Write them wherever the marks stand."""
    for place in PLACES:
        file = ROOT / place
        if file.is_file():
            file.write_text(with_badges(file.read_text("utf-8"), source()), "utf-8")
    print(badges(source()))


if __name__ == "__main__":
    main()
