"""A model of which calls fail at random, in all the ways there are; it counts them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterable
from typing import Any, get_args

from kit.models.simulated import Fault, faulty

KINDS: tuple[Fault, ...] = get_args(Fault)


class Flaky:
    """A model of which calls fail at random, each in one of the four ways.

    Args:
        rate: How many of the calls fail, 0 to 1, before their first item or behind the second.
        every: Or, for a stream that never ends by itself: it fails once in so many of its items.
    """

    def __init__(self, model: Any, dice: random.Random, *, rate: float = 0.0, every: float = 0.0) -> None:
        self._model = model
        self._dice = dice
        self._rate = rate
        self._every = every
        self.calls = 0
        self.faults: Counter[str] = Counter()

    def __call__(self, *args: Any, **options: Any) -> AsyncIterable[Any]:
        self.calls += 1
        dice, kind = self._dice, self._dice.choice(KINDS)
        if self._every:
            after = 0 if kind == "empty" else 1 + int(dice.expovariate(1 / self._every))
        elif dice.random() < self._rate:
            after = dice.choice((0, 0, 2))
        else:
            answer: AsyncIterable[Any] = self._model(*args, **options)
            return answer
        self.faults[kind] += 1
        broken: AsyncIterable[Any] = faulty(self._model, kind, after=after)(*args, **options)
        return broken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)
