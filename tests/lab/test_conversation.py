"""A conversation over recordings of people: heard, answered aloud, measured, and the same every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit import Tuning
from kit.lab import Conversation, converse, gaps_in_audio
from kit.session.journal import PreemptionAdopted, SessionClosed, SpeechStarted, Transcript
from kit.turns.preemption import same_words

RECORDINGS = {"austen-0880.wav": "he was not an ill disposed young man", "goforward.wav": "go forward ten meters"}
ON = Tuning().replace({"preemption.enabled": True})


@pytest.fixture(scope="module")
def recordings(speech_dir: Path) -> list[Path]:
    return [speech_dir / name for name in RECORDINGS]


@pytest.fixture(scope="module")
def off(recordings: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Conversation:
    return converse(recordings, latency="typical", out=tmp_path_factory.mktemp("held") / "off", name="off")


@pytest.fixture(scope="module")
def on(recordings: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Conversation:
    return converse(recordings, latency="typical", tuning=ON, out=tmp_path_factory.mktemp("held") / "on", name="on")


def test_people_are_understood(off: Conversation) -> None:
    finals = [record.text for record in off.journal.of(Transcript) if record.final]
    assert any(same_words(text, RECORDINGS["goforward.wav"]) for text in finals), finals
    assert off.unanswered == ()


def test_every_recording_is_answered_aloud(off: Conversation) -> None:
    heard = [turn for turn in off.turns if turn.outcome == "answered"]
    assert len(heard) == len(RECORDINGS)
    for turn in heard:
        began, ended = (round(t * off.sample_rate) for t in (turn.speech_started_t, turn.speech_finished_t))
        assert np.abs(off.audio[began:ended, 1]).max() > 1000
    assert not off.audio[:, 2].any()


def test_preemption_answers_earlier(off: Conversation, on: Conversation) -> None:
    assert len(on.journal.of(PreemptionAdopted)) >= 1
    before, after = (sum(turn.gap_s or 0 for turn in conversation.turns) for conversation in (off, on))
    saved = sum(turn.saved_s or 0 for turn in on.turns)
    assert saved > 0.1
    assert before - after == pytest.approx(saved, abs=0.02)
    assert sum(row.saved_s or 0 for row in on.ledger.rows) == pytest.approx(saved)


@pytest.mark.parametrize("which", ["off", "on"])
def test_the_gaps_in_the_sound_are_those_of_the_journal(which: str, request: pytest.FixtureRequest) -> None:
    conversation: Conversation = request.getfixturevalue(which)
    told = [turn.gap_s for turn in conversation.turns if turn.gap_s is not None]
    heard = [gap.gap_s for gap in gaps_in_audio(conversation.audio, conversation.sample_rate)]
    assert heard == pytest.approx(told, abs=0.02)


def test_a_recording_can_be_loaded_again(on: Conversation) -> None:
    loaded = Conversation.load(on.folder)
    assert loaded.journal.as_json_lines() == on.journal.as_json_lines()
    assert loaded.tuning == on.tuning == ON
    assert np.array_equal(loaded.audio, on.audio)
    closed, started = loaded.journal.of(SessionClosed)[0], loaded.journal.of(SpeechStarted)
    assert len(loaded.audio) / loaded.sample_rate == pytest.approx(closed.t, abs=0.05)
    assert started


def test_two_runs_with_one_seed_are_identical_to_the_byte(
    on: Conversation, recordings: list[Path], tmp_path: Path
) -> None:
    again = converse(recordings, latency="typical", tuning=ON, out=tmp_path / "again")
    for name in ("journal.jsonl", "audio.wav", "tuning.toml"):
        assert (again.folder / name).read_bytes() == (on.folder / name).read_bytes(), name


def test_without_a_folder_the_recording_lasts_as_long_as_the_result(recordings: list[Path]) -> None:
    held = converse(recordings[1], latency="zero")
    folder = held.folder
    assert held.audio.shape[1] == 3
    assert held.play()._repr_html_().startswith('<audio controls preload="metadata" src="data:audio/')
    del held
    assert not folder.exists()


def test_it_works_where_a_loop_is_running(recordings: list[Path]) -> None:
    import asyncio

    async def cell() -> Conversation:
        return converse(recordings[1], latency="zero")

    assert asyncio.run(cell()).turns
