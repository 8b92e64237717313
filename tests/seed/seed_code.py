"""The document's own code for pronunciation and volume, to be run and measured: as it is written there.

Only what stands around it is given: livekit-agents' classes, which it imports, a speech synthesis that passes the text
on, and, where asked for, other terms in place of its eleven.
"""

from __future__ import annotations

import ast
import os
import re
import textwrap
from collections.abc import AsyncIterable, Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from livekit import rtc

DOCUMENT = Path(__file__).parents[3] / "shared" / "seed" / "agent-speech-and-audio.md"

Respell = Callable[[AsyncIterable[str]], AsyncIterable[str]]


def document_path() -> Path:
    """Where the document is, or would be."""
    return Path(os.environ.get("KIT_SEED_DOCUMENT") or DOCUMENT)


def code(*marks: str) -> str:
    """The document's one Python block that holds all these marks."""
    text = document_path().read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    (found,) = [block for block in blocks if all(mark in block for mark in marks)]
    return textwrap.dedent(found)


def respelling(terms: Mapping[str, str] | None = None) -> Respell:
    """Its `tts_node` up to the synthesis: what the synthesis would be given. `terms`: in place of its own eleven."""
    written = code("async def adjust_pronunciation")
    if terms is not None:
        written, count = re.subn(r"pronunciations = \{.*?\n    \}", "pronunciations = TERMS", written, flags=re.DOTALL)
        assert count == 1, "the document's block has no list of terms any more"

    async def spoken(agent: object, text: AsyncIterable[str], settings: object) -> AsyncIterable[str]:
        async for chunk in text:
            yield chunk

    names = _define(written, TERMS=terms, Agent=SimpleNamespace(default=SimpleNamespace(tts_node=spoken)))
    return lambda text: names["tts_node"](None, text, None)


def own_terms() -> dict[str, str]:
    """The terms that it lists, and how they are said."""
    written = re.search(r"pronunciations = (\{.*?\n    \})", code("async def adjust_pronunciation"), flags=re.DOTALL)
    assert written is not None, "the document's block has no list of terms any more"
    terms: dict[str, str] = ast.literal_eval(written[1])
    return terms


def assistant() -> Any:
    """An agent of its volume block, with `volume` and `_adjust_volume_in_stream`."""
    from livekit.agents import Agent, function_tool, utils

    block = code("def _adjust_volume_in_stream")
    return _define(block, Agent=Agent, function_tool=function_tool, utils=utils)["Assistant"]()


def _define(block: str, **names: Any) -> dict[str, Any]:
    namespace = {"re": re, "np": np, "rtc": rtc, "AsyncIterable": AsyncIterable, "ModelSettings": object, **names}
    exec(compile(block, "<the document>", "exec"), namespace)
    return namespace
