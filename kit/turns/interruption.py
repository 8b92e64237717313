"""When does the user's voice stop the agent's?

Once it has lasted long enough and holds enough words, both of which tell a barge-in from a cough or an "mhm"; or at
once, when its words are final. Until they are, the agent is paused rather than stopped: it was no interruption if no
words follow.
"""

from __future__ import annotations

from ..tuning import Interruption as InterruptionSettings


def count_words(text: str) -> int:
    return len(text.split())


def interruption_due_t(settings: InterruptionSettings, *, speech_started_t: float, text: str) -> float | None:
    """When speech that began at `speech_started_t`, `text` being known of it, interrupts; None if it does not (yet)."""
    if not settings.enabled or not enough_words(settings, text):
        return None
    return speech_started_t + settings.min_duration_s


def enough_words(settings: InterruptionSettings, text: str) -> bool:
    return settings.min_words == 0 or count_words(text) >= settings.min_words


def words_interrupt(settings: InterruptionSettings, text: str) -> bool:
    """Whether these words, now that they are final, stop the agent, however short their sound was."""
    return settings.enabled and bool(text) and enough_words(settings, text)
