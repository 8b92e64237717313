"""Who else wants a conversation's sound: views that draw it while it is heard."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from livekit.rtc import AudioFrame

logger = logging.getLogger("kit")

Channel = Literal["user", "agent", "background"]
Listener = Callable[[Channel, float, "AudioFrame"], object]


class _Subscription:
    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.failed = False


class SoundListeners:
    """Subscribed from any thread. They stay while one conversation follows another."""

    def __init__(self) -> None:
        self._subscriptions: tuple[_Subscription, ...] = ()
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        """Whether anybody listens."""
        return bool(self._subscriptions)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call with each frame, until what this returns is called."""
        subscription = _Subscription(listener)
        with self._lock:
            self._subscriptions = (*self._subscriptions, subscription)

        def stop() -> None:
            with self._lock:
                self._subscriptions = tuple(one for one in self._subscriptions if one is not subscription)

        return stop

    def tell(self, channel: Channel, t_s: float, frame: AudioFrame) -> None:
        """A frame whose first sample is heard at `t_s`. One that raises is logged, once, and harms nobody else."""
        for subscription in self._subscriptions:
            try:
                subscription.listener(channel, t_s, frame)
            except Exception:
                if not subscription.failed:
                    logger.exception("a listener to a conversation's sound raised; what it raises again is not logged")
                subscription.failed = True
