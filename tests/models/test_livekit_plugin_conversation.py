"""A whole conversation in real time: Silero's and OpenAI's plugins hear a person and answer aloud."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from livekit.agents import inference
from livekit.plugins import silero
from livekit.rtc import AudioFrame

from kit import Agent, AgentSession
from kit.chat import ChatMessage
from kit.lab import converse
from kit.models import ModelError, adapt
from kit.models.livekit_plugin.turn_detector import THRESHOLD_UNTIL_TOLD
from kit.transports.files import AudioFileInput, speech_samples
from kit.transports.playout import PacedOutput
from tests.contracts.livekit_plugins import RealtimePlugin, openai_llm, openai_stt, openai_tts
from tests.contracts.openai_realtime_stand_in import RealtimeStandIn
from tests.contracts.openai_stand_in import StandIn, spoken

EXPECTED = [
    "user_speech_started",
    "user_speech_ended",
    "turn_committed",
    "llm_requested",
    "llm_first_token",
    "tts_requested",
    "tts_first_audio",
    "speech_started",
    "speech_finished",
]


async def talk(session: AgentSession, question: Path) -> tuple[AgentSession, list[AudioFrame]]:
    """Say a recording, hear the answer to its end, and leave."""
    user = AudioFileInput(sample_rate=16_000)
    heard: list[AudioFrame] = []
    output = PacedOutput(on_played=lambda at, frame: heard.append(frame))
    finished = asyncio.Event()
    session.journal.subscribe(lambda record: finished.set() if record.type == "speech_finished" else None)
    async with asyncio.timeout(60), session:
        await session.start(Agent(instructions="Be brief."), audio_in=user, audio_out=output)
        user.say(speech_samples(question, 16_000), pause_s=0.3)
        await finished.wait()
    return session, heard


async def hold(question: Path, server: StandIn, **options: Any) -> tuple[AgentSession, list[AudioFrame]]:
    """A conversation with four plugins."""
    vad = adapt(silero.VAD.load())
    stt, llm, tts = adapt(openai_stt(server.url), vad=vad), adapt(openai_llm(server.url)), adapt(openai_tts(server.url))
    held = await talk(AgentSession(stt=stt, llm=llm, tts=tts, vad=vad, **options), question)
    for model in (stt, llm, tts):
        await model.aclose()
    return held


@pytest.mark.parametrize("detector", [False, True])
def test_a_person_is_heard_and_answered(detector: bool, speech_dir: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> tuple[AgentSession, list[AudioFrame], StandIn]:
        listener = adapt(inference.TurnDetector(version="v1-mini"))
        options = {"turn_detection": listener} if detector else {}
        async with StandIn() as server:
            session, heard = await hold(speech_dir / "cards-001.wav", server, **options)
            await server.idle()
        assert (listener.unlikely_threshold == THRESHOLD_UNTIL_TOLD) is not detector
        for _ in range(10):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return session, heard, server

    session, heard, server = asyncio.run(main())
    types = [record.type for record in session.journal]
    assert not [record.data for record in session.journal if record.type == "error"]
    places = [types.index(kind) for kind in EXPECTED]
    assert places == sorted(places)
    question, answer = [item for item in session.history if isinstance(item, ChatMessage)]
    assert (question.role, answer.role) == ("user", "assistant")

    assert " seconds " in question.content
    assert answer.content.strip() == f"You are the user of 2 messages: {question.content}"
    sound = b"".join(bytes(frame.data) for frame in heard)
    wanted = spoken(answer.content.strip())
    assert np.array_equal(np.frombuffer(sound, np.int16), np.frombuffer(wanted, np.int16))
    assert [request.path.rsplit("/", 1)[1] for request in server.requests] == [
        "transcriptions",
        "completions",
        "speech",
    ]
    assert "never retrieved" not in caplog.text and "Unclosed" not in caplog.text


def test_a_person_talks_with_a_realtime_plugin(speech_dir: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> tuple[AgentSession, list[AudioFrame]]:
        async with RealtimeStandIn() as server:
            model = adapt(RealtimePlugin(server.url))
            session, heard = await talk(AgentSession(llm=model), speech_dir / "cards-001.wav")
            await model.aclose()
            await server.idle()
        for _ in range(10):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return session, heard

    session, heard = asyncio.run(main())
    types = [record.type for record in session.journal]
    assert not [record.data for record in session.journal if record.type == "error"]
    places = [types.index(kind) for kind in ("user_speech_started", "user_speech_ended", "speech_started")]
    assert places == sorted(places) and places[-1] < types.index("speech_finished")
    question, answer = [item for item in session.history if isinstance(item, ChatMessage)]
    assert question.role == "user" and question.content.endswith("ms of speech.")
    assert answer.role == "assistant" and answer.content.startswith(f"You said: {question.content} So I say this.")
    assert "Be brief." in answer.content
    assert np.abs(np.concatenate([np.frombuffer(frame.data, np.int16) for frame in heard])).max() > 1000
    assert "never retrieved" not in caplog.text and "Unclosed" not in caplog.text


def test_in_virtual_time_it_is_refused_before_anything_is_written(speech_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="virtual=False"):
        converse(speech_dir / "cards-001.wav", vad=adapt(silero.VAD.load()), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
