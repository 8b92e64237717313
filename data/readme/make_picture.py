"""Makes the README's picture from a conversation held now: `python data/readme/make_picture.py`."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from kit import Tuning, plots
from kit.lab import converse

FOLDER = Path(__file__).parent
QUESTION = FOLDER.parent / "questions" / "name.wav"
COLOURS = 128
"""As many as a plot needs; the picture is a third of the size."""


def make(path: Path) -> None:
    """The sound of a question and its answer, and below it the gap without and with preemptive generation."""
    off = converse(QUESTION, latency="typical", name="off")
    on = converse(QUESTION, latency="typical", name="on", tuning=Tuning().replace({"preemption.enabled": True}))
    parts = [Image.open(io.BytesIO(plot.to_png())) for plot in (plots.waveform(off), plots.latency(off, on))]
    picture = Image.new("RGB", (max(part.width for part in parts), sum(part.height for part in parts)), "white")
    top = 0
    for part in parts:
        picture.paste(part, (0, top))
        top += part.height
    picture.quantize(COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    make(FOLDER / "first-conversation.png")
