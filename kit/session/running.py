"""What an agent and its tools may ask of the session that they run in."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, Any, Protocol

from ..chat import ChatContext
from ..ports import LLM, STT, TTS, VAD
from ..tuning import Tuning
from .speech_handle import SpeechHandle

if TYPE_CHECKING:
    import asyncio

    from livekit.rtc import AudioFrame


class RunningSession(Protocol):
    """`AgentSession`, as seen from inside; its methods are explained there."""

    stt: STT | None
    llm: LLM | None
    tts: TTS | None
    vad: VAD | None
    userdata: Any

    @property
    def tuning(self) -> Tuning: ...

    @tuning.setter
    def tuning(self, tuning: Tuning, /) -> None: ...

    @property
    def history(self) -> ChatContext: ...

    @property
    def current_speech(self) -> SpeechHandle | None: ...

    def say(
        self,
        text: str | AsyncIterable[str],
        *,
        audio: AsyncIterable[AudioFrame] | None = None,
        allow_interruptions: bool = True,
        add_to_chat_ctx: bool = True,
    ) -> SpeechHandle: ...

    def generate_reply(
        self, *, user_input: str | None = None, instructions: str | None = None, allow_interruptions: bool = True
    ) -> SpeechHandle: ...

    def interrupt(self) -> asyncio.Future[None]: ...

    async def drain(self) -> None: ...

    async def aclose(self, reason: str = "closed") -> None: ...

    def pronounced(self, text: AsyncIterable[str]) -> AsyncIterable[str]: ...
