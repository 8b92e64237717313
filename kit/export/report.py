"""A report in one file: everything measured of some conversations, with their sound, to read, to hear and to hand on.

The page asks for nothing from outside. What people and models said is text in it, never markup: the template escapes
whatever it is given, and the page's own policy allows no script but the one that starts the players.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from ..plots import palette
from ..plots.style import FELT_DELAY_S, MEAN_HUMAN_GAP_S
from .report_view import view
from .template import template

if TYPE_CHECKING:
    from ..lab.recorded import Recorded

_UNIT = re.compile(r"(?<=\d) (?=(?:s|ms|%|dB)(?:\W|$))")

PLAYER = """
document.addEventListener("click", function (event) {
  var button = event.target.closest("button[data-audio]");
  if (!button) return;
  var audio = document.getElementById(button.dataset.audio);
  document.querySelectorAll("audio").forEach(function (other) { if (other !== audio) other.pause(); });
  audio.currentTime = Number(button.dataset.t);
  audio.play();
});
"""


def write_report(path: str | Path, conversations: Sequence[Recorded], *, title: str = "") -> Path:
    """Write an HTML report of one conversation, or of several compared with the first.

    Args:
        path: The file; its folder is made. A file that is there is replaced once the new one is whole.
        conversations: Each with `journal`, `audio` (16-bit samples of shape (n, 3)), `sample_rate` and `name`, and
            `latency` (the profile of added delays, as text) where there is one.
        title: By default the finding.

    Returns:
        The file.

    Raises:
        ValueError: there is no conversation.
        OSError: the file cannot be written.
    """
    if not conversations:
        raise ValueError("a report needs at least one conversation")
    path = Path(path)
    page = render(conversations, title=title)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(page, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def unbroken(text: str) -> str:
    """The text with no line break between a number and its unit."""
    return _UNIT.sub("\N{NO-BREAK SPACE}", text)


def render(conversations: Sequence[Recorded], *, title: str = "") -> str:
    """The report as HTML text."""
    digest = base64.b64encode(hashlib.sha256(PLAYER.encode()).digest()).decode("ascii")
    return template("report.html.j2", unbroken=unbroken).render(
        report=view(conversations, title),
        script=Markup(PLAYER),
        script_hash=f"sha256-{digest}",
        palette=palette,
        human_gap_ms=round(1000 * MEAN_HUMAN_GAP_S),
        felt_delay_ms=round(1000 * FELT_DELAY_S),
    )
