"""How long a session waits for others before it gives up on them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds. Each provider limit counts the wait for the next piece, not the whole request."""

    llm_s: float = 10.0
    tts_s: float = 10.0
    hook_s: float = 30.0
    """For `on_user_turn_completed`, `on_enter` and `on_exit`."""
    retry_s: float = 0.5
    """Pause before speech recognition or voice activity detection is started again after it failed."""
    close_s: float = 1.0
    """For what is still running when the session closes."""
    max_tool_steps: int = 3
    """LLM requests that may follow tool calls in one reply."""
