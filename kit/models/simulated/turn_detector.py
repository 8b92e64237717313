"""A turn detector that believes what it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ...chat import ChatContext
from ..latency import LatencyLike, as_latency


class SimulatedTurnDetector:
    """Finds every turn whole with a given probability.

    Args:
        probability: 0 to 1, or a function of the chat context that gives it.
        delay: How long it takes to tell.
        unlikely_threshold: Below it the session waits for the longest endpointing delay.
    """

    def __init__(
        self,
        probability: float | Callable[[ChatContext], float] = 1.0,
        *,
        delay: LatencyLike = 0.0,
        unlikely_threshold: float = 0.15,
        seed: int = 0,
    ) -> None:
        self.probability = probability
        self.unlikely_threshold = unlikely_threshold
        self._sample = as_latency(delay).sampler(seed)

    async def predict_end_of_turn(self, chat_ctx: ChatContext, /) -> float:
        delay_s = self._sample()
        if delay_s > 0:
            await asyncio.sleep(delay_s)
        return self.probability(chat_ctx) if callable(self.probability) else self.probability
