"""One colour for one thing, in every plot, widget and report.

The hues are those of Okabe and Ito (2008), *Color Universal Design*, which people with any common colour blindness can
tell apart; grey stands for the background. No meaning rests on colour alone: whatever is coloured has a label or a
place of its own, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

BLUE = "#0072b2"
SKY_BLUE = "#56b4e9"
GREEN = "#009e73"
YELLOW = "#f0e442"
ORANGE = "#e69f00"
VERMILLION = "#d55e00"
PURPLE = "#cc79a7"
GREY = "#8c959f"

USER = BLUE
AGENT = VERMILLION
BACKGROUND = GREY

STAGES: Mapping[str, str] = MappingProxyType(
    {"stt": SKY_BLUE, "endpointing": YELLOW, "llm": PURPLE, "tts": ORANGE, "playout": GREEN}
)
STAGE_LABELS: Mapping[str, str] = MappingProxyType(
    {"stt": "STT", "endpointing": "endpointing", "llm": "LLM", "tts": "TTS", "playout": "playout"}
)

ON_COLOR = "#14171a"
"""Letters on any of the stages' colours, in a light page and a dark one."""

INK = "#1f2328"
MUTED = "#59636e"
HAIRLINE = "#d1d9e0"
GROUND = "#ffffff"

THEMED: Mapping[str, str] = MappingProxyType({INK: "ink", MUTED: "muted", HAIRLINE: "hairline", GROUND: "ground"})
"""Colours of the page rather than of the data, and the names of the CSS variables that may take their place in SVG."""
