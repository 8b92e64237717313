from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.audio.encoding import encode_for_browser, encode_mp3
from kit.audio.files import read_audio
from kit.audio.levels import rms_dbfs


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_mp3_gives_back_every_sample_in_its_place(tmp_path: Path, rate: int, channels: int) -> None:
    t = np.arange(round(rate * 1.234)) / rate
    tone = np.rint(8_000 * np.sin(2 * np.pi * (150 + 300 * t) * t)).astype(np.int16)
    samples = np.stack([tone, tone // 2][:channels], axis=1)
    (tmp_path / "a.mp3").write_bytes(encode_mp3(samples, rate))
    read, read_rate = read_audio(tmp_path / "a.mp3")
    assert read_rate == rate
    assert read.shape == samples.shape
    assert np.abs(read.astype(int) - samples).mean() < 60
    assert rms_dbfs(read) == pytest.approx(rms_dbfs(samples), abs=0.05)


def test_other_rates_become_the_next_higher(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(encode_mp3(np.ones(7_000, np.int16), 7_000))
    read, rate = read_audio(tmp_path / "a.mp3")
    assert rate == 8_000
    assert abs(len(read) - 8_000) <= 1


def test_it_is_small_and_says_what_it_is() -> None:
    encoded = encode_for_browser(np.zeros(24_000 * 10, np.int16), 24_000)
    assert encoded.mime_type == "audio/mpeg"
    assert len(encoded.data) < 10 * 64_000 / 8 * 1.05


@pytest.mark.parametrize("shape", [(0,), (0, 1), (100, 3)])
def test_what_does_not_fit_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="MP3"):
        encode_mp3(np.zeros(shape, np.int16), 16_000)
