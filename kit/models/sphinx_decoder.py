"""PocketSphinx's decoder, fed as the sound comes, so that almost nothing is left to do when an utterance is over.

What a microphone and a room do to a voice is taken out by subtracting the mean of its cepstra. The decoder by itself
subtracts the mean of what it heard before, which may have been someone else, elsewhere. Here the mean comes from the
utterance itself: from its first sounds, and again every half second from all that was heard of it. The estimate of the
noise is begun anew as well. So a transcript depends on its own sound alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .missing import missing

RATE = 16_000
FIRST_SOUND_S = 0.5
"""Seconds of an utterance with which to begin."""

_FRAME, _SHIFT = 410, 160
_PIECE = _SHIFT
"""Samples given to the decoder at once. It holds the interpreter's lock meanwhile: 2 ms for these 10 ms, as a rule."""
_ADAPT_FRAMES = 50
_PRIOR_FRAMES = 40
_PRIOR = np.array([50.0, -5.29, -0.12, 5.09, 2.48, -4.07, -1.37, -1.78, -5.08, -2.05, -6.45, -1.42, 1.17])
"""Mean cepstra of the acoustic model's training material, but for the loudness. They count as `_PRIOR_FRAMES`."""
_MEMORY_FRAMES = 500
"""As how many frames the decoder counts a mean that it is given."""
_FRONT_END = "front end"


class SphinxDecoder:
    """PocketSphinx with its English model. It forgets everything between utterances.

    Loading takes about half a second and 100 MB. Calls must not overlap.

    Raises:
        EngineMissing: `pocketsphinx` is not installed.
    """

    def __init__(self) -> None:
        self._decoder: Any = pocketsphinx_module().Decoder(
            loglevel="FATAL", samprate=RATE, fwdflat=False, bestpath=False, maxhmmpf=3000
        )
        self._words = self._decoder.current_search()
        self._decoder.add_keyphrase(_FRONT_END, "a")
        self._open = False
        self._mean = _CepstralMean()
        self._new = np.empty(0, np.int16)

    def begin(self, sound: NDArray[np.int16]) -> None:
        """Begin an utterance with its first sound, `FIRST_SOUND_S` of it if there is as much."""
        self.abandon()
        self._mean = _CepstralMean()
        decoder = self._decoder
        decoder.reinit_feat()
        decoder.activate_search(_FRONT_END)
        decoder.set_cmn(self._mean.text)
        decoder.start_utt()
        decoder.process_raw(sound.tobytes(), no_search=True)
        first = self._mean.with_frames(sound, decoder.get_cmn(True))
        decoder.end_utt()
        decoder.activate_search(self._words)
        decoder.set_cmn(first.text)
        self._mean.assumed = first.assumed
        decoder.start_utt()
        self._open = True
        self._new = np.empty(0, np.int16)
        self.feed(sound)

    def feed(self, sound: NDArray[np.int16]) -> None:
        """Decode more sound."""
        for start in range(0, len(sound), _PIECE):
            piece = sound[start : start + _PIECE]
            self._decoder.process_raw(piece.tobytes())
            self._new = np.concatenate([self._new, piece])
            if _frames(len(self._new)) >= _ADAPT_FRAMES:
                self._mean = self._mean.with_frames(self._new, self._decoder.get_cmn(True))
                self._decoder.set_cmn(self._mean.text)
                self._new = self._new[_frames(len(self._new)) * _SHIFT :]

    def text(self) -> str:
        """What the words seem to be so far, in lower case; "" if none."""
        hypothesis = self._decoder.hyp()
        return str(hypothesis.hypstr).strip() if hypothesis is not None else ""

    def finish(self) -> str:
        """End the utterance: its words."""
        self._decoder.end_utt()
        self._open = False
        return self.text()

    def abandon(self) -> None:
        """End an utterance whose words nobody wants to know, if there is one."""
        if self._open:
            self._decoder.end_utt()
            self._open = False


class _CepstralMean:
    """The mean of an utterance's cepstra so far, and what the decoder was told to assume."""

    def __init__(self, total: NDArray[np.float64] | None = None, frames: int = 0) -> None:
        self._total = np.zeros(len(_PRIOR)) if total is None else total
        self._frames = frames
        prior = _PRIOR.copy()
        if frames:
            prior[0] = self._total[0] / frames
        self.assumed = (prior * _PRIOR_FRAMES + self._total) / (_PRIOR_FRAMES + frames)

    @property
    def text(self) -> str:
        """The assumed mean as the decoder takes it."""
        return ",".join(f"{value:.7g}" for value in self.assumed)

    def with_frames(self, sound: NDArray[np.int16], blended: str) -> _CepstralMean:
        """With the frames of more sound, where the decoder has blended them with the mean that it assumed."""
        new = _sounding_frames(sound)
        mean = np.array([float(value) for value in blended.split(",")])
        total = mean * (_MEMORY_FRAMES + new) - self.assumed * _MEMORY_FRAMES
        return _CepstralMean(self._total + total, self._frames + new)


def pocketsphinx_module() -> Any:
    """The package, imported on first use.

    Raises:
        EngineMissing: it is not installed.
    """
    try:
        import pocketsphinx
    except ImportError as error:
        raise missing("PocketSphinx", "pocketsphinx", "local") from error
    return pocketsphinx


def _frames(samples: int) -> int:
    """How many frames the decoder's front end makes of so many samples."""
    return max(0, (samples - _FRAME) // _SHIFT + 1)


def _sounding_frames(sound: NDArray[np.int16]) -> int:
    """How many of them are not digital silence, which the decoder leaves out of the mean."""
    sounding = np.concatenate([[0], np.cumsum(sound != 0)])
    starts = np.arange(_frames(len(sound))) * _SHIFT
    return int(np.count_nonzero(sounding[starts + _FRAME] > sounding[starts]))
