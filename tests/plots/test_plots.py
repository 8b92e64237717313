from __future__ import annotations

import itertools
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from kit import plots
from kit.lab.latency import turns
from kit.plots.palette import STAGES
from kit.session.journal import Journal
from tests.lab.hand_made import ON, ON_TTS, Recording, Said, mixed, recording

pytestmark = pytest.mark.filterwarnings("ignore:no font here")

COUNTS = (1, 2, 7, 30)


@pytest.fixture(scope="module")
def pairs():
    return {
        n: (recording(*mixed(n), name="off", background=n == 7), recording(*mixed(n), tuning=ON_TTS, name="on"))
        for n in COUNTS
    }


DRAW = {
    "timeline": lambda off, on: plots.timeline(on),
    "timeline off": lambda off, on: plots.timeline(off),
    "latency": plots.latency,
    "waveform": lambda off, on: plots.waveform(on),
    "waveform off": lambda off, on: plots.waveform(off),
    "distribution": plots.distribution,
    "distribution of one": lambda off, on: plots.distribution(on),
    "distribution of many": lambda off, on: plots.distribution(off, on, off, on),
}


def written(figure):
    """Every text in a figure with its place in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in found]


@pytest.mark.parametrize("name", DRAW)
@pytest.mark.parametrize("count", COUNTS)
def test_every_text_stands_in_the_figure_and_apart_from_the_others(pairs, name, count):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="no font here")
        figure = DRAW[name](*pairs[count])
        texts = written(figure)
    width, height = figure.bbox.width, figure.bbox.height
    for text, box in texts:
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, text
    for (one, a), (other, b) in itertools.combinations(texts, 2):
        apart = a.x1 <= b.x0 + 0.5 or b.x1 <= a.x0 + 0.5 or a.y1 <= b.y0 + 2.5 or b.y1 <= a.y0 + 2.5
        assert apart, (one, other)


@pytest.mark.parametrize("name", DRAW)
def test_a_journal_without_turns_is_drawn_too(name):
    empty = Recording(Journal(), np.zeros((0, 3), np.int16), "empty")
    silent = recording(Said(dropped="stop_response"), name="silent")
    for pair in ((empty, empty), (silent, silent), (empty, silent)):
        assert DRAW[name](*pair).to_png()


def bars(figure, *, hatched):
    return [
        patch
        for axes in figure.axes
        for patch in axes.patches
        if isinstance(patch, Rectangle) and bool(patch.get_hatch()) == hatched
    ]


def test_the_timelines_pieces_are_the_stages():
    made = recording(*mixed(7), tuning=ON_TTS)
    figure = plots.timeline(made)
    measured = turns(made.journal)
    stages = [stage for turn in measured for stage in turn.stages if stage.duration_s > 0]
    pieces = bars(figure, hatched=False)
    assert [piece.get_width() for piece in pieces] == pytest.approx([stage.duration_s for stage in stages])
    assert [mpl.colors.to_hex(piece.get_facecolor()) for piece in pieces] == [STAGES[stage.name] for stage in stages]
    ahead = [work.duration_s for turn in measured for work in turn.ahead if work.duration_s > 0]
    assert [piece.get_width() for piece in bars(figure, hatched=True)] == pytest.approx(ahead)


def test_titles_say_the_finding():
    said = [Said(d_stt=0.1), Said("and tomorrow", d_stt=0.1)]
    off, on = recording(*said, name="off"), recording(*said, tuning=ON, name="on")
    assert plots.latency(off, on).title == "Preemption answers 0.35 s earlier (median, n = 2)"
    assert plots.latency(on, off).title == "Without preemption, answers 0.35 s later (median, n = 2)"
    assert plots.timeline(off).title == "Answers after 1.05 s (median, n = 2), 38 % of it endpointing"
    assert plots.waveform(on).title == "The agent is heard 0.70 s after the user (median, n = 2)"
    assert plots.distribution(off, on).title == "Within 800 ms: 2 of 2 answers with “on”, 0 of 2 with “off”"
    assert plots.distribution(on).title == "2 of 2 answers come within 800 ms"


def test_the_differences_and_the_gaps_are_written_out():
    off, on = recording(Said(), name="off"), recording(Said(), tuning=ON, name="on")
    assert {"1.05 s", "0.70 s", "−0.35 s"} <= {text for text, _ in written(plots.latency(off, on))}
    assert "700 ms" in {text for text, _ in written(plots.waveform(on))}


def test_both_reference_lines_have_their_source():
    texts = " ".join(text for text, _ in written(plots.timeline(recording(Said()))))
    assert "208 ms" in texts and "Stivers et al. 2009" in texts and "800 ms" in texts


def test_more_turns_than_rows_are_cut_to_the_slowest():
    made = recording(*mixed(70))
    figure = plots.timeline(made, max_rows=20)
    assert "the 20 slowest of 70 turns" in " ".join(text for text, _ in written(figure))
    assert figure.height_in < 12
    on = recording(*mixed(70), tuning=ON, name="on")
    assert plots.latency(made, on, max_pairs=15).height_in < 12


def test_a_part_of_a_recording_can_be_shown():
    made = recording(*mixed(7))
    figure = plots.waveform(made, start_s=3.0, end_s=9.0)
    assert [axes.get_xlim() for axes in figure.axes] == [(3.0, 9.0)]
    with pytest.raises(ValueError, match="end_s"):
        plots.waveform(made, start_s=5.0, end_s=4.0)
    with pytest.raises(ValueError, match="at least one"):
        plots.distribution()


def test_svg_is_small_whatever_the_length():
    rate = 8_000
    random = np.random.default_rng(0)
    for seconds, limit in ((60, 450_000), (900, 900_000)):
        audio = random.normal(0, 3000, (seconds * rate, 3)).astype(np.int16)
        made = Recording(recording(*mixed(7)).journal, audio, "noise", rate)
        assert len(plots.waveform(made).to_svg()) < limit


def test_svg_fits_into_a_page():
    off, on = recording(*mixed(7), name="off"), recording(*mixed(7), tuning=ON, name='on "<b>"')
    svg = plots.latency(off, on).to_svg("a-")
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == plots.latency(off, on).title
    assert root.get("width") is None
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    assert ids and all(name.startswith("a-") for name in ids)
    used = {value[1:] for element in root.iter() for key, value in element.items() if key.endswith("href")}
    assert used and used <= ids
    assert "var(--ink, #1f2328)" in svg
    assert "<!--" not in svg
    assert "http" not in svg.replace("http://www.w3.org/", "")
    assert plots.latency(off, on).to_svg("a-") == svg


def test_the_same_under_any_settings_of_the_caller():
    made = recording(*mixed(2), tuning=ON)
    plain = [draw(made, made).to_png(0.5) for draw in DRAW.values()]
    with mpl.rc_context(
        {
            "figure.facecolor": "black",
            "text.color": "red",
            "font.family": "serif",
            "font.size": 20,
            "figure.autolayout": True,
            "axes.grid": True,
            "xtick.top": True,
            "xtick.labeltop": True,
            "ytick.right": True,
            "text.parse_math": False,
        }
    ):
        before = dict(mpl.rcParams)
        assert [draw(made, made).to_png(0.5) for draw in DRAW.values()] == plain
        assert dict(mpl.rcParams) == before


def test_a_cell_shows_the_figure():
    from IPython.core.formatters import DisplayFormatter

    data, metadata = DisplayFormatter().format(plots.timeline(recording(Said())))
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"]["width"] == 900


def test_pyplot_is_not_touched_and_the_package_is_light():
    code = (
        "import sys, kit.plots; assert not {'matplotlib', 'numpy'} & set(sys.modules);"
        "from kit.plots import Plot; Plot(2).to_png(); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
