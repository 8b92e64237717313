"""What a session tells a realtime model, as OpenAI's realtime interface has it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...chat import ChatContext, ChatItem, ChatMessage, FunctionCall, FunctionCallOutput

RATE = 24_000
"""Of the sound, both ways. Mono."""
PCM = {"type": "audio/pcm", "rate": RATE}


def session(instructions: str, tools: Sequence[Any]) -> dict[str, Any]:
    """What may change in a session."""
    return {"type": "realtime", "instructions": instructions, "tools": [_tool(tool) for tool in tools]}


def append(samples: NDArray[np.int16]) -> dict[str, Any]:
    sound = base64.b64encode(samples.astype("<i2").tobytes()).decode()
    return {"type": "input_audio_buffer.append", "audio": sound}


def items(chat_ctx: ChatContext) -> Iterator[dict[str, Any]]:
    """The items of a conversation. Calls without an output, and outputs without a call, are left out."""
    called = {item.call_id for item in chat_ctx if isinstance(item, FunctionCall)}
    answered = {item.call_id for item in chat_ctx if isinstance(item, FunctionCallOutput)}
    for item in chat_ctx:
        if isinstance(item, ChatMessage) or item.call_id in called & answered:
            yield from one_item(item)


def one_item(chat_item: ChatItem) -> Iterator[dict[str, Any]]:
    """An item; none for a message that says nothing."""
    if isinstance(chat_item, FunctionCall):
        call = {"call_id": chat_item.call_id, "name": chat_item.name, "arguments": chat_item.arguments or "{}"}
        yield {"type": "function_call", **call}
    elif isinstance(chat_item, FunctionCallOutput):
        yield {"type": "function_call_output", "call_id": chat_item.call_id, "output": chat_item.output}
    elif chat_item.content:
        role = "system" if chat_item.role == "developer" else chat_item.role
        kind = "output_text" if role == "assistant" else "input_text"
        yield {"type": "message", "role": role, "content": [{"type": kind, "text": chat_item.content}]}


def _tool(tool: Any) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description or "",
        "parameters": tool.parameters,
    }
