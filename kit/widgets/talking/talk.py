"""Talk to the agent in the page: its microphone and its speakers, with a session behind them.

The session runs on a thread of its own, so that a busy cell does not stop it. One view of a Talk has the sound; others
show what happens. Without a page a conversation runs too, by `say` and `play`, unheard, for a limited time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ...lab.conversation import Conversation
from ...session.agent import Agent
from ...session.session import AgentSession
from ..studio import Studio
from .page import TalkPage
from .run import TalkRun
from .sound import Listener

INSTRUCTIONS = "You are a friendly voice assistant. Answer in one or two short sentences."


class Talk(TalkPage):
    """A conversation in the page.

    Args:
        session: Not started yet, or ended (it is held again then). By default one of the local models.
        agent: Who answers; or what makes one for each conversation. An `Agent` begins each with what it knew at first.
        record: A folder, in which each conversation gets one of its own. By default they are kept only as long as this.
        recordings: Sound files that the page offers to play in the microphone's place.
        prebuffer_s: How much sound the page gathers before it plays, 0.02 to 1 s: less is quicker, more is safer.

    Attributes:
        state: "off", "starting", "listening", "thinking", "speaking" or "stopping".
        agent_state, user_state: As of the session; "" while there is no conversation.
        muted: Whether the microphone gives silence. May be set.
        waits: Whether a cell has run for a while, and what comes from the page waits for its end, as in VS Code.
        notice: What the user should know, in words; "" if nothing.
        playback: The page's last report: by stream "played_s", "backlog_s", "underruns", "starved", "stretched_s",
            "trimmed".
    """

    def __init__(
        self,
        session: AgentSession | None = None,
        *,
        agent: Agent | Callable[[], Agent] | None = None,
        record: str | Path | None = None,
        recordings: Iterable[str | Path] = (),
        prebuffer_s: float = 0.1,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            Studio.of(_local_session() if session is None else session),
            agent if agent is not None else Agent(instructions=INSTRUCTIONS),
            record,
            [Path(path) for path in recordings],
            prebuffer_s=prebuffer_s,
            **kwargs,
        )

    @property
    def session(self) -> AgentSession:
        """The session of the present conversation, or of the last one."""
        return self.studio.session

    @property
    def running(self) -> bool:
        return self._held.running

    @property
    def conversation(self) -> Conversation | None:
        """The present conversation as far as it is recorded, or the last one: for plots and comparison."""
        return self._held.latest

    @property
    def conversations(self) -> list[Conversation]:
        """Those that were held here and are over, the latest one last."""
        return self._held.held

    @property
    def _run(self) -> TalkRun | None:
        return self._held.run

    def start(self) -> None:
        """Begin a conversation, where none runs. Returns at once; `state` tells how it goes."""
        self._held.start()

    def stop(self) -> None:
        """End the conversation, and wait until its recording is complete."""
        self._held.stop()

    def say(self, text: str) -> None:
        """Type instead of talking. Begins a conversation, where none runs.

        Raises:
            ValueError: there is nothing to say.
        """
        self._held.say(text)

    def play(self, path: str | Path) -> None:
        """Let a recording speak in the microphone's place. Begins a conversation, where none runs.

        Raises:
            AudioFileError: it cannot be read, or is silent.
        """
        self._held.play(path)

    def interrupt(self) -> None:
        """Stop what the agent says."""
        self._held.interrupt()

    def subscribe_sound(self, callback: Listener) -> Callable[[], None]:
        """Hear this and every later conversation: `callback(channel, t_s, frame)`, until what this returns is called.

        `channel` is "user", "agent" or "background"; `t_s` is the session's time in seconds at which the frame's
        first sample was heard. It is called on the session's thread, and must not wait.
        """
        return self._held.listeners.subscribe(callback)


def _local_session() -> AgentSession:
    from ...models import local

    return AgentSession(**local())
