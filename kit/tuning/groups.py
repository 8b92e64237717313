"""The settings, in groups: for each its default, the person's question, its range and its unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..text.lexicon.entry import Entry, LexiconError
from .setting import TuningError, setting


@dataclass(frozen=True, slots=True)
class Volume:
    """How loud the agent speaks."""

    level: float = setting(
        100.0, "How loud", "100 leaves every sample as it is, 0 is silence.", unit="%", minimum=0, maximum=100, step=1
    )
    taper: str = setting(
        "linear",
        "What half of it is",
        "Linear: 50 is half the amplitude, 6 dB less. Perceptual: 50 sounds half as loud, 10 dB less.",
        choices=("linear", "perceptual"),
    )
    normalize: bool = setting(
        False,
        "Bring the voice to one loudness",
        "By a slow gain that is learned from its speech so far. The peaks stay below the ceiling.",
    )
    target_lufs: float = setting(
        -18.0,
        "That loudness, at 100 %",
        "Integrated (ITU-R BS.1770). -18 is what AES TD1008 recommends for streams, -23 is broadcast (EBU R 128).",
        unit="LUFS",
        minimum=-40,
        maximum=-10,
        step=0.5,
    )
    limit_peaks: bool = setting(
        False, "Keep the peaks below a ceiling", "A limiter. Below the ceiling, it changes no sample."
    )
    ceiling_dbtp: float = setting(
        -1.0, "That ceiling", "True peak (ITU-R BS.1770 annex 2).", unit="dBTP", minimum=-20, maximum=0, step=0.5
    )


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """How words are said. The transcript keeps them as they were written."""

    terms: Mapping[str, str | Entry] = setting(
        {},
        "Words to say differently",
        "Term to respelling; or to an `Entry` or a table with `ipa`, `say_as`, `case` or `language`.",
    )
    filter_markdown: bool = setting(
        True, "Leave out the marks of Markdown", "Stars, hashes and the like are not read aloud."
    )
    filter_emoji: bool = setting(True, "Leave out emoji", "They are not read aloud.")

    def __post_init__(self) -> None:
        if isinstance(self.terms, Mapping) and not all(isinstance(value, str) for value in self.terms.values()):
            object.__setattr__(self, "terms", MappingProxyType({k: _said(k, v) for k, v in self.terms.items()}))

    def __hash__(self) -> int:
        return hash((frozenset(self.terms.items()), self.filter_markdown, self.filter_emoji))


def _said(term: str, value: object) -> object:
    """How a term is said: text where that is all, or else its entry. What can be neither is left as it is."""
    if not isinstance(value, Mapping | Entry):
        return value
    try:
        entry = Entry.of(term, value)
    except LexiconError as error:
        raise TuningError(f"pronunciation.terms: {error}") from error
    spoken = entry.plain()
    return spoken if isinstance(spoken, str) else entry


@dataclass(frozen=True, slots=True)
class Preemption:
    """Whether an answer is made before the user's turn is surely over."""

    enabled: bool = setting(
        False,
        "Start before the turn ends",
        "The LLM answers as soon as there are words. If the turn ends with them the answer is kept, or else it goes.",
    )
    preemptive_tts: bool = setting(
        False, "Make the speech ahead too, not only its text", "Sooner, and what is thrown away costs speech as well."
    )
    max_speech_duration_s: float = setting(
        10.0,
        "No attempt after the user spoke for longer than",
        "Whoever has spoken for long is likely to go on.",
        unit="s",
        minimum=0,
        maximum=600,
        step=0.5,
    )
    max_retries: int = setting(
        3,
        "Attempts in one turn at most",
        "Each one that the user's next words overtake is thrown away.",
        minimum=0,
        maximum=100,
        step=1,
    )
    trigger: str = setting(
        "final",
        "Start at words that are",
        "Interim: also at words that the recogniser may still change, once they have held still.",
        choices=("final", "interim"),
    )
    interim_still_s: float = setting(
        0.2,
        "Words hold still when unchanged for",
        "Shorter is sooner, and more attempts are thrown away.",
        unit="s",
        minimum=0,
        maximum=10,
        step=0.05,
    )


@dataclass(frozen=True, slots=True)
class Endpointing:
    """How long a silence must be to end the user's turn, counted from the end of the speech."""

    min_delay_s: float = setting(
        0.5,
        "Wait at least",
        "Shorter answers sooner, and cuts off whoever pauses to think.",
        unit="s",
        minimum=0,
        maximum=30,
        step=0.05,
    )
    max_delay_s: float = setting(
        3.0,
        "Wait at most",
        "The wait where a turn detector, or words that are not final yet, tell that the user has more to say.",
        unit="s",
        minimum=0,
        maximum=60,
        step=0.1,
    )
    mode: str = setting(
        "fixed",
        "The shortest wait",
        "Dynamic: it grows to the pauses that this user makes, up to the longest wait.",
        choices=("fixed", "dynamic"),
    )
    alpha: float = setting(
        0.9,
        "Weight of earlier pauses in a dynamic wait",
        "Near 1 it changes slowly; at 0 only the last pause counts.",
        minimum=0,
        maximum=1,
        step=0.05,
    )


@dataclass(frozen=True, slots=True)
class Interruption:
    """When the user's voice stops the agent's."""

    enabled: bool = setting(True, "The user may interrupt", "Off: the agent says everything to its end.")
    min_duration_s: float = setting(
        0.5,
        "Ignore speech shorter than",
        "Longer lets the agent talk over a cough or an “mhm”, and reacts later.",
        unit="s",
        minimum=0,
        maximum=10,
        step=0.05,
    )
    min_words: int = setting(
        0,
        "Ignore speech of fewer words than",
        "0: the voice alone interrupts, before its words are known.",
        minimum=0,
        maximum=50,
        step=1,
    )
    resume_false_interruption: bool = setting(
        True,
        "Go on where no words followed",
        "The agent only pauses at first. Final words end its speech; without them it goes on from where it paused.",
    )
    false_interruption_timeout_s: float = setting(
        2.0,
        "Go on after a silence of",
        "How long words are waited for before the agent goes on.",
        unit="s",
        minimum=0,
        maximum=60,
        step=0.1,
    )


@dataclass(frozen=True, slots=True)
class Background:
    """What plays behind the conversation."""

    ambient: str = setting(
        "", "Ambient sound", 'A built-in clip\'s name or a file; "" is none. It plays while the session runs.'
    )
    ambient_volume: float = setting(
        1.0,
        "Level of the ambient sound",
        "A factor: 1 is as recorded, 0.5 is 6 dB less.",
        unit="×",
        minimum=0,
        maximum=4,
        step=0.05,
    )
    thinking: str = setting(
        "",
        "Sound while the agent thinks",
        'A built-in clip\'s name or a file; "" is none. It bridges the wait for an answer.',
    )
    thinking_volume: float = setting(
        1.0,
        "Level of the thinking sound",
        "A factor: 1 is as recorded, 0.5 is 6 dB less.",
        unit="×",
        minimum=0,
        maximum=4,
        step=0.05,
    )
    duck_db: float = setting(
        0.0,
        "Lower it under the agent's voice by",
        "0 leaves it as loud; -12 is a quarter of the amplitude.",
        unit="dB",
        minimum=-60,
        maximum=0,
        step=1,
    )
    duck_attack_s: float = setting(
        0.05,
        "Lowered within",
        "In a straight line in decibels, as the release. 0.05 s is within the voice's first sound.",
        unit="s",
        minimum=0.01,
        maximum=5,
        step=0.01,
    )
    duck_release_s: float = setting(
        0.4, "Raised again within", "Slowly enough not to be noticed.", unit="s", minimum=0.01, maximum=10, step=0.05
    )
    duck_for_user: bool = setting(
        False, "Lower it under the user's voice too", "So that the person is not disturbed while speaking."
    )
