"""What is written and not to be spoken: markdown's marks, and emoji.

Both take text as it streams, in pieces of any size, and give it out as soon as it cannot become markup any more; how it
was split changes nothing. Names and behaviour are those of livekit-agents' default `tts_text_transforms`, and their
order is markdown first: "**🎉 Done**" is bold only while something stands where the emoji is.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import Protocol

from .emoji import EmojiStream
from .markdown import MarkdownStream


class TextStream(Protocol):
    def push(self, piece: str) -> str:
        """What can be said now that `piece` has come; "" if all is held back."""
        ...

    def flush(self) -> str:
        """What was held back, at the end of the text."""
        ...


async def filter_markdown(text: AsyncIterable[str]) -> AsyncIterator[str]:
    """The text without markdown's marks. See `kit.text.markdown`."""
    async for piece in _filtered(text, MarkdownStream):
        yield piece


async def filter_emoji(text: AsyncIterable[str]) -> AsyncIterator[str]:
    """The text without emoji. See `kit.text.emoji`."""
    async for piece in _filtered(text, EmojiStream):
        yield piece


async def _filtered(text: AsyncIterable[str], new_stream: Callable[[], TextStream]) -> AsyncIterator[str]:
    stream = new_stream()
    async for piece in text:
        if kept := stream.push(piece):
            yield kept
    if kept := stream.flush():
        yield kept
