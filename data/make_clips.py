"""Makes the built-in clips of `kit.background`: `python data/make_clips.py`.

All of it is computed: nobody's voice and nobody's desk was recorded. The same script gives the same samples. Everything
is laid out on a circle (events wrap around, and filters and rooms are circular convolutions), so that each clip goes on
at its start where it ends. Levels are loudness as ITU-R BS.1770 defines it, measured by FFmpeg.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from kit.audio.frames import Samples, samples_of
from kit.audio.resampling import resample
from kit.models import EspeakTTS
from kit.timing import run_virtual

Sound = NDArray[np.float64]
Rng = np.random.Generator

OFFICE_RATE, OFFICE_S, OFFICE_LUFS = 24_000, 32.0, -44.0
"""Some 24 LU below a voice at the usual -20 LUFS; nothing in it is above 12 kHz."""
TYPING_RATE, TYPING_LUFS = 48_000, -37.0
TYPING = {"keyboard-typing": (10.0, 33), "keyboard-typing2": (3.5, 27)}
"""File name: seconds, and the seed of its timing. The keys are the same ones."""
ROOM_TONE_DB = -50.0
"""Between the strokes there is a room, this far below the loudest of them: heard when it is missing, and not before."""

VOICES = (
    ("en-us+m1", 35, 165), ("en-us+f2", 60, 180), ("en-gb+m3", 25, 150), ("en-gb+f4", 70, 175),
    ("en-us+m7", 45, 190), ("en-us+f5", 50, 160), ("en-gb+m2", 40, 170), ("en-us+f3", 65, 170),
    ("en-us+m4", 20, 155), ("en-gb+f1", 55, 185), ("en-us+m6", 30, 175), ("en-gb+f5", 75, 165),
)  # fmt: skip
"""eSpeak NG's voice, pitch and words a minute of each person. They talk in pairs."""

LINES = (
    "I think we can move that to Thursday, if nobody minds.",
    "Right, and who is going to tell them?",
    "Let me just look at the numbers again before we send it out.",
    "No, that was last month. This one is for the other account.",
    "Could you send me the link when you have a moment?",
    "Yes of course, I will do it after lunch.",
    "It should be in the shared folder, next to the old one.",
    "They said they would call back this afternoon.",
    "Well, it depends on how long the first part takes.",
    "Did you see what came in this morning?",
    "That sounds good to me. Shall we say half past two?",
    "I am not sure about the second page, it looks a little empty.",
    "Oh, really? I had not heard about that.",
    "We had the same thing last year, and it was fine in the end.",
)


def make(folder: Path) -> list[Path]:
    """Write every clip into `folder`, as FLAC, mono."""
    folder.mkdir(parents=True, exist_ok=True)
    office = folder / "office-ambience.flac"
    write_flac(office, levelled(office_ambience(), OFFICE_RATE, OFFICE_LUFS), OFFICE_RATE)
    written = [office]
    for name, (duration_s, seed) in TYPING.items():
        written.append(folder / f"{name}.flac")
        samples = levelled(typing(duration_s, seed), TYPING_RATE, TYPING_LUFS)
        write_flac(written[-1], samples, TYPING_RATE)
    return written


# the office


def office_ambience() -> Sound:
    rng = np.random.default_rng(1)
    size = round(OFFICE_S * OFFICE_RATE)
    babble = np.zeros(size)
    for pair in range(len(VOICES) // 2):
        distance = rng.uniform(0, 1)
        talk = far_away(rng, conversation(rng, pair, size), high_hz=4200 - 2800 * distance)
        babble += talk * decibels(-11 * distance)
    desks = far_away(rng, sum(typed(rng, OFFICE_RATE, size) for _ in range(2)), high_hz=5500)
    things = far_away(rng, handled(rng, size), high_hz=5000)
    air = air_noise(rng, size)
    parts = ((babble, 0.0), (desks, -14.0), (things, -12.0), (air, -8.0))
    return sum((part * (decibels(gain_db) / rms(part)) for part, gain_db in parts), np.zeros(size))


def handled(rng: Rng, size: int) -> Sound:
    """What is put down and what is leafed through."""
    track = np.zeros(size)
    for _ in range(11):
        t = np.arange(round(0.12 * OFFICE_RATE)) / OFFICE_RATE
        thud = rng.standard_normal(len(t)) * np.exp(-t / rng.uniform(0.008, 0.03)) * np.minimum(1, t / 0.001)
        add(
            track, int(rng.integers(size)), band(thud, OFFICE_RATE, 120, rng.uniform(500, 2500)) * rng.uniform(0.8, 1.8)
        )
    for _ in range(5):
        t = np.arange(round(rng.uniform(0.3, 0.9) * OFFICE_RATE)) / OFFICE_RATE
        crumple = np.abs(smooth_noise(rng, len(t), 25 / OFFICE_RATE)) ** 2 * np.sin(np.pi * t / t[-1]) ** 2
        rustle = band(rng.standard_normal(len(t)) * crumple, OFFICE_RATE, 1200, 7000)
        add(track, int(rng.integers(size)), rustle * rng.uniform(0.15, 0.4))
    return track


def conversation(rng: Rng, pair: int, size: int) -> Sound:
    """Two people who take turns, with pauses between them, and now and then for longer."""
    talk = np.zeros(size)
    position = int(rng.integers(size))
    end = position + size
    turn = 0
    while True:
        voice, pitch, rate = VOICES[2 * pair + turn % 2]
        line = LINES[int(rng.integers(len(LINES)))]
        said = spoken(rng, line, voice, pitch, rate)
        pause = round((rng.gamma(2.0, 0.35) + (rng.uniform(2, 6) if rng.random() < 0.25 else 0)) * OFFICE_RATE)
        if position + len(said) > end:
            return talk
        add(talk, position, said)
        position += len(said) + pause
        turn += 1


def spoken(rng: Rng, line: str, voice: str, pitch: int, rate_wpm: int) -> Sound:
    """A line at one loudness, its pitch drifting as eSpeak's own does not."""
    tts = EspeakTTS(voice, rate_wpm=rate_wpm, pitch=pitch, pitch_range=85)
    sound = resample(run_virtual(say, tts, line), tts.sample_rate, OFFICE_RATE).astype(np.float64)
    steps = 1 + 0.06 * smooth_noise(rng, len(sound), 2.0 / OFFICE_RATE)
    places = np.cumsum(steps)
    warped = np.interp(places[places < len(sound)], np.arange(len(sound)), sound)
    return warped / rms(warped)


async def say(tts: EspeakTTS, line: str) -> Samples:
    async def text() -> AsyncIterator[str]:
        yield line

    return np.concatenate([samples_of(frame)[:, 0] async for frame in tts(text())])


def far_away(rng: Rng, dry: Sound, high_hz: float) -> Sound:
    """Heard across a furnished room: no direct sound, only what walls and ceiling leave of it."""
    size = len(dry)
    t = np.arange(round(0.9 * OFFICE_RATE)) / OFFICE_RATE
    tail = np.zeros(size)
    for low, high, rt60_s in ((80, 500, 0.7), (500, 2000, 0.55), (2000, 9000, 0.4)):
        noise = np.zeros(size)
        noise[: len(t)] = rng.standard_normal(len(t)) * 10 ** (-3 * t / rt60_s) * np.minimum(1, t / 0.004)
        tail += filtered(noise, OFFICE_RATE, low, high)
    wet = np.fft.irfft(np.fft.rfft(dry) * np.fft.rfft(tail), size)
    wet = filtered(wet, OFFICE_RATE, 120, high_hz, slope=1)
    return wet / rms(wet)


def air_noise(rng: Rng, size: int, sample_rate: int = OFFICE_RATE) -> Sound:
    """Ventilation: broad, falling towards the treble, hardly moving."""
    frequencies = np.fft.rfftfreq(size, 1 / sample_rate)
    shape = 1 / (1 + (frequencies / 250) ** 1.3) * (1 - np.exp(-((frequencies / 70) ** 2)))
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(size)) * shape, size)
    return noise * (1 + 0.08 * smooth_noise(rng, size, 0.4 / sample_rate))


# the keyboard


def typing(duration_s: float, seed: int) -> Sound:
    """Close to a microphone, in a small room that is not quite silent."""
    rng = np.random.default_rng(seed)
    size = round(duration_s * TYPING_RATE)
    dry = typed(rng, TYPING_RATE, size)
    room = np.zeros(size)
    room[0] = 1
    for delay_ms in (1.9, 3.1, 4.7, 7.3, 9.7, 13.1):
        room[round(delay_ms * TYPING_RATE / 1000)] += 0.2 * decibels(-0.5 * delay_ms) * rng.choice((-1, 1))
    t = np.arange(round(0.25 * TYPING_RATE)) / TYPING_RATE
    room[: len(t)] += 0.006 * rng.standard_normal(len(t)) * 10 ** (-3 * t / 0.22) * np.minimum(1, t / 0.01)
    wet = filtered(np.fft.irfft(np.fft.rfft(dry) * np.fft.rfft(room), size), TYPING_RATE, 50, 8500, slope=2)
    tone = air_noise(rng, size, TYPING_RATE)
    return wet + tone * (np.abs(wet).max() * decibels(ROOM_TONE_DB) / rms(tone))


def typed(rng: Rng, sample_rate: int, size: int) -> Sound:
    """Words typed for as long as there is room for them, and a pause before it all begins again."""
    track = np.zeros(size)
    for at_s, key in keys(rng, size / sample_rate - 0.35):
        add(track, round(at_s * sample_rate), stroke(rng, key, sample_rate))
    return track


def keys(rng: Rng, duration_s: float) -> list[tuple[float, int]]:
    """When which key is hit.

    The time from key to key is log-normal, and longer or shorter for a while, as a hand's pace is: about 150 ms inside
    a word, which is a practised typist's (Dhakal et al., Observations on Typing from 136 Million Keystrokes, 2018).
    """
    hits: list[tuple[float, int]] = []
    at_s, pace, key = 0.03, 0.0, 0
    letters, words = int(rng.integers(2, 7)), int(rng.integers(4, 8))
    while at_s < duration_s:
        if letters:
            key = (key + int(rng.integers(1, 26))) % 26
            letters -= 1
            pace = 0.6 * pace + rng.normal(0, 0.2)
            wait_s = rng.lognormal(np.log(0.15) + pace, 0.3)
        elif words:
            key, words, letters = SPACE, words - 1, int(rng.integers(2, 8))
            wait_s = rng.lognormal(np.log(0.19), 0.3) + (rng.uniform(0.25, 0.7) if rng.random() < 0.22 else 0)
        else:
            key, words, letters = RETURN, int(rng.integers(4, 8)), int(rng.integers(2, 7))
            wait_s = rng.uniform(0.6, 1.0)
        hits.append((at_s, key))
        at_s += max(0.06, wait_s)
    return hits


SPACE, RETURN = 26, 27
SIZES = {SPACE: 0.55, RETURN: 0.7}
"""Bigger keys sound lower: a factor on their resonances."""


def stroke(rng: Rng, key: int, sample_rate: int) -> Sound:
    """The finger touches the key, the key hits the bottom, and comes up again."""
    force = decibels(rng.normal(0, 3.0)) * (1.4 if key in SIZES else 1.0)
    sound = np.zeros(round(0.35 * sample_rate))
    bottom_s = rng.uniform(0.009, 0.016)
    up_s = bottom_s + float(np.clip(rng.normal(0.085, 0.02), 0.05, 0.15))
    add(sound, 0, knock(rng, key, sample_rate, pitch=1.5, damping=2.0) * 0.1 * force)
    add(sound, round(bottom_s * sample_rate), knock(rng, key, sample_rate) * force)
    if key in SIZES:
        rattle_s = bottom_s + rng.uniform(0.004, 0.008)
        add(sound, round(rattle_s * sample_rate), knock(rng, key, sample_rate, pitch=1.6) * 0.3 * force)
    add(sound, round(up_s * sample_rate), knock(rng, key, sample_rate, pitch=1.25, damping=1.4) * 0.28 * force)
    return sound


def knock(rng: Rng, key: int, sample_rate: int, pitch: float = 1.0, damping: float = 1.0) -> Sound:
    """Plastic on plastic: bursts of noise, coloured by the resonances of this key, and a faint thump of the desk."""
    own = np.random.default_rng(1000 + key)
    pitch *= SIZES.get(key, 1.0)
    t = np.arange(round(0.06 * sample_rate)) / sample_rate
    clatter = rng.standard_normal(len(t)) * np.exp(-t * damping / 0.0045) * np.minimum(1, t / 0.0004)
    spectrum = np.fft.rfft(clatter, 2 * len(t))
    sound = band(clatter, sample_rate, 500 * pitch, min(5200 * pitch, 0.4 * sample_rate))
    sound *= 1.0 / np.sqrt(np.sum(sound**2))
    for low, high, decay_s, gain in RESONANCES:
        frequency, level = own.uniform(low, high) * pitch, gain * own.uniform(0.4, 1.0)
        if frequency < 0.45 * sample_rate:
            ring = np.exp(-t * damping * pitch / decay_s) * np.sin(2 * np.pi * frequency * t)
            rung = np.fft.irfft(np.fft.rfft(ring, 2 * len(t)) * spectrum, 2 * len(t))[: len(t)]
            sound += level * rung / np.sqrt(np.sum(rung**2))
    desk_hz = own.uniform(90, 150)
    desk = np.exp(-t / 0.014) * np.sin(2 * np.pi * desk_hz * t) * (1 - np.exp(-t / 0.003))
    sound += 0.18 / damping**2 * desk / np.sqrt(np.sum(desk**2))
    return sound * np.minimum(1, (t[-1] - t) / 0.01)


RESONANCES = (
    (350, 620, 0.0050, 0.50), (700, 1100, 0.0035, 0.45), (1200, 1900, 0.0028, 0.50), (2100, 3000, 0.0022, 0.55),
    (3100, 4300, 0.0016, 0.45), (4600, 6500, 0.0012, 0.35), (7000, 9500, 0.0009, 0.25),
)  # fmt: skip
"""Of the keys: the range of their frequencies in Hz, how fast they die away in seconds, and how strong they are."""


# what both need


def add(track: Sound, position: int, sound: Sound) -> None:
    """Add a sound from a position on; what is beyond the end goes on at the start."""
    places = (position + np.arange(len(sound))) % len(track)
    np.add.at(track, places, sound)


def filtered(sound: Sound, sample_rate: int, low_hz: float, high_hz: float, slope: int = 4) -> Sound:
    """Between two frequencies, circularly, with slopes of 6 dB an octave times `slope`."""
    frequencies = np.fft.rfftfreq(len(sound), 1 / sample_rate)
    high = 1 / np.sqrt(1 + (frequencies / high_hz) ** (2 * slope))
    low = 1 / np.sqrt(1 + (low_hz / np.maximum(frequencies, 1e-3)) ** (2 * slope))
    return np.fft.irfft(np.fft.rfft(sound) * high * low, len(sound))


def band(sound: Sound, sample_rate: int, low_hz: float, high_hz: float) -> Sound:
    """`filtered`, not circularly: nothing of the end comes into the start."""
    padded = np.concatenate([sound, np.zeros(len(sound))])
    return filtered(padded, sample_rate, low_hz, high_hz, slope=1)[: len(sound)]


def smooth_noise(rng: Rng, size: int, bandwidth: float) -> Sound:
    """Noise of RMS 1 below a bandwidth in cycles a sample, circular."""
    spectrum = np.fft.rfft(rng.standard_normal(size)) * np.exp(-((np.fft.rfftfreq(size) / bandwidth) ** 2))
    spectrum[0] = 0
    noise = np.fft.irfft(spectrum, size)
    return noise / rms(noise)


def rms(sound: Sound) -> float:
    return float(np.sqrt(np.mean(sound**2)))


def decibels(gain_db: float) -> float:
    return float(10 ** (gain_db / 20))


def levelled(sound: Sound, sample_rate: int, lufs: float) -> Samples:
    """At a loudness, as 16-bit samples."""
    unit = sound / np.abs(sound).max()
    gain = decibels(lufs - loudness_lufs(np.rint(unit * 32767).astype(np.int16), sample_rate))
    if gain > decibels(-3):
        raise ValueError(f"{lufs} LUFS would leave less than 3 dB below full scale")
    return np.rint(unit * gain * 32767).astype(np.int16)


def loudness_lufs(samples: Samples, sample_rate: int) -> float:
    """Integrated loudness, ITU-R BS.1770, of a mono sound."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(format="s16", sample_rate=sample_rate, layout="mono", time_base=Fraction(1, sample_rate))
    meter, sink = graph.add("ebur128", "metadata=1"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate, frame.pts = sample_rate, 0
    graph.push(frame)
    graph.push(None)
    told = float("nan")
    while True:
        try:
            told = float(graph.pull().metadata.get("lavfi.r128.I", told))
        except (av.error.BlockingIOError, av.error.EOFError):
            return told


def write_flac(path: Path, samples: Samples, sample_rate: int) -> None:
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=sample_rate, layout="mono", format="s16")
        stream.codec_context.options = {"compression_level": "12"}
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = sample_rate, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "kit" / "background" / "clips"
    for path in make(target):
        print(path)
