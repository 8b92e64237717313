"""From the user's turn to the agent's reply, and the attempts made ahead of it.

An attempt is a reply that is begun before the turn is committed and that nobody hears. After the agent's hook has run
it is either adopted, and becomes the turn's speech, or discarded, with its reason and what it used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ...chat import ChatContext, ChatItem, ChatMessage
from ...ports import ToolChoice
from ...turns.endpointing import UserTurn
from ...turns.preemption import Basis, may_start, mismatch, same_words
from ..agent import Agent
from ..conversation import Conversation
from ..events import AgentStateName, SpeechSource
from ..records import PreemptionAdopted, PreemptionDiscarded, PreemptionStarted, TurnDropped
from ..scope import Scope
from ..speech.speech import Speech
from ..speech.speech_handle import SpeechHandle
from ..tools.calling import ToolRunner
from .before_answering import ask_hook, is_uninterruptible, make_way
from .replying import Reply

if TYPE_CHECKING:
    from ..speech.speaking import Speaking


@dataclass(slots=True)
class Attempt:
    number: int
    turn: int
    started_t: float
    basis: Basis
    message: ChatMessage
    reply: Reply


class Speak(Protocol):
    """Announces a speech that will be heard, and queues it."""

    def __call__(self, speech: Speech, priority: int = ..., /) -> None: ...


class Answers:
    """Makes the replies of a session: those that a turn calls for, and those that the application asks for."""

    def __init__(
        self,
        scope: Scope,
        tool_runner: ToolRunner,
        speaking: Speaking,
        *,
        conversation: Conversation,
        has_llm: Callable[[], bool],
        speak: Speak,
        set_state: Callable[[AgentStateName], None],
    ) -> None:
        self._scope = scope
        self._tool_runner = tool_runner
        self._speaking = speaking
        self._conversation = conversation
        self._has_llm = has_llm
        self._speak = speak
        self._set_state = set_state
        self._attempt: Attempt | None = None
        self._attempts = 0
        self._turns = 0
        self._closed = False
        self._answer: asyncio.Task[None] | None = None

    def words_known(self, transcript: str, *, speech_duration_s: float) -> None:
        """Begin an attempt, unless the one that is there answers the same words."""
        if self._attempt is not None:
            if same_words(self._attempt.basis.transcript, transcript) and not self._attempt.reply.failed:
                return
            self.discard_attempt("transcript_changed")
        settings = self._scope.tuning.preemption
        if not self._has_llm() or self._agent_speaks() or self._conversation.changing:
            return
        if may_start(settings, attempts=self._attempts, speech_duration_s=speech_duration_s):
            self._attempts += 1
            self._begin_attempt(transcript)

    def turn_committed(self, turn: UserTurn, number: int, committed_t: float) -> None:
        self._turns = number
        self._attempts = 0
        attempt, self._attempt = self._attempt, None
        if self._nothing_to_wait_for():
            self._serve(attempt, number, committed_t, ChatMessage("user", turn.text), self._conversation.agent.chat_ctx)
            return
        coroutine = self._answer_turn(turn, number, committed_t, attempt, self._answer)
        self._answer = self._scope.tasks.spawn(coroutine, f"turn-{number}")

    def turn_cleared(self) -> None:
        self._attempts = 0
        self.discard_attempt("turn_cleared")

    def about_to_answer(self) -> None:
        """The agent thinks, unless it is heard."""
        if not self._speaking.audible:
            self._set_state("thinking")

    def discard_attempt(self, reason: str) -> None:
        """Throw the present attempt away, if there is one."""
        attempt, self._attempt = self._attempt, None
        if attempt is not None:
            self._discard(attempt, reason)

    def generate(
        self,
        *,
        message: ChatMessage | None,
        instructions: str,
        tool_choice: ToolChoice,
        chat_ctx: ChatContext | None,
        allow_interruptions: bool,
        priority: int,
    ) -> SpeechHandle:
        """Have the LLM answer a context, or the agent's own, with a message of the user's behind it."""
        if message is not None:
            self._conversation.add(message)
        self.about_to_answer()
        asked = self._conversation.agent.chat_ctx if chat_ctx is None else chat_ctx.copy()
        if message is not None and chat_ctx is not None:
            asked.append(message)
        if instructions:
            asked.add_message(role="system", content=instructions)
        reply = self.reply(self.handle(allow_interruptions=allow_interruptions), asked, tool_choice=tool_choice)
        reply.allow()
        self._speak_reply(reply, "generate_reply", 0, priority)
        return reply.handle

    def said(self, item: ChatItem, source: SpeechSource) -> None:
        """Something went into the history; an LLM is given it with the next request."""

    def configure(self, *, with_chat_ctx: bool = False) -> None:
        """The agent has changed; an LLM is given it with the next request."""

    def reply(
        self,
        handle: SpeechHandle,
        chat_ctx: ChatContext,
        *,
        turn: int = 0,
        attempt: int = 0,
        tool_choice: ToolChoice = "auto",
    ) -> Reply:
        """Begin an answer to this context."""
        return Reply(
            self._scope,
            self._tool_runner,
            self._conversation.agent,
            handle,
            chat_ctx,
            turn=turn,
            attempt=attempt,
            tool_choice=tool_choice,
            prepare_tts=attempt > 0 and self._scope.tuning.preemption.preemptive_tts,
            other_speaks=lambda: self._speaking.current is not None and self._speaking.current.handle is not handle,
            add_item=self._conversation.add,
        )

    def _speak_reply(
        self,
        reply: Reply,
        source: SpeechSource,
        turn: int,
        priority: int = SpeechHandle.SPEECH_PRIORITY_NORMAL,
    ) -> None:
        speech = Speech(reply.handle, source, reply.segments, reply.cancel, turn=turn, failure=lambda: reply.error)
        self._speak(speech, priority)

    def handle(self, *, allow_interruptions: bool = True) -> SpeechHandle:
        return SpeechHandle(
            f"speech_{self._scope.number('speech')}",
            allow_interruptions=allow_interruptions,
            on_interrupt=self._speaking.interrupt,
            on_allowance=self._speaking.allowance_changed,
        )

    async def aclose(self) -> None:
        """Throw the attempt away; a turn whose hook is still running gets no reply."""
        self._closed = True
        attempt, self._attempt = self._attempt, None
        if attempt is not None:
            await self._end_attempt(attempt, "session_closed")

    def _begin_attempt(self, transcript: str) -> None:
        before = self._conversation.agent.chat_ctx
        message = ChatMessage("user", transcript)
        chat_ctx = before.copy()
        chat_ctx.append(message)
        number, turn = self._scope.number("attempt"), self._turns + 1
        self._scope.journal.append(PreemptionStarted(attempt=number, turn=turn))
        reply = self.reply(self.handle(), chat_ctx, turn=turn, attempt=number)
        basis = Basis(transcript, before, reply.tools)
        self._attempt = Attempt(number, turn, self._scope.clock.now(), basis, message, reply)

    async def _answer_turn(
        self,
        turn: UserTurn,
        number: int,
        committed_t: float,
        attempt: Attempt | None,
        previous: asyncio.Task[None] | None,
    ) -> None:
        dropped, message = "session_closed", ChatMessage("user", turn.text)
        try:
            if previous is not None and not previous.done():
                await asyncio.wait([previous])
            if is_uninterruptible(self._speaking):
                dropped = "agent_uninterruptible"
                return
            await make_way(self._scope, self._speaking)
            await self._conversation.settled()
            agent = self._conversation.agent
            turn_ctx = agent.chat_ctx
            refused = await ask_hook(self._scope, agent, turn_ctx, message)
            if refused or not self._has_llm():
                dropped = refused or "no_llm"
            elif not self._closed:
                dropped, present, attempt = "", attempt, None
                self._serve(present, number, committed_t, message, turn_ctx)
        finally:
            if attempt is not None:
                self._discard(attempt, dropped)
            if dropped:
                self._scope.journal.append(TurnDropped(turn=number, reason=dropped))
                if dropped not in ("stop_response", "hook_failed"):
                    self._conversation.add(message)
                self._speaking.advance()

    def _nothing_to_wait_for(self) -> bool:
        """No speech to be stopped, no turn before this one to be finished, and no hook to be asked."""
        return (
            self._has_llm()
            and self._speaking.idle
            and not self._conversation.changing
            and (self._answer is None or self._answer.done())
            and type(self._conversation.agent).on_user_turn_completed is Agent.on_user_turn_completed
        )

    def _agent_speaks(self) -> bool:
        """Whether a speech has begun that this turn will not have stopped."""
        return any(not speech.handle.interrupted for speech in self._speaking.begun)

    def _serve(
        self, attempt: Attempt | None, number: int, committed_t: float, message: ChatMessage, turn_ctx: ChatContext
    ) -> None:
        """Speak the attempt, if it still answers this turn, or else a reply made now."""
        self.about_to_answer()
        if attempt is not None:
            basis = Basis(message.content, turn_ctx, self._conversation.agent.tools)
            reason = "failed" if attempt.reply.failed else mismatch(attempt.basis, basis)
            if reason is None:
                self._adopt(attempt, number, committed_t, message)
                return
            self._discard(attempt, reason)
        self._answer_anew(number, message, turn_ctx)

    def _adopt(self, attempt: Attempt, number: int, committed_t: float, message: ChatMessage) -> None:
        attempt.message.content = message.content
        self._conversation.adopt(attempt.reply.chat_ctx)
        lead_s = round(committed_t - attempt.started_t, 9)
        self._scope.journal.append(PreemptionAdopted(attempt=attempt.number, turn=number, lead_s=lead_s))
        attempt.reply.allow()
        self._speak_reply(attempt.reply, "turn", number)

    def _answer_anew(self, number: int, message: ChatMessage, turn_ctx: ChatContext) -> None:
        unchanged = turn_ctx.is_equivalent(self._conversation.agent.chat_ctx)
        self._conversation.add(message)
        if unchanged:
            turn_ctx = self._conversation.agent.chat_ctx
        else:
            turn_ctx.append(message)
        reply = self.reply(self.handle(), turn_ctx, turn=number)
        reply.allow()
        self._speak_reply(reply, "turn", number)

    def _discard(self, attempt: Attempt, reason: str) -> None:
        ending = self._end_attempt(attempt, reason)
        self._scope.tasks.spawn(ending, f"discard-attempt-{attempt.number}", finishing=True)

    async def _end_attempt(self, attempt: Attempt, reason: str) -> None:
        reply = attempt.reply
        try:
            await reply.cancel()
        finally:
            self._scope.journal.append(
                PreemptionDiscarded(
                    attempt=attempt.number,
                    turn=attempt.turn,
                    reason=reason,
                    prompt_tokens=reply.prompt_tokens,
                    completion_tokens=reply.completion_tokens,
                    characters=reply.characters,
                )
            )
            reply.handle._finish()
