"""SSML cut into sentences: where its tags are, and each sentence whole by itself.

A voice that is given one sentence a request must not be given half an element, and must not wait for the end of a
`<prosody>` that spans the whole answer.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator

from .tags import ATOMIC, Tag, open_tag, scan, tags

MAX_HELD = 2000
"""Characters after which an element that is not closed holds nothing back any more."""

_ENTITY_CUT = re.compile(r"&#?\w{0,9}\Z")
_ONCE = frozenset(("p", "s", "speak"))
"""Not opened again behind a cut: it would be heard as a pause."""


def has_markup(text: str) -> bool:
    """Whether the text holds a tag of SSML. A "<" on its own, or another name behind it, is no tag."""
    return "<" in text and next(tags(text), None) is not None


def blank_out(text: str) -> str:
    """The text with each tag replaced by as many blanks, so that every other character keeps its place."""
    if "<" not in text:
        return text
    pieces: list[str] = []
    position = 0
    for start, end, _ in tags(text):
        pieces += (text[position:start], " " * (end - start))
        position = end
    return "".join((*pieces, text[position:]))


async def whole_elements(sentences: AsyncIterable[str]) -> AsyncIterator[str]:
    """The same sentences, each with all its elements closed.

    An element that goes on is closed at a sentence's end and opened again in the next. Sentences are joined where a cut
    went through a tag, an entity, or a phoneme, say-as or sub. A closing tag that closes nothing is left out.
    """
    held, opened = "", list[Tag]()
    async for sentence in sentences:
        held += sentence
        if _ENTITY_CUT.search(held) and len(held) <= MAX_HELD:
            continue
        if "<" not in held and not opened:
            yield held
            held = ""
        elif (whole := _whole(held, opened, final=len(held) > MAX_HELD)) is not None:
            held = ""
            yield whole
    if held and (whole := _whole(held, opened, final=True)):
        yield whole


def _whole(text: str, opened: list[Tag], *, final: bool) -> str | None:
    """The text with what is open closed, and `opened` what to open again; None if it must go on."""
    stack, said, position = list(opened), [open_tag(tag.name, tag.attributes) for tag in opened], 0
    start = text.find("<")
    while start >= 0:
        found = scan(text, start, final=final)
        if found is None:
            return None
        piece, end = found
        if isinstance(piece, Tag):
            said.append(text[position:start])
            said += _step(piece, stack)
            position = end
        start = text.find("<", end)
    if stack and stack[-1].name in ATOMIC and not final:
        return None
    said.append(text[position:])
    said += [f"</{tag.name}>" for tag in reversed(stack)]
    opened[:] = [tag for tag in stack if tag.name not in _ONCE | ATOMIC]
    return "".join(said)


def _step(tag: Tag, stack: list[Tag]) -> list[str]:
    """What is written for a tag, and what is open then."""
    if tag.kind == "open":
        stack.append(tag)
    if tag.kind != "close":
        return [tag.source]
    if all(open_one.name != tag.name for open_one in stack):
        return []
    said = []
    while True:
        last = stack.pop()
        said.append(f"</{last.name}>")
        if last.name == tag.name:
            return said
