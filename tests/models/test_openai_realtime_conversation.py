"""Whole conversations in real time: a session over OpenAI's realtime interface, against a stand-in for its server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
from livekit.rtc import AudioFrame

from kit import Agent, AgentSession, RunContext, function_tool
from kit.chat import ChatMessage, FunctionCall, FunctionCallOutput
from kit.models.openai import OpenAIRealtime
from kit.session.records import Record, SpeechFinished, SpeechStarted, UserInterrupted, UserSpeechEnded
from kit.transports.files import AudioFileInput, speech_samples
from kit.transports.playout import PacedOutput
from tests.contracts.openai_realtime_protocol import problem_of_client
from tests.contracts.openai_realtime_stand_in import RealtimeStandIn


class Reporter(Agent):
    def __init__(self) -> None:
        super().__init__(instructions="Be brief.")
        self.asked: list[tuple[str, str]] = []

    @function_tool
    async def weather(self, context: RunContext, city: str) -> str:
        """How the weather is.

        Args:
            city: Where.
        """
        self.asked.append((city, context.function_call.name))
        return "rain"


class Room:
    """A person, a session and what is heard of it."""

    def __init__(self, server: RealtimeStandIn) -> None:
        self.server = server
        self.model = OpenAIRealtime(base_url=server.url, api_key="none")
        self.session = AgentSession(llm=self.model)
        self.agent = Reporter()
        self.user = AudioFileInput(sample_rate=16_000)
        self.heard: list[AudioFrame] = []
        self.output = PacedOutput(on_played=lambda at, frame: self.heard.append(frame))

    async def until(self, kind: type[Record], count: int = 1) -> None:
        """Wait until so many records of a kind are in the journal."""
        enough = asyncio.Event()

        def look(*_: Record) -> None:
            if len(self.session.journal.of(kind)) >= count:
                enough.set()

        unsubscribe = self.session.journal.subscribe(look)
        look()
        await enough.wait()
        unsubscribe()

    @property
    def messages(self) -> list[ChatMessage]:
        return [item for item in self.session.history if isinstance(item, ChatMessage) and item.role != "system"]

    @property
    def loudest(self) -> int:
        return int(np.abs(np.concatenate([np.frombuffer(frame.data, np.int16) for frame in self.heard])).max())


def hold(conversation: Callable[[Room], Awaitable[None]]) -> Room:
    """Run a conversation. The server is sent nothing that its interface does not know, and nothing is left behind."""

    async def main() -> Room:
        async with asyncio.timeout(60), RealtimeStandIn() as server:
            room = Room(server)
            async with room.session:
                await room.session.start(room.agent, audio_in=room.user, audio_out=room.output)
                await conversation(room)
            await room.model.aclose()
            await server.idle()
            assert [problem for event in server.sessions[0].received if (problem := problem_of_client(event))] == []
        for _ in range(10):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return room

    return asyncio.run(main())


def test_a_person_is_heard_and_answered(speech_dir: Path) -> None:
    async def conversation(room: Room) -> None:
        room.user.say(speech_samples(speech_dir / "cards-001.wav", 16_000), pause_s=0.3)
        await room.until(SpeechFinished)

    room = hold(conversation)
    types = [record.type for record in room.session.journal]
    assert "error" not in types
    places = [types.index(kind) for kind in ("user_speech_started", "user_speech_ended", "speech_started")]
    assert places == sorted(places) and places[-1] < types.index("speech_finished")
    question, answer = room.messages
    assert question.role == "user" and question.content.endswith("ms of speech.")
    assert answer.content.startswith(f"You said: {question.content} So I say this.") and "Be brief." in answer.content
    assert room.loudest > 1000


def test_the_model_uses_a_tool_and_speaks_of_its_answer() -> None:
    async def conversation(room: Room) -> None:
        await room.session.generate_reply(user_input="How is the weather?")

    room = hold(conversation)
    assert room.agent.asked == [("Paris", "weather")]
    [call] = [item for item in room.session.history if isinstance(item, FunctionCall)]
    [output] = [item for item in room.session.history if isinstance(item, FunctionCallOutput)]
    assert (output.call_id, output.output, output.is_error) == (call.call_id, "rain", False)
    sent = [event["item"] for event in room.server.sessions[0].received if event["type"] == "conversation.item.create"]
    assert [item["output"] for item in sent if item["type"] == "function_call_output"] == ["rain"]
    [finished] = room.session.journal.of(SpeechFinished)
    assert not finished.interrupted and len([m for m in room.messages if m.role == "assistant"]) == 2


def test_a_story_that_is_interrupted_is_remembered_as_far_as_it_was_heard(speech_dir: Path) -> None:
    async def conversation(room: Room) -> None:
        room.session.generate_reply(user_input="Tell me a story.")
        await room.until(SpeechStarted)
        await asyncio.sleep(0.5)
        room.user.say(speech_samples(speech_dir / "cards-001.wav", 16_000), pause_s=0.3)
        await room.until(UserInterrupted)
        await room.until(SpeechFinished)
        await room.until(UserSpeechEnded)
        await room.until(SpeechFinished, 2)
        await room.session.generate_reply(user_input="How long did you speak?")

    room = hold(conversation)
    story = room.session.journal.of(SpeechFinished)[0]
    assert story.interrupted and story.played_s > 0.5
    told = next(m for m in room.messages if m.role == "assistant")
    assert told.interrupted and "Once upon a time".startswith(told.content)
    [cut] = [e for e in room.server.sessions[0].received if e["type"] == "conversation.item.truncate"]
    assert abs(cut["audio_end_ms"] / 1000 - story.played_s) < 0.05
