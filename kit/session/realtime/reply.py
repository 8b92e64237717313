"""One answer of a realtime model: a response, and after the tools that it called, another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ...chat import FunctionCall
from ...realtime import CancelResponse, RealtimeInput, Truncate
from ..agent import Agent
from ..scope import Scope
from ..speech.speech import Segment
from ..speech.speech_handle import SpeechHandle
from ..speech.transcription import Transcription, has_transcription
from ..waiting.channel import Channel
from .voice import RealtimeVoice


class RealtimeFailed(RuntimeError):
    """A response of a realtime model failed, or its stream was lost."""


@dataclass(slots=True, eq=False)
class Response:
    """One response, from its start. `request` is its name in the journal."""

    name: str
    request: str
    voice: RealtimeVoice
    segment: Segment
    calls: list[FunctionCall] = field(default_factory=list)
    done: bool = False
    begun: bool = False


class RealtimeReply:
    """`steps`: how many responses it has asked for."""

    def __init__(
        self, scope: Scope, agent: Agent, handle: SpeechHandle, turn: int, send: Callable[[RealtimeInput], None]
    ) -> None:
        self.handle = handle
        self.turn = turn
        self.agent = agent
        self.segments: Channel[Segment] = Channel()
        self.steps = 0
        self.ended = False
        self._scope = scope
        self._send = send
        self._responses: list[Response] = []

    def begin(self, name: str, request: str) -> Response:
        """A response to it has started."""
        transcription = Transcription(self._scope, self.agent) if has_transcription(self.agent) else None
        voice = RealtimeVoice(self._scope, self.agent, transcription)
        segment = Segment(voice, self._scope.rate, transcription)
        response = Response(name, request, voice, segment)
        self._responses.append(response)
        if self.segments.closed:
            self._stop(response)
        else:
            self.segments.put_nowait(segment)
        return response

    def end(self, error: BaseException | None = None) -> None:
        """Nothing more will be said."""
        self.ended = True
        if error is not None:
            if not self._responses:
                self._fail_unheard(error)
            for response in self._responses:
                response.voice.finish(error if not response.done else None)
        self.segments.close()

    async def cancel(self) -> None:
        """The speech is over, heard to its end or not: the model is told how much of it was heard."""
        self.ended = True
        self.segments.close()
        for response in self._responses:
            if self.handle.interrupted:
                self._stop(response)
            await response.segment.cancel()

    def _stop(self, response: Response) -> None:
        if not response.done:
            self._send(CancelResponse(response.name))
        self._send(Truncate(response.name, round(response.segment.played_s, 6)))

    def _fail_unheard(self, error: BaseException) -> None:
        voice = RealtimeVoice(self._scope, self.agent, None)
        voice.finish(error)
        if not self.segments.closed:
            self.segments.put_nowait(Segment(voice, self._scope.rate))
