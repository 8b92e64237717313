"""A scripted conversation as data: who says what when, how fast the models are, and what the application does.

A scenario says nothing of either party. Times are seconds from the session's start; they are multiples of 10 ms, and
so is everything that follows from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Fault = Literal["raise", "hang", "stop", "empty"]


@dataclass(frozen=True)
class Speech:
    """The user speaks. Without text it is a sound that the recogniser finds no words in."""

    at_s: float
    duration_s: float
    text: str = "what is the weather"


# What an application, a tool or a hook does, one thing after another.


@dataclass(frozen=True)
class Say:
    """`session.say`. `chunks` is text that comes piece by piece, `chunk_s` apart, and then fails if it `fails`."""

    text: str = ""
    allow_interruptions: bool = True
    add_to_chat_ctx: bool = True
    chunks: tuple[str, ...] = ()
    chunk_s: float = 0.0
    fails: bool = False
    audio_s: float = 0.0
    """Sound that was made before, of this length, in place of the TTS's."""
    audio_fails: bool = False


@dataclass(frozen=True)
class GenerateReply:
    user_input: str | None = None
    instructions: str | None = None
    allow_interruptions: bool = True
    tool_choice: str | None = None


@dataclass(frozen=True)
class Interrupt:
    """`session.interrupt`; of one speech, where `speech` counts those asked for by this script.

    `force`: whether also speech that forbids interruptions; None is either party's own default.
    """

    speech: int | None = None
    force: bool | None = None
    wait: bool = True


@dataclass(frozen=True)
class Pause:
    """Wait."""

    seconds: float


@dataclass(frozen=True)
class Join:
    """Wait for the end of the speech that was last asked for."""


@dataclass(frozen=True)
class JoinOwn:
    """In a tool: `RunContext.wait_for_playout`."""


@dataclass(frozen=True)
class JoinOwnHandle:
    """In a tool: wait for the handle of the speech that called the tool."""


@dataclass(frozen=True)
class DisallowInterruptions:
    """In a tool: `RunContext.disallow_interruptions`."""


@dataclass(frozen=True)
class CommitTurn:
    pass


@dataclass(frozen=True)
class ClearTurn:
    pass


@dataclass(frozen=True)
class HandOver:
    to: AgentScript


@dataclass(frozen=True)
class Instruct:
    """`agent.update_instructions`."""

    instructions: str


@dataclass(frozen=True)
class Equip:
    """`agent.update_tools`."""

    tools: tuple[Tool, ...] = ()


@dataclass(frozen=True)
class Retune:
    """The shortest endpointing delay is another from now on."""

    min_delay_s: float


@dataclass(frozen=True)
class Drain:
    pass


@dataclass(frozen=True)
class Shutdown:
    """`session.shutdown`."""

    drain: bool = True


@dataclass(frozen=True)
class Close:
    pass


Act = (
    Say
    | GenerateReply
    | Interrupt
    | Pause
    | Join
    | JoinOwn
    | JoinOwnHandle
    | DisallowInterruptions
    | CommitTurn
    | ClearTurn
    | HandOver
    | Instruct
    | Equip
    | Retune
    | Drain
    | Shutdown
    | Close
)


@dataclass(frozen=True)
class App:
    """What the application does from `at_s` on."""

    at_s: float
    acts: tuple[Act, ...]


@dataclass(frozen=True)
class Tool:
    """A tool of the agent. It does its acts, and then returns or raises."""

    name: str
    acts: tuple[Act, ...] = ()
    result: str | None = "sunny"
    raises: Literal["", "bug", "tool_error", "stop"] = ""
    hands_over: AgentScript | None = None


@dataclass(frozen=True)
class AgentScript:
    """An agent and its hooks."""

    instructions: str = "Be brief."
    tools: tuple[Tool, ...] = ()
    on_enter: tuple[Act, ...] | None = None
    on_exit: tuple[Act, ...] | None = None
    hook: tuple[Act, ...] = ()
    """What `on_user_turn_completed` does first."""
    hook_adds: str = ""
    """A system message that it adds to `turn_ctx`."""
    hook_rewrites: str = ""
    """What it makes of the user's words."""
    hook_raises: Literal["", "bug", "stop"] = ""
    llm_node: Literal["", "prefix", "text", "none"] = ""
    """ "prefix": says "Well, " before the model's answer. "text": answers itself with a string. "none": nothing."""
    tts_node: Literal["", "upper"] = ""
    """ "upper": gives the TTS the text in capitals."""
    transcription_node: Literal["", "upper"] = ""
    own_llm: str = ""
    """What an LLM of its own says to everything, in place of the session's."""
    own_ttfb_s: float | None = None
    """The latency of a TTS of its own, in place of the session's."""


@dataclass(frozen=True)
class Call:
    """An LLM's call of a tool."""

    name: str
    arguments: str = "{}"


@dataclass(frozen=True)
class Answer:
    """What the LLM gives: words, calls, or both."""

    text: str = ""
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True)
class Settings:
    """By the names of neither party; the runners translate. The defaults are those that both have."""

    preemption: Literal["off", "on", "on+tts"] = "off"
    max_attempts: int = 3
    max_attempt_speech_s: float = 10.0
    min_delay_s: float = 0.5
    max_delay_s: float = 3.0
    endpointing: Literal["fixed", "dynamic"] = "fixed"
    interruptions: bool = True
    min_interruption_s: float = 0.5
    min_words: int = 0
    resume: bool = True
    """Whether the agent goes on after an interruption without words."""
    resume_after_s: float = 2.0
    turn_detection: Literal["vad", "stt", "manual", "model"] = "vad"
    away_after_s: float | None = 15.0
    max_tool_steps: int = 3
    as_shipped: bool = False
    """Each party's own defaults, whatever stands above, except the way of turn detection."""


@dataclass(frozen=True)
class Models:
    """How long the engines take, and where they fail. Faults are by number of the call, from 0."""

    d_stt_s: float = 0.2
    d_vad_s: float = 0.4
    interim: bool = False
    ttft_s: float = 0.35
    ttfb_s: float = 0.2
    words_per_s: float | None = None
    """Of the LLM; None is all at once."""
    d_detector_s: float = 0.0
    end_of_turn: tuple[float, ...] = ()
    """The turn detector's probabilities, one a question, the last one for ever."""
    llm_fault: tuple[Fault, tuple[int, ...], int] | None = None
    """What fails, in which calls, and after how many pieces."""
    tts_fault: tuple[Fault, tuple[int, ...], int] | None = None
    stt_fault: tuple[Fault, tuple[int, ...], int] | None = None
    has_llm: bool = True
    has_tts: bool = True
    aligned_words: bool = True
    """The TTS tells when each word is said."""


@dataclass(frozen=True)
class Scenario:
    """`answers` are by the user's last words, or by the name of the tool that has just answered."""

    name: str
    user: tuple[Speech, ...] = ()
    app: tuple[App, ...] = ()
    agent: AgentScript = field(default_factory=AgentScript)
    settings: Settings = field(default_factory=Settings)
    models: Models = field(default_factory=Models)
    answers: tuple[tuple[str, Answer], ...] = ()
    until_s: float = 12.0

    def answer(self, cue: str) -> Answer:
        return dict(self.answers).get(cue, Answer("It is sunny in Paris today."))
