from __future__ import annotations

import wave

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.lab.gaps import Sound, check, gaps_in_audio, sounds
from kit.lab.latency import turns
from tests.lab.hand_made import ON, RATE, Said, recording


def tone(*spans, seconds=6.0, rate=RATE, amplitude=0.2):
    samples = np.zeros(round(seconds * rate))
    for start, end in spans:
        first, last = round(start * rate), round(end * rate)
        samples[first:last] = amplitude * np.cos(2 * np.pi * 200 * np.arange(last - first) / rate)
    return samples


def talk(user, agent, **kw):
    return np.stack([tone(*user, **kw), tone(*agent, **kw), tone(**kw)], axis=1)


@settings(max_examples=40, deadline=None)
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


def test_sixteen_bits_and_floats_are_the_same():
    audio = talk([(0.5, 1.5)], [(2.0, 4.0)])
    whole = (audio * 32767).astype(np.int16)
    assert gaps_in_audio(whole, RATE) == gaps_in_audio(audio, RATE)


def test_a_pause_inside_an_utterance_is_no_end():
    assert len(gaps_in_audio(talk([(0.5, 1.0), (1.2, 2.0)], [(3.0, 4.0)]), RATE)) == 1


def test_an_utterance_that_is_not_answered_has_no_gap():
    found = gaps_in_audio(talk([(0.5, 1.0), (2.0, 2.5)], [(3.0, 4.0)]), RATE)
    assert [round(gap.user_ended_t, 2) for gap in found] == [2.5]


def test_words_spoken_into_the_agents_speech_have_no_gap():
    assert gaps_in_audio(talk([(1.2, 1.5)], [(1.0, 2.0), (2.5, 3.0)]), RATE) == []


def test_noise_of_a_microphone_is_not_speech():
    audio = talk([(0.5, 1.5)], [(2.2, 4.0)])
    audio[:, 0] += np.random.default_rng(0).normal(0, 10 ** (-52 / 20), len(audio))
    (found,) = gaps_in_audio(audio, RATE)
    assert found.gap_s == pytest.approx(0.7, abs=0.02)


def test_silence_and_emptiness():
    assert gaps_in_audio(np.zeros((RATE, 3)), RATE) == []
    assert gaps_in_audio(np.zeros((0, 3), np.int16), RATE) == []
    assert sounds(np.zeros(3), RATE) == []


def test_sound_from_the_first_sample_to_the_last():
    (found,) = sounds(tone((0, 2), seconds=2), RATE)
    assert (found.start_t, found.end_t) == (pytest.approx(0, abs=0.001), pytest.approx(2, abs=0.001))


def test_a_click_is_no_utterance():
    assert sounds(tone((1.0, 1.002), (2.0, 3.0)), RATE) == [
        Sound(pytest.approx(2.0, abs=0.001), pytest.approx(3.0, abs=0.001))
    ]


@pytest.mark.parametrize(("audio", "rate"), [(np.zeros(9), RATE), (np.zeros((9, 1)), RATE), (np.zeros((9, 3)), 0)])
def test_what_is_no_recording_is_refused(audio, rate):
    with pytest.raises(ValueError, match=r"shape|rate"):
        gaps_in_audio(audio, rate)


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


def test_human_speech_is_one_utterance_within_its_file(speech_dir):
    for path in sorted(speech_dir.glob("*.wav")):
        with wave.open(str(path)) as file:
            samples, rate = np.frombuffer(file.readframes(file.getnframes()), np.int16), file.getframerate()
        (found,) = sounds(samples, rate)
        assert 0.5 * len(samples) / rate < found.end_t - found.start_t <= len(samples) / rate
