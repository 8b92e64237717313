"""A conversation in real time, with whoever talks into the given microphone: held, recorded, and ended whatever hangs.

Everything here runs on the loop that `start` is called on. The recording is complete but for the last second at any
moment, so that a process that dies leaves what was said.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..session.agent import Agent
from ..session.records import Record, SessionClosed, TuningChanged
from ..session.session import AgentSession
from .conversation import Conversation
from .origins import Origins, origins_before
from .recipe import Recipe
from .temporary import TemporaryFolder

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame

    from ..ports import AudioInput, AudioOutput
    from ..transports.recording import Channel, Recording

logger = logging.getLogger("kit")

FLUSH_S = 0.5
"""How often what was said is brought to the disk."""

CLOSE_S = 8.0
"""How long the session may take to end before it is left behind."""


class LiveConversation:
    """Made anywhere; started, and used from then on, on one loop.

    Args:
        session: One that has not been started.
        audio_in: The user. What it takes is recorded if it has `on_frame`.
        audio_out: The agent's voice, of which what was heard is recorded if it has `on_played`. By default a
            loudspeaker that keeps time and makes no sound.
        background_out: What plays behind, if it is to be heard.
        folder: Of the recording; by default a temporary one, which lasts as long as `conversation` does.
        name: What to call it in plots; by default as the folder.

    Raises:
        RecordingError: there is a recording in the folder already, or it cannot be written to.
    """

    def __init__(
        self,
        session: AgentSession,
        agent: Agent | None = None,
        *,
        audio_in: AudioInput | None = None,
        audio_out: AudioOutput | None = None,
        background_out: AudioOutput | None = None,
        folder: str | Path | None = None,
        name: str = "",
    ) -> None:
        from ..transports.playout import PacedOutput
        from ..transports.recording import Recording

        self.session = session
        self.agent = agent or Agent()
        self._audio_in = audio_in
        self._audio_out: Any = audio_out or PacedOutput()
        self._background_out: Any = background_out
        self._keep = None if folder is not None else TemporaryFolder()
        self.folder = Path(folder or "") if self._keep is None else self._keep.path / "recording"
        self.name = name or self.folder.name
        self._recording: Recording = Recording(self.folder)
        self._origins: Origins | None = None
        self._ended = asyncio.Event()
        self._flushing: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        self.problem = ""
        """What kept the recording from being written, or the session from ending in time."""

    @property
    def conversation(self) -> Conversation:
        """What was recorded until now: for plots, measures and comparison. Each call reads the sound anew."""
        return Conversation(
            self.name,
            self.folder,
            self.session.journal,
            _keep=self._keep,
            agent=self.agent,
            origins=self._origins,
        )

    @property
    def t(self) -> float:
        """Seconds of the session until now."""
        return 0.0 if self.session.loop is None else asyncio.get_running_loop().time() - self.session.origin

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    async def start(self) -> None:
        """Begin.

        Raises:
            RuntimeError: the session was started before.
            ValueError: the models do not allow what the session is to do.
        """
        loop = asyncio.get_running_loop()
        self._origins = origins_before(self.session, self.agent)
        self._write_settings()
        self._unsubscribe = self.session.journal.subscribe(self._take)
        self._listen_in()
        try:
            await self.session.start(self.agent, audio_in=self._audio_in, audio_out=self._audio_out)
            self._flushing = loop.create_task(self._flush_often(), name="flush-recording")
            await self._play_behind()
        except BaseException:
            await self.aclose()
            raise

    async def wait(self) -> None:
        """Until the session has ended and all of it is on the disk."""
        await self._ended.wait()

    async def aclose(self) -> None:
        """End the session and complete the recording. May be called again, and while it ends."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close(), name="close-live")
        await asyncio.shield(self._closing)

    async def flush(self) -> None:
        """Bring to the disk what was said until now."""
        self._flush()

    # what happens

    def _take(self, record: Record) -> None:
        self._guarded(lambda: self._recording.write_entry(record.as_json()))
        if type(record) is TuningChanged:
            self._guarded(self._write_settings)
        elif type(record) is SessionClosed and self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close(), name="close-live")

    def _write_settings(self) -> None:
        recipe = Recipe(
            self.session.tuning,
            seed=self.session.seed,
            instructions=self.agent.instructions,
            origins=self._origins or Origins(),
        )
        self._recording.write_tuning(recipe.to_toml())

    def _listen_in(self) -> None:
        for source, channel, attribute in (
            (self._audio_in, "user", "on_frame"),
            (self._audio_out, "agent", "on_played"),
            (self._background_out, "background", "on_played"),
        ):
            if source is not None and hasattr(source, attribute):
                setattr(source, attribute, self._writer(channel, getattr(source, attribute)))

    def _writer(
        self, channel: Any, also: Callable[[float, AudioFrame], None] | None
    ) -> Callable[[float, AudioFrame], None]:
        name: Channel = channel

        def write(at: float, frame: AudioFrame) -> None:
            self._guarded(lambda: self._recording.write(name, at - self.session.origin, frame))
            if also is not None:
                also(at, frame)

        return write

    async def _play_behind(self) -> None:
        if self._background_out is not None:
            from ..background import BackgroundAudioPlayer

            with contextlib.suppress(RuntimeError):  # the session ended before its background was there
                await BackgroundAudioPlayer().start(agent_session=self.session, output=self._background_out)

    async def _flush_often(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            self._flush()

    def _flush(self) -> None:
        for output in (self._audio_out, self._background_out):
            if hasattr(output, "settle"):
                output.settle()
        self._guarded(lambda: self._recording.flush(None if self.ended else self.t))

    def _guarded(self, write: Callable[[], object]) -> None:
        """A disk that refuses ends the recording, and not the conversation."""
        if self.problem or self.ended:
            return
        try:
            write()
        except Exception as error:
            logger.exception("the recording cannot go on")
            self.problem = f"The recording has stopped: {error}"

    async def _close(self) -> None:
        if self._flushing is not None:
            self._flushing.cancel()
        ending = asyncio.ensure_future(self.session.aclose())
        try:
            done, _ = await asyncio.wait([ending], timeout=CLOSE_S)
            if not done:
                ending.cancel()
                self.problem = self.problem or f"The session did not end within {CLOSE_S:g} s and was left behind."
            elif (error := ending.exception()) is not None:
                logger.error("closing the session", exc_info=error)
        finally:
            if (close := getattr(self._audio_in, "aclose", None)) is not None:
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(close(), 1.0)
            self._flush()
            self._unsubscribe()
            try:
                self._recording.close()
            except Exception as error:
                self.problem = self.problem or f"The recording has stopped: {error}"
            self._ended.set()
