"""Smart Turn: open models that hear in the voice whether a turn is over, each an ONNX file that the user brings.

Those of version 3 are an encoder of Whisper's with a small head, and take its log-mel spectrogram; those of version 2
take samples. Which of them a file is, its input's shape tells. pipecat's package holds one (`smart-turn-v3.2-cpu.onnx`,
8.7 MB, BSD-2-Clause); others are at https://huggingface.co/pipecat-ai.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from livekit.rtc import AudioFrame
from numpy.typing import NDArray

from .log_mel import BANDS, HOP, log_mel, normalised
from .missing import missing
from .turn_audio import LATEST_S, RATE, SILENCE_S, turn_audio

Array = NDArray[np.float32]

NEUTRAL = 0.5
LONGEST_MEL_S = 8.0
"""What a model of any length is given: 8 s as log-mel, as version 3 was trained on, 16 s as samples, as version 2."""
LONGEST_SAMPLES_S = 16.0

UNDERSTOOD = (
    "a Smart Turn model has an input of type float32 and the shape (batch, 80, frames), a log-mel spectrogram with a "
    "frame each 10 ms, or (batch, samples), at 16 kHz; the batch may be 1 or open, and beside it there may be an "
    "attention_mask for the samples; its first output is one probability"
)


class SmartTurnDetector:
    """Tells by the voice whether the turn is over, with a Smart Turn model.

    It hears the last 8 s (or what its input holds), until 0.2 s behind the speech at most; silence is put before what
    is shorter. A prediction takes some 0.1 s of one core, in the loop's executor, and any number may run at once.

    Args:
        path: The model, an ONNX file.
        unlikely_threshold: Below this probability the session waits for the longest endpointing delay, 0 to 1. 0.5 is
            where pipecat takes a turn for over.
        silence_s: How much of the silence behind the speech it hears.
        threads: Threads for one prediction.

    Raises:
        EngineMissing: `onnxruntime` is not installed.
        ValueError: there is no such file, it is no such model, or a value is out of its range.
    """

    def __init__(
        self, path: str = "", unlikely_threshold: float = 0.5, silence_s: float = SILENCE_S, threads: int = 1
    ) -> None:
        for name, value, low, high in (
            ("unlikely_threshold", unlikely_threshold, 0, 1),
            ("silence_s", silence_s, 0, 5),
            ("threads", threads, 1, 64),
        ):
            if not low <= value <= high:
                raise ValueError(f"{name} = {value} is out of its range, {low} to {high}")
        self.path = path
        self.unlikely_threshold = unlikely_threshold
        self.silence_s = silence_s
        self._model = _Model(path, threads)
        self.window_s = self._model.length_s + LATEST_S

    def __repr__(self) -> str:
        return f"SmartTurnDetector({self.path!r})"

    async def predict_end_of_turn_from_audio(self, audio: Sequence[AudioFrame], /) -> float:
        """The probability, 0 to 1, that the turn is over; 0.5 without a sound to judge by.

        Raises:
            RuntimeError: the model gave something else than a probability.
        """
        return await asyncio.get_running_loop().run_in_executor(None, self._predict, tuple(audio))

    def _predict(self, audio: Sequence[AudioFrame]) -> float:
        samples = turn_audio(audio, self._model.length_s, self.silence_s)
        return self._model.probability(samples) if len(samples) else NEUTRAL


class _Model:
    """An ONNX file as a function from samples to a probability."""

    def __init__(self, path: str, threads: int) -> None:
        self._path = path
        self._session = _session(path, threads)
        inputs = {given.name: given for given in self._session.get_inputs()}
        self._mask = inputs.pop("attention_mask", None)
        self._input: Any = next(iter(inputs.values()), self._mask)
        shape = list(self._input.shape) if inputs else []
        self._takes_mel = len(shape) == 3 and shape[1] == BANDS
        size = shape[-1] if shape and isinstance(shape[-1], int) else None
        if len(inputs) != 1 or not self._fits(shape):
            raise ValueError(f"{path} is an ONNX model for something else: {self._described()}. {UNDERSTOOD}")
        self._is_open = size is None and not self._takes_mel
        longest_s = LONGEST_MEL_S if self._takes_mel else LONGEST_SAMPLES_S
        self.length_s = longest_s if size is None else size * (HOP if self._takes_mel else 1) / RATE
        self._try()

    def probability(self, samples: NDArray[np.int16]) -> float:
        length = len(samples) if self._is_open else round(self.length_s * RATE)
        before = length - len(samples)
        feeds: dict[str, Any] = {}
        if self._takes_mel:
            feeds[self._input.name] = log_mel(normalised(np.pad(samples, (before, 0))))[None]
        else:
            feeds[self._input.name] = np.pad(normalised(samples), (before, 0))[None]
        if self._mask is not None:
            feeds[self._mask.name] = (np.arange(length) >= before).astype(_NUMPY[self._mask.type])[None]
        given = np.asarray(self._session.run(None, feeds)[0])
        if given.size != 1 or not 0 <= float(given.reshape(-1)[0]) <= 1:
            raise RuntimeError(f"{self._path} gave {_short(given)}, which is no probability. {UNDERSTOOD}")
        return float(given.reshape(-1)[0])

    def _fits(self, shape: list[Any]) -> bool:
        batch_fits = bool(shape) and (shape[0] == 1 or not isinstance(shape[0], int))
        long_enough = bool(shape) and (
            not isinstance(shape[-1], int) or shape[-1] * (HOP if self._takes_mel else 1) > 400
        )
        mask_fits = self._mask is None or (not self._takes_mel and self._mask.type in _NUMPY)
        is_float = bool(shape) and self._input.type == "tensor(float)"
        return is_float and batch_fits and long_enough and mask_fits and (self._takes_mel or len(shape) == 2)

    def _try(self) -> None:
        """Run it once on silence: a model that cannot do this is noticed at the start, and the next run is faster."""
        try:
            self.probability(np.zeros(round(self.length_s * RATE), np.int16))
        except Exception as error:
            raise ValueError(f"{self._path} cannot be used: {error}") from error

    def _described(self) -> str:
        inputs = [f"{given.name} {given.type} {tuple(given.shape)}" for given in self._session.get_inputs()]
        return "it takes " + (", ".join(inputs) or "nothing")


_NUMPY = {"tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(float)": np.float32, "tensor(bool)": np.bool_}


def _session(path: str, threads: int) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise missing("Smart Turn", "onnxruntime", "turns") from error
    if not path:
        raise ValueError("Smart Turn needs the path of a model, an ONNX file: smart_turn:MODEL.onnx")
    if not Path(path).is_file():
        what = "is a folder" if Path(path).is_dir() else "does not exist"
        raise ValueError(f"the Smart Turn model {path!r} {what}: give the path of an ONNX file")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ValueError(f"{path} cannot be read as an ONNX model: {error}") from error


def _short(given: NDArray[Any]) -> str:
    return f"{given.reshape(-1)[0]:g}" if given.size == 1 else f"{given.size} values"
