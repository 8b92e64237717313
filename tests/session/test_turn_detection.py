"""What ends the user's turn: the recogniser, the application's hand, or a detector that reads or hears.

The user speaks from 0.0 to 1.0. With a VAD its end is known at 1.3, and the turn is committed at 1.5.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from livekit.rtc import AudioFrame

from kit import ChatContext, Limits, Tuning
from kit.models.simulated import SimulatedSTT, SimulatedTurnDetector
from kit.ports import AudioTurnDetector, SpeechEventType, TurnDetector
from kit.session.records import (
    Error,
    PreemptionStarted,
    SpeechFinished,
    SpeechStarted,
    Transcript,
    TurnCommitted,
    UserInterrupted,
    UserSpeechEnded,
    UserSpeechStarted,
    UserState,
)
from tests.session.scenes import ON, Scene, hold


async def one_turn(scene: Scene) -> None:
    await scene.ask()
    await asyncio.sleep(8.0)


def commits(scene: Scene) -> list[tuple[float, str]]:
    return [(record.t, record.text) for record in scene.of(TurnCommitted)]


def committed_at(scene: Scene) -> float:
    ((t, text),) = commits(scene)
    assert text == "what is the weather"
    return t


def errors(scene: Scene) -> list[tuple[str, str]]:
    return [(error.source, error.message) for error in scene.of(Error)]


# "stt"


def test_by_the_recogniser_the_vad_is_not_asked() -> None:
    asked: list[str] = []

    async def vad(frames: Any) -> AsyncIterator[Any]:
        asked.append("asked")
        async for _ in frames:
            pass
        return
        yield

    scene = hold(one_turn, turn_detection="stt", vad=vad)
    assert asked == []
    (ended,) = scene.of(UserSpeechEnded)
    assert (ended.t, ended.audio_t) == (pytest.approx(1.1, abs=1e-6), pytest.approx(1.0, abs=1e-6))
    assert committed_at(scene) == pytest.approx(1.5, abs=1e-6)


@pytest.mark.parametrize("d_stt", [0.0, 0.1, 0.5, 0.8])
def test_by_the_recogniser_the_turn_ends_when_it_knows_and_the_delay_is_over(d_stt: float) -> None:
    scene = hold(one_turn, turn_detection="stt", d_stt=d_stt)
    assert committed_at(scene) == pytest.approx(1.0 + max(0.5, d_stt), abs=1e-6)


def test_by_the_recogniser_the_users_state_follows_it() -> None:
    states = [(record.new, record.t) for record in hold(one_turn, turn_detection="stt").of(UserState)]
    assert states == [("speaking", pytest.approx(0.1, abs=1e-6)), ("listening", pytest.approx(1.1, abs=1e-6))]


async def only_final(frames: Any) -> AsyncIterator[Any]:
    async for event in SimulatedSTT(0.1)(frames):
        if event.type is SpeechEventType.FINAL_TRANSCRIPT:
            yield event


def test_a_recogniser_that_tells_only_words_ends_turns_too() -> None:
    scene = hold(one_turn, turn_detection="stt", stt=only_final)
    assert scene.of(UserSpeechStarted) == []
    assert committed_at(scene) == pytest.approx(1.5, abs=1e-6)  # counted from where the words end in the audio


# "manual"


def by_hand(scene_act: Any, **options: Any) -> Scene:
    return hold(scene_act, turn_detection="manual", **options)


def test_by_hand_nothing_ends_a_turn_by_itself() -> None:
    scene = by_hand(one_turn)
    assert commits(scene) == [] and len(scene.of(Transcript)) == 1
    assert scene.of(SpeechStarted) == []


def test_by_hand_it_ends_at_once() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask()
        await asyncio.sleep(0.15)
        scene.session.commit_user_turn()
        await asyncio.sleep(6.0)

    scene = by_hand(act)
    assert committed_at(scene) == pytest.approx(1.15, abs=1e-6)
    assert scene.of(SpeechStarted)[0].t == pytest.approx(1.15 + 0.55, abs=1e-6)
    assert scene.of(UserInterrupted) == []


@pytest.mark.parametrize("detector", [None, SimulatedTurnDetector(1.0)], ids=["vad", "detector"])
@pytest.mark.parametrize("held_at_s", [0.0, 1.2], ids=["before", "in a pause"])
def test_while_it_is_held_no_pause_ends_it(held_at_s: float, detector: Any) -> None:
    async def act(scene: Scene) -> None:
        scene.user.speak("what is the weather", 1.0)
        await asyncio.sleep(held_at_s)
        scene.session.hold_user_turn()
        await asyncio.sleep(6.0 - held_at_s)
        await scene.ask("in paris")
        await asyncio.sleep(5.0)
        scene.session.commit_user_turn()
        await asyncio.sleep(6.0)
        await scene.ask("and tomorrow")
        await asyncio.sleep(6.0)

    scene = hold(act, turn_detection=detector)
    assert commits(scene) == [
        (pytest.approx(12.0, abs=1e-6), "what is the weather in paris"),
        (pytest.approx(19.5, abs=1e-6), "and tomorrow"),
    ]


def test_a_held_turn_that_is_cleared_is_over() -> None:
    async def act(scene: Scene) -> None:
        scene.session.hold_user_turn()
        await scene.ask("never mind")
        await asyncio.sleep(5.0)
        scene.session.clear_user_turn()
        await one_turn(scene)

    assert committed_at(hold(act)) == pytest.approx(7.5, abs=1e-6)


@pytest.mark.parametrize("turn_detection", ["manual", None])
@pytest.mark.parametrize("after_s", [0.3, 1.0, 1.05])
def test_a_commit_before_the_words_are_final_waits_for_them(turn_detection: Any, after_s: float) -> None:
    """While the user still speaks, too: the words that are being said belong to the turn."""

    async def act(scene: Scene) -> None:
        scene.user.speak("what is the weather", 1.0)
        await asyncio.sleep(after_s)
        scene.session.commit_user_turn()
        await asyncio.sleep(6.0)

    scene = hold(act, turn_detection=turn_detection)
    assert committed_at(scene) == pytest.approx(1.1, abs=1e-6)
    assert scene.said() == [("user", "what is the weather"), ("assistant", "It is sunny in Paris.")]
    assert errors(scene) == []


def test_the_answer_to_a_turn_that_was_committed_early_is_heard_whole() -> None:
    """With a VAD whose end of speech comes after the commitment: that speech does not stop its own answer."""

    async def act(scene: Scene) -> None:
        await scene.ask()
        await asyncio.sleep(0.12)
        scene.session.commit_user_turn()
        await asyncio.sleep(8.0)

    scene = hold(act, d_vad=1.5)
    assert [record.interrupted for record in scene.of(SpeechFinished)] == [False]
    assert errors(scene) == []


def test_it_waits_no_longer_than_it_is_told_to() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask()
        scene.session.commit_user_turn(transcript_timeout=0.5)
        await asyncio.sleep(6.0)

    scene = by_hand(act, stt=SimulatedSTT(3.0, interim=True))
    ((t, text),) = commits(scene)
    assert t == pytest.approx(1.5, abs=1e-6)
    assert text and "what is the weather".startswith(text)  # the words that were shown by then


def test_words_that_come_after_the_wait_are_the_next_turns() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask()
        scene.session.commit_user_turn(transcript_timeout=0.5)
        await asyncio.sleep(4.0)
        assert commits(scene) == []
        scene.session.commit_user_turn()
        await asyncio.sleep(6.0)

    scene = by_hand(act, d_stt=3.0)
    assert committed_at(scene) == pytest.approx(5.0, abs=1e-6)


def test_the_wait_is_two_seconds_by_default() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask()
        scene.session.commit_user_turn()
        await asyncio.sleep(6.0)

    assert committed_at(by_hand(act, d_stt=1.9)) == pytest.approx(2.9, abs=1e-6)
    assert commits(by_hand(act, d_stt=2.1)) == []


def test_without_words_there_is_nothing_to_commit() -> None:
    async def act(scene: Scene) -> None:
        scene.session.commit_user_turn()
        await asyncio.sleep(5.0)
        await one_turn(scene)

    scene = by_hand(act)
    assert commits(scene) == []


def test_a_commit_before_the_user_speaks_is_no_commit_of_what_they_say_then() -> None:
    async def act(scene: Scene) -> None:
        scene.session.commit_user_turn(transcript_timeout=5.0)
        await asyncio.sleep(0.5)
        await one_turn(scene)

    assert commits(by_hand(act)) == []


def test_two_commits_are_one_turn() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask()
        scene.session.commit_user_turn()
        scene.session.commit_user_turn()
        await asyncio.sleep(0.5)
        scene.session.commit_user_turn()
        await asyncio.sleep(6.0)

    assert committed_at(by_hand(act)) == pytest.approx(1.1, abs=1e-6)


def test_a_turn_by_hand_may_be_of_several_speeches() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask("what is")
        await asyncio.sleep(4.0)
        await scene.ask("the weather")
        await asyncio.sleep(0.2)
        scene.session.commit_user_turn()
        await asyncio.sleep(6.0)

    assert commits(by_hand(act)) == [(pytest.approx(6.2, abs=1e-6), "what is the weather")]


@pytest.mark.parametrize("turn_detection", ["manual", None])
@pytest.mark.parametrize("after_s", [0.5, 1.0, 1.05])
def test_clearing_drops_the_words_that_are_still_to_come(turn_detection: Any, after_s: float) -> None:
    async def act(scene: Scene) -> None:
        scene.user.speak("never mind", 1.0)
        await asyncio.sleep(after_s)
        scene.session.clear_user_turn()
        await asyncio.sleep(4.0)
        await scene.ask()
        await asyncio.sleep(0.3)
        if turn_detection == "manual":
            scene.session.commit_user_turn()
        await asyncio.sleep(6.0)

    scene = hold(act, turn_detection=turn_detection)
    if after_s >= 1.0:
        assert [text for _, text in commits(scene)] == ["what is the weather"]
        assert scene.said()[0] == ("user", "what is the weather")
    else:  # what is said after it is another turn
        assert commits(scene)[-1][1].endswith("what is the weather")
    assert errors(scene) == []


def test_clearing_takes_back_a_commit_that_waits() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask()
        scene.session.commit_user_turn()
        scene.session.clear_user_turn()
        await asyncio.sleep(6.0)

    assert commits(by_hand(act)) == []


def test_clearing_known_words() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask("never mind")
        await asyncio.sleep(0.2)
        scene.session.clear_user_turn()
        await asyncio.sleep(3.0)
        await one_turn(scene)

    scene = hold(act, tuning=ON)
    assert [text for _, text in commits(scene)] == ["what is the weather"]
    assert scene.said()[0] == ("user", "what is the weather")
    assert len(scene.of(PreemptionStarted)) == 2


# a detector that reads the words


def test_a_detector_that_finds_the_turn_whole() -> None:
    scene = hold(one_turn, turn_detection=SimulatedTurnDetector(0.9))
    assert committed_at(scene) == pytest.approx(1.5, abs=1e-6)


def test_a_detector_that_does_not_waits_for_the_longest_delay() -> None:
    scene = hold(one_turn, turn_detection=SimulatedTurnDetector(0.01))
    assert committed_at(scene) == pytest.approx(4.0, abs=1e-6)


@pytest.mark.parametrize(("probability", "commit_t"), [(0.39, 4.0), (0.4, 1.5), (0.41, 1.5)])
def test_the_threshold_is_the_detectors_own(probability: float, commit_t: float) -> None:
    detector = SimulatedTurnDetector(probability, unlikely_threshold=0.4)
    assert committed_at(hold(one_turn, turn_detection=detector)) == pytest.approx(commit_t, abs=1e-6)


def test_it_is_asked_with_the_conversation_and_the_words_so_far() -> None:
    asked: list[list[str]] = []

    def probability(chat_ctx: ChatContext) -> float:
        asked.append([getattr(item, "content", "") for item in chat_ctx])
        return 0.0 if len(asked) == 1 else 1.0

    async def act(scene: Scene) -> None:
        await scene.ask("what is")
        await asyncio.sleep(1.5)
        await scene.ask("the weather")
        await asyncio.sleep(6.0)

    scene = hold(act, turn_detection=SimulatedTurnDetector(probability))
    assert asked == [["Be brief.", "what is"], ["Be brief.", "what is the weather"]]
    assert commits(scene) == [(pytest.approx(4.0, abs=1e-6), "what is the weather")]
    assert scene.said()[0] == ("user", "what is the weather")  # what it was asked with is not remembered


@pytest.mark.parametrize(("delay_s", "commit_t"), [(0.2, 1.5), (0.4, 1.5), (0.6, 1.7), (2.0, 3.1)])
def test_a_slow_one_is_waited_for(delay_s: float, commit_t: float) -> None:
    scene = hold(one_turn, turn_detection=SimulatedTurnDetector(1.0, delay=delay_s))
    assert committed_at(scene) == pytest.approx(commit_t, abs=1e-6)  # asked at 1.1, with the final words
    assert errors(scene) == []


def test_one_that_hangs_is_given_up() -> None:
    detector = SimulatedTurnDetector(1.0, delay=1e6)
    scene = hold(one_turn, turn_detection=detector, limits=Limits(turn_detector_s=1.0))
    assert committed_at(scene) == pytest.approx(1.1 + 1.0, abs=1e-6)
    assert [source for source, _ in errors(scene)] == ["turn_detector"]


def test_the_limit_is_three_seconds_by_default() -> None:
    scene = hold(one_turn, turn_detection=SimulatedTurnDetector(1.0, delay=1e6))
    assert committed_at(scene) == pytest.approx(1.1 + 3.0, abs=1e-6)


def test_one_that_fails_leaves_the_shortest_delay() -> None:
    def fails(chat_ctx: ChatContext) -> float:
        raise ValueError("no model")

    scene = hold(one_turn, turn_detection=SimulatedTurnDetector(fails))
    assert committed_at(scene) == pytest.approx(1.5, abs=1e-6)
    assert errors(scene) == [("turn_detector", "no model")]


def test_one_that_answers_nonsense_leaves_the_shortest_delay() -> None:
    def nonsense(chat_ctx: ChatContext) -> Any:
        return "perhaps"

    scene = hold(one_turn, turn_detection=SimulatedTurnDetector(nonsense))
    assert committed_at(scene) == pytest.approx(1.5, abs=1e-6)
    assert [source for source, _ in errors(scene)] == ["turn_detector"]


def test_what_it_said_of_words_before_does_not_hold_for_those_that_follow() -> None:
    def probability(chat_ctx: ChatContext) -> float:
        return 1.0 if str(getattr(chat_ctx[-1], "content", "")).endswith("weather") else 0.0

    async def act(scene: Scene) -> None:
        await scene.ask("what is")
        await asyncio.sleep(0.8)
        await scene.ask("the weather")
        await asyncio.sleep(6.0)

    scene = hold(act, turn_detection=SimulatedTurnDetector(probability))
    assert commits(scene) == [(pytest.approx(2.8 + 0.5, abs=1e-6), "what is the weather")]


def test_a_user_who_goes_on_while_it_thinks_is_not_cut_off() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask("what is")
        await asyncio.sleep(0.6)
        await scene.ask("the weather")
        await asyncio.sleep(6.0)

    scene = hold(act, turn_detection=SimulatedTurnDetector(1.0, delay=0.7))
    assert commits(scene) == [(pytest.approx(2.7 + 0.7, abs=1e-6), "what is the weather")]


def test_an_attempt_does_not_wait_for_it() -> None:
    scene = hold(one_turn, turn_detection=SimulatedTurnDetector(0.0), tuning=ON)
    assert [record.t for record in scene.of(PreemptionStarted)] == [pytest.approx(1.1, abs=1e-6)]
    assert scene.of(SpeechStarted)[0].t == pytest.approx(4.0 + 0.2, abs=1e-6)


def test_by_hand_it_is_not_asked() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask()
        await asyncio.sleep(0.15)
        scene.session.commit_user_turn()
        await asyncio.sleep(6.0)

    scene = hold(act, turn_detection=SimulatedTurnDetector(0.0))
    assert committed_at(scene) == pytest.approx(1.15, abs=1e-6)  # the hand is quicker than the detector


# a detector that hears the sound


class HearsTheEnd:
    """Keeps what it was asked with: the times of the question, and how long its audio was."""

    def __init__(self, probability: float = 1.0, *, window_s: float = 0.5, delay_s: float = 0.0) -> None:
        self.unlikely_threshold = 0.5
        self.window_s = window_s
        self.asked: list[float] = []
        self.heard: list[Sequence[AudioFrame]] = []
        self._probability = probability
        self._delay_s = delay_s

    async def predict_end_of_turn_from_audio(self, audio: Sequence[AudioFrame], /) -> float:
        self.asked.append(asyncio.get_running_loop().time())
        self.heard.append(audio)
        await asyncio.sleep(self._delay_s)
        if self._probability < 0:
            raise ValueError("no model")
        return self._probability


def test_which_detectors_are_which() -> None:
    assert isinstance(HearsTheEnd(), AudioTurnDetector) and not isinstance(HearsTheEnd(), TurnDetector)
    assert isinstance(SimulatedTurnDetector(), TurnDetector)
    assert not isinstance(SimulatedTurnDetector(), AudioTurnDetector)


def test_it_is_asked_when_speech_has_ended() -> None:
    detector = HearsTheEnd()
    scene = hold(one_turn, turn_detection=detector)
    assert detector.asked == [pytest.approx(1.3, abs=1e-6)]
    assert committed_at(scene) == pytest.approx(1.5, abs=1e-6)


def test_one_that_hears_more_coming() -> None:
    assert committed_at(hold(one_turn, turn_detection=HearsTheEnd(0.1))) == pytest.approx(4.0, abs=1e-6)


@pytest.mark.parametrize("window_s", [0.1, 0.25, 0.5, 0.85, 1.0, 8.0])
def test_it_gets_the_latest_frames_and_no_more_than_its_window(window_s: float) -> None:
    detector = HearsTheEnd(window_s=window_s)
    arrived: list[AudioFrame] = []

    async def stt(frames: Any) -> AsyncIterator[Any]:
        async def noted() -> AsyncIterator[AudioFrame]:
            async for frame in frames:
                arrived.append(frame)
                yield frame

        async for event in SimulatedSTT(0.1)(noted()):
            yield event

    hold(one_turn, turn_detection=detector, stt=stt)
    (audio,) = detector.heard
    count, length_s = len(audio), sum(frame.samples_per_channel / frame.sample_rate for frame in audio)
    assert length_s <= window_s + 1e-9
    assert length_s >= min(window_s, 1.2) - 0.1 - 1e-9
    latest = [arrived[end - count : end] for end in (12, 13)]  # of the frames of 0.1 s, one arrives at 1.3 itself
    assert any(all(a is b for a, b in zip(audio, frames, strict=True)) for frames in latest)


def test_without_one_no_audio_is_kept() -> None:
    async def act(scene: Scene) -> None:
        await one_turn(scene)
        assert scene.session._parts is not None
        assert list(scene.session._parts.listening.latest_audio()) == []

    hold(act)


@pytest.mark.parametrize(("delay_s", "commit_t"), [(0.1, 1.5), (0.5, 1.8), (2.0, 3.3)])
def test_one_that_is_slow_is_waited_for(delay_s: float, commit_t: float) -> None:
    scene = hold(one_turn, turn_detection=HearsTheEnd(delay_s=delay_s))
    assert committed_at(scene) == pytest.approx(commit_t, abs=1e-6)


def test_one_that_does_not_answer_is_given_up() -> None:
    scene = hold(one_turn, turn_detection=HearsTheEnd(delay_s=1e6), limits=Limits(turn_detector_s=1.0))
    assert committed_at(scene) == pytest.approx(1.3 + 1.0, abs=1e-6)
    assert [source for source, _ in errors(scene)] == ["turn_detector"]


def test_one_that_raises_leaves_the_shortest_delay() -> None:
    scene = hold(one_turn, turn_detection=HearsTheEnd(-1.0))
    assert committed_at(scene) == pytest.approx(1.5, abs=1e-6)
    assert errors(scene) == [("turn_detector", "no model")]


def test_it_is_asked_anew_after_each_stretch_of_speech() -> None:
    detector = HearsTheEnd(0.1)

    async def act(scene: Scene) -> None:
        await scene.ask("what is")
        await asyncio.sleep(1.0)
        await scene.ask("the weather")
        await asyncio.sleep(6.0)

    scene = hold(act, turn_detection=detector)
    assert detector.asked == [pytest.approx(1.3, abs=1e-6), pytest.approx(3.3, abs=1e-6)]
    assert commits(scene) == [(pytest.approx(3.0 + 3.0, abs=1e-6), "what is the weather")]


def test_words_that_come_after_its_answer_keep_it() -> None:
    """The detector has heard the end at 1.3 and finds it unlikely; the words are final only at 1.6."""
    scene = hold(one_turn, turn_detection=HearsTheEnd(0.1), d_stt=0.6)
    assert committed_at(scene) == pytest.approx(4.0, abs=1e-6)


def test_by_the_sound_the_delay_may_be_changed_while_it_waits() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask()
        await asyncio.sleep(1.0)
        scene.session.tuning = scene.session.tuning.replace({"endpointing.max_delay_s": 1.5})
        await asyncio.sleep(6.0)

    scene = hold(act, turn_detection=HearsTheEnd(0.1), tuning=Tuning())
    assert committed_at(scene) == pytest.approx(2.5, abs=1e-6)
