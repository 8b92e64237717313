"""Agents for a play in any order: each trait of theirs is one small class, and an agent is made of some of them.

Nothing here waits for ever unless its name says so, and nothing resists a cancellation for longer than `TIDY_S`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable
from typing import TYPE_CHECKING, Any

from kit import Agent, ChatContext, RunContext, StopResponse, ToolError, function_tool
from kit.chat import ChatMessage

if TYPE_CHECKING:
    from tests.session.any_order.stage import Stage

TIDY_S = 0.2


class Mischief(RuntimeError):
    """What an agent's own code raises here."""


async def for_ever() -> None:
    await asyncio.get_running_loop().create_future()


class Tools:
    """What the LLM may call."""

    stage: Stage

    @function_tool
    async def gives(self) -> str:
        """Gives a result at once."""
        return "It is done."

    @function_tool
    async def nothing(self) -> None:
        """Wants no reply."""

    @function_tool
    async def slow(self) -> str:
        """Takes a while, and tidies up when it is cancelled."""
        try:
            await asyncio.sleep(1.5)
        except asyncio.CancelledError:
            await asyncio.sleep(TIDY_S)
            raise
        return "It is done at last."

    @function_tool
    async def breaks(self) -> str:
        """Raises."""
        raise Mischief("the tool broke")

    @function_tool
    async def refuses(self) -> str:
        """Tells the LLM what is wrong."""
        raise ToolError("there is none left")

    @function_tool
    async def stays_silent(self) -> str:
        """Wants no reply to anything."""
        raise StopResponse

    @function_tool
    async def hangs(self) -> str:
        """Never ends."""
        await for_ever()
        return ""

    @function_tool
    async def hands_over(self) -> Agent:
        """Gives the conversation to the next agent."""
        return self.stage.next_agent()

    @function_tool
    async def hands_over_with_words(self) -> tuple[Agent, str]:
        """Gives the conversation to the next agent, and has a result too."""
        return self.stage.next_agent(), "You are in good hands."

    @function_tool
    async def says(self, context: RunContext) -> str:
        """Speaks, and waits until it was heard."""
        await context.session.say(self.stage.words("Tool"))
        return "It was said."

    @function_tool
    async def says_and_goes_on(self, context: RunContext) -> str:
        """Speaks, and waits for nothing."""
        context.session.say(self.stage.words("Tool"))
        return "It will be said."

    @function_tool
    async def asks(self, context: RunContext) -> str:
        """Has the LLM answer, and waits for that."""
        await context.session.generate_reply(instructions="Say that it takes a while.")
        return "It was asked."

    @function_tool
    async def waits_for_itself(self, context: RunContext) -> str:
        """Waits for the words before it, by all the ways there are."""
        await context.wait_for_playout()
        await context.speech_handle
        return "It was heard."

    @function_tool
    async def insists(self, context: RunContext) -> str:
        """May not be interrupted from now on."""
        context.disallow_interruptions()
        await asyncio.sleep(0.5)
        return "It is done, whatever you say."

    @function_tool
    async def interrupts(self, context: RunContext) -> str:
        """Stops everything, its own speech too."""
        await context.session.interrupt()
        return "All is quiet."

    @function_tool
    async def changes_agent(self, context: RunContext) -> str:
        """Hands over by the session."""
        context.session.update_agent(self.stage.next_agent())
        return "Somebody else comes."

    @function_tool
    async def drains(self, context: RunContext) -> str:
        """Waits until all was said, itself included."""
        self.stage.draining = True
        await context.session.drain()
        return "All was said."

    @function_tool
    async def closes(self, context: RunContext) -> str:
        """Ends the session that it runs in."""
        self.stage.closing = True
        await context.session.aclose()
        return "It is over."


TOOLS = [name for name, value in vars(Tools).items() if hasattr(value, "parameters")]


# on_enter


class Greets:
    async def on_enter(self: Any) -> None:
        await self.session.say(self.stage.words("Hello"))


class EntersAsking:
    async def on_enter(self: Any) -> None:
        self.session.generate_reply(instructions="Greet the user.")


class EntersBreaking:
    async def on_enter(self: Any) -> None:
        raise Mischief("on_enter broke")


class EntersForEver:
    async def on_enter(self: Any) -> None:
        await for_ever()


# on_exit


class SaysGoodbye:
    async def on_exit(self: Any) -> None:
        await self.session.say(self.stage.words("Goodbye"))


class SaysGoodbyeAndGoes:
    async def on_exit(self: Any) -> None:
        self.session.say(self.stage.words("Goodbye"), allow_interruptions=False)


class ExitsBreaking:
    async def on_exit(self: Any) -> None:
        raise StopResponse


class ExitsForEver:
    async def on_exit(self: Any) -> None:
        await for_ever()


# on_user_turn_completed


class Moody:
    """Now wants no reply, now adds to the context, now breaks."""

    async def on_user_turn_completed(self: Any, turn_ctx: ChatContext, new_message: ChatMessage) -> None:
        mood = self.stage.number("mood") % 4
        if mood == 0:
            raise StopResponse
        if mood == 1:
            turn_ctx.add_message(role="system", content="It rains.")
        if mood == 2:
            raise Mischief("the hook broke")


class Pensive:
    """Takes its time, and speaks meanwhile."""

    async def on_user_turn_completed(self: Any, turn_ctx: ChatContext, new_message: ChatMessage) -> None:
        self.session.say(self.stage.words("Moment"))
        await asyncio.sleep(0.4)


class LostInThought:
    async def on_user_turn_completed(self: Any, turn_ctx: ChatContext, new_message: ChatMessage) -> None:
        await for_ever()


# nodes


class Listens:
    def stt_node(self: Any, audio: Any, model_settings: Any) -> Any:
        return Agent.default.stt_node(self, audio, model_settings)


class ThinksPlainly:
    """Now a text, now nothing, now what the model says."""

    async def llm_node(self: Any, chat_ctx: Any, tools: Any, model_settings: Any) -> Any:
        kind = self.stage.number("plain") % 3
        if kind == 0:
            return self.stage.words("Plain")
        return None if kind == 1 else Agent.default.llm_node(self, chat_ctx, tools, model_settings)


class ThinksBadly:
    async def llm_node(self: Any, chat_ctx: Any, tools: Any, model_settings: Any) -> Any:
        yield self.stage.words("Half")
        raise Mischief("the LLM node broke")


class ThinksForEver:
    async def llm_node(self: Any, chat_ctx: Any, tools: Any, model_settings: Any) -> Any:
        await for_ever()


class SpeaksBadly:
    async def tts_node(self: Any, text: Any, model_settings: Any) -> Any:
        async for frame in Agent.default.tts_node(self, text, model_settings):
            yield frame
            if self.stage.number("frame") % 9 == 0:
                raise Mischief("the TTS node broke")


class SpeaksSoftly:
    """Some texts have no sound."""

    async def tts_node(self: Any, text: Any, model_settings: Any) -> Any:
        if self.stage.number("soft") % 2:
            return None
        return Agent.default.tts_node(self, text, model_settings)


class SpeaksOn:
    """Does not let itself be stopped at once: it says what it has begun to say, a second late."""

    async def tts_node(self: Any, text: Any, model_settings: Any) -> Any:
        async for frame in Agent.default.tts_node(self, text, model_settings):
            try:
                yield frame
                await asyncio.sleep(0.05)
            except asyncio.CancelledError:
                await asyncio.sleep(1.0)
                yield frame


def _transcribing(change: Callable[[str], str]) -> Any:
    async def node(self: Any, text: AsyncIterable[str], model_settings: Any) -> Any:
        async for piece in text:
            yield change(piece)

    return node


class WritesLoud:
    transcription_node = _transcribing(str.upper)


class WritesLate:
    async def transcription_node(self: Any, text: AsyncIterable[str], model_settings: Any) -> Any:
        async for piece in text:
            await asyncio.sleep(0.1)
            yield piece


class WritesBadly:
    async def transcription_node(self: Any, text: AsyncIterable[str], model_settings: Any) -> Any:
        async for piece in text:
            yield piece
            raise Mischief("the transcription node broke")


class WritesForEver:
    async def transcription_node(self: Any, text: AsyncIterable[str], model_settings: Any) -> Any:
        await for_ever()
        yield ""


TRAITS: dict[str, list[type[Any]]] = {
    "enter": [Greets, EntersAsking, EntersBreaking, EntersForEver],
    "exit": [SaysGoodbye, SaysGoodbyeAndGoes, ExitsBreaking, ExitsForEver],
    "hook": [Moody, Pensive, LostInThought],
    "stt": [Listens],
    "llm": [ThinksPlainly, ThinksBadly, ThinksForEver],
    "tts": [SpeaksBadly, SpeaksSoftly, SpeaksOn],
    "transcription": [WritesLoud, WritesLate, WritesBadly, WritesForEver],
}
"""By what they are about: an agent has one of each kind at most."""


def make_agent(traits: tuple[type[Any], ...], name: str, stage: Stage) -> Agent:
    kind = type("Actor", (*traits, Tools, Agent), {"stage": stage})
    agent: Agent = kind(id=name, instructions=f"You are {name}.")
    return agent
