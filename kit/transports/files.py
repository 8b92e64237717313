"""A user who says recordings: each audio file is one turn, and silence flows until the next one is called for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from livekit.rtc import AudioFrame

from ..audio.files import read_speech
from ..audio.frames import Samples, mixed_to_mono
from ..audio.resampling import resample
from .pacing import PacedInput
from .utterance import Utterance


class AudioFileInput:
    """An `AudioInput` for one consumer. All files are read and converted when it is made, so that errors come first.

    A conversation calls for the turns one by one::

        user = AudioFileInput(["question.wav", "thanks.mp3"])
        while (turn := user.next_turn(pause_s=0.5)) is not None:
            await turn.wait()
            ...  # the agent answers
        user.finish()

    Args:
        paths: Recordings of a person, in any format.
        sample_rate: Of the frames, in Hz. They are mono.
        frame_s: The length of a frame, in seconds. Longer ones take less computing, and arrive later.
        lead_s: Silence before the first turn, in seconds.
        texts: What is said in each file. It is marked in the frames, for simulated engines.
        on_frame: Called with the loop's time of a frame's first sample, and the frame, when it arrives.

    Raises:
        AudioFileError: a file cannot be read, or is silent.
        ValueError: not as many texts as files.
    """

    def __init__(
        self,
        paths: Iterable[str | Path] = (),
        *,
        sample_rate: int = 16_000,
        frame_s: float = 0.02,
        lead_s: float = 0.0,
        texts: Sequence[str] | None = None,
        on_frame: Callable[[float, AudioFrame], None] | None = None,
    ) -> None:
        self.sample_rate = sample_rate
        self.paths = [Path(path) for path in paths]
        self.spoken: list[Utterance] = []
        """The turns that were called for, in order. Each knows when it began and ended in the loop's time."""
        if texts is not None and len(texts) != len(self.paths):
            raise ValueError(f"{len(texts)} texts for {len(self.paths)} files")
        self._texts = texts
        self._recordings = [speech_samples(path, sample_rate) for path in self.paths]
        self._next = 0
        self._input = PacedInput(sample_rate=sample_rate, block_s=frame_s, on_frame=on_frame)
        self.silence(lead_s)

    def next_turn(self, *, pause_s: float = 0.0) -> Utterance | None:
        """Say the next file, after `pause_s` of silence from now, or from the end of what is being said.

        Returns:
            The utterance, to wait for its end; None where all files have been said.

        Raises:
            InputClosed: after `finish` or `aclose`.
        """
        index = self._next
        if index == len(self._recordings):
            return None
        self._next += 1
        text = None if self._texts is None else self._texts[index]
        return self.say(self._recordings[index], pause_s=pause_s, name=self.paths[index].name, text=text)

    def say(self, samples: Samples, *, pause_s: float = 0.0, name: str = "", text: str | None = None) -> Utterance:
        """Say any sound: mono samples at the input's rate, shape `(n,)` or `(n, 1)`.

        Raises:
            InputClosed: after `finish` or `aclose`.
            ValueError: no samples.
        """
        if not len(samples):
            raise ValueError("an utterance needs samples")
        self.silence(pause_s)
        data = samples.reshape(-1).tobytes()
        utterance = Utterance(
            len(samples), self.sample_rate, lambda start, stop: data[2 * start : 2 * stop], text=text, name=name
        )
        self.spoken.append(self._input.put(utterance))
        return utterance

    def silence(self, duration_s: float) -> None:
        """Be silent for so long before what is said next."""
        if (samples := round(duration_s * self.sample_rate)) > 0:
            self._input.put(Utterance(samples, self.sample_rate))

    def finish(self) -> None:
        """End the audio once all that was called for has been said."""
        self._input.finish()

    async def aclose(self) -> None:
        """End the audio now."""
        await self._input.aclose()

    def __aiter__(self) -> PacedInput:
        return self._input


def speech_samples(path: str | Path, sample_rate: int) -> Samples:
    """A recording of speech at a sample rate: mono, shape `(n, 1)`.

    Raises:
        AudioFileError: it cannot be read, or is silent.
    """
    samples, own_rate = read_speech(path)
    return resample(mixed_to_mono(samples), own_rate, sample_rate)
