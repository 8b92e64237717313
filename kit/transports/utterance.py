"""Something that a user says to a paced input, and when it was heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..ports import SPEECH_MARK, SpeechMark


class InputClosed(RuntimeError):
    """This is not going to be said: the input is finished or closed."""


class Utterance:
    """A stretch of sound, or of silence where it has no `data`, of `samples` mono samples.

    `began_at` is the loop's time of its first sample and `ended_at` of the end of its last one, None until then.

    Args:
        data: Gives the bytes of the samples from a start up to a stop.
        text: What is said. It is marked in the frames, for simulated engines.
        name: What to call it, such as its file.
    """

    __slots__ = ("_data", "_ended", "_error", "at", "began_at", "ended_at", "name", "sample_rate", "samples", "text")

    def __init__(
        self,
        samples: int,
        sample_rate: int,
        data: Callable[[int, int], bytes] | None = None,
        *,
        text: str | None = None,
        name: str = "",
    ) -> None:
        self.samples = samples
        self.sample_rate = sample_rate
        self.text = text
        self.name = name
        self.at = 0.0
        self.began_at: float | None = None
        self.ended_at: float | None = None
        self._data = data
        self._ended: asyncio.Future[None] | None = None
        self._error: Exception | None = None

    @property
    def duration_s(self) -> float:
        return self.samples / self.sample_rate

    @property
    def silent(self) -> bool:
        return self._data is None

    async def wait(self) -> float:
        """Wait for its end. Returns `ended_at`.

        Raises:
            InputClosed: the input was closed before.
        """
        if self.ended_at is None and self._error is None:
            if self._ended is None:
                self._ended = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._ended)
        if self.ended_at is None:
            raise self._error or InputClosed
        return self.ended_at

    def data(self, start: int, stop: int) -> bytes:
        return bytes(2 * (stop - start)) if self._data is None else self._data(start, stop)

    def userdata(self, start: int, stop: int) -> dict[str, Any] | None:
        """What a frame of the samples from `start` up to `stop` carries: where the speech begins or ends, its mark."""
        if self.text is None or (start > 0 and stop < self.samples):
            return None
        if start > 0:
            return {SPEECH_MARK: SpeechMark("end", self.text)}
        begin = SpeechMark("start", self.text)
        return {SPEECH_MARK: begin if stop < self.samples else (begin, SpeechMark("end", self.text))}

    def finish(self, ended_at: float | None, error: Exception | None = None) -> None:
        """Told by the input: the last sample was heard, or never will be."""
        self.ended_at = ended_at
        self._error = error
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)
