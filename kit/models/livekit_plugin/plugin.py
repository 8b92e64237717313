"""What every plugin needs around it: real time, an HTTP session, an end, and errors that keep its keys secret."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any, TypeVar

from ..missing import missing
from ..openai.connection import ModelRequestError
from .http_session import HttpSessions

T = TypeVar("T")

PATIENCE_S = 30.0
"""For a plugin's connection. Longer than a session waits for its models, so that the session's own limits rule."""

_SECRET = re.compile(r"key|token|secret|password|credential|authorization", re.IGNORECASE)
_SECRET_DEPTH = 3
_LONGEST_REASON = 300


def connect_options(given: Any) -> Any:
    """The `APIConnectOptions` for a plugin's requests: those given, or one attempt of at most `PATIENCE_S`.

    One attempt, because a plugin that tries again may repeat what it has said already, and because a session opens a
    failed recogniser again by itself.
    """
    if given is not None:
        return given
    from livekit.agents import APIConnectOptions

    return APIConnectOptions(max_retry=0, timeout=PATIENCE_S)


def agents() -> Any:
    """The package `livekit.agents`.

    Raises:
        EngineMissing: it is not installed.
    """
    try:
        import livekit.agents
    except ImportError as error:
        raise missing("A plugin of LiveKit Agents", "livekit-agents", "agents") from error
    return livekit.agents


class Plugin:
    """A plugin and its surroundings. `str()` of it names it: "openai.LLM gpt-4o-mini"."""

    def __init__(self, plugin: Any) -> None:
        self.plugin = plugin
        self._http = HttpSessions()

    def __str__(self) -> str:
        kind = type(self.plugin)
        parts = [part for part in kind.__module__.split(".") if part not in ("livekit", "plugins", "agents")]
        name = ".".join([*parts[:1], kind.__name__])
        model = getattr(self.plugin, "model", "unknown")
        return name if model == "unknown" else f"{name} {model}"

    def check_time(self) -> None:
        """Refuse to run where time is virtual.

        Raises:
            ModelRequestError: the running loop's time is virtual.
        """
        if getattr(asyncio.get_running_loop(), "is_virtual", False):
            raise ModelRequestError(
                f"{self}: a LiveKit plugin cannot run in virtual time, as its threads, sockets and clocks are real: "
                "use virtual=False, or --real-time"
            )

    async def enter(self) -> None:
        """Make the current task one in which the plugin works. To be called in a task of the adapter's own.

        Raises:
            ModelRequestError: the running loop's time is virtual.
        """
        self.check_time()
        await self._http.bind()

    async def events(self, stream: AsyncIterator[T]) -> AsyncGenerator[T, None]:
        """What a plugin's stream gives. Its errors come as `ModelRequestError`."""
        while True:
            with self.errors():
                try:
                    event = await anext(stream)
                except StopAsyncIteration:
                    return
            yield event

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what the plugin raises into a `ModelRequestError` without its keys."""
        try:
            yield
        except ModelRequestError:
            raise
        except Exception as error:
            raise self.failure(error) from None

    def failure(self, error: BaseException) -> ModelRequestError:
        """An error of the plugin, told without its keys."""
        status = getattr(error, "status_code", None)
        status = status if isinstance(status, int) and status > 0 else None
        reason = _reason(error, status)
        for secret in _secrets(self.plugin, _SECRET_DEPTH):
            reason = reason.replace(secret, "***")
        reason = " ".join(reason.split())[:_LONGEST_REASON]
        retryable = bool(getattr(error, "retryable", isinstance(error, OSError)))
        return ModelRequestError(f"{self}: {reason}", status=status, retryable=retryable)

    async def aclose(self) -> None:
        """Close the plugin, which cannot be used after it, and what it used on the running loop."""
        close = getattr(self.plugin, "aclose", None)
        try:
            if close is not None:
                await close()
        finally:
            await self._http.aclose()


async def close(stream: Any) -> None:
    """Close a plugin's stream. An error in it that nobody took is dropped, or asyncio would report it later."""
    await stream.aclose()
    with contextlib.suppress(Exception):
        await anext(stream)


def end_input(stream: Any) -> None:
    """Tell a plugin's stream that it has been given everything. It may have ended before, which it explains itself."""
    with contextlib.suppress(RuntimeError):
        stream.end_input()


def _reason(error: BaseException, status: int | None) -> str:
    """What an error says, with the server's own words for it where the plugin keeps them beside."""
    said = getattr(error, "message", "") if status else ""
    reason = f"{status} {said}" if said else str(error) or type(error).__name__
    body = getattr(error, "body", None)
    words = body.get("message") if isinstance(body, dict) else getattr(body, "message", None)
    return f"{reason}: {words}" if isinstance(words, str) and words not in reason else reason


def _secrets(thing: Any, depth: int) -> set[str]:
    """The texts among a plugin's attributes, and those of its options and clients, whose names say they are secret."""
    members = thing if isinstance(thing, dict) else getattr(thing, "__dict__", {})
    found: set[str] = set()
    for name, value in list(members.items()):
        if isinstance(value, str):
            if len(value) >= 6 and _SECRET.search(str(name)):
                found.add(value)
        elif depth and (isinstance(value, dict) or hasattr(value, "__dict__")) and not isinstance(value, type):
            found |= _secrets(value, depth - 1)
    return found
