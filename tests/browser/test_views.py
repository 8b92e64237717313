"""The views of conversations as a person has them before them: in a real JupyterLab, seen, zoomed, played and heard."""

from __future__ import annotations

import ast
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kit import Tuning
from kit.lab import converse
from kit.plots import palette
from kit.ports import ChatChunk

if TYPE_CHECKING:
    from tests.browser.conftest import Lab, NotebookPage

pytestmark = pytest.mark.browser

HTML_REPLY = "It is <b>bold</b> <img src=x onerror=window.hacked=1> in Paris."
CELLS = [
    """
from kit import Tuning
from kit.lab import Conversation
from kit.widgets import Compare, LatencyDistribution, LatencyTimeline, LedgerTable, Waveform
off, on = (Conversation.load(name) for name in ("held-off", "held-on"))
wave = Waveform(on)
wave
""",
    "latency = LatencyTimeline(on); latency",
    "spread = LatencyDistribution(off, on); spread",
    "ledger = LedgerTable(on); ledger",
    "pair = Compare(off, on, seed=3); pair",
]
TAP = """(() => {
    const connect = AudioNode.prototype.connect;
    window.heardPeak = 0;
    AudioNode.prototype.connect = function (to, ...rest) {
        if (to === this.context.destination) {
            const tap = this.context.createAnalyser();
            tap.fftSize = 2048;
            const samples = new Float32Array(tap.fftSize);
            setInterval(() => {
                tap.getFloatTimeDomainData(samples);
                window.heardPeak = Math.max(window.heardPeak, ...samples.map(Math.abs));
            }, 20);
            connect.call(this, tap);
        }
        return connect.call(this, to, ...rest);
    };
})()"""
COLOURS = """([selector, colours]) => {
    const canvas = document.querySelector(selector), context = canvas.getContext('2d');
    const data = context.getImageData(0, 0, canvas.width, canvas.height).data, found = colours.map(() => 0);
    for (let i = 0; i < data.length; i += 4) {
        colours.forEach(([r, g, b], n) => {
            const near = Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 24;
            if (near && data[i + 3] > 200) found[n] += 1;
        });
    }
    return found;
}"""
OVERFLOW = """() => Array.from(document.querySelectorAll('.kit-view, .kit-view .kit-card'))
    .filter(one => one.scrollWidth > one.clientWidth + 1).length"""


async def html_llm(chat_ctx: Any, tools: Any, *, tool_choice: str = "auto") -> AsyncIterator[ChatChunk]:
    yield ChatChunk(HTML_REPLY)


class Views:
    """The page, and the kernel behind it."""

    def __init__(self, notebook: NotebookPage) -> None:
        self.notebook, self.page = notebook, notebook.page

    def python(self, code: str) -> Any:
        said = self.run(f"print(repr({code}))")
        try:
            return ast.literal_eval(said)
        except (SyntaxError, ValueError):
            raise AssertionError(said) from None

    def run(self, code: str) -> str:
        return self.notebook.python(code)

    def until(self, code: str, timeout_s: float = 20) -> None:
        """Until the kernel says that this is so."""
        end = time.monotonic() + timeout_s
        while not self.python(f"bool({code})"):
            assert time.monotonic() < end, f"{code} never came true: {self.run(f'print(repr(({code}))')}"
            self.page.wait_for_timeout(100)

    def pixels(self, selector: str, *colours: str) -> list[int]:
        wanted = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours]
        found: list[int] = self.page.evaluate(COLOURS, [selector, wanted])
        return found


@pytest.fixture
def views(open_notebook: Callable[..., NotebookPage], lab: Lab, speech_dir: Path, root: Path, tmp_path: Path) -> Views:
    files = [root / "data" / "questions" / "name.wav", root / "data" / "questions" / "hesitation.wav"]
    quick = {"preemption.enabled": True, "preemption.preemptive_tts": True}
    for name, tuning in (("off", Tuning()), ("on", Tuning().replace({**quick, "volume.level": 50.0}))):
        converse(files, latency="typical", llm=html_llm, tuning=tuning, out=lab.folder / f"held-{name}", overwrite=True)
    page = open_notebook(lab.write("views.ipynb", CELLS), width=1180, height=1000)
    page.page.evaluate(TAP)
    page.run_all(120)
    page.page.wait_for_selector(".kit-compare .kc-table")
    return Views(page)


def test_conversations_can_be_seen_heard_and_compared(views: Views) -> None:
    page = views.page
    assert views.notebook.errors() == []
    page.locator(".kw-main").scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    _the_waveform_is_drawn(views)
    _it_is_zoomed_by_keys(views)
    _it_plays_and_is_heard(views)
    _marks_and_words_are_text(views)
    _latencies_and_ledger_stand_there(views)
    _two_are_compared_by_ear(views)
    _blind_test(views)
    assert page.evaluate(OVERFLOW) == 0
    assert views.notebook.console_errors == []
    views.notebook.screenshot("views-light")
    views.notebook.theme("Dark")
    page.wait_for_timeout(1500)
    views.notebook.screenshot("views-dark")
    ground = page.evaluate("() => getComputedStyle(document.querySelector('.kit-waveform')).backgroundColor")
    assert ground != "rgb(255, 255, 255)"
    assert all(count > 100 for count in views.pixels(".kw-main", palette.USER, palette.AGENT))
    _twenty_openings_leave_nothing(views)


def _the_waveform_is_drawn(views: Views) -> None:
    user, agent = views.pixels(".kw-main", palette.USER, palette.AGENT)
    assert user > 200 and agent > 200
    assert all(count > 50 for count in views.pixels(".kw-overview", palette.USER, palette.AGENT))


def _it_is_zoomed_by_keys(views: Views) -> None:
    whole = views.python("wave.range")
    assert whole[0] == 0 and whole[1] == pytest.approx(views.python("wave.duration"))
    views.run("seen = []; wave.observe(lambda change: seen.append(change.new), 'range')")
    views.page.locator(".kw-main").focus()
    views.page.keyboard.press("+")
    views.page.keyboard.press("+")
    views.until(f"abs(wave.range[1] - wave.range[0] - {whole[1] / 4}) < 0.01")
    assert views.python("len(seen)") >= 1
    views.page.keyboard.press("0")
    views.until(f"wave.range[1] - wave.range[0] > {whole[1]} - 0.01")
    views.page.locator(".kw-main").hover()
    views.page.mouse.wheel(0, -300)
    views.until(f"wave.range[1] - wave.range[0] < {whole[1]} - 0.1")
    views.run("wave.range = (1.0, 6.0)")
    views.page.keyboard.press("Shift+ArrowRight")
    views.until("abs(wave.range[0] - 2.0) < 0.01")
    views.page.keyboard.press("0")


def _it_plays_and_is_heard(views: Views) -> None:
    page = views.page
    page.locator(".kw-main").focus()
    page.keyboard.press("Home")
    page.keyboard.press(".")
    views.until("wave.cursor > 0.5")
    start = views.python("wave.cursor")
    page.keyboard.press(" ")
    views.until(f"wave.playing and wave.cursor > {start} + 0.5")
    page.wait_for_function("() => window.heardPeak > 0.02", timeout=20_000)
    page.keyboard.press(" ")
    views.until("not wave.playing")
    views.run("wave.cursor = 3.0")
    page.wait_for_function("() => document.querySelector('.kw-time').textContent.startsWith('0:03.0')")
    box = page.locator(".kw-main").bounding_box()
    page.mouse.click(box["x"] + 84 + (box["width"] - 84) / 2, box["y"] + 60)
    views.until("abs(wave.cursor - wave.duration / 2) < 0.1")


def _marks_and_words_are_text(views: Views) -> None:
    page = views.page
    page.locator(".kw-main").focus()
    span = "max((s for s in wave._happenings.spans.values() if s['kind'] == 'agent'), key=lambda s: s['start'])"
    views.run(f"wave.cursor = 0.0; wave.cursor = {span}['start'] - 0.05")
    page.wait_for_timeout(300)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.kw-detail').textContent.includes('<b>bold</b>')")
    assert page.locator(".kit-view b, .kit-view img").count() == 0
    assert page.evaluate("() => window.hacked === undefined")
    page.keyboard.press("Home")
    page.keyboard.press(".")
    page.wait_for_function("() => /attempt|turn/.test(document.querySelector('.kw-detail').textContent)")
    value = page.locator(".kw-main").get_attribute("aria-valuetext")
    assert "attempt" in value or "turn" in value


def _latencies_and_ledger_stand_there(views: Views) -> None:
    page = views.page
    rows = page.locator(".kl-row")
    assert rows.count() == views.python("len(on.turns)")
    assert "gap" in rows.first.get_attribute("aria-label")
    assert page.locator(".kl-piece").count() >= 4
    assert page.locator(".kl-ahead").count() >= 1
    assert "208 ms" in page.locator(".kit-latency").first.inner_text()
    assert "Stivers" in page.locator(".kit-latency").first.inner_text()
    page.locator(".kl-spread canvas").first.scroll_into_view_if_needed()
    page.wait_for_timeout(200)
    assert views.pixels(".kl-spread canvas", palette.USER)[0] > 20
    assert page.locator(".kb-table tbody tr").count() == views.python("len(on.ledger.rows)")
    assert "adopted" in page.locator(".kb-table").inner_text()


def _two_are_compared_by_ear(views: Views) -> None:
    page = views.page
    assert "earlier" in page.locator(".kit-compare .kv-title").inner_text()
    loudness = page.locator(".kc-loudness").inner_text()
    gains = views.python("pair.gains_db")
    assert gains[1] == pytest.approx(0.0, abs=0.01) and gains[0] == pytest.approx(-6.0, abs=0.3)
    assert "−6.0 dB" in loudness or "−5.9 dB" in loudness or "−6.1 dB" in loudness
    page.evaluate("() => { window.heardPeak = 0; }")
    page.locator(".kc-play").click()
    views.until("pair.playing and pair.cursor > 0.3")
    page.locator(".kc-side-b").click()
    views.until("pair.chosen == 'b' and pair.playing")
    page.wait_for_function("() => window.heardPeak > 0.01", timeout=20_000)
    at = views.python("pair.cursor")
    views.until(f"pair.cursor > {at} + 0.2")
    page.locator(".kc-play").click()
    views.until("not pair.playing")


def _blind_test(views: Views) -> None:
    page = views.page
    page.locator(".kc-blind summary").click()
    begin, vote_a = page.get_by_role("button", name="Begin a trial"), page.get_by_role("button", name="X is A")
    assert vote_a.is_disabled()
    begin.click()
    page.wait_for_selector(".kc-side-x:not([hidden])")
    page.locator(".kc-side-x").click()
    views.until("pair.chosen == 'x'")
    assert views.python("pair.test").get("said") == ""
    vote_a.click()
    page.wait_for_function("() => document.querySelector('.kc-score').textContent.includes('of 1 right')")
    right, n = views.python("(pair.score.right, pair.score.n)")
    assert n == 1 and right == views.python("pair.abx.trials[0].x == 'a'")
    assert ("Right" if right else "No,") in page.locator(".kc-score").inner_text()


def _twenty_openings_leave_nothing(views: Views) -> None:
    """Comms, widgets and threads are as many as before."""
    count = "import gc, threading; from ipywidgets.widgets.widget import _instances; gc.collect()"
    views.run(count)
    before = views.python("(len(_instances), threading.active_count())")
    made = "[Waveform(on), LatencyTimeline(on), LatencyDistribution(off, on), LedgerTable(on)]"
    views.run(f"for _ in range(20):\n    made = {made}\n    for view in made: view.close()\ndel made, view")
    views.run(count)
    after = views.python("(len(_instances), threading.active_count())")
    assert after == before
