"""A talk that lasts, with every live view beside it: what the views cost the kernel, how often they are drawn, and that
nothing grows, in the kernel and in the page.

The figures go to build/figures/long_talk.json; `make figures` lets it last ten minutes and holds the bars. What the
kernel holds is the memory that is in use; its process has more, which glibc keeps for the next use.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.talking_page import TalkingPage
from tests.figures import HELD, report

if TYPE_CHECKING:
    from tests.browser.conftest import Lab, NotebookPage

pytestmark = pytest.mark.browser

COST_S = 40.0 if HELD else 3.0
WARM_S = 60.0 if HELD else 1.0
TALK_S = 600.0 if HELD else 3.0
BARS = {
    "live views, of the kernel, %": 5.0,
    "a picture of the waveform, ms apart": 1000 / 28,
    "what the kernel holds more beside them, MB": 3.0,
    "growth of the page's heap, MB": 4.0,
    "growth of the page's elements beside the transcript": 60,
    "threads more": 0,
    "widgets more": 0,
    "tasks more": 0,
}
CELLS = [
    """
import asyncio, ctypes, gc, json, os, sys, tempfile, threading, time
from pathlib import Path
from ipywidgets.widgets.widget import _instances
from kit.widgets import LatencyDistribution, LatencyTimeline, LedgerTable, Talk, Waveform

questions = sorted(Path("data/questions").glob("*.wav"), key=lambda path: path.stat().st_size)
talk = Talk()
talk
""",
    f"""
talk.start()

async def _count():
    return len(asyncio.all_tasks())

def tasks():
    return talk.studio.thread.run(_count()).result(20)

def ask(seconds):
    "Questions, one after another, each with its whole answer, for so long. Returns the kernel's CPU, 1 is a core."
    began, spent = time.monotonic(), time.process_time()
    number = 0
    while time.monotonic() < began + seconds:
        talk.play(questions[number % len(questions)])
        number += 1
        for states in (["listening", "thinking"], ["speaking", "thinking"]):  # until it answers, and until it has
            while talk.state in states:
                time.sleep(0.05)
    return (time.process_time() - spent) / (time.monotonic() - began)

def signatures_mb():
    "Jupyter keeps the signatures of the last 65,536 messages that came in; some 30 come in a second."
    kept = get_ipython().kernel.session.digest_history
    return (sys.getsizeof(kept) + sum(map(sys.getsizeof, kept))) / 1e6

class Malloc(ctypes.Structure):
    "What glibc tells of all its arenas, in bytes."
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]

libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Malloc

def small_objects_mb():
    "Python has arenas of its own for these, and tells of them on the error stream only."
    with tempfile.TemporaryFile() as file:
        usual = os.dup(2)
        os.dup2(file.fileno(), 2)
        sys._debugmallocstats()
        os.dup2(usual, 2)
        os.close(usual)
        file.seek(0)
        told = [line for line in file.read().decode().splitlines() if "bytes in allocated blocks" in line]
    return int(told[0].rpartition("=")[2].replace(",", "")) / 1e6

def kernel():
    gc.collect()
    libc.malloc_trim(0)
    rss = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")]
    malloc = libc.mallinfo2()
    return {{"rss_mb": int(rss[0].split()[1]) / 1024, "signatures_mb": signatures_mb(),
             "held_mb": (malloc.uordblks + malloc.hblkhd) / 1e6 + small_objects_mb(),
             "free_mb": malloc.fordblks / 1e6,
             "threads": threading.active_count(), "widgets": len(_instances),
             "tasks": tasks(), "turns": len([1 for r in talk.session.journal if r.type == "turn_committed"])}}

ask({COST_S} / 2)  # the models are loaded, and everything was used once
print(json.dumps(ask({COST_S})))
""",
    """
wave = Waveform(talk)
display(wave, LatencyTimeline(talk), LatencyDistribution(talk), LedgerTable(talk))
""",
    f"print(json.dumps(ask({COST_S})))",
    f"ask({WARM_S}); print(json.dumps(kernel()))",
    f"ask({TALK_S}); print(json.dumps(kernel()))",
]
COUNT_PICTURES = """() => {
    const clear = CanvasRenderingContext2D.prototype.clearRect;
    window.pictures = [];
    CanvasRenderingContext2D.prototype.clearRect = function (...box) {
        if (this.canvas.classList.contains('kw-main')) window.pictures.push(performance.now());
        return clear.apply(this, box);
    };
}"""
ELEMENTS = """() => document.querySelectorAll('*').length
    - document.querySelectorAll('.kit-talk-transcript *, .kb-table *, .kl-row, .kl-row *').length"""


@pytest.fixture
def talking(open_notebook: Callable[..., NotebookPage], lab: Lab) -> TalkingPage:
    return TalkingPage(open_notebook(lab.write("long_talk.ipynb", CELLS), height=1400))


def test_views_cost_little_and_nothing_grows(talking: TalkingPage) -> None:
    figures: dict[str, Any] = {}
    talking.run(0)
    talking.press("▶ Start")
    talking.wait_for_state("Listening")
    alone = talking.run(1, wait_s=2 * COST_S + 60)
    talking.run(2)
    main = talking.page.locator(".kw-main")
    main.wait_for()
    main.scroll_into_view_if_needed()
    talking.page.evaluate(COUNT_PICTURES)
    beside = talking.run(3, wait_s=COST_S + 60)
    pictures = talking.page.evaluate("() => [window.pictures.length, window.pictures.at(-1) - window.pictures[0]]")
    figures["kernel without views, % of a core"] = round(100 * alone, 1)
    figures["kernel with views, % of a core"] = round(100 * beside, 1)
    figures["live views, of the kernel, %"] = round(100 * (beside - alone), 1)
    figures["a picture of the waveform, ms apart"] = round(pictures[1] / max(1, pictures[0] - 1), 1)
    assert pictures[0] > 10, "the waveform was not drawn while it grew"
    kernel, page = talking.run(4, wait_s=WARM_S + 60), _page(talking)
    later, page_later = talking.run(5, wait_s=TALK_S + 60), _page(talking)
    assert later["turns"] > kernel["turns"], "nobody talked"
    figures["turns between"] = later["turns"] - kernel["turns"]
    signatures_mb = later["signatures_mb"] - kernel["signatures_mb"]
    held_mb = later["held_mb"] - kernel["held_mb"]
    figures["what the kernel holds more, MB"] = round(held_mb, 2)
    figures["of that, signatures of messages that Jupyter keeps, MB"] = round(signatures_mb, 2)
    figures["what the kernel holds more beside them, MB"] = round(held_mb - signatures_mb, 2)
    figures["growth of its process, MB"] = round(later["rss_mb"] - kernel["rss_mb"], 2)
    figures["of that, free again, and kept by glibc for each thread, MB"] = round(
        later["free_mb"] - kernel["free_mb"], 2
    )
    figures["growth of the page's heap, MB"] = round(page_later[0] - page[0], 2)
    figures["growth of the page's elements beside the transcript"] = page_later[1] - page[1]
    for name in ("threads", "widgets", "tasks"):
        figures[f"{name} more"] = later[name] - kernel[name]
    talking.press("■ Stop")
    talking.wait_for_state("Off")
    assert talking.notebook.console_errors == []
    report("long_talk", figures, BARS)


def _page(talking: TalkingPage) -> tuple[float, int]:
    """The page's heap in MB after a collection, and its elements."""
    devtools = talking.page.context.new_cdp_session(talking.page)
    devtools.send("HeapProfiler.collectGarbage")
    used = devtools.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    devtools.detach()
    return used, int(talking.page.evaluate(ELEMENTS))
