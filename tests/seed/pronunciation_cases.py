"""Where the document's own code for pronunciation goes wrong."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from kit.text.lexicon import Lexicon
from tests.seed import seed_code
from tests.seed.cases import Case


def said_by_seed(chunks: Sequence[str], terms: Mapping[str, str] | None) -> str:
    """What a voice is given; "raises re.error" where it does."""

    async def given() -> AsyncIterator[str]:
        for chunk in chunks:
            yield chunk

    async def main() -> str:
        return "".join([piece async for piece in seed_code.respelling(terms)(given())])

    try:
        return asyncio.run(main())
    except re.error:
        return "raises re.error"


def said_by_kit(chunks: Sequence[str], terms: Mapping[str, Any] | None) -> str:
    stream = Lexicon(seed_code.own_terms() if terms is None else terms).stream()
    return "".join([*map(stream.push, chunks), stream.flush()])


def _text(
    name: str,
    chunks: str | Sequence[str],
    seed_gives: str,
    right: str,
    terms: Mapping[str, str] | None = None,
    kit_terms: Mapping[str, Any] | None = None,
) -> Case:
    """`terms`: in place of the document's own. `kit_terms`: where the kit can be told more than a respelling."""
    pieces = [chunks] if isinstance(chunks, str) else chunks
    return Case(
        f"{name}: {' | '.join(pieces)!r}",
        lambda: said_by_seed(pieces, terms),
        lambda: said_by_kit(pieces, kit_terms or terms),
        seed_gives,
        right,
    )


_C = {"C++": "see plus plus"}
_YORK = {"New York": "Noo York"}

PRONUNCIATION: Sequence[Case] = (
    _text("a term in two chunks", ["Use kube", "ctl."], "Use kubectl.", "Use kube control."),
    _text("a term in three chunks", ["the A", "P", "I key"], "the API key", "the A P I key"),
    _text("the beginning of another word in a chunk", ["an UI", "d"], "an U Id", "an UId"),
    _text("words in two chunks", ["in New", " York"], "in New York", "in Noo York", _YORK),
    _text("words in two lines", "in New\nYork", "in New\nYork", "in Noo York", _YORK),
    _text(
        "what was replaced, again",
        "Run kubectl.",
        "Run kube con troll.",
        "Run kube control.",
        {"kubectl": "kube control", "control": "con troll"},
    ),
    _text(
        "a shorter term first",
        "the REST API",
        "the REST A P I",
        "the restful interface",
        {"API": "A P I", "REST API": "restful interface"},
    ),
    _text("signs in a term", "C++, not C", "see plus plus++, not see plus plus", "see plus plus, not C", _C),
    _text("a term that begins with a sign", "on .NET", "on .NET", "on dot net", {".NET": "dot net"}),
    _text("a sign that stands for any", "an INET port", "an dot net port", "an INET port", {".NET": "dot net"}),
    _text(
        "a term that is no expression",
        "call f(x",
        "raises re.error",
        "call f of x",
        {"f(x": "f of x"},
    ),
    _text(
        "a backslash in what is said",
        "drive C",
        "raises re.error",
        r"drive c:\d",
        {"C": r"c:\d"},
    ),
    _text("a backslash read as another sign", "the tab", "the a\tb", r"the a\tb", {"tab": r"a\tb"}),
    _text("a letter with its accent behind it", "Rene\u0301e", "RR\u0301e", "Rene\u0301e", {"Rene": "RR"}),
    _text("a script without spaces", "我在東京住", "我在東京住", "我在とうきょう住", {"東京": "とうきょう"}),
    _text("ß and SS", "STRASSE", "STRASSE", "street", {"Straße": "street"}),
    _text(
        "a word that differs by case",
        "tell us of the US",
        "tell U S of the U S",
        "tell us of the U S",
        {"US": "U S"},
        {"US": {"respelling": "U S", "case": "exact"}},
    ),
    _text("markup", '<break time="1s"/> now', '<brake time="1s"/> now', '<break time="1s"/> now', {"break": "brake"}),
    _text(
        "text with a pronunciation of its own",
        '<sub alias="the API">it</sub>',
        '<sub alias="the A P I">it</sub>',
        '<sub alias="the API">it</sub>',
    ),
)
