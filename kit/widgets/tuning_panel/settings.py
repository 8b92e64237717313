"""The settings as a page shows them: in groups as a person thinks, each with its kind of control, and what changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...background.sounds import BuiltinAudioClip, named
from ...lab.dormant import dormant
from ...lab.findings import value_text
from ...lab.presets import PRESETS
from ...tuning import Tuning, info, paths, plain
from .history import Step

TERMS = "pronunciation.terms"
SOUNDS = ("background.ambient", "background.thinking")
WORDS_TOLD = 8
"""So many changed words are told one by one."""


@dataclass(frozen=True, slots=True)
class Section:
    """`parts`: groups of the tuning, each with a heading of its own where there are several."""

    name: str
    title: str
    parts: tuple[tuple[str, str], ...]


SECTIONS = (
    Section(
        "speaks",
        "When it speaks",
        (
            ("preemption", "Answering ahead"),
            ("endpointing", "The end of the user's turn"),
            ("interruption", "Being interrupted"),
        ),
    ),
    Section("volume", "How loud", (("volume", ""),)),
    Section("pronunciation", "How it says words", (("pronunciation", ""),)),
    Section("background", "What plays behind it", (("background", ""),)),
)


def sections_of(groups: Iterable[str] | None) -> list[Section]:
    """The sections by name, or by the name of a group of the tuning that is in them; None is all.

    Raises:
        ValueError: there is no such section.
    """
    if groups is None:
        return list(SECTIONS)
    wanted = [groups] if isinstance(groups, str) else list(groups)
    known = {name: one for one in SECTIONS for name in (one.name, *(group for group, _ in one.parts))}
    for name in wanted:
        if name not in known:
            raise ValueError(f"there is no group {name!r}; there are {', '.join(known)}")
    return [one for one in SECTIONS if any(known[name] is one for name in wanted)]


def described(sections: Iterable[Section]) -> list[dict[str, Any]]:
    """The sections with their settings, as the page builds its controls from."""
    return [
        {
            "name": section.name,
            "title": section.title,
            "parts": [
                {"title": title, "settings": [_setting(path) for path in paths() if path.split(".")[0] == group]}
                for group, title in section.parts
            ],
        }
        for section in sections
    ]


def presets_described() -> list[dict[str, str]]:
    return [{"name": preset.name, "about": preset.about} for preset in PRESETS]


def clips() -> list[dict[str, str]]:
    """The built-in sounds, by the name that a setting gives them."""
    return [{"name": clip.name.lower(), "label": clip.name.replace("_", " ").capitalize()} for clip in BuiltinAudioClip]


def _values(tuning: Tuning) -> dict[str, Any]:
    """Every value but the words. A built-in sound goes by its whole name, however it was named."""
    values = {path: value for path, value in tuning.walk() if path != TERMS}
    return values | {path: named(values[path]).label for path in SOUNDS if values[path]}


def state(tuning: Tuning, first: Tuning, undo: Step | None, redo: Step | None) -> dict[str, Any]:
    """All that changes in the page but the words and their marks."""
    return {
        "values": _values(tuning),
        "first": _values(first),
        "dormant": dormant(tuning),
        "warnings": _warnings(tuning),
        "changes": changes(first, tuning),
        "presets": [preset.name for preset in PRESETS if preset.is_in(tuning)],
        "undo": step_text(undo),
        "redo": step_text(redo, back=False),
    }


def changes(first: Tuning, tuning: Tuning) -> list[dict[str, Any]]:
    """What has changed from the start, in words, with how many changes that is; of the lexicon the first words."""
    told: list[dict[str, Any]] = []
    for change in first.diff(tuning):
        if change.path != TERMS:
            told.append({"path": change.path, "text": change_text(change.path, change.old, change.new), "count": 1})
            continue
        said = _words(change.old, change.new)
        told += [{"path": TERMS, "text": text, "count": 1} for text in said[:WORDS_TOLD]]
        if more := len(said) - WORDS_TOLD if len(said) > WORDS_TOLD else 0:
            told.append({"path": TERMS, "text": f"{more} more words", "count": more})
    return told


def change_text(path: str, old: Any, new: Any) -> str:
    """As "Wait at least 0.8 → 0.5 s"."""
    about = info(path)
    unit = f" {about.unit}" if about.unit else ""
    return f"{about.question} {value_text(old)} → {value_text(new)}{unit}"


def step_text(step: Step | None, *, back: bool = True) -> str:
    """What taking a step back does, or doing it again; "" where there is none."""
    if step is None:
        return ""
    old, new = (step.after, step.before) if back else (step.before, step.after)
    texts = [
        text
        for path in step.before
        for text in (
            _words(plain(old[path]), plain(new[path])) if path == TERMS else [change_text(path, old[path], new[path])]
        )
    ]
    return texts[0] if len(texts) == 1 else f"{len(texts)} settings"


def _words(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    added = [f"+ {term}" for term in new if term not in old]
    gone = [f"− {term}" for term in old if term not in new]
    return [*(term for term in new if term in old and old[term] != new[term]), *added, *gone]


def _warnings(tuning: Tuning) -> dict[str, str]:
    """What can be set, but will not work."""
    told = {}
    for path in SOUNDS:
        name = str(tuning.get(path))
        file = named(name).path if name else None
        if file is not None and not file.is_file():
            told[path] = f"there is no file {Path(name)}, and no built-in sound of that name"
    return told


def _setting(path: str) -> dict[str, Any]:
    about, value = info(path), Tuning().get(path)
    return {
        "path": path,
        "kind": _kind(path, value),
        "question": about.question,
        "help": about.help,
        "unit": about.unit,
        "minimum": about.minimum,
        "maximum": about.maximum,
        "step": about.step,
        "whole": isinstance(value, int),
        "choices": list(about.choices),
        "normal": "" if path == TERMS else value_text(value),
    }


def _kind(path: str, value: Any) -> str:
    if path == TERMS:
        return "terms"
    if path in SOUNDS:
        return "sound"
    if isinstance(value, bool):
        return "switch"
    if isinstance(value, int | float):
        return "number"
    return "choice" if info(path).choices else "text"
