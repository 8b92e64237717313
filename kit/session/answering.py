"""From the user's turn to the agent's reply, and the attempts made ahead of it.

An attempt is a reply that is begun before the turn is committed and that nobody hears. After the agent's hook has run
it is either adopted, and becomes the turn's speech, or discarded, with its reason and what it used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..chat import ChatContext, ChatMessage
from ..turns.endpointing import UserTurn
from ..turns.preemption import Basis, may_start, mismatch, same_words
from .agent import Agent
from .conversation import Conversation
from .events import AgentStateName, SpeechSource
from .journal import PreemptionAdopted, PreemptionDiscarded, PreemptionStarted, TurnDropped
from .replying import Reply
from .running import RunningSession
from .scope import Scope
from .speech_handle import SpeechHandle
from .tools import StopResponse

if TYPE_CHECKING:
    from .speaking import Speaking


@dataclass(slots=True)
class Attempt:
    number: int
    turn: int
    started_t: float
    basis: Basis
    message: ChatMessage
    reply: Reply


class Answers:
    """Makes the replies of a session: those that a turn calls for, and those that the application asks for."""

    def __init__(
        self,
        scope: Scope,
        session: RunningSession,
        speaking: Speaking,
        *,
        conversation: Conversation,
        has_llm: bool,
        speak: Callable[[Reply, SpeechSource, int], None],
        set_state: Callable[[AgentStateName], None],
    ) -> None:
        self._scope = scope
        self._session = session
        self._speaking = speaking
        self._conversation = conversation
        self._has_llm = has_llm
        self._speak = speak
        self._set_state = set_state
        self._attempt: Attempt | None = None
        self._attempts = 0
        self._turns = 0
        self._open_turns = 0
        self._closed = False
        self._answer: asyncio.Task[None] | None = None

    @property
    def answering(self) -> bool:
        """Whether a turn is committed whose speech is not there yet."""
        return self._open_turns > 0

    def words_final(self, transcript: str, *, speech_duration_s: float) -> None:
        """Begin an attempt, unless the one that is there answers the same words."""
        if self._attempt is not None:
            if same_words(self._attempt.basis.transcript, transcript) and not self._attempt.reply.failed:
                return
            self.discard_attempt("transcript_changed")
        settings = self._scope.tuning.preemption
        if not self._has_llm or self._speaking.current is not None:
            return
        if may_start(settings, attempts=self._attempts, speech_duration_s=speech_duration_s):
            self._attempts += 1
            self._begin_attempt(transcript)

    def turn_committed(self, turn: UserTurn, number: int, committed_t: float) -> None:
        self._turns = number
        self._attempts = 0
        attempt, self._attempt = self._attempt, None
        self._set_state("thinking")
        if self._nothing_to_wait_for():
            self._serve(attempt, number, committed_t, ChatMessage("user", turn.text), self._conversation.agent.chat_ctx)
            return
        coroutine = self._answer_turn(turn, number, committed_t, attempt, self._answer)
        self._answer = self._scope.tasks.spawn(coroutine, f"turn-{number}")

    def discard_attempt(self, reason: str) -> None:
        """Throw the present attempt away, if there is one."""
        attempt, self._attempt = self._attempt, None
        if attempt is not None:
            self._discard(attempt, reason)

    def reply(
        self,
        handle: SpeechHandle,
        chat_ctx: ChatContext,
        *,
        turn: int = 0,
        attempt: int = 0,
    ) -> Reply:
        """Begin an answer to this context."""
        return Reply(
            self._scope,
            self._session,
            self._conversation.agent,
            handle,
            chat_ctx,
            turn=turn,
            attempt=attempt,
            prepare_tts=attempt > 0 and self._scope.tuning.preemption.preemptive_tts,
            add_item=self._conversation.add,
        )

    def handle(self, *, allow_interruptions: bool = True) -> SpeechHandle:
        return SpeechHandle(
            f"speech_{self._scope.number('speech')}",
            allow_interruptions=allow_interruptions,
            on_interrupt=self._speaking.interrupt,
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
        dropped = "session_closed"
        self._open_turns += 1
        try:
            if previous is not None and not previous.done():
                await asyncio.wait([previous])
            message = ChatMessage("user", turn.text)
            dropped = await self._make_way(message)
            turn_ctx = self._conversation.agent.chat_ctx
            dropped = dropped or await self._ask_hook(turn_ctx, message)
            dropped = dropped or ("session_closed" if self._closed else "")
            if not dropped:
                present, attempt = attempt, None
                self._serve(present, number, committed_t, message, turn_ctx)
        finally:
            self._open_turns -= 1
            if attempt is not None:
                self._discard(attempt, dropped)
            if dropped:
                self._scope.journal.append(TurnDropped(turn=number, reason=dropped))
                self._speaking.advance()

    def _nothing_to_wait_for(self) -> bool:
        """No speech to be stopped, no turn before this one to be finished, and no hook to be asked."""
        return (
            self._has_llm
            and not self._speaking.pending
            and (self._answer is None or self._answer.done())
            and type(self._conversation.agent).on_user_turn_completed is Agent.on_user_turn_completed
        )

    async def _make_way(self, message: ChatMessage) -> str:
        """Stop what the agent says, for the turn came after it. Returns why the turn gets no reply, or ""."""
        current = self._speaking.current
        reason = "" if self._has_llm else "no_llm"
        if current is not None and not current.handle.allow_interruptions and not current.handle.interrupted:
            reason = "agent_uninterruptible"
        if reason:
            self._conversation.add(message)
            return reason
        for speech in self._speaking.pending:
            if speech.handle.allow_interruptions:
                speech.handle.interrupt()
        if current is not None:
            await asyncio.wait([current.handle._done])
        return ""

    async def _ask_hook(self, turn_ctx: ChatContext, message: ChatMessage) -> str:
        """Run the agent's hook, which may change both. Returns why the turn gets no reply, or ""."""
        try:
            async with asyncio.timeout(self._scope.limits.hook_s):
                await self._conversation.agent.on_user_turn_completed(turn_ctx, message)
        except StopResponse:
            return "stop_response"
        except Exception as error:
            self._scope.error("node", error)
            return "hook_failed"
        return ""

    def _serve(
        self, attempt: Attempt | None, number: int, committed_t: float, message: ChatMessage, turn_ctx: ChatContext
    ) -> None:
        """Speak the attempt, if it still answers this turn, or else a reply made now."""
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
        self._speak(attempt.reply, "turn", number)

    def _answer_anew(self, number: int, message: ChatMessage, turn_ctx: ChatContext) -> None:
        unchanged = turn_ctx.is_equivalent(self._conversation.agent.chat_ctx)
        self._conversation.add(message)
        if unchanged:
            turn_ctx = self._conversation.agent.chat_ctx
        else:
            turn_ctx.append(message)
        reply = self.reply(self.handle(), turn_ctx, turn=number)
        reply.allow()
        self._speak(reply, "turn", number)

    def _discard(self, attempt: Attempt, reason: str) -> None:
        self._scope.tasks.spawn(self._end_attempt(attempt, reason), f"discard-attempt-{attempt.number}")

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
