"""A lexicon in TOML: `[terms]`, what to say by term.

    [terms]
    API = "A P I"
    kubectl = {ipa = "ˈkjuːbkənˌtɹoʊl"}
    SQL = {say_as = "characters", case = "exact"}
    Polish = [{respelling = "poe lish", case = "exact"}, {respelling = "pollish"}]

A list has several entries for one term. The comments and the order of a file that is written again stay.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from .entry import Entry, LexiconError

_FEW = 100
_NEW = "new-terms-come-here-a4c1"
"""Stands for more terms than a few, which go in as text: one by one, thousands would take minutes."""

Value = str | dict[str, str] | list[str | dict[str, str]]


def parse(text: str) -> list[Entry]:
    """The entries of a text, in order.

    Raises:
        LexiconError: it is no TOML, or an entry is not as it should be. Names the line.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(f"not TOML: {error}") from error
    except RecursionError as error:
        raise LexiconError("not a lexicon: it is nested too deeply") from error
    for name in values:
        if name != "terms":
            raise LexiconError(f"{_place(text, name)}there is no {name!r} in a lexicon, only a table [terms]")
    terms = values.get("terms", {})
    if not isinstance(terms, Mapping):
        raise LexiconError(f"{_place(text, 'terms')}terms is a table, not {terms!r}")
    return entries_of(terms, _lines(text))


def entries_of(values: Mapping[str, object], lines: Mapping[str, int] | None = None) -> list[Entry]:
    """The entries of plain values by term. `lines`: where each term stands in its file."""
    entries = []
    for term, value in values.items():
        line = (lines or {}).get(term, 0)
        for one in value if isinstance(value, list) else [value]:
            entries.append(Entry.of(term, one, line=line))
    return entries


def as_values(entries: Sequence[Entry]) -> dict[str, Value]:
    """Entries as plain values by term; of a term with several a list."""
    by_term: dict[str, list[str | dict[str, str]]] = {}
    for entry in entries:
        by_term.setdefault(entry.term, []).append(entry.plain())
    return {term: values[0] if len(values) == 1 else values for term, values in by_term.items()}


def written(entries: Sequence[Entry], before: str = "") -> str:
    """The entries as TOML. `before`: the file that it replaces, of which comments and order stay.

    Raises:
        LexiconError: `before` is no TOML.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(before)
    except TOMLKitError as error:
        raise LexiconError(f"what is there is not TOML, and is not replaced: {error}") from error
    terms: Any = document.get("terms")
    if not isinstance(terms, dict):
        terms = document["terms"] = tomlkit.table()
    values = as_values(entries)
    for term in [term for term in terms if term not in values]:
        del terms[term]
    for term in terms:
        if terms[term] != values[term]:
            terms[term] = _item(values[term])
    new = {term: _item(value) for term, value in values.items() if term not in terms}
    if len(new) > _FEW:
        marked: Any = tomlkit.parse(tomlkit.dumps(document))
        marked["terms"][_NEW] = 0
        text = tomlkit.dumps(marked)
        lines = (f"{tomlkit.key(term).as_string()} = {item.as_string()}\n" for term, item in new.items())
        text, places = re.subn(rf"^{_NEW} = 0\n", lambda _: "".join(lines), text, count=1, flags=re.MULTILINE)
        if places:
            return text
    for term, item in new.items():
        terms[term] = item
    return tomlkit.dumps(document)


def _item(value: Value) -> Any:
    import tomlkit

    if isinstance(value, str):
        return tomlkit.string(value)
    if isinstance(value, list):
        items = tomlkit.array()
        for one in value:
            items.append(_item(one))
        return items
    table = tomlkit.inline_table()
    table.update(value)
    return table


_KEY = re.compile(
    r"""^[ \t]*(?:\[+[ \t]*(?:terms[ \t]*\.[ \t]*)?|terms[ \t]*\.[ \t]*)?("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[\w-]+)""",
    re.MULTILINE,
)


def _lines(text: str) -> dict[str, int]:
    """The lines that the keys of a valid text stand in. A key inside a text of several lines may be taken for one."""
    lines: dict[str, int] = {}
    line, counted = 1, 0
    for found in _KEY.finditer(text):
        line += text.count("\n", counted, found.start(1))
        counted = found.start(1)
        key = found[1]
        if key[0] in "\"'":
            try:
                key = tomllib.loads(f"key = {key}")["key"]
            except tomllib.TOMLDecodeError:
                continue
        lines.setdefault(key, line)
    return lines


def _place(text: str, key: str) -> str:
    line = _lines(text).get(key)
    return f"line {line}: " if line else ""
