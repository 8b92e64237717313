"""The work that every party is given for a job of sound: the same text, the same frames, the same files.

Needs numpy and nothing of any party: it is loaded in each party's own environment.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

RATE = 48_000
"""Of what is decoded and mixed, in Hz, mono."""
SPEECH_RATE = 24_000
"""Of the agent's speech, in Hz, mono."""
FORMATS = ("a.wav", "a.mp3", "a.ogg", "a.opus", "a.flac", "a.aac", "a.m4a", "fast.m4a", "a.webm")
"""Files of a minute. a.m4a ends with its table of contents, as is usual; fast.m4a begins with it."""
CLIP_S = {"ambient.ogg": 30.0, "thinking.ogg": 5.0, "loud.ogg": 0.2}
AMBIENT_VOLUME = 0.8
LOUD = 3_000
"""No sample of the ambient clip at a twentieth of its level is as far from 0, and loud.ogg is from its start."""

SENTENCES = 500
SENTENCE_WORDS = 12
_COMMON = re.findall(
    r"\w+",
    "the of and to in that it with is was for you on as are this have from one had by but what all were when we there "
    "can an your which their said if do will each about how up out them then she many some so these would other into "
    "has more her two like him see time could no make than first been its who now people my made over did down only "
    "way find use may water long little very after words called just where most know",
)


@dataclass(frozen=True, slots=True)
class Text:
    """Sentences that speak of terms, as a language model streams them.

    Attributes:
        terms: Respellings by term: names as `Kobavo` and, of ten terms one, two words.
        chunks: Words with the blank before them; every eighth is in two pieces.
        sentences: What `chunks` make together.
        said: The sentences as they are to be said.
    """

    terms: dict[str, str]
    chunks: list[str]
    sentences: list[str]
    said: list[str]


def text(term_count: int, sentence_count: int = SENTENCES, seed: int = 1) -> Text:
    """One word of twelve is a term, and one of 24 only begins like one ("Kobavos"), and is to be left as it is."""
    rng = random.Random(seed)
    names = _names()
    rng.shuffle(names)
    terms = {
        f"{name} {name[::-1].title()}" if number % 10 == 9 else name: f"q{number} w{number}"
        for number, name in enumerate(names[:term_count])
    }
    known = list(terms)
    sentences, said = [], []
    for _ in range(sentence_count):
        words = [(word, word) for word in rng.choices(_COMMON, k=SENTENCE_WORDS)]
        term = rng.choice(known)
        words[rng.randrange(SENTENCE_WORDS // 2)] = (term, terms[term])
        if rng.random() < 0.5:
            longer = f"{rng.choice(known)}s"
            words[rng.randrange(SENTENCE_WORDS // 2, SENTENCE_WORDS)] = (longer, longer)
        sentences.append(" ".join(written for written, _ in words) + ".")
        said.append(" ".join(spoken for _, spoken in words) + ".")
    return Text(terms, _chunks(sentences, rng), sentences, said)


def reference_of(path: Path) -> Path:
    """What is to be heard of a file, at `RATE`, mono."""
    return path.with_name(f"{path.name}.npy")


def speech_blocks(count: int, block_s: float, sample_rate: int = SPEECH_RATE) -> list[bytes]:
    """The agent's speech in blocks of 16-bit mono samples."""
    size = round(block_s * sample_rate)
    return [block.tobytes() for block in noise(count * block_s, sample_rate)[:, 0].reshape(count, size)]


def _names() -> list[str]:
    """12,000 and more words of three syllables, none of which is English."""
    syllables = [consonant + vowel for consonant, vowel in product("bdfgjklmnprstvz", "aeiou")]
    return ["".join(name).title() for name in product(syllables[::3], syllables[1::3], syllables[2::3])]


def _chunks(sentences: list[str], rng: random.Random) -> list[str]:
    chunks: list[str] = []
    for sentence in sentences:
        for number, word in enumerate(sentence.split(" ")):
            piece = f" {word}" if number else f"{word}"
            cut = rng.randrange(1, len(piece)) if rng.random() < 1 / 8 and len(piece) > 1 else len(piece)
            chunks += [part for part in (piece[:cut], piece[cut:]) if part]
        chunks.append("\n")
    return chunks


def noise(duration_s: float, sample_rate: int, num_channels: int = 1, seed: int = 1) -> Samples:
    """Sound in which no two stretches are alike, shape `(n, channels)`: noise that swells and fades, below 4 kHz."""
    rng = np.random.default_rng(seed)
    count = round(duration_s * sample_rate)
    coarse = rng.normal(0.0, 1.0, (round(duration_s * 8_000) + 2, num_channels))
    at = np.arange(count) * (8_000 / sample_rate)
    held = np.stack([np.interp(at, np.arange(len(coarse)), channel) for channel in coarse.T], axis=1)
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 0.7 * np.arange(count) / sample_rate)
    return np.clip(np.rint(held * swell[:, None] * 5_000), -32768, 32767).astype(np.int16)
