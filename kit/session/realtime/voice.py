"""The sound of one response of a realtime model, on its way through the agent's node."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from typing import TYPE_CHECKING

from ...ports import TIMED_WORDS, TimedWord
from ..agent import Agent, ModelSettings
from ..scope import Scope
from ..speech.transcription import Transcription
from ..waiting.channel import Channel
from ..waiting.closing import close, resolve

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame


class RealtimeVoice:
    """What the model has sent is played as it comes. `complete`: it was all played, or taken to be."""

    def __init__(self, scope: Scope, agent: Agent, transcription: Transcription | None) -> None:
        self.given = ""
        self.audio_s = 0.0
        self.words: list[TimedWord] = []
        self.complete = False
        self.error: BaseException | None = None
        self._scope = scope
        self._agent = agent
        self._transcription = transcription
        self._received: Channel[AudioFrame] = Channel()

    def add_text(self, text: str) -> None:
        self.given += text
        if self._transcription is not None:
            self._transcription.feed(text)

    def add_frame(self, frame: AudioFrame) -> None:
        if not self._received.closed:
            self._received.put_nowait(frame)

    def finish(self, error: BaseException | None = None) -> None:
        """The model sends no more of it."""
        self.error = self.error or error
        self._received.close()
        if self._transcription is not None:
            self._transcription.finish()

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        """The response. A failure of the node ends it, and is in `error` and in the journal."""
        played: AsyncIterable[AudioFrame] | None = None
        try:
            played = await resolve(self._agent.realtime_audio_output_node(self._received, ModelSettings()))
            if played is not None:
                async for frame in played:
                    if frame.userdata and (words := frame.userdata.get(TIMED_WORDS)):
                        self.words.extend(words)
                    self.audio_s += frame.samples_per_channel / frame.sample_rate
                    yield frame
            self.complete = self.error is None
        except Exception as error:
            self.error = error
            self._scope.error("node", error, recoverable=False)
        finally:
            if played is not self._received:
                await close(played)

    async def cancel(self) -> None:
        self._received.close()
