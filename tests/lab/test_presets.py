"""Presets, and settings that do nothing as things are set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import Tuning
from kit.lab.dormant import dormant
from kit.lab.presets import PRESETS, Preset, preset
from kit.tuning import TuningError, paths


@pytest.mark.parametrize("one", PRESETS, ids=lambda one: one.name)
def test_a_preset_holds_on_any_settings(one: Preset) -> None:
    for tuning in (Tuning(), *(other.apply(Tuning()) for other in PRESETS)):
        assert one.is_in(one.apply(tuning))
    assert one.about.endswith(".")


def test_they_leave_the_words_and_what_they_are_not_about() -> None:
    tuning = Tuning().replace({"pronunciation.terms": {"API": "A P I"}, "volume.level": 70})
    assert preset("default").apply(tuning) == Tuning().replace({"pronunciation.terms": {"API": "A P I"}})
    assert preset("Fast and bold").apply(tuning).volume.level == 70


def test_an_unknown_one_names_those_there_are() -> None:
    with pytest.raises(TuningError, match="no preset 'slow'; there are Default, Fast and bold"):
        preset("slow")


def test_what_does_nothing_says_why() -> None:
    reasons = dormant(Tuning())
    assert set(reasons) <= set(paths())
    assert reasons["preemption.preemptive_tts"] == "“Start before the turn ends” is off"
    assert reasons["volume.taper"] == "the same at 100 %"
    on = Tuning().replace({"preemption.enabled": True, "volume.level": 50, "background.ambient": "office"})
    assert not {"preemption.preemptive_tts", "volume.taper", "background.ambient_volume", "background.duck_db"} & set(
        dormant(on)
    )


@given(st.booleans(), st.booleans(), st.sampled_from(["final", "interim"]), st.integers(0, 2))
def test_a_switch_that_wakes_others_is_awake_itself(enabled: bool, normalize: bool, trigger: str, tries: int) -> None:
    tuning = Tuning().replace(
        {
            "preemption.enabled": enabled,
            "preemption.trigger": trigger,
            "preemption.max_retries": tries,
            "volume.normalize": normalize,
        }
    )
    reasons = dormant(tuning)
    assert not {"preemption.enabled", "volume.normalize", "interruption.enabled", "background.ambient"} & set(reasons)
    assert ("preemption.interim_still_s" in reasons) == (not (enabled and tries and trigger == "interim"))
