"""Named settings to begin with. A preset changes what it is about and leaves the rest, so that presets add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..tuning import Tuning, TuningError, paths

WORDS = "pronunciation.terms"
"""A lexicon is somebody's work, not a choice of settings: no preset touches it."""


@dataclass(frozen=True, slots=True)
class Preset:
    """`changes`: dotted paths and their values."""

    name: str
    about: str
    changes: Mapping[str, Any]

    def apply(self, tuning: Tuning) -> Tuning:
        """The settings with the preset's own."""
        return tuning.replace(self.changes)

    def is_in(self, tuning: Tuning) -> bool:
        """Whether all its settings are as it sets them."""
        return all(tuning.get(path) == value for path, value in self.changes.items())


def _preset(name: str, about: str, changes: Mapping[str, Any]) -> Preset:
    return Preset(name, about, MappingProxyType(dict(changes)))


PRESETS: tuple[Preset, ...] = (
    _preset(
        "Default",
        "Every setting as the kit has it; the words keep their pronunciation.",
        {path: Tuning().get(path) for path in paths() if path != WORDS},
    ),
    _preset(
        "Fast and bold",
        "Answers as early as it can: text and speech are made at words that may still change. It may cut people off, "
        "and more attempts are thrown away.",
        {
            "preemption.enabled": True,
            "preemption.preemptive_tts": True,
            "preemption.trigger": "interim",
            "preemption.interim_still_s": 0.2,
            "endpointing.mode": "fixed",
            "endpointing.min_delay_s": 0.3,
            "endpointing.max_delay_s": 1.5,
            "interruption.min_duration_s": 0.3,
        },
    ),
    _preset(
        "Patient listener",
        "For people who pause to think: waits longer, learns how long this user pauses; an “mhm” does not stop it.",
        {
            "preemption.enabled": True,
            "preemption.trigger": "final",
            "endpointing.mode": "dynamic",
            "endpointing.min_delay_s": 0.8,
            "endpointing.max_delay_s": 6.0,
            "interruption.enabled": True,
            "interruption.min_duration_s": 0.8,
            "interruption.min_words": 2,
        },
    ),
    _preset(
        "Broadcast loudness",
        "-23 LUFS with peaks below -1 dBTP, as EBU R 128 asks of programmes.",
        {
            "volume.level": 100.0,
            "volume.normalize": True,
            "volume.target_lufs": -23.0,
            "volume.limit_peaks": True,
            "volume.ceiling_dbtp": -1.0,
        },
    ),
    _preset(
        "Streaming loudness",
        "-18 LUFS with peaks below -1 dBTP, as AES TD1008 recommends for speech on the net.",
        {
            "volume.level": 100.0,
            "volume.normalize": True,
            "volume.target_lufs": -18.0,
            "volume.limit_peaks": True,
            "volume.ceiling_dbtp": -1.0,
        },
    ),
    _preset(
        "Busy office",
        "An office behind the agent, keys while it thinks, both well below its voice.",
        {
            "background.ambient": "office_ambience",
            "background.ambient_volume": 0.6,
            "background.thinking": "keyboard_typing",
            "background.thinking_volume": 0.6,
            "background.duck_db": -12.0,
            "background.duck_attack_s": 0.05,
            "background.duck_release_s": 0.4,
        },
    ),
)


def preset(name: str) -> Preset:
    """The preset of that name, in any case.

    Raises:
        TuningError: there is none; says which there are.
    """
    for one in PRESETS:
        if one.name.lower() == name.strip().lower():
            return one
    raise TuningError(f"there is no preset {name!r}; there are {', '.join(one.name for one in PRESETS)}")
