"""Asks a realtime model for one response at a time, and notices when it has fallen silent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ...realtime import RealtimeInput, Respond, ResponseDone
from ..records import LlmDone, LlmRequested
from ..scope import Scope
from ..waiting.alarm import Alarm
from .reply import RealtimeReply


class Asking:
    """`send` gives something to the model; `stalled()` is called when a response has not gone on for too long."""

    def __init__(self, scope: Scope, send: Callable[[RealtimeInput], None], stalled: Callable[[], None]) -> None:
        self._scope = scope
        self._send = send
        self._stalled = stalled
        self._queue: deque[tuple[RealtimeReply, Respond]] = deque()
        self._asked: tuple[RealtimeReply, Respond] | None = None
        self._active: str | None = None
        self._open = False
        self._last_sign = 0.0
        self._silence = Alarm(scope, self._check)

    def ask(self, reply: RealtimeReply, request: Respond) -> None:
        """Have the model answer, once it is free."""
        self._queue.append((reply, request))
        self._next()

    def started(self, response: str, request: str) -> RealtimeReply | None:
        """A response has started. Returns whose it is, if it was asked for."""
        self._active = response
        self.sign()
        if self._asked is None or self._asked[1].request != request:
            return None
        (reply, _), self._asked = self._asked, None
        return reply

    def sign(self) -> None:
        """The model has sent something."""
        self._last_sign = self._scope.loop.time()
        if not self._silence.is_set:
            self._silence.set_in(self._scope.limits.llm_s)

    def done(self, response: str) -> None:
        if self._active == response:
            self._active = None
        self._next()

    def lost(self) -> RealtimeReply | None:
        """The stream is lost. Returns the reply that was asked for and has not started, if there is one."""
        reply = None
        if self._asked is not None:
            reply, request = self._asked
            record_done(self._scope, request.request, reply.turn, None)
        self._asked = self._active = None
        self._open = False
        self._silence.cancel()
        return reply

    def go_on(self) -> None:
        """There is a stream to ask."""
        self._open = True
        self._next()

    def close(self) -> None:
        self._queue.clear()
        self.lost()
        self._silence.close()

    def _next(self) -> None:
        while self._open and self._queue and self._asked is None and self._active is None:
            reply, request = self._queue.popleft()
            if reply.ended:
                continue
            self._asked = (reply, request)
            self._scope.journal.append(LlmRequested(request=request.request, turn=reply.turn, attempt=0))
            self._send(request)
            self.sign()

    def _check(self) -> None:
        if self._asked is None and self._active is None:
            return
        due = self._last_sign + self._scope.limits.llm_s
        if due > self._scope.loop.time():
            self._silence.set_at(due)
        else:
            self._stalled()


def record_done(scope: Scope, request: str, turn: int, event: ResponseDone | None) -> None:
    """A request has come to its end; without an event, because the stream was lost."""
    usage = None if event is None else event.usage
    scope.journal.append(
        LlmDone(
            request=request,
            turn=turn,
            prompt_tokens=0 if usage is None else usage.prompt_tokens,
            completion_tokens=0 if usage is None else usage.completion_tokens,
            cancelled=event is None or event.status == "cancelled",
            tokens_estimated=usage is None,
        )
    )
