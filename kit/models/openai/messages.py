"""A conversation in the form in which chat completions take it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...chat import ChatContext, ChatItem, ChatMessage, FunctionCall, FunctionCallOutput


def as_messages(chat_ctx: ChatContext) -> list[dict[str, Any]]:
    """The messages of a request.

    The interface wants each tool call answered, and answered directly behind it. So the outputs move behind their
    calls, and calls without an output, as those of an interrupted turn, are left out, as are outputs without a call.
    """
    items = chat_ctx.items
    outputs = {item.call_id: item for item in items if isinstance(item, FunctionCallOutput)}
    messages: list[dict[str, Any]] = []
    calls: list[FunctionCall] = []
    for item in [*items, None]:
        if isinstance(item, FunctionCall):
            if item.call_id in outputs:
                calls.append(item)
            continue
        if calls:
            messages += _calls(calls, outputs)
            calls = []
        messages += _message(item)
    return messages


def as_tools(tools: Sequence[Any]) -> list[dict[str, Any]]:
    """The tools of a request, from objects with `name`, `description` and `parameters` (a JSON schema)."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description or "",
                "parameters": tool.parameters,
                **({"strict": True} if getattr(tool, "strict", False) else {}),
            },
        }
        for tool in tools
    ]


def _message(item: ChatItem | None) -> list[dict[str, Any]]:
    if isinstance(item, ChatMessage) and item.content:
        return [{"role": item.role, "content": item.content}]
    return []


def _calls(calls: list[FunctionCall], outputs: dict[str, FunctionCallOutput]) -> list[dict[str, Any]]:
    asked = [
        {"id": call.call_id, "type": "function", "function": {"name": call.name, "arguments": call.arguments or "{}"}}
        for call in calls
    ]
    answered = [
        {"role": "tool", "tool_call_id": call.call_id, "content": outputs[call.call_id].output} for call in calls
    ]
    return [{"role": "assistant", "content": None, "tool_calls": asked}, *answered]
