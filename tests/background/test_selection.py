from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import AudioConfig, BuiltinAudioClip
from kit.background.sounds import choose, configs, named

DRAWS = 20_000


def drawn(*probabilities: float) -> dict[str, float]:
    """How often each was chosen, "" for silence."""
    candidates = [AudioConfig(str(number), probability=p) for number, p in enumerate(probabilities)]
    rng = random.Random(1)
    chosen = Counter("" if (config := choose(candidates, rng)) is None else config.label for _ in range(DRAWS))
    return {label: count / DRAWS for label, count in chosen.items()}


@pytest.mark.parametrize(
    ("probabilities", "shares"),
    [
        ((0.8, 0.2), {"0": 0.8, "1": 0.2}),
        ((0.3, 0.2), {"0": 0.3, "1": 0.2, "": 0.5}),
        ((1.0, 1.0), {"0": 0.5, "1": 0.5}),
        ((3.0, 1.0), {"0": 0.75, "1": 0.25}),
        ((0.5,), {"0": 0.5, "": 0.5}),
        ((0.0,), {"": 1.0}),
        ((0.0, 1.0, 0.0), {"1": 1.0}),
        ((), {"": 1.0}),
    ],
)
def test_probabilities(probabilities: tuple[float, ...], shares: dict[str, float]) -> None:
    assert drawn(*probabilities) == pytest.approx(shares, abs=0.015)


@given(st.lists(st.floats(0, 2), max_size=6), st.integers())
def test_one_number_is_drawn_whatever_there_is(probabilities: list[float], seed: int) -> None:
    rng, other = random.Random(seed), random.Random(seed)
    choose([AudioConfig("a", probability=p) for p in probabilities], rng)
    other.random()
    assert rng.random() == other.random()


@given(st.lists(st.floats(0, 2), max_size=6), st.integers())
def test_what_is_impossible_is_never_chosen(probabilities: list[float], seed: int) -> None:
    chosen = choose([AudioConfig("a", probability=p) for p in probabilities], random.Random(seed))
    assert chosen is None or chosen.probability > 0


@pytest.mark.parametrize("field", ["volume", "probability", "fade_in", "fade_out"])
@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_a_number_out_of_range_is_named(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"AudioConfig\.{field} = "):
        AudioConfig("a.wav", **{field: value})


@pytest.mark.parametrize("field", ["volume", "probability"])
@pytest.mark.parametrize("value", ["1", None, True])
def test_what_is_no_number_is_named(field: str, value: object) -> None:
    with pytest.raises(TypeError, match=rf"AudioConfig\.{field} is a number"):
        AudioConfig("a.wav", **{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("source", [None, 3, b"a.wav", ["a.wav"]])
def test_what_cannot_be_played_is_named(source: object) -> None:
    with pytest.raises(TypeError, match=r"AudioConfig\.source is a path"):
        AudioConfig(source)  # type: ignore[arg-type]


def test_sounds_of_every_kind_become_configs() -> None:
    config = AudioConfig("a.wav", volume=0.5)
    assert configs(None) == []
    assert configs("a.wav") == [AudioConfig("a.wav")]
    assert configs(Path("a.wav")) == [AudioConfig(Path("a.wav"))]
    assert configs(config) == [config]
    assert configs([config, BuiltinAudioClip.KEYBOARD_TYPING]) == [
        config,
        AudioConfig(BuiltinAudioClip.KEYBOARD_TYPING),
    ]


@pytest.mark.parametrize("name", ["office_ambience", "OFFICE_AMBIENCE", " Office-Ambience ", "Office"])
def test_a_setting_names_a_clip_or_a_file(name: str) -> None:
    assert named(name).source is BuiltinAudioClip.OFFICE_AMBIENCE
    assert named("keyboard").source is BuiltinAudioClip.KEYBOARD_TYPING
    assert named("sounds/rain.mp3").source == "sounds/rain.mp3" and named("offices").source == "offices"


def test_labels() -> None:
    assert AudioConfig(BuiltinAudioClip.KEYBOARD_TYPING2).label == "keyboard_typing2"
    assert AudioConfig("sounds/rain.mp3").label == "sounds/rain.mp3"
