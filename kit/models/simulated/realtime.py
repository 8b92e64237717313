"""A model for speech to speech that hears what a simulated user has marked, and answers with a hum from a script."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable

from ...chat import ChatContext
from ...realtime import RealtimeEvent, RealtimeInput
from ..latency import LatencyLike, as_latency
from ..outbox import Outbox, deliver
from .dialogue import Dialogue
from .humming import Hum
from .llm import Replies, SimulatedLLM


class SimulatedRealtime:
    """Answers a marked speech `ttfb` after the turn, or after it was asked to.

    A turn ends `silence_s` after speech, where it detects turns, or else with `CommitAudio`. Then the user's words are
    part of the conversation, though their transcript comes `stt_delay` later. Text comes word by word, each word
    directly before the audio that it begins in. Calls of tools come last. A token of usage is a word.

    One response at a time: asked for one while another is being made, by `Respond`, it starts one that has failed, with
    OpenAI's code for it, `conversation_already_has_active_response`. Where the user's turn ends meanwhile, which takes
    `interrupts=False`, that turn is not answered by itself.

    `ClearAudio` forgets a speech that is under way too, and ends the user's turn without words and without an answer.

    Args:
        replies: As of a `SimulatedLLM`, which is asked with the instructions first. A function that raises makes a
            response that fails.
        ttfb: From the end of the turn, or `Respond`, to the first audio.
        stt_delay: From the end of the turn to the user's transcript, which is "" where there was no text.
        detects_turns: Whether it ends the user's turns, tells where the user speaks, and answers by itself.
        silence_s: The silence behind speech that ends a turn, where it detects turns.
        interrupts: Whether the user's speech cancels its response, where it detects turns.
        speed: Seconds of audio made in a second; None is all at once. The default is chosen, not measured: services
            make speech several times faster than it is heard.
        sample_rate: Hz.
        characters_per_s: How fast it speaks; 15 is about 150 English words a minute.
        frame_s: Length of a frame, which may be shorter at a sentence's end.
        seed: Of the latencies, if they are random.

    Raises:
        ValueError: an argument is out of range.
    """

    def __init__(
        self,
        replies: Replies = "All right.",
        *,
        ttfb: LatencyLike = 0.5,
        stt_delay: LatencyLike = 0.3,
        detects_turns: bool = True,
        silence_s: float = 0.5,
        interrupts: bool = True,
        speed: float | None = 5.0,
        sample_rate: int = 24_000,
        characters_per_s: float = 15.0,
        frame_s: float = 0.1,
        seed: int = 0,
    ) -> None:
        if not silence_s >= 0:
            raise ValueError(f"silence_s must be 0 or more, not {silence_s!r}")
        if speed is not None and not speed > 0:
            raise ValueError(f"speed must be more than 0, or None for all at once, not {speed!r}")
        self.ttfb = as_latency(ttfb)
        self.stt_delay = as_latency(stt_delay)
        self.detects_turns = detects_turns
        self.silence_s = silence_s
        self.interrupts = interrupts
        self.speed = speed
        self.sample_rate = sample_rate
        self.hum = Hum(sample_rate, characters_per_s, frame_s)
        self.llm = SimulatedLLM(replies, ttft=0.0)
        self.sample_ttfb = self.ttfb.sampler(seed)
        self.sample_stt_delay = self.stt_delay.sampler(seed + 1)
        self._dialogue: Dialogue | None = None
        self._responses = 0

    def __call__(self, inputs: AsyncIterable[RealtimeInput], /) -> AsyncGenerator[RealtimeEvent, None]:
        return deliver(lambda outbox: self._converse(inputs, outbox))

    @property
    def chat_ctx(self) -> ChatContext:
        """A copy of the newest stream's conversation, without the instructions: as the model remembers it."""
        return ChatContext() if self._dialogue is None else self._dialogue.memory.chat_ctx

    @property
    def instructions(self) -> str:
        """Those of the newest stream."""
        return "" if self._dialogue is None else self._dialogue.memory.instructions

    def next_response(self) -> str:
        """A name for a response, unlike any before."""
        self._responses += 1
        return f"response_{self._responses}"

    async def _converse(self, inputs: AsyncIterable[RealtimeInput], outbox: Outbox[RealtimeEvent]) -> None:
        self._dialogue = Dialogue(self, outbox)
        await self._dialogue.run(inputs)
