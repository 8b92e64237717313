"""The handle of one sound: wait for it, stop it, change its volume, ask how it ended."""

from __future__ import annotations

from collections.abc import Callable

from ..timing.handle import Handle
from .sounds import check_factor


class PlayHandle(Handle):
    """Like an `asyncio.Future` of a sound; awaiting it never raises, `exception()` tells what failed.

    `id` and `source` are those of the journal; both are empty where chance chose silence.
    """

    __slots__ = ("_on_stop", "_on_volume", "_volume", "source")

    def __init__(
        self,
        play_id: str = "",
        source: str = "",
        *,
        volume: float = 1.0,
        on_stop: Callable[[], None] | None = None,
        on_volume: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(play_id)
        self.source = source
        self._volume = volume
        self._on_stop = on_stop
        self._on_volume = on_volume

    def __repr__(self) -> str:
        return f"<PlayHandle {self.id or 'silence'} {'done' if self.done() else 'playing'}>"

    @property
    def volume(self) -> float:
        """A factor on the amplitude, 0 or more. A change is heard at once, as a ramp of 10 ms.

        Raises:
            TypeError, ValueError: on setting what is not such a number.
        """
        return self._volume

    @volume.setter
    def volume(self, volume: float) -> None:
        check_factor("volume", volume)
        self._volume = float(volume)
        if self._on_volume is not None and not self.done():
            self._on_volume()

    def stop(self) -> None:
        """Stop it. It is done at once, or, where it has a `fade_out`, when that is over."""
        if self._on_stop is not None and not self.done():
            self._on_stop()

    def _finish(self, error: BaseException | None = None) -> None:
        if not self.done():
            self._on_stop = self._on_volume = None
        super()._finish(error)
