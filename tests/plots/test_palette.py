from __future__ import annotations

import itertools

import numpy as np

from kit.plots import palette

DATA = [palette.USER, palette.AGENT, palette.BACKGROUND, *palette.STAGES.values()]


def linear(color):
    """sRGB to linear light (IEC 61966-2-1)."""
    values = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """WCAG 2.2."""
    a, b = (float(linear(color) @ [0.2126, 0.7152, 0.0722]) for color in (one, other))
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


def lab(rgb):
    """Linear sRGB to CIELAB, D65."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ rgb
    ratio = xyz / np.array([0.9505, 1.0, 1.089])
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


BLINDNESS = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}
"""Machado, Oliveira and Fernandes 2009, severity 1."""


def test_one_colour_for_one_thing():
    assert len(set(DATA)) == len(DATA) == 8
    assert set(palette.STAGES) == set(palette.STAGE_LABELS)


def test_stages_that_touch_differ_for_the_colour_blind():
    neighbours = list(itertools.combinations(palette.STAGES.values(), 2))
    for matrix in BLINDNESS.values():
        for one, other in neighbours:
            seen = [lab(np.clip(np.array(matrix) @ linear(color), 0, 1)) for color in (one, other)]
            assert np.linalg.norm(seen[0] - seen[1]) > 10, (one, other)


def test_letters_can_be_read():
    assert contrast(palette.INK, palette.GROUND) > 7
    assert contrast(palette.MUTED, palette.GROUND) > 4.5
    for color in palette.STAGES.values():
        assert contrast(palette.ON_COLOR, color) > 4.5
