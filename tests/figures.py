"""Figures that depend on the machine: always taken and written down, held to their bars only by `make figures`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HELD = os.environ.get("KIT_FIGURES", "") not in ("", "0")
"""Whether the bars are held: on a machine that has nothing else to do."""

FOLDER = Path(__file__).resolve().parent.parent / "build" / "figures"


def report(name: str, figures: Mapping[str, Any], bars: Mapping[str, float]) -> None:
    """Print the figures, and write them to build/figures/NAME.json. `bars`: the most that each may be."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures, indent=1, ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(f"{name}: {text}")
    missed = {figure: figures[figure] for figure, bar in bars.items() if figures[figure] > bar}
    assert not HELD or not missed, f"over their bars: {missed}"
