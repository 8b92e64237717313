"""What the views send to the page, live and still, what it costs, and that they end without a trace."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

from kit import AgentSession, Tuning
from kit.lab import Conversation
from kit.models import SimulatedLLM, SimulatedTTS
from kit.session.records import SpeechCreated, SpeechFinished, SpeechStarted, TurnCommitted
from kit.widgets import Compare, LatencyDistribution, LatencyTimeline, LedgerTable, Progress, Studio, Talk, Waveform
from kit.widgets.conversation_views import followed
from kit.widgets.conversation_views.envelopes import LIVE_BIN_S, LiveEnvelope, levels
from kit.widgets.conversation_views.happenings import Happenings
from kit.widgets.conversation_views.sources import Following
from tests.lab.test_replay import ON, barge_in, record, two_questions
from tests.session.scenes import Scene, hold


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> tuple[Conversation, Conversation]:
    folder = tmp_path_factory.mktemp("views")
    off = record(hold(two_questions), folder / "off")
    return off, record(hold(two_questions, tuning=Tuning().replace(ON)), folder / "on")


def test_still_views_show_the_conversation_and_carry_a_picture(held: tuple[Conversation, Conversation]) -> None:
    off, on = held
    views = [Waveform(on), LatencyTimeline(on), LatencyDistribution(off, on), LedgerTable(on), Compare(off, on)]
    assert [row["turn"] for row in views[1].content["rows"]] == [1, 2]
    assert [row["name"] for row in views[2].content["rows"]] == ["off", "on"]
    assert len(views[3].content["rows"]) == len(on.ledger.rows) == 2
    assert views[4].content["title"].startswith("“on” answers 0.35 s earlier (median, n = 2)")
    for view in views:
        data, _ = view._repr_mimebundle_()
        assert data["image/png"].startswith("iVBOR") and data["text/plain"]
        assert "application/vnd.jupyter.widget-view+json" in data
    before = len(_instances)
    for view in views:
        view.close()
        view.close()
    assert len(_instances) < before


def test_a_session_is_followed_until_the_view_is_closed() -> None:
    views: list[Any] = []

    async def watched(scene: Scene) -> None:
        views.extend([LatencyTimeline(scene.session), LedgerTable(scene.session), Waveform(scene.session)])
        assert views[0].content["rows"] == [] and not views[0].still
        await scene.ask()
        await asyncio.sleep(5)
        assert [row["turn"] for row in views[0].content["rows"]] == [1]
        assert [row["outcome"] for row in views[1].content["rows"]] == ["adopted"]
        assert any(span["kind"] == "gap" for span in views[2]._happenings.spans.values())
        for view in views:
            view.close()
        await scene.ask("and in rome")
        await asyncio.sleep(5)
        assert len(views[0].content["rows"]) == 1

    hold(watched, tuning=Tuning().replace(ON))
    assert all(view.comm is None for view in views)


def test_live_views_cost_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten minutes of talk, three views: less than 5 % of the time, by far."""
    spent: dict[str, float] = {}
    for owner, name in ((followed.FollowedView, "_update"), (Studio, "_take")):
        monkeypatch.setattr(owner, name, _timed(getattr(owner, name), spent))

    async def talk(scene: Scene) -> None:
        views = [LatencyTimeline(scene.session), LedgerTable(scene.session), Waveform(scene.session)]
        for _ in range(followed.MOST_LIVE + 3):
            await scene.ask()
            await asyncio.sleep(5)
        assert len(scene.of(TurnCommitted)) == followed.MOST_LIVE + 3
        for view, what in zip(views[:2], ("turns", "attempts"), strict=True):  # the latest are shown, and it is said
            assert len(view.content["rows"]) == followed.MOST_LIVE
            assert view.content["left_out"] == f"3 earlier {what} are not shown."
        assert views[0].content["rows"][-1]["turn"] == 103
        for view in views:
            view.close()

    hold(talk, tuning=Tuning().replace(ON))
    print(spent)
    assert min(spent.values()) > 0
    assert sum(spent.values()) < 0.05 * 600


def _timed(function: Any, spent: dict[str, float]) -> Any:
    def run(*args: Any) -> None:
        began = time.thread_time()
        function(*args)
        spent[function.__name__] = spent.get(function.__name__, 0.0) + time.thread_time() - began

    return run


def test_what_a_view_reckons_is_not_reckoned_on_the_sessions_thread() -> None:
    """It takes longer, the longer the talk; and records that come meanwhile are not left out."""
    threads: list[str] = []
    seen: list[int] = []
    alone: list[bool] = []
    running = threading.Lock()

    def update() -> None:
        alone.append(running.acquire(blocking=False))
        threads.append(threading.current_thread().name)
        seen.append(len(talk.session.journal.of(SpeechFinished)))
        time.sleep(0.4)
        if alone[-1]:
            running.release()

    talk = Talk(AgentSession(llm=SimulatedLLM(), tts=SimulatedTTS()))
    following = Following(talk.studio, (SpeechCreated, SpeechStarted, SpeechFinished), update)
    try:
        talk.say("hello")
        for _ in range(1000):
            if talk.session.journal.of(SpeechFinished) and seen and seen[-1] == 1:
                break
            time.sleep(0.01)
        assert seen[-1] == 1
        assert "kit-session" not in threads
        assert all(alone)
    finally:
        following.close()
        talk.close()


def test_happenings_say_what_was_said_and_stopped() -> None:
    seen = Happenings()
    for entry in hold(barge_in).session.journal:
        seen.take(entry)
    kinds = [mark["kind"] for mark in seen.marks]
    assert "interruption" in kinds and "turn" in kinds
    assert any(span["kind"] == "agent" and span["text"].endswith("— interrupted") for span in seen.spans.values())
    assert all(span["end"] is not None for span in seen.spans.values())
    assert seen.everything()["marks"] == seen.marks
    assert seen.fresh() == {"spans": [], "marks": []}


def test_envelopes_hold_every_extreme() -> None:
    rng = np.random.default_rng(1)
    samples = rng.integers(-20_000, 20_000, (24_137, 3)).astype(np.int16)
    for level in levels(samples, 24_000):
        assert level.extremes.shape[0] == 3 and level.extremes.shape[2] == 2
        assert np.array_equal(level.extremes[:, :, 0].min(axis=1), samples.min(axis=0))
        assert np.array_equal(level.extremes[:, :, 1].max(axis=1), samples.max(axis=0))


def test_a_live_envelope_grows_by_what_is_new() -> None:
    envelope, rate = LiveEnvelope(), 16_000
    envelope.add(0.0, np.full(1600, 100, np.int16), rate)
    first, bins = envelope.take()
    assert first == 0 and len(bins) == pytest.approx(0.1 / LIVE_BIN_S, abs=1) and bins.max() == 100
    assert len(envelope.take()[1]) == 0
    envelope.add(30.0, np.full(160, -7, np.int16), rate)
    first, bins = envelope.take()
    assert first <= round(30 / LIVE_BIN_S) and bins.min() == -7
    assert len(envelope.take(all_of_it=True)[1]) == pytest.approx(30.01 / LIVE_BIN_S, abs=2)


def test_compare_refuses_what_it_cannot_hold_apart(held: tuple[Conversation, Conversation], tmp_path: Path) -> None:
    off, on = held
    for bad in ((off,), (off, on, on), (off, on, Tuning())):
        with pytest.raises(ValueError, match="against"):
            Compare(*bad)
    with pytest.raises(TypeError, match="cannot be heard"):
        Compare(off, 3)


def test_settings_in_place_of_a_second_conversation_are_replayed(held: tuple[Conversation, Conversation]) -> None:
    off, _ = held
    pair = Compare(off, changes=ON)
    assert pair.comparison.summary is not None and pair.comparison.summary.median_s == pytest.approx(-0.35)
    pair.rerender(changes={"endpointing.min_delay_s": 1.0})
    assert pair.comparison.summary is not None and pair.comparison.summary.median_s == pytest.approx(0.5)
    pair.on_begin({}, [])
    assert pair.test["open"] and "x" not in str(pair.test.get("said"))
    pair.on_vote({"choice": pair.abx.trials[0].x}, [])
    assert (pair.score.right, pair.score.n) == (1, 1)
    pair.close()


def test_a_range_must_go_forward(held: tuple[Conversation, Conversation]) -> None:
    view = Waveform(held[0])
    with pytest.raises(Exception, match="later end"):
        view.range = (3.0, 1.0)
    view.close()


def test_progress_is_plain_where_no_page_is(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("asking") as progress:
        for done in range(4):
            progress(done, 3)
    told = capsys.readouterr().err
    assert "asking" in told and "3/3" in told
