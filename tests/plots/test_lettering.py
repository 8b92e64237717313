from __future__ import annotations

import warnings

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from kit.plots.lettering import BOX, clean, fitted, font, width_in

UNKNOWN = "𒀀"
"""Cuneiform, which none of the fonts that are looked for has."""
ELSEWHERE = "⌒"
"""A letter of DejaVu Sans Mono's, which comes with matplotlib, and not of DejaVu Sans's."""


def draw(text: str) -> None:
    figure = Figure()
    figure.text(0.5, 0.5, text, **font(text))
    figure.canvas.draw()


def test_a_letter_that_no_font_has_is_a_box() -> None:
    with pytest.warns(UserWarning, match="no font here"):
        text = clean(f"a {UNKNOWN}b")
    assert text == f"a {BOX}b"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert width_in(text, 9) > width_in("a b", 9)
        draw(text)


def test_it_is_told_once() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default")
        for text in (UNKNOWN, f"{UNKNOWN} again", "plain"):
            fitted(text * 9, 0.5, 9)
    assert len(told) == 1


def test_a_font_that_matplotlib_is_set_to_is_used() -> None:
    with warnings.catch_warnings(), mpl.rc_context({"font.sans-serif": ["No such font", "DejaVu Sans Mono"]}):
        warnings.simplefilter("error")
        assert clean(ELSEWHERE) == ELSEWHERE
        draw(ELSEWHERE)
