"""What a session does to its background: in real conversations, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from livekit.rtc import AudioFrame

from kit import Agent, AgentSession, AudioConfig, BackgroundAudioPlayer, Tuning
from kit.audio import AudioFileError, silence
from kit.audio.clips import ClipCache
from kit.background import LazyOutput
from kit.background.following import AMBIENT_FADE_S, THINKING_FADE_IN_S, THINKING_FADE_OUT_S
from kit.session.events import ErrorEvent
from kit.session.records import AgentState, BackgroundStarted, BackgroundStopped, Error, UserState
from kit.timing import run_virtual
from kit.transports import PacedOutput, load_recording
from kit.transports.recording import Recording
from tests.background.stage import RATE, Ear, constant, noise, now, sine, steps, wav
from tests.session.scenes import Scene, hold

DUCK_S = Tuning().background.duck_attack_s
UNDUCK_S = Tuning().background.duck_release_s
THINKING_S = (1.5, 2.05)
SPEAKING_S = (2.05, 3.45)
"""When the agent of `conversation` thinks and speaks."""


def conversation(
    act: Callable[[Scene, BackgroundAudioPlayer], Awaitable[object]] | None = None,
    *,
    tuning: dict[str, Any] | None = None,
    session: dict[str, Any] | None = None,
    output: Callable[[Ear], Any] = Ear.output,
    **sounds: Any,
) -> tuple[Scene, Ear]:
    """A player beside a session whose user asks once, and which is closed at 6 s, before the player."""
    ear = Ear()
    players: list[BackgroundAudioPlayer] = []

    async def main(scene: Scene) -> None:
        player = BackgroundAudioPlayer(clips=ClipCache(), **sounds)
        players.append(player)
        await player.start(agent_session=scene.session, output=output(ear))
        if act is not None:
            await act(scene, player)
        else:
            await scene.ask()
        await asyncio.sleep(6.0 - now())

    scene = hold(main, tuning=Tuning().replace(tuning or {}), **(session or {}))
    return scene, ear


def alone(act: Callable[[AgentSession, BackgroundAudioPlayer], Awaitable[object]], **sounds: Any) -> AgentSession:
    """A player beside a session without models, which is closed after it."""

    async def main() -> AgentSession:
        session = AgentSession()
        await session.start(Agent())
        player = BackgroundAudioPlayer(clips=ClipCache(), **sounds)
        await player.start(agent_session=session)
        await act(session, player)
        await player.aclose()
        await session.aclose()
        assert len(asyncio.all_tasks()) == 1
        return session

    return run_virtual(main)


def states(scene: Scene) -> list[tuple[float, str]]:
    return [(record.t, record.new) for record in scene.of(AgentState)]


def plays(scene: Scene | AgentSession) -> list[tuple[float, float, str, str, str]]:
    """Start, end, name, source and reason of every sound that was heard."""
    journal = scene.journal if isinstance(scene, AgentSession) else scene.session.journal
    stopped = {record.play: record for record in journal.of(BackgroundStopped)}
    assert len(stopped) == len(journal.of(BackgroundStopped))
    return [
        (begun.t, stopped[begun.play].t, begun.play, begun.source, stopped[begun.play].reason)
        for begun in journal.of(BackgroundStarted)
    ]


def level(track: np.ndarray, at: float) -> int:
    return int(track[round(at * RATE)])


# the thinking sound


def test_the_thinking_sound_lasts_as_long_as_the_agent_thinks(tmp_path: Path) -> None:
    path = wav(tmp_path, constant(2.0, 8_000))
    scene, ear = conversation(thinking_sound=path)
    assert states(scene)[1:4] == [
        (THINKING_S[0], "thinking"),
        (SPEAKING_S[0], "speaking"),
        (SPEAKING_S[1], "listening"),
    ]
    begin, end = THINKING_S
    assert plays(scene) == [(begin, end + THINKING_FADE_OUT_S, "thinking_1", path, "stopped")]
    track = ear.track(6)
    assert not np.any(track[: round(begin * RATE)])
    assert level(track, begin + THINKING_FADE_IN_S / 2) == pytest.approx(8_000 * 0.7071, rel=0.01)
    assert level(track, end + THINKING_FADE_OUT_S / 2) == pytest.approx(8_000 * 0.7071, rel=0.02)
    assert not np.any(track[round((end + THINKING_FADE_OUT_S) * RATE) :])
    assert steps(track).max() < 8_000 / 100


def test_each_thought_chooses_anew_and_the_same_seed_chooses_the_same(tmp_path: Path) -> None:
    paths = [wav(tmp_path, constant(1.0), str(number)) for number in range(4)]

    async def act(scene: Scene, player: BackgroundAudioPlayer) -> None:
        for _ in range(8):
            await scene.ask()
            await asyncio.sleep(3)

    def chosen(seed: int) -> list[str]:
        sounds = [AudioConfig(path, probability=0.25) for path in paths]

        async def main(scene: Scene) -> None:
            player = BackgroundAudioPlayer(thinking_sound=sounds)
            await player.start(agent_session=scene.session)
            await act(scene, player)

        scene = hold(main, seed=seed)
        return [source for _, _, _, source, _ in plays(scene)]

    assert len(set(chosen(1))) > 1
    assert chosen(1) == chosen(1)
    assert chosen(1) != chosen(2)


def test_an_agent_that_thinks_already_when_the_player_starts(tmp_path: Path) -> None:
    async def main(scene: Scene) -> None:
        await scene.ask()
        await asyncio.sleep(0.7)
        assert scene.session.agent_state == "thinking"
        player = BackgroundAudioPlayer(thinking_sound=wav(tmp_path, constant(1.0)))
        await player.start(agent_session=scene.session)
        await asyncio.sleep(3)
        await player.aclose()

    ((begin, end, *_),) = plays(hold(main))
    assert (begin, end) == (1.7, SPEAKING_S[0] + THINKING_FADE_OUT_S)


def test_a_thought_that_takes_no_time_leaves_nothing(tmp_path: Path) -> None:
    models = {"ttft": 0.0, "ttfb": 0.0}
    scene, ear = conversation(session=models, thinking_sound=wav(tmp_path, constant(1.0)))
    assert all(begin == end for begin, end, *_ in plays(scene))
    assert len(scene.of(BackgroundStopped)) == 1
    assert ear.pieces == []


# ducking


@pytest.mark.parametrize("duck_db", [0.0, -6.0, -20.0, -60.0])
def test_everything_is_lower_while_the_agent_is_heard(tmp_path: Path, duck_db: float) -> None:
    path = wav(tmp_path, constant(10.0, 10_000))
    config = AudioConfig(path, fade_in=0)
    _, ear = conversation(tuning={"background.duck_db": duck_db}, ambient_sound=config)
    track = ear.track(6)
    begin, end = SPEAKING_S
    assert level(track, begin - 0.001) == 10_000
    assert level(track, begin + DUCK_S) == level(track, end - 0.001)
    assert level(track, begin + DUCK_S) == pytest.approx(10_000 * 10 ** (duck_db / 20), abs=1)
    halfway = 10_000 * 10 ** (duck_db / 40)
    assert level(track, begin + DUCK_S / 2) == pytest.approx(halfway, rel=0.02)
    assert level(track, end + UNDUCK_S / 2) == pytest.approx(halfway, rel=0.02)
    assert level(track, end + UNDUCK_S) == 10_000


def test_ducking_acts_at_once_while_the_agent_speaks(tmp_path: Path) -> None:
    async def act(scene: Scene, player: BackgroundAudioPlayer) -> None:
        await scene.ask()
        await asyncio.sleep(2.5 - now())
        assert scene.session.agent_state == "speaking"
        scene.session.tuning = scene.session.tuning.replace({"background.duck_db": -20.0})

    _, ear = conversation(act, ambient_sound=AudioConfig(wav(tmp_path, constant(10.0, 10_000)), fade_in=0))
    track = ear.track(6)
    assert (level(track, 2.499), level(track, 2.55), level(track, 3.9)) == (10_000, 1_000, 10_000)
    assert level(track, 2.501) < 10_000


def test_how_fast_it_gives_way_and_comes_back_is_a_setting(tmp_path: Path) -> None:
    tuning = {"background.duck_db": -20.0, "background.duck_attack_s": 0.5, "background.duck_release_s": 1.0}
    _, ear = conversation(tuning=tuning, ambient_sound=AudioConfig(wav(tmp_path, constant(10.0, 10_000)), fade_in=0))
    track = ear.track(6)
    begin, end = SPEAKING_S
    assert [level(track, begin + at) for at in (0.25, 0.5)] == [pytest.approx(3_162, rel=0.01), 1_000]
    assert [level(track, end + at) for at in (0.5, 1.0)] == [pytest.approx(3_162, rel=0.01), 10_000]
    assert steps(track[: 6 * RATE]).max() < 10_000 / 100


@pytest.mark.parametrize("for_user", [False, True])
def test_it_may_give_way_to_the_user_too(tmp_path: Path, for_user: bool) -> None:
    """From when the session knows that the user speaks, until it knows that the user has ended."""
    tuning = {"background.duck_db": -20.0, "background.duck_for_user": for_user}
    config = AudioConfig(wav(tmp_path, constant(10.0, 10_000)), fade_in=0)
    scene, ear = conversation(tuning=tuning, ambient_sound=config)
    begin, end = (record.t for record in scene.of(UserState) if "speaking" in (record.old, record.new))
    assert 0 <= begin < end < THINKING_S[0]
    track = ear.track(6)
    assert level(track, begin + DUCK_S) == level(track, end - 0.001) == (1_000 if for_user else 10_000)
    assert level(track, end + UNDUCK_S) == 10_000
    assert level(track, SPEAKING_S[0] + DUCK_S) == 1_000


def test_a_voice_that_comes_back_during_the_release_does_not_click(tmp_path: Path) -> None:
    async def act(scene: Scene, player: BackgroundAudioPlayer) -> None:
        for _ in range(3):
            scene.session.say("One two.")
            await asyncio.sleep(0.9)

    _, ear = conversation(
        act,
        tuning={"background.duck_db": -40.0, "background.duck_attack_s": 0.01, "background.duck_release_s": 0.3},
        ambient_sound=AudioConfig(wav(tmp_path, constant(10.0, 10_000)), fade_in=0),
    )
    track = ear.track(6)
    assert track[: 3 * RATE].min() == 100
    assert steps(track[: 6 * RATE]).max() < 10_000 / 15, "40 dB within 10 ms, and no faster"


# settings


def test_the_settings_alone_play(tmp_path: Path) -> None:
    ambient, thinking = wav(tmp_path, constant(1.0, 1_000), "a"), wav(tmp_path, constant(1.0, 30), "t")
    scene, ear = conversation(
        tuning={
            "background.ambient": ambient,
            "background.ambient_volume": 0.5,
            "background.thinking": thinking,
            "background.thinking_volume": 2.0,
        }
    )
    assert [(name, source) for _, _, name, source, _ in plays(scene)] == [
        ("ambient_1", ambient),
        ("thinking_2", thinking),
    ]
    track = ear.track(6)
    assert level(track, 1.4) == 500
    assert level(track, 1.8) == 560


def test_a_named_sound_counts_and_without_one_the_players_own(tmp_path: Path) -> None:
    own, other = wav(tmp_path, noise(1.0, 1), "own"), wav(tmp_path, noise(1.0, 2), "other")

    async def act(scene: Scene, player: BackgroundAudioPlayer) -> None:
        await asyncio.sleep(1)
        scene.session.tuning = scene.session.tuning.replace({"background.ambient": other})
        await asyncio.sleep(2)
        scene.session.tuning = scene.session.tuning.replace({"background.ambient": ""})

    scene, ear = conversation(act, ambient_sound=own)
    assert plays(scene) == [
        (0.0, 1.0 + AMBIENT_FADE_S, "ambient_1", own, "stopped"),
        (1.0, 3.0 + AMBIENT_FADE_S, "ambient_2", other, "stopped"),
        (3.0, 6.0, "ambient_3", own, "session_closed"),
    ]
    track = ear.track(5.9).astype(float)
    levels = [np.std(track[round(at * RATE) :][:1_000]) for at in (0.7, 1.0, 1.2, 1.4, 2.0, 3.1, 5.0)]
    assert levels == pytest.approx([3_000] * 7, rel=0.1), "one fades into the other at equal power"


def test_levels_are_factors_on_both_and_act_at_once(tmp_path: Path) -> None:
    async def act(scene: Scene, player: BackgroundAudioPlayer) -> None:
        await asyncio.sleep(1)
        scene.session.tuning = scene.session.tuning.replace({"background.ambient_volume": 0.25})
        await asyncio.sleep(1)
        scene.session.tuning = scene.session.tuning.replace({"background.ambient_volume": 2.0})

    config = AudioConfig(wav(tmp_path, constant(10.0, 8_000)), volume=0.5, fade_in=0)
    scene, ear = conversation(act, ambient_sound=config)
    track = ear.track(5.9)
    assert [level(track, at) for at in (0.9999, 1.01, 1.9, 2.01)] == [4_000, 1_000, 1_000, 8_000]
    assert level(track, 1.005) == pytest.approx(2_500, abs=50)
    assert len(plays(scene)) == 1


def test_the_thinking_sound_changes_in_the_middle_of_a_thought(tmp_path: Path) -> None:
    one, two = wav(tmp_path, constant(1.0), "one"), wav(tmp_path, constant(1.0), "two")

    async def act(scene: Scene, player: BackgroundAudioPlayer) -> None:
        await scene.ask()
        await asyncio.sleep(0.7)
        scene.session.tuning = scene.session.tuning.replace({"background.thinking": two})

    scene, _ = conversation(act, tuning={"background.thinking": one})
    assert [(begin, source) for begin, _, _, source, _ in plays(scene)] == [(1.5, one), (1.7, two)]


def test_a_setting_that_names_nothing_that_exists_is_an_error_of_the_background(tmp_path: Path) -> None:
    told: list[ErrorEvent] = []

    async def act(session: AgentSession, player: BackgroundAudioPlayer) -> None:
        session.on("error", told.append)
        session.tuning = session.tuning.replace({"background.ambient": "open_office"})
        await asyncio.sleep(1)
        await player.play(wav(tmp_path, constant(0.5)))

    journal = alone(act).journal
    (error,) = journal.of(Error)
    assert (error.source, error.recoverable) == ("background", True)
    assert "open_office: no such file, and no built-in clip" in error.message
    assert isinstance(told[0].error, AudioFileError)
    assert [(stopped.play, stopped.reason) for stopped in journal.of(BackgroundStopped)] == [
        ("ambient_1", "failed"),
        ("play_2", "ended"),
    ]


# the record


def test_the_journal_tells_of_every_sound_once(tmp_path: Path) -> None:
    sound = wav(tmp_path, constant(0.5))

    async def act(session: AgentSession, player: BackgroundAudioPlayer) -> None:
        await player.play(sound)
        handle = player.play(sound, loop=True)
        await asyncio.sleep(1)
        handle.stop()
        await player.play("gone.wav")
        handle = player.play(sound)
        handle.stop()
        player.play(AudioConfig(sound, probability=0))
        await asyncio.sleep(1)

    session = alone(act, ambient_sound=sound)
    assert plays(session) == [
        (0.0, 2.5, "ambient_1", sound, "closed"),
        (0.0, 0.5, "play_2", sound, "ended"),
        (0.5, 1.5, "play_3", sound, "stopped"),
    ]
    unheard = [(stopped.t, stopped.play, stopped.reason) for stopped in session.journal.of(BackgroundStopped)][2:4]
    assert unheard == [(1.5, "play_4", "failed"), (1.5, "play_5", "stopped")]
    assert [record.type for record in session.journal][-1] == "session_closed"


def test_the_order_of_the_record_is_the_same_for_all_who_follow_it(tmp_path: Path) -> None:
    """A change of a setting comes before what it does, also for those who subscribed after the player."""
    seen: list[str] = []

    async def act(scene: Scene, player: BackgroundAudioPlayer) -> None:
        await asyncio.sleep(1)
        before = len(scene.session.journal)
        scene.session.journal.subscribe(lambda record: seen.append(record.type))
        scene.session.tuning = scene.session.tuning.replace({"background.ambient": wav(tmp_path, constant(1.0))})
        await asyncio.sleep(1)
        assert seen == scene.types()[before:] == ["tuning_changed", "background_stopped", "background_started"]

    conversation(act, ambient_sound=AudioConfig(wav(tmp_path, constant(1.0), "own"), fade_out=0))


# its end


def test_a_session_that_closes_first_ends_every_sound(tmp_path: Path) -> None:
    closed: list[float] = []

    async def endless() -> AsyncIterator[AudioFrame]:
        try:
            while True:
                yield silence(0.1, RATE)
        finally:
            closed.append(now())

    async def act(scene: Scene, player: BackgroundAudioPlayer) -> None:
        handles = [player.play(endless()), player.play(wav(tmp_path, constant(0.5)), loop=True)]
        await asyncio.sleep(2.5)
        await scene.session.aclose()
        assert all(handle.done() and handle.exception() is None for handle in handles)
        with pytest.raises(RuntimeError, match="session of this background player is closed"):
            player.play("a.wav")
        await asyncio.sleep(1)
        await player.aclose()

    scene, ear = conversation(act, ambient_sound=wav(tmp_path, constant(1.0)))
    assert {stopped.reason for stopped in scene.of(BackgroundStopped)} == {"session_closed"}
    assert {stopped.t for stopped in scene.of(BackgroundStopped)} == {2.5}
    assert closed == [2.5]
    assert not np.any(ear.track(6)[round(2.5 * RATE) :])


def test_a_session_that_closes_while_blocks_are_pushed(tmp_path: Path) -> None:
    """Nothing is left, though nobody closes the player: `hold` looks."""
    scene, _ = conversation(
        output=lambda ear: PacedOutput(on_played=ear.take), ambient_sound=wav(tmp_path, constant(1.0))
    )
    assert [reason for *_, reason in plays(scene)] == ["session_closed"]


def test_a_player_that_closes_leaves_the_session_alone(tmp_path: Path) -> None:
    async def act(scene: Scene, player: BackgroundAudioPlayer) -> None:
        await player.aclose()
        await scene.ask()
        scene.session.tuning = scene.session.tuning.replace({"background.ambient": wav(tmp_path, constant(1.0))})

    scene, ear = conversation(act, thinking_sound=wav(tmp_path, constant(1.0)))
    assert scene.of(BackgroundStarted) == []
    assert ear.pieces == []
    assert scene.said()[-1][0] == "assistant"


def test_a_session_must_be_running() -> None:
    async def main() -> None:
        session = AgentSession()
        with pytest.raises(RuntimeError, match="the session is not running"):
            await BackgroundAudioPlayer().start(agent_session=session)

    run_virtual(main)

    async def after(scene: Scene) -> None:
        await scene.session.aclose()
        with pytest.raises(RuntimeError, match="the session is not running"):
            await BackgroundAudioPlayer().start(agent_session=scene.session)

    hold(after)


# in a recording


def test_the_third_channel_of_a_recording(tmp_path: Path) -> None:
    path = wav(tmp_path, sine(1.0, 300))
    rate = 24_000
    with Recording(tmp_path / "recording", sample_rate=rate) as recording:

        def record(at: float, frame: AudioFrame) -> None:
            recording.write("background", at, frame)

        conversation(
            output=lambda _: LazyOutput(sample_rate=rate, on_played=record),
            ambient_sound=AudioConfig(path, fade_in=0),
        )
    samples, _ = load_recording(tmp_path / "recording")
    assert len(samples) == 6 * rate
    assert not np.any(samples[:, :2])
    background = samples[:, 2]
    assert int(np.argmax(np.abs(np.fft.rfft(background[: rate // 2])))) == 150
    assert steps(background).max() <= 1.45 * steps(background[: rate // 2]).max()
