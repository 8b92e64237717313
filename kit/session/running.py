"""What an agent and its tools may ask of the session that they run in."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, Any, Protocol

from ..chat import ChatContext, ChatMessage
from ..ports import LLM, STT, TTS, VAD, ToolChoice
from ..realtime import RealtimeModel
from ..tuning import Tuning
from .answers.providers import Providers
from .speech.speech_handle import SpeechHandle

if TYPE_CHECKING:
    import asyncio

    from livekit.rtc import AudioFrame


class RunningSession(Protocol):
    """`AgentSession`, as seen from inside; its methods are explained there."""

    stt: STT | None
    llm: LLM | RealtimeModel | None
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
        priority: int = SpeechHandle.SPEECH_PRIORITY_NORMAL,
    ) -> SpeechHandle: ...

    def generate_reply(
        self,
        *,
        user_input: str | ChatMessage | None = None,
        instructions: str | None = None,
        tool_choice: ToolChoice | None = None,
        chat_ctx: ChatContext | None = None,
        allow_interruptions: bool = True,
        priority: int = SpeechHandle.SPEECH_PRIORITY_NORMAL,
    ) -> SpeechHandle: ...

    def interrupt(self, *, force: bool = True) -> asyncio.Future[None]: ...

    def update_agent(self, agent: Any) -> None: ...

    def agent_updated(self, agent: Any, *, chat_ctx: bool = False) -> None: ...

    @property
    def providers(self) -> Providers: ...

    async def drain(self) -> None: ...

    async def aclose(self, reason: str = "user_initiated") -> None: ...

    def pronounced(self, text: AsyncIterable[str]) -> AsyncIterable[str]: ...
