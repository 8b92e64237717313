from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from kit.export import write_report
from kit.export.report import render, unbroken
from kit.export.sound import data_uri, stereo
from kit.export.transcript import transcript
from kit.session.journal import Journal
from kit.session.records import Error, TuningChanged
from tests.lab.hand_made import OFF, ON, ON_TTS, Recording, Said, journal, mixed, recording

EVIL = '<script>alert(1)</script> & "quoted" {{ 7 * 7 }}'


class Page(HTMLParser):
    """A page's elements with their attributes, and the text of each heading, cell and paragraph."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.words).replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.fixture(scope="module")
def pair():
    said = [*mixed(6), Said(EVIL, reply=f"Yes. {EVIL}")]
    off, on = (
        recording(*said, tuning=OFF, name="off"),
        recording(*said, tuning=ON_TTS, name=f"on {EVIL}", background=True),
    )
    on.latency = f"stt=0.2,llm=0.35 {EVIL}"
    on.journal._records.insert(-1, Error(t=3.0, source="llm", message=f"it said {EVIL}", recoverable=True))
    return off, on


@pytest.fixture(scope="module")
def html(pair):
    return render(pair)


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_the_page_asks_for_nothing_from_outside(html, page):
    for tag, attributes in page.elements:
        for name, value in attributes.items():
            if name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
                assert value.startswith(("data:", "#")), (tag, name, value[:60])
    assert not page.all("link") and not page.all("iframe") and "@import" not in html
    assert not re.search(r"url\((?!#)", html)


def test_what_was_said_is_text(html, page):
    assert "<script>alert" not in html
    assert len(page.all("script")) == 1
    assert EVIL in page.text
    assert "49" not in re.findall(r"quoted\S* (\S+)", page.text)
    assert f"it said {EVIL}" in page.text


def test_the_policy_allows_the_one_script(html, page):
    policy = next(m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    script = re.search(r"<script>(.*?)</script>", html, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_it_tells_the_figures_with_unit_and_n(page):
    assert page.text.count("n = 6") >= 3
    for part in (
        "Preemption answers",
        "95 % interval",
        "preemption.enabled",
        "Make the speech ahead too",
        "about 49",
        "simulated, 0.35 s",
        "stt=0.2,llm=0.35",
        "Stivers et al. 2009",
        "virtual",
        "version 0.1.0",
        "no reply: stop response",
        "interrupted after 0.7 s",
        "1 error while it was held",
        "gap in the sound",
    ):
        assert part in page.text, part


def test_it_can_be_read_without_seeing_it(page):
    assert page.all("html")[0]["lang"] == "en"
    assert all(svg.get("role") == "img" and svg.get("aria-label") for svg in page.all("svg"))
    assert all(audio.get("aria-label") for audio in page.all("audio"))
    assert all(button.get("aria-label") for button in page.all("button"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(cell.get("scope") in ("col", "row") for cell in page.all("th"))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in page.all("a")} <= set(ids)
    assert {button["data-audio"] for button in page.all("button")} <= set(ids)


def test_light_dark_and_print(html):
    assert "prefers-color-scheme: dark" in html and "@media print" in html
    assert "var(--ink, #1f2328)" in html


def test_the_same_conversations_give_the_same_page(pair, html):
    assert render(pair) == html


def test_a_minute_of_two_conversations_is_small(tmp_path):
    off, on = recording(*mixed(12), name="off"), recording(*mixed(12), tuning=ON, name="on")
    assert 50 < len(off.audio) / off.sample_rate < 75
    path = write_report(tmp_path / "deep" / "report.html", [off, on])
    assert path.stat().st_size < 3_000_000


def test_one_conversation_and_its_title(tmp_path):
    made = recording(Said(), Said(), tuning=ON)
    page = Page(write_report(tmp_path / "a.html", [made]).read_text())
    assert "Answers after 0.70 s (median, n = 2)" in page.text
    assert Page(render([made], title="My <title>")).text.count("My <title>") == 2


def test_three_conversations_are_compared_with_the_first():
    made = [
        recording(Said(), Said(), tuning=tuning, name=name) for tuning, name in ((OFF, "a"), (ON, "b"), (ON_TTS, "c"))
    ]
    page = Page(render(made))
    assert "“c” answers soonest: 0.65 s (median, n = 2)" in page.text
    assert len(page.all("audio")) == 3


def test_nothing_said_and_nothing_heard():
    empty = Recording(Journal(), np.zeros((0, 3), np.int16), "empty")
    page = Page(render([empty]))
    for part in (
        "No answer was heard",
        "The recording holds no sound",
        "nothing was understood",
        "No attempt was made",
    ):
        assert part in page.text
    assert not page.all("audio") and not page.all("button")


def test_changes_while_it_ran_are_told():
    records = list(journal(Said(), Said()))
    records.insert(5, TuningChanged(t=2.0, path="volume.level", old=100.0, new=70.0))
    made = Recording(Journal(records=records), recording(Said(), Said()).audio, "live")
    text = Page(render([made])).text
    assert "1 setting was changed while it ran" in text
    assert "2.0 s: volume.level 100 → 70" in text
    assert "started at 100" in text


def test_a_report_is_whole_or_not_there(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("the old one")

    def fail(self, target):
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_report(path, [recording(Said())])
    assert path.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_of_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one"):
        write_report(tmp_path / "x.html", [])
    assert not list(tmp_path.iterdir())


def test_transcript_in_order():
    lines = transcript(
        journal(Said("hello", reply="Hi."), Said("stop", dropped="stop_response"), Said("go", interrupted_after=1.0))
    )
    assert [(line.who, line.text, line.note) for line in lines] == [
        ("user", "hello", ""),
        ("agent", "Hi.", ""),
        ("user", "stop", "no reply: stop response"),
        ("user", "go", ""),
        ("agent", "It is sunny", "interrupted after 1.0 s"),
    ]


def test_the_user_is_left_and_the_agent_right():
    samples = np.zeros((100, 3), np.int16)
    samples[:50, 0], samples[50:, 1] = 10_000, 10_000
    mixed_down = stereo(samples)
    assert mixed_down[:50, 0].min() > 2 * mixed_down[:50, 1].max() > 0
    assert mixed_down[50:, 1].min() > 2 * mixed_down[50:, 0].max() > 0


def test_loud_sound_is_scaled_and_not_clipped():
    samples = np.full((100, 3), 32_767, np.int16)
    samples[50:] //= 2
    mixed_down = stereo(samples)
    assert mixed_down.max() == 32_767
    assert mixed_down[99, 0] == pytest.approx(mixed_down[0, 0] / 2, abs=2)


def test_sound_comes_back_from_the_page():
    import io

    import av

    made = recording(Said())
    address = data_uri(made.audio, made.sample_rate)
    head, data = address.split(",", 1)
    assert head == "data:audio/mpeg;base64"
    with av.open(io.BytesIO(base64.b64decode(data))) as container:
        heard = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert heard.shape[1] == pytest.approx(len(made.audio), abs=2_304)
    assert data_uri(made.audio[:0], made.sample_rate) == data_uri(np.zeros_like(made.audio), made.sample_rate) == ""


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("0.70 s (n = 2)", "0.70\xa0s (n = 2)"),
        ("95 % of 12 ms", "95\xa0% of 12\xa0ms"),
        ("12 sentences", "12 sentences"),
    ],
)
def test_a_number_stays_with_its_unit(text, kept):
    assert unbroken(text) == kept
