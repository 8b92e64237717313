"""The player of background sound: an ambient and a thinking sound that follow a session, and sounds on demand."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any, cast

from ..audio.clips import SHARED_CLIPS, ClipCache
from ..audio.errors import AudioFileError
from ..ports import AudioOutput
from .following import Following, SessionRecord, begin
from .handle import PlayHandle
from .outputs import LazyOutput, MixOutput, PushedOutput
from .playing import Playing, Reason, Record
from .sounds import AudioConfig, Sounds, choose, configs, loop_fade_s, named

if TYPE_CHECKING:
    from ..session.session import AgentSession

PLAY_LOOP_FADE_S = 0.01
"""Within how long a sound that is played in a loop on demand is joined to its next pass: as short as is without a
click, so that a rhythm keeps its beat."""


class BackgroundAudioPlayer:
    """Plays behind the conversation, on a track of its own.

    The ambient sound is looped while the session runs, the thinking sound while the agent's state is "thinking"; frames
    from an iterator are not looped. Volumes, and which sound it is, can be changed live by `tuning.background`; a
    sound that is named there counts in place of the one given here. Everything is lowered by
    `tuning.background.duck_db` while the agent is heard, and while the user is where `duck_for_user` says so.

    Chance is seeded by the session's seed: the same session chooses the same sounds.

    Args:
        ambient_sound, thinking_sound: A file, a `BuiltinAudioClip`, an async iterator of frames, an `AudioConfig` of
            one, or a list of them, of which one is chosen each time.
        clips: Where decoded sounds are kept; by default in one place for all players.

    Raises:
        TypeError: something in them cannot be played.
    """

    def __init__(
        self,
        *,
        ambient_sound: Sounds | None = None,
        thinking_sound: Sounds | None = None,
        clips: ClipCache | None = None,
    ) -> None:
        self._ambient = configs(ambient_sound)
        self._thinking = configs(thinking_sound)
        self._clips = SHARED_CLIPS if clips is None else clips
        self._playing: Playing | None = None
        self._following: Following | None = None
        self._rng = random.Random(0)
        self._started = False
        self._over = ""

    async def start(
        self,
        *,
        room: Any = None,
        agent_session: AgentSession | None = None,
        output: AudioOutput | MixOutput | None = None,
    ) -> None:
        """Begin to play: the ambient sound at once, where there is one.

        Args:
            room: Not supported yet, but for an `output` that plays into it.
            agent_session: The session to follow, which must be running.
            output: Any `AudioOutput`, of its own and not that of the agent's voice, at its `sample_rate` if it has one
                and 48 kHz if not; or a `LazyOutput`. By default a loudspeaker that keeps time and makes no sound.

        Raises:
            NotImplementedError: a room without an output.
            RuntimeError: the player was started before, or the session is not running.
            ValueError: a thinking sound without a session.
        """
        self._check_can_start(room, agent_session, output)
        self._started = True
        target: MixOutput = LazyOutput() if output is None else _as_mix_output(output)
        await self._load(target.sample_rate, agent_session)
        if self._over or (agent_session is not None and agent_session.agent_state == "idle"):
            raise RuntimeError("the background player, or its session, was closed while the player started")
        if agent_session is None:
            self._playing = Playing(target, self._clips, Record())
            if (config := choose(self._ambient, self._rng)) is not None:
                begin(self._playing, "ambient", config)
            return
        self._rng = random.Random(f"background {agent_session.seed}")
        self._playing = Playing(target, self._clips, SessionRecord(agent_session))
        self._following = Following(
            agent_session,
            self._playing,
            self._rng,
            ambient=self._ambient,
            thinking=self._thinking,
            on_close=lambda: self._end("session_closed"),
        )

    def play(self, audio: Sounds, *, loop: bool = False) -> PlayHandle:
        """Play a sound now, beside whatever else plays.

        Args:
            audio: As the sounds of the player; a list is chosen from by probability, and chance may choose silence.
            loop: Over and over until it is stopped, each pass joined to the next within 10 ms, or as it is where it was
                made to be looped.

        Returns:
            Its handle. A file that is missing or broken shows there: `exception()`.

        Raises:
            RuntimeError: the player was not started, or is closed.
            TypeError: it cannot be played.
            ValueError: `loop` with an iterator of frames.
        """
        if self._playing is None or self._over:
            raise RuntimeError(self._over or "the background player is not started: await player.start(...) first")
        config = choose(configs(audio), self._rng)
        if config is None:
            handle = PlayHandle()
            handle._finish()
            return handle
        if loop and config.path is None:
            raise ValueError("frames from an iterator cannot be looped: give a file, or an iterator without end")
        return self._playing.begin("play", config, loop_fade_s=loop_fade_s(config, PLAY_LOOP_FADE_S) if loop else None)

    async def aclose(self) -> None:
        """Stop every sound, and leave nothing running. The player cannot be started again."""
        self._end("closed")
        if self._playing is not None:
            await self._playing.aclose()

    def _end(self, reason: Reason) -> None:
        if self._over:
            return
        whose = "the session of this background player" if reason == "session_closed" else "the background player"
        self._over = f"{whose} is closed: make a new BackgroundAudioPlayer"
        if self._following is not None:
            self._following.end()
        if self._playing is not None:
            self._playing.end_all(reason)

    def _check_can_start(self, room: Any, session: AgentSession | None, output: object) -> None:
        if self._over or self._started:
            raise RuntimeError(self._over or "the background player was started before: make a new one to start again")
        if room is not None and output is None:
            raise NotImplementedError("playing into a room needs an output for it: start(room=..., output=...)")
        if session is None and self._thinking:
            raise ValueError("a thinking_sound follows a session: start(agent_session=session)")
        if session is not None and session.agent_state in ("initializing", "idle"):
            raise RuntimeError(
                "the session is not running: first await session.start(agent), then start the background player"
            )

    async def _load(self, sample_rate: int, session: AgentSession | None) -> None:
        """Decode what will be played, so that it is there when it is wanted. What fails here fails again when played,
        and is told then."""
        background = None if session is None else session.tuning.background
        names = [] if background is None else [background.ambient, background.thinking]
        wanted: list[AudioConfig] = [*self._ambient, *self._thinking, *(named(name) for name in names if name)]
        loop = asyncio.get_running_loop()
        for path in {config.path: None for config in wanted if config.path is not None}:
            try:
                await loop.run_in_executor(None, self._clips.load, path, sample_rate)
            except AudioFileError:
                continue


def _as_mix_output(output: AudioOutput | MixOutput) -> MixOutput:
    return PushedOutput(cast(AudioOutput, output)) if hasattr(output, "capture_frame") else output
