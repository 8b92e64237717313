"""How loud a voice is in a running session: its volume, a loudness target, and a ceiling on its true peak.

In this order: the slow gain that brings the voice to the target, the volume, the ceiling. With neither target nor
ceiling this is `kit.audio.gain.GainRamp`, and at level 100 every frame passes as it is. Nothing is ever held back, and
the same frames give the same samples.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from livekit.rtc import AudioFrame
from numpy.typing import NDArray

from .frames import samples_of
from .gain import GainRamp, rounded, with_samples
from .limiter import Limiter
from .taper import db, gain_of, linear
from .voice_loudness import ASSUMED_LUFS, SlowGain

_NO_CEILING_DBTP = 24.0


class VolumeSettings(Protocol):
    """What `kit.tuning.Volume` holds."""

    @property
    def level(self) -> float: ...
    @property
    def taper(self) -> str: ...
    @property
    def normalize(self) -> bool: ...
    @property
    def target_lufs(self) -> float: ...
    @property
    def limit_peaks(self) -> bool: ...
    @property
    def ceiling_dbtp(self) -> float: ...


class VoiceLevel:
    """The volume control of a session's voice. One for the session: what it learns of the voice, it keeps.

    A change of any setting is heard from the next frame on, and takes 10 ms.
    """

    __slots__ = ("_before", "_limiter", "_normalizing", "_plain", "_ramp", "_settings", "_slow")

    def __init__(self) -> None:
        self._ramp = GainRamp()
        self._slow = SlowGain()
        self._limiter: Limiter | None = None
        self._before = (0, 0)
        self._settings: VolumeSettings | None = None
        self._normalizing = False
        self._plain = True

    @property
    def loudness_lufs(self) -> float | None:
        """How loud the voice is by itself, as learned so far; None before there was speech to normalize."""
        return self._slow.loudness_lufs

    @property
    def gain_db(self) -> float:
        """What is done to the voice in all, at the end of the last frame, the limiter's part aside."""
        return db(self._ramp.gain * (self._slow.gain if self._normalizing else 1.0))

    @property
    def reduction_db(self) -> float:
        """The limiter's part: 0 where it does nothing, else negative."""
        return db(max(self._limiter.gain, 1e-6)) if self._limiter is not None else 0.0

    def process(self, frame: AudioFrame, settings: VolumeSettings) -> AudioFrame:
        """The frame as it is to be heard. Unchanged, the very same object, where nothing is to be done to it."""
        if settings is not self._settings:
            self._take(settings, frame.sample_rate)
        if self._plain:
            return self._ramp.process(frame, settings.level, settings.taper)
        return self._shaped(frame, settings)

    def _take(self, settings: VolumeSettings, sample_rate: int) -> None:
        self._settings = settings
        if settings.normalize != self._normalizing:
            # The slow gain comes in, or goes, all at once, and the ramp takes up the step.
            self._ramp.scale(1 / self._slow.gain if settings.normalize else self._slow.gain)
            self._normalizing = settings.normalize
        self._plain = not (settings.normalize or settings.limit_peaks) and self._limiter is None
        if not self._plain:
            gain = gain_of(settings.level, settings.taper)
            if settings.normalize:
                gain *= linear(settings.target_lufs - ASSUMED_LUFS)
            self._ramp.to(gain, sample_rate)

    def _shaped(self, frame: AudioFrame, settings: VolumeSettings) -> AudioFrame:
        samples = samples_of(frame)
        gains = self._ramp.gains(frame)
        if self._normalizing:
            gains = gains * self._slow.gains(samples, frame.sample_rate)
        untouched = isinstance(gains, float) and gains == 1
        mix: NDArray[np.float32] = samples.astype(np.float32) * np.asarray(gains, np.float32)
        limited = self._limit(mix, frame, settings)
        if limited is not None:
            return with_samples(frame, limited)
        return frame if untouched else with_samples(frame, rounded(mix))

    def _limit(self, mix: NDArray[np.float32], frame: AudioFrame, settings: VolumeSettings) -> NDArray[np.int16] | None:
        form = (frame.sample_rate, frame.num_channels)
        if self._limiter is None or form != self._before:
            self._limiter, self._before = Limiter(*form), form
        limiting = settings.limit_peaks or settings.normalize
        limited = self._limiter.process(mix, settings.ceiling_dbtp if limiting else _NO_CEILING_DBTP)
        if not limiting and self._limiter.gain == 1:
            self._limiter = None
            self._plain = not self._normalizing
        return limited
