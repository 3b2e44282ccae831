"""Function calls by rule: a tool is called when the person says its name as words.

`roll_dice` is called by "roll dice", "please roll the dice" or "use roll dice"; what follows the name fills the
parameters in order ("get weather in Paris"). A model that reasons does far better; this shows the protocol.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

LINKS = {"in", "of", "for", "with", "to", "the", "a", "an", "is", "please", "and"}
"""Words that may stand between a tool's name and its values."""
OPENERS = ("", "please ", "use ", "call ")


@dataclass(frozen=True)
class Call:
    """A function to be called by the client, arguments as JSON text."""

    name: str
    arguments: str


def _spoken(name: str) -> str:
    return re.sub(r"[_\-\s]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)).strip().lower()


def _parameters(tool: Mapping[str, Any]) -> dict[str, Any]:
    return dict((tool.get("parameters") or {}).get("properties") or {})


def sentences(tools: Iterable[Mapping[str, Any]]) -> list[str]:
    """What can be said to have the tools called, for the closed grammar; listed values (`enum`) included."""
    said = []
    for tool in tools:
        if tool.get("type") != "function":
            continue
        name = _spoken(str(tool["name"]))
        first: dict[str, Any] = next(iter(_parameters(tool).values()), {})
        values = [str(value) for value in first.get("enum", [])][:20]
        said += [f"{opener}{name}" for opener in OPENERS]
        said += [f"{name} {link}{value}" for value in values for link in ("", "in ", "for ")]
    return said


def wanted(tools: Iterable[Mapping[str, Any]], tool_choice: Any, text: str) -> Call | None:
    """The call that a sentence asks for, or that `tool_choice` forces; `None` where there is none."""
    functions = {str(tool["name"]): tool for tool in tools if tool.get("type") == "function"}
    if not functions or tool_choice == "none":
        return None
    words = [word for word in re.findall(r"[a-z0-9.+-]+", text.lower()) if word not in ("the", "please", "use", "call")]
    for name, tool in functions.items():
        length = len(_spoken(name).split())
        for at in range(len(words) - length + 1):
            if length and words[at : at + length] == _spoken(name).split():
                return Call(name, _arguments(tool, words[at + length :]))
    forced = tool_choice.get("name") if isinstance(tool_choice, dict) else None
    if tool_choice == "required":
        forced = next(iter(functions))
    return Call(forced, _arguments(functions[forced], words)) if forced in functions else None


def _arguments(tool: Mapping[str, Any], words: list[str]) -> str:
    values = [word for word in words if word not in LINKS]
    arguments: dict[str, Any] = {}
    parameters = _parameters(tool)
    for position, (name, schema) in enumerate(parameters.items()):
        last = position == len(parameters) - 1
        value = " ".join(values) if last and schema.get("type") == "string" else (values[0] if values else "")
        values = [] if last else values[1:]
        if value:
            arguments[name] = _typed(value, schema)
    return json.dumps(arguments)


def _typed(value: str, schema: Mapping[str, Any]) -> Any:
    try:
        return {"integer": int, "number": float}.get(str(schema.get("type")), str)(value)
    except ValueError:
        return value


def answer(output: str) -> str:
    """A function's output as something to say."""
    try:
        value = json.loads(output)
    except (ValueError, RecursionError):
        value = output
    if isinstance(value, dict):
        value = ", ".join(f"{_spoken(str(key))}: {entry}" for key, entry in value.items())
    if isinstance(value, list):
        value = ", ".join(str(entry) for entry in value)
    return f"The answer is {value}." if value not in ("", None) else "It is done."
