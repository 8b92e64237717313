"""Short sounds that tell what a setting does."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kit import Tuning
from kit.audio.errors import AudioFileError
from kit.audio.levels import rms_dbfs
from kit.audio.loudness import measure_samples
from kit.lab.audition import ROOM_S, clip, joined, voice, with_settings
from kit.lab.speaking import NothingToSay
from kit.models import EspeakTTS
from kit.text.lexicon import Entry


def test_a_term_sounds_as_its_entry_says() -> None:
    tts = EspeakTTS()
    before, respelled, as_respelling, in_ipa = (
        joined(asyncio.run(voice(text, tts, terms)))
        for text, terms in (
            ("kubectl", None),
            ("kubectl", {"kubectl": "kube control"}),
            ("kube control", None),
            ("kubectl", {"kubectl": Entry("kubectl", ipa="ˈkjuːb")}),
        )
    )
    assert (respelled.samples.tobytes()) == as_respelling.samples.tobytes() != before.samples.tobytes()
    assert in_ipa.duration_s < before.duration_s


def test_what_has_no_sound_says_so() -> None:
    with pytest.raises(NothingToSay, match="says nothing for 'API'"):
        asyncio.run(voice("API", EspeakTTS(), {"API": ""}))


def test_a_sentence_is_as_loud_as_the_settings_make_it() -> None:
    frames = asyncio.run(voice("Your order is ready for pick-up.", EspeakTTS()))
    plain, half, aimed = (
        measure_samples(sound.samples, sound.sample_rate).integrated_lufs
        for sound in (
            with_settings(frames, Tuning().replace(changes))
            for changes in ({}, {"volume.level": 50}, {"volume.normalize": True, "volume.target_lufs": -23})
        )
    )
    assert plain - half == pytest.approx(6.02, abs=0.1)
    assert aimed == pytest.approx(-23, abs=2)  # the slow gain learns from a sentence of two seconds


def test_the_background_is_heard_around_the_sentence_and_dips_under_it() -> None:
    frames = asyncio.run(voice("Your order is ready.", EspeakTTS()))
    loud = Tuning().replace({"background.ambient": "office", "background.ambient_volume": 4, "volume.level": 0})
    steady, dipping = (with_settings(frames, tuning) for tuning in (loud, loud.replace({"background.duck_db": -20})))
    rate = dipping.sample_rate
    alone, under = slice(round(0.6 * rate), round(1.4 * rate)), slice(round((ROOM_S + 0.2) * rate), round(2.2 * rate))
    assert steady.duration_s == pytest.approx(2 * ROOM_S + joined(frames).duration_s, abs=0.05)
    assert rms_dbfs(dipping.samples[alone]) == pytest.approx(rms_dbfs(steady.samples[alone]), abs=0.5)
    assert rms_dbfs(dipping.samples[under]) == pytest.approx(rms_dbfs(steady.samples[under]) - 20, abs=1)


def test_a_clip_is_heard_at_its_level() -> None:
    full, half = clip("office", 1.0), clip("office", 0.5)
    assert full.duration_s == half.duration_s == 5
    assert rms_dbfs(full.samples) - rms_dbfs(half.samples) == pytest.approx(6.02, abs=0.2)


def test_a_clip_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match=r"no built-in clip .those are office_ambience"):
        clip("offise", 1.0)
    with pytest.raises(AudioFileError, match=r"missing\.wav"):
        clip(str(tmp_path / "missing.wav"), 1.0)
