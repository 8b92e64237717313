"""A response of a simulated model for speech to speech: its words and sounds in their order, and what stays of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from livekit.rtc import AudioFrame

from ...chat import ChatMessage, FunctionCall
from ...ports import TIMED_WORDS, TokenUsage
from .humming import Hum, is_spoken, pieces
from .memory import heard_of

_TOKEN = re.compile(r"\s*\S+\s*")


@dataclass(slots=True, eq=False)
class Answer:
    """What was made so far.

    Args:
        message: Its place in the memory, once it has one.
        heard_s: How much the user heard, where that was told.
    """

    name: str
    text: str = ""
    words: int = 0
    audio_s: float = 0.0
    prompt_words: int = 0
    calls: list[FunctionCall] = field(default_factory=list)
    cancelled: bool = False
    message: ChatMessage | None = None
    heard_s: float | None = None
    task: asyncio.Task[None] | None = None

    def add(self, text: str, frame: AudioFrame | None) -> None:
        self.text += text
        self.words += bool(text.strip())
        self.audio_s += frame.samples_per_channel / frame.sample_rate if frame is not None else 0.0

    @property
    def usage(self) -> TokenUsage:
        return TokenUsage(self.prompt_words, self.words)

    def remembered(self) -> ChatMessage | None:
        """What stays in the memory; None where nothing does."""
        said = self.text.strip()
        kept = said
        if self.heard_s is not None:
            kept = heard_of(said, min(1.0, self.heard_s / self.audio_s) if self.audio_s else 0.0)
        return ChatMessage("assistant", kept, self.cancelled or kept != said) if kept else None


def spoken(text: str, hum: Hum) -> Iterator[tuple[str, AudioFrame | None]]:
    """The frames of a text, each with the word that begins in it; further words of a frame come before it, alone."""
    start = 0
    for piece in pieces(text):
        words, sentence = iter(_TOKEN.findall(piece)), piece.strip()
        if is_spoken(sentence):
            for frame in hum.frames(sentence, start):
                count = len(frame.userdata.get(TIMED_WORDS, ()))
                for _ in range(count - 1):
                    yield next(words, ""), None
                yield next(words, "") if count else "", frame
            start += hum.samples(sentence)
        for word in words:
            yield word, None
