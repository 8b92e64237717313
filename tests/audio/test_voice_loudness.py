from __future__ import annotations

import math

import pytest

from kit.audio.voice_loudness import ASSUMED_LUFS, VoiceLoudness


def heard(*parts: tuple[float, float]) -> VoiceLoudness:
    """Momentary loudness, and seconds of it, one after the other."""
    voice = VoiceLoudness()
    for lufs, seconds in parts:
        for _ in range(round(seconds * 10)):
            voice.add(lufs)
    return voice


def test_before_it_was_heard_a_voice_is_as_most_are() -> None:
    assert heard().lufs == ASSUMED_LUFS
    assert heard((-math.inf, 5), (-75.0, 5)).measured_lufs is None


@pytest.mark.parametrize(("seconds", "expected"), [(0.2, -21.0), (1.0, -25.0), (2.0, -30.0), (20.0, -30.0)])
def test_it_is_trusted_more_the_longer_it_speaks(seconds: float, expected: float) -> None:
    assert heard((-30.0, seconds)).lufs == pytest.approx(expected)


def test_pauses_and_whispers_do_not_count() -> None:
    assert heard((-20.0, 5), (-math.inf, 20), (-45.0, 5)).lufs == pytest.approx(-20, abs=0.01)


def test_another_voice_is_known_after_30_seconds() -> None:
    assert heard((-14.0, 60), (-28.0, 30)).lufs == pytest.approx(-28)
