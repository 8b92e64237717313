"""A recorded conversation held again: unchanged it is the same; changed it is what the change would have made of it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kit import Agent, StopResponse, Tuning, function_tool
from kit.audio.frames import samples_of
from kit.chat import FunctionCall, FunctionCallOutput
from kit.lab import Conversation, converse
from kit.lab.replaying.replay import ReplayError, replay
from kit.models.simulated import SimulatedRealtime, SimulatedSTT
from kit.session.journal import Journal
from kit.session.records import SpeechFinished, ToolReturned, TurnCommitted, UserInterrupted
from kit.transports.recording import Recording
from tests.session.scenes import Scene, hold

LONG = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen."
ON = {"preemption.enabled": True}
ON_TTS = {**ON, "preemption.preemptive_tts": True}
NO_PAUSE = {"interruption.resume_false_interruption": False}
SETTINGS = [{}, ON, ON_TTS, {"endpointing.min_delay_s": 0.2}, {"endpointing.min_delay_s": 1.1, **ON}, NO_PAUSE]
milliseconds = st.integers(0, 800).map(lambda ms: ms / 1000)


def record(scene: Scene, folder: Path) -> Conversation:
    """A scene as a recording on disk."""
    with Recording(folder) as recording:
        for entry in scene.session.journal:
            recording.write_entry(entry.as_json())
        recording.write_tuning(scene.session.tuning.to_toml())
        for t, frame in scene.heard:
            recording.write("agent", t, frame)
        recording.flush(scene.session.journal.last_t)
    return Conversation.load(folder)


def gaps(conversation: Conversation | Scene) -> list[float | None]:
    from kit.lab.latency import turns

    journal = conversation.session.journal if isinstance(conversation, Scene) else conversation.journal
    return [turn.gap_s for turn in turns(journal)]


def told(journal: Journal) -> list[tuple[float, str]]:
    return [(entry.t, entry.type) for entry in journal]


async def two_questions(scene: Scene) -> None:
    await scene.ask("what is the weather")
    await asyncio.sleep(5)
    await scene.ask("and in rome")
    await asyncio.sleep(5)


async def hesitation(scene: Scene) -> None:
    await scene.ask("what is")
    await asyncio.sleep(0.3)
    await scene.ask("the weather")
    await asyncio.sleep(6)


async def barge_in(scene: Scene) -> None:
    scene.session.say(LONG)
    await asyncio.sleep(2.2)
    await scene.ask("stop it now")
    await asyncio.sleep(9)


async def cough(scene: Scene) -> None:
    await scene.ask("count")
    await asyncio.sleep(3)
    await scene.ask("", 0.8)
    await asyncio.sleep(9)


async def change_on_the_way(scene: Scene) -> None:
    await scene.ask("what is the weather")
    await asyncio.sleep(5)
    scene.session.tuning = scene.session.tuning.replace({"endpointing.min_delay_s": 0.9})
    await scene.ask("and in rome")
    await asyncio.sleep(5)


async def asked_by_hand(scene: Scene) -> None:
    scene.session.generate_reply(instructions="greet")
    await asyncio.sleep(4)
    await scene.ask("what is the weather")
    await asyncio.sleep(5)


class Slow(Agent):
    async def on_user_turn_completed(self, turn_ctx: Any, new_message: Any) -> None:
        await asyncio.sleep(0.2)
        if "rome" in new_message.content:
            raise StopResponse


class Booker(Agent):
    @function_tool
    async def book(self) -> str:
        """Book a table."""
        await asyncio.sleep(0.5)
        return "booked"


def call_then_tell(chat_ctx: Any) -> Any:
    called = any(isinstance(item, FunctionCallOutput) for item in chat_ctx)
    return "It is booked." if called else FunctionCall("", "book", "{}")


SCENES: dict[str, dict[str, Any]] = {
    "two questions": {"act": two_questions},
    "preemption": {"act": two_questions, "tuning": Tuning().replace(ON_TTS)},
    "hesitation": {"act": hesitation},
    "hesitation, preemption": {"act": hesitation, "tuning": Tuning().replace(ON)},
    "barge-in": {"act": barge_in},
    "barge-in without a pause": {"act": barge_in, "tuning": Tuning().replace(NO_PAUSE)},
    "cough": {"act": cough, "replies": LONG},
    "change on the way": {"act": change_on_the_way},
    "asked by hand": {"act": asked_by_hand},
    "hook": {"act": two_questions, "agent": Slow()},
    "tool": {"act": two_questions, "agent": Booker(), "replies": call_then_tell},
    "interims": {"act": two_questions, "stt": SimulatedSTT(0.2, interim=True), "tuning": Tuning().replace(ON)},
    "no voice activity": {"act": two_questions, "vad": None, "turn_detection": "stt"},
}


@pytest.mark.parametrize("name", SCENES)
def test_with_nothing_changed_every_record_has_its_time_again(name: str, tmp_path: Path) -> None:
    scene = hold(**{key: _fresh(value) for key, value in SCENES[name].items()})
    original = record(scene, tmp_path / "original")
    again = replay(original)
    assert gaps(again) == pytest.approx(gaps(original), abs=1e-6)
    assert len(gaps(again)) >= 1
    before, after = told(original.journal), told(again.journal)
    after = after[: len(before)] if before[-1][0] < after[-1][0] else after
    closing = next(i for i, entry in enumerate(before) if entry[1] == "session_closed")
    for (t, what), (t_again, what_again) in zip(before[: closing - 1], after, strict=False):
        assert (what_again, t_again) == (what, pytest.approx(t, abs=1e-3))


def _fresh(value: Any) -> Any:
    return type(value)() if isinstance(value, Agent) else value


@settings(max_examples=25, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    act=st.sampled_from([two_questions, barge_in]),
    before=st.sampled_from(SETTINGS),
    after=st.sampled_from(SETTINGS),
    d_stt=milliseconds,
    d_vad=milliseconds,
    ttft=milliseconds,
    ttfb=milliseconds,
)
def test_a_change_makes_of_it_what_it_would_have_made(
    act: Any, before: Any, after: Any, tmp_path_factory: pytest.TempPathFactory, **delays: float
) -> None:
    """A conversation held under other settings, and one replayed under them, have the same gaps."""
    original = record(hold(act, tuning=Tuning().replace(before), **delays), tmp_path_factory.mktemp("replay") / "held")
    meant = hold(act, tuning=Tuning().replace(after), **delays)
    again = replay(original, tuning=Tuning().replace(after))
    assert gaps(again) == pytest.approx(gaps(meant), abs=1e-6)


def test_what_the_user_says_keeps_its_distance_from_the_answers(tmp_path: Path) -> None:
    original = record(hold(two_questions), tmp_path / "a")
    sooner = replay(original, changes=ON)
    (first, second), (first_again, second_again) = original.turns, sooner.turns
    earlier_s = (first.gap_s or 0) - (first_again.gap_s or 0)
    assert earlier_s == pytest.approx(0.35, abs=1e-6)
    moved_s = second.end_of_speech_t - second_again.end_of_speech_t
    assert moved_s == pytest.approx(earlier_s, abs=1e-6)


def test_a_barge_in_comes_as_far_into_the_new_answer(tmp_path: Path) -> None:
    async def interrupt(scene: Scene) -> None:
        await scene.ask("count")
        await asyncio.sleep(3.05)  # the answer is heard from 1.05 s after the question
        await scene.ask("stop it now")
        await asyncio.sleep(9)

    original = record(hold(interrupt, replies=LONG), tmp_path / "a")
    sooner = replay(original, changes=ON)
    for conversation in (original, sooner):
        first = conversation.journal.of(SpeechFinished)[0]
        assert first.interrupted and conversation.journal.of(UserInterrupted)
        assert first.played_s == pytest.approx(2.5, abs=1e-6)
    assert gaps(sooner)[0] == pytest.approx((gaps(original)[0] or 0) - 0.35, abs=1e-6)


def test_a_pause_that_ends_the_turn_now_is_answered_and_the_user_goes_on(tmp_path: Path) -> None:
    original = record(hold(hesitation, d_vad=0.1), tmp_path / "a")
    quick = replay(original, changes={"endpointing.min_delay_s": 0.2})
    assert [turn.text for turn in original.turns] == ["what is the weather"]
    assert [turn.text for turn in quick.turns] == ["what is", "the weather"]


def test_an_answer_cut_short_is_said_to_its_end_where_nothing_stops_it(tmp_path: Path) -> None:
    original = record(hold(barge_in), tmp_path / "a")
    spared = replay(original, changes={"interruption.enabled": False})
    first = spared.journal.of(SpeechFinished)[0]
    assert not first.interrupted and first.text == LONG
    assert first.played_s > original.journal.of(SpeechFinished)[0].played_s + 1


def test_the_recorded_voice_is_heard_where_nothing_of_it_changed(tmp_path: Path) -> None:
    scene = hold(two_questions)
    original = record(scene, tmp_path / "a")
    again = replay(original)
    assert np.abs(original.audio[:, 1].astype(int)).max() > 1000
    length = min(len(original.audio), len(again.audio))
    assert np.array_equal(original.audio[:length, 1], again.audio[:length, 1])
    heard = sum(len(samples_of(frame)) for _, frame in scene.heard)
    assert np.count_nonzero(again.audio[:, 1]) > 0.8 * heard


def test_a_pronunciation_is_heard(tmp_path: Path) -> None:
    original = record(hold(two_questions, replies="Paris is sunny."), tmp_path / "a")
    said = replay(original, changes={"pronunciation.terms": {"Paris": "the wonderful city of Paris"}})
    before, after = (one.journal.of(SpeechFinished)[0] for one in (original, said))
    assert after.text == before.text == "Paris is sunny."
    assert after.played_s > before.played_s + 0.5


def test_an_older_journal_without_the_written_texts_is_replayed_by_what_was_heard(tmp_path: Path) -> None:
    original = record(hold(two_questions), tmp_path / "a")
    path = original.folder / "journal.jsonl"
    path.write_text(re.sub(r',"text":"[^"]*"}(?=\n)', _without_text, path.read_text()))
    older = Conversation.load(original.folder)
    assert gaps(replay(older)) == pytest.approx(gaps(original), abs=1e-6)


def _without_text(found: re.Match[str]) -> str:
    line = found.string[found.string.rfind("\n", 0, found.start()) + 1 : found.start()]
    return "}" if '"llm_done"' in line or '"tts_done"' in line else found.group()


def test_tools_take_their_time_again(tmp_path: Path) -> None:
    original = record(hold(two_questions, agent=Booker(), replies=call_then_tell), tmp_path / "a")
    again = replay(original, changes=ON)
    assert [call.name for call in again.journal.of(ToolReturned)] == ["book"] * len(original.journal.of(ToolReturned))


def test_a_turn_that_is_not_answered_now_does_not_stop_the_rest(tmp_path: Path) -> None:
    class Silent(Agent):
        async def on_user_turn_completed(self, turn_ctx: Any, new_message: Any) -> None:
            if "weather" in new_message.content:
                raise StopResponse

    original = record(hold(two_questions), tmp_path / "a")
    again = replay(original, agent=Silent())
    assert [turn.outcome for turn in again.turns] == ["dropped", "answered"]


def test_a_realtime_model_cannot_be_replayed(tmp_path: Path) -> None:
    async def ask(scene: Scene) -> None:
        await scene.ask()
        await asyncio.sleep(5)

    model = SimulatedRealtime()
    original = record(hold(ask, llm=model, stt=None, vad=None, tts=None), tmp_path / "a")
    with pytest.raises(ReplayError, match="SimulatedRealtime"):
        replay(original)


def test_people_heard_by_real_engines_are_answered_as_they_were(speech_dir: Path, tmp_path: Path) -> None:
    paths = [speech_dir / "goforward.wav", speech_dir / "austen-0880.wav"]
    original = converse(paths, latency="typical", out=tmp_path / "original", name="original")
    again = replay(original, out=tmp_path / "again")
    assert gaps(again) == pytest.approx(gaps(original), abs=1e-9)
    assert np.array_equal(again.audio, original.audio)
    assert again.name == "original, replayed"
    sooner = replay(original.folder, changes=ON)
    assert [turn.text for turn in sooner.turns] == [turn.text for turn in original.turns]
    heard = [(new or 0) - (old or 0) for new, old in zip(gaps(sooner), gaps(original), strict=True)]
    assert all(-0.9 < difference <= 1e-6 for difference in heard) and min(heard) < -0.05
    assert sooner.tuning == Tuning().replace(ON)
    louder = replay(original, changes={"volume.level": 50.0})
    assert gaps(louder) == pytest.approx(gaps(original), abs=1e-6)
    old, new = (float(np.abs(one.audio[:, 1].astype(float)).sum()) for one in (original, louder))
    assert new / old == pytest.approx(0.5, abs=0.01)


def test_settings_are_as_they_were_unless_they_are_given(tmp_path: Path) -> None:
    original = record(hold(change_on_the_way), tmp_path / "a")
    assert replay(original).tuning.endpointing.min_delay_s == 0.9
    assert replay(original, changes={"endpointing.min_delay_s": 0.3}).tuning.endpointing.min_delay_s == 0.3
    assert replay(original, tuning=Tuning()).tuning == Tuning()
    committed = [turn.d_commit_s for turn in replay(original, tuning=Tuning()).turns]
    assert committed == pytest.approx([0.5, 0.5], abs=1e-6)
    assert len(original.journal.of(TurnCommitted)) == 2
