"""eSpeak NG as text to speech: small, fast, deterministic, and it tells when each word begins.

It speaks sentence by sentence, as soon as each is complete. Of the silence before the first sound 4 ms are left, as a
listener counts it as latency: the first frame is audible within 5 ms. Between sentences stays the pause that the engine
itself makes there; nothing follows the last one. The same sentence gives the same samples, always.
"""

from __future__ import annotations

import asyncio
import difflib
import re
import unicodedata
from bisect import bisect_right
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass

import numpy as np
from livekit.rtc import AudioFrame

from ..ports import TIMED_WORDS, TimedWord
from ..text.sentences import sentences
from ..text.ssml import blank_out, dialect, has_markup, unescape, whole_elements, written
from .espeak_library import SAMPLE_RATE, Mark, VoiceSettings, library
from .naming import name_of

FIRST_FRAME_S = 0.02
FRAME_S = 0.1

_AUDIBLE = 0.02
"""Part of a sentence's peak, -34 dB, from which on it counts as heard."""
_LONGEST_LEAD = round(0.1 * SAMPLE_RATE)
"""More silence than this before the first sound was asked for, by a break."""
_LEAD_IN = round(0.004 * SAMPLE_RATE)
_FADE_IN = round(0.002 * SAMPLE_RATE)
_TAIL = round(0.01 * SAMPLE_RATE)
_PHONEME = re.compile(r'<phoneme alphabet="espeak" ph="([^"]*)">([^<]*)</phoneme>')
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\s\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")


class EspeakTTS:
    """Text to speech with eSpeak NG. Speaks more than a hundred languages, none of them like a person.

    Frames are 22,050 Hz mono, the first of 20 ms, then of 0.1 s at most. A frame carries the words that begin in it,
    `frame.userdata[TIMED_WORDS]`: what stands between blanks in the text, with its phonemes in `ipa`. Words that the
    engine says as one ("in the") are one.
    SSML is read: `break` of 10 s at most, `emphasis`, `prosody`, `say-as` of characters and digits, `sub`, `lang`, `p`
    and `s`; `phoneme` in the International Phonetic Alphabet where the voice is English. Text without a letter, digit,
    currency or pictorial sign is silent.

    All instances share one engine and its worker thread. A speech can be cancelled between its sentences.

    Args:
        voice: A language code ("en-gb", "de"), a voice's name, either with "+" and a variant behind it or not
            ("en-us+f3"). `voices()` and `variants()` list them.
        rate_wpm: Words a minute, 80 to 450.
        pitch: 0 to 99.
        pitch_range: How lively the melody is, 0 (monotonous) to 99.

    Raises:
        EngineMissing: `espeakng-loader` is not installed.
        ValueError: no such voice, or a value out of its range.
    """

    sample_rate: int = SAMPLE_RATE

    def __init__(self, voice: str = "en-us", rate_wpm: int = 175, pitch: int = 50, pitch_range: int = 50) -> None:
        _check_range("rate_wpm", rate_wpm, 80, 450)
        _check_range("pitch", pitch, 0, 99)
        _check_range("pitch_range", pitch_range, 0, 99)
        self.voice, self.rate_wpm, self.pitch, self.pitch_range = voice, rate_wpm, pitch, pitch_range
        self._library = library()
        identifier = _resolve(voice)
        self._settings = VoiceSettings(identifier, rate_wpm, pitch, pitch_range)
        self.markup = "espeak-en" if identifier.rpartition("/")[2].lower().startswith("en") else "espeak"
        """The dialect of markup that it takes, of `kit.text.ssml.DIALECTS`."""

    @property
    def label(self) -> str:
        """What a journal calls it: the text by which `kit.models.create` makes it again."""
        return name_of(self)

    async def __call__(self, text: AsyncIterable[str], /) -> AsyncIterator[AudioFrame]:
        """Frames of the spoken text.

        Raises:
            RuntimeError: the engine refused.
        """
        loop = asyncio.get_running_loop()
        spoken = 0
        pause = 0
        async for sentence in whole_elements(sentences(written(text, dialect(self.markup)))):
            if not _is_speakable(sentence):
                continue
            voiced = await loop.run_in_executor(self._library.executor, self._speak, sentence)
            if spoken == 0:
                voiced = voiced.without_lead()
            voiced = voiced.after(pause)
            pause = voiced.pause
            for frame in _frames(voiced, spoken):
                yield frame
            spoken += len(voiced.samples)

    def phonemes(self, text: str) -> str:
        """How this voice says the text, in the International Phonetic Alphabet, its clauses joined by blanks."""
        return self._library.phonemes(text, self._settings)

    def _speak(self, sentence: str) -> _Voiced:
        marked = has_markup(sentence)
        shown = blank_out(_PHONEME.sub(_word_at_start, sentence)) if marked else unescape(sentence)
        text = _PHONEME.sub(_phonemes_at_start, sentence.replace("[[", "  ")) if marked else shown
        speech = self._library.speak(text, self._settings, ssml=marked)
        samples = np.frombuffer(speech.samples, np.int16)
        heard = np.flatnonzero(samples)
        end = min(len(samples), int(heard[-1]) + 1 + _TAIL) if len(heard) else 0
        return _Voiced(samples[:end], _timed_words(shown, speech.marks), len(samples) - end)


def voices() -> list[str]:
    """Language codes and names of the voices, in lower case."""
    return [name for name in library().voices if "/" not in name]


def variants() -> list[str]:
    """Variants, to be put behind a voice's "+"."""
    return library().variants


@dataclass(frozen=True, slots=True)
class _Voiced:
    """A spoken sentence. `words` begin at their sample; `pause` samples of silence come before a next one."""

    samples: np.ndarray[tuple[int], np.dtype[np.int16]]
    words: list[tuple[int, str, str]]
    pause: int

    def without_lead(self) -> _Voiced:
        """Without the silence before the first sound, and without a click at its start."""
        loud = np.abs(self.samples.astype(np.int32))
        onset = int(np.argmax(loud >= _AUDIBLE * loud.max())) if len(loud) else 0
        cut = max(0, onset - _LEAD_IN) if onset <= _LONGEST_LEAD else 0
        samples = self.samples[cut:].copy()
        fade = np.arange(_FADE_IN) / _FADE_IN
        samples[:_FADE_IN] = (samples[:_FADE_IN] * fade[: len(samples)]).astype(np.int16)
        return _Voiced(samples, [(max(0, at - cut), text, ipa) for at, text, ipa in self.words], self.pause)

    def after(self, pause: int) -> _Voiced:
        """With so many samples of silence before it."""
        if pause == 0:
            return self
        samples = np.concatenate([np.zeros(pause, np.int16), self.samples])
        return _Voiced(samples, [(at + pause, text, ipa) for at, text, ipa in self.words], self.pause)


def _frames(voiced: _Voiced, spoken: int) -> list[AudioFrame]:
    """The sentence as frames, where `spoken` samples came before it."""
    frames = []
    words = list(reversed(voiced.words))
    start = 0
    while start < len(voiced.samples):
        length = round((FRAME_S if spoken + start else FIRST_FRAME_S) * SAMPLE_RATE)
        piece = voiced.samples[start : start + length]
        start += len(piece)
        begun = []
        while words and (words[-1][0] < start or start == len(voiced.samples)):
            at, text, ipa = words.pop()
            begun.append(TimedWord(text, (spoken + at) / SAMPLE_RATE, ipa))
        userdata = {TIMED_WORDS: begun} if begun else {}
        frames.append(AudioFrame(piece.tobytes(), SAMPLE_RATE, 1, len(piece), userdata=userdata))
    return frames


def _phonemes_at_start(element: re.Match[str]) -> str:
    """A phoneme element as the library takes it. It would say both the phonemes and the word inside."""
    return f"[[{unescape(element[1])}]]".ljust(len(element[0]))


def _word_at_start(element: re.Match[str]) -> str:
    """Its word where the library reports it."""
    return element[2].ljust(len(element[0]))


def _timed_words(text: str, marks: list[Mark]) -> list[tuple[int, str, str]]:
    """The text's words with their first samples and their phonemes.

    What stands between blanks is a word, unless the engine says several as one ("in the").
    """
    tokens = [token.start() for token in _TOKEN.finditer(text)]
    begins: list[int] = []
    timed: list[tuple[int, list[str]]] = []
    for mark in marks:
        if mark.ipa is not None:
            if not timed:  # of an alias, which begins without a word
                begins.append(0)
                timed.append((mark.sample, []))
            timed[-1][1].append(mark.ipa)
            continue
        begin = tokens[max(0, bisect_right(tokens, mark.position) - 1)]
        if begins and begin <= begins[-1]:
            timed[-1][1].append(" ")
        else:
            begins.append(begin if begins else 0)
            timed.append((mark.sample, []))
    ends = [*begins[1:], len(text)] if begins else []
    return [
        (sample, unescape(" ".join(text[begin:end].split())), " ".join("".join(ipa).split()))
        for begin, end, (sample, ipa) in zip(begins, ends, timed, strict=True)
    ]


def _is_speakable(sentence: str) -> bool:
    if sentence.isspace():
        return False
    kinds = (unicodedata.category(char) for char in unescape(blank_out(sentence)))
    return any(kind[0] in "LN" or kind in ("Sc", "So") for kind in kinds)


def _resolve(voice: str) -> str:
    """The library's identifier of a voice."""
    known = library().voices
    name, plus, variant = voice.partition("+")
    identifier = known.get(name.strip().lower())
    if identifier is None:
        raise ValueError(f"eSpeak NG has no voice {name!r}{_nearest(name.lower(), list(known))}")
    if plus and variant not in variants():
        raise ValueError(f"eSpeak NG has no variant {variant!r}{_nearest(variant, variants())}")
    return identifier + plus + variant


def _nearest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name} = {value} is out of its range, {low} to {high}")
