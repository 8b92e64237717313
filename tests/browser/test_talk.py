"""Talk in a real JupyterLab: a person's recorded voice goes into the page's microphone, and what the page plays is
measured where it leaves it.

The figures go to build/figures/talk.json. `make figures` holds their bars, which needs a machine that has nothing else
to do; the usual run holds what does not depend on the machine's speed: that it is heard, turned, and goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.browser.stalls import stalls
from tests.browser.talking_page import TAP, TalkingPage, spoken
from tests.figures import HELD, report

if TYPE_CHECKING:
    from tests.browser.conftest import Lab, NotebookPage

pytestmark = pytest.mark.browser

BUSY_S = 60.0 if HELD else 5.0
CHANGES = 24 if HELD else 8
BARS = {
    "from the cell to a talking page, s": 15.0,
    "heard later than the journal says, s": 0.15,
    "slider to audible, p95, s": 0.2,
    "changes that were not heard": 0,
    "underruns beside it": 0,
    "longest time above 0.25 s of backlog, s": 1.0,
}
CELLS = [
    "from kit.widgets import Talk\ntalk = Talk()\ntalk",
    """
import asyncio, json, time
import numpy as np
from livekit.rtc import AudioFrame

async def tone(seconds):
    block = np.rint(9000 * np.sin(2 * np.pi * 441 * np.arange(2205) / 22050)).astype(np.int16)
    for _ in range(round(seconds * 10)):
        yield AudioFrame(block.tobytes(), 22050, 1, len(block))

def hum(seconds):
    talk.session.say("A steady tone.", audio=tone(seconds), allow_interruptions=False)

def on_loop(function, *args):
    async def call():
        return function(*args)
    return talk.studio.thread.run(call()).result(20)

def wall_zero():
    return on_loop(lambda: time.time() - talk._run.live.t)

reports = []
take = talk.on_playing
def spy(content, buffers):
    if "agent" in content["streams"]:
        reports.append((time.time(), dict(content["streams"]["agent"])))
    take(content, buffers)
talk.on_playing = spy
""",
    """
from kit.lab import turns
turn = [turn for turn in turns(talk.session.journal) if turn.speech_started_t][0]
zero = wall_zero()
print(json.dumps({"text": turn.text, "reply": turn.reply, "gap_s": turn.gap_s, "user_end": zero + turn.end_of_speech_t,
                  "started": zero + turn.speech_started_t, "finished": zero + turn.speech_finished_t}))
""",
    f"""
talk.muted = True
on_loop(hum, {CHANGES} * 0.5 + 3)
time.sleep(1.5)
changes = []
for number in range({CHANGES}):
    level = 20 if number % 2 == 0 else 100
    talk.studio.replace({{"volume.level": level}})
    changes.append((time.time(), level))
    time.sleep(0.5)
print(json.dumps(changes))
""",
    f"""
on_loop(hum, {BUSY_S} + 2)
begun = time.time()
while time.time() - begun < 1:
    pass
before = dict(reports[-1][1])
while time.time() - begun < {BUSY_S}:
    pass
after = dict(reports[-1][1])
over_s = longest_s = 0.0
for (last, _), (t, report) in zip(reports, reports[1:]):
    over_s = over_s + t - last if t > begun and report["backlog_s"] > 0.25 else 0.0
    longest_s = max(longest_s, over_s)
print(json.dumps({{"before": before, "after": after, "over_s": longest_s, "reports": sum(t > begun for t, _ in reports),
                  "worst_backlog_s": max(report["backlog_s"] for t, report in reports if t > begun)}}))
""",
]


@pytest.fixture
def talking(open_notebook: Callable[..., NotebookPage], lab: Lab, speech_dir: Path, tmp_path: Path) -> TalkingPage:
    microphone = spoken(speech_dir / "goforward.wav", tmp_path / "microphone.wav")
    return TalkingPage(open_notebook(lab.write("talk.ipynb", CELLS), microphone=microphone, script=TAP))


def test_talking_hearing_and_tuning(talking: TalkingPage) -> None:
    figures: dict[str, Any] = {}
    begun = time.monotonic()
    talking.run(0)
    talking.page.wait_for_selector(".kit-talk")
    talking.run(1)
    talking.press("▶ Start")
    talking.wait_for_state("Listening", "You speak")
    figures["from the cell to a talking page, s"] = round(time.monotonic() - begun, 2)
    _talk(talking, figures)
    _slide(talking, figures)
    _stay_busy(talking, figures)
    _type(talking)
    talking.press("■ Stop")
    talking.wait_for_state("Off")
    talking.notebook.screenshot("talk")
    assert talking.notebook.console_errors == []
    report("talk", figures, BARS)


def _talk(talking: TalkingPage, figures: dict[str, Any]) -> None:
    """What was said is in the transcript, and its answer is heard when the journal says so."""
    talking.wait_for_state("Speaking", wait_s=90)
    talking.wait_for_state("Listening", wait_s=60)
    turn = talking.run(2)
    assert "forward" in turn["text"]
    assert "forward" in talking.transcript() and "agent" in talking.transcript()
    heard = talking.heard()
    loud = heard[(heard[:, 1] > 0.02) & (heard[:, 0] > turn["user_end"])]
    assert len(loud) > 50, "the answer was not heard in the page"
    figures["gap in the journal, s"] = round(turn["gap_s"], 3)
    figures["heard later than the journal says, s"] = round(float(loud[0, 0]) - turn["started"], 3)
    assert figures["heard later than the journal says, s"] >= -0.05
    assert 0.05 < np.percentile(loud[:, 1], 90) < 0.9
    talking.page.screenshot(path=str(talking.notebook._screenshots / "talk-answered.png"))


def _type(talking: TalkingPage) -> None:
    """A line is sent by Enter, answered, and shown as text, whatever is in it."""
    line = talking.page.get_by_placeholder("type instead…")
    line.fill("what is <b>your</b> name <img src=x onerror='window.hacked=1'>")
    line.press("Enter")
    shown = talking.page.locator(".kit-talk-transcript")
    shown.get_by_text("You ask: what is <b>your</b> name").wait_for(timeout=60_000)
    assert line.input_value() == ""
    assert shown.locator("b, img").count() == 0
    assert not talking.page.evaluate("() => window.hacked")


def _slide(talking: TalkingPage, figures: dict[str, Any]) -> None:
    """A change of the volume is heard soon: of a steady tone, so that its moment is plain."""
    changes = talking.run(3, wait_s=90)
    heard = talking.heard()
    delays = []
    for (at, level), until in zip(changes, [*(t for t, _ in changes[1:]), changes[-1][0] + 0.5], strict=True):
        span = heard[(heard[:, 0] >= at) & (heard[:, 0] < until + 0.2)]
        reached = (span[:, 1] > 0.01) & (span[:, 1] < 0.1) if level == 20 else span[:, 1] > 0.12
        if reached.any():  # where the machine is overloaded, the sound itself breaks off
            delays.append(float(span[np.argmax(reached), 0]) - at)
    figures["slider to audible, p50, s"] = round(float(np.percentile(delays, 50)), 3)
    figures["slider to audible, p95, s"] = round(float(np.percentile(delays, 95)), 3)
    figures["slider to audible, n"] = len(delays)
    figures["changes that were not heard"] = len(changes) - len(delays)
    assert len(delays) >= 2, "no change of the volume was heard"


def _stay_busy(talking: TalkingPage, figures: dict[str, Any]) -> None:
    """Beside a cell of pure Python the voice goes on."""
    with stalls() as of_the_machine:
        busy = talking.run(4, wait_s=BUSY_S + 60)
    counts = ("underruns", "starved", "stretched_s", "trimmed")
    lost = {name: round(busy["after"][name] - busy["before"][name], 3) for name in counts}
    figures[f"beside a busy cell of {BUSY_S:.0f} s"] = lost
    figures["underruns beside it"] = lost["underruns"] + lost["starved"]
    figures["stalls of the whole machine beside it, s"] = [round(stall, 3) for stall in sorted(of_the_machine)[-8:]]
    figures["largest backlog beside it, s"] = round(busy["worst_backlog_s"], 3)
    assert busy["reports"] > 0, "the page's reports did not come while the cell was busy"
    assert busy["after"]["played_s"] > busy["before"]["played_s"], "the voice stopped beside a busy cell"
    figures["longest time above 0.25 s of backlog, s"] = round(busy["over_s"], 2)
