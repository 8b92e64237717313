"""Lexicons as files: W3C PLS, TOML and JSON, by the name of the file."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from . import pls, toml
from .entry import Entry, LexiconError

MOST_BYTES = 32_000_000
"""A lexicon of a million terms; more is no lexicon."""

_PLS = (".pls", ".xml")


def read(path: str | Path) -> list[Entry]:
    """The entries of a file, in its order.

    Raises:
        LexiconError: it cannot be read, or is not as it should be. Names the file, the line, and the reason.
    """
    path = Path(path)
    kind = _kind(path)
    try:
        content = _content(path)
        if kind in _PLS:
            return pls.parse(content)
        text = _decoded(content)
        return toml.parse(text) if kind == ".toml" else _from_json(text)
    except OSError as error:
        raise LexiconError(f"{path}: {error.strerror or error}") from error
    except LexiconError as error:
        raise LexiconError(f"{path}: {error}") from error


def write(path: str | Path, entries: Sequence[Entry]) -> None:
    """Write entries. The file appears whole or not at all; the comments of a TOML file that was there stay.

    Raises:
        LexiconError: it cannot be written, or an entry has what the format cannot hold.
    """
    path = Path(path)
    kind = _kind(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if kind in _PLS:
            text = pls.written(entries)
        elif kind == ".toml":
            text = toml.written(entries, _decoded(_content(path)) if path.exists() else "")
        else:
            text = json.dumps(toml.as_values(entries), ensure_ascii=False, indent=2) + "\n"
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise LexiconError(f"{path} cannot be written: {error.strerror or error}") from error
    except UnicodeEncodeError as error:
        raise LexiconError(f"{path}: {error.object[error.start]!r} is no character that a file can hold") from error
    except LexiconError as error:
        raise LexiconError(f"{path}: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def _kind(path: Path) -> str:
    kind = path.suffix.lower()
    if kind not in (*_PLS, ".toml", ".json"):
        raise LexiconError(f"{path}: a lexicon's name ends with .pls, .xml, .toml or .json")
    return kind


def _content(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise LexiconError("this is a folder, not a file" if path.is_dir() else "this is no ordinary file")
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise LexiconError(f"has more than {MOST_BYTES // 1_000_000} MB, which no lexicon has")
    return content


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise LexiconError(f"line {line}: this is not UTF-8 text") from error


def _from_json(text: str) -> list[Entry]:
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise LexiconError(f"line {error.lineno}: not JSON: {error.msg}") from error
    except RecursionError as error:
        raise LexiconError("not a lexicon: it is nested too deeply") from error
    if not isinstance(values, dict):
        raise LexiconError("not a lexicon: JSON has one object in it, with what to say by term")
    return toml.entries_of(values)
