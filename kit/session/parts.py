"""The parts of a running session, made and connected."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from ..audio.gain import GainRamp
from ..ports import VAD, AudioOutput, TurnDetector
from ..timing import SessionClock
from ..tuning import Tuning
from .agent import Agent
from .answering import Answers
from .conversation import Conversation
from .events import EventEmitter, SpeechCreatedEvent, SpeechSource
from .journal import Journal, SpeechCreated
from .limits import Limits
from .listening import Listening
from .replying import Reply
from .running import RunningSession
from .scope import Scope
from .speaking import Speaking
from .speech import Speech
from .states import States
from .tasks import Tasks
from .turn_taking import TurnTaking


class Parts:
    """`turn_detection`: "vad", "stt", "manual", a `TurnDetector`, or None."""

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
        tasks = Tasks(lambda name, error: self.scope.error(name, error))
        self.scope = Scope(loop, clock, journal, events, tasks, limits, session.tuning)
        self.conversation = Conversation(agent, events)
        self.speaking = Speaking(
            self.scope,
            output,
            GainRamp(),
            add_item=self.conversation.add,
            set_state=states.set_agent,
            user_is_silent=lambda: not self.turn_taking.user_speaking,
            answer_is_coming=lambda: self.answers.answering,
        )
        self.answers = Answers(
            self.scope,
            session,
            self.speaking,
            conversation=self.conversation,
            has_llm=session.llm is not None,
            speak=self.speak_reply,
            set_state=states.set_agent,
        )
        vad: VAD | None = None if turn_detection == "stt" else session.vad
        self.turn_taking = TurnTaking(
            self.scope,
            self.speaking,
            self.answers,
            has_vad=vad is not None,
            manual=turn_detection == "manual",
            detector=turn_detection if isinstance(turn_detection, TurnDetector) else None,
            chat_ctx=lambda: self.conversation.agent.chat_ctx,
            set_user_state=states.set_user,
        )
        self.listening = Listening(
            self.scope,
            lambda: self.conversation.agent,
            vad,
            has_stt=session.stt is not None or type(agent).stt_node is not Agent.stt_node,
            on_speech=self.turn_taking.hear_words,
            on_voice=self.turn_taking.hear_voice,
        )

    def speak(self, speech: Speech) -> None:
        """Announce a speech that will be heard, and queue it."""
        handle = speech.handle
        self.scope.journal.append(SpeechCreated(speech=handle.id, source=speech.source, turn=speech.turn))
        created = SpeechCreatedEvent(speech.source != "turn", speech.source, handle)
        self.scope.events.emit("speech_created", created)
        self.speaking.enqueue(speech)
        self.turn_taking.speech_began()

    def speak_reply(self, reply: Reply, source: SpeechSource, turn: int) -> None:
        self.speak(Speech(reply.handle, source, reply.segments, reply.cancel, turn=turn))

    def apply(self, tuning: Tuning) -> None:
        """The settings have changed: the next frame, text or decision goes by the new ones."""
        before, self.scope.tuning = self.scope.tuning, tuning
        if before.preemption != tuning.preemption:
            self.answers.discard_attempt("setting_changed")
        self.turn_taking.settings_changed()

    async def leave(self) -> None:
        """Let the agent say goodbye."""
        agent, limits = self.conversation.agent, self.scope.limits
        if type(agent).on_exit is not Agent.on_exit:
            await self._run_hook(agent.on_exit(), limits.hook_s)

    async def aclose(self) -> None:
        """Stop what is said, end every handle, and leave no task behind."""
        limits = self.scope.limits
        self.turn_taking.close()
        await self.answers.aclose()
        await self.speaking.aclose()
        while len(self.scope.tasks):
            stuck = await self.scope.tasks.cancel_all(limits.close_s)
            if stuck:
                self.scope.error("close", RuntimeError(f"still running after the close: {', '.join(stuck)}"))
                break

    async def _run_hook(self, hook: Coroutine[Any, Any, None], limit_s: float) -> None:
        try:
            await asyncio.wait_for(hook, limit_s)
        except Exception as error:
            self.scope.error("node", error)
