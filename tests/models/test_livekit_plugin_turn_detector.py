"""Turn detectors of LiveKit Agents as the kit's: its own that listens, which runs here, and one that reads."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from livekit.agents import inference
from livekit.agents import llm as plugin_llm

from kit.chat import ChatContext, ChatMessage
from kit.models.livekit_plugin import LiveKitAudioTurnDetector, LiveKitTurnDetector, adapt
from kit.models.openai import ModelRequestError
from kit.ports import AudioTurnDetector, TurnDetector
from tests.contracts.audio import audio, in_stereo_at_48_khz
from tests.models.recordings import recording


def listener(**options: Any) -> LiveKitAudioTurnDetector:
    return LiveKitAudioTurnDetector(inference.TurnDetector(version="v1-mini"), **options)


def test_the_end_of_a_sentence_is_likelier_the_end_of_a_turn_than_its_middle(speech_dir: Path) -> None:
    async def main() -> None:
        detector = listener()
        assert isinstance(detector, AudioTurnDetector) and not isinstance(detector, TurnDetector)
        for name in ("cards-001", "goforward", "austen-0870"):
            sound = recording(speech_dir, name)
            whole = await detector.predict_end_of_turn_from_audio(audio((sound, "")))
            half = await detector.predict_end_of_turn_from_audio(audio((sound[: len(sound) // 2], "")))
            assert 0 <= half < whole <= 1
            assert half < 0.6 and whole > detector.unlikely_threshold
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_only_the_latest_sound_counts_and_its_format_does_not(speech_dir: Path) -> None:
    async def main() -> None:
        detector = listener()
        frames = audio((recording(speech_dir, "goforward"), ""))
        window = frames[-round(detector.window_s / 0.1) - 1 :]
        whole = await detector.predict_end_of_turn_from_audio(frames)
        assert await detector.predict_end_of_turn_from_audio(window) == pytest.approx(whole, abs=1e-6)
        other = await detector.predict_end_of_turn_from_audio(in_stereo_at_48_khz(frames))
        assert other == pytest.approx(whole, abs=0.1)
        assert 0 <= await detector.predict_end_of_turn_from_audio(audio(0.1)) <= 1
        assert await detector.predict_end_of_turn_from_audio([]) == 0.5
        later = frames + audio(1.0)
        assert await detector.predict_end_of_turn_from_audio(later) == pytest.approx(whole, abs=0.25)

    asyncio.run(main())


def test_predictions_at_once_do_not_mix(speech_dir: Path) -> None:
    async def main() -> None:
        detector = listener()
        frames = [audio((recording(speech_dir, name), "")) for name in ("cards-001", "goforward")]
        alone = [await detector.predict_end_of_turn_from_audio(one) for one in frames]
        together = await asyncio.gather(*map(detector.predict_end_of_turn_from_audio, frames))
        assert list(together) == alone

    asyncio.run(main())


def test_the_threshold_is_the_plugin_s_or_the_one_that_is_given() -> None:
    async def main() -> None:
        plugin = inference.TurnDetector(version="v1-mini", unlikely_threshold={"en": 0.3, "fr": 0.4})
        for options, expected in (
            ({"language": "fr"}, 0.4),
            ({"language": "en"}, 0.3),
            ({"unlikely_threshold": 0.1}, 0.1),
        ):
            detector = adapt(plugin, **options)
            await detector.predict_end_of_turn_from_audio(audio(0.2))
            assert detector.unlikely_threshold == expected

    asyncio.run(main())


def test_a_prediction_can_be_cancelled() -> None:
    async def main() -> None:
        detector = listener()
        for turns in range(12):
            asking = asyncio.create_task(detector.predict_end_of_turn_from_audio(audio(1.0)))
            for _ in range(turns):
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.wait([asking])
        for _ in range(5):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert 0 <= await detector.predict_end_of_turn_from_audio(audio(1.0)) <= 1

    asyncio.run(main())


class SilentDetector:
    """A stand-in for a detector whose server never answers."""

    model = "silent"

    async def unlikely_threshold(self, language: Any) -> float:
        return 0.2

    def stream(self, **_: Any) -> SilentDetector:
        return self

    def push_audio(self, frame: Any) -> None: ...

    def predict(self) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().create_future()

    async def aclose(self) -> None: ...


def test_no_answer_is_an_error() -> None:
    async def main() -> None:
        with pytest.raises(ModelRequestError, match=r"SilentDetector silent: no prediction within 0.05 s"):
            await adapt(SilentDetector(), answer_s=0.05).predict_end_of_turn_from_audio(audio(0.1))

    asyncio.run(main())


def test_livekit_s_detector_behind_its_servers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEKIT_INFERENCE_URL", "http://127.0.0.1:9")
    plugin = inference.TurnDetector(version="v1", api_key="key", api_secret="secret")
    with pytest.raises(ValueError, match=r'TurnDetector\(version="v1-mini"\)'):
        adapt(plugin)


class ReadingDetector:
    """A stand-in for a detector that reads: the longer the user's words, the likelier their end."""

    def __init__(self) -> None:
        self.languages: list[Any] = []

    async def unlikely_threshold(self, language: Any) -> float | None:
        self.languages.append(language)
        return None if language is None else 0.2

    async def supports_language(self, language: Any) -> bool:
        return True

    async def predict_end_of_turn(self, chat_ctx: plugin_llm.ChatContext, *, timeout: float | None = None) -> float:
        if chat_ctx.items[-1].text_content == "fail":
            raise LookupError("no model")
        return min(1.0, len(chat_ctx.items[-1].text_content or "") / 10)


def test_a_detector_that_reads_is_given_the_conversation() -> None:
    def said(words: str) -> ChatContext:
        return ChatContext([ChatMessage("assistant", "Hello."), ChatMessage("user", words)])

    async def main() -> None:
        plugin = ReadingDetector()
        detector = adapt(plugin, language="en")
        assert type(detector) is LiveKitTurnDetector and isinstance(detector, TurnDetector)
        assert await detector.predict_end_of_turn(said("Hello")) == 0.5
        assert detector.unlikely_threshold == 0.2 and plugin.languages == ["en"]
        assert await detector.predict_end_of_turn(said("Hello there, you")) == 1.0
        with pytest.raises(ModelRequestError, match="ReadingDetector: no model"):
            await detector.predict_end_of_turn(said("fail"))
        without = adapt(ReadingDetector(), unlikely_threshold=0.3)
        await without.predict_end_of_turn(said("Hello"))
        assert without.unlikely_threshold == 0.3

    asyncio.run(main())
