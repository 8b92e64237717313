"""The player in the page, sample for sample: its worklet's own code, driven in a page by a clock of the test's."""

from __future__ import annotations

import base64
import math
import wave
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytestmark = pytest.mark.browser

RATE = 48_000
QUANTUM = 128
PREBUFFER_S = 0.1
FRAME_S = 0.02
TONE_HZ = 220.0
DRIVE = """([source, rate, prebuffer, quanta, messages]) => {
    const worklet = new Function(source + '; return PLAYBACK_WORKLET;')();
    let Player;
    class AudioWorkletProcessor { constructor() { this.port = { postMessage() {} }; } }
    new Function('AudioWorkletProcessor', 'registerProcessor', 'sampleRate', 'currentTime', worklet)(
        AudioWorkletProcessor, (name, made) => { Player = made; }, rate, 0);
    const player = new Player({ processorOptions: { prebuffer } });
    const heard = new Float32Array(128 * quanta), backlogs = [];
    let next = 0;
    for (let quantum = 0; quantum < quanta; quantum++) {
        for (; next < messages.length && messages[next][0] <= quantum * 128 / rate; next++) {
            const { pcm, ...message } = messages[next][1];
            if (pcm) message.pcm = Uint8Array.from(atob(pcm), (one) => one.charCodeAt(0)).buffer;
            player.take(message);
        }
        const left = heard.subarray(128 * quantum, 128 * (quantum + 1));
        player.process([], [[left, new Float32Array(128)]]);
        backlogs.push(player.streams.agent ? player.streams.agent.backlog : 0);
    }
    const bytes = new Uint8Array(heard.buffer);
    let text = '';
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return [btoa(text), backlogs, player.streams.agent.report];
}"""

Sound = NDArray[np.float64]


class Heard:
    """What came out: samples at 48 kHz, the backlog after each quantum in seconds, and the last report."""

    def __init__(self, samples: str, backlogs: list[float], report: dict[str, Any]) -> None:
        self.samples: Sound = np.frombuffer(base64.b64decode(samples), np.float32).astype(np.float64)
        self.backlogs: Sound = np.array(backlogs)
        self.report = report

    def loudness(self, from_s: float, to_s: float) -> Sound:
        """RMS of every 10 ms, more than two periods of the tone."""
        part = self.samples[round(from_s * RATE) : round(to_s * RATE)]
        blocks = part[: len(part) // 480 * 480].reshape(-1, 480)
        return np.asarray(np.sqrt((blocks**2).mean(axis=1)))

    @property
    def sharpest(self) -> float:
        """The greatest second difference: a click is one."""
        return float(np.abs(np.diff(self.samples, 2)).max())


class Driver:
    def __init__(self, page: Any) -> None:
        self._page = page
        self._source = (files("kit.widgets") / "static" / "playback.js").read_text(encoding="utf-8")

    def play(self, messages: list[tuple[float, dict[str, Any]]], length_s: float) -> Heard:
        """`messages` come at their times, in seconds."""
        quanta = math.ceil(length_s * RATE / QUANTUM)
        return Heard(*self._page.evaluate(DRIVE, [self._source, RATE, PREBUFFER_S, quanta, messages]))


@pytest.fixture(scope="module")
def player(chromium: str) -> Iterator[Driver]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield Driver(browser.new_page())
        browser.close()


def frames(samples: Sound, rate: int, *, held_up: tuple[float, float] = (0.0, 0.0)) -> list[tuple[float, Any]]:
    """As the kernel sends them, one every 20 ms. Those of a time in which it is held up come at its end."""
    size = round(FRAME_S * rate)
    told = []
    for number in range(len(samples) // size):
        block = np.rint(32767 * samples[number * size : (number + 1) * size]).astype("<i2")
        pcm = base64.b64encode(block.tobytes()).decode()
        at = number * FRAME_S
        at = held_up[1] if held_up[0] < at < held_up[1] else at
        told.append((at, {"kind": "sound", "stream": "agent", "pcm": pcm, "rate": rate, "begins": number == 0}))
    return told


def tone(length_s: float, rate: int) -> Sound:
    """It swells up and dies away, so that nothing of it is sharp but what the player does."""
    times = np.arange(round(length_s * rate)) / rate
    swell = np.clip(np.minimum(times, length_s - times) / 0.05, 0, 1)
    return 0.3 * np.sin(np.pi / 2 * swell) ** 2 * np.sin(2 * np.pi * TONE_HZ * times)


TONES_SHARPEST = 0.3 * (2 * np.pi * TONE_HZ / RATE) ** 2
FADES_SHARPEST = 0.005
"""The corners of a fade of 5 ms; a click has ten times as much and more."""


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 48_000])
def test_sound_on_time_comes_out_as_it_was(player: Driver, rate: int) -> None:
    """Resampled, a prebuffer later, and nothing else. The clocks agree, but for a quantum."""
    heard = player.play(frames(tone(2.0, rate), rate), 2.0)
    assert (heard.report["underruns"], heard.report["stretched_s"], heard.report["trimmed"]) == (0, 0, 0)
    assert not heard.samples[: round((PREBUFFER_S - 0.003) * RATE)].any()
    part = heard.samples[round(0.3 * RATE) : round(0.9 * RATE)]
    times = np.arange(len(part)) / RATE
    errors = []
    for hertz in np.linspace(TONE_HZ * 0.997, TONE_HZ * 1.003, 61):  # as it steers
        base = np.stack([np.sin(2 * np.pi * hertz * times), np.cos(2 * np.pi * hertz * times)], axis=1)
        fitted = base @ np.linalg.lstsq(base, part, rcond=None)[0]
        errors.append(np.sqrt(((part - fitted) ** 2).mean()))
    assert min(errors) < 0.3 / 100
    assert heard.sharpest < 1.1 * TONES_SHARPEST + 3e-4


@pytest.mark.parametrize("late_s", [0.03, 0.06, 0.09, 0.12, 0.14])
def test_sound_that_is_late_leaves_no_hole(player: Driver, late_s: float) -> None:
    """Up to the prebuffer and a little more: the tone goes on without a gap or a click, and the delay goes back."""
    heard = player.play(frames(tone(4.0, 24_000), 24_000, held_up=(1.0, 1.0 + late_s)), 4.0)
    assert heard.report["underruns"] == 0
    assert heard.loudness(0.2, 3.9).min() > 0.8 * 0.3 / math.sqrt(2)
    assert heard.sharpest < 2 * TONES_SHARPEST + 1e-3
    settled = heard.backlogs[round(3.0 * RATE / QUANTUM) : round(3.9 * RATE / QUANTUM)]
    assert settled.max() < PREBUFFER_S + 0.05
    if late_s <= 0.06:
        assert heard.report["stretched_s"] == 0
    if late_s >= 0.12:
        assert late_s - PREBUFFER_S <= heard.report["stretched_s"] < 0.1


@pytest.mark.parametrize("seed", range(6))
def test_an_uneven_way_is_not_heard(player: Driver, seed: int) -> None:
    """Hold-ups at any time, of any length up to the prebuffer and a little more, one soon after another."""
    chance = np.random.default_rng(seed)
    told, free_s = [], 0.0
    for at, message in frames(tone(8.0, 24_000), 24_000):
        if at > 0.5 and chance.random() < 0.05:
            free_s = at + chance.uniform(0.02, 0.13)
        told.append((max(at, free_s), message))
    heard = player.play(told, 8.0)
    assert heard.report["underruns"] == 0
    assert heard.report["stretched_s"] > 0
    assert heard.loudness(0.2, 7.9).min() > 0.8 * 0.3 / math.sqrt(2)
    assert heard.sharpest < 2 * TONES_SHARPEST + 1e-3
    assert heard.backlogs.max() < PREBUFFER_S + 0.13


def test_a_longer_hold_up_is_one_underrun_with_soft_edges(player: Driver) -> None:
    heard = player.play(frames(tone(3.0, 24_000), 24_000, held_up=(1.0, 1.4)), 3.4)
    assert heard.report["underruns"] == 1
    assert heard.loudness(1.2, 1.38).max() < 0.01
    assert heard.loudness(1.6, 2.8).min() > 0.8 * 0.3 / math.sqrt(2)
    assert heard.sharpest < FADES_SHARPEST


def test_a_persons_voice_is_held_too(player: Driver, speech_dir: Path) -> None:
    """Wherever it is held up, no hole and nothing sharper than the voice itself has."""
    with wave.open(str(speech_dir / "goforward.wav")) as file:
        rate = file.getframerate()
        voice = np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768
    plain = player.play(frames(voice, rate), len(voice) / rate + 0.2)
    for at in np.arange(0.3, len(voice) / rate - 0.5, 0.43):
        heard = player.play(frames(voice, rate, held_up=(at, at + 0.13)), len(voice) / rate + 0.3)
        assert heard.report["underruns"] == 0
        assert heard.report["stretched_s"] > 0
        assert heard.sharpest < 1.25 * plain.sharpest
        energy, whole = float((heard.samples**2).sum()), float((plain.samples**2).sum())
        assert 0.9 * whole < energy < 1.35 * whole


def test_the_end_of_a_speech_is_not_stretched(player: Driver) -> None:
    sound = frames(tone(1.0, 24_000), 24_000)
    heard = player.play([*sound, (sound[-1][0], {"kind": "end", "stream": "agent"})], 1.4)
    assert (heard.report["underruns"], heard.report["starved"], heard.report["stretched_s"]) == (0, 0, 0)
    assert heard.report["played_s"] == pytest.approx(1.0 + PREBUFFER_S, abs=0.005)  # its lead is silence
    assert not heard.samples[round(1.12 * RATE) :].any()


def test_pausing_and_clearing_fade(player: Driver) -> None:
    told = [
        *frames(tone(2.0, 24_000), 24_000)[:55],
        (0.5, {"kind": "pause", "stream": "agent"}),
        (0.7, {"kind": "resume", "stream": "agent"}),
        (1.1, {"kind": "clear", "stream": "agent"}),
    ]
    heard = player.play(sorted(told, key=lambda one: one[0]), 1.6)
    assert heard.loudness(0.52, 0.69).max() == 0
    assert not heard.samples[round(1.11 * RATE) :].any()
    assert heard.sharpest < FADES_SHARPEST
