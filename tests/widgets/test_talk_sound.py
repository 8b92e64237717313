"""A Talk's sound for whoever listens beside the page: whose it is, when it is heard, and that nobody can harm it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit import AgentSession, Tuning
from kit.models import local
from kit.widgets import Talk, Waveform
from kit.widgets.conversation_views.envelopes import LIVE_BIN_S
from kit.widgets.talking.peaks import MOST, Peaks
from kit.widgets.talking.sound import SoundListeners

WAIT_S = 30.0


def until(true: Callable[[], Any], wait_s: float = WAIT_S) -> None:
    for _ in range(round(wait_s / 0.01)):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come")


@pytest.fixture
def talk() -> Iterator[Talk]:
    tuning = Tuning().replace({"background.ambient": "office"})
    one = Talk(AgentSession(**local(), tuning=tuning))
    yield one
    one.close()


class Ear:
    """What one listener heard."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, float, AudioFrame]] = []

    def __call__(self, channel: str, t_s: float, frame: AudioFrame) -> None:
        self.heard.append((channel, t_s, frame))

    def sound(self, channel: str, rate: int) -> np.ndarray[Any, np.dtype[np.int16]]:
        """All of a channel at its places in time."""
        frames = [(t_s, frame) for name, t_s, frame in list(self.heard) if name == channel]
        assert {frame.sample_rate for _, frame in frames} == {rate}
        size = max(round(t_s * rate) + frame.samples_per_channel for t_s, frame in frames)
        whole = np.zeros(size, np.int16)
        for t_s, frame in frames:
            start = max(0, round(t_s * rate))
            part = np.frombuffer(frame.data, np.int16)
            whole[start : start + len(part)] = part[: len(whole) - start]
        return whole


def converse(talk: Talk, question: Path) -> None:
    talk.play(question)
    until(lambda: talk.state == "speaking")
    until(lambda: talk.state == "listening")


def test_each_channel_is_heard_when_it_sounds(talk: Talk, root: Path) -> None:
    ear = Ear()
    talk.subscribe_sound(ear)
    converse(talk, root / "data/questions/name.wav")
    talk.stop()
    assert {channel for channel, _, _ in ear.heard} == {"user", "agent", "background"}
    recorded = talk.conversations[0]
    for column, (channel, rate) in enumerate({"user": 16_000, "agent": 22_050}.items()):
        loud = np.flatnonzero(np.abs(ear.sound(channel, rate).astype(int)) > 500) / rate
        kept = np.flatnonzero(np.abs(recorded.audio[:, column].astype(int)) > 500) / recorded.sample_rate
        assert loud[0] == pytest.approx(kept[0], abs=0.03)
        assert loud[-1] == pytest.approx(kept[-1], abs=0.03)


def test_it_goes_on_from_one_conversation_to_the_next_until_it_is_stopped(talk: Talk, root: Path) -> None:
    ear = Ear()
    stop = talk.subscribe_sound(ear)
    for _ in range(2):
        ear.heard.clear()
        converse(talk, root / "data/questions/name.wav")
        assert min(t_s for _, t_s, _ in ear.heard) < 0.5
        assert "agent" in {channel for channel, _, _ in ear.heard}
        talk.stop()
    stop()
    stop()
    ear.heard.clear()
    converse(talk, root / "data/questions/name.wav")
    assert ear.heard == []


def test_a_listener_that_raises_harms_nobody_and_is_logged_once(
    talk: Talk, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(channel: str, t_s: float, frame: AudioFrame) -> None:
        raise RuntimeError("no ears")

    ear = Ear()
    talk.subscribe_sound(broken)
    talk.subscribe_sound(ear)
    with caplog.at_level(logging.ERROR, "kit"):
        converse(talk, root / "data/questions/name.wav")
    talk.stop()
    assert {"user", "agent"} <= {channel for channel, _, _ in ear.heard}
    assert len([record for record in caplog.records if "listener" in record.message]) == 1
    assert talk.problem == "" and talk.conversations[0].audio[:, 0].any()


def test_a_waveform_of_it_draws_what_it_hears(talk: Talk, root: Path) -> None:
    wave = Waveform(talk)
    wave._take(wave, {"kind": "shown"}, [])
    grown: dict[str, int] = {}
    tell = wave.tell

    def spy(kind: str, /, **content: Any) -> None:
        if kind == "grow":
            for (channel, _), extremes in zip(content["firsts"], content["buffers"], strict=True):
                loudest = int(np.abs(np.frombuffer(extremes, np.int16).astype(int)).max(initial=0))
                grown[channel] = max(grown.get(channel, 0), loudest)
        tell(kind, **content)

    wave.tell = spy  # type: ignore[method-assign]
    converse(talk, root / "data/questions/name.wav")
    until(lambda: min((grown.get(channel, 0) for channel in ("user", "agent", "background")), default=0) > 100)
    wave.close()
    assert not talk._held.listeners


def test_a_waveform_that_comes_later_draws_what_was_heard_before(talk: Talk, root: Path) -> None:
    converse(talk, root / "data/questions/name.wav")
    wave = Waveform(talk)
    assert talk.conversation is not None
    for number, channel in enumerate(("user", "agent")):
        drawn = wave._sounds[channel].take()[1]
        sound = talk.conversation.audio[: round(LIVE_BIN_S * len(drawn) * 24_000), number]
        assert drawn.max() > 1000 and abs(int(drawn.max()) - int(sound.max())) <= 1
        loud = np.flatnonzero(np.abs(sound.astype(int)) > 1000) / 24_000
        assert np.flatnonzero(drawn[:, 1] > 1000)[0] * LIVE_BIN_S == pytest.approx(loud[0], abs=0.05)
    wave.close()


def test_a_waveform_of_a_talk_whose_recording_is_lost_draws_what_comes(talk: Talk, root: Path) -> None:
    talk.start()
    until(lambda: talk.state == "listening")
    assert talk._run is not None
    (talk._run.live.folder / "audio.wav").unlink()
    wave = Waveform(talk)
    converse(talk, root / "data/questions/name.wav")
    assert wave._sounds["agent"].take()[1].max() > 1000
    wave.close()


def test_one_callback_may_listen_twice_and_stop_once() -> None:
    listeners, ear = SoundListeners(), Ear()
    frame = AudioFrame(bytes(640), 16_000, 1, 320)
    stop = listeners.subscribe(ear)
    listeners.subscribe(ear)
    listeners.tell("user", 0.0, frame)
    assert len(ear.heard) == 2
    stop()
    listeners.tell("user", 0.1, frame)
    assert len(ear.heard) == 3 and listeners


def test_peaks_are_the_users_and_are_kept_only_while_wanted() -> None:
    listeners = SoundListeners()
    peaks = Peaks(listeners)
    loud = AudioFrame(np.array([3, -32768, 7], np.int16).tobytes(), 16_000, 1, 3)
    assert not listeners
    peaks.follow(True)
    peaks.follow(True)
    listeners.tell("user", 1.0, loud)
    listeners.tell("agent", 1.0, loud)
    assert peaks.take() == [(1.0, 1.0)] and peaks.take() == []
    for number in range(MOST + 5):
        listeners.tell("user", float(number), loud)
    assert len(peaks.take()) == MOST
    peaks.follow(False)
    assert not listeners
