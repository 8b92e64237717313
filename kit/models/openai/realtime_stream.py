"""One conversation with a realtime server, from the first input to the last event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable, Iterator
from typing import Any

from livekit.rtc import AudioFrame

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
)
from ..mono import MonoStream
from . import realtime_requests as requests
from .realtime_hearing import Hearing
from .realtime_responses import Event, Responses
from .realtime_socket import Socket

_ACTIVE = "conversation_already_has_active_response"
_NOT_ACTIVE = "response_cancel_not_active"
_BETA_NAMES = {
    "conversation.item.created": "conversation.item.added",
    "response.audio.delta": "response.output_audio.delta",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.text.delta": "response.output_text.delta",
}
"""Names that events had in the interface's beta, which some servers still use."""


class Stream:
    """Passes on what either side tells the other.

    Args:
        session: What is configured once, besides instructions and tools.
        timeout_s: Silence of the server, while something is awaited of it, after which the stream fails.
    """

    def __init__(
        self,
        socket: Socket,
        put: Callable[[RealtimeEvent], object],
        *,
        session: dict[str, Any],
        detects_turns: bool,
        timeout_s: float,
    ) -> None:
        self._socket = socket
        self._session = session
        self._detects_turns = detects_turns
        self._timeout_s = timeout_s
        self._put = put
        self._hearing = Hearing(put, socket.said)
        self._responses = Responses(put, socket.said)
        self._patience: asyncio.Timeout | None = None
        self._sent = 0
        self._ready = False
        self._configured = False
        self._instructions = ""
        self._sound = MonoStream(requests.RATE)
        self._requests: dict[str, str] = {}
        self._items: dict[str, None] = {}
        self._handlers: dict[str, Callable[[Event], None]] = {
            "error": self._refused,
            "session.created": self._session_told,
            "session.updated": self._session_told,
            "conversation.item.added": self._item_added,
            "conversation.item.deleted": lambda event: self._items.pop(event["item_id"], None),
            "conversation.item.input_audio_transcription.delta": self._hearing.transcript_grows,
            "conversation.item.input_audio_transcription.completed": self._hearing.transcribed,
            "conversation.item.input_audio_transcription.failed": self._hearing.not_transcribed,
            "input_audio_buffer.committed": self._hearing.committed,
            "input_audio_buffer.cleared": lambda event: self._hearing.cleared(),
            "input_audio_buffer.speech_started": self._hearing.started,
            "input_audio_buffer.speech_stopped": self._hearing.stopped,
            "response.created": self._response_created,
            "response.output_text.delta": self._responses.text,
            "response.output_audio_transcript.delta": self._responses.text,
            "response.output_audio.delta": self._responses.audio,
            "response.output_item.added": self._responses.item_added,
            "response.output_item.done": self._responses.item_done,
            "response.done": lambda event: self._responses.done(event["response"]),
        }
        self._orders: dict[type, Callable[[Any], Iterator[Event]]] = {
            Configure: self._configure,
            Respond: self._respond,
            CancelResponse: self._cancel,
            Truncate: self._truncate,
            AddItem: self._add,
            CommitAudio: self._commit,
            ClearAudio: self._clear,
        }

    async def run(self, inputs: AsyncIterable[RealtimeInput]) -> None:
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(self._listen())
            async for told in inputs:
                await self._obey(told)
                if self._patience is not None and self._patience.when() is None:
                    self._wait()
            listening.cancel()
        self._responses.end()

    # What the server tells

    async def _listen(self) -> None:
        try:
            async with asyncio.timeout(self._timeout_s) as self._patience:
                while True:
                    event = await self._socket.receive()
                    handler = self._handlers.get(_BETA_NAMES.get(event["type"], event["type"]))
                    if handler is not None:
                        self._handle(handler, event)
                    self._wait()
        except TimeoutError:
            raise self._socket.failure(f"no answer for {self._timeout_s:g} s") from None
        finally:
            self._patience = None

    def _wait(self) -> None:
        """Lose patience after a while without an event, if one is awaited."""
        if self._patience is not None and not self._patience.expired():
            awaited = not self._ready or self._requests or self._responses.active
            self._patience.reschedule(asyncio.get_running_loop().time() + self._timeout_s if awaited else None)

    def _handle(self, handler: Callable[[Event], None], event: Event) -> None:
        try:
            handler(event)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            said = f"{type(error).__name__}: {error}"
            reason = f"{event['type']} is not what the interface says ({said})"
            raise self._socket.failure(reason) from None

    def _refused(self, event: Event) -> None:
        """An error: of a request, of the session, or else something to be warned of."""
        error = event["error"]
        code, said = error.get("code"), error.get("message") or error.get("code") or "an error without a message"
        self._socket.last_error = said
        cause = error.get("event_id") or ""
        if code == _ACTIVE and not cause:
            cause = next(iter(self._requests), "")
        if cause in self._requests:
            reason = said if not code or code in said else f"{code}: {said}"
            request = self._requests.pop(cause)
            self._responses.refuse(f"refused_{request or cause}", request, reason)
        elif cause.startswith("configure_") or not self._ready:
            raise self._socket.failure(said, retryable=error.get("type") == "server_error")
        elif code != _NOT_ACTIVE:
            self._put(RealtimeWarning(self._socket.said(said)))

    def _session_told(self, event: Event) -> None:
        self._ready = True
        self._hearing.configured(event["session"])

    def _item_added(self, event: Event) -> None:
        self._items[event["item"]["id"]] = None

    def _response_created(self, event: Event) -> None:
        """Whose it is, is in its metadata; a server that keeps none, and detects no turns, answers in order."""
        request = (event["response"].get("metadata") or {}).get("request")
        cause = next((cause for cause, asked in self._requests.items() if asked == request), None)
        if request is None and not self._detects_turns:
            cause = next(iter(self._requests), None)
        self._responses.start(event["response"]["id"], self._requests.pop(cause) if cause else "")

    # What the session tells

    async def _obey(self, told: RealtimeInput) -> None:
        events = (
            self._append(self._sound.push(told)) if isinstance(told, AudioFrame) else self._orders[type(told)](told)
        )
        for event in events:
            await self._socket.send(event)

    def _append(self, samples: Any) -> Iterator[Event]:
        if len(samples):
            yield requests.append(samples)

    def _configure(self, told: Configure) -> Iterator[Event]:
        session = requests.session(told.instructions, told.tools)
        self._instructions = told.instructions
        if not self._configured:  # later not again: the voice cannot be set once it has spoken
            self._configured = True
            session = self._session | session
        yield self._named("configure", {"type": "session.update", "session": session})
        if told.chat_ctx is None:
            return
        items, self._items = self._items, {}
        for item in items:
            yield self._named("item", {"type": "conversation.item.delete", "item_id": item})
        for new in requests.items(told.chat_ctx):
            yield self._named("item", {"type": "conversation.item.create", "item": new})

    def _respond(self, told: Respond) -> Iterator[Event]:
        response: dict[str, Any] = {"metadata": {"request": told.request}, "tool_choice": told.tool_choice}
        if told.instructions:  # the server would take them instead of the session's
            response["instructions"] = "\n\n".join(filter(None, (self._instructions, told.instructions)))
        event = self._named("respond", {"type": "response.create", "response": response})
        self._requests[event["event_id"]] = told.request
        yield event

    def _cancel(self, told: CancelResponse) -> Iterator[Event]:
        if told.response in self._responses.active:
            yield self._named("cancel", {"type": "response.cancel", "response_id": told.response})

    def _truncate(self, told: Truncate) -> Iterator[Event]:
        for event in self._responses.forget(told.response, told.audio_s):
            yield self._named("truncate", event)

    def _add(self, told: AddItem) -> Iterator[Event]:
        for item in requests.one_item(told.item):
            yield self._named("item", {"type": "conversation.item.create", "item": item})

    def _commit(self, told: CommitAudio) -> Iterator[Event]:
        yield from self._append(self._sound.flush())
        yield self._named("commit", {"type": "input_audio_buffer.commit"})

    def _clear(self, told: ClearAudio) -> Iterator[Event]:
        yield from self._append(self._sound.flush())
        yield self._named("clear", {"type": "input_audio_buffer.clear"})

    def _named(self, kind: str, event: Event) -> Event:
        """Under an id by which an error tells what it is about."""
        self._sent += 1
        return {"event_id": f"{kind}_{self._sent}", **event}
