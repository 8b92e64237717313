"""A voice at the page's microphone: two views of one Talk, and push to talk."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kit.plots import palette
from tests.browser.talk_view import RUNNING, TalkView

if TYPE_CHECKING:
    from tests.browser.conftest import Lab, NotebookPage

pytestmark = pytest.mark.browser

CELLS = ["from kit.widgets import Talk\ntalk = Talk()\ntalk", "talk"]
LOUD_ENOUGH = 60
COUNT_SOUND = """
window.openSounds = new Set();
window.AudioContext = class extends window.AudioContext {
    constructor(...given) { super(...given); window.openSounds.add(this); }
    close() { window.openSounds.delete(this); return super.close(); }
};
"""


def voice(recording: Path, path: Path, *, before_s: float, after_s: float) -> Path:
    """The recording between silences. Chromium plays it over and over, from when the microphone is opened."""
    with wave.open(str(recording)) as source:
        rate, samples = source.getframerate(), source.readframes(source.getnframes())
    with wave.open(str(path), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(rate)
        target.writeframes(bytes(2 * round(before_s * rate)) + samples + bytes(2 * round(after_s * rate)))
    return path


def test_two_views_of_one_talk(
    open_notebook: Callable[..., NotebookPage], lab: Lab, speech_dir: Path, tmp_path: Path
) -> None:
    """The second shows what happens in the first, and can take its sound, which the first then says."""
    microphone = voice(speech_dir / "goforward.wav", tmp_path / "microphone.wav", before_s=1.5, after_s=20)
    (tmp_path / "count.js").write_text(COUNT_SOUND)
    notebook = open_notebook(
        lab.write("two_views.ipynb", CELLS), microphone=microphone, script=tmp_path / "count.js", height=1300
    )
    notebook.run_all()
    first, second = TalkView(notebook), TalkView(notebook, 1)
    first.view.wait_for()
    second.view.wait_for()
    first.press("▶ Start")
    second.until(*RUNNING)
    second.notice("Another view of this conversation has its sound.")
    _mirrored(second)
    notebook.screenshot("talk-two-views")
    second.press("Use the sound here")
    first.notice("Another view of this conversation has its sound.")
    second.view.locator(".kit-talk-notice").wait_for(state="hidden")
    assert notebook.page.evaluate("() => window.openSounds.size") == 1
    second.until_python("len([r for r in talk.session.journal if r.type == 'turn_committed']) >= 2")
    _mirrored(first)
    first.press("■ Stop")
    second.until("Off")
    first.until("Off")
    assert notebook.page.evaluate("() => window.openSounds.size") == 0
    assert first.view.locator(".kit-talk-notice").is_hidden() and second.view.locator(".kit-talk-notice").is_hidden()
    assert notebook.console_errors == []


def _mirrored(view: TalkView) -> None:
    """A view without the sound shows who sounds, and what is said."""
    view.says("forward")
    view.until("Speaking")
    view.page.wait_for_timeout(500)
    assert view.pixels(palette.USER) > LOUD_ENOUGH
    assert view.pixels(palette.AGENT) > LOUD_ENOUGH
    view.until("Listening", "You speak")


def test_push_to_talk(open_notebook: Callable[..., NotebookPage], lab: Lab, speech_dir: Path, tmp_path: Path) -> None:
    """While muted, only what is said while the button is held is heard; letting go ends the turn."""
    microphone = voice(speech_dir / "goforward.wav", tmp_path / "microphone.wav", before_s=0.2, after_s=1.0)
    notebook = open_notebook(lab.write("push_to_talk.ipynb", CELLS[:1]), microphone=microphone)
    notebook.run_all()
    view = TalkView(notebook)
    view.press("Mute")
    view.press("▶ Start")
    view.until(*RUNNING)
    with wave.open(str(microphone)) as sound:
        once_s = sound.getnframes() / sound.getframerate()
    view.until_python("talk._run.microphone.page_position > 0")
    view.python("setattr(talk, '_first', talk._run.microphone.page_position)")
    view.until_python(f"talk._run.microphone.page_position - talk._first > {once_s} * 48_000")
    assert view.lines("you") == []
    hold = view.view.get_by_role("button", name="Hold to talk")
    box = hold.bounding_box()
    view.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    _one_turn(view, view.page.mouse.down, view.page.mouse.up, picture="talk-held")
    hold.focus()
    _one_turn(view, lambda: view.page.keyboard.down("Space"), lambda: view.page.keyboard.up("Space"))
    assert view.python("[talk.muted, talk._run.microphone.muted]") == [True, True]
    view.page.keyboard.down("Enter")
    view.until_python("not talk._run.microphone.muted")
    view.view.get_by_placeholder("type instead…").focus()
    view.until_python("talk._run.microphone.muted")
    view.page.keyboard.up("Enter")
    view.press("■ Stop")
    view.until("Off")
    assert hold.get_attribute("aria-pressed") == "false"
    assert notebook.console_errors == []


def _one_turn(view: TalkView, press: Callable[[], None], let_go: Callable[[], None], picture: str = "") -> None:
    """What is said meanwhile is heard, however long its pauses, and answered when it is let go."""
    heard = "sum((line.text + line.interim).count('forward') for line in talk._lines.lines if line.who == 'you')"
    turns = "len([r for r in talk.session.journal if r.type == 'turn_committed'])"
    heard_before, turns_before = view.python(heard), view.python(turns)
    hold = view.view.get_by_role("button", name="Hold to talk")
    press()
    view.until_python(f"{heard} > {heard_before} + 1")  # twice, and between them more than ends a turn elsewhere
    assert view.python(turns) == turns_before
    assert hold.get_attribute("aria-pressed") == "true"
    if picture:
        view.notebook.screenshot(picture)
    let_go()
    assert hold.get_attribute("aria-pressed") == "false"
    view.until_python(f"{turns} > {turns_before}")
    view.until("Speaking")
    view.until("Listening")
