"""How what a node returned is awaited and closed."""

from __future__ import annotations

import inspect
from typing import Any


async def resolve(node: Any) -> Any:
    """What a node returned, awaited if it is a coroutine."""
    if hasattr(node, "__aiter__"):
        return node
    return await node if inspect.isawaitable(node) else node


async def close(source: Any) -> None:
    """Close an async generator; other iterables have nothing to close."""
    aclose = getattr(source, "aclose", None)
    if aclose is not None:
        await aclose()
