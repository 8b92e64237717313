"""Asks a turn detector whether the user's turn is over: of the words, or of their sound.

While an answer is awaited the turn is not committed. A detector that fails or is late is reported, and the shortest
delay rules.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from ...ports import AudioTurnDetector, TurnDetector
from ..scope import Scope

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame

    from ...chat import ChatContext

AnyDetector: TypeAlias = TurnDetector | AudioTurnDetector


class Detector:
    """`predicted(probability, threshold)` is called with an answer, `over()` when none is awaited any more."""

    def __init__(
        self,
        scope: Scope,
        detector: AnyDetector,
        *,
        chat_ctx: Callable[[], ChatContext],
        latest_audio: Callable[[], Sequence[AudioFrame]],
        predicted: Callable[[float, float], None],
        over: Callable[[], None],
    ) -> None:
        self._scope = scope
        self._detector = detector
        self._chat_ctx = chat_ctx
        self._latest_audio = latest_audio
        self._predicted = predicted
        self._over = over
        self._asking: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        return self._asking is not None

    def words_final(self, text: str) -> None:
        if isinstance(self._detector, TurnDetector):
            chat_ctx = self._chat_ctx()
            chat_ctx.add_message(role="user", content=text)
            self._ask(self._detector.predict_end_of_turn, chat_ctx)

    def speech_ended(self) -> None:
        if isinstance(self._detector, AudioTurnDetector):
            self._ask(self._detector.predict_end_of_turn_from_audio, self._latest_audio())

    def forget(self) -> None:
        """An answer that is still awaited no longer matters."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _ask(self, predict: Callable[[Any], Awaitable[float]], evidence: Any) -> None:
        self.forget()
        self._asking = self._scope.tasks.spawn(self._await(predict, evidence), "turn-detector")

    async def _await(self, predict: Callable[[Any], Awaitable[float]], evidence: Any) -> None:
        try:
            async with asyncio.timeout(self._scope.limits.turn_detector_s):
                self._predicted(float(await predict(evidence)), self._detector.unlikely_threshold)
        except Exception as error:
            self._scope.error("turn_detector", error)
            self._predicted(1.0, 0.0)
        if self._asking is asyncio.current_task():
            self._asking = None
            self._over()
