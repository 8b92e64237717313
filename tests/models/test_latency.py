"""Latency distributions: what they draw, how they are written and read, and what they refuse."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.models.latency import (
    PROFILES,
    Constant,
    Empirical,
    Latency,
    LatencyError,
    LatencyProfile,
    LogNormal,
    as_latency,
    parse,
)

seconds = st.floats(0, 1000, allow_nan=False)
latencies: st.SearchStrategy[Latency] = st.one_of(
    seconds.map(Constant),
    st.builds(LogNormal, seconds, st.floats(0, 3, allow_nan=False)),
    st.lists(seconds, min_size=1, max_size=8).map(lambda samples: Empirical(tuple(samples))),
)


@given(latencies, st.integers(0, 2**32))
def test_samples_are_never_negative_and_follow_the_seed(latency: Latency, seed: int) -> None:
    one, other = latency.sampler(seed), latency.sampler(seed)
    samples = [one() for _ in range(20)]
    assert samples == [other() for _ in range(20)]
    assert all(math.isfinite(sample) and sample >= 0 for sample in samples)


def test_two_samplers_do_not_disturb_each_other() -> None:
    latency = LogNormal(0.3, 0.5)
    alone = [sample() for sample in [latency.sampler(7)] for _ in range(10)]
    one, other = latency.sampler(7), latency.sampler(8)
    mixed = []
    for _ in range(10):
        mixed.append(one())
        other()
    assert mixed == alone


def test_log_normal_has_the_median_and_the_p95_that_were_asked_for() -> None:
    sample = LogNormal.from_p95(0.35, 0.9).sampler(1)
    samples = sorted(sample() for _ in range(20_000))
    assert statistics.median(samples) == pytest.approx(0.35, rel=0.02)
    assert samples[19_000] == pytest.approx(0.9, rel=0.04)


def test_empirical_draws_each_of_its_samples() -> None:
    sample = Empirical((0.1, 0.2, 0.3)).sampler(0)
    assert {sample() for _ in range(100)} == {0.1, 0.2, 0.3}


@given(latencies)
def test_text_reads_back_to_the_same_distribution(latency: Latency) -> None:
    again = parse(str(latency))
    assert type(again) is type(latency)
    assert str(again) == str(latency)


@pytest.mark.parametrize(
    ("text", "latency"),
    [
        ("0.35", Constant(0.35)),
        ("350ms", Constant(0.35)),
        ("2s", Constant(2.0)),
        (" constant: 1 ", Constant(1.0)),
        ("lognormal:0.35,0.4", LogNormal(0.35, 0.4)),
        ("lognormal:350ms, p95=900ms", LogNormal.from_p95(0.35, 0.9)),
        ("empirical:0.1,0.2", Empirical((0.1, 0.2))),
    ],
)
def test_text(text: str, latency: Latency) -> None:
    assert parse(text) == latency
    assert as_latency(text) == latency


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'' is not a number"),
        ("soon", "'soon'"),
        ("-1", "-1"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("gamma:1,2", "gamma"),
        ("lognormal:0.3", "lognormal takes"),
        ("lognormal:0.3,x", "'x'"),
        ("lognormal:0.9,p95=0.3", "p95"),
        ("lognormal:0,p95=0.3", "median"),
        ("empirical:", "''"),
        ("empirical:0.1,-2", "-2"),
    ],
)
def test_wrong_text_is_named(text: str, said: str) -> None:
    with pytest.raises(LatencyError) as failed:
        parse(text)
    assert said in str(failed.value)


@pytest.mark.parametrize("value", [None, True, [0.1]])
def test_what_is_no_latency_is_refused(value: object) -> None:
    with pytest.raises(LatencyError):
        as_latency(value)  # type: ignore[arg-type]


def test_empirical_needs_samples() -> None:
    with pytest.raises(LatencyError, match="at least one"):
        Empirical(())


@pytest.mark.parametrize("name", PROFILES)
def test_profiles_load_by_name_and_read_back(name: str) -> None:
    profile = LatencyProfile.load(name)
    assert profile == PROFILES[name]
    assert str(LatencyProfile.load(str(profile))) == str(profile)


def test_profile_from_parts() -> None:
    assert LatencyProfile.load("stt=0.1,llm=lognormal:0.35,0.4,tts=0.3") == LatencyProfile(
        Constant(0.1), LogNormal(0.35, 0.4), Constant(0.3)
    )
    assert LatencyProfile.load("llm=lognormal:0.35,p95=0.9,tts=0.3").llm == LogNormal.from_p95(0.35, 0.9)


def test_parts_left_out_are_the_base_profile_s() -> None:
    assert LatencyProfile.load("llm=1") == LatencyProfile(PROFILES["typical"].stt, Constant(1), PROFILES["typical"].tts)
    assert LatencyProfile.load("slow, llm = 1") == LatencyProfile(
        PROFILES["slow"].stt, Constant(1), PROFILES["slow"].tts
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tipical", "did you mean 'typical'"),
        ("", "''"),
        ("sst=0.2", "'sst'"),
        ("stt=0.2,slow", "'0.2,slow'"),
        ("stt=", "''"),
    ],
)
def test_wrong_profiles_are_named(text: str, said: str) -> None:
    with pytest.raises(LatencyError) as failed:
        LatencyProfile.load(text)
    assert said in str(failed.value)
