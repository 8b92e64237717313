"""The session's side of a realtime model: what it is sent, and what becomes of what it sends back.

A model that detects the turns answers them by itself, and its word that the user speaks stops the agent at once.
Otherwise the session's own turn taking ends the turn, and asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...chat import ChatContext, ChatItem, ChatMessage
from ...ports import ToolChoice
from ...realtime import (
    AddItem,
    ClearAudio,
    CommitAudio,
    Configure,
    RealtimeEvent,
    RealtimeInput,
    RealtimeModel,
    RealtimeWarning,
    Respond,
    ResponseAudio,
    ResponseDone,
    ResponseStarted,
    ResponseText,
    ResponseToolCall,
    UserSpeechEnded,
    UserSpeechStarted,
    UserTranscript,
)
from ...turns.endpointing import UserTurn
from ..answers.before_answering import ask_hook, is_uninterruptible, make_way
from ..answers.providers import ProviderStalled
from ..conversation import Conversation
from ..events import AgentStateName, SpeechSource
from ..records import LlmFirstToken, LlmRequested, TurnDropped
from ..scope import Scope
from ..speech.speech import Speech
from ..speech.speech_handle import SpeechHandle
from ..tools.calling import ToolRunner
from .asking import Asking, record_done
from .hearing import RealtimeHearing
from .reply import RealtimeFailed, RealtimeReply, Response

if TYPE_CHECKING:
    from ..answers.answering import Speak
    from ..speech.speaking import Speaking
    from ..turns.listening import Ear


class RealtimeDialogue:
    """Answers turns and requests through a realtime model.

    Args:
        give_up: Ends the model's stream with an error; it is opened again.
    """

    def __init__(
        self,
        scope: Scope,
        model: RealtimeModel,
        tool_runner: ToolRunner,
        speaking: Speaking,
        hearing: RealtimeHearing,
        *,
        conversation: Conversation,
        speak: Speak,
        set_state: Callable[[AgentStateName], None],
        give_up: Callable[[Exception], None],
    ) -> None:
        self._scope = scope
        self._model = model
        self._tool_runner = tool_runner
        self._speaking = speaking
        self._hearing = hearing
        self._conversation = conversation
        self._speak = speak
        self._set_state = set_state
        self._give_up = give_up
        self._inputs: Ear | None = None
        self._responses: dict[str, tuple[RealtimeReply, Response]] = {}
        self._asking = Asking(scope, self._send, self._stalled)

    # the stream

    def open(self, inputs: Ear) -> Any:
        """Begin a stream: who the agent is and what was said comes first."""
        self._inputs = inputs
        self.configure(with_chat_ctx=True)
        self._asking.go_on()
        return self._model(inputs)

    def lost(self) -> None:
        """The stream has ended: nothing more comes of what was asked."""
        self._inputs = None
        error = RealtimeFailed("the stream of the realtime model was lost")
        waiting = self._asking.lost()
        begun, self._responses = self._responses, {}
        for reply, response in begun.values():
            record_done(self._scope, response.request, reply.turn, None)
            reply.end(error)
        if waiting is not None:
            waiting.end(error)
        self._hearing.speech_ended(None)

    def configure(self, *, with_chat_ctx: bool = False) -> None:
        """Tell the model who the agent is now, and what was said, if that is not what it knows."""
        agent = self._conversation.agent
        items = agent.chat_ctx.items
        if items and items[0] == ChatMessage("system", agent.instructions):
            del items[0]
        self._send(Configure(agent.instructions, agent.tools, ChatContext(items) if with_chat_ctx else None))

    def take(self, event: RealtimeEvent, audio_t: float | None) -> None:
        self._asking.sign()
        if isinstance(event, ResponseAudio | ResponseText | ResponseToolCall):
            self._more(event)
        elif isinstance(event, ResponseStarted):
            self._started(event)
        elif isinstance(event, ResponseDone):
            self._done(event)
        elif isinstance(event, UserSpeechStarted):
            self._hearing.speech_started(audio_t)
        elif isinstance(event, UserSpeechEnded):
            self._hearing.speech_ended(audio_t)
        elif isinstance(event, UserTranscript):
            self._hearing.transcribed(event.text, final=event.final)
        elif isinstance(event, RealtimeWarning):
            self._scope.error("realtime", RealtimeFailed(event.message))

    def _send(self, message: RealtimeInput) -> None:
        if self._inputs is not None and not self._inputs.closed:
            self._inputs.put_nowait(message)

    def _stalled(self) -> None:
        self._give_up(ProviderStalled(f"the realtime model gave nothing for {self._scope.limits.llm_s:g} s"))

    # what is asked for

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
        """Have the model answer.

        Raises:
            ValueError: a chat context is given, which a realtime model keeps by itself.
        """
        if chat_ctx is not None:
            raise ValueError("a realtime model keeps its own chat context: use agent.update_chat_ctx()")
        if message is not None:
            self._conversation.add(message)
            self._send(AddItem(message))
        reply = self._reply("generate_reply", 0, allow_interruptions=allow_interruptions, priority=priority)
        self._ask(reply, instructions=instructions, tool_choice=tool_choice)
        return reply.handle

    def handle(self, *, allow_interruptions: bool = True) -> SpeechHandle:
        return SpeechHandle(
            f"speech_{self._scope.number('speech')}",
            allow_interruptions=allow_interruptions,
            on_interrupt=self._speaking.interrupt,
            on_allowance=self._speaking.allowance_changed,
        )

    def said(self, item: ChatItem, source: SpeechSource) -> None:
        """Something went into the history. What the model has not said itself, it is told."""
        if source == "say":
            self._send(AddItem(item))

    def words_known(self, transcript: str, *, speech_duration_s: float) -> None:
        """Nothing is begun ahead: the model hears for itself."""

    def turn_cleared(self) -> None:
        self._send(ClearAudio())

    def discard_attempt(self, reason: str) -> None:
        """There is none."""

    def turn_committed(self, turn: UserTurn, number: int, committed_t: float) -> None:
        self._scope.tasks.spawn(self._answer_turn(turn, number), f"turn-{number}")

    async def aclose(self) -> None:
        self._asking.close()
        begun, self._responses = self._responses, {}
        for reply, response in begun.values():
            record_done(self._scope, response.request, reply.turn, None)
            reply.end()

    async def _answer_turn(self, turn: UserTurn, number: int) -> None:
        dropped = "session_closed"
        try:
            message = ChatMessage("user", turn.text)
            dropped = "agent_uninterruptible" if is_uninterruptible(self._speaking) else ""
            if not dropped:
                await make_way(self._scope, self._speaking)
                await self._conversation.settled()
                agent = self._conversation.agent
                dropped = await ask_hook(self._scope, agent, agent.chat_ctx, message)
            self._send(CommitAudio())
            if turn.text:
                self._conversation.add(message)
            self._hearing.expect_words(known=bool(turn.text))
            if not dropped:
                self._ask(self._reply("turn", number))
        finally:
            if dropped:
                self._scope.journal.append(TurnDropped(turn=number, reason=dropped))
                self._speaking.advance()

    def _reply(
        self,
        source: SpeechSource,
        turn: int,
        *,
        allow_interruptions: bool = True,
        priority: int = SpeechHandle.SPEECH_PRIORITY_NORMAL,
    ) -> RealtimeReply:
        handle = self.handle(allow_interruptions=allow_interruptions)
        reply = RealtimeReply(self._scope, self._conversation.agent, handle, turn, self._send)
        if not self._speaking.audible:
            self._set_state("thinking")
        self._speak(Speech(handle, source, reply.segments, reply.cancel, turn=turn), priority)
        return reply

    def _ask(self, reply: RealtimeReply, *, instructions: str = "", tool_choice: ToolChoice = "auto") -> None:
        reply.steps += 1
        request = f"llm_{self._scope.number('llm')}"
        self._asking.ask(reply, Respond(request, instructions, tool_choice))

    # what comes back

    def _started(self, event: ResponseStarted) -> None:
        reply = self._asking.started(event.response, event.request)
        request = event.request
        if reply is None:
            turn = self._hearing.turn_answered()
            request = f"llm_{self._scope.number('llm')}"
            self._scope.journal.append(LlmRequested(request=request, turn=turn, attempt=0))
            reply = self._reply("turn", turn)
            reply.steps += 1
        self._responses[event.response] = (reply, reply.begin(event.response, request))

    def _more(self, event: ResponseAudio | ResponseText | ResponseToolCall) -> None:
        found = self._responses.get(event.response)
        if found is None:
            return
        reply, response = found
        if not response.begun:
            response.begun = True
            self._scope.journal.append(LlmFirstToken(request=response.request, turn=reply.turn))
        if isinstance(event, ResponseAudio):
            response.voice.add_frame(event.frame)
        elif isinstance(event, ResponseText):
            response.voice.add_text(event.text)
        else:
            response.calls.append(event.call)

    def _done(self, event: ResponseDone) -> None:
        found = self._responses.pop(event.response, None)
        if found is not None:
            reply, response = found
            response.done = True
            record_done(self._scope, response.request, reply.turn, event)
            failure = None
            if event.status == "failed":
                failure = RealtimeFailed(event.error or "the realtime model failed to answer")
                self._scope.error("realtime", failure, recoverable=False)
            response.voice.finish(failure)
            if event.status == "completed" and response.calls:
                self._scope.tasks.spawn(self._call_tools(reply, response), f"tools-{reply.handle.id}")
            else:
                reply.end()
        self._asking.done(event.response)

    async def _call_tools(self, reply: RealtimeReply, response: Response) -> None:
        try:
            segment = response.segment
            run = await self._tool_runner.run(response.calls, reply.agent.tools, reply.handle, segment.played)
            for item in run.items:
                if item not in response.calls:
                    self._send(AddItem(item))
                if segment.played.done():
                    self._conversation.add(item)
                else:
                    segment.following.append(item)
            last = reply.steps > self._scope.limits.max_tool_steps or self._scope.draining > 0
            if run.reply_wanted and not reply.ended:
                self._ask(reply, tool_choice="none" if last or run.next_agent is not None else "auto")
                return
        except asyncio.CancelledError:
            reply.end()
            raise
        reply.end()
