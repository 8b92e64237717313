"""How soon a changed conversation of a minute can be heard: replayed, and encoded for the page."""

from __future__ import annotations

import time
from pathlib import Path

from kit.lab import converse
from kit.lab.replaying.replay import replay
from tests.figures import report

MINUTE_S = 60.0
RUNS = 5
CHANGES = {"preemption.enabled": True, "volume.level": 80.0, "pronunciation.terms": {"meters": "metres"}}


def test_a_minute_under_other_settings_can_be_heard_within_a_second(speech_dir: Path, tmp_path: Path) -> None:
    from kit.widgets.conversation_views.sound import page_sound

    questions = [speech_dir / name for name in ("goforward.wav", "austen-0880.wav", "cards-001.wav")]
    original = converse(questions * 4, latency="typical", out=tmp_path / "original")
    length_s = len(original.audio) / original.sample_rate
    assert length_s >= MINUTE_S
    runs = []
    for _ in range(RUNS):
        wall, work = time.perf_counter(), time.process_time()
        again = replay(original, changes=CHANGES)
        replayed = time.process_time() - work
        sound = page_sound(again.audio[:, :2], again.sample_rate)
        runs.append((time.perf_counter() - wall, time.process_time() - work, replayed))
        assert len(sound.data) > 1000
    scale = MINUTE_S / length_s
    wall_s, cpu_s, replay_cpu_s = (min(run[i] for run in runs) * scale for i in range(3))
    figures = {
        "conversation, s": round(length_s, 1),
        "turns": len(original.turns),
        f"a minute, the best of {RUNS}: wall, s": round(wall_s, 3),
        "CPU, s": round(cpu_s, 3),
        "of that, the replay, s": round(replay_cpu_s, 3),
    }
    report("replay", figures, {f"a minute, the best of {RUNS}: wall, s": 1.0})
