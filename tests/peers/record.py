"""What happened in a conversation, in words that both parties' runners use.

An outcome is a list of lines by field. Two outcomes are compared field by field, line by line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import Any

from livekit.rtc import AudioFrame

FIELDS = {
    "turns": "The user's turns: when the agent's hook was asked, and the words.",
    "heard": "When the agent was heard.",
    "speeches": "When each speech was done, in the order in which they were asked for, and how it ended.",
    "agent_state": "The agent's states.",
    "user_state": "The user's states.",
    "tools": "Calls of tools, and what came of them.",
    "errors": "Errors told to the application, by their source; ! where it cannot be recovered from.",
    "false_interruptions": "Interruptions that were none, and whether the agent went on.",
    "hand_overs": "When another agent had taken over.",
    "history": "The history at the end.",
    "cut_short": "What the history keeps of each speech that was interrupted.",
    "requests": "LLM requests: when, and the last words that they answer.",
    "prompts": "What each request was asked with: system, user, agent, call, output; and the tool choice.",
    "adopted": "How many attempts made ahead of the turn's end were used.",
    "speech_created": "How many speeches were announced.",
    "hooks": "When on_enter and on_exit began and ended.",
    "acts": "When what the application or a tool waited for was done.",
    "raised": "What their calls raised.",
    "closed": "When the session closed, and why.",
}
Outcome = dict[str, list[str]]


class Record:
    def __init__(self, now: Callable[[], float]) -> None:
        self._origin = now()
        self._now = now
        self.lines: Outcome = {}
        self._sound: list[list[float]] = []
        self._speeches: list[tuple[Any, list[float]]] = []

    @property
    def t(self) -> str:
        return self.at(self._now())

    def at(self, loop_time: float) -> str:
        return f"{loop_time - self._origin + 1e-6:.2f}"

    def add(self, name: str, text: str) -> None:
        """A line with the present time."""
        self.put(name, f"{self.t} {text}")

    def put(self, name: str, line: str) -> None:
        assert name in FIELDS, name
        self.lines.setdefault(name, []).append(line)

    def played(self, loop_time: float, frame: AudioFrame) -> None:
        """Told by the loudspeaker: this was heard from `loop_time` on."""
        end = loop_time + frame.samples_per_channel / frame.sample_rate
        if self._sound and loop_time - self._sound[-1][1] < 0.004:
            self._sound[-1][1] = end
        else:
            self._sound.append([loop_time, end])

    def speech(self, handle: Any) -> None:
        """A speech was announced."""
        done: list[float] = []
        self._speeches.append((handle, done))
        handle.add_done_callback(lambda _: done.append(self._now()))

    def false_interruption(self, resumed: bool) -> None:
        self.add("false_interruptions", "goes on" if resumed else "stays silent")

    def item(self, item: Any) -> None:
        """An item of the history, as the kit has it."""
        if hasattr(item, "role"):
            who = "agent" if item.role == "assistant" else item.role
            if item.interrupted:
                self.put("history", f"{who}, interrupted")
                self.put("cut_short", item.content.strip())
            else:
                self.put("history", f"{who}: {item.content.strip()}")
        elif hasattr(item, "output"):
            self.put("history", f"output: {item.name} → {item.output}{' (error)' if item.is_error else ''}")
        else:
            self.put("history", f"call: {item.name}")

    def finish(self, scheduled: Callable[[Any], bool], requests: Sequence[tuple[float, list[Any], str]]) -> None:
        """Write down what is known only at the end. `scheduled`: whether a speech was ever to be heard."""
        self.lines["heard"] = [f"{self.at(begin)} to {self.at(end)}" for begin, end in self._sound]
        self.put("speech_created", str(len(self._speeches)))
        for handle, done in self._speeches:
            if scheduled(handle):
                end = self.at(done[0]) if done else "not done"
                cut = ", interrupted" if handle.interrupted else ""
                failed = ", failed" if done and handle.exception() is not None else ""
                self.put("speeches", f"{end}{cut}{failed}")
        for time, items, choice in requests:
            self.put("requests", f"{self.at(time)} {_last_words(items)}")
            self.put("prompts", " ".join(map(_kind, items)) + ("" if choice == "auto" else f" ({choice})"))


def now() -> float:
    return asyncio.get_running_loop().time()


def _last_words(items: list[Any]) -> str:
    for item in reversed(items):
        if getattr(item, "role", "") == "user":
            return str(item.content)
        if hasattr(item, "output"):
            return f"{item.name} → {item.output}"
    return "(no words)"


def _kind(item: Any) -> str:
    role = getattr(item, "role", "")
    if role:
        return "agent" if role == "assistant" else str(role)
    return "output" if hasattr(item, "output") else "call"


def differences(kit: Outcome, livekit: Outcome) -> dict[str, tuple[list[str], list[str]]]:
    """By field, the lines that only the kit has, and those that only livekit-agents has."""
    found = {}
    for name in FIELDS:
        ours, theirs = kit.get(name, []), livekit.get(name, [])
        only_ours: list[str] = []
        only_theirs: list[str] = []
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
            if tag != "equal":
                only_ours += ours[i1:i2]
                only_theirs += theirs[j1:j2]
        if only_ours or only_theirs:
            found[name] = (only_ours, only_theirs)
    return found
