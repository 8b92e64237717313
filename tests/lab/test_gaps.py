from __future__ import annotations

import wave

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.lab.gaps import check, gaps_in_audio
from kit.lab.latency import turns
from tests.lab.hand_made import ON, RATE, Said, recording


def tone(*spans, seconds=6.0, rate=RATE, amplitude=0.2):
    samples = np.zeros(round(seconds * rate), np.int16)
    for start, end in spans:
        first, last = round(start * rate), round(end * rate)
        samples[first:last] = 32767 * amplitude * np.cos(2 * np.pi * 200 * np.arange(last - first) / rate)
    return samples


def talk(user, agent, **kw):
    return np.stack([tone(*user, **kw), tone(*agent, **kw), tone(**kw)], axis=1)


@settings(max_examples=40)
@given(
    gap=st.floats(0.02, 2.0),
    amplitude=st.floats(0.01, 1.0),
    rate=st.sampled_from([8_000, 16_000, 48_000]),
)
def test_a_gap_between_tones_is_found_to_the_millisecond(gap, amplitude, rate):
    audio = talk([(0.5, 1.5)], [(1.5 + gap, 4.0)], rate=rate, amplitude=amplitude)
    (found,) = gaps_in_audio(audio, rate)
    assert found.gap_s == pytest.approx(gap, abs=0.001)
    assert found.user_started_t == pytest.approx(0.5, abs=0.001)


def test_a_pause_inside_an_utterance_is_no_end():
    assert len(gaps_in_audio(talk([(0.5, 1.0), (1.2, 2.0)], [(3.0, 4.0)]), RATE)) == 1


def test_an_utterance_that_is_not_answered_has_no_gap():
    found = gaps_in_audio(talk([(0.5, 1.0), (2.0, 2.5)], [(3.0, 4.0)]), RATE)
    assert [round(gap.user_ended_t, 2) for gap in found] == [2.5]


def test_words_spoken_into_the_agents_speech_have_no_gap():
    assert gaps_in_audio(talk([(1.2, 1.5)], [(1.0, 2.0), (2.5, 3.0)]), RATE) == []


def test_noise_of_a_microphone_is_not_speech():
    audio = talk([(0.5, 1.5)], [(2.2, 4.0)])
    audio[:, 0] += np.random.default_rng(0).normal(0, 32767 * 10 ** (-52 / 20), len(audio)).astype(np.int16)
    (found,) = gaps_in_audio(audio, RATE)
    assert found.gap_s == pytest.approx(0.7, abs=0.02)


def test_silence_and_emptiness():
    assert gaps_in_audio(np.zeros((RATE, 3), np.int16), RATE) == []
    assert gaps_in_audio(np.zeros((0, 3), np.int16), RATE) == []


def test_a_click_makes_no_utterance_longer():
    (found,) = gaps_in_audio(talk([(0.5, 1.5), (1.65, 1.655)], [(2.2, 2.204), (2.35, 4.0)]), RATE)
    assert (found.user_ended_t, found.agent_started_t) == (
        pytest.approx(1.5, abs=0.001),
        pytest.approx(2.35, abs=0.001),
    )


def test_a_click_is_no_answer():
    assert gaps_in_audio(talk([(0.5, 1.5)], [(2.0, 2.002)]), RATE) == []


@pytest.mark.parametrize(
    ("shape", "dtype", "rate"),
    [((9,), np.int16, RATE), ((9, 1), np.int16, RATE), ((9, 3), np.int16, 0), ((9, 3), np.float32, RATE)],
)
def test_what_is_no_recording_is_refused(shape, dtype, rate):
    with pytest.raises(ValueError, match=r"shape|rate"):
        gaps_in_audio(np.zeros(shape, dtype), rate)


def test_journal_and_sound_agree_in_a_recording_without_faults():
    made = recording(Said(), Said("and tomorrow", d_stt=0.4), Said(dropped="stop_response"), Said("bye"), tuning=ON)
    checks = check(turns(made.journal), gaps_in_audio(made.audio, made.sample_rate))
    assert [found.turn.turn for found in checks] == [1, 2, 4]
    for found in checks:
        assert abs(found.difference_s) < 0.005
        assert abs(found.end_difference_s) < 0.005
        assert abs(found.start_difference_s) < 0.005


def test_silence_at_the_head_of_the_answer_is_found():
    made = recording(Said())
    start = turns(made.journal)[0].speech_started_t
    made.audio[round(start * RATE) : round((start + 0.12) * RATE), 1] = 0
    (found,) = check(turns(made.journal), gaps_in_audio(made.audio, RATE))
    assert found.start_difference_s == pytest.approx(0.12, abs=0.001)
    assert found.difference_s == pytest.approx(0.12, abs=0.001)


def test_a_person_answered_at_a_known_time(speech_dir):
    """The recording's own silence at its end is part of the gap."""
    with wave.open(str(speech_dir / "goforward.wav")) as file:
        speech, rate = np.frombuffer(file.readframes(file.getnframes()), np.int16), file.getframerate()
    audio = np.zeros((len(speech) + 2 * rate, 3), np.int16)
    audio[: len(speech), 0] = speech
    audio[len(speech) + rate :, 1] = tone((0, 1), seconds=1, rate=rate)
    (found,) = gaps_in_audio(audio, rate)
    assert 1.0 < found.gap_s < 1.5
    assert found.agent_started_t == pytest.approx(len(speech) / rate + 1, abs=0.001)
