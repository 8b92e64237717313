"""The responses of a realtime plugin's session: its generations, followed to their ends."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal

from ...chat import ChatItem, FunctionCallOutput
from ...ports import TokenUsage
from ...realtime import (
    RealtimeEvent,
    Respond,
    ResponseAudio,
    ResponseDone,
    ResponseStarted,
    ResponseText,
    ResponseToolCall,
)
from .framing import short_frames
from .messages import CallExtras

_REMEMBERED = 100
"""Responses that may still be truncated."""
BUSY = "conversation_already_has_active_response: a response is being made"
LOST = "the connection was lost"


@dataclass(slots=True)
class _Message:
    """A part of a response, by the plugin's name for it."""

    id: str
    modalities: Any
    audio_s: float = 0.0


@dataclass(slots=True)
class _Response:
    id: str
    messages: list[_Message] = field(default_factory=list)
    status: Literal["completed", "cancelled", "failed"] = "completed"
    usage: TokenUsage | None = None
    error: str = ""


class Responses:
    """Asks for responses, and tells by `put` what comes of them.

    Args:
        session: Of the plugin.
        spawn: Runs a coroutine beside.
        explain: Says an error of the plugin in words.
    """

    def __init__(
        self,
        session: Any,
        put: Callable[[RealtimeEvent], Any],
        spawn: Callable[[Coroutine[Any, Any, None]], Any],
        explain: Callable[[BaseException], str],
        extras: CallExtras,
    ) -> None:
        self._session = session
        self._put = put
        self._spawn = spawn
        self._explain = explain
        self._extras = extras
        self._made: dict[str, _Response] = {}
        self._done: OrderedDict[str, _Response] = OrderedDict()
        self._just_measured: _Response | None = None
        self._asked: dict[str, asyncio.Future[Any]] = {}
        self._unnamed = 0
        self._answers_tool = False
        self._request_of_next = ""
        self._unasked: Any = None

    # what the session wants

    def ask(self, told: Respond) -> None:
        """Ask for a response. While one is being made, it is refused."""
        can = self._session.capabilities
        if self._answers_tool:
            self._ask_for_unasked(told.request)
            return
        if self._asked or any(response.status == "completed" for response in self._made.values()):
            self._refuse(told.request, BUSY)
            return
        options: dict[str, Any] = {"instructions": told.instructions} if told.instructions else {}
        if can.per_response_tool_choice and told.tool_choice != "auto":
            options["tool_choice"] = told.tool_choice
        self._asked[told.request] = asked = self._session.generate_reply(**options)
        self._spawn(self._await(asked, told.request))

    def item_comes(self, item: ChatItem) -> None:
        """After a tool's output some models answer unasked. That is then the answer that will be asked for."""
        can = self._session.capabilities
        self._answers_tool = can.auto_tool_reply_generation and isinstance(item, FunctionCallOutput)
        self._unasked = None

    def user_speaks(self) -> None:
        """What comes now is no answer to a tool's output."""
        self._answers_tool, self._unasked = False, None

    def cancel(self, response: str) -> None:
        if response in self._made:
            self._made[response].status = "cancelled"
            self._session.interrupt()

    def truncate(self, response: str, audio_s: float) -> None:
        """Let the plugin forget what comes later than so much of a response's sound."""
        found = self._made.get(response) or self._done.get(response)
        if found is None or not self._session.capabilities.message_truncation:
            return
        for message in found.messages:
            if message.audio_s > audio_s:
                told = message.modalities.done() and not message.modalities.cancelled()
                modalities = message.modalities.result() if told else ["audio", "text"]
                milliseconds = max(0, round(1000 * audio_s))
                self._session.truncate(message_id=message.id, modalities=modalities, audio_end_ms=milliseconds)
            audio_s -= message.audio_s

    def end(self) -> None:
        """The talk is over."""
        for response in list(self._made.values()):
            self._finish(response, "cancelled")

    # what the plugin tells

    def began(self, event: Any) -> None:
        """A plugin tells of a generation, and gives it, where it was asked for, as the answer too: before or after."""
        if not event.user_initiated:
            if self._answers_tool:
                self._unasked = event
                return
            request, self._request_of_next = self._request_of_next, ""
            self._begin(event, request)
        for request, asked in list(self._asked.items()):
            if _given_by(asked) is event:
                del self._asked[request]
                self._begin(event, request)

    def measured(self, metrics: Any) -> None:
        """A plugin measures a response at its end. If it failed, it says so directly behind that."""
        response = self._made.get(getattr(metrics, "request_id", ""))
        if response is None:
            return
        response.usage = TokenUsage(metrics.input_tokens, metrics.output_tokens)
        response.status = "cancelled" if metrics.cancelled else "completed"
        self._just_measured = response
        asyncio.get_running_loop().call_soon(self._forget_measured)

    def failed(self, error: BaseException) -> bool:
        """An error of the plugin. True if it is that of a response, or says why one was refused."""
        response = self._just_measured
        if response is not None:
            response.status, response.error = "failed", self._explain(error)
            return True
        return any(asked.done() and not asked.cancelled() and asked.exception() for asked in self._asked.values())

    def connection_lost(self) -> None:
        for response in self._made.values():
            response.status, response.error = "failed", LOST

    async def _await(self, asked: asyncio.Future[Any], request: str) -> None:
        from livekit.agents.llm import RealtimeError

        try:
            event = await asked
        except RealtimeError as error:
            self._refuse(request, self._explain(error))
            event = None
        if self._asked.pop(request, None) is not None and event is not None:
            self._begin(event, request)

    def _ask_for_unasked(self, request: str) -> None:
        """Take the answer to a tool's output, or let the next response be it."""
        unasked = self._unasked
        self._answers_tool, self._unasked = False, None
        if unasked is None:
            self._request_of_next = request
        else:
            self._begin(unasked, request)

    def _begin(self, event: Any, request: str) -> None:
        response = _Response(event.response_id or self._name())
        self._made[response.id] = response
        self._put(ResponseStarted(response.id, request))
        self._spawn(self._follow(event, response))

    async def _follow(self, event: Any, response: _Response) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._call(event.function_stream, response))
            async for message in event.message_stream:
                part = _Message(message.message_id, asyncio.ensure_future(message.modalities))
                response.messages.append(part)
                text = group.create_task(self._write(message.text_stream, response))
                await self._sound(message.audio_stream, response, part)
                await text
        await asyncio.sleep(0)  # some plugins measure directly after the end of the streams
        self._finish(response, response.status)

    async def _write(self, pieces: AsyncIterable[str], response: _Response) -> None:
        async for piece in pieces:
            if piece:
                self._put(ResponseText(response.id, str(piece)))

    async def _sound(self, frames: AsyncIterable[Any], response: _Response, part: _Message) -> None:
        async for frame in frames:
            part.audio_s += frame.samples_per_channel / frame.sample_rate
            for short in short_frames(frame):
                self._put(ResponseAudio(response.id, short))

    async def _call(self, calls: AsyncIterable[Any], response: _Response) -> None:
        async for call in calls:
            self._put(ResponseToolCall(response.id, self._extras.taken_from(call)))

    def _finish(self, response: _Response, status: Literal["completed", "cancelled", "failed"]) -> None:
        if self._made.pop(response.id, None) is None:
            return
        self._done[response.id] = response
        while len(self._done) > _REMEMBERED:
            self._done.popitem(last=False)
        self._put(ResponseDone(response.id, status, response.usage, response.error))

    def _refuse(self, request: str, reason: str) -> None:
        name = self._name()
        self._put(ResponseStarted(name, request))
        self._put(ResponseDone(name, "failed", error=reason))

    def _name(self) -> str:
        self._unnamed += 1
        return f"response_{self._unnamed}"

    def _forget_measured(self) -> None:
        self._just_measured = None


def _given_by(asked: asyncio.Future[Any]) -> Any:
    """The generation that was asked for, if it is there."""
    return asked.result() if asked.done() and not asked.cancelled() and asked.exception() is None else None
