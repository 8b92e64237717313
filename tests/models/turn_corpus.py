"""The labelled utterances of `turn_utterances*.txt`, in both ways of writing.

The first file is in two parts, by a checksum of its lines, so that adding one moves no other. Rules and weights were
set by looking at `DEVELOPMENT` and `HARDER`. `HELD_OUT` was not looked at, but was written together with `DEVELOPMENT`,
before the rules; `UNSEEN` was written after them, and is what says how well they do on what nobody thought of.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import Path

DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@dataclass(frozen=True)
class Utterance:
    """`written` is as a recogniser with punctuation has it, `bare` as one without."""

    whole: bool
    agent: str
    written: str
    bare: str


def _read(line: str) -> Utterance:
    label, agent, written, *bare = (part.strip() for part in line.split("|"))
    assert label in ("whole", "cut"), line
    return Utterance(label == "whole", agent, written, bare[0] if bare else _bare(written))


def _bare(text: str) -> str:
    spoken = re.sub(r"\d", lambda digit: f" {DIGITS[int(digit[0])]} ", text.lower())
    return " ".join(re.sub(r"[^\w' ]", " ", spoken).split())


def _is_held_out(utterance: Utterance) -> bool:
    return zlib.crc32(f"{utterance.agent}|{utterance.written}".encode()) % 2 == 1


def _load(name: str) -> list[Utterance]:
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    return [_read(line) for line in lines if line and not line.startswith("#")]


ALL = _load("turn_utterances.txt")
HARDER = _load("turn_utterances_harder.txt")
UNSEEN = _load("turn_utterances_unseen.txt")
HELD_OUT = [utterance for utterance in ALL if _is_held_out(utterance)]
DEVELOPMENT = [utterance for utterance in ALL if not _is_held_out(utterance)]
