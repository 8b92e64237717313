"""Speech to speech by a plugin."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterable
from typing import TYPE_CHECKING

from ...realtime import RealtimeEvent, RealtimeInput
from ..outbox import Outbox, deliver
from .plugin import Plugin, agents
from .talk import Talk

if TYPE_CHECKING:
    from livekit.agents import llm

CLOSE_S = 1.0
"""How long a plugin may take to say goodbye to its server."""


class LiveKitRealtime:
    """A plugin as the kit's realtime model. Each stream is a session of the plugin.

    A lost connection is the plugin's to restore; what was being said then is a response that failed. Of plugins only
    OpenAI's, and those made of it, tell where the user's speech is in the audio; of others `audio_t` is None.

    Args:
        plugin: Such as `livekit.plugins.openai.realtime.RealtimeModel()`.
        detects_turns: Whether the plugin's server ends the user's turns; None is as the plugin was made.

    Raises:
        ValueError: the plugin cannot detect turns, or cannot leave it.
        EngineMissing: `livekit-agents` is not installed.
        ModelRequestError: (from the stream) the plugin gave up, or runs in virtual time.
    """

    needs_network = True
    """Virtual time has none."""

    def __init__(self, plugin: llm.RealtimeModel, *, detects_turns: bool | None = None) -> None:
        agents()
        self._plugin = Plugin(plugin)
        can = plugin.capabilities
        if detects_turns and not can.turn_detection:
            raise ValueError(f"{self._plugin} does not detect turns, or was made not to")
        if detects_turns is False and can.turn_detection and not can.can_disable_turn_detection:
            raise ValueError(f"{self._plugin} detects turns as it was made to: make it without, turn_detection=None")
        self.detects_turns = can.turn_detection if detects_turns is None else detects_turns

    def __repr__(self) -> str:
        return f"LiveKitRealtime({self._plugin})"

    @property
    def label(self) -> str:
        return str(self._plugin)

    async def aclose(self) -> None:
        """Close the plugin."""
        await self._plugin.aclose()

    def __call__(self, inputs: AsyncIterable[RealtimeInput], /) -> AsyncGenerator[RealtimeEvent, None]:
        return deliver(lambda outbox: self._converse(inputs, outbox))

    async def _converse(self, inputs: AsyncIterable[RealtimeInput], outbox: Outbox[RealtimeEvent]) -> None:
        await self._plugin.enter()
        plugin = self._plugin.plugin
        disable = plugin.capabilities.turn_detection and not self.detects_turns
        with self._plugin.errors():
            session = plugin.session(turn_detection_disabled=True) if disable else plugin.session()
        talk = Talk(self._plugin, session, outbox)
        try:
            await talk.hold(inputs)
        finally:
            await talk.end()
            with contextlib.suppress(Exception):  # of a session that failed, which has been raised
                async with asyncio.timeout(CLOSE_S):
                    await session.aclose()
