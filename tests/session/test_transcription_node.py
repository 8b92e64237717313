"""What is remembered of the agent's words where an agent's `transcription_node` changes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

import pytest
from livekit.rtc import AudioFrame

from kit import Agent
from kit.chat import FunctionCall
from kit.models.simulated import Reply, SimulatedTTS
from kit.session.records import Error, SpeechFinished
from kit.session.tools import function_tool
from tests.session.scenes import ON, Scene, hold

LONG = "One two three four five six seven eight nine ten."


class Shouts(Agent):
    """Remembers its words in capitals."""

    async def transcription_node(self, text: AsyncIterable[str], model_settings: Any) -> AsyncIterator[str]:
        async for piece in text:
            yield piece.upper()


class Given:
    """A voice that keeps what it was given."""

    def __init__(self) -> None:
        self.text = ""
        self._tts = SimulatedTTS(0.2)
        self.sample_rate = self._tts.sample_rate

    def __call__(self, text: AsyncIterable[str], /) -> AsyncIterable[AudioFrame]:
        async def noted() -> AsyncIterator[str]:
            async for piece in text:
                self.text += piece
                yield piece

        return self._tts(noted())


async def one_turn(scene: Scene) -> None:
    await scene.ask()
    await asyncio.sleep(6.0)


def errors(scene: Scene) -> list[tuple[str, str]]:
    return [(error.source, error.message) for error in scene.of(Error)]


@pytest.mark.parametrize("tuning", [None, ON, ON.replace({"preemption.preemptive_tts": True})])
def test_the_history_keeps_its_text_and_the_voice_the_original(tuning: Any) -> None:
    tts = Given()
    scene = hold(one_turn, agent=Shouts(), tts=tts, tuning=tuning)
    assert tts.text == "It is sunny in Paris."
    assert scene.said()[-1] == ("assistant", "IT IS SUNNY IN PARIS.")
    assert scene.of(SpeechFinished)[0].text == "IT IS SUNNY IN PARIS."
    assert errors(scene) == []


def test_of_say_too() -> None:
    tts = Given()
    scene = hold(lambda scene: scene.session.say("Good day.").wait_for_playout(), agent=Shouts(), tts=tts)
    assert tts.text == "Good day." and scene.said() == [("assistant", "GOOD DAY.")]


async def tone(seconds: float) -> AsyncIterator[AudioFrame]:
    for _ in range(round(seconds * 10)):
        yield AudioFrame(b"\x00\x10" * 1600, 16_000, 1, 1600)


def test_of_ready_audio_too() -> None:
    async def act(scene: Scene) -> None:
        await scene.session.say("Ding dong", audio=tone(0.5))

    scene = hold(act, agent=Shouts(), tts=None)
    assert scene.said() == [("assistant", "DING DONG")]
    assert scene.of(SpeechFinished)[0].played_s == pytest.approx(0.5)


def test_of_ready_audio_that_is_interrupted() -> None:
    """Ten words in two seconds of sound without word times: five of them in one second."""

    async def act(scene: Scene) -> None:
        handle = scene.session.say(LONG, audio=tone(2.0))
        await asyncio.sleep(1.0)
        handle.interrupt()
        await handle

    scene = hold(act, agent=Shouts(), tts=None)
    (text,) = [text for _, text in scene.said()]
    assert LONG.upper().startswith(text) and 1 <= len(text.split()) < 10


def test_an_interrupted_speech_is_cut_at_the_word_that_was_heard() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say(LONG)
        await asyncio.sleep(0.2 + len("One two thr") / 15)
        handle.interrupt()
        await handle

    assert hold(act, agent=Shouts()).said() == [("assistant", "ONE TWO THREE")]


class Captions(Agent):
    """Takes out what is in brackets, and writes numbers as figures."""

    async def transcription_node(self, text: AsyncIterable[str], model_settings: Any) -> AsyncIterator[str]:
        figures = {"one": "1", "two": "2", "three": "3"}
        whole = "".join([piece async for piece in text])
        for word in whole.split():
            yield figures.get(word.strip(".,").casefold(), word) + " "


def test_a_node_that_waits_for_the_whole_text() -> None:
    tts = Given()
    scene = hold(lambda scene: scene.session.say("I have two.").wait_for_playout(), agent=Captions(), tts=tts)
    assert tts.text == "I have two."
    assert scene.said() == [("assistant", "I have 2")]


@pytest.mark.parametrize(
    ("spoken", "kept"),
    [("We ha", "We have"), ("We have two and thr", "We have 2 and 3"), ("We have two and three left an", None)],
)
def test_other_words_than_were_spoken_are_cut_at_the_same_place(spoken: str, kept: str | None) -> None:
    text = "We have two and three left and one more to come."

    async def act(scene: Scene) -> None:
        handle = scene.session.say(text)
        await asyncio.sleep(0.2 + len(spoken) / 15 - 0.01)
        handle.interrupt()
        await handle

    assert hold(act, agent=Captions()).said() == [("assistant", kept or "We have 2 and 3 left and")]


class Breaks(Agent):
    async def transcription_node(self, text: AsyncIterable[str], model_settings: Any) -> AsyncIterator[str]:
        async for piece in text:
            yield piece.upper()
            raise ValueError("broken captions")


def test_a_node_that_raises_leaves_the_words_as_they_were_written() -> None:
    tts = Given()
    scene = hold(one_turn, agent=Breaks(), tts=tts)
    assert tts.text == "It is sunny in Paris."
    assert scene.said()[-1] == ("assistant", "It is sunny in Paris.")
    assert errors(scene) == [("node", "broken captions")]


class RaisesAtOnce(Agent):
    def transcription_node(self, text: AsyncIterable[str], model_settings: Any) -> AsyncIterator[str]:
        raise ValueError("broken captions")


def test_a_node_that_raises_before_it_began() -> None:
    scene = hold(lambda scene: scene.session.say("Good day.").wait_for_playout(), agent=RaisesAtOnce())
    assert scene.said() == [("assistant", "Good day.")]
    assert errors(scene) == [("node", "broken captions")]


class Nothing(Agent):
    async def transcription_node(self, text: AsyncIterable[str], model_settings: Any) -> None:
        return None


class Silent(Agent):
    async def transcription_node(self, text: AsyncIterable[str], model_settings: Any) -> AsyncIterator[str]:
        async for _ in text:
            pass
        return
        yield ""


@pytest.mark.parametrize("agent", [Nothing, Silent])
def test_a_node_that_gives_nothing_leaves_no_trace(agent: type[Agent]) -> None:
    scene = hold(lambda scene: scene.session.say("Good day.").wait_for_playout(), agent=agent())
    assert scene.said() == [] and len(scene.heard) > 0
    assert errors(scene) == []


class Coroutine(Agent):
    async def transcription_node(self, text: AsyncIterable[str], model_settings: Any) -> AsyncIterable[str]:
        async def shouted() -> AsyncIterator[str]:
            async for piece in Agent.default.transcription_node(self, text, model_settings):
                yield piece.upper()

        return shouted()


def test_a_node_may_be_a_coroutine_and_use_the_default() -> None:
    scene = hold(lambda scene: scene.session.say("Good day.").wait_for_playout(), agent=Coroutine())
    assert scene.said() == [("assistant", "GOOD DAY.")]


class Late(Agent):
    """Takes its time with the last words, and more than their sound."""

    async def transcription_node(self, text: AsyncIterable[str], model_settings: Any) -> AsyncIterator[str]:
        whole = "".join([piece async for piece in text])
        await asyncio.sleep(1.5)
        yield whole.upper()


def test_a_node_that_is_slower_than_the_voice_is_waited_for() -> None:
    """The words are heard from 0.2 to 0.8 and written at 1.5: they are not lost for that."""
    scene = hold(lambda scene: scene.session.say("Good day.").wait_for_playout(), agent=Late())
    assert [text.casefold() for _, text in scene.said()] == ["good day."]


class Hangs(Agent):
    async def transcription_node(self, text: AsyncIterable[str], model_settings: Any) -> AsyncIterator[str]:
        async for piece in text:
            yield piece.upper()
        await asyncio.get_running_loop().create_future()


def test_a_node_that_hangs_holds_nothing_up() -> None:
    async def act(scene: Scene) -> None:
        await scene.session.say("Good day.")
        await scene.session.say("And another.")
        assert asyncio.get_running_loop().time() < 30.0

    scene = hold(act, agent=Hangs())
    assert [text.casefold() for _, text in scene.said()] == ["good day.", "and another."]


class ReadsNothing(Agent):
    async def transcription_node(self, text: AsyncIterable[str], model_settings: Any) -> AsyncIterator[str]:
        yield "(said something)"


def test_a_node_that_does_not_read_the_text() -> None:
    tts = Given()
    scene = hold(lambda scene: scene.session.say("Good day.").wait_for_playout(), agent=ReadsNothing(), tts=tts)
    assert tts.text == "Good day."
    assert scene.said() == [("assistant", "(said something)")]


def test_the_words_before_and_after_a_tool() -> None:
    class Looks(Shouts):
        @function_tool
        async def look(self) -> str:
            """Look."""
            return "rain"

    replies = [Reply("Let me look.", (FunctionCall("", "look", "{}"),)), "It rains."]
    scene = hold(one_turn, agent=Looks(), replies=replies)
    assert [text for role, text in scene.said() if role == "assistant"] == ["LET ME LOOK.", "IT RAINS."]


def test_the_llm_is_given_what_is_remembered() -> None:
    """As the history is: what the node wrote is what was said."""
    prompts: list[list[str]] = []

    def reply(chat_ctx: Any) -> str:
        prompts.append([item.content for item in chat_ctx])
        return "Fine."

    async def act(scene: Scene) -> None:
        await one_turn(scene)
        await one_turn(scene)

    hold(act, agent=Shouts(), replies=reply)
    assert prompts[-1] == ["what is the weather", "FINE.", "what is the weather"]


def test_a_speech_that_nobody_heard_is_not_remembered() -> None:
    async def act(scene: Scene) -> None:
        handle = scene.session.say("Good day.")
        await asyncio.sleep(0.1)
        handle.interrupt()
        await handle

    assert hold(act, agent=Shouts()).said() == []
