"""Settings: one value, one path for each, and errors that help."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.tuning import Tuning, TuningError, info, parse_assignment, paths


@given(
    st.floats(0, 100),
    st.booleans(),
    st.floats(0, 30),
    st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4),
)
def test_toml_gives_back_what_went_in(level: float, enabled: bool, delay: float, terms: dict[str, str]) -> None:
    tuning = Tuning().replace(
        {
            "volume.level": level,
            "preemption.enabled": enabled,
            "endpointing.min_delay_s": delay,
            "endpointing.max_delay_s": 60,
            "pronunciation.terms": terms,
        }
    )
    assert Tuning.from_toml(tuning.to_toml()) == tuning
    assert Tuning.from_dict(tuning.as_dict()) == tuning


def test_replace_leaves_the_original_and_diff_names_the_change() -> None:
    start = Tuning()
    changed = start.replace({"preemption.enabled": True, "volume.level": 70})
    assert start.preemption.enabled is False
    assert [str(change) for change in start.diff(changed)] == [
        "volume.level 100.0 → 70.0",
        "preemption.enabled False → True",
    ]
    assert start.diff(start) == []


def test_it_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        Tuning().volume.level = 5  # type: ignore[misc]
    with pytest.raises(TypeError):
        Tuning().pronunciation.terms["a"] = "b"  # type: ignore[index]


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("preemption.enable=true", "did you mean 'preemption.enabled'"),
        ("volume=5", "there is no setting 'volume'"),
        ("volume.level=120", "out of its range, 0 to 100 %"),
        ("volume.level=nan", "out of its range"),
        ("endpointing.min_delay_s=soon", "takes a number, not 'soon'"),
        ("endpointing.min_delay_s=9", "endpointing.max_delay_s .3 s. is below"),
        ("preemption.enabled=1", "takes true or false, not 1"),
        ("preemption.max_retries=1.5", "takes a whole number"),
        ("volume.level", "PATH=VALUE"),
        ("pronunciation.terms={API=1}", "takes a table of text to text"),
    ],
)
def test_bad_values_say_what_is_wrong(assignment: str, message: str) -> None:
    with pytest.raises(TuningError, match=message):
        Tuning().replace(dict([parse_assignment(assignment)]))


def test_bad_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "t.toml"
    with pytest.raises(TuningError, match=r"t\.toml: No such file"):
        Tuning.load(path)
    path.write_text("[volume]\nlevel = 300\n")
    with pytest.raises(TuningError, match=r"t\.toml: volume\.level = 300"):
        Tuning.load(path)
    path.write_text("[volme]\nlevel = 30\n")
    with pytest.raises(TuningError, match="did you mean 'volume'"):
        Tuning.load(path)
    Tuning().save(path)
    assert Tuning.load(path) == Tuning()


def test_every_setting_is_explained() -> None:
    for path in paths():
        assert info(path).question
        assert info(path).help
        Tuning().get(path)
