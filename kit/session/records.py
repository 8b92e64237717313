"""What a session's journal is made of: one class for each kind of thing that happens, each entry with its time.

`t` is seconds from the session's start on the loop's clock. As JSON, a record is its `t`, its `type`, its fields.
"""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar, TypeVar, dataclass_transform


@dataclass(slots=True, kw_only=True)
class Record:
    type: ClassVar[str] = ""
    t: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        return {"t": self.t, "type": self.type, **{name: getattr(self, name) for name in _FIELDS[type(self)]}}

    def as_json(self) -> str:
        return json.dumps(self.as_dict(), ensure_ascii=False, separators=(",", ":"))


R = TypeVar("R", bound=Record)
_FIELDS: dict[type[Record], tuple[str, ...]] = {}
_OPTIONAL: dict[type[Record], dict[str, Any]] = {}
_TYPES: dict[str, type[Record]] = {}


@dataclass_transform(kw_only_default=True)
def _record(cls: type[R]) -> type[R]:
    cls = dataclass(slots=True, kw_only=True)(cls)
    cls.type = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()
    _FIELDS[cls] = tuple(field.name for field in fields(cls) if field.name != "t")
    _OPTIONAL[cls] = {f.name: f.default for f in fields(cls) if f.name != "t" and f.default is not MISSING}
    _TYPES[cls.type] = cls
    return cls


@_record
class SessionStarted(Record):
    """`clock`: "virtual" or "real". `models` names the engine behind each port."""

    kit: str
    tuning: dict[str, Any]
    seed: int
    clock: str
    models: dict[str, str]


@_record
class UserSpeechStarted(Record):
    """`audio_t`: where speech starts in the audio itself; `t` is when that was decided."""

    audio_t: float


@_record
class UserSpeechEnded(Record):
    audio_t: float


@_record
class Transcript(Record):
    text: str
    final: bool


@_record
class TurnCommitted(Record):
    """The user's turn is over. `audio_t`: the end of the user's speech in the audio."""

    turn: int
    text: str
    audio_t: float


@_record
class UserInput(Record):
    """What the user says without a voice: the text of `generate_reply(user_input=...)`. The next speech answers it."""

    text: str


@_record
class TurnDropped(Record):
    """A committed turn that gets no reply. `reason`: stop_response, hook_failed, agent_uninterruptible, no_llm,
    session_closed."""

    turn: int
    reason: str


@_record
class PreemptionStarted(Record):
    attempt: int
    turn: int


@_record
class PreemptionAdopted(Record):
    """`lead_s`: how long before the turn's commitment the attempt was started."""

    attempt: int
    turn: int
    lead_s: float


@_record
class PreemptionDiscarded(Record):
    """`reason`: transcript_changed, context_changed, tools_changed, failed, stop_response, hook_failed,
    setting_changed, turn_cleared, agent_changed, agent_uninterruptible, no_llm, session_closed. Tokens are what the
    attempt used up to then; see `LlmDone.tokens_estimated`."""

    attempt: int
    turn: int
    reason: str
    prompt_tokens: int
    completion_tokens: int
    characters: int


@_record
class LlmRequested(Record):
    """`turn` is 0 for a reply that answers no user turn. `attempt` is 0 where nothing is speculative."""

    request: str
    turn: int
    attempt: int


@_record
class LlmFirstToken(Record):
    request: str
    turn: int


@_record
class LlmDone(Record):
    """`tokens_estimated`: the provider told no usage (as when it was cancelled); it was reckoned from the text. `text`:
    all that it wrote, heard or not; not in older journals."""

    request: str
    turn: int
    prompt_tokens: int
    completion_tokens: int
    cancelled: bool
    tokens_estimated: bool
    text: str = ""


@_record
class TtsRequested(Record):
    """`attempt` is 0 where nothing is speculative; an attempt knows its speech's name before the speech is created."""

    request: str
    speech: str
    attempt: int


@_record
class TtsFirstAudio(Record):
    request: str
    speech: str


@_record
class TtsDone(Record):
    """`characters` of text went in, `audio_s` seconds of sound came out. `text`: what went in, as it is shown; not in
    older journals."""

    request: str
    speech: str
    characters: int
    audio_s: float
    cancelled: bool
    text: str = ""


@_record
class MarkupDropped(Record):
    """The TTS was not given an element of SSML, because it does not take it. Its text was spoken. Once for each reason
    in a request."""

    speech: str
    element: str
    reason: str


@_record
class SpeechCreated(Record):
    """`source`: say, generate_reply or turn. `turn` is 0 unless it answers a user's turn."""

    speech: str
    source: str
    turn: int


@_record
class SpeechStarted(Record):
    """The first sample of the speech is heard at `t`."""

    speech: str


@_record
class SpeechFinished(Record):
    """`text`: what was heard. `played_s`: seconds of it."""

    speech: str
    interrupted: bool
    played_s: float
    text: str


@_record
class UserInterrupted(Record):
    speech: str


@_record
class FalseInterruption(Record):
    speech: str
    resumed: bool


@_record
class SpeechPaused(Record):
    speech: str
    played_s: float


@_record
class SpeechResumed(Record):
    speech: str
    played_s: float


@_record
class ToolCalled(Record):
    name: str
    call: str
    speech: str


@_record
class ToolReturned(Record):
    name: str
    call: str
    error: str


@_record
class AgentState(Record):
    old: str
    new: str


@_record
class AgentHandoff(Record):
    """Another agent has the conversation from now on. The names are the agents' ids."""

    old: str
    new: str


@_record
class UserState(Record):
    old: str
    new: str


@_record
class TuningChanged(Record):
    path: str
    old: Any
    new: Any


@_record
class BackgroundStarted(Record):
    play: str
    source: str


@_record
class BackgroundStopped(Record):
    play: str
    source: str
    reason: str


@_record
class Error(Record):
    """`source`: stt, vad, llm, tts, realtime, turn_detector, tool, audio, text, audio_in, audio_out, background, node,
    close, session (a failure of the session itself).

    `recoverable`: what failed will be tried again, or the rest does not depend on it.
    """

    source: str
    message: str
    recoverable: bool


@_record
class SessionClosed(Record):
    reason: str


@dataclass(slots=True, kw_only=True)
class Unknown(Record):
    """An entry of a type that this version does not know; kept as it was read."""

    entry: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return self.entry


def parse(line: str) -> Record:
    """A record from one JSON line.

    Raises:
        ValueError: not JSON, or no `t` and `type`, or a known type without one of its fields.
    """
    entry = json.loads(line)
    if (
        not isinstance(entry, dict)
        or not isinstance(entry.get("type"), str)
        or not isinstance(entry.get("t"), int | float)
    ):
        raise ValueError("an entry needs a type and a time t")
    kind = _TYPES.get(entry["type"])
    if kind is None:
        return Unknown(t=float(entry["t"]), entry=entry)
    entry = {**_OPTIONAL[kind], **entry}
    missing = [name for name in _FIELDS[kind] if name not in entry]
    if missing:
        raise ValueError(f"{entry['type']} without {', '.join(missing)}")
    return kind(t=float(entry["t"]), **{name: entry[name] for name in _FIELDS[kind]})
