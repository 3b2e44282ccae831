"""axe-core in a page: what keeps people out who hear, see or move differently."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

OURS = ".labkit-widget"
"""Everything in it is made by labkit; what is around it belongs to JupyterLab or Voila."""
TALL = {"width": 1100, "height": 6000}
SEEN = "body { min-height: 100vh; }"
"""JupyterLab's body has no height and hides what overflows. Without this, and where something is scrolled away, axe
takes text for hidden and measures no contrast."""
RUN = """async (within) => {
    for (const outer of document.querySelectorAll('.jp-WindowedPanel-outer')) outer.scrollTop = 0;
    await new Promise(requestAnimationFrame);
    return axe.run({include: [[within]]}, {resultTypes: ['violations', 'passes', 'incomplete']});
}"""


def checked(page: Page, within: str = OURS) -> dict[str, Any]:
    """axe's results for elements of this page, all of which are in view meanwhile."""
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(AXE_SCRIPT)
        page.add_style_tag(content=SEEN)
    before = page.viewport_size
    page.set_viewport_size(TALL)
    found: dict[str, Any] = page.evaluate(RUN, within)
    if before:
        page.set_viewport_size(before)
    return found


def serious(found: dict[str, Any]) -> list[str]:
    """The serious and critical violations, a sentence an element."""
    return [
        f"{each['id']} ({each['impact']}) {node['html'][:160]}: {' '.join(node['failureSummary'].split())}"
        for each in found["violations"]
        for node in each["nodes"]
        if each["impact"] in ("serious", "critical")
    ]


def texts_measured(found: dict[str, Any]) -> int:
    """How many texts had their contrast measured and found enough."""
    nodes = [node for each in found["passes"] if each["id"] == "color-contrast" for node in each["nodes"]]
    return sum(bool((node["any"] or [{}])[0].get("data", {}).get("contrastRatio")) for node in nodes)
