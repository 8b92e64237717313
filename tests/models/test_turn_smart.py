"""Smart Turn: the same numbers as pipecat's, any model that can be understood, and clear words about all others."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.models.log_mel import log_mel, normalised
from kit.models.missing import EngineMissing
from kit.models.registry import ModelError, create
from kit.models.smart_turn import NEUTRAL, SmartTurnDetector
from kit.timing import run_virtual
from tests.models.onnx_files import FLOAT, INT64, Node, Tensor, model
from tests.models.recordings import RATE, WORDS, Samples, energy_span, recording, zeros
from tests.models.smart_turn_model import model_path, pipecat_features
from tests.models.test_turn_audio import frames, noise


@pytest.fixture(scope="module")
def detector() -> SmartTurnDetector:
    return SmartTurnDetector(model_path())


@pytest.fixture(scope="module")
def uncut() -> SmartTurnDetector:
    """Which hears all the silence behind the speech, as pipecat's does."""
    return SmartTurnDetector(model_path(), silence_s=5)


def predicted(detector: SmartTurnDetector, samples: Samples) -> float:
    return run_virtual(detector.predict_end_of_turn_from_audio, frames(samples))


def pipecat_probability(samples: Samples) -> float:
    """As pipecat's analyzer computes it: the last 8 s, silence before what is shorter, its own features."""
    import onnxruntime

    padded = np.pad(samples.astype(np.float32) / 32768, (max(0, 8 * RATE - len(samples)), 0))[-8 * RATE :]
    features = pipecat_features().compute_whisper_log_mel_features(padded, do_normalize=True)
    session = onnxruntime.InferenceSession(model_path(), providers=["CPUExecutionProvider"])
    return float(session.run(None, {"input_features": features[None]})[0][0].item())


@pytest.mark.parametrize("sound", [*WORDS, "silence", "noise", "tone"])
def test_the_log_mel_spectrogram_is_pipecat_s(speech_dir: Path, sound: str) -> None:
    made = {
        "silence": zeros(8),
        "noise": noise(8, 3000),
        "tone": (9000 * np.sin(2 * np.pi * 440 / RATE * np.arange(8 * RATE))).astype(np.int16),
    }
    samples = made[sound] if sound in made else recording(speech_dir, sound)
    padded = np.pad(samples, (8 * RATE - len(samples), 0))
    theirs = pipecat_features().compute_whisper_log_mel_features(padded.astype(np.float32) / 32768)
    ours = log_mel(normalised(padded))
    assert ours.shape == (80, 800) and ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_tone_is_in_its_band() -> None:
    """Against the scale itself, not against another program: 1 kHz is 15 mels, and there are 80 bands up to 8 kHz."""
    highest = 15 + 27 * np.log(8) / np.log(6.4)
    for hz, mel in ((200, 3.0), (500, 7.5), (1000, 15.0), (6400, 15 + 27.0)):
        tone = np.sin(2 * np.pi * hz / RATE * np.arange(RATE)).astype(np.float32)
        loudest = int(np.argmax(log_mel(tone)[:, 50]))
        assert loudest == pytest.approx(mel / highest * 81 - 1, abs=0.8)


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("part", [0.5, 1.0])
def test_probabilities_are_pipecat_s(speech_dir: Path, uncut: SmartTurnDetector, name: str, part: float) -> None:
    spoken = recording(speech_dir, name)
    begin, end = energy_span(np.concatenate([spoken, zeros(0.2)]))
    samples = np.concatenate([spoken[: round((begin + (end - begin) * part) * RATE)], noise(0.3, 5)])
    assert predicted(uncut, samples) == pytest.approx(pipecat_probability(samples), abs=1e-4)


def test_of_more_than_it_hears_the_end_counts(speech_dir: Path, uncut: SmartTurnDetector) -> None:
    spoken = np.concatenate([recording(speech_dir, "austen-0890"), recording(speech_dir, "austen-0870")])
    assert len(spoken) > 9 * RATE
    assert predicted(uncut, spoken) == predicted(uncut, spoken[-9 * RATE :])
    assert predicted(uncut, spoken) == pytest.approx(pipecat_probability(spoken), abs=1e-4)


def test_how_late_it_is_asked_changes_nothing(speech_dir: Path, detector: SmartTurnDetector) -> None:
    spoken = np.concatenate([recording(speech_dir, "goforward"), noise(1.5, 3)])
    told = {predicted(detector, spoken[: len(spoken) - round(less * RATE)]) for less in (0, 0.25, 0.5)}
    assert len(told) == 1


def test_without_a_sound_it_has_no_opinion(detector: SmartTurnDetector) -> None:
    assert run_virtual(detector.predict_end_of_turn_from_audio, []) == NEUTRAL >= detector.unlikely_threshold


def test_the_loop_is_free_while_it_computes(
    speech_dir: Path, detector: SmartTurnDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model waits until the loop has run a callback: a prediction on the loop's own thread would never end."""
    ran = threading.Event()
    probability = detector._model.probability

    def waiting(samples: Samples) -> float:
        assert ran.wait(60)
        return probability(samples)

    monkeypatch.setattr(detector._model, "probability", waiting)

    async def main() -> float:
        asyncio.get_running_loop().call_later(0.01, ran.set)
        return await detector.predict_end_of_turn_from_audio(frames(recording(speech_dir, "cards-001")))

    assert 0 <= asyncio.run(main()) <= 1


SQUASHED: list[Node] = [("ReduceMax", ["x"], "most", {}), ("Sigmoid", ["most"], "p", {})]


def written(path: Path, inputs: list[Tensor], nodes: list[Node], size: int = 1) -> str:
    file = path / "model.onnx"
    file.write_bytes(model(inputs, nodes, ("p", FLOAT, (1, size))))
    return str(file)


def test_a_model_of_so_many_samples(tmp_path: Path) -> None:
    detector = SmartTurnDetector(written(tmp_path, [("x", FLOAT, ("batch", 32_000))], SQUASHED))
    assert detector.window_s == pytest.approx(2 + 1.2)
    samples = noise(1, 1000)
    scaled = normalised(samples).max()
    assert predicted(detector, samples) == pytest.approx(1 / (1 + np.exp(-scaled)), abs=1e-5)


def test_a_model_of_any_number_of_samples_is_given_them_all(tmp_path: Path) -> None:
    nodes: list[Node] = [
        ("Shape", ["x"], "shape", {}),
        ("Cast", ["shape"], "sizes", {"to": FLOAT}),
        ("ReduceMax", ["sizes"], "length", {}),
        ("Reciprocal", ["length"], "p", {}),
    ]
    detector = SmartTurnDetector(written(tmp_path, [("x", FLOAT, (1, "length"))], nodes))
    assert detector.window_s == pytest.approx(16 + 1.2)
    assert predicted(detector, noise(1.5, 1000)) == pytest.approx(1 / (1.5 * RATE))


def test_a_mask_tells_which_samples_are_real(tmp_path: Path) -> None:
    nodes: list[Node] = [
        ("Cast", ["attention_mask"], "real", {"to": FLOAT}),
        ("ReduceMean", ["real"], "p", {}),
        ("ReduceMax", ["x"], "unused", {}),
    ]
    inputs: list[Tensor] = [("x", FLOAT, (1, 32_000)), ("attention_mask", INT64, (1, 32_000))]
    detector = SmartTurnDetector(written(tmp_path, inputs, nodes))
    assert predicted(detector, noise(0.5, 1000)) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("inputs", "nodes", "said"),
    [
        ([("x", FLOAT, (1, 3, 224, 224))], SQUASHED, r"x tensor\(float\) \(1, 3, 224, 224\)"),
        ([("x", FLOAT, (1, 128, 800))], SQUASHED, r"\(1, 128, 800\).*\(batch, 80, frames\)"),
        ([("x", FLOAT, (8, 16_000))], SQUASHED, r"\(8, 16000\).*the batch may be 1 or open"),
        ([("x", FLOAT, (1, 100))], SQUASHED, r"\(1, 100\)"),
        ([("x", FLOAT, (1, 80, 2))], SQUASHED, r"\(1, 80, 2\)"),
        ([("x", FLOAT, (1, 800)), ("y", FLOAT, (1,))], SQUASHED, r"x tensor\(float\) \(1, 800\), y"),
        ([("attention_mask", FLOAT, (1, 800))], [("ReduceMax", ["attention_mask"], "p", {})], "attention_mask"),
        ([("x", FLOAT, (1, 16_000))], [("Identity", ["x"], "p", {})], "gave 16000 values, which is no probability"),
        ([("x", FLOAT, (1, 80, 200))], [("ReduceSum", ["x"], "p", {})], "which is no probability"),
    ],
)
def test_models_for_something_else(tmp_path: Path, inputs: list[Tensor], nodes: list[Node], said: str) -> None:
    path = written(tmp_path, inputs, nodes, size=16_000 if nodes[0][0] == "Identity" else 1)
    with pytest.raises(ValueError, match=said) as failed:
        SmartTurnDetector(path)
    assert path in str(failed.value)


def test_whole_numbers_are_no_sound(tmp_path: Path) -> None:
    path = written(
        tmp_path, [("x", INT64, (1, 16_000))], [("Cast", ["x"], "f", {"to": FLOAT}), ("ReduceMax", ["f"], "p", {})]
    )
    with pytest.raises(ValueError, match=r"x tensor\(int64\) \(1, 16000\)"):
        SmartTurnDetector(path)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("", None, "needs the path of a model"),
        ("none.onnx", None, "does not exist"),
        (".", None, "is a folder"),
        ("text.onnx", b"hello", "cannot be read as an ONNX model"),
        ("empty.onnx", b"", "cannot be read as an ONNX model"),
    ],
)
def test_files_that_are_no_model(tmp_path: Path, name: str, data: bytes | None, said: str) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=said):
        SmartTurnDetector(str(tmp_path / name) if name else "")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"unlikely_threshold": 2}, "unlikely_threshold = 2"),
        ({"silence_s": -1}, "silence_s = -1"),
        ({"threads": 0}, "threads = 0"),
    ],
)
def test_wrong_settings(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=f"{said} is out of its range"):
        SmartTurnDetector("any.onnx", **options)


def test_by_name() -> None:
    named = create("turn_detection", f"smart_turn:{model_path()}?unlikely_threshold=0.3")
    assert isinstance(named, SmartTurnDetector)
    assert (named.path, named.unlikely_threshold) == (model_path(), 0.3)
    with pytest.raises(ModelError, match=r"turn_detection smart_turn: .*smart_turn:MODEL\.onnx"):
        create("turn_detection", "smart_turn")


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(EngineMissing, match=r"onnxruntime.*pip install 'speech-tuning-kit\[turns\]'"):
        SmartTurnDetector("any.onnx")
