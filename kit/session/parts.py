"""The parts of a running session, made and connected."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, Any

from ..audio.voice_level import VoiceLevel
from ..chat import ChatItem, ChatMessage
from ..ports import AudioInput, AudioOutput
from ..realtime import RealtimeModel, is_realtime
from ..timing import SessionClock
from ..tuning import Tuning
from .agent import Agent, ModelSettings
from .answers.answering import Answers
from .answers.providers import Providers
from .conversation import Conversation
from .events import AgentStateName, EventEmitter, SpeechCreatedEvent, SpeechSource
from .handover import HandOver
from .journal import Journal
from .limits import Limits
from .realtime.dialogue import RealtimeDialogue
from .realtime.hearing import RealtimeHearing
from .records import SpeechCreated
from .running import RunningSession
from .scope import Scope
from .speech.ready_audio import ReadyAudio
from .speech.speaking import Speaking
from .speech.speech import Segment, Speech
from .speech.speech_handle import SpeechHandle
from .speech.synthesis import Synthesis
from .speech.transcription import Transcription, has_transcription
from .states import States
from .tools.calling import ToolRunner
from .turns.barge_in import BargeIn
from .turns.end_of_turn import AnyDetector, Detector
from .turns.listening import Ear, Listening
from .turns.turn_plan import plan_turns
from .turns.turn_taking import TurnTaking
from .waiting.channel import Channel
from .waiting.closing import close
from .waiting.patience import Watch
from .waiting.tasks import Tasks

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame


class Parts:
    """`turn_detection`: as the session was given it.

    Raises:
        ValueError: the models do not allow it.
    """

    def __init__(
        self,
        session: RunningSession,
        agent: Agent,
        output: AudioOutput,
        *,
        journal: Journal,
        events: EventEmitter,
        states: States,
        limits: Limits,
        turn_detection: Any,
    ) -> None:
        loop = asyncio.get_running_loop()
        clock = SessionClock(loop)
        journal.start(clock)
        tasks = Tasks(lambda name, error: self.scope.error("node" if name.startswith("on_") else "session", error))
        self.scope = scope = Scope(loop, clock, journal, events, tasks, limits, session.tuning, Watch(loop))
        self.audio_out = output
        self._session = session
        self._states = states
        self.providers = Providers(scope)
        self.conversation = Conversation(agent, events)
        self.speaking = Speaking(scope, output, VoiceLevel(), self)
        self.hand_over = HandOver(scope, session, self.conversation, self.speaking, taken_over=self._taken_over)
        tool_runner = ToolRunner(scope, session, hand_over=self.hand_over.to, add_item=self.conversation.add)
        self.hearing: RealtimeHearing | None = None
        self.realtime = self._realtime(session.llm, tool_runner) if is_realtime(session.llm) else None
        self.answers: Answers | RealtimeDialogue = self.realtime or Answers(
            scope,
            tool_runner,
            self.speaking,
            conversation=self.conversation,
            has_llm=self.has_llm,
            speak=self.speak,
            set_state=states.set_agent,
        )
        self.plan = plan = plan_turns(
            turn_detection, llm=session.llm, vad=session.vad, has_stt=session.stt is not None or has_ears(agent)
        )
        self.barge_in = BargeIn(
            scope,
            self.speaking,
            has_vad=plan.vad is not None,
            has_words=self._transcribes,
            by_voice=plan.decided_by == "session",
        )
        self.turn_taking = TurnTaking(
            scope,
            self.speaking,
            self.answers,
            self.barge_in,
            has_vad=plan.vad is not None,
            manual=plan.decided_by != "session",
            needs_words=plan.needs_words,
            detector=None if plan.detector is None else self._detector(plan.detector),
            set_user_state=states.set_user,
            user_is_active=states.user_is_active,
            forget_audio=lambda: self.listening.forget_audio(),
            restart=lambda name: self.listening.restart(name),
        )
        self.listening = Listening(scope, audio_window_s=plan.window_s, on_lost=self._lost)

    def listen(self, audio_in: AudioInput | None) -> None:
        """Begin to hear, in as many ways as there are."""
        listening, turn_taking, vad = self.listening, self.turn_taking, self.plan.vad
        if self.realtime is not None:
            listening.listen("realtime", self.realtime.open, self.realtime.take, outlives_audio=True)
        if audio_in is None:
            return
        if self.plan.decided_by != "model":
            listening.listen("stt", self._open_stt, turn_taking.hear_words)
        if vad is not None:
            listening.listen("vad", vad, turn_taking.hear_voice)
        listening.start(audio_in)

    def _transcribes(self) -> bool:
        """Whether the session or its present agent has a recogniser."""
        return self._session.stt is not None or has_ears(self.conversation.agent)

    def _open_stt(self, frames: Ear) -> Any:
        if not self._transcribes():
            return None
        return self.conversation.agent.stt_node(frames, ModelSettings())

    def _lost(self, name: str) -> None:
        if name == "realtime" and self.realtime is not None:
            self.realtime.lost()
        else:
            self.turn_taking.hear_no_more(name)

    def _realtime(self, model: RealtimeModel, tool_runner: ToolRunner) -> RealtimeDialogue:
        self.hearing = RealtimeHearing(self.scope, self.speaking, self.conversation, self._states)
        return RealtimeDialogue(
            self.scope,
            model,
            tool_runner,
            self.speaking,
            self.hearing,
            conversation=self.conversation,
            speak=self.speak,
            set_state=self._states.set_agent,
            give_up=lambda error: self.listening.give_up("realtime", error),
        )

    def _detector(self, detector: AnyDetector) -> Detector:
        return Detector(
            self.scope,
            detector,
            chat_ctx=lambda: self.conversation.agent.chat_ctx,
            latest_audio=lambda: self.listening.latest_audio(),
            predicted=lambda probability, threshold: self.turn_taking.end_of_turn_predicted(probability, threshold),
            over=lambda: self.turn_taking.prediction_over(),
        )

    def has_llm(self) -> bool:
        """Whether the present agent can be asked for an answer."""
        agent = self.conversation.agent
        return self._session.llm is not None or agent.llm is not None or type(agent).llm_node is not Agent.llm_node

    # the floor, as the agent's mouth knows it

    def user_is_silent(self) -> bool:
        return not self.turn_taking.user_speaking and not (self.hearing is not None and self.hearing.user_speaking)

    def speech_began(self) -> None:
        self.barge_in.speech_began()

    def set_agent_state(self, state: AgentStateName) -> None:
        self._states.set_agent(state)

    def agent_heard(self, begins: bool) -> None:
        if begins:
            self.turn_taking.agent_started()
        else:
            self.turn_taking.agent_ended()

    def add_item(self, item: ChatItem, source: SpeechSource) -> None:
        self.conversation.add(item)
        self.answers.said(item, source)

    # what is done with it

    def speak(self, speech: Speech, priority: int = SpeechHandle.SPEECH_PRIORITY_NORMAL) -> None:
        """Announce a speech that will be heard, and queue it."""
        handle = speech.handle
        self.scope.journal.append(SpeechCreated(speech=handle.id, source=speech.source, turn=speech.turn))
        created = SpeechCreatedEvent(speech.source != "turn", speech.source, handle)
        self.scope.events.emit("speech_created", created)
        self.speaking.enqueue(speech, priority)

    def said(self, text: AsyncIterable[str], audio: AsyncIterable[AudioFrame] | None, handle: SpeechHandle) -> Segment:
        """A segment that speaks a text, or plays its sound."""
        scope, agent = self.scope, self.conversation.agent
        transcription = Transcription(scope, agent) if has_transcription(agent) else None
        if transcription is not None:
            text = transcription.passing(text)
        voice = (
            Synthesis(scope, agent, text, speech=handle.id, attempt=0)
            if audio is None
            else ReadyAudio(scope, text, audio)
        )
        return Segment(voice, scope.rate, transcription)

    def pump(self, text: AsyncIterable[str]) -> Channel[str]:
        """The text, taken from its source as it comes, whoever reads it and how often."""
        channel: Channel[str] = Channel()
        self.scope.tasks.spawn(_pump(text, channel), "pump-text")
        return channel

    def apply(self, tuning: Tuning) -> None:
        """The settings have changed: the next frame, text or decision goes by the new ones."""
        before, self.scope.tuning = self.scope.tuning, tuning
        if before.preemption != tuning.preemption:
            self.answers.discard_attempt("setting_changed")
        self.turn_taking.settings_changed()

    async def aclose(self) -> None:
        """Stop what is said, end every handle, and leave no task behind."""
        limits = self.scope.limits
        words = self.turn_taking.close()
        if words:
            self.conversation.add(ChatMessage("user", words))
        self._states.close()
        await self.answers.aclose()
        await self.speaking.aclose()
        self.scope.watch.close()
        while len(self.scope.tasks):
            stuck = await self.scope.tasks.cancel_all(limits.close_s)
            if stuck:
                self.scope.error("close", RuntimeError(f"still running after the close: {', '.join(stuck)}"))
                break

    def _taken_over(self, old: Agent, new: Agent) -> None:
        self.answers.discard_attempt("agent_changed")
        self.answers.configure(with_chat_ctx=True)
        if type(old).stt_node is not type(new).stt_node or old.stt is not new.stt:
            self.listening.restart("stt")


async def _pump(text: AsyncIterable[str], channel: Channel[str]) -> None:
    try:
        async for piece in text:
            channel.put_nowait(piece)
    except Exception as error:
        channel.close(error)
    finally:
        channel.close()
        await close(text)


def has_ears(agent: Agent) -> bool:
    """Whether an agent transcribes by itself."""
    return agent.stt is not None or type(agent).stt_node is not Agent.stt_node
