"""One stream of a simulated model for speech to speech: what it hears, what it is told, and what it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Coroutine
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Literal, Protocol

from livekit.rtc import AudioFrame

from ...chat import ChatItem, ChatMessage
from ...ports import SpeechMark
from ...realtime import (
    AddItem,
    CancelResponse,
    ClearAudio,
    CommitAudio,
    Configure,
    RealtimeEvent,
    RealtimeInput,
    RealtimeWarning,
    Respond,
    ResponseAudio,
    ResponseDone,
    ResponseStarted,
    ResponseText,
    ResponseToolCall,
    Truncate,
    UserSpeechEnded,
    UserSpeechStarted,
    UserTranscript,
)
from ..outbox import Outbox
from .answer import Answer, spoken
from .marks import speech_marks
from .memory import Memory
from .user_turn import UserTurn
from .waiting import until

if TYPE_CHECKING:
    from ..latency import Sampler
    from .humming import Hum
    from .llm import SimulatedLLM

ACTIVE = "conversation_already_has_active_response"


class Speaker(Protocol):
    """Whose dialogue it is: a `SimulatedRealtime`, with its options."""

    detects_turns: bool
    interrupts: bool
    silence_s: float
    speed: float | None
    hum: Hum
    llm: SimulatedLLM
    sample_ttfb: Sampler
    sample_stt_delay: Sampler

    def next_response(self) -> str: ...


class Dialogue:
    def __init__(self, model: Speaker, outbox: Outbox[RealtimeEvent]) -> None:
        self.memory = Memory()
        self._model = model
        self._put = outbox.put
        self._time = asyncio.get_running_loop().time
        self._tasks = asyncio.TaskGroup()
        self._running: set[asyncio.Task[None]] = set()
        self._ended = False
        self._tools: Any = ()
        self._turn = UserTurn()
        self._turn_told = False
        self._turn_end: asyncio.Task[None] | None = None
        self._transcript_due = 0.0
        self._active: Answer | None = None
        self._answers: dict[str, Answer] = {}

    async def run(self, inputs: AsyncIterable[RealtimeInput]) -> None:
        """Until the input ends. What is under way then is broken off."""
        async with self._tasks, aclosing(speech_marks(self._frames(inputs))) as marks:
            async for mark, audio_t in marks:
                if not self._ended:
                    self._hear(mark, audio_t)
            self._cancel()
            for task in self._running:
                task.cancel()

    async def _frames(self, inputs: AsyncIterable[RealtimeInput]) -> AsyncGenerator[AudioFrame, None]:
        """The frames of the input. All else in it is done on the way."""
        async for told in inputs:
            if isinstance(told, AudioFrame):
                self._turn.audio = True
                yield told
            else:
                self._obey(told)
        self._ended = True

    def _obey(self, told: Any) -> None:
        match told:
            case Configure():
                self._tools = told.tools
                self.memory.configure(told.instructions, told.chat_ctx)
            case Respond():
                self._respond(told)
            case CancelResponse():
                if self._active is not None and self._active.name == told.response:
                    self._cancel()
            case Truncate():
                self._truncate(self._answers.get(told.response), told.audio_s)
            case AddItem():
                self._append(told.item)
            case CommitAudio():
                self._commit()
            case ClearAudio():
                self._clear()

    # What the user says

    def _hear(self, mark: SpeechMark, audio_t: float) -> None:
        if mark.kind == "end":
            self._turn.end(mark.text)
            if self._turn_told:
                self._turn_end = self._start(self._end_turn(audio_t, self._time() + self._model.silence_s))
            return
        self._turn.start(mark.text)
        if self._turn_end is not None:
            self._turn_end.cancel()
            self._turn_end = None
        if self._model.detects_turns and not self._turn_told:
            self._turn_told = True
            self._put(UserSpeechStarted(audio_t))
            if self._model.interrupts:
                self._cancel()

    async def _end_turn(self, audio_t: float, due: float) -> None:
        await until(due)
        self._turn_end = None
        self._close_turn(audio_t)
        self._take_turn()
        if self._active is None:
            self._respond(Respond(""))

    def _commit(self) -> None:
        if self._turn.audio:
            self._close_turn()
            self._take_turn()
        else:
            self._put(RealtimeWarning("there is no audio to commit"))

    def _clear(self) -> None:
        told = self._turn_told
        self._close_turn()
        self._turn.clear()
        if told:
            self._transcript("")

    def _close_turn(self, audio_t: float | None = None) -> None:
        if self._turn_end is not None:
            self._turn_end.cancel()
            self._turn_end = None
        if self._turn_told:
            self._turn_told = False
            self._put(UserSpeechEnded(audio_t))

    def _take_turn(self) -> None:
        """The user's words are part of the conversation now; their transcript is told later."""
        text = self._turn.take()
        if text is not None:
            self._append(ChatMessage("user", text))
        self._transcript(text or "")

    def _transcript(self, text: str) -> None:
        self._transcript_due = max(self._transcript_due, self._time() + self._model.sample_stt_delay())
        self._start(self._transcribe(text, self._transcript_due))

    async def _transcribe(self, text: str, due: float) -> None:
        await until(due)
        self._put(UserTranscript(text))

    # What the model says

    def _respond(self, told: Respond) -> None:
        answer = Answer(self._model.next_response())
        self._put(ResponseStarted(answer.name, told.request))
        if self._active is not None:
            self._put(ResponseDone(answer.name, "failed", error=f"{ACTIVE}: {self._active.name}"))
            return
        self._active = self._answers[answer.name] = answer
        answer.task = self._start(self._answer(answer, told, self._time() + self._model.sample_ttfb()))

    async def _answer(self, answer: Answer, told: Respond, due: float) -> None:
        chat_ctx, text = self.memory.context(told.instructions), ""
        try:
            async for chunk in self._model.llm(chat_ctx, self._tools, tool_choice=told.tool_choice):
                text += chunk.text
                answer.calls += chunk.tool_calls
                answer.prompt_words = chunk.usage.prompt_tokens if chunk.usage else 0
        except Exception as error:
            self._finish(answer, "failed", f"{type(error).__name__}: {error}")
            return
        await until(due)
        await self._say(answer, text, due)
        for call in answer.calls:
            self._put(ResponseToolCall(answer.name, call))
        self._finish(answer, "completed")

    async def _say(self, answer: Answer, text: str, due: float) -> None:
        speed = self._model.speed
        for word, frame in spoken(text, self._model.hum):
            if speed is not None:
                await until(due + answer.audio_s / speed)
            answer.add(word, frame)
            if word:
                self._put(ResponseText(answer.name, word))
            if frame is not None:
                self._put(ResponseAudio(answer.name, frame))

    def _cancel(self) -> None:
        answer = self._active
        if answer is not None and answer.task is not None:
            answer.task.cancel()
            answer.cancelled = True
            self._finish(answer, "cancelled")

    def _finish(self, answer: Answer, status: Literal["completed", "cancelled", "failed"], error: str = "") -> None:
        self._active = None
        place, answer.message = answer.message, answer.remembered()
        if place is not None:
            self.memory.swap(place, answer.message)
        elif answer.message is not None:
            self.memory.append(answer.message)
        if status == "completed":
            for call in answer.calls:
                self.memory.append(call)
        self._put(ResponseDone(answer.name, status, answer.usage, error))

    def _truncate(self, answer: Answer | None, audio_s: float) -> None:
        if answer is None:
            return
        answer.heard_s = audio_s
        if answer is not self._active and answer.message is not None:
            place, answer.message = answer.message, answer.remembered()
            self.memory.swap(place, answer.message)

    def _append(self, item: ChatItem) -> None:
        """Behind a response that is being made."""
        if self._active is not None and self._active.message is None:
            self._active.message = ChatMessage("assistant", "")
            self.memory.append(self._active.message)
        self.memory.append(item)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._tasks.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task
