"""What is measured of sound, and what is to be reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from plan import PARTIES, Row, Run, Target, each
from sound_work import FORMATS, SENTENCES

TERMS = (10, 100, 1_000, 10_000)
"""How many entries a lexicon has."""
ENDS = (TERMS[0], TERMS[-1])
_TERMS = {"terms": TERMS, "right_terms": 100}
_FRAMES = {"frame_s": 0.1, "frames": 2_000}
_BLOCKS = {"block_s": 0.02, "blocks": 10_000}

RUNS: Mapping[str, Run] = {
    "pronunciation": Run("pronunciation", each(*PARTIES, **_TERMS), rounds=2),
    "pronunciation, word by word": Run(
        "pronunciation", {"livekit-agents": {**_TERMS, "terms": ENDS, "way": "respell_words"}}, rounds=1
    ),
    "pronunciation, sentences": Run(
        "pronunciation_by_sentence",
        {**each("kit", "livekit-agents", "limit", terms=ENDS), "pipecat": {"terms": ENDS, "way": "respell_gathered"}},
        rounds=1,
    ),
    "volume": Run(
        "volume",
        {**each("kit", "the seed", "limit", levels=(50, 100), **_FRAMES), "pipecat": {"levels": (50,), **_FRAMES}},
        rounds=2,
    ),
    "decode": Run("decode", each("kit", "livekit-agents", "pipecat", "limit"), rounds=2, with_files=True),
    "background": Run("background", each("kit", "livekit-agents", "limit", audio_s=60.0), rounds=2, with_files=True),
    "background, audible": Run(
        "audible",
        {"kit": {"plays": 15}, "livekit-agents": {"plays": 5}, "limit": {"plays": 15}},
        rounds=1,
        with_files=True,
    ),
    "mixing": Run("mixing", each("kit", "pipecat", "limit", **_BLOCKS), rounds=2, with_files=True),
    "mixing, live": Run(
        "mixing", {"kit": {**_BLOCKS, "way": "mixer_live"}, "pipecat": _BLOCKS}, rounds=1, with_files=True
    ),
}

_speech = partial(Row, topic="Pronunciation")
_volume = partial(Row, topic="Volume")
_files = partial(Row, topic="Files: a minute to 48 kHz mono")
_background = partial(Row, topic="Background sound")

_VOLUME = (Target(4, "times better", than="the seed"), Target(1 / 2, "times better", than="limit"))
_DECODE = Target(1 / 1.4, "times better", than="limit")


def _terms(count: int) -> str:
    return f"{count:,} terms"


ROWS: Sequence[Row] = (
    *(
        _speech(_terms(count), "pronunciation", ("per_cpu_s", f"{count}"), "tokens/s", "higher", Target(400_000))
        for count in TERMS
    ),
    _speech("slowest of these to fastest", "pronunciation", ("flatness",), "", "higher", Target(0.5)),
    _speech(f"wrong of {SENTENCES} sentences", "pronunciation", ("wrong",), "", "lower", Target(0)),
    *(
        _speech(f"word by word, {_terms(count)}", words, ("per_cpu_s", f"{count}"), "tokens/s", "higher")
        for words in ("pronunciation, word by word",)
        for count in ENDS
    ),
    _speech("word by word, wrong", "pronunciation, word by word", ("wrong",)),
    *(
        _speech(f"sentences, {_terms(count)}", sentences, ("per_cpu_s", f"{count}"), "words/s", "higher")
        for sentences in ("pronunciation, sentences",)
        for count in ENDS
    ),
    *(_volume(f"volume {level}, 100 ms frame", "volume", (f"{level}",), "µs", "lower", _VOLUME) for level in (50, 100)),
    *(_files(name, "decode", ("cpu_ms", name), "CPU ms", "lower", _DECODE) for name in FORMATS),
    *(_files(f"{name}, samples lost", "decode", ("lost", name), "", "lower", Target(0)) for name in FORMATS),
    _files("a clip of 30 s again", "decode", ("again_ms",), "CPU ms", "lower", Target(0.1)),
    _background("ambient + thinking", "background", ("cpu_ms_per_s",), "CPU ms/s", "lower", Target(0.7)),
    _background("play() to audible, p50", "background, audible", ("p50_ms",), "ms", "lower", Target(40)),
    _background("play() to audible, worst", "background, audible", ("max_ms",), "ms"),
    _background("mixing 20 ms", "mixing", ("us",), "µs", "lower", Target(2, "times better", than="pipecat")),
    _background("mixing 20 ms, one sound live", "mixing, live", ("us",), "µs"),
)
"""Word by word: livekit-agents' other way, which is quick and knows no term of two words. Sentences: the respelling
alone, of whole sentences, which is how pipecat does it once it has gathered them."""
