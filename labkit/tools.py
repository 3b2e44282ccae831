"""Python functions as the model's tools: signature to JSON Schema, call to output."""

from __future__ import annotations

import asyncio
import inspect
import json
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from labkit.errors import UsageError

Tool = Callable[..., Any]


class NoAnswer(str):
    """An output that needs no answer."""

    __slots__ = ()


NO_ANSWER = NoAnswer("waiting")
"""What a function returns when nothing is to be said: it is handed over, but no answer is asked for."""
_TYPES: dict[Any, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
}


def schema(tool: Tool) -> dict[str, Any]:
    """The protocol's description of a function: its name, first docstring paragraph, and annotated parameters.

    Raises `UsageError` for something that is not a plain function with named parameters.
    """
    name = getattr(tool, "__name__", "")
    if not name.isidentifier():
        raise UsageError(f"A tool is a named Python function; {tool!r} is not.")
    try:
        hints = get_type_hints(tool)
    except NameError as error:
        raise UsageError(f"The tool {name} has an annotation that is not defined: {error}.") from None
    properties, required = {}, []
    for parameter in inspect.signature(tool).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise UsageError(
                f"The tool {name} takes *args or **kwargs: name its parameters, so that a model can fill them."
            )
        properties[parameter.name] = _json_type(hints.get(parameter.name, str))
        if parameter.default is parameter.empty:
            required.append(parameter.name)
    parameters = {"type": "object", "properties": properties, "required": required}
    about = (inspect.getdoc(tool) or "").split("\n\n")[0]
    return {"type": "function", "name": name, "description": about, "parameters": parameters}


def _json_type(hint: Any) -> dict[str, Any]:
    origin = get_origin(hint)
    if origin is Literal:
        return {"type": _TYPES.get(type(get_args(hint)[0]), "string"), "enum": list(get_args(hint))}
    if origin in (Union, types.UnionType):
        return _json_type(next(arg for arg in get_args(hint) if arg is not type(None)))
    if origin is list:
        return {"type": "array", "items": _json_type((*get_args(hint), str)[0])}
    return {"type": _TYPES.get(origin or hint, "string")}


def by_name(tools: Iterable[Tool]) -> dict[str, Tool]:
    """The tools under the names that the model knows; raises `UsageError` for what is no list of functions."""
    if callable(tools) or not isinstance(tools, Iterable):
        raise UsageError("Give the tools as a list of functions: tools=[roll_dice].")
    return {schema(tool)["name"]: tool for tool in tools}


async def call(tools: dict[str, Tool], name: str, arguments: str) -> str:
    """Run the function a model asked for: a text (`NO_ANSWER` too) as it is, anything else as JSON.

    What goes wrong becomes the output, for the model to deal with.
    """
    tool = tools.get(name)
    if tool is None:
        return json.dumps({"error": f"There is no tool {name!r}; there are: {', '.join(tools) or 'none'}."})
    try:
        given = json.loads(arguments or "{}")
        if inspect.iscoroutinefunction(tool):
            value = await tool(**given)
        else:
            value = await asyncio.to_thread(tool, **given)
        return value if isinstance(value, str) else json.dumps(value, default=str)
    except Exception as error:  # noqa: BLE001 - a learner's function may raise anything; the model is told
        return json.dumps({"error": f"{type(error).__name__}: {error}"})


async def outputs(tools: dict[str, Tool], response: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Call what a finished response asks for; the client events that hand the results over and ask for an answer.

    No answer is asked for when all that was called returned `NO_ANSWER`.
    """
    called = [item for item in response.get("output") or [] if item.get("type") == "function_call"]
    if response.get("status") != "completed" or not called:
        return []
    results = [await call(tools, item["name"], item["arguments"]) for item in called]
    events: list[dict[str, Any]] = []
    for item, output in zip(called, results, strict=True):
        answer = {"type": "function_call_output", "call_id": item["call_id"], "output": str(output)}
        events.append({"type": "conversation.item.create", "item": answer})
    return events if all(output is NO_ANSWER for output in results) else [*events, {"type": "response.create"}]
