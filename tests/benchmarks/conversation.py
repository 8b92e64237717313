"""The conversation that every party holds: the same words, the same latencies, the same sound.

A party is the kit, livekit-agents, or the limit: asyncio and numpy with nothing around them. Times are in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

SAMPLE_RATE_IN = 16_000
SAMPLE_RATE_OUT = 24_000
FRAME_S = 0.1
"""The length of a frame of the agent's speech."""

USER_TEXT = "what is the weather in paris"
AGENT_TEXT = "It is sunny in Paris today."


@dataclass(frozen=True, slots=True)
class Pace:
    """How long each stage of a turn takes."""

    speech_s: float = 2.0
    d_stt_s: float = 0.2
    d_vad_s: float = 0.5
    min_delay_s: float = 0.5
    ttft_s: float = 0.35
    ttfb_s: float = 0.2
    answer_s: float = 2.0
    gap_s: float = 1.0
    """From the end of the agent's answer to the user's next words."""
    pause_s: float = 0.002
    """In an instant turn, after the start of speech and after its transcript: time to take in what has been told."""

    @property
    def first_audio_s(self) -> float:
        """From the end of the user's speech to the agent's first sound, without preemptive generation."""
        return max(self.min_delay_s, self.d_stt_s, self.d_vad_s) + self.ttft_s + self.ttfb_s

    @property
    def turn_s(self) -> float:
        """One whole turn, from the user's first word to the next turn's."""
        return self.speech_s + self.first_audio_s + self.answer_s + self.gap_s


USUAL = Pace()
INSTANT = Pace(speech_s=0, d_stt_s=0, d_vad_s=0, min_delay_s=0, ttft_s=0, ttfb_s=0, answer_s=FRAME_S, gap_s=0)
"""Models without any latency: what is left is the cost of the code between them."""


EXPECTED_MS = {
    100: (1050, 700, 650),
    200: (1050, 750, 750),
    400: (1050, 950, 950),
    700: (1250, 1250, 1250),
}
"""First audio after the end of speech, by the transcript's delay, in ms: preemption off, on, and on with its speech."""

PREEMPTION: tuple[dict[str, bool], ...] = (
    {"enabled": False},
    {"enabled": True, "preemptive_tts": False},
    {"enabled": True, "preemptive_tts": True},
)


def silence(duration_s: float, sample_rate: int) -> bytes:
    """16-bit mono silence."""
    return bytes(2 * round(duration_s * sample_rate))
