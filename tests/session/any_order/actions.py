"""Everything that an application, its user and its clock may do to a session, as values: what is printed can be run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from livekit.rtc import AudioFrame

from kit import ChatContext, SpeechHandle
from kit.transports import InputClosed
from tests.session.any_order.cast import Mischief, for_ever

if TYPE_CHECKING:
    from tests.session.any_order.stage import Stage

FRAME_S = 0.1
RATE = 24_000


@dataclass(frozen=True)
class Say:
    """`source`: the text as a whole, in pieces, or from an iterable that misbehaves."""

    source: str = "whole"
    allow_interruptions: bool = True
    add_to_chat_ctx: bool = True
    priority: int = SpeechHandle.SPEECH_PRIORITY_NORMAL

    def do(self, stage: Stage) -> None:
        text = stage.words("Said")
        stage.speech(
            stage.session.say,
            text if self.source == "whole" else "" if self.source == "nothing" else _pieces(text, self.source),
            allow_interruptions=self.allow_interruptions,
            add_to_chat_ctx=self.add_to_chat_ctx,
            priority=self.priority,
        )


@dataclass(frozen=True)
class Play:
    """Speech that was made before."""

    source: str = "whole"
    allow_interruptions: bool = True

    def do(self, stage: Stage) -> None:
        stage.speech(
            stage.session.say,
            stage.words("Played"),
            audio=_sound(stage.tag("sound"), self.source),
            allow_interruptions=self.allow_interruptions,
        )


@dataclass(frozen=True)
class Reply:
    """`other_context`: it answers a conversation that is not the agent's."""

    user_input: bool = False
    instructions: bool = False
    tool_choice: Any = None
    allow_interruptions: bool = True
    priority: int = SpeechHandle.SPEECH_PRIORITY_NORMAL
    other_context: bool = False

    def do(self, stage: Stage) -> None:
        stage.speech(
            stage.session.generate_reply,
            chat_ctx=ChatContext() if self.other_context else None,
            user_input=stage.words("Input") if self.user_input else None,
            instructions="In one sentence." if self.instructions else None,
            tool_choice=self.tool_choice,
            allow_interruptions=self.allow_interruptions,
            priority=self.priority,
        )


@dataclass(frozen=True)
class Speak:
    """The user says so many words; none is a cough. What is still being said before is said first."""

    words: int = 3
    duration_s: float = 1.0

    def do(self, stage: Stage) -> None:
        text = " ".join([f"user-{stage.number('user')}", *["word"] * (self.words - 1)]) if self.words else ""
        with suppress(InputClosed) if stage.closing else nullcontext():
            stage.user.speak(text, self.duration_s)


@dataclass(frozen=True)
class Stop:
    """Interrupt one of the speeches that there were so far."""

    which: int = 0
    force: bool = True

    def do(self, stage: Stage) -> None:
        if stage.handles:
            stage.allowed(stage.handles[self.which % len(stage.handles)].interrupt, force=self.force)


@dataclass(frozen=True)
class Await:
    """`watch`: also ask to be called back, by something that raises."""

    which: int = 0
    watch: bool = False

    def do(self, stage: Stage) -> None:
        if not stage.handles:
            return
        handle = stage.handles[self.which % len(stage.handles)]
        stage.spawn(handle.wait_for_playout())
        if self.watch:
            stage.watch(handle)


@dataclass(frozen=True)
class Protect:
    """The user may not interrupt a speech any more, or may again."""

    which: int = 0
    allow_interruptions: bool = False

    def do(self, stage: Stage) -> None:
        if stage.handles:
            stage.handles[self.which % len(stage.handles)].allow_interruptions = self.allow_interruptions


@dataclass(frozen=True)
class Interrupt:
    force: bool = True

    def do(self, stage: Stage) -> None:
        stage.allowed(stage.session.interrupt, force=self.force)


@dataclass(frozen=True)
class Commit:
    transcript_timeout_s: float = 2.0

    def do(self, stage: Stage) -> None:
        stage.allowed(stage.session.commit_user_turn, transcript_timeout=self.transcript_timeout_s)


@dataclass(frozen=True)
class Hold:
    """The user's turn is held open, until it is committed or cleared."""

    def do(self, stage: Stage) -> None:
        stage.allowed(stage.session.hold_user_turn)


@dataclass(frozen=True)
class Clear:
    def do(self, stage: Stage) -> None:
        stage.allowed(stage.session.clear_user_turn)


@dataclass(frozen=True)
class Tune:
    path: str
    value: Any

    def do(self, stage: Stage) -> None:
        stage.session.tuning = stage.session.tuning.replace({self.path: self.value})


@dataclass(frozen=True)
class HandOver:
    """`back`: to the agent that there is already."""

    back: bool = False

    def do(self, stage: Stage) -> None:
        agent = stage.agent if self.back else stage.next_agent()
        stage.allowed(stage.session.update_agent, agent)


@dataclass(frozen=True)
class Change:
    """The present agent's instructions, tools or chat context."""

    what: str = "instructions"

    def do(self, stage: Stage) -> None:
        agent = stage.agent
        if self.what == "instructions":
            stage.spawn(agent.update_instructions(f"Be brief, {stage.number('instructions')} times."))
        elif self.what == "tools":
            stage.spawn(agent.update_tools(agent.tools[1:]))
        else:
            stage.spawn(agent.update_chat_ctx(agent.chat_ctx))


@dataclass(frozen=True)
class Drain:
    def do(self, stage: Stage) -> None:
        stage.draining = True
        stage.spawn(stage.session.drain())


@dataclass(frozen=True)
class Shutdown:
    drain: bool = True

    def do(self, stage: Stage) -> None:
        stage.draining = stage.closing = True
        stage.allowed(stage.session.shutdown, drain=self.drain)


@dataclass(frozen=True)
class Close:
    def do(self, stage: Stage) -> None:
        stage.closing = True
        stage.spawn(stage.session.aclose())


Action = (
    Say
    | Play
    | Reply
    | Speak
    | Stop
    | Await
    | Protect
    | Interrupt
    | Commit
    | Hold
    | Clear
    | Tune
    | HandOver
    | Change
    | Drain
    | Shutdown
    | Close
)


async def _pieces(text: str, how: str) -> AsyncIterator[str]:
    for number, word in enumerate(text.split()):
        yield word + " "
        if number == 1 and how == "raises":
            raise Mischief("the text broke off")
        if number == 1 and how == "hangs":
            await for_ever()
        if how == "slow":
            await asyncio.sleep(0.15)


async def _sound(tag: dict[str, Any], how: str) -> AsyncIterator[AudioFrame]:
    samples = round(FRAME_S * RATE)
    for number in range(0 if how == "nothing" else 15):
        yield AudioFrame(bytes(2 * samples), RATE, 1, samples, userdata=dict(tag))
        if number == 4 and how == "raises":
            raise Mischief("the sound broke off")
        if number == 4 and how == "hangs":
            await for_ever()
