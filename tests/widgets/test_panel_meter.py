"""The level meter of a panel: what it tells while the agent speaks and somebody looks, and that it leaves nothing."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit import Agent, AgentSession, Tuning
from kit.audio.frames import frame_from_samples, samples_of
from kit.audio.loudness import measure_samples
from kit.models import EspeakTTS
from kit.timing import run_virtual
from kit.timing.loop_thread import LoopThread
from kit.transports.playout import PacedOutput
from kit.widgets import BackgroundMixer, TuningPanel
from kit.widgets.studio import Studio
from kit.widgets.tuning_panel.metering import Level
from tests.widgets.test_panel import ask, until

TEXT = "Your order is ready for pick-up at ten past nine. Please bring the number that we have sent to you."


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What a page that looks is told of levels."""
    messages: list[dict[str, Any]] = []

    def tell(self: TuningPanel, kind: str, **content: Any) -> None:
        if self.shown and kind in ("level", "metered"):
            messages.append({"kind": kind, **content})

    monkeypatch.setattr(TuningPanel, "tell", tell)
    return messages


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> list[AudioFrame]:
    """The frames that are measured."""
    frames: list[AudioFrame] = []
    push = Level.push
    monkeypatch.setattr(Level, "push", lambda self, frame: (frames.append(frame), push(self, frame))[1])
    return frames


class Speaker:
    """A session that speaks into a loudspeaker, whose sound is kept."""

    def __init__(self, session: AgentSession) -> None:
        self.session = session
        self.heard: list[AudioFrame] = []
        self.output = PacedOutput(on_played=lambda at, frame: self.heard.append(frame))

    async def start(self) -> None:
        await self.session.start(Agent(), audio_out=self.output)

    async def speak(self) -> None:
        await self.session.say(TEXT).wait_for_playout()


def levels(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in told if one["kind"] == "level"]


def spoken(tuning: Tuning, told: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], np.ndarray[Any, Any], int]:
    """What is told of a speech, and the speech."""

    async def main() -> tuple[np.ndarray[Any, Any], int]:
        speaker = Speaker(AgentSession(tts=EspeakTTS(), tuning=tuning))
        panel = TuningPanel(speaker.session)
        ask(panel, "shown")
        await speaker.start()
        await speaker.speak()
        await speaker.session.aclose()
        panel.close()
        return np.concatenate([samples_of(frame) for frame in speaker.heard]), speaker.heard[0].sample_rate

    told.clear()
    samples, rate = run_virtual(main)
    return levels(told), samples, rate


def test_it_tells_the_loudness_as_it_is_heard(told: list[dict[str, Any]]) -> None:
    loud, samples, rate = spoken(Tuning(), told)
    seconds = len(samples) / rate
    assert 3 * seconds < len(loud) < 6 * seconds
    assert told[0]["kind"] == told[-1]["kind"] == "metered"
    assert [one["on"] for one in told if one["kind"] == "metered"] == [False, True, False]
    integrated = measure_samples(samples, rate).integrated_lufs
    later = [one["lufs"] for one in loud if one["lufs"] is not None]
    assert len(later) >= len(loud) - 3
    assert float(np.median(later)) == pytest.approx(integrated, abs=2)
    jumps = np.abs(np.diff(later))
    assert jumps.max() < 3
    highest = max(one["dbtp"] for one in loud)
    assert highest == pytest.approx(measure_samples(samples, rate).true_peak_dbtp, abs=0.1)
    quiet, _, _ = spoken(Tuning().replace({"volume.level": 50}), told)
    differences = [a["lufs"] - b["lufs"] for a, b in zip(loud, quiet, strict=True) if a["lufs"] is not None]
    assert differences == pytest.approx([6.0] * len(differences), abs=0.15)


def test_the_peak_is_told_against_the_ceiling_as_the_limiter_leaves_it(told: list[dict[str, Any]]) -> None:
    limited = Tuning().replace({"volume.limit_peaks": True, "volume.ceiling_dbtp": -15})
    free, _, _ = spoken(Tuning(), told)
    held, _, _ = spoken(limited, told)
    assert max(one["dbtp"] for one in free) > -10
    assert max(one["dbtp"] for one in held) == pytest.approx(-15, abs=0.15)


def test_a_reading_is_calm_and_of_the_last_three_seconds() -> None:
    rate, level = 48_000, Level()
    tone = np.sin(2 * np.pi * 997 * np.arange(rate // 50) / rate)
    readings = []
    for loud in (0.1, 0.01):
        frame = frame_from_samples((tone * loud * 32767).astype(np.int16).reshape(-1, 1), rate)
        readings.append([told for _ in range(250) if (told := level.push(frame)) is not None])
    first, second = readings
    assert [one["lufs"] for one in first[:2]] == [None, None]  # a reading takes 0.4 s
    assert first[2]["lufs"] == pytest.approx(-23.0, abs=0.2)  # there are not three seconds yet
    assert {one["lufs"] for one in first[2:]} <= {-23.0, -23.1, -22.9}
    lufs = [one["lufs"] or math.nan for one in second]
    assert lufs == sorted(lufs, reverse=True)
    assert lufs[0] > -24
    assert lufs[-1] == pytest.approx(-43.0, abs=0.2)
    assert second[0]["dbtp"] == pytest.approx(-20, abs=0.2)  # held
    assert second[-1]["dbtp"] == pytest.approx(-40, abs=0.2)


def test_nothing_is_measured_while_nobody_looks(told: list[dict[str, Any]], pushed: list[AudioFrame]) -> None:
    async def main() -> None:
        speaker = Speaker(AgentSession(tts=EspeakTTS()))
        own = speaker.output.on_played
        panel = TuningPanel(speaker.session)
        await speaker.start()
        await speaker.speak()
        assert pushed == []
        assert speaker.output.on_played is own
        ask(panel, "shown")
        ask(panel, "shown")  # in two places
        await asyncio.sleep(0)
        await speaker.speak()
        assert pushed
        ask(panel, "hidden")
        before = len(pushed)
        await speaker.speak()
        assert len(pushed) > before
        ask(panel, "hidden")
        await asyncio.sleep(0)
        assert speaker.output.on_played is own
        before = len(pushed)
        await speaker.speak()
        assert len(pushed) == before
        await speaker.session.aclose()
        panel.close()

    run_virtual(main)


def test_panels_come_and_go_in_any_order_and_leave_nothing(
    told: list[dict[str, Any]], pushed: list[AudioFrame]
) -> None:
    async def main() -> None:
        speaker = Speaker(AgentSession(tts=EspeakTTS()))
        studio = Studio.of(speaker.session)
        own = speaker.output.on_played
        before = [len(each) for each in (studio._on_record, studio._on_session, studio._on_tuning)]
        panels = [TuningPanel(speaker.session) for _ in range(3)]
        await speaker.start()
        for kind, panel in (("shown", 0), ("shown", 1), ("hidden", 0), ("shown", 2), ("shown", 0), ("hidden", 1)):
            ask(panels[panel], kind)
            await asyncio.sleep(0)
        told.clear()
        await speaker.speak()
        assert len(pushed) == len(speaker.heard)  # measured once
        assert len(levels(told)) % 2 == 0  # and told to two
        for panel in panels:
            panel.close()
        await asyncio.sleep(0)
        assert speaker.output.on_played is own
        assert [len(each) for each in (studio._on_record, studio._on_session, studio._on_tuning)] == before
        told.clear()
        await speaker.speak()
        assert told == []
        await speaker.session.aclose()

    run_virtual(main)


def test_whoever_hears_through_it_goes_on_hearing(told: list[dict[str, Any]]) -> None:
    async def main() -> None:
        speaker = Speaker(AgentSession(tts=EspeakTTS()))
        panel = TuningPanel(speaker.session)
        await speaker.start()
        ask(panel, "shown")
        await asyncio.sleep(0)
        through, also = speaker.output.on_played, []

        def hear(at: float, frame: AudioFrame) -> None:
            also.append(frame)
            assert through is not None
            through(at, frame)

        speaker.output.on_played = hear
        for _ in range(3):
            ask(panel, "hidden")
            ask(panel, "shown")
        await asyncio.sleep(0)
        await speaker.speak()
        assert len(speaker.heard) == len(also) > 0
        once = len(levels(told))
        panel.close()
        await asyncio.sleep(0)
        await speaker.speak()
        assert len(speaker.heard) == len(also)
        assert len(levels(told)) == once > 0
        await speaker.session.aclose()

    run_virtual(main)


def test_it_follows_the_session_that_comes_next(told: list[dict[str, Any]]) -> None:
    async def main() -> None:
        first = Speaker(AgentSession(tts=EspeakTTS()))
        panel = TuningPanel(first.session)
        ask(panel, "shown")
        await first.start()
        await first.speak()
        await first.session.aclose()
        second = Speaker(Studio.of(first.session).renew())
        told.clear()
        await second.start()
        await second.speak()
        assert told[0] == {"kind": "metered", "on": True}
        assert levels(told)
        panel.close()
        await second.session.aclose()

    run_virtual(main)


def test_it_is_begun_from_another_thread_than_the_sessions(told: list[dict[str, Any]]) -> None:
    thread = LoopThread()
    speaker = Speaker(AgentSession(tts=EspeakTTS()))
    own = speaker.output.on_played
    thread.run(speaker.start()).result(20)
    panel = TuningPanel(speaker.session)
    ask(panel, "shown")
    handle = speaker.session.say
    thread.post(lambda: handle("Hello there."))
    until(lambda: bool(levels(told)))
    panel.close()
    until(lambda: speaker.output.on_played is own)
    thread.run(speaker.session.aclose()).result(20)
    thread.stop()


def test_without_a_session_there_is_no_meter() -> None:
    for panel, metered in (
        (TuningPanel(), False),
        (BackgroundMixer(AgentSession()), False),
        (TuningPanel(AgentSession(), groups=["volume"]), True),
    ):
        assert panel._metered is metered
        ask(panel, "shown")
        panel.close()


def test_a_loudspeaker_that_tells_nothing_is_said(told: list[dict[str, Any]]) -> None:
    class Deaf:
        on_playback_started = None
        playback_position_s = 0.0

        def clear_buffer(self) -> None: ...

    async def main() -> None:
        session = AgentSession(tts=EspeakTTS())
        panel = TuningPanel(session)
        await session.start(Agent(), audio_out=Deaf())  # type: ignore[arg-type]
        ask(panel, "shown")
        await asyncio.sleep(0)
        assert told[-1] == {"kind": "metered", "on": False}
        await session.aclose()
        panel.close()

    run_virtual(main)
