"""The agent: its instructions, its tools, and the nodes through which a session's audio and text flow.

A node is a method that a subclass may replace. `Agent.default` holds what each does by itself: it calls the session's
model. A node may be an async generator, or a coroutine that returns an async iterable.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from ..chat import ChatContext, ChatMessage
from ..ports import LLM, STT, TTS, ChatChunk, SpeechEvent, ToolChoice
from ..realtime import RealtimeModel, is_realtime
from .running import RunningSession
from .speech.making import Making
from .tools import FunctionTool, check_tools, tools_of
from .waiting.reading_ahead import read_ahead

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame


M = TypeVar("M")

READ_AHEAD_FRAMES = 300
"""Frames of speech that a TTS may be ahead of what has been played: 30 s of frames of 0.1 s."""


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What a node may know of the request; pass it on to the default node.

    `tool_choice`: whether the LLM may, must or must not call tools. `making`: where the default `tts_node` notes what
    the TTS has made, for the session.
    """

    tool_choice: ToolChoice = "auto"
    making: Making | None = field(default=None, repr=False, compare=False)


class NoModel(RuntimeError):
    """A node needs a model that the session was not given."""


class Agent:
    """What the session is for. Its instructions are the first message of its chat context.

    Args:
        chat_ctx: What it knows of the conversation before; by default nothing.
        tools: Beside those that are its methods.
        id: Its name in the journal; by default that of its class.
        stt, llm, tts: Its own models, in the place of the session's.

    Raises:
        ValueError: two tools have one name.
        TypeError: something given is no tool, or its type hints make no schema.
    """

    def __init__(
        self,
        *,
        instructions: str = "",
        chat_ctx: ChatContext | None = None,
        tools: Sequence[FunctionTool] | None = None,
        id: str | None = None,
        stt: STT | None = None,
        llm: LLM | None = None,
        tts: TTS | None = None,
    ) -> None:
        self.stt, self.llm, self.tts = stt, llm, tts
        self._id = id or _snake_case(type(self).__name__)
        self._instructions = instructions
        self._chat_ctx = _instructed(ChatContext() if chat_ctx is None else chat_ctx, "", instructions)
        self._tools = [*(tools or ()), *tools_of(self)]
        check_tools(self._tools)
        self._session: RunningSession | None = None

    @property
    def id(self) -> str:
        return self._id

    @property
    def instructions(self) -> str:
        return self._instructions

    @property
    def chat_ctx(self) -> ChatContext:
        """A copy of the conversation as this agent knows it, its instructions first; `update_chat_ctx` changes it."""
        return self._chat_ctx.copy()

    @property
    def tools(self) -> list[FunctionTool]:
        return list(self._tools)

    @property
    def session(self) -> RunningSession:
        """The running session.

        Raises:
            RuntimeError: the agent is in none.
        """
        if self._session is None:
            raise RuntimeError("the agent is not in a session yet: give it to session.start() first")
        return self._session

    async def update_instructions(self, instructions: str) -> None:
        self._chat_ctx = _instructed(self._chat_ctx, self._instructions, instructions)
        self._instructions = instructions
        self._updated()

    async def update_tools(self, tools: Sequence[FunctionTool]) -> None:
        check_tools(tools)
        self._tools = list(tools)
        self._updated()

    async def update_chat_ctx(self, chat_ctx: ChatContext) -> None:
        self._chat_ctx = chat_ctx.copy()
        self._updated(chat_ctx=True)

    def _updated(self, *, chat_ctx: bool = False) -> None:
        if self._session is not None:
            self._session.agent_updated(self, chat_ctx=chat_ctx)

    async def on_enter(self) -> None:
        """The agent takes over the conversation."""

    async def on_exit(self) -> None:
        """The agent gives it up."""

    async def on_user_turn_completed(self, turn_ctx: ChatContext, new_message: ChatMessage) -> None:
        """The user's turn is over, and the reply has not been asked for yet.

        What is added to `turn_ctx` lasts for this turn. Raise `StopResponse` to stay silent.
        """

    def stt_node(self, audio: AsyncIterable[AudioFrame], model_settings: ModelSettings) -> AsyncIterable[SpeechEvent]:
        return Agent.default.stt_node(self, audio, model_settings)

    def llm_node(
        self, chat_ctx: ChatContext, tools: list[FunctionTool], model_settings: ModelSettings
    ) -> AsyncIterable[ChatChunk | str]:
        return Agent.default.llm_node(self, chat_ctx, tools, model_settings)

    def tts_node(self, text: AsyncIterable[str], model_settings: ModelSettings) -> AsyncIterable[AudioFrame]:
        return Agent.default.tts_node(self, text, model_settings)

    def transcription_node(self, text: AsyncIterable[str], model_settings: ModelSettings) -> AsyncIterable[str]:
        """What is shown and remembered of the agent's words, from what its model wrote."""
        return Agent.default.transcription_node(self, text, model_settings)

    def realtime_audio_output_node(
        self, audio: AsyncIterable[AudioFrame], model_settings: ModelSettings
    ) -> AsyncIterable[AudioFrame]:
        return Agent.default.realtime_audio_output_node(self, audio, model_settings)

    class default:
        """What each node does by itself."""

        @staticmethod
        def stt_node(
            agent: Agent, audio: AsyncIterable[AudioFrame], model_settings: ModelSettings
        ) -> AsyncIterable[SpeechEvent]:
            return _need(agent.stt or agent.session.stt, "stt")(audio)

        @staticmethod
        def llm_node(
            agent: Agent, chat_ctx: ChatContext, tools: Sequence[Any], model_settings: ModelSettings
        ) -> AsyncIterable[ChatChunk]:
            session = agent.session
            given: LLM | RealtimeModel | None = agent.llm or session.llm
            if is_realtime(given):
                raise NoModel("a realtime model has no llm_node: it hears and answers by itself")
            llm = _need(given, "llm")
            return session.providers.think(llm, chat_ctx, tools, model_settings.tool_choice)

        @staticmethod
        def tts_node(
            agent: Agent, text: AsyncIterable[str], model_settings: ModelSettings
        ) -> AsyncGenerator[AudioFrame, None]:
            """The text, its terms respelled as the session's tuning says, spoken by the session's TTS."""
            session = agent.session
            tts = _need(agent.tts or session.tts, "tts")
            return read_ahead(
                session.providers.speak(tts, session.pronounced(text), model_settings.making), READ_AHEAD_FRAMES
            )

        @staticmethod
        def transcription_node(
            agent: Agent, text: AsyncIterable[str], model_settings: ModelSettings
        ) -> AsyncIterable[str]:
            return text

        @staticmethod
        def realtime_audio_output_node(
            agent: Agent, audio: AsyncIterable[AudioFrame], model_settings: ModelSettings
        ) -> AsyncIterable[AudioFrame]:
            return audio


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _instructed(chat_ctx: ChatContext, old: str, new: str) -> ChatContext:
    """A copy whose first item is the system message `new`, in the place of `old`."""
    items = chat_ctx.items
    if items and old and items[0] == ChatMessage("system", old):
        del items[0]
    return ChatContext([ChatMessage("system", new), *items] if new else items)


def _need(model: M | None, name: str) -> M:
    if model is None:
        raise NoModel(f"the session has no {name}: give it one, as AgentSession({name}=...)")
    return model
