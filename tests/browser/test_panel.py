"""The tuning panel as a person has it before them: in a real JupyterLab, turned by keys and mouse, heard, looked at."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Lab, NotebookPage

pytestmark = pytest.mark.browser

HTML_WORD = "<img src=x onerror=window.hacked=1>"
CELL = f"""
from kit import Agent, AgentSession, Tuning, models
from kit.widgets import Studio, TuningPanel

terms = {{"kubectl": "kube control", "nginx": {{"ipa": "ˈɛndʒɪnˈɛks"}}, "kube": "cube", {HTML_WORD!r}: "<b>bold</b>"}}
session = AgentSession(tts=models.EspeakTTS(), tuning=Tuning().replace({{"pronunciation.terms": terms}}))
studio = Studio.of(session)
panel = TuningPanel(session)
other = TuningPanel(session, groups=["volume"])
studio.thread.run(session.start(Agent())).result(30)
display(panel, other)
"""
BEGIN_IN_KERNEL = """(code) => {
    window.cellDone = false;
    const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
    kernel.requestExecute({ code }).done.then(() => { window.cellDone = true; });
}"""
COLUMNS = """() => new Set(Array.from(document.querySelectorAll('.kit-panel-whole .kit-section'))
    .map(one => Math.round(one.getBoundingClientRect().left))).size"""
OVERFLOW = """() => Array.from(document.querySelectorAll('.kit-panel-whole, .kit-panel-whole .kit-section'))
    .filter(one => one.scrollWidth > one.clientWidth + 1).length"""


class Panel:
    """The page, and the kernel behind it."""

    def __init__(self, notebook: NotebookPage) -> None:
        self.notebook = notebook
        self.page = notebook.page
        self.whole = self.page.locator(".kit-panel-whole")
        self.small = self.page.locator(".kit-panel:not(.kit-panel-whole)")

    def python(self, code: str) -> str:
        return self.notebook.python(code)

    def setting(self, path: str, where: Any = None) -> Any:
        return (where or self.whole).locator(f'[data-path="{path}"]')

    def tuned(self, path: str) -> Any:
        return ast.literal_eval(self.python(f"print(repr(session.tuning.get({path!r})))"))

    def until_tuned(self, path: str, value: Any) -> None:
        for _ in range(100):
            if self.tuned(path) == value:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{path} is {self.tuned(path)!r}, not {value!r}")

    def until_shown(self, path: str, value: str, where: Any = None) -> None:
        field = self.setting(path, where).locator(".kit-number").element_handle()
        self.page.wait_for_function("([field, value]) => field.value === value", arg=[field, value])


@pytest.fixture
def panel(open_notebook: Callable[..., NotebookPage], lab: Lab) -> Panel:
    opened = open_notebook(lab.write("notebooks/panel.ipynb", [CELL]), width=1900, height=1100)
    opened.run_all()
    assert opened.errors() == []
    opened.page.set_default_timeout(20_000)
    made = Panel(opened)
    made.whole.locator(".kit-word").first.wait_for()
    return made


def test_it_turns_a_running_session_and_follows_it(panel: Panel, lab: Lab) -> None:
    keys_turn_a_slider(panel)
    the_mouse_drags_it_in_one_step(panel)
    what_others_change_is_shown(panel)
    what_will_not_do_is_refused(panel)
    what_does_nothing_is_grey(panel)
    presets_and_steps(panel)
    it_turns_while_a_cell_is_busy(panel)
    words_are_text_and_can_be_edited(panel)
    sounds_are_heard(panel)
    the_voice_is_metered(panel)
    it_is_taken_away(panel, lab.folder / "notebooks")
    it_looks_right(panel)
    a_long_lexicon_stays_usable(panel)
    openings_leave_nothing(panel)
    assert panel.notebook.console_errors == []
    assert panel.page.evaluate("window.hacked ?? 0") == 0
    panel.python("panel.close(); other.close(); studio.thread.run(session.aclose()).result(20); studio.stop_threads()")


def keys_turn_a_slider(panel: Panel) -> None:
    panel.page.evaluate("window.jupyterapp.shell.currentWidget.content.mode = 'command'")  # where arrows move cells
    slider = panel.setting("volume.level").locator(".kit-slider")
    slider.focus()
    for key in ["ArrowLeft"] * 5 + ["PageDown"]:
        slider.press(key)
    panel.until_tuned("volume.level", 85.0)
    assert slider.get_attribute("aria-valuetext") == "85 %"
    panel.until_shown("volume.level", "85", panel.small)
    delay = panel.setting("endpointing.min_delay_s").locator(".kit-slider")
    delay.press("ArrowUp")
    panel.until_tuned("endpointing.min_delay_s", 0.55)
    for key, level in (("Home", 0.0), ("End", 100.0)):
        slider.press(key)
        panel.until_tuned("volume.level", level)
    switch = panel.setting("background.duck_for_user").locator(".kit-switch")
    switch.press("Space")
    panel.until_tuned("background.duck_for_user", True)


def the_mouse_drags_it_in_one_step(panel: Panel) -> None:
    panel.whole.get_by_role("button", name="Reset all").click()
    panel.until_tuned("volume.level", 100.0)
    slider = panel.setting("volume.level").locator(".kit-slider")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    panel.page.mouse.move(box["x"] + box["width"] - 7, y)
    panel.page.mouse.down()
    panel.page.mouse.move(box["x"] + box["width"] / 2, y, steps=40)
    panel.page.mouse.up()
    shown = float(panel.setting("volume.level").locator(".kit-number").input_value())
    assert 40 <= shown <= 60
    panel.until_tuned("volume.level", shown)
    panel.whole.get_by_role("button", name="Undo").click()
    panel.until_tuned("volume.level", 100.0)


def what_others_change_is_shown(panel: Panel) -> None:
    panel.python("studio.replace({'volume.level': 70, 'endpointing.min_delay_s': 0.8})")
    panel.until_shown("volume.level", "70")
    panel.until_shown("volume.level", "70", panel.small)
    panel.until_shown("endpointing.min_delay_s", "0.80")
    told = panel.whole.locator(".kit-changes")
    assert told.inner_text() == "2 changes from the start: How loud 100 → 70 % · Wait at least 0.5 → 0.8 s"
    field = panel.setting("volume.level", panel.small).locator(".kit-number")
    field.fill("65.5")
    field.press("Enter")
    panel.until_tuned("volume.level", 65.5)
    panel.until_shown("volume.level", "65.5")
    panel.setting("volume.level").locator(".kit-reset").click()
    panel.until_tuned("volume.level", 100.0)


def what_will_not_do_is_refused(panel: Panel) -> None:
    for path, bad, words, good in (
        ("endpointing.max_delay_s", "0.1", "is below endpointing.min_delay_s (0.8 s)", "3.0"),
        ("volume.level", "120", "out of its range, 0 to 100 %", "100"),
    ):
        row = panel.setting(path)
        row.locator(".kit-number").fill(bad)
        row.locator(".kit-number").press("Enter")
        row.get_by_role("alert").wait_for()
        assert words in row.get_by_role("alert").inner_text()
        panel.until_shown(path, good)
    panel.notebook.screenshot("panel-refused")


def what_does_nothing_is_grey(panel: Panel) -> None:
    row = panel.setting("preemption.preemptive_tts")
    assert "kit-dormant" in row.get_attribute("class")
    assert row.locator(".kit-note").inner_text() == "“Start before the turn ends” is off"
    top = row.bounding_box()["y"]
    panel.setting("preemption.enabled").locator(".kit-switch").click()
    panel.until_tuned("preemption.enabled", True)
    panel.whole.locator('[data-path="preemption.preemptive_tts"]:not(.kit-dormant)').wait_for()
    assert row.bounding_box()["y"] == top
    row.hover()
    assert "what is thrown away costs speech" in panel.whole.locator(".kit-about").inner_text()


def presets_and_steps(panel: Panel) -> None:
    button = panel.whole.get_by_role("button", name="Patient listener")
    button.click()
    panel.until_tuned("endpointing.max_delay_s", 6.0)
    panel.whole.locator('.kit-presets [aria-pressed="true"]', has_text="Patient listener").wait_for()
    panel.whole.get_by_role("button", name="Undo").click()
    panel.until_tuned("endpointing.max_delay_s", 3.0)
    panel.whole.get_by_role("button", name="Redo").click()
    panel.until_tuned("endpointing.max_delay_s", 6.0)
    panel.setting("volume.level").locator(".kit-slider").press("Control+z")
    panel.until_tuned("endpointing.max_delay_s", 3.0)


def it_turns_while_a_cell_is_busy(panel: Panel) -> None:
    panel.page.evaluate(BEGIN_IN_KERNEL, "import time; until = time.time() + 4\nwhile time.time() < until: pass")
    field = panel.setting("volume.level").locator(".kit-number")
    field.fill("42")
    field.press("Enter")
    panel.until_shown("volume.level", "42", panel.small)
    assert panel.page.evaluate("window.cellDone") is False
    panel.python("studio.replace({'volume.level': 100})")
    panel.until_shown("volume.level", "100")


def words_are_text_and_can_be_edited(panel: Panel) -> None:
    words = panel.whole.locator(".kit-word")
    shown = [field.input_value() for field in panel.whole.locator(".kit-word-term").all()]
    assert sorted(shown) == sorted(["kubectl", "nginx", "kube", HTML_WORD])
    assert panel.whole.locator("img, b").count() == 0
    first = words.filter(has=panel.page.locator('[aria-label="Word: kubectl"]'))
    first.locator(".kit-ipa").wait_for()
    assert first.locator(".kit-ipa").inner_text() == "kjˈuːbɛktəl → kjˈuːb kəntɹˈoʊl"
    panel.whole.get_by_role("button", name="Add a word").click()
    panel.page.keyboard.type("SQL")
    panel.page.keyboard.press("Tab")
    panel.page.keyboard.press("Tab")
    panel.page.keyboard.type("sequel, kube")
    panel.page.keyboard.press("Enter")
    for _ in range(100):
        if "SQL" in panel.python("print(dict(session.tuning.pronunciation.terms))"):
            break
        panel.page.wait_for_timeout(50)
    new = words.filter(has=panel.page.locator('[aria-label="Word: SQL"]'))
    new.locator(".kit-mark").wait_for()
    assert "holds the term 'kube' in its respelling" in new.locator(".kit-mark").inner_text()
    first.locator(".kit-word-term").fill("nginx")
    first.locator(".kit-word-term").press("Enter")
    first.locator(".kit-is-error").wait_for()
    assert "'nginx' is there already" in first.locator(".kit-heard").inner_text()
    assert first.locator(".kit-word-term").input_value() == "kubectl"
    new.get_by_role("button", name="take out").click()
    new.wait_for(state="detached")
    assert panel.python("print('SQL' in session.tuning.pronunciation.terms)") == "False"


def sounds_are_heard(panel: Panel) -> None:
    page, audio = panel.page, panel.whole.locator("audio").element_handle()
    lengths = []
    for button in (
        panel.whole.get_by_role("button", name="kubectl: play before"),
        panel.whole.get_by_role("button", name="kubectl: play after"),
        panel.whole.get_by_role("button", name="Play the sentence as it is set now"),
    ):
        before = audio.evaluate("audio => audio.src")
        button.click()
        page.wait_for_function(
            "([audio, before]) => audio.src !== before && audio.duration > 0 && audio.currentTime > 0",
            arg=[audio, before],
        )
        lengths.append(audio.evaluate("audio => audio.duration"))
    assert 0.3 < lengths[0] < 2
    assert 0.3 < lengths[1] < 2
    assert lengths[0] != lengths[1]
    assert lengths[2] > 2
    assert "LUFS" in panel.whole.locator(".kit-section-volume .kit-measured").inner_text()
    panel.setting("background.ambient").locator("select").select_option("office_ambience")
    panel.until_tuned("background.ambient", "office_ambience")
    before = audio.evaluate("audio => audio.src")
    panel.whole.get_by_role("button", name="Play the sentence over the ambient sound").click()
    page.wait_for_function("([audio, before]) => audio.src !== before && audio.duration > 5", arg=[audio, before])
    panel.whole.locator('.kit-play[data-state="playing"]').click()
    assert audio.evaluate("audio => audio.paused")
    panel.setting("background.ambient").locator("select").select_option(label="A file…")
    panel.setting("background.ambient").locator(".kit-file").fill("nix.wav")
    panel.setting("background.ambient").locator(".kit-file").press("Enter")
    panel.whole.locator('[data-path="background.ambient"] .kit-warning').wait_for()
    assert "no file nix.wav" in panel.setting("background.ambient").inner_text()
    panel.setting("background.ambient").locator("select").select_option("office_ambience")
    panel.until_tuned("background.ambient", "office_ambience")


def the_voice_is_metered(panel: Panel) -> None:
    """In both panels, while the agent speaks; afterwards the reading stays."""
    meters = panel.page.get_by_role("meter", name="Loudness of the agent's voice")
    assert [one.get_attribute("aria-valuetext") for one in meters.all()] == ["nothing heard yet"] * 2
    height = panel.whole.locator(".kit-section-volume").bounding_box()["height"]
    panel.python("studio.replace({'volume.limit_peaks': True, 'volume.ceiling_dbtp': -9})")
    panel.python(f"studio.thread.loop.call_soon_threadsafe(session.say, {'It is ready for pick-up. ' * 6!r})")
    for where in (panel.whole, panel.small):
        where.get_by_text("now heard").wait_for()
        where.locator('[role="meter"][aria-valuetext*="LUFS"]').wait_for()
    panel.whole.locator('[role="meter"][aria-valuetext$="true peak −9.0 dBTP, ceiling −9.0 dBTP"]').wait_for()
    panel.notebook.screenshot("panel-meter")
    panel.whole.get_by_text("last heard").wait_for()
    assert -30 < float(meters.first.get_attribute("aria-valuenow")) < -10
    assert panel.whole.locator(".kit-section-volume").bounding_box()["height"] == height


def it_is_taken_away(panel: Panel, folder: Path) -> None:
    (folder / "mine.toml").write_text("old", encoding="utf-8")
    told = panel.whole.locator(".kit-told")
    panel.whole.get_by_role("button", name="Save").click()
    panel.whole.locator(".kit-taking-away input").fill("mine.toml")
    panel.whole.get_by_role("button", name="Write").click()
    panel.whole.locator(".kit-told.kit-warning").wait_for()
    assert "already" in told.inner_text()
    assert (folder / "mine.toml").read_text(encoding="utf-8") == "old"
    panel.whole.get_by_role("button", name="Overwrite it").click()
    panel.whole.locator(".kit-told:not(.kit-warning)", has_text="Written").wait_for()
    assert panel.python("print(Tuning.load('mine.toml') == session.tuning)") == "True"
    panel.whole.get_by_role("button", name="Export script").click()
    panel.whole.locator(".kit-taking-away input").fill("mine.py")
    panel.whole.get_by_role("button", name="Write").click()
    panel.whole.locator(".kit-told:not(.kit-warning)", has_text="mine.py").wait_for()
    compile((folder / "mine.py").read_text(encoding="utf-8"), "mine.py", "exec")
    panel.whole.locator(".kit-taking-away input").press("Escape")


def it_looks_right(panel: Panel) -> None:
    page = panel.page
    for theme in ("Dark", "Light"):
        panel.notebook.theme(theme)
        page.wait_for_function("dark => (document.body.dataset.jpThemeLight === 'false') === dark", arg=theme == "Dark")
        page.wait_for_timeout(500)
        for width, columns in ((2100, 4), (1500, 3), (1150, 2), (800, 1)):
            page.set_viewport_size({"width": width, "height": 1100})
            page.wait_for_timeout(300)
            assert page.evaluate(COLUMNS) == columns
            assert page.evaluate(OVERFLOW) == 0
            if (columns, theme) in ((2, "Dark"), (4, "Light"), (1, "Light")):
                panel.notebook.screenshot(f"panel-{columns}-columns-{theme.lower()}")
    page.set_viewport_size({"width": 1900, "height": 1100})


def a_long_lexicon_stays_usable(panel: Panel) -> None:
    panel.python("studio.replace({'pronunciation.terms': {f'word {n}': f'wort {n}' for n in range(500)}})")
    panel.whole.get_by_text("500 words").wait_for()
    assert panel.whole.locator(".kit-word").count() < 20
    panel.whole.locator(".kit-words").evaluate("list => { list.scrollTop = list.scrollHeight; }")
    panel.whole.locator('[aria-label="Word: word 499"]').wait_for()
    slider = panel.setting("volume.level").locator(".kit-slider")
    slider.press("ArrowDown")
    panel.until_tuned("volume.level", 99.0)


def openings_leave_nothing(panel: Panel) -> None:
    count = """
import gc, threading
def left():
    gc.collect()
    return [
        len(get_ipython().kernel.comm_manager.comms), threading.active_count(),
        *(len(each) for each in (studio._on_tuning, studio._on_record, studio._on_session)),
    ]
"""
    opened = """
for _ in range(20):
    one = TuningPanel(session)
    one.replace({"volume.level": 50})
    one.close()
import time
for _ in range(200):
    if all(now <= then for now, then in zip(left(), before)): break
    time.sleep(0.05)
print([before, left()])
"""
    before, after = json.loads(panel.python(count + "before = left()\n" + opened))
    assert all(now <= then for now, then in zip(after, before, strict=True)), (before, after)
