"""How long are this user's pauses?

The shortest endpointing delay must cover the pauses that a person makes within a turn, or the agent speaks into them.
What counts as such a pause is a silence that the user ended before the agent spoke; or one that the agent ended, but
the user went on at once, so that the turn was not over. The learned delay is their exponential moving average, which
starts from the shortest delay that is set and keeps between that and the longest one, as "dynamic" endpointing does in
livekit-agents. Times are seconds on any one clock.
"""

from __future__ import annotations

from ..tuning import Endpointing as EndpointingSettings


class Pauses:
    __slots__ = ("_agent_ended", "_agent_started_t", "_ended_t", "_mean_s", "_started_t")

    def __init__(self) -> None:
        self._mean_s: float | None = None
        self._started_t: float | None = None
        self._ended_t: float | None = None
        self._agent_started_t: float | None = None
        self._agent_ended = False

    def speech_started(self, audio_t: float) -> None:
        self._started_t = audio_t

    def speech_ended(self, audio_t: float, settings: EndpointingSettings) -> None:
        """The user's speech is over. What it tells of the pause before it is learned now."""
        if settings.mode == "dynamic" and self._was_within_turn(settings):
            assert self._started_t is not None and self._ended_t is not None
            mean_s = self.shortest_delay_s(settings)
            self._mean_s = settings.alpha * mean_s + (1 - settings.alpha) * (self._started_t - self._ended_t)
        self._ended_t = audio_t
        if self._agent_started_t is None or self._agent_ended:
            self._agent_started_t = None
            self._agent_ended = False

    def agent_started(self, t: float) -> None:
        self._agent_started_t = t
        self._agent_ended = False

    def agent_ended(self) -> None:
        self._agent_ended = True

    def shortest_delay_s(self, settings: EndpointingSettings) -> float:
        """The delay to wait at least: as it is set, or as it was learned."""
        if settings.mode != "dynamic" or self._mean_s is None:
            return settings.min_delay_s
        return min(max(self._mean_s, settings.min_delay_s), settings.max_delay_s)

    def _was_within_turn(self, settings: EndpointingSettings) -> bool:
        """Whether the silence before the latest speech was a pause within a turn."""
        if self._started_t is None or self._ended_t is None or self._started_t <= self._ended_t:
            return False
        if self._agent_started_t is None:
            return True
        if self._agent_ended or not self._ended_t < self._agent_started_t <= self._started_t:
            return False
        went_on_after_s = self._started_t - self._agent_started_t
        return went_on_after_s <= self.shortest_delay_s(settings)
