"""One conversation of a Talk, on the session's loop: the page's microphone and speakers, and who looks after them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ...lab.live import LiveConversation
from ...session.agent import Agent
from ...session.session import AgentSession
from ...transports.page_microphone import PageMicrophone
from ...transports.page_speaker import PageSpeaker, Send
from .sound import Channel, SoundListeners
from .undisturbed import UNDISTURBED

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame

    from ...audio.frames import Samples

logger = logging.getLogger("kit")

TICK_S = 0.25
TURN_END_S = 2.0
"""How long a turn that was ended by hand waits for its last words."""


class TalkRun:
    """Made and used on the session's loop.

    Args:
        send: Sends the page a message.
        listeners: Who else hears it.
        on_tick: Called four times a second while the conversation runs.
        folder: Of the recording.
    """

    def __init__(
        self,
        session: AgentSession,
        agent: Agent,
        send: Send,
        *,
        listeners: SoundListeners,
        prebuffer_s: float,
        folder: Path | None,
        name: str,
        on_tick: Callable[[TalkRun], None],
    ) -> None:
        self.session = session
        self.microphone = PageMicrophone(on_frame=self._user_sounds)
        self.speaker = PageSpeaker(
            send, stream="agent", prebuffer_s=prebuffer_s, on_played=partial(self._sounds, "agent")
        )
        self.behind = PageSpeaker(
            send, stream="background", prebuffer_s=prebuffer_s, on_played=partial(self._sounds, "background")
        )
        self.live = LiveConversation(
            session,
            agent,
            audio_in=self.microphone,
            audio_out=self.speaker,
            background_out=self.behind,
            folder=folder,
            name=name,
        )
        self._send = send
        self._listeners = listeners
        self._on_tick = on_tick
        self._echoing = False
        self._ticking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        UNDISTURBED.begin()
        try:
            await self.live.start()
        except BaseException:
            UNDISTURBED.end()
            raise
        self._ticking = asyncio.get_running_loop().create_task(self._tick(), name="talk-tick")

    async def aclose(self) -> None:
        """End it; returns when the recording is complete."""
        if self._ticking is not None:
            self._ticking.cancel()
        for stream in ("agent", "background", "user"):
            self._send("clear", stream=stream)
        await self.live.aclose()

    async def wait(self) -> None:
        """Until it has ended, by whomever."""
        try:
            await self.live.wait()
        finally:
            UNDISTURBED.end()
            if self._ticking is not None:
                self._ticking.cancel()

    # what the user does

    def say(self, text: str) -> None:
        """The user typed it.

        Raises:
            RuntimeError: the session cannot answer.
        """
        self.session.generate_reply(user_input=text)

    def interrupt(self) -> None:
        self.session.interrupt()

    def press(self) -> None:
        """Push to talk: the user begins to speak, and the agent gives way."""
        self.session.interrupt()
        with contextlib.suppress(Exception):  # not every realtime model has turns to clear
            self.session.clear_user_turn()
        self.session.hold_user_turn()

    def release(self) -> None:
        """Push to talk: the user's turn is over."""
        with contextlib.suppress(Exception):
            self.session.commit_user_turn(transcript_timeout=TURN_END_S)

    def play(self, samples: Samples, name: str) -> None:
        self.microphone.play(samples, name=name)

    @property
    def busy(self) -> bool:
        """Whether somebody speaks, or is about to."""
        return self.microphone.playing or self.session.agent_state in ("thinking", "speaking")

    def saying(self) -> str:
        """What the agent is saying, as far as it is written."""
        return self.session.current_text

    def _sounds(self, channel: Channel, at: float, frame: AudioFrame) -> None:
        if self._listeners:
            self._listeners.tell(channel, at - self.session.origin, frame)

    def _user_sounds(self, at: float, frame: AudioFrame) -> None:
        self._sounds("user", at, frame)
        self._echo(frame)

    def _echo(self, frame: AudioFrame) -> None:
        """A recording that speaks for the user is heard in the page, too."""
        playing = self.microphone.playing
        if playing or self._echoing:
            begins, self._echoing = not self._echoing, playing
            self._send("sound", buffers=(frame.data.tobytes(),), stream="user", rate=frame.sample_rate, begins=begins)
            if not playing:
                self._send("end", stream="user")

    async def _tick(self) -> None:
        while not self.live.ended:
            try:
                self._on_tick(self)
            except Exception:
                logger.exception("looking after a conversation")
            await asyncio.sleep(TICK_S)


def speech(path: str | Path) -> Samples:
    """A recording as the microphone says it.

    Raises:
        AudioFileError: it cannot be read, or is silent.
    """
    from ...transports.files import speech_samples

    samples: Samples = speech_samples(path, 16_000)
    return samples
