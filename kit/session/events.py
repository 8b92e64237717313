"""What a session tells its application, and the emitter that does it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ..chat import ChatItem, FunctionCall, FunctionCallOutput

if TYPE_CHECKING:
    from .speech.speech_handle import SpeechHandle

logger = logging.getLogger("kit")

EventName = Literal[
    "agent_false_interruption",
    "agent_state_changed",
    "close",
    "conversation_item_added",
    "error",
    "function_tools_executed",
    "speech_created",
    "user_input_transcribed",
    "user_state_changed",
]
EVENT_NAMES: frozenset[str] = frozenset(EventName.__args__)  # type: ignore[attr-defined]

AgentStateName = Literal["initializing", "idle", "listening", "thinking", "speaking"]
UserStateName = Literal["speaking", "listening", "away"]
SpeechSource = Literal["say", "generate_reply", "turn"]


@dataclass(slots=True)
class SpeechCreatedEvent:
    """A speech that will be heard was created. `user_initiated`: by `say` or `generate_reply`."""

    user_initiated: bool
    source: SpeechSource
    speech_handle: SpeechHandle


@dataclass(slots=True)
class UserInputTranscribedEvent:
    transcript: str
    is_final: bool


@dataclass(slots=True)
class AgentFalseInterruptionEvent:
    """The user's voice had stopped the agent, and no words followed. `resumed`: the agent goes on where it stopped."""

    resumed: bool


@dataclass(slots=True)
class AgentStateChangedEvent:
    old_state: AgentStateName
    new_state: AgentStateName


@dataclass(slots=True)
class UserStateChangedEvent:
    old_state: UserStateName
    new_state: UserStateName


@dataclass(slots=True)
class ConversationItemAddedEvent:
    item: ChatItem


@dataclass(slots=True)
class FunctionToolsExecutedEvent:
    """The calls of one step and their outputs, in the same order."""

    function_calls: list[FunctionCall]
    function_call_outputs: list[FunctionCallOutput]


@dataclass(slots=True)
class ErrorEvent:
    """`source`: as in the journal's `error`."""

    error: BaseException
    source: str
    recoverable: bool


@dataclass(slots=True)
class CloseEvent:
    reason: str


C = TypeVar("C", bound=Callable[[Any], object])


class EventEmitter:
    """`on`, `once` and `off` take an event's name and a function; `on` and `once` serve as decorators too."""

    def __init__(self) -> None:
        self._callbacks: dict[str, list[tuple[Callable[[Any], object], bool]]] = {}

    def on(self, event: EventName, callback: C | None = None) -> Any:
        return self._add(event, callback, once=False)

    def once(self, event: EventName, callback: C | None = None) -> Any:
        return self._add(event, callback, once=True)

    def off(self, event: EventName, callback: Callable[[Any], object]) -> None:
        self._callbacks[event] = [entry for entry in self._callbacks.get(event, []) if entry[0] != callback]

    def listen_as(self, other: EventEmitter) -> None:
        """Call whoever `other` calls, too."""
        for event, entries in other._callbacks.items():
            self._callbacks.setdefault(event, []).extend(entries)

    def emit(self, event: EventName, value: Any) -> None:
        """Call everyone who asked. A callback that raises is logged and harms nobody else."""
        entries = self._callbacks.get(event)
        if not entries:
            return
        for entry in list(entries):
            callback, once = entry
            if once:
                entries.remove(entry)
            try:
                callback(value)
            except Exception:
                logger.exception("a callback of %r raised", event)

    def _add(self, event: str, callback: C | None, *, once: bool) -> Any:
        if event not in EVENT_NAMES:
            raise ValueError(f"there is no event {event!r}; there are {', '.join(sorted(EVENT_NAMES))}")

        def add(function: C) -> C:
            self._callbacks.setdefault(event, []).append((function, once))
            return function

        return add if callback is None else add(callback)
