from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from kit.lab import wording
from kit.lab.findings import Findings, tuning_of
from kit.lab.summary import Interval
from kit.session.journal import Journal
from kit.session.records import TuningChanged
from kit.tuning import Tuning
from tests.lab.hand_made import OFF, ON, ON_TTS, Said, journal


def conversation(*said, tuning=OFF, name="conversation"):
    return SimpleNamespace(journal=journal(*said, tuning=tuning), name=name)


SAID = [Said(d_stt=0.1), Said("and tomorrow", d_stt=0.2)]


def test_two_conversations():
    off, on = conversation(*SAID, name="off"), conversation(*SAID, tuning=ON, name="on")
    found = Findings.of(on, off)
    assert found.headline() == "Preemption answers 0.33 s earlier (median, n = 2)"
    assert [str(change) for change in found.changes] == ["preemption.enabled False → True"]
    assert (found.gaps.n, found.gaps.median_s, found.baseline_gaps.median_s) == (2, 0.725, 1.05)
    text = found.text()
    for part in (
        "preemption.enabled off → on",
        "on: median 0.73 s, p95 0.75 s, mean 0.73 s (95 % interval 0.70 to 0.75 s), n = 2",
        "2 attempts, 2 adopted; 0.65 s saved in all; 0 tokens and 0 characters thrown away",
        "virtual clock, seed 7, stt simulated, 0.1 s",
    ):
        assert part in text


def test_switched_off_again():
    off, on = conversation(*SAID, name="off"), conversation(*SAID, tuning=ON, name="on")
    assert Findings.of(off, on).headline() == "Without preemption, answers 0.33 s later (median, n = 2)"


def test_one_conversation_is_held_against_its_start():
    records = list(journal(Said(), Said(), tuning=OFF))
    last = next(i for i in range(len(records) - 1, 0, -1) if records[i].type == "user_speech_started")
    t = records[last].t
    records.insert(last, TuningChanged(t=t, path="endpointing.min_delay_s", old=0.5, new=0.4))
    records.insert(last, TuningChanged(t=t, path="volume.level", old=100.0, new=70.0))
    found = Findings.of(SimpleNamespace(journal=Journal(records=records), name="live"))
    assert {change.path: change.new for change in found.changes} == {
        "endpointing.min_delay_s": 0.4,
        "volume.level": 70.0,
    }
    assert found.gaps.n == 1, "a turn before the last change says nothing of the settings that were found"
    assert found.headline() == "Answers after 1.05 s (n = 1)"
    assert "endpointing.min_delay_s 0.5 → 0.4 s" in found.text()
    assert "interval" not in found.text()


def test_no_turn_yet():
    found = Findings.of(conversation(Said(dropped="stop_response")))
    assert found.headline() == "No answer was heard yet"
    assert "no answer was heard" in found.text()


def test_toml_is_read_back_by_the_tuning_whatever_the_name():
    evil = conversation(*SAID, tuning=ON_TTS, name="a\n[volume]\nlevel = 3\x00\x85x")
    text = Findings.of(evil, conversation(*SAID)).to_toml()
    assert Tuning.from_toml(text) == ON_TTS
    assert all(line.startswith("#") for line in text.split("\n\n[")[0].splitlines() if line)


def test_an_empty_journal_has_the_defaults():
    found = Findings.of(SimpleNamespace(journal=Journal(), name="nothing"))
    assert (found.tuning, found.changes, found.gaps) == (Tuning(), (), None)
    assert tuning_of(Journal()) == Tuning()
    assert found.text()


@pytest.mark.parametrize(
    ("seconds", "text", "signed"),
    [
        (0.7, "0.70 s", "+0.70 s"),
        (-0.35, "−0.35 s", "−0.35 s"),
        (0.045, "45 ms", "+45 ms"),
        (-0.0001, "0 ms", "0 ms"),
        (0.0996, "0.10 s", "+0.10 s"),
        (0.725, "0.73 s", "+0.73 s"),
        (12.0, "12.00 s", "+12.00 s"),
    ],
)
def test_seconds_in_words(seconds, text, signed):
    assert wording.duration(seconds) == text
    assert wording.signed(seconds) == signed


def test_other_words():
    assert wording.earlier(-0.35) == "0.35 s earlier"
    assert wording.earlier(0.02) == "20 ms later"
    assert wording.interval(Interval(-0.02, 0.04)) == "95 % interval −20 to 40 ms"
    assert wording.earlier(0.0) == "at the same time"
    assert wording.interval(Interval(0.61, 0.74)) == "95 % interval 0.61 to 0.74 s"
    assert wording.interval(Interval(-0.02, 0.74)) == "95 % interval −0.02 to 0.74 s"
    assert wording.milliseconds(1.05) == "1\N{NARROW NO-BREAK SPACE}050 ms"
    assert wording.count(1, "turn") == "1 turn"
    assert wording.count(2, "turn") == "2 turns"


def test_importing_the_lab_loads_nothing_heavy():
    code = "import sys, kit.lab; print(sorted({'numpy', 'matplotlib', 'livekit'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
