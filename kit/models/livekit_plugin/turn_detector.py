"""Turn detectors by plugins: those that read the words, and those that listen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from livekit.rtc import AudioFrame

from ...audio.frames import frame_from_samples
from ...chat import ChatContext
from ..turn_audio import LATEST_S, RATE, turn_audio
from .messages import CallExtras, as_chat_context
from .plugin import Plugin, agents, connect_options

NEUTRAL = 0.5
"""The probability without a sound to judge by."""
THRESHOLD_UNTIL_TOLD = 0.5
"""Until the first prediction, as a plugin tells its own only on a running loop."""
WINDOW_S = 1.2
"""How much sound LiveKit's own detector looks at."""
ANSWER_S = 1.0
"""How long a prediction may take, as LiveKit waits for it."""
_STARTING_TURNS = 8
"""Turns of the loop in which a stream takes what it was given before it is asked."""


class LiveKitTurnDetector:
    """A plugin that reads the words as the kit's `TurnDetector`.

    `unlikely_threshold` is the plugin's own for the language, from the first prediction on.

    Args:
        plugin: Has `predict_end_of_turn(chat_ctx)` and `unlikely_threshold(language)`, both to be awaited.
        language: Of the user, "en"; None leaves it to the plugin.
        unlikely_threshold: 0 to 1, in place of the plugin's.

    Raises:
        EngineMissing: `livekit-agents` is not installed.
        ModelRequestError: (from a prediction) the plugin failed, or runs in virtual time.
    """

    needs_network = True
    """As for a model behind a server, virtual time is refused."""

    def __init__(self, plugin: Any, *, language: str | None = None, unlikely_threshold: float | None = None) -> None:
        agents()
        self._plugin = Plugin(plugin)
        self._language = language
        self._threshold_is_told = unlikely_threshold is None
        self.unlikely_threshold = THRESHOLD_UNTIL_TOLD if unlikely_threshold is None else unlikely_threshold

    def __repr__(self) -> str:
        return f"LiveKitTurnDetector({self._plugin})"

    @property
    def label(self) -> str:
        return str(self._plugin)

    async def predict_end_of_turn(self, chat_ctx: ChatContext, /) -> float:
        self._plugin.check_time()
        with self._plugin.errors():
            if self._threshold_is_told:
                told = await self._plugin.plugin.unlikely_threshold(_language(self._language))
                self.unlikely_threshold = self.unlikely_threshold if told is None else told
            return float(await self._plugin.plugin.predict_end_of_turn(as_chat_context(chat_ctx, CallExtras())))


class LiveKitAudioTurnDetector:
    """A plugin that listens as the kit's `AudioTurnDetector`. Each prediction is one short stream of the plugin.

    It is given the latest sound until 0.2 s behind the speech, as LiveKit asks its detectors then. The weights of
    LiveKit's own detector may be used with LiveKit Agents only, says their licence.

    `unlikely_threshold` is the plugin's own for the language, from the first prediction on.

    Args:
        plugin: Such as `livekit.agents.inference.TurnDetector(version="v1-mini")`, which needs no server.
        language: Of the user, "en"; None leaves it to the plugin.
        unlikely_threshold: 0 to 1, in place of the plugin's.
        window_s: How much sound the plugin looks at. (What it wants of a session is 1.2 s more: there may be silence.)
        answer_s: How long a prediction may take.

    Raises:
        ValueError: the plugin is LiveKit's detector behind its servers, which has to listen to the whole conversation.
        EngineMissing: `livekit-agents` is not installed.
        ModelRequestError: (from a prediction) the plugin failed, gave no answer in time, or runs in virtual time.
    """

    needs_network = True
    """As for a model behind a server, virtual time is refused."""

    def __init__(
        self,
        plugin: Any,
        *,
        language: str | None = None,
        unlikely_threshold: float | None = None,
        window_s: float = WINDOW_S,
        answer_s: float = ANSWER_S,
    ) -> None:
        agents()
        self._plugin = Plugin(plugin)
        if getattr(plugin, "model", "") == "turn-detector-v1":
            raise ValueError(
                f"{self._plugin} listens to the whole conversation at LiveKit's servers, and the kit asks when a "
                'stretch of speech has ended: take the one that runs here, TurnDetector(version="v1-mini")'
            )
        if getattr(plugin, "model", "") == "turn-detector-v1-mini":
            _load_mini_model()
        self._language = language
        self._threshold_is_told = unlikely_threshold is None
        self.unlikely_threshold = THRESHOLD_UNTIL_TOLD if unlikely_threshold is None else unlikely_threshold
        self._heard_s = window_s
        self.window_s = window_s + LATEST_S
        self._answer_s = answer_s

    def __repr__(self) -> str:
        return f"LiveKitAudioTurnDetector({self._plugin})"

    @property
    def label(self) -> str:
        return str(self._plugin)

    async def predict_end_of_turn_from_audio(self, audio: Sequence[AudioFrame], /) -> float:
        self._plugin.check_time()
        prediction = asyncio.create_task(self._predict(audio))  # a task, whose context the plugin may write to
        try:
            return await prediction
        finally:
            prediction.cancel()

    async def _predict(self, audio: Sequence[AudioFrame]) -> float:
        samples = await asyncio.to_thread(turn_audio, tuple(audio), self._heard_s)
        if not len(samples):
            return NEUTRAL
        await self._plugin.enter()
        with self._plugin.errors():
            stream = self._plugin.plugin.stream(conn_options=connect_options(None))
            try:
                return await self._ask(stream, samples)
            except TimeoutError:
                raise TimeoutError(f"no prediction within {self._answer_s:g} s") from None
            finally:
                await stream.aclose()

    async def _ask(self, stream: Any, samples: Any) -> float:
        if self._threshold_is_told:
            told = await stream.unlikely_threshold(_language(self._language))
            self.unlikely_threshold = self.unlikely_threshold if told is None else told
        stream.push_audio(frame_from_samples(samples, RATE))
        for _ in range(_STARTING_TURNS):
            await asyncio.sleep(0)
        async with asyncio.timeout(self._answer_s):
            return float((await stream.predict()).end_of_turn_probability)


def _load_mini_model() -> None:
    """Load the model of LiveKit's detector, most of a second's work that would hold up a loop."""
    from livekit.local_inference import init_eot

    init_eot()


def _language(name: str | None) -> Any:
    from livekit.agents import LanguageCode

    return None if name is None else LanguageCode(name)
