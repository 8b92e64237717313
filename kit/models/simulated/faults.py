"""Models that fail on purpose."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Collection
from typing import Any, Literal, get_args

Fault = Literal["raise", "hang", "stop", "empty"]


class SimulatedFault(RuntimeError):
    """The error that a model made `faulty` raises."""


def faulty(
    model: Callable[..., AsyncIterable[Any]],
    fault: Fault = "raise",
    *,
    at: Collection[int] | None = None,
    rate: float | None = None,
    after: int = 0,
    error: Exception | None = None,
    seed: int = 0,
) -> Any:
    """A model like `model`, of which some calls fail.

    Args:
        model: Any speech to text, LLM, text to speech, voice activity detection or realtime model.
        fault: "raise" an error, "hang" for ever, "stop" as if all were said, or "empty": yield nothing at all.
        at: The calls that fail, counted from 0.
        rate: Or how many fail, 0 to 1, at random. Without both, every call fails.
        after: What a failing call still yields first: so many items ("empty" has none).
        error: What "raise" raises instead of `SimulatedFault`.
        seed: Of the random choice.

    Raises:
        ValueError: no such fault, or `at` and `rate` together, or a rate out of range.
    """
    if fault not in get_args(Fault):
        raise ValueError(f"no fault {fault!r}; there are {', '.join(get_args(Fault))}")
    if at is not None and rate is not None:
        raise ValueError("faulty takes either at or rate, not both")
    if rate is not None and not 0 <= rate <= 1:
        raise ValueError(f"rate must be from 0 to 1, not {rate!r}")
    chance = random.Random(seed)
    fails: Callable[[int], bool]
    if at is not None:
        calls = frozenset(at)
        fails = calls.__contains__
    elif rate is not None:
        fails = lambda call: chance.random() < rate  # noqa: E731
    else:
        fails = lambda call: True  # noqa: E731
    return _FaultyModel(model, fault, fails, 0 if fault == "empty" else after, error)


class _FaultyModel:
    def __init__(
        self,
        model: Callable[..., AsyncIterable[Any]],
        fault: Fault,
        fails: Callable[[int], bool],
        after: int,
        error: Exception | None,
    ) -> None:
        self._model = model
        self._fault = fault
        self._fails = fails
        self._after = after
        self._error = error
        self._calls = 0

    def __call__(self, *args: Any, **kwargs: Any) -> AsyncIterable[Any]:
        call = self._calls
        self._calls += 1
        if not self._fails(call):
            return self._model(*args, **kwargs)
        return self._failing(call, *args, **kwargs)

    async def _failing(self, call: int, *args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
        if self._after:
            stream = self._model(*args, **kwargs)
            try:
                left = self._after
                async for item in stream:
                    yield item
                    left -= 1
                    if not left:
                        break
            finally:
                if hasattr(stream, "aclose"):
                    await stream.aclose()
        if self._fault == "raise":
            raise self._error or SimulatedFault(f"simulated fault in call {call} of {type(self._model).__name__}")
        if self._fault == "hang":
            await asyncio.get_running_loop().create_future()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def __repr__(self) -> str:
        return f"faulty({self._model!r}, {self._fault!r})"
