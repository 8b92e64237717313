"""The session: models, an agent and a person's audio, wired together. Only wiring; what happens is in the parts."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from ..chat import ChatContext, ChatMessage
from ..ports import LLM, STT, TTS, VAD, AudioInput, AudioOutput, AudioTurnDetector, ToolChoice, TurnDetector
from ..realtime import RealtimeModel
from ..tuning import Tuning, TuningError
from ..version import __version__
from .agent import Agent
from .answers.providers import Providers
from .events import (
    AgentStateName,
    CloseEvent,
    EventEmitter,
    UserStateName,
)
from .journal import Journal
from .limits import Limits
from .records import SessionClosed, SessionStarted, TuningChanged, UserInput
from .speech.markup import check_markup
from .speech.respelling import Respelling
from .speech.speech import Segment, Speech
from .speech.speech_handle import CALLING_TOOL, SpeechHandle
from .states import States
from .waiting.channel import Channel

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame

    from ..text.ssml import Speech as Spoken
    from .parts import Parts

TurnDetection = Literal["vad", "stt", "manual", "realtime_llm"] | TurnDetector | AudioTurnDetector

_PREEMPTION_OPTIONS = {
    "enabled": "preemption.enabled",
    "preemptive_tts": "preemption.preemptive_tts",
    "max_speech_duration": "preemption.max_speech_duration_s",
    "max_retries": "preemption.max_retries",
}


class AgentSession(EventEmitter):
    """A spoken conversation.

    Args:
        stt, llm, tts, vad: Models, as in `kit.ports`. What is left out is not there; what needs it says so. `llm` may
            be a realtime model, as in `kit.realtime`, which hears and speaks by itself.
        turn_detection: What ends the user's turn: "vad", "stt", "manual", or a detector that reads the words
            (`TurnDetector`) or hears the sound (`AudioTurnDetector`) and chooses between the shortest and the longest
            endpointing delay. By default "vad" where there is one.
        tuning: The settings, which can be changed while the session runs.
        preemptive_generation: True or False, or a dict with `enabled`, `preemptive_tts`, `max_speech_duration` (s) and
            `max_retries`; written over `tuning.preemption`.
        userdata: Anything; tools reach it by their context.
        user_away_timeout: Seconds in which both only listen, after which the user is away; None is never.
        seed: Recorded in the journal, and used for all random choices of the session.
        limits: How long to wait for others.
    """

    def __init__(
        self,
        *,
        stt: STT | None = None,
        llm: LLM | RealtimeModel | None = None,
        tts: TTS | None = None,
        vad: VAD | None = None,
        turn_detection: TurnDetection | None = None,
        tuning: Tuning | None = None,
        preemptive_generation: bool | Mapping[str, Any] | None = None,
        userdata: Any = None,
        user_away_timeout: float | None = 15.0,
        seed: int = 0,
        limits: Limits | None = None,
    ) -> None:
        super().__init__()
        check_markup(tts)
        self.stt, self.llm, self.tts, self.vad = stt, llm, tts, vad
        self.turn_detection = turn_detection
        self.userdata = userdata
        self.user_away_timeout = user_away_timeout
        self.seed = seed
        self.limits = limits or Limits()
        self.journal = Journal()
        self._tuning = _with_preemption(tuning or Tuning(), preemptive_generation)
        self._states = States(self.journal, self, user_away_timeout)
        self._parts: Parts | None = None
        self._closing: asyncio.Task[None] | None = None
        self._shutdown: asyncio.Task[None] | None = None
        self._closed = False
        self._respelling = Respelling(self._tuning.pronunciation.terms)

    # what it is

    @property
    def tuning(self) -> Tuning:
        return self._tuning

    @tuning.setter
    def tuning(self, tuning: Tuning) -> None:
        """Takes effect at once: on the next frame, text or decision."""
        changes = self._tuning.diff(tuning)
        self._tuning = tuning
        self._respelling.use(tuning.pronunciation.terms)
        if self._parts is not None and not self._closed:
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

    @property
    def current_text(self) -> str:
        """The text of the speech that is heard now, as far as it is written; "" while none is."""
        return "" if self._parts is None else self._parts.speaking.text

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop that it runs on; None before its start. Other threads reach the session by this loop only."""
        return None if self._parts is None else self._parts.scope.loop

    @property
    def audio_out(self) -> AudioOutput | None:
        """Where the agent is heard; None before its start."""
        return None if self._parts is None else self._parts.audio_out

    @property
    def origin(self) -> float:
        """The loop's time at which the session's own time, the `t` of its journal, is 0.

        Raises:
            RuntimeError: it was not started.
        """
        if self._parts is None:
            raise RuntimeError("the session is not running: await session.start(agent) first")
        return self._parts.scope.clock.origin

    @property
    def closed(self) -> bool:
        """Whether it has ended, or is ending."""
        return self._closed

    # its life

    def again(self) -> AgentSession:
        """A new session, to be started: the same models, the settings as they are now, the callbacks of its events."""
        session = AgentSession(
            stt=self.stt,
            llm=self.llm,
            tts=self.tts,
            vad=self.vad,
            turn_detection=self.turn_detection,
            tuning=self._tuning,
            userdata=self.userdata,
            user_away_timeout=self.user_away_timeout,
            seed=self.seed,
            limits=self.limits,
        )
        session.listen_as(self)
        return session

    async def start(
        self, agent: Agent, *, audio_in: AudioInput | None = None, audio_out: AudioOutput | None = None
    ) -> None:
        """Begin to listen and to speak.

        Args:
            audio_in: The user's frames; without them the user is only heard through `generate_reply(user_input=...)`.
            audio_out: Where the agent is heard. By default a loudspeaker that keeps time and makes no sound.

        Raises:
            RuntimeError: the session was started before.
            ValueError: the models do not allow this `turn_detection`.
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
        self._states.start(parts.scope.loop)
        self._states.set_agent("listening")
        parts.listen(audio_in)
        parts.hand_over.enter()

    async def drain(self) -> None:
        """Wait until everything that was asked for has been said; in a tool, but for the speech that called it.

        Meanwhile nothing new can be asked for. Where nothing is heard for `limits.drain_s`, what is stuck is stopped.
        """
        parts = self._running()
        parts.scope.draining += 1
        try:
            calling = CALLING_TOOL.get()
            await parts.speaking.drain(None if calling is None else calling[0])
        finally:
            parts.scope.draining -= 1

    def shutdown(self, *, drain: bool = True) -> None:
        """Close soon, without waiting for it; first say what was asked for, if `drain`."""
        parts = self._running()
        if self._shutdown is None:
            context = parts.scope.tasks.context.copy()
            self._shutdown = parts.scope.loop.create_task(self._shut_down(drain), name="shutdown", context=context)

    async def _shut_down(self, drain: bool) -> None:
        if drain:
            await self.drain()
        await self.aclose()

    def update_agent(self, agent: Agent) -> None:
        """Hand the conversation over to another agent.

        The present one says goodbye (`on_exit`), what waits to be said is said, then the new one takes over and begins
        (`on_enter`), with its own instructions, tools and chat context.

        Raises:
            RuntimeError: the session does not run.
        """
        self._running().hand_over.to(agent)

    async def aclose(self, reason: str = "user_initiated") -> None:
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
        for speech in parts.speaking.pending:
            speech.handle.interrupt()
        await parts.hand_over.leave()
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
        text: str | Spoken | AsyncIterable[str],
        *,
        audio: AsyncIterable[AudioFrame] | None = None,
        allow_interruptions: bool = True,
        add_to_chat_ctx: bool = True,
        priority: int = SpeechHandle.SPEECH_PRIORITY_NORMAL,
    ) -> SpeechHandle:
        """Speak a text.

        Args:
            text: The words, whole or as they come; or a `kit.Speech`, which has markup.
            audio: Their sound, made before; the TTS is then not asked.
            allow_interruptions: Whether the user's voice may stop it.
            add_to_chat_ctx: Whether what was heard of it goes into the history.
            priority: Higher ones are said before those that wait, as `SpeechHandle.SPEECH_PRIORITY_HIGH`.

        Raises:
            RuntimeError: the session does not run, or has no TTS and `audio` is not given.
        """
        parts = self._talking()
        if audio is None and not _can_speak(self, parts.conversation.agent):
            raise RuntimeError(
                "say() needs a TTS, beside a realtime model too: AgentSession(tts=...); "
                "or give it audio=..., or use generate_reply()"
            )
        handle = parts.answers.handle(allow_interruptions=allow_interruptions)
        chunks = parts.pump(text) if isinstance(text, AsyncIterable) else _once(str(text))
        segment = parts.said(chunks, audio, handle)
        segments: Channel[Segment] = Channel()
        segments.put_nowait(segment)
        segments.close()
        speech = Speech(handle, "say", segments, segment.cancel, add_to_chat_ctx=add_to_chat_ctx)
        parts.speak(speech, priority)
        return handle

    def generate_reply(
        self,
        *,
        user_input: str | ChatMessage | None = None,
        instructions: str | None = None,
        tool_choice: ToolChoice | None = None,
        chat_ctx: ChatContext | None = None,
        allow_interruptions: bool = True,
        priority: int = SpeechHandle.SPEECH_PRIORITY_NORMAL,
    ) -> SpeechHandle:
        """Have the LLM answer.

        Args:
            user_input: What the user says; goes into the history.
            instructions: For this answer only; not recorded in the history.
            tool_choice: Whether the LLM may call tools. By default "auto"; "none" inside a tool.
            chat_ctx: What to answer, in the place of the agent's own context.
            priority: As of `say`.

        Raises:
            RuntimeError: the session does not run, or has no LLM.
        """
        parts = self._talking()
        if not parts.has_llm():
            raise RuntimeError("generate_reply() needs an LLM: AgentSession(llm=...)")
        if tool_choice is None:
            tool_choice = "auto" if CALLING_TOOL.get() is None else "none"
        message = ChatMessage("user", user_input) if isinstance(user_input, str) else user_input
        if message is not None:
            self.journal.append(UserInput(text=message.content))
        return parts.answers.generate(
            message=message,
            instructions=instructions or "",
            tool_choice=tool_choice,
            chat_ctx=chat_ctx,
            allow_interruptions=allow_interruptions,
            priority=priority,
        )

    def interrupt(self, *, force: bool = True) -> asyncio.Future[None]:
        """Stop what is said and what waits to be said. The future is done when it has ended.

        `force`: also speech that the user may not interrupt; otherwise that is spared, and what waits behind it.

        Raises:
            RuntimeError: without `force`, where what is said now allows no interruptions.
        """
        parts = self._running()
        handles = [speech.handle for speech in parts.speaking.pending]
        if not force:
            if handles and not handles[0].allow_interruptions:
                raise RuntimeError(f"{handles[0].id} does not allow interruptions: interrupt(force=True) stops it")
            handles = list(itertools.takewhile(lambda handle: handle.allow_interruptions, handles))
        for handle in handles:
            handle.interrupt()
        return asyncio.ensure_future(_all_done(handles))

    def hold_user_turn(self) -> None:
        """The user goes on, whatever the pauses, until `commit_user_turn` or `clear_user_turn`: push to talk.

        Has no effect on a realtime model that detects the turns itself.
        """
        self._running().turn_taking.hold()

    def commit_user_turn(self, *, transcript_timeout: float = 2.0) -> None:
        """End the user's turn now, whatever the silence.

        Where its last words are still being transcribed, the turn ends with them; after `transcript_timeout` seconds
        the words that are known by then are taken.
        """
        self._running().turn_taking.commit(transcript_timeout)

    def clear_user_turn(self) -> None:
        """Forget what the user has said in this turn."""
        self._running().turn_taking.clear()

    # for its parts

    def agent_updated(self, agent: Agent, *, chat_ctx: bool = False) -> None:
        """The agent's instructions or tools have changed, or its chat context."""
        if self._parts is not None and self._parts.conversation.agent is agent:
            self._parts.answers.configure(with_chat_ctx=chat_ctx)

    @property
    def providers(self) -> Providers:
        """The session's models, asked with its time limits and retries."""
        return self._running().providers

    def pronounced(self, text: AsyncIterable[str]) -> AsyncIterable[str]:
        """The text as the TTS is to be given it, its terms respelled as the tuning says."""
        return self._respelling.of(text)

    def _talking(self) -> Parts:
        parts = self._running()
        if parts.scope.draining:
            raise RuntimeError("the session is draining: nothing new can be said")
        return parts

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


def _can_speak(session: AgentSession, agent: Agent) -> bool:
    return session.tts is not None or agent.tts is not None or type(agent).tts_node is not Agent.tts_node


async def _once(text: str) -> AsyncIterator[str]:
    if text:
        yield text


async def _all_done(handles: list[SpeechHandle]) -> None:
    for handle in handles:
        await handle.wait_for_playout()
