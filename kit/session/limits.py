"""How long a session waits for others before it gives up on them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, and numbers of tries.

    The provider limits count the wait for the next piece, not the whole request. A model that fails before it gave
    anything is asked again, `max_retries` times; livekit-agents does so three times.
    """

    llm_s: float = 10.0
    tts_s: float = 10.0
    turn_detector_s: float = 3.0
    audio_out_s: float = 10.0
    """For a loudspeaker to take a frame, and, beyond the sound that it has, to play it. A pause does not count."""
    hook_s: float = 30.0
    """For `on_user_turn_completed`, `on_enter` and `on_exit`."""
    max_retries: int = 3
    """How often an LLM or a TTS that failed before it gave anything is asked again."""
    first_retry_s: float = 0.1
    """Pause before it is asked again for the first time."""
    retry_s: float = 0.5
    """Pause before each later time, and before speech recognition or voice activity detection is started again."""
    close_s: float = 1.0
    """For what was cancelled to end."""
    drain_s: float = 60.0
    """For `drain` while nothing is heard."""
    max_tool_steps: int = 3
    """How often tools may be called again in one reply, after they were called once."""
