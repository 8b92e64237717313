"""The conversations of a Talk, one at a time: begun, ended, kept; and what the user does in one.

They are held on the studio's thread. All that is public here may be called from any thread.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakSet

from ...lab.conversation import Conversation
from ...session.agent import Agent
from ...session.session import AgentSession
from ..studio import Studio
from .cells import running_cell
from .run import TalkRun, speech
from .sound import SoundListeners

logger = logging.getLogger("kit")

STOP_S = 15.0
"""How long `stop` waits for the end."""

_OPEN: WeakSet[Conversations] = WeakSet()
"""Of this process: one page's sound is for one conversation."""


class Front(Protocol):
    """Who shows the conversations."""

    @property
    def prebuffer_s(self) -> float: ...

    def tell(self, kind: str, /, *, buffers: Sequence[bytes] = (), **content: Any) -> None: ...

    def put(self, **values: Any) -> None: ...

    def close(self) -> None: ...

    def begins(self) -> None:
        """Another conversation begins. On its loop, as what follows."""

    def used(self, typed: str = "") -> None:
        """The user does something."""

    def look_after(self, run: TalkRun) -> None:
        """Four times a second."""


class Conversations:
    """A Talk on the same session, or made by an earlier run of the same cell, is closed, and its conversation ended.

    Args:
        front: Who shows them.
        agent: Who answers; or what makes one for each conversation. An `Agent` begins each with what it knew at first.
        record: A folder, in which each conversation gets one of its own.

    Attributes:
        held: The conversations that are over, the latest one last.
        run: The present one, while there is one.
        listeners: Who hears them beside the page.
    """

    def __init__(
        self, front: Front, studio: Studio, agent: Agent | Callable[[], Agent], record: str | Path | None
    ) -> None:
        self.studio = studio
        self.held: list[Conversation] = []
        self.run: TalkRun | None = None
        self.listeners = SoundListeners()
        self._front = front
        self._agent = agent
        self._knew_first = agent.chat_ctx if isinstance(agent, Agent) else None
        self._record = None if record is None else Path(record)
        self._muted = False
        self._life: Future[None] | None = None
        self._begun: Future[TalkRun | None] = Future()
        self._changing = threading.RLock()
        self._made_by = running_cell()
        for other in [one for one in _OPEN if one.studio is studio or self._replaces(one)]:
            other._front.close()
        _OPEN.add(self)

    def _replaces(self, other: Conversations) -> bool:
        return self._made_by is not None and self._made_by.again(other._made_by)

    @property
    def running(self) -> bool:
        return self.run is not None or (self._life is not None and not self._life.done())

    @property
    def latest(self) -> Conversation | None:
        """The present one as far as it is recorded, or the last one."""
        run = self.run
        if run is None:
            return self.held[-1] if self.held else None
        if not self._on_the_loop():
            self.studio.thread.run(run.live.flush()).result(STOP_S)
        return run.live.conversation

    # begun and ended

    def start(self) -> None:
        """Begin one, where none runs; those of others are ended. Returns at once."""
        with self._changing:
            if self.running:
                return
            for other in [one for one in _OPEN if one is not self and one.running]:
                other.stop_soon("Stopped, because another Talk of this notebook was started.")
            self._front.put(state="starting", problem="", notice="")
            self._begun = Future()
            self._life = self.studio.thread.run(self._lead(self._begun))

    def stop_soon(self, notice: str = "") -> Future[None] | None:
        """Begin to end it. Returns what is done when its recording is complete; None where none runs."""
        with self._changing:
            if not self.running:
                return None
            if notice:
                self._front.put(notice=notice)
            self.studio.thread.run(self._finish())
            return self._life

    def stop(self) -> None:
        """End it, and wait until its recording is complete."""
        ending = self.stop_soon()
        if ending is not None and not self._on_the_loop():
            ending.result(STOP_S)

    def close(self) -> None:
        """No conversation will follow."""
        _OPEN.discard(self)
        try:
            self.stop()
        except Exception:
            logger.exception("ending a conversation")
        self.studio.stop_threads()

    # what the user does; typing and playing begin one

    def say(self, text: str) -> None:
        """
        Raises:
            ValueError: there is nothing to say.
        """
        text = text.strip()
        if not text:
            raise ValueError("there is nothing to say")

        def say(run: TalkRun) -> None:
            self._front.used(typed=text)
            run.say(text)

        self.start()
        self._do(say)

    def play(self, path: str | Path) -> None:
        """
        Raises:
            AudioFileError: it cannot be read, or is silent.
        """
        samples = speech(path)
        self.start()
        self._do(lambda run: run.play(samples, Path(path).name))

    def interrupt(self) -> None:
        self._do(TalkRun.interrupt)

    def press(self) -> None:
        """Push to talk: the user begins to speak, muted or not."""
        if self.run is not None:
            self.run.microphone.muted = False
            self._do(TalkRun.press)

    def release(self) -> None:
        """The user's turn is over."""
        if self.run is not None:
            self.run.microphone.muted = self._muted
            self._do(TalkRun.release)

    def mute(self, on: bool) -> None:
        self._muted = on
        if self.run is not None:
            self.run.microphone.muted = on

    def _do(self, act: Callable[[TalkRun], object]) -> None:
        """Do it on the loop, once the conversation has begun."""
        with self._changing:
            if not self.running:
                return
            begun = self._begun

        async def do() -> None:
            run = await asyncio.wrap_future(begun)
            if run is None or run is not self.run:
                return
            self._front.used()
            try:
                act(run)
            except Exception as error:
                self._front.put(problem=str(error) or type(error).__name__)

        self.studio.thread.run(do())

    # on the loop

    async def _lead(self, begun: Future[TalkRun | None]) -> None:
        """From its begin to its end."""
        front = self._front
        try:
            session, agent = self._session(), await self._fresh_agent()
            front.begins()
            run = TalkRun(
                session,
                agent,
                front.tell,
                listeners=self.listeners,
                prebuffer_s=front.prebuffer_s,
                folder=self._folder(),
                name=f"talk {len(self.held) + 1}",
                on_tick=front.look_after,
            )
            run.microphone.muted = self._muted
            self.run = run
            await run.start()
        except Exception as error:
            logger.exception("a conversation could not begin")
            self.run = None
            front.put(state="off", problem=f"The conversation could not begin: {error}")
            return
        finally:
            if not begun.cancelled():
                begun.set_result(self.run)
        front.put(state=session.agent_state, agent_state=session.agent_state, user_state=session.user_state)
        await run.wait()
        self.held.append(run.live.conversation)
        self.run = None
        values = {"notice": run.live.problem} if run.live.problem else {}
        front.put(state="off", agent_state="", user_state="", **values)

    async def _finish(self) -> None:
        if self.run is not None:
            self._front.put(state="stopping")
            await self.run.aclose()

    def _session(self) -> AgentSession:
        session = self.studio.session
        if session.loop is not None and not session.closed:
            raise RuntimeError("The session runs elsewhere: end it there, or give Talk one that is not started.")
        return self.studio.renew() if session.closed else session

    async def _fresh_agent(self) -> Agent:
        agent = self._agent
        if not isinstance(agent, Agent):
            return agent()
        if self._knew_first is not None and len(agent.chat_ctx) != len(self._knew_first):
            await agent.update_chat_ctx(self._knew_first)
        return agent

    def _folder(self) -> Path | None:
        if self._record is None:
            return None
        number = 1
        while (folder := self._record / f"talk-{number}").exists():
            number += 1
        return folder

    def _on_the_loop(self) -> bool:
        try:
            return asyncio.get_running_loop() is self.studio.thread.loop
        except RuntimeError:
            return False
