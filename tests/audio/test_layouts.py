from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kit.audio.files import read_audio
from kit.audio.layouts import from_mask, mixing_matrix, standard, unnamed
from kit.audio.pcm import LOUDEST, mixed_floats
from tests.audio.sounds import encoded, sweep, wav_bytes

FIVE_ONE = standard(6)
COUNTS = [1, 2, 3, 4, 6, 8, 16]


@pytest.mark.parametrize("source", COUNTS)
@pytest.mark.parametrize("target", COUNTS)
def test_no_mix_can_clip_and_every_channel_has_a_form(source: int, target: int) -> None:
    matrix = mixing_matrix(standard(source), standard(target))
    assert matrix.shape == (target, source)
    assert matrix.min() >= 0
    assert matrix.sum(axis=1).max() == pytest.approx(1.0)


@pytest.mark.parametrize("count", COUNTS)
def test_the_same_number_of_channels_stays_as_it_is(count: int) -> None:
    assert np.array_equal(mixing_matrix(unnamed(count), standard(count)), np.eye(count))


def test_mono_is_the_mean_and_as_loud_on_both_sides_as_stereo() -> None:
    assert mixing_matrix(standard(2), standard(1)).tolist() == [[0.5, 0.5]]
    assert mixing_matrix(standard(1), standard(2)).tolist() == [[1.0], [1.0]]
    assert mixing_matrix(unnamed(4), standard(1)).tolist() == [[0.25] * 4]


def test_surround_is_folded_as_bs_775_says() -> None:
    left, right = mixing_matrix(FIVE_ONE, standard(2)) * (1 + 2 * 0.5**0.5)
    assert left.tolist() == pytest.approx([1, 0, 0.5**0.5, 0, 0.5**0.5, 0])
    assert right.tolist() == pytest.approx([0, 1, 0.5**0.5, 0, 0, 0.5**0.5])


def test_channels_go_to_their_own_places() -> None:
    assert np.flatnonzero(mixing_matrix(standard(1), FIVE_ONE)).tolist() == [FIVE_ONE.index("FC")]
    assert mixing_matrix(standard(2), FIVE_ONE)[:2].tolist() == [[1, 0], [0, 1]]
    assert mixing_matrix(unnamed(3), unnamed(4)).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]


def test_sound_of_the_low_frequency_channel_only_is_not_lost() -> None:
    assert mixing_matrix(("LFE",), standard(2)).any()


@pytest.mark.parametrize(
    ("mask", "channels", "names"),
    [
        (0x3F, 6, FIVE_ONE),
        (0x63F, 8, standard(8)),
        (0x3, 2, ("FL", "FR")),
        (0, 1, ("FC",)),
        (0x3, 4, unnamed(4)),
        (0xFFFFFFFF, 3, unnamed(3)),
    ],
)
def test_a_mask_names_channels_where_it_fits(mask: int, channels: int, names: tuple[str, ...]) -> None:
    assert from_mask(mask, channels) == names


def test_channels_of_a_wav_file_and_of_a_coded_one_are_mixed_alike(tmp_path: Path) -> None:
    samples = sweep(48_000, 4800, 6)
    (tmp_path / "a.wav").write_bytes(wav_bytes(samples.tobytes(), 1, 16, 6, 48_000, mask=0x3F))
    (tmp_path / "a.flac").write_bytes(encoded(samples, 48_000, "flac", "flac"))
    expected = np.rint(samples @ mixing_matrix(FIVE_ONE, standard(2)).T)
    for name in ("a.wav", "a.flac"):
        stereo, _ = read_audio(tmp_path / name, num_channels=2)
        assert np.abs(stereo - expected).max() <= 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_no_number_or_far_too_loud_does_no_harm(dtype: type) -> None:
    values = np.array([[np.nan, 0], [np.inf, -np.inf], [np.inf, 0], [3e38, 3e38], [0.5, 0.25]], dtype)
    mixed = mixed_floats(values, mixing_matrix(standard(2), standard(1)))[:, 0]
    assert mixed.tolist() == [0, 0, LOUDEST, LOUDEST, 12288]
