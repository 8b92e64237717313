"""A live conversation, in virtual time: recorded as it goes, aligned with its journal, ended whatever hangs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from pathlib import Path

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit import Agent, AgentSession
from kit.lab import Conversation, LiveConversation, live
from kit.models import SimulatedLLM, SimulatedSTT, SimulatedTTS, SimulatedVAD
from kit.session.records import SpeechStarted, UserSpeechStarted
from kit.timing import run_virtual
from kit.transports import PacedOutput, PageMicrophone, Recording, RecordingError, SimulatedUser, load_recording


def session() -> AgentSession:
    return AgentSession(stt=SimulatedSTT(), llm=SimulatedLLM(), tts=SimulatedTTS(), vad=SimulatedVAD())


def onset_s(samples: np.ndarray, rate: int) -> float:
    return float(np.argmax(np.abs(samples) > 300)) / rate


def test_the_recording_is_there_while_it_goes_on_and_fits_its_journal(tmp_path: Path) -> None:
    async def main() -> tuple[Conversation, int]:
        user, output = PageMicrophone(), PacedOutput()
        held = LiveConversation(session(), audio_in=user, audio_out=output, folder=tmp_path / "one")
        await held.start()
        await asyncio.sleep(1.0)
        user.play(np.full(24_000, 3_000, np.int16), text="what is the weather")
        await asyncio.sleep(5.0)
        early = len(load_recording(tmp_path / "one")[0])
        await held.aclose()
        await held.aclose()
        assert held.ended
        return held.conversation, early

    conversation, early = run_virtual(main)
    rate = conversation.sample_rate
    assert early / rate >= 5.0
    spoken = conversation.journal.of(UserSpeechStarted)[0].audio_t
    answered = conversation.journal.of(SpeechStarted)[0].t
    assert onset_s(conversation.audio[:, 0], rate) == pytest.approx(spoken, abs=0.03)
    assert onset_s(conversation.audio[:, 1], rate) == pytest.approx(answered, abs=0.03)
    assert Conversation.load(tmp_path / "one").turns[0].gap_s == conversation.turns[0].gap_s


def test_the_recording_knows_who_answered_whatever_was_turned(tmp_path: Path) -> None:
    async def main() -> Conversation:
        held = LiveConversation(session(), Agent(instructions="Be brief."), folder=tmp_path / "one")
        await held.start()
        held.session.tuning = held.session.tuning.replace({"volume.level": 50.0})
        await held.aclose()
        return held.conversation

    for conversation in (run_virtual(main), Conversation.load(tmp_path / "one")):
        recipe = conversation.findings().recipe()
        assert (recipe.instructions, recipe.origins.agent_class) == ("Be brief.", "Agent")
        assert recipe.tuning.volume.level == 50.0


def test_a_session_that_ends_by_itself_ends_the_recording(tmp_path: Path) -> None:
    async def main() -> LiveConversation:
        held = LiveConversation(session(), audio_in=SimulatedUser(), folder=tmp_path / "one")
        await held.start()
        held.session.shutdown()
        await held.wait()
        return held

    held = run_virtual(main)
    assert held.session.closed and held.problem == ""


def test_an_engine_that_resists_does_not_hold_the_end_up(tmp_path: Path) -> None:
    released: list[bool] = []

    async def stubborn(text: AsyncIterable[str]) -> AsyncGenerator[AudioFrame, None]:
        while not released:
            try:
                await asyncio.sleep(0.05)
            except asyncio.CancelledError:
                continue
        yield AudioFrame(b"", 24_000, 1, 0)

    async def main() -> float:
        one = AgentSession(llm=SimulatedLLM(), tts=stubborn)  # type: ignore[arg-type]
        held = LiveConversation(one, folder=tmp_path / "one")
        await held.start()
        one.say("hello")
        await asyncio.sleep(0.5)
        begun = asyncio.get_running_loop().time()
        await held.aclose()
        assert held.ended
        took_s = asyncio.get_running_loop().time() - begun
        released.append(True)
        await asyncio.sleep(0.5)
        return took_s

    async def limited() -> float:
        return await asyncio.wait_for(main(), 60)

    loop = asyncio.new_event_loop()
    try:
        assert loop.run_until_complete(limited()) <= live.CLOSE_S + 2
    finally:
        loop.close()


def test_a_disk_that_refuses_ends_the_recording_and_not_the_conversation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise RecordingError(tmp_path, "cannot be written to: No space left on device")

    async def main() -> LiveConversation:
        held = LiveConversation(session(), audio_in=SimulatedUser(), folder=tmp_path / "one")
        await held.start()
        monkeypatch.setattr(Recording, "write", full)
        held.session.say("hello")
        await asyncio.sleep(3.0)
        assert not held.ended
        await held.aclose()
        return held

    assert "No space left" in run_virtual(main).problem


def test_a_folder_that_has_a_recording_is_refused_before_anything_begins(tmp_path: Path) -> None:
    Recording(tmp_path).close()
    with pytest.raises(RecordingError, match="has a recording already"):
        LiveConversation(session(), folder=tmp_path)
