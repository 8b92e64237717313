"""A play: who takes part, what goes wrong, and what is done when. Drawn at random, and small again where it fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.session.any_order.actions import (
    Action,
    Await,
    Change,
    Clear,
    Close,
    Commit,
    Drain,
    HandOver,
    Hold,
    Interrupt,
    Play,
    Protect,
    Reply,
    Say,
    Shutdown,
    Speak,
    Stop,
    Tune,
)
from tests.session.any_order.cast import TOOLS, TRAITS

KINDS = ("raise", "hang", "stop", "empty")


@dataclass(frozen=True)
class Fault:
    """The calls of a model that fail, from 0, each after so many items. The loudspeaker, "out", has one call."""

    model: str
    kind: str
    calls: tuple[int, ...]
    after: int = 0


@dataclass(frozen=True)
class Detector:
    """What ends the user's turns: "vad", "stt", "manual", or a detector that reads the "words" or hears the "sound".

    `answers` are the detector's, one after another: a probability, or "raise" or "hang".
    """

    kind: str = "vad"
    delay_s: float = 0.0
    answers: tuple[Any, ...] = (1.0,)


@dataclass(frozen=True)
class Answer:
    """What the LLM says in one request: so many sentences, and calls of tools."""

    sentences: int = 1
    tools: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """`steps`: actions, each with the seconds to wait after it. `end`: how the session ends, if it has not yet.

    `agents`: their traits; the next one comes with each hand-over. `missing`: a model that the session does not have.
    """

    steps: tuple[tuple[Action, float], ...] = ()
    agents: tuple[tuple[type[Any], ...], ...] = ((),)
    answers: tuple[Answer, ...] = (Answer(),)
    detector: Detector = Detector()
    faults: tuple[Fault, ...] = ()
    tuning: dict[str, Any] = field(default_factory=dict)
    missing: str = ""
    interim: bool = False
    d_stt: float = 0.1
    d_vad: float = 0.3
    ttft: float = 0.35
    ttfb: float = 0.2
    end: str = "aclose"


SETTINGS: dict[str, list[Any]] = {
    "volume.level": [0.0, 50.0, 100.0],
    "pronunciation.terms": [{}, {"words": "wurds", "sentence": "sent ence"}],
    "preemption.enabled": [True, True, False],
    "preemption.preemptive_tts": [True, False],
    "preemption.trigger": ["interim", "final"],
    "preemption.interim_still_s": [0.0, 0.2],
    "preemption.max_retries": [3, 1, 3, 0],
    "preemption.max_speech_duration_s": [10.0, 10.0, 1.0],
    "endpointing.mode": ["dynamic", "fixed"],
    "endpointing.min_delay_s": [0.0, 0.5, 1.0],
    "endpointing.max_delay_s": [1.0, 3.0],
    "endpointing.alpha": [0.0, 0.9],
    "interruption.enabled": [True, True, True, False],
    "interruption.min_duration_s": [0.0, 0.5, 1.0],
    "interruption.min_words": [0, 0, 1, 3],
    "interruption.resume_false_interruption": [True, False],
    "interruption.false_interruption_timeout_s": [0.0, 0.5, 2.0],
}

waits = st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.5, 0.7, 1.0, 1.7, 2.5, 4.0, 0.0, 1.0])
which = st.integers(0, 4)
priorities = st.sampled_from([5, 5, 0, 10])
settings = st.sampled_from([(path, value) for path, values in SETTINGS.items() for value in values])
tunings = st.fixed_dictionaries({}, optional={path: st.sampled_from(values) for path, values in SETTINGS.items()})
user = st.one_of(
    st.builds(Speak, st.integers(1, 6), st.sampled_from([0.2, 0.5, 1.0, 2.0])),
    st.builds(Speak, st.just(0), st.sampled_from([0.1, 0.6, 1.5])),
)
agent_speech = st.one_of(
    st.builds(
        Say,
        st.sampled_from(["whole", "pieces", "slow", "raises", "hangs", "nothing"]),
        st.booleans(),
        st.booleans(),
        priorities,
    ),
    st.builds(Play, st.sampled_from(["whole", "raises", "hangs", "nothing"]), st.booleans()),
    st.builds(
        Reply,
        st.booleans(),
        st.booleans(),
        st.sampled_from([None, None, "auto", "required", "none"]),
        st.booleans(),
        priorities,
        st.sampled_from([False, False, True]),
    ),
)
control = st.one_of(
    st.builds(Stop, which, st.booleans()),
    st.builds(Await, which, st.booleans()),
    st.builds(Protect, which, st.booleans()),
    st.builds(Interrupt, st.booleans()),
    st.builds(Commit, st.sampled_from([0.0, 0.5, 2.0])),
    st.builds(Hold),
    st.builds(Clear),
)
change = st.one_of(
    settings.map(lambda pair: Tune(*pair)),
    st.builds(Change, st.sampled_from(["instructions", "tools", "chat_ctx"])),
    st.builds(HandOver, st.booleans()),
)
ending = st.one_of(st.builds(Drain), st.builds(Shutdown, st.booleans()), st.builds(Close))
action: st.SearchStrategy[Action] = st.one_of(
    *[agent_speech] * 3, *[control] * 3, *[change] * 2, st.one_of(control, ending)
)
user_waits = st.sampled_from([2.5, 0.0, 0.3, 1.0, 1.7, 4.0, 6.0, 2.5])
step: st.SearchStrategy[tuple[Action, float]] = st.one_of(
    st.tuples(user, user_waits),
    st.tuples(st.builds(Speak), user_waits),
    st.tuples(action, waits),
    st.tuples(action, waits),
)
steps = st.integers(1, 20).flatmap(lambda count: st.lists(step, min_size=count, max_size=count)).map(tuple)

traits = st.tuples(*(st.sampled_from([*[None] * 12, *kinds]) for kinds in TRAITS.values())).map(
    lambda drawn: tuple(kind for kind in drawn if kind is not None)
)
answer = st.builds(Answer, st.integers(0, 3), st.lists(st.sampled_from([*TOOLS, "unknown"]), max_size=2).map(tuple))
plain_answer = st.builds(Answer, st.integers(1, 3))
fault = st.builds(
    Fault,
    st.sampled_from(["stt", "vad", "llm", "tts", "llm", "tts", "out"]),
    st.sampled_from(KINDS),
    st.lists(st.integers(0, 3), min_size=1, max_size=4, unique=True).map(lambda calls: tuple(sorted(calls))),
    st.integers(0, 3),
)
detector = st.one_of(
    st.builds(Detector, st.sampled_from(["vad", "vad", "vad", "stt", "manual"])),
    st.just(Detector()),
    st.builds(
        Detector,
        st.sampled_from(["words", "sound"]),
        st.sampled_from([0.0, 0.2, 1.0]),
        st.lists(st.sampled_from([0.0, 1.0, 0.0, 1.0, "raise", "hang"]), min_size=1, max_size=3).map(tuple),
    ),
)

plans = st.builds(
    Plan,
    steps=steps,
    agents=st.lists(traits, min_size=1, max_size=3).map(tuple),
    answers=st.lists(st.one_of(plain_answer, answer, answer), min_size=1, max_size=4).map(tuple),
    detector=detector,
    faults=st.one_of(st.just(()), st.lists(fault, max_size=3).map(tuple)),
    tuning=tunings,
    missing=st.sampled_from(["", "", "", "", "", "", "llm", "tts", "vad", "stt"]),
    interim=st.booleans(),
    d_stt=st.sampled_from([0.1, 0.0, 0.4, 1.2, 3.0]),
    d_vad=st.sampled_from([0.3, 0.0, 0.6]),
    ttft=st.sampled_from([0.35, 0.0, 0.9]),
    ttfb=st.sampled_from([0.2, 0.0]),
    end=st.sampled_from(["aclose", "drain", "shutdown", "settle"]),
)
