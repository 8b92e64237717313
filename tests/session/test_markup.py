"""SSML in what the agent says: shown without tags, given to the TTS in its form; what that lacks is in the journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

import pytest
from livekit.rtc import AudioFrame

from kit import Agent, AgentSession, Speech
from kit.chat import ChatMessage
from kit.models.simulated import SimulatedLLM, SimulatedTTS
from kit.session.records import Error, MarkupDropped, SpeechFinished, SpeechStarted
from kit.timing import run_virtual
from kit.transports.playout import PacedOutput
from kit.tuning import Tuning


class Voice:
    """A simulated voice that takes a markup, and keeps what it was given."""

    def __init__(self, markup: str | None = None) -> None:
        self._voice = SimulatedTTS()
        self.sample_rate = self._voice.sample_rate
        if markup is not None:
            self.markup = markup
        self.given: list[str] = []

    def __call__(self, text: AsyncIterable[str], /) -> AsyncIterable[AudioFrame]:
        self.given.append("")

        async def passing() -> AsyncIterator[str]:
            async for piece in text:
                self.given[-1] += piece
                yield piece

        return self._voice(passing())


def said(text: Any, voice: Voice, tuning: Tuning | None = None, *, agent: Agent | None = None) -> AgentSession:
    """A session that has said a text to its end."""

    async def main() -> AgentSession:
        async with AgentSession(tts=voice, tuning=tuning or Tuning()) as session:
            await session.start(agent or Agent(), audio_out=PacedOutput())
            await session.say(text)
        return session

    return run_virtual(main)


async def in_pieces(text: str, size: int = 3) -> AsyncIterator[str]:
    for start in range(0, len(text), size):
        yield text[start : start + size]


def remembered(session: AgentSession) -> str:
    [message] = [item for item in session.history if isinstance(item, ChatMessage) and item.role == "assistant"]
    return message.content


SSML = (
    'Try <phoneme alphabet="ipa" ph="təˈmeɪtoʊ">tomato</phoneme><break time="300ms"/> &amp; <emphasis>now</emphasis>.'
)


def test_it_is_shown_without_its_tags_and_spoken_without_them_by_a_voice_that_takes_none() -> None:
    voice = Voice()
    session = said(in_pieces(SSML), voice)
    assert remembered(session) == "Try tomato & now."
    assert session.journal.of(SpeechFinished)[0].text == "Try tomato & now."
    assert voice.given == ["Try tomato & now."]
    dropped = session.journal.of(MarkupDropped)
    assert [record.element for record in dropped] == ["phoneme", "break", "emphasis"]
    assert all(record.speech == "speech_1" and "plain" in record.reason for record in dropped)


def test_a_voice_is_given_its_own_form() -> None:
    voice = Voice("rime")
    session = said(in_pieces('Say <phoneme alphabet="ipa" ph="kjuːb">cube</phoneme> &lt;twice&gt;.'), voice)
    assert voice.given[0].startswith("Say {") and "cube" not in voice.given[0] and "<twice>" in voice.given[0]
    assert remembered(session) == "Say cube <twice>."
    assert session.journal.of(MarkupDropped) == []


def test_each_reason_is_told_once() -> None:
    session = said("One.<break time='1s'/> Two.<break time='2s'/> Three.", Voice())
    assert [record.element for record in session.journal.of(MarkupDropped)] == ["break"]


def test_a_built_speech_can_be_said() -> None:
    voice = Voice()
    session = said(Speech("Ask ").sub("k8s", "kubernetes") + " <now>", voice)
    assert voice.given == ["Ask kubernetes <now>"]
    assert remembered(session) == "Ask k8s <now>"


def test_a_pronunciation_in_ipa_reaches_the_voice() -> None:
    tuning = Tuning().replace({"pronunciation.terms": {"kubectl": {"ipa": "kjuːb"}, "API": "A P I"}})
    voice = Voice("azure")
    session = said("Use kubectl & the API.", voice, tuning)
    assert voice.given == ['Use <phoneme alphabet="ipa" ph="kjuːb">kubectl</phoneme> &amp; the A P I.']
    assert remembered(session) == "Use kubectl & the API."


def test_a_lexicon_that_changes_holds_from_the_next_piece_on() -> None:
    voice = Voice()

    async def main() -> None:
        async with AgentSession(
            tts=voice, tuning=Tuning().replace({"pronunciation.terms": {"API": "A P I"}})
        ) as session:

            async def text() -> AsyncIterator[str]:
                yield "The API and "
                await asyncio.sleep(0.1)
                session.tuning = session.tuning.replace({"pronunciation.terms": {"API": "interface"}})
                yield "the API."

            await session.start(Agent(), audio_out=PacedOutput())
            await session.say(text())

    run_virtual(main)
    assert voice.given == ["The A P I and the interface."]


def test_a_pause_alone_is_silent_and_no_failure() -> None:
    session = said("<break time='1s'/>", Voice())
    assert session.journal.of(Error) == []


def test_a_node_is_given_the_markup_as_it_is_written() -> None:
    class Own(Agent):
        async def tts_node(self, text: AsyncIterable[str], model_settings: Any) -> AsyncIterator[AudioFrame]:
            seen.append("".join([piece async for piece in text]))
            async for frame in Agent.default.tts_node(self, in_pieces(seen[0]), model_settings):
                yield frame

    seen: list[str] = []
    voice = Voice()
    session = said(SSML, voice, agent=Own())
    assert seen == [SSML] and voice.given == ["Try tomato & now."] and remembered(session) == "Try tomato & now."


def test_what_an_llm_writes_is_cut_at_the_word_that_was_heard() -> None:
    async def main() -> AgentSession:
        answer = "One <emphasis>two</emphasis> three<break time='1s'/> four five six seven eight nine ten."
        async with AgentSession(llm=SimulatedLLM([answer]), tts=SimulatedTTS()) as session:
            await session.start(Agent(), audio_out=PacedOutput())
            handle = session.generate_reply(user_input="Count.")
            started = asyncio.Event()
            session.journal.subscribe(lambda record: started.set() if isinstance(record, SpeechStarted) else None)
            await started.wait()
            await asyncio.sleep(1.0)
            handle.interrupt()
            await handle
        return session

    text = remembered(run_virtual(main))
    words = ["One", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten."]
    assert 1 < len(text.split()) < 10 and text.split() == words[: len(text.split())]


def test_a_form_that_there_is_not_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="did you mean"):
        AgentSession(tts=Voice("azur"))
