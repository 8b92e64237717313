"""The session: models, an agent and a person's audio, wired together. Only wiring; what happens is in the parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from ..chat import ChatContext, ChatMessage
from ..ports import LLM, STT, TTS, VAD, AudioInput, AudioOutput, TurnDetector
from ..tuning import Tuning, TuningError
from ..version import __version__
from .agent import Agent
from .channel import Channel
from .events import (
    AgentStateName,
    CloseEvent,
    EventEmitter,
    UserStateName,
)
from .journal import Journal, SessionClosed, SessionStarted, TuningChanged
from .limits import Limits
from .speech import ReadyAudio, Segment, Speech
from .speech_handle import SpeechHandle
from .states import States
from .synthesis import Synthesis

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame

    from ..text.lexicon import Lexicon
    from .parts import Parts

TurnDetection = Literal["vad", "stt", "manual"] | TurnDetector

_PREEMPTION_OPTIONS = {
    "enabled": "preemption.enabled",
    "preemptive_tts": "preemption.preemptive_tts",
    "max_speech_duration": "preemption.max_speech_duration_s",
    "max_retries": "preemption.max_retries",
}


class AgentSession(EventEmitter):
    """A spoken conversation.

    Args:
        stt, llm, tts, vad: Models, as in `kit.ports`. What is left out is not there; what needs it says so.
        turn_detection: What ends the user's turn: "vad", "stt", "manual", or a `TurnDetector` that reads the words
            and chooses between the shortest and the longest endpointing delay. By default "vad" where there is one.
        tuning: The settings, which can be changed while the session runs.
        preemptive_generation: True or False, or a dict with `enabled`, `preemptive_tts`, `max_speech_duration` (s) and
            `max_retries`; written over `tuning.preemption`.
        userdata: Anything; tools reach it by their context.
        seed: Recorded in the journal, and used for all random choices of the session.
        limits: How long to wait for others.
    """

    def __init__(
        self,
        *,
        stt: STT | None = None,
        llm: LLM | None = None,
        tts: TTS | None = None,
        vad: VAD | None = None,
        turn_detection: TurnDetection | None = None,
        tuning: Tuning | None = None,
        preemptive_generation: bool | Mapping[str, Any] | None = None,
        userdata: Any = None,
        seed: int = 0,
        limits: Limits | None = None,
    ) -> None:
        super().__init__()
        self.stt, self.llm, self.tts, self.vad = stt, llm, tts, vad
        self.turn_detection = turn_detection
        self.userdata = userdata
        self.seed = seed
        self.limits = limits or Limits()
        self.journal = Journal()
        self._tuning = _with_preemption(tuning or Tuning(), preemptive_generation)
        self._states = States(self.journal, self)
        self._parts: Parts | None = None
        self._closing: asyncio.Task[None] | None = None
        self._closed = False
        self._lexicon: Lexicon | None = None

    # what it is

    @property
    def tuning(self) -> Tuning:
        return self._tuning

    @tuning.setter
    def tuning(self, tuning: Tuning) -> None:
        """Takes effect at once: on the next frame, text or decision."""
        changes = self._tuning.diff(tuning)
        if self._tuning.pronunciation != tuning.pronunciation:
            self._lexicon = None
        self._tuning = tuning
        if self._parts is not None:
            for change in changes:
                self.journal.append(TuningChanged(path=change.path, old=change.old, new=change.new))
            self._parts.apply(tuning)

    @property
    def agent_state(self) -> AgentStateName:
        return self._states.agent

    @property
    def user_state(self) -> UserStateName:
        return self._states.user

    @property
    def history(self) -> ChatContext:
        """A copy of what was said in this session, and of the tools that were called."""
        return ChatContext() if self._parts is None else self._parts.conversation.history.copy()

    @property
    def current_agent(self) -> Agent:
        return self._running().conversation.agent

    @property
    def current_speech(self) -> SpeechHandle | None:
        """The speech that is heard now, or is next to be heard."""
        current = None if self._parts is None else self._parts.speaking.current
        return None if current is None else current.handle

    # its life

    async def start(
        self, agent: Agent, *, audio_in: AudioInput | None = None, audio_out: AudioOutput | None = None
    ) -> None:
        """Begin to listen and to speak.

        Args:
            audio_in: The user's frames; without them the user is only heard through `generate_reply(user_input=...)`.
            audio_out: Where the agent is heard. By default a loudspeaker that keeps time and makes no sound.

        Raises:
            RuntimeError: the session was started before.
        """
        if self._parts is not None or self._closed:
            raise RuntimeError("a session starts once: make a new AgentSession for a new conversation")
        from ..transports.playout import PacedOutput  # frames and numpy: loaded by a session's start, not its import
        from .parts import Parts

        self._parts = parts = Parts(
            self,
            agent,
            audio_out or PacedOutput(),
            journal=self.journal,
            events=self,
            states=self._states,
            limits=self.limits,
            turn_detection=self.turn_detection,
        )
        agent._session = self
        self.journal.append(
            SessionStarted(
                kit=__version__,
                tuning=self._tuning.as_dict(),
                seed=self.seed,
                clock=parts.scope.clock.kind,
                models={name: _label(getattr(self, name)) for name in ("stt", "llm", "tts", "vad")},
            )
        )
        self._states.set_agent("listening")
        if audio_in is not None:
            parts.listening.start(audio_in)
        if type(agent).on_enter is not Agent.on_enter:
            parts.scope.tasks.spawn(agent.on_enter(), "on-enter")

    async def drain(self) -> None:
        """Wait until everything that was asked for has been said."""
        await self._running().speaking.wait_until_idle()

    async def aclose(self, reason: str = "closed") -> None:
        """End the session: what is said is stopped, every handle ends, no task is left.

        May be called from anywhere, a tool of the session included, and again while it is being closed.
        """
        if self._parts is None:
            self._closed = True
            return
        if self._closing is None:
            coroutine = self._close(self._parts, reason)
            self._closing = asyncio.get_running_loop().create_task(coroutine, name="close-session")
        await asyncio.shield(self._closing)

    async def _close(self, parts: Parts, reason: str) -> None:
        await parts.leave()
        self._closed = True
        await parts.aclose()
        self._states.set_agent("idle")
        self.journal.append(SessionClosed(reason=reason))
        self.emit("close", CloseEvent(reason))

    async def __aenter__(self) -> AgentSession:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    # what it says

    def say(
        self,
        text: str | AsyncIterable[str],
        *,
        audio: AsyncIterable[AudioFrame] | None = None,
        allow_interruptions: bool = True,
        add_to_chat_ctx: bool = True,
    ) -> SpeechHandle:
        """Speak a text.

        Args:
            text: The words, whole or as they come.
            audio: Their sound, made before; the TTS is then not asked.
            allow_interruptions: Whether the user's voice may stop it.
            add_to_chat_ctx: Whether what was heard of it goes into the history.

        Raises:
            RuntimeError: the session does not run, or has no TTS and `audio` is not given.
        """
        parts = self._running()
        if self.tts is None and audio is None:
            raise RuntimeError(
                "say() needs a TTS: AgentSession(tts=...); or give it audio=..., or use generate_reply()"
            )
        handle = parts.answers.handle(allow_interruptions=allow_interruptions)
        voice: ReadyAudio | Synthesis
        if audio is not None:
            voice = ReadyAudio(
                text if isinstance(text, str) else "", audio, lambda error: parts.scope.error("audio", error)
            )
        else:
            chunks = _once(text) if isinstance(text, str) else text
            voice = Synthesis(parts.scope, parts.conversation.agent, chunks, speech=handle.id, attempt=0)
        segments: Channel[Segment] = Channel()
        segment = Segment(voice)
        segments.put_nowait(segment)
        segments.close()
        speech = Speech(handle, "say", segments, segment.cancel, add_to_chat_ctx=add_to_chat_ctx)
        parts.speak(speech)
        return handle

    def generate_reply(
        self,
        *,
        user_input: str | None = None,
        instructions: str | None = None,
        allow_interruptions: bool = True,
    ) -> SpeechHandle:
        """Have the LLM answer.

        Args:
            user_input: What the user says; goes into the history.
            instructions: For this answer only; not recorded in the history.

        Raises:
            RuntimeError: the session does not run, or has no LLM.
        """
        parts = self._running()
        if self.llm is None:
            raise RuntimeError("generate_reply() needs an LLM: AgentSession(llm=...)")
        if user_input is not None:
            parts.conversation.add(ChatMessage("user", user_input))
        chat_ctx = parts.conversation.agent.chat_ctx
        if instructions:
            chat_ctx.add_message(role="system", content=instructions)
        reply = parts.answers.reply(parts.answers.handle(allow_interruptions=allow_interruptions), chat_ctx)
        reply.allow()
        parts.speak_reply(reply, "generate_reply", 0)
        return reply.handle

    def interrupt(self) -> asyncio.Future[None]:
        """Stop what is said and what waits to be said. The future is done when it has ended."""
        parts = self._running()
        handles = [speech.handle for speech in parts.speaking.pending]
        for handle in handles:
            handle.interrupt()
        return asyncio.ensure_future(_all_done(handles))

    def commit_user_turn(self) -> None:
        """End the user's turn now, whatever the silence."""
        self._running().turn_taking.commit()

    def clear_user_turn(self) -> None:
        """Forget what the user has said in this turn."""
        self._running().turn_taking.clear()

    # for its parts

    def pronounced(self, text: AsyncIterable[str]) -> AsyncIterable[str]:
        """The text as the TTS is to be given it, its terms respelled as the tuning says."""
        if not self._tuning.pronunciation.terms:
            return text
        from ..text.lexicon import Lexicon, pronounce

        if self._lexicon is None:
            self._lexicon = Lexicon(self._tuning.pronunciation.terms)
        return pronounce(text, self._lexicon)

    def _running(self) -> Parts:
        if self._closed:
            raise RuntimeError("the session is closed")
        if self._parts is None:
            raise RuntimeError("the session is not running: await session.start(agent) first")
        return self._parts


def _with_preemption(tuning: Tuning, options: bool | Mapping[str, Any] | None) -> Tuning:
    if options is None:
        return tuning
    if isinstance(options, bool):
        options = {"enabled": options}
    unknown = [name for name in options if name not in _PREEMPTION_OPTIONS]
    if unknown:
        raise TuningError(
            f"preemptive_generation takes {', '.join(_PREEMPTION_OPTIONS)}, not {', '.join(map(repr, unknown))}"
        )
    return tuning.replace({_PREEMPTION_OPTIONS[name]: value for name, value in options.items()})


def _label(model: Any) -> str:
    if model is None:
        return ""
    return str(getattr(model, "label", None) or getattr(model, "__name__", None) or type(model).__name__)


async def _once(text: str) -> AsyncIterator[str]:
    if text:
        yield text


async def _all_done(handles: list[SpeechHandle]) -> None:
    for handle in handles:
        await handle.wait_for_playout()
