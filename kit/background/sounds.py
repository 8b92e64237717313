"""What can be played: files, built-in clips and streams of frames, how loud, and how likely."""

from __future__ import annotations

import enum
import math
import random
from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from livekit.rtc import AudioFrame

from ..audio.errors import AudioFileError

_CLIPS = Path(__file__).parent / "clips"


class BuiltinAudioClip(enum.Enum):
    """Sounds that come with the kit. All are synthetic, mono, and made to be looped."""

    OFFICE_AMBIENCE = "office-ambience.flac"
    """Chatter and general background noise of a busy office."""
    KEYBOARD_TYPING = "keyboard-typing.flac"
    """An operator typing on a keyboard, close to the microphone."""
    KEYBOARD_TYPING2 = "keyboard-typing2.flac"
    """The same, shorter."""

    def path(self) -> str:
        return str(_CLIPS / self.value)


AudioSource: TypeAlias = AsyncIterable[AudioFrame] | str | Path | BuiltinAudioClip
"""A file of any format, a built-in clip, or frames of any sample rate and number of channels."""


@dataclass(frozen=True, slots=True)
class AudioConfig:
    """A sound, and how to play it.

    Args:
        volume: A factor on the amplitude, 0 or more, as in LiveKit Agents: 0.5 is 6 dB less, 1 changes no sample.
        probability: How likely this one is chosen, 0 or more. Where those of a list add up to less than 1, the rest is
            the probability of silence; where they add up to more, they are relative. One alone counts too.
        fade_in: How long it takes to come up, in seconds, at equal power. None: 0 for `play()`, and what suits an
            ambient or a thinking sound (`kit.background.following`).
        fade_out: The same for its end, when it is stopped. At 0 it is done at once, and dies away within 10 ms.

    Raises:
        TypeError, ValueError: names the field that is wrong.
    """

    source: AudioSource
    volume: float = 1.0
    probability: float = 1.0
    fade_in: float | None = None
    fade_out: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.source, (str, Path, BuiltinAudioClip, AsyncIterable)):
            raise TypeError(
                "AudioConfig.source is a path, a BuiltinAudioClip or an async iterator of audio frames, "
                f"not {self.source!r}"
            )
        check_factor("AudioConfig.volume", self.volume)
        check_factor("AudioConfig.probability", self.probability)
        for name in ("fade_in", "fade_out"):
            if (value := getattr(self, name)) is not None:
                check_factor(f"AudioConfig.{name}", value)

    @property
    def label(self) -> str:
        """How the journal calls the source."""
        if isinstance(self.source, BuiltinAudioClip):
            return self.source.name.lower()
        return str(self.source) if isinstance(self.source, (str, Path)) else "frames"

    @property
    def path(self) -> Path | None:
        """The file to play; None for frames."""
        if isinstance(self.source, BuiltinAudioClip):
            return Path(self.source.path())
        return Path(self.source) if isinstance(self.source, (str, Path)) else None


Sounds: TypeAlias = AudioSource | AudioConfig | Sequence[AudioConfig | AudioSource]


def check_factor(name: str, value: Any) -> None:
    """Raises TypeError or ValueError, with the name, unless it is a finite number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} is a number, not {value!r}")
    if not 0 <= value < math.inf:
        raise ValueError(f"{name} = {value} is out of its range: 0 or more, and finite")


def configs(sounds: Sounds | None) -> list[AudioConfig]:
    """What to choose from.

    Raises:
        TypeError: something in it cannot be played.
    """
    if sounds is None:
        return []
    if isinstance(sounds, Sequence) and not isinstance(sounds, str):
        return [config for sound in sounds for config in configs(sound)]
    return [sounds if isinstance(sounds, AudioConfig) else AudioConfig(sounds)]  # type: ignore[arg-type]


def choose(candidates: Sequence[AudioConfig], rng: random.Random) -> AudioConfig | None:
    """One of them by their probabilities, or None for silence. Takes one number from `rng`, whatever there is."""
    total = sum(config.probability for config in candidates)
    point = rng.random() * max(1.0, total)
    for config in candidates:
        point -= config.probability
        if point < 0:
            return config
    return None


def loop_fade_s(config: AudioConfig, fade_s: float) -> float | None:
    """Within how long the sound is joined to its own next pass; 0 for the built-in clips, which go on at their start
    where they end, and None for frames, which are not looped."""
    if config.path is None:
        return None
    return 0.0 if isinstance(config.source, BuiltinAudioClip) else fade_s


def named(name: str) -> AudioConfig:
    """A sound by the name that a setting gives it: a built-in clip's name or its first word ("office"), in any case; or
    a file's path."""
    key = name.strip().upper().replace("-", "_")
    named_so = (clip for clip in BuiltinAudioClip if key in (clip.name, clip.name.partition("_")[0]))
    return AudioConfig(next(named_so, name.strip()))


def explained(error: BaseException) -> BaseException:
    """The same error; where a name was neither a file nor a clip, one that lists the clips."""
    if not isinstance(error, AudioFileError) or len(error.path.parts) > 1 or error.path.exists():
        return error
    clips = ", ".join(clip.name.lower() for clip in BuiltinAudioClip)
    return AudioFileError(error.path, f"no such file, and no built-in clip (those are {clips})")
