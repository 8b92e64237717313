"""The agent's voice in a replay: an engine that speaks anew, or, where that is not to be had, the recorded sound.

Recorded sound is heard again only where the words would be said as they were. What of an answer was never heard, since
it was interrupted, is said by the engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from ...audio.frames import frame_from_samples
from ...audio.taper import gain_of
from ...models.simulated.waiting import until
from ...ports import TTS
from ...session.speech.text_filters import SpokenText
from ...text.lexicon import Lexicon
from ...text.ssml import blank_out
from ...tuning import Pronunciation, Tuning
from .answers import Answers, Sound
from .models import bare

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame
    from numpy.typing import NDArray

FRAME_S = 0.1


class ReplayedTTS:
    """Speaks a recorded text with its first sound as late as it was then, or when the engine has it, if that is later.

    Args:
        engine: Speaks anew. None: there is none, and what was not recorded stays silent.
        recorded: The agent's channel of the recording, to be heard where the words are said as they were; None: the
            engine speaks always.
        sample_rate: Of `recorded`.
        tuning: The session's settings as they are now.
        turn: The recorded turn that is being answered.
    """

    def __init__(
        self,
        answers: Answers,
        label: str,
        *,
        engine: TTS | None,
        recorded: NDArray[np.int16] | None,
        sample_rate: int,
        tuning: Callable[[], Tuning],
        turn: Callable[[], int],
    ) -> None:
        self.label = label
        self.sample_rate = sample_rate if engine is None or recorded is not None else engine.sample_rate
        self.markup = getattr(engine, "markup", "plain")
        self._answers = answers
        self._engine = engine
        self._recorded = recorded
        self._rate = sample_rate
        self._tuning = tuning
        self._turn = turn
        self._keys: dict[Pronunciation, list[str]] = {}

    async def __call__(self, text: AsyncIterable[str], /) -> AsyncGenerator[AudioFrame, None]:
        pieces = aiter(text)
        first = await anext(pieces, None)
        if first is None:
            return
        sound = self._find(first)
        due = asyncio.get_running_loop().time() + (self._answers.ttfb_s if sound is None else sound.ttfb_s)
        if self._recorded is not None and sound is not None and sound.spans_t and self._as_it_was(sound):
            frames: AsyncIterable[AudioFrame] = self._play(sound, first, pieces, self._recorded)
        elif self._engine is not None:
            frames = self._engine(_joined(first, pieces))
        else:
            frames = _silence(first, pieces, self._rate)
        waiting = True
        async for frame in frames:
            if waiting:
                await until(due)
                waiting = False
            yield frame

    def _find(self, beginning: str) -> Sound | None:
        """The recorded speech that begins so; of several, that of this turn."""
        key, turn = bare(blank_out(beginning)), self._turn()
        keys = self._keys_now()
        found = [sound for sound, own in zip(self._answers.sounds, keys, strict=True) if own.startswith(key)]
        return min(found, key=lambda sound: (abs(sound.turn - turn), not sound.whole), default=None)

    def _keys_now(self) -> list[str]:
        pronunciation = self._tuning().pronunciation
        keys = self._keys.get(pronunciation)
        if keys is None:
            texts = spoken_texts([sound.text for sound in self._answers.sounds], pronunciation)
            keys = self._keys[pronunciation] = [bare(blank_out(text)) for text in texts]
        return keys

    def _as_it_was(self, sound: Sound) -> bool:
        then, now = sound.tuning.pronunciation, self._tuning().pronunciation
        return then == now or spoken_texts([sound.text], then) == spoken_texts([sound.text], now)

    async def _play(
        self, sound: Sound, first: str, pieces: AsyncIterator[str], recorded: NDArray[np.int16]
    ) -> AsyncGenerator[AudioFrame, None]:
        taken = [first]

        async def take() -> None:
            async for piece in pieces:
                taken.append(piece)

        reading = asyncio.get_running_loop().create_task(take())
        try:
            rate = self._rate
            samples = np.concatenate([recorded[round(a * rate) : round(b * rate)] for a, b in sound.spans_t])
            samples = _without_volume(samples, sound.tuning)
            for start in range(0, len(samples), round(FRAME_S * rate)):
                yield frame_from_samples(samples[start : start + round(FRAME_S * rate)].reshape(-1, 1), rate)
            await reading
            if not sound.whole and self._engine is not None:
                rest = _rest("".join(taken), self._heard_share(sound, len(samples) / rate))
                async for frame in self._engine(_once(rest)):
                    yield frame
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading

    def _heard_share(self, sound: Sound, heard_s: float) -> float:
        """Which part of the text that much sound was, as fast as the whole ones were spoken."""
        whole = [one for one in self._answers.sounds if one.whole and one.text]
        seconds = sum(b - a for one in whole for a, b in one.spans_t)
        characters = sum(len(one.text) for one in whole)
        per_s = characters / seconds if seconds else 15.0
        return min(1.0, heard_s * per_s / max(1, len(sound.text)))


def spoken_texts(texts: list[str], pronunciation: Pronunciation) -> list[str]:
    """What a voice is given of these texts."""
    lexicon = Lexicon(pronunciation.terms) if pronunciation.terms else None
    spoken = []
    for text in texts:
        filters = SpokenText(pronunciation)
        said = filters.push(text) + filters.flush()
        spoken.append(said if lexicon is None else lexicon.apply(said))
    return spoken


def _without_volume(samples: NDArray[np.int16], tuning: Tuning) -> NDArray[np.int16]:
    """As the voice was before the volume, as far as that can be known: 0 % leaves nothing to bring back."""
    gain = gain_of(tuning.volume.level, tuning.volume.taper)
    if gain in (0.0, 1.0):
        return samples
    return np.clip(np.rint(samples / gain), -32768, 32767).astype(np.int16)


def _rest(text: str, share: float) -> str:
    place = text.find(" ", round(share * len(text)))
    return text[place:] if place >= 0 else ""


async def _joined(first: str, pieces: AsyncIterator[str]) -> AsyncGenerator[str, None]:
    yield first
    async for piece in pieces:
        yield piece


async def _once(text: str) -> AsyncGenerator[str, None]:
    yield text


async def _silence(first: str, pieces: AsyncIterator[str], rate: int) -> AsyncGenerator[AudioFrame, None]:
    """As long as a person would take to say it."""
    async for piece in _joined(first, pieces):
        yield frame_from_samples(np.zeros((max(1, round(len(piece) / 15 * rate)), 1), np.int16), rate)
