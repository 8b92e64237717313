"""Two conversations held against each other, by number and by ear: as loud as one another, and blind if wanted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import traitlets

from ...audio.frames import mixed_to_mono
from ...audio.loudness import measure_samples
from ...lab import wording
from ...lab.abx import Abx, Choice, Score
from ...lab.comparison import Comparison, compare
from ...lab.conversation import Conversation
from ...lab.findings import change_text, tuning_of
from ...lab.latency import turns
from ...lab.replaying.replay import replay
from ...plots.paired_rows import latency
from ...session.journal import Journal
from ...tuning import Tuning
from ..assets import script, style
from .pictures import PicturedView
from .sound import page_sound, to_hear

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...plots import Plot

MOST_ROWS = 500


@dataclass
class SoundFile:
    """A sound without a journal, as a conversation in which only the agent is heard."""

    name: str
    audio: NDArray[np.int16]
    sample_rate: int
    journal: Journal

    @classmethod
    def load(cls, path: Path) -> SoundFile:
        from ...audio.files import read_audio

        samples, rate = read_audio(path)
        voice = mixed_to_mono(samples).reshape(-1)
        return cls(path.name, np.stack([voice * 0, voice, voice * 0], axis=1), rate, Journal())


class Compare(PicturedView):
    """Two conversations beside each other. The settings may be given in place of a second one: then the first is held
    again under them, by replay::

        Compare(off, on)
        Compare(talk, changes={"preemption.enabled": True})
        Compare(talk, Tuning(), loud)

    While it plays, A and B are switched at the same place of the conversation. In the blind test X is A or B at random;
    the page is given its sound, and what it was only after the vote.

    Args:
        a: A conversation, the folder of one, or an audio file.
        others: Another one; or one or two `Tuning`s, under which `a` is held again: one is B's, two are A's and B's.
        tuning, changes: Of B, as `kit.lab.replay` takes them.
        names: What to call them.
        seed: Of the blind test and of the intervals. None: the blind test has another row each time.

    Attributes:
        chosen: "a" or "b" or, in the blind test, "x": which is heard.
        cursor: Where it plays, in seconds of the chosen one.
        playing: Whether it is being heard.

    Raises:
        ValueError, TypeError: there is nothing to hold `a` against, or too much.
    """

    _esm = script("tape", "ruler", "compare")
    _css = style("views", "compare")
    content = traitlets.Dict().tag(sync=True)
    test = traitlets.Dict().tag(sync=True)
    chosen = traitlets.Enum(["a", "b", "x"], "a").tag(sync=True)
    cursor = traitlets.Float(0.0).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        a: Any,
        *others: Any,
        tuning: Tuning | None = None,
        changes: Mapping[str, Any] | None = None,
        names: tuple[str, str] | None = None,
        seed: int | None = None,
    ) -> None:
        self._seed = seed
        self._original = _heard(a)
        self.a, self.b = _pair(self._original, others, tuning, changes)
        self._names = names
        self.abx = Abx(seed)
        """The blind test: its trials and votes."""
        self._measure()
        super().__init__(content=self._content(), test=self._test(""))

    @property
    def score(self) -> Score:
        """Of the blind test."""
        return self.abx.score

    @property
    def comparison(self) -> Comparison:
        """The gaps, turn by turn."""
        return compare(turns(self.a.journal), turns(self.b.journal), seed=self._seed or 0)

    @property
    def gains_db(self) -> tuple[float, float]:
        """What each is turned down by, 0 or less, so that both agents are as loud as the softer one."""
        return self._gains_db

    def rerender(self, *, tuning: Tuning | None = None, changes: Mapping[str, Any] | None = None) -> None:
        """Hold B again under other settings, and begin a new blind test."""
        self.b = replay(_conversation(self._original), tuning=tuning, changes=changes)
        self.abx = Abx(self._seed)
        self._measure()
        self.put(content=self._content(), test=self._test(""), chosen="a" if self.chosen == "x" else self.chosen)
        self.tell("forget")

    def figure(self) -> Plot:
        """The turns beside each other as a matplotlib figure (`kit.plots.latency`)."""
        return latency(_named(self.a, self._name("a")), _named(self.b, self._name("b")))

    # what the page asks for

    def on_sound(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        """The page wants to play."""
        for name in ("a", "b"):
            self._send_sound(name, name)

    def on_begin(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        """A trial: the page gets X."""
        trial = self.abx.begin()
        self.put(test=self._test(""))
        self._send_sound("x", trial.x)

    def on_vote(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        right = self.abx.vote(content.get("choice"))  # type: ignore[arg-type]
        was = self.abx.trials[-1].x.upper()
        self.put(test=self._test(f"Right, X was {was}." if right else f"No, X was {was}."))

    def _send_sound(self, name: Literal["a", "b", "x"], which: Choice) -> None:
        one, gain_db = (self.a, self._gains_db[0]) if which == "a" else (self.b, self._gains_db[1])
        sound = page_sound(to_hear(one.audio, 10 ** (gain_db / 20)), one.sample_rate)
        self.tell("sound", name=name, mime=sound.mime_type, buffers=[sound.data])

    # what it shows

    def _measure(self) -> None:
        self._lufs = tuple(_agent_lufs(one) for one in (self.a, self.b))
        softest = min(self._lufs)
        self._gains_db: tuple[float, float] = (0.0, 0.0)
        if math.isfinite(softest):
            self._gains_db = (softest - self._lufs[0], softest - self._lufs[1])

    def _name(self, which: Choice) -> str:
        if self._names is not None:
            return self._names[which == "b"]
        return str((self.a if which == "a" else self.b).name)

    def _content(self) -> dict[str, Any]:
        found = self.comparison
        changes = tuning_of(self.a.journal).diff(tuning_of(self.b.journal))
        return {
            "names": [self._name("a"), self._name("b")],
            "durations": [len(one.audio) / one.sample_rate for one in (self.a, self.b)],
            "title": _title(found, self._name("b")),
            "how_sure": _how_sure(found),
            "changes": [change_text(change) for change in changes],
            "loudness": self._loudness(),
            "pairs": [
                {
                    "turn": new.turn,
                    "words": new.text,
                    "gaps_s": [old.gap_s, new.gap_s],
                    "difference": wording.signed_seconds(difference),
                    "at_s": [max(0.0, old.end_of_speech_t - 1.0), max(0.0, new.end_of_speech_t - 1.0)],
                }
                for (old, new), difference in zip(found.pairs, found.differences_s, strict=True)
            ][:MOST_ROWS],
            "places": [[old.end_of_speech_t, new.end_of_speech_t] for old, new in found.pairs],
        }

    def _loudness(self) -> str:
        if not math.isfinite(min(self._lufs)):
            return "too little of an agent is heard to match their loudness: both play as they are"
        told = [
            f"{name} {_decibels(gain_db)} ({_number(lufs)} LUFS)"
            for name, gain_db, lufs in zip("AB", self._gains_db, self._lufs, strict=True)
        ]
        return f"matched in loudness: {', '.join(told)}"

    def _test(self, said: str) -> dict[str, Any]:
        score = self.score
        return {"open": self.abx.open, "number": score.n + 1, "n": score.n, "score": score.text(), "said": said}


def _pair(original: Any, others: tuple[Any, ...], tuning: Tuning | None, changes: Any) -> tuple[Any, Any]:
    tunings = [other for other in others if isinstance(other, Tuning)]
    given = len(others) + (tuning is not None or changes is not None)
    if given == 1 and others and not tunings:
        return original, _heard(others[0])
    if tunings and len(tunings) == given <= 2:
        held = [
            replay(_conversation(original), tuning=one, name=f"tuning {n}")
            for n, one in zip("AB", tunings, strict=False)
        ]
        return (original, held[0]) if len(held) == 1 else (held[0], held[1])
    if given == 1:
        return original, replay(_conversation(original), tuning=tuning, changes=changes)
    raise ValueError("Compare() holds one conversation against another one, or against itself under other settings")


def _conversation(thing: Any) -> Conversation:
    if isinstance(thing, Conversation):
        return thing
    raise TypeError(
        f"“{thing.name}” has no journal: only a recorded conversation can be held again under other settings"
    )


def _heard(thing: Any) -> Any:
    if isinstance(thing, str | Path):
        return SoundFile.load(Path(thing)) if Path(thing).is_file() else Conversation.load(thing)
    if not hasattr(thing, "audio") or not hasattr(thing, "journal"):
        raise TypeError(f"a {type(thing).__name__} cannot be heard: give a conversation, its folder, or an audio file")
    return thing


def _named(one: Any, name: str) -> Any:
    return one if one.name == name else SoundFile(name, one.audio, one.sample_rate, one.journal)


def _agent_lufs(one: Any) -> float:
    return measure_samples(np.ascontiguousarray(one.audio[:, 1:2]), one.sample_rate).integrated_lufs


def _title(found: Comparison, name: str) -> str:
    if found.summary is None:
        return "No turn of one is found in the other"
    how = wording.earlier(found.summary.median_s)
    return f"“{name}” answers {how} ({wording.sample('median', found.summary.n)})"


def _how_sure(found: Comparison) -> str:
    summary = found.summary
    if summary is None:
        return ""
    interval = wording.interval(summary.mean_interval)
    sure = f" ({interval}, paired by turn)" if interval else ""
    left = f" · {wording.count(found.unpaired, 'turn')} without a partner left out" if found.unpaired else ""
    return f"mean difference {wording.signed(summary.mean_s)}{sure}{left}"


def _number(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


def _decibels(value: float) -> str:
    return f"{_number(value + 0.0)} dB" if abs(value) >= 0.05 else "0 dB"
