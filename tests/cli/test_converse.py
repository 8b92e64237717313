"""`kit converse` and `kit say`, as a person runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from kit.audio.files import read_audio
from kit.lab import Conversation
from kit.session.records import UserSpeechStarted

KIT = [sys.executable, "-c", "from kit.cli import main; main()"]


def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*KIT, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "COLUMNS": "120"},
    )


def test_off_and_on_compared(speech_dir: Path, tmp_path: Path) -> None:
    files = [speech_dir / "austen-0880.wav", speech_dir / "goforward.wav"]
    done = run("converse", *files, "--compare", "preemption", "--out", tmp_path / "x", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for name in ("off", "on"):
        held = Conversation.load(tmp_path / "x" / name)
        assert len([turn for turn in held.turns if turn.gap_s is not None]) == 2
    report = (tmp_path / "x" / "report.html").read_text(encoding="utf-8")
    assert "<svg" in report and report.count("<audio") == 2
    assert "go forward ten meters" in done.stdout
    assert "report.html" in done.stdout


def test_settings_and_latency(speech_dir: Path, tmp_path: Path) -> None:
    options = ["--set", "volume.level=50", "--latency", "stt=0,llm=0.1,tts=0.1", "--seed", "4"]
    done = run("converse", speech_dir / "goforward.wav", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    held = Conversation.load(tmp_path / "conversation")
    assert held.tuning.volume.level == 50
    assert json.loads(held.journal.as_json_lines().splitlines()[0])["seed"] == 4


@pytest.mark.parametrize("time_option", ["--real-time", "--virtual"])
def test_ctrl_c_leaves_a_valid_recording(time_option: str, speech_dir: Path, tmp_path: Path) -> None:
    files = [speech_dir / "austen-0870.wav"] * 20
    arguments = ["converse", *files, time_option, "--out", tmp_path / "x"]
    process = subprocess.Popen([*KIT, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    journal = tmp_path / "x" / "journal.jsonl"
    for _ in range(2400):
        if journal.exists() and "user_speech_started" in journal.read_text():
            break
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "what was said so far is in" in " ".join(out.split())
    held = Conversation.load(tmp_path / "x")
    records = list(held.journal)
    assert records[-1].type == "session_closed"
    [started, *_] = held.journal.of(UserSpeechStarted)
    audio_s = len(held.audio) / held.sample_rate
    assert started.audio_t < audio_s
    if time_option == "--virtual":  # in real time, a busy machine takes long to hear, and long to stop
        assert audio_s == pytest.approx(records[-1].t, abs=0.25)
    assert held.audio[:, 0].any()


def test_say(tmp_path: Path) -> None:
    done = run("say", "Hello there.", "-o", "out.wav", "--set", "volume.level=50", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    samples, rate = read_audio(tmp_path / "out.wav")
    assert rate == 22_050 and len(samples) > 0.4 * rate
    assert f"{len(samples) / rate:.2f} s" in done.stdout


def test_say_with_a_lexicon_a_volume_and_a_background(tmp_path: Path) -> None:
    (tmp_path / "words.toml").write_text('[terms]\nkubectl = "cube control"\n')
    text = "Use kubectl."
    plain, asked, by_hand = (tmp_path / name for name in ("plain.wav", "asked.wav", "by_hand.wav"))
    for out, *options in (
        (plain, text),
        (by_hand, "Use cube control.", "--set", "volume.level=50"),
        (asked, text, "--lexicon", "words.toml", "--volume", "50", "--background", "office"),
    ):
        done = run("say", *options, "-o", str(out), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    voice, rate = read_audio(by_hand)
    mixed, _ = read_audio(asked)
    lead = rate // 2
    assert len(mixed) == pytest.approx(len(voice) + 2 * lead, abs=2)
    behind = mixed[lead : lead + len(voice)].astype(int) - voice
    assert 10 < np.abs(mixed[:lead]).max() < 3000 and 10 < np.abs(behind).max() < 3000
    assert len(read_audio(plain)[0]) != len(voice)


def test_say_names_a_background_that_is_not_there(tmp_path: Path) -> None:
    done = run("say", "Hello.", "--background", "offices", "-o", "out.wav", cwd=tmp_path)
    assert done.returncode == 2 and "offices" in done.stderr and "office_ambience" in done.stderr
    assert not (tmp_path / "out.wav").exists()


def test_doctor(tmp_path: Path) -> None:
    done = run("doctor", cwd=tmp_path)
    assert done.returncode == 0
    assert "eSpeak NG" in done.stdout and "chromium" in done.stdout


def test_help_names_every_command(tmp_path: Path) -> None:
    done = run("--help", cwd=tmp_path)
    assert all(command in done.stdout for command in ("converse", "say", "doctor"))
