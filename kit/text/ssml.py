"""SSML inside ordinary text: where its elements are, so that none is cut in two, and what the text is without them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator

_NAMES = "audio|break|emphasis|lang|mark|p|phoneme|prosody|s|say-as|speak|sub|voice"
_TAG = re.compile(rf"<(/?)(?:{_NAMES})\b[^<>]*?(/?)>")
_OPEN_TAG = re.compile(rf"<(?:/?(?:{_NAMES})\b[^<>]*)$")


def has_markup(text: str) -> bool:
    """Whether the text holds a tag of SSML. A "<" on its own, or another name behind it, is no tag."""
    return "<" in text and _TAG.search(text) is not None


def blank_out(text: str) -> str:
    """The text with each tag replaced by as many blanks, so that every other character keeps its place."""
    return _TAG.sub(lambda tag: " " * len(tag[0]), text) if "<" in text else text


async def whole_elements(sentences: AsyncIterable[str]) -> AsyncIterator[str]:
    """The same text, its sentences joined where a cut went through a tag or an element."""
    held = ""
    async for sentence in sentences:
        held += sentence
        if "<" not in held or _is_balanced(held):
            yield held
            held = ""
    if held:
        yield held


def _is_balanced(text: str) -> bool:
    if _OPEN_TAG.search(text):
        return False
    depth = sum(-1 if tag[1] else not tag[2] for tag in _TAG.finditer(text))
    return depth <= 0
