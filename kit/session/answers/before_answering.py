"""What lies between the end of the user's turn and its answer: the agent falls silent, and its hook is asked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ...chat import ChatContext, ChatMessage
from ..agent import Agent
from ..records import UserInterrupted
from ..scope import Scope
from ..tools import StopResponse

if TYPE_CHECKING:
    from ..speech.speaking import Speaking


def is_uninterruptible(speaking: Speaking) -> bool:
    """Whether the agent says something that the user's turn must not stop."""
    return any(not speech.handle.interrupted and not speaking.interruptible(speech) for speech in speaking.begun)


async def make_way(scope: Scope, speaking: Speaking) -> None:
    """Stop what the agent says and what waits to be said, for the turn came after it."""
    begun = speaking.begun
    for speech in speaking.pending:
        if speaking.interruptible(speech):
            if speech in begun:
                scope.journal.append(UserInterrupted(speech=speech.handle.id))
            speech.handle.interrupt()
    if begun:
        await asyncio.wait([speech.handle._done for speech in begun])


async def ask_hook(scope: Scope, agent: Agent, turn_ctx: ChatContext, message: ChatMessage) -> str:
    """Run the agent's hook, which may change both. Returns why the turn gets no reply, or ""."""
    if type(agent).on_user_turn_completed is Agent.on_user_turn_completed:
        return ""
    try:
        hook = agent.on_user_turn_completed(turn_ctx, message)
        await scope.bounded(hook, scope.limits.hook_s, "on_user_turn_completed")
    except StopResponse:
        return "stop_response"
    except Exception as error:
        scope.error("node", error)
        return "hook_failed"
    return ""
