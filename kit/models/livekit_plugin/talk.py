"""One session of a realtime plugin: what is told goes to it in the order in which it came, what it tells goes out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Coroutine, Sequence
from typing import Any

from livekit.rtc import AudioFrame

from ...chat import ChatItem, ChatMessage
from ...realtime import (
    AddItem,
    CancelResponse,
    ClearAudio,
    CommitAudio,
    Configure,
    RealtimeEvent,
    RealtimeInput,
    RealtimeWarning,
    Respond,
    Truncate,
    UserSpeechEnded,
    UserSpeechStarted,
    UserTranscript,
)
from ..mono import MonoStream
from ..outbox import Outbox
from .messages import CallExtras, as_chat_context, as_chat_item, as_tools, same_item
from .plugin import Plugin
from .responses import Responses

LEAST_TURN_S = 0.1
"""The shortest audio that can be committed: OpenAI refuses less, and its plugin then says nothing."""


class Talk:
    """Between one stream of the kit's and one session of the plugin's."""

    def __init__(self, plugin: Plugin, session: Any, outbox: Outbox[RealtimeEvent]) -> None:
        self._plugin = plugin
        self._session = session
        self._put = outbox.put
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[None]] = set()
        self._told: asyncio.Queue[RealtimeInput] = asyncio.Queue()
        self._extras = CallExtras()
        self._responses = Responses(session, self._put, self._spawn, self._explain, self._extras)
        self._mono: MonoStream | None = None
        self._configured: Configure | None = None
        self._heard_s = self._before_s = self._uncommitted_s = 0.0
        self._boundary_t: float | None = None
        self._handlers = {
            "openai_server_event_received": self._server_said,
            "input_speech_started": self._user_started,
            "input_speech_stopped": self._user_stopped,
            "input_audio_transcription_completed": self._user_said,
            "generation_created": self._responses.began,
            "metrics_collected": self._responses.measured,
            "session_reconnected": self._connected_again,
            "error": self._erred,
        }
        for name, handler in self._handlers.items():
            session.on(name, handler)

    async def hold(self, inputs: AsyncIterable[RealtimeInput]) -> None:
        """Tell the plugin all inputs. Returns when they end, at once; raises what ends the session."""
        reader = asyncio.get_running_loop().create_task(self._read(inputs))
        self._spawn(self._tell_all())
        try:
            await asyncio.wait({reader, self._failed}, return_when=asyncio.FIRST_COMPLETED)
            (self._failed if self._failed.done() else reader).result()
        finally:
            reader.cancel()
            await asyncio.wait([reader])

    async def end(self) -> None:
        """Hear nothing more of the plugin; what it was saying is cancelled."""
        for name, handler in self._handlers.items():
            self._session.off(name, handler)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._responses.end()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Follow something of the plugin. What it raises ends the session."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if error is not None:
            self._fail(self._plugin.failure(error))

    def _fail(self, error: BaseException) -> None:
        if not self._failed.done():
            self._failed.set_exception(error)
            self._failed.exception()  # asked for here, as nobody does where the session is ending already

    def _explain(self, error: BaseException) -> str:
        return str(self._plugin.failure(error))

    # what the session tells

    async def _read(self, inputs: AsyncIterable[RealtimeInput]) -> None:
        """What ends a response does not wait for what was told before it: the plugin's server may take its time."""
        async for told in inputs:
            if isinstance(told, CancelResponse):
                self._responses.cancel(told.response)
            elif isinstance(told, Truncate):
                self._responses.truncate(told.response, told.audio_s)
            else:
                self._told.put_nowait(told)

    async def _tell_all(self) -> None:
        while True:
            told = await self._told.get()
            if isinstance(told, Configure | AddItem):
                await self._change(told)
            else:
                self._tell(told)

    def _tell(self, told: RealtimeInput) -> None:
        match told:
            case AudioFrame():
                self._hear(told)
            case Respond():
                self._responses.ask(told)
            case CommitAudio():
                self._commit()
            case ClearAudio():
                self._uncommitted_s = 0.0
                self._session.clear_audio()

    def _hear(self, frame: AudioFrame) -> None:
        self._mono = self._mono or MonoStream(frame.sample_rate)
        samples = self._mono.push(frame)
        if len(samples):
            self._heard_s += len(samples) / self._mono.rate
            self._uncommitted_s += len(samples) / self._mono.rate
            self._session.push_audio(AudioFrame(samples.tobytes(), self._mono.rate, 1, len(samples)))

    def _commit(self) -> None:
        if self._uncommitted_s <= LEAST_TURN_S:
            self._put(RealtimeWarning(f"{self._plugin}: a turn of {self._uncommitted_s:.2f} s was not committed"))
            return
        self._uncommitted_s = 0.0
        self._session.commit_audio()

    async def _change(self, told: Configure | AddItem) -> None:
        """Change what the plugin's server keeps, and wait until it has agreed."""
        from livekit.agents.llm import RealtimeError

        try:
            await (self._configure(told) if isinstance(told, Configure) else self._add(told.item))
        except RealtimeError as error:
            self._put(RealtimeWarning(self._explain(error)))

    async def _configure(self, told: Configure) -> None:
        before, self._configured = self._configured, told
        if before is None or told.instructions != before.instructions:
            await self._session.update_instructions(told.instructions)
        if before is None or _shown(told.tools) != _shown(before.tools):
            await self._session.update_tools(as_tools(told.tools))
        if told.chat_ctx is not None:
            known = self._session.chat_ctx.items
            await self._session.update_chat_ctx(as_chat_context(told.chat_ctx, self._extras, known))

    async def _add(self, item: ChatItem) -> None:
        context = self._session.chat_ctx.copy()
        if isinstance(item, ChatMessage):
            if not item.content:
                return
        elif any(same_item(item, known) for known in context.items):
            return
        context.items.append(as_chat_item(item, self._extras))
        self._responses.item_comes(item)
        await self._session.update_chat_ctx(context)

    # what the plugin tells

    def _server_said(self, event: dict[str, Any]) -> None:
        """The OpenAI plugin shows what its server sends: its own events leave the times out."""
        told_ms = event.get("audio_start_ms", event.get("audio_end_ms"))
        self._boundary_t = None if told_ms is None else min(self._before_s + told_ms / 1000, self._heard_s)

    def _user_started(self, _: Any) -> None:
        self._responses.user_speaks()
        self._put(UserSpeechStarted(self._boundary_t))

    def _user_stopped(self, _: Any) -> None:
        self._put(UserSpeechEnded(self._boundary_t))

    def _connected_again(self, _: Any) -> None:
        """A new connection counts its audio anew."""
        self._before_s = self._heard_s
        self._responses.connection_lost()

    def _user_said(self, event: Any) -> None:
        if text := event.transcript.strip():
            self._put(UserTranscript(text, event.is_final))

    def _erred(self, event: Any) -> None:
        if not event.recoverable:
            self._fail(self._plugin.failure(event.error))
        elif not self._responses.failed(event.error):
            self._put(RealtimeWarning(self._explain(event.error)))


def _shown(tools: Sequence[Any]) -> list[Any]:
    """What of tools a model sees."""
    return [(tool.name, tool.description, tool.parameters) for tool in tools]
