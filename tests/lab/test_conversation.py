"""A conversation over recordings of people: heard, answered aloud, measured, and the same every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit import Tuning
from kit.export.transcript import transcript
from kit.lab import Conversation, Say, Typed, converse, gaps_in_audio
from kit.session.records import (
    BackgroundStarted,
    PreemptionAdopted,
    SessionClosed,
    SpeechFinished,
    SpeechStarted,
    Transcript,
    TurnCommitted,
)
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
    shown = held.play()._repr_html_()
    assert "<audio controls" in shown and 'src="data:audio/' in shown
    del held
    assert not folder.exists()


def test_it_works_where_a_loop_is_running(recordings: list[Path]) -> None:
    import asyncio

    async def cell() -> Conversation:
        return converse(recordings[1], latency="zero")

    assert asyncio.run(cell()).turns


def test_what_the_tuning_plays_behind_is_in_the_recording_and_dips_under_the_agent(recordings: list[Path]) -> None:
    behind = {"background.ambient": "office", "background.thinking": "keyboard_typing", "background.duck_db": -20.0}
    with_sound = converse(recordings[:1], latency="typical", tuning=Tuning().replace(behind))
    sound, rate = with_sound.audio[:, 2].astype(float), with_sound.sample_rate
    [started], [finished] = (with_sound.journal.of(kind) for kind in (SpeechStarted, SpeechFinished))
    [played, thinking] = with_sound.journal.of(BackgroundStarted)
    assert (played.source, thinking.source) == ("office_ambience", "keyboard_typing")
    assert played.t == 0 and thinking.t == with_sound.journal.of(TurnCommitted)[0].t

    def level_db(start_s: float, end_s: float) -> float:
        return float(10 * np.log10(np.mean(sound[round(start_s * rate) : round(end_s * rate)] ** 2)))

    before, under = level_db(0, thinking.t), level_db(started.t + 0.6, finished.t)
    assert before - under == pytest.approx(20, abs=4)
    assert sound[-rate // 5 :].any()


def test_words_without_a_voice() -> None:
    held = converse([Say("Hello."), Typed("what time is it")], name="typed")
    assert [record.text for record in held.journal.of(SpeechFinished)] == [
        "Hello.",
        "I have no clock. A language model with a tool could tell you.",
    ]
    assert [(line.who, line.text) for line in transcript(held.journal)][1] == ("user", "what time is it")
    assert held.unanswered == ()
    assert not held.audio[:, 0].any()
    began = [record.t for record in held.journal.of(SpeechStarted)]
    assert began[1] - held.journal.of(SpeechFinished)[0].t == pytest.approx(1.0, abs=0.01)
