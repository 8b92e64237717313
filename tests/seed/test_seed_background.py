"""The document's part on background audio: its code blocks, run as written, with only their imports changed."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kit import AudioConfig, BackgroundAudioPlayer, BuiltinAudioClip
from kit.audio import write_wav
from kit.background import LazyOutput
from kit.session.records import BackgroundStarted, BackgroundStopped
from tests.seed.test_seed import block, blocks, define, imports_of, run
from tests.session.scenes import Scene, hold

__all__ = ["blocks"]  # a fixture

NAMES: dict[str, Any] = {
    "AudioConfig": AudioConfig,
    "BackgroundAudioPlayer": BackgroundAudioPlayer,
    "BuiltinAudioClip": BuiltinAudioClip,
    "asyncio": asyncio,
}
CUSTOM = "/path/to/my-custom-sound.mp3"


@pytest.fixture
def custom(tmp_path: Path) -> str:
    """A sound of two seconds where the document has "/path/to/my-custom-sound.mp3"."""
    path = tmp_path / "my-custom-sound.wav"
    write_wav(path, np.full(32_000, 1_000, np.int16), 16_000)
    return str(path)


async def started(code: str, scene: Scene, **names: Any) -> BackgroundAudioPlayer:
    """Run the block that starts the player."""
    player = names.get("background_audio") or BackgroundAudioPlayer()
    context = SimpleNamespace(room=None)
    await run(code, **NAMES, background_audio=player, ctx=context, session=scene.session)
    return player


def created(blocks: list[str], custom: str) -> list[dict[str, Any]]:
    """The players of the block that creates them, one after another: what each was made with."""
    code = imports_of(blocks, "BackgroundAudioPlayer, AudioConfig, BuiltinAudioClip", "thinking_sound").replace(
        CUSTOM, custom
    )
    made: list[dict[str, Any]] = []
    head, _, rest = code.partition("\n\n")
    names = define(head)
    names["BackgroundAudioPlayer"] = lambda **sounds: made.append(sounds)
    define(rest, **names)
    return made


def test_the_players_of_the_document(blocks: list[str], custom: str) -> None:
    define(imports_of(blocks, "BackgroundAudioPlayer, AudioConfig, BuiltinAudioClip", "thinking_sound"))
    automated, ambient, on_demand = created(blocks, custom)
    assert automated["ambient_sound"] == AudioConfig(BuiltinAudioClip.OFFICE_AMBIENCE, volume=0.8)
    assert len(automated["thinking_sound"]) == 2
    assert (ambient, on_demand) == ({"ambient_sound": custom}, {})


def test_start_with_automated_sounds(blocks: list[str], custom: str) -> None:
    automated, *_ = created(blocks, custom)

    async def act(scene: Scene) -> None:
        code = block(blocks, "await background_audio.start")
        player = await started(code, scene, background_audio=BackgroundAudioPlayer(**automated))
        await scene.ask()
        await asyncio.sleep(4)
        await run(block(blocks, "await background_audio.aclose"), background_audio=player)
        with pytest.raises(RuntimeError, match="make a new"):
            await started(code, scene, background_audio=player)

    scene = hold(act)
    ambient, thinking = scene.of(BackgroundStarted)
    assert (ambient.t, ambient.source) == (0.0, "office_ambience")
    assert thinking.t == 1.5
    assert thinking.source in ("keyboard_typing", "keyboard_typing2")
    assert [stopped.reason for stopped in scene.of(BackgroundStopped)] == ["stopped", "closed"]


def test_a_custom_ambient_sound_is_looped(blocks: list[str], custom: str) -> None:
    _, ambient, _ = created(blocks, custom)

    async def act(scene: Scene) -> None:
        await started(block(blocks, "await background_audio.start"), scene, background_audio=Player(**ambient))
        await asyncio.sleep(60)

    heard: list[float] = []

    class Player(BackgroundAudioPlayer):
        """The same, with somebody who listens."""

        async def start(self, **names: Any) -> None:
            await super().start(**names, output=LazyOutput(on_played=lambda at, frame: heard.append(frame.duration)))

    scene = hold(act)
    assert [stopped.reason for stopped in scene.of(BackgroundStopped)] == ["session_closed"]
    assert sum(heard) == pytest.approx(60)


def test_play(blocks: list[str], custom: str) -> None:
    (code,) = (text for text in blocks if text.strip() == f'background_audio.play("{CUSTOM}")')

    async def act(scene: Scene) -> None:
        player = await started(block(blocks, "await background_audio.start"), scene)
        await run(code.strip().replace(CUSTOM, custom), background_audio=player)
        await asyncio.sleep(5)

    scene = hold(act)
    assert [(stopped.t, stopped.reason) for stopped in scene.of(BackgroundStopped)] == [(2.0, "ended")]


@pytest.mark.parametrize(
    ("mark", "end"),
    [("# Wait for playback to complete", (2.0, "ended")), ("# Stop playback early", (1.0, "stopped"))],
)
def test_waiting_and_stopping(blocks: list[str], custom: str, mark: str, end: tuple[float, str]) -> None:
    async def act(scene: Scene) -> None:
        player = await started(block(blocks, "await background_audio.start"), scene)
        await run(block(blocks, mark).replace(CUSTOM, custom), **NAMES, background_audio=player)
        assert scene.session.journal.last_t == end[0]
        await asyncio.sleep(5)

    scene = hold(act)
    assert [(stopped.t, stopped.reason) for stopped in scene.of(BackgroundStopped)] == [end]


def test_clips_by_probability(blocks: list[str]) -> None:
    async def act(scene: Scene) -> None:
        player = await started(block(blocks, "await background_audio.start"), scene)
        for _ in range(300):
            await run(block(blocks, "with an 80% probability"), **NAMES, background_audio=player)
        await asyncio.sleep(1)

    chosen = Counter(begun.source for begun in hold(act).of(BackgroundStarted))
    assert set(chosen) == {"keyboard_typing", "keyboard_typing2"}
    assert chosen["keyboard_typing"] / 300 == pytest.approx(0.8, abs=0.07)
