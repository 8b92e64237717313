"""Everything a person can turn, as one immutable value.

A widget edits it, a running session applies it, a sweep varies it, an export writes it. Each setting has one dotted
path ("endpointing.min_delay_s"), the same in `replace`, `--set`, TOML, the journal and the panel.
"""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, get_args, get_type_hints

from .text.lexicon.entry import Entry, LexiconError

T = TypeVar("T")

FINDINGS = "findings"
"""The table of a settings file that holds what else was found; it is not read here."""


class TuningError(ValueError):
    """A setting that does not exist, or a value that it cannot take. Says which, and what it takes."""


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """What a person needs to know of a setting. `minimum` and `maximum` are inclusive."""

    question: str
    help: str = ""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()


def _setting(default: Any, question: str, help: str, **info: Any) -> Any:
    metadata = {"info": SettingInfo(question, help, **info)}
    if isinstance(default, Mapping):
        return field(default_factory=lambda: MappingProxyType(dict(default)), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Volume:
    """How loud the agent speaks."""

    level: float = _setting(
        100.0, "How loud", "100 leaves every sample as it is, 0 is silence.", unit="%", minimum=0, maximum=100, step=1
    )
    taper: str = _setting(
        "linear",
        "What half of it is",
        "Linear: 50 is half the amplitude, 6 dB less. Perceptual: 50 sounds half as loud, 10 dB less.",
        choices=("linear", "perceptual"),
    )
    normalize: bool = _setting(
        False,
        "Bring the voice to one loudness",
        "By a slow gain that is learned from its speech so far. The peaks stay below the ceiling.",
    )
    target_lufs: float = _setting(
        -18.0,
        "That loudness, at 100 %",
        "Integrated (ITU-R BS.1770). -18 is what AES TD1008 recommends for streams, -23 is broadcast (EBU R 128).",
        unit="LUFS",
        minimum=-40,
        maximum=-10,
        step=0.5,
    )
    limit_peaks: bool = _setting(
        False, "Keep the peaks below a ceiling", "A limiter. Below the ceiling, it changes no sample."
    )
    ceiling_dbtp: float = _setting(
        -1.0, "That ceiling", "True peak (ITU-R BS.1770 annex 2).", unit="dBTP", minimum=-20, maximum=0, step=0.5
    )


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """How words are said. The transcript keeps them as they were written."""

    terms: Mapping[str, str | Entry] = _setting(
        {},
        "Words to say differently",
        "Term to respelling; or to an `Entry` or a table with `ipa`, `say_as`, `case` or `language`.",
    )
    filter_markdown: bool = _setting(
        True, "Leave out the marks of Markdown", "Stars, hashes and the like are not read aloud."
    )
    filter_emoji: bool = _setting(True, "Leave out emoji", "They are not read aloud.")

    def __post_init__(self) -> None:
        if isinstance(self.terms, Mapping) and not all(isinstance(value, str) for value in self.terms.values()):
            object.__setattr__(self, "terms", MappingProxyType({k: _said(k, v) for k, v in self.terms.items()}))

    def __hash__(self) -> int:
        return hash((frozenset(self.terms.items()), self.filter_markdown, self.filter_emoji))


def _said(term: str, value: object) -> object:
    """How a term is said: text where that is all, or else its entry. What can be neither is left as it is."""
    if not isinstance(value, Mapping | Entry):
        return value
    try:
        entry = Entry.of(term, value)
    except LexiconError as error:
        raise TuningError(f"pronunciation.terms: {error}") from error
    spoken = entry.plain()
    return spoken if isinstance(spoken, str) else entry


@dataclass(frozen=True, slots=True)
class Preemption:
    """Whether an answer is made before the user's turn is surely over."""

    enabled: bool = _setting(
        False,
        "Start before the turn ends",
        "The LLM answers as soon as there are words. If the turn ends with them the answer is kept, or else it goes.",
    )
    preemptive_tts: bool = _setting(
        False, "Make the speech ahead too, not only its text", "Sooner, and what is thrown away costs speech as well."
    )
    max_speech_duration_s: float = _setting(
        10.0,
        "No attempt after the user spoke for longer than",
        "Whoever has spoken for long is likely to go on.",
        unit="s",
        minimum=0,
        maximum=600,
        step=0.5,
    )
    max_retries: int = _setting(
        3,
        "Attempts in one turn at most",
        "Each one that the user's next words overtake is thrown away.",
        minimum=0,
        maximum=100,
        step=1,
    )
    trigger: str = _setting(
        "final",
        "Start at words that are",
        "Interim: also at words that the recogniser may still change, once they have held still.",
        choices=("final", "interim"),
    )
    interim_still_s: float = _setting(
        0.2,
        "Words hold still when unchanged for",
        "Shorter is sooner, and more attempts are thrown away.",
        unit="s",
        minimum=0,
        maximum=10,
        step=0.05,
    )


@dataclass(frozen=True, slots=True)
class Endpointing:
    """How long a silence must be to end the user's turn, counted from the end of the speech."""

    min_delay_s: float = _setting(
        0.5,
        "Wait at least",
        "Shorter answers sooner, and cuts off whoever pauses to think.",
        unit="s",
        minimum=0,
        maximum=30,
        step=0.05,
    )
    max_delay_s: float = _setting(
        3.0,
        "Wait at most",
        "The wait where a turn detector, or words that are not final yet, tell that the user has more to say.",
        unit="s",
        minimum=0,
        maximum=60,
        step=0.1,
    )
    mode: str = _setting(
        "fixed",
        "The shortest wait",
        "Dynamic: it grows to the pauses that this user makes, up to the longest wait.",
        choices=("fixed", "dynamic"),
    )
    alpha: float = _setting(
        0.9,
        "Weight of earlier pauses in a dynamic wait",
        "Near 1 it changes slowly; at 0 only the last pause counts.",
        minimum=0,
        maximum=1,
        step=0.05,
    )


@dataclass(frozen=True, slots=True)
class Interruption:
    """When the user's voice stops the agent's."""

    enabled: bool = _setting(True, "The user may interrupt", "Off: the agent says everything to its end.")
    min_duration_s: float = _setting(
        0.5,
        "Ignore speech shorter than",
        "Longer lets the agent talk over a cough or an “mhm”, and reacts later.",
        unit="s",
        minimum=0,
        maximum=10,
        step=0.05,
    )
    min_words: int = _setting(
        0,
        "Ignore speech of fewer words than",
        "0: the voice alone interrupts, before its words are known.",
        minimum=0,
        maximum=50,
        step=1,
    )
    resume_false_interruption: bool = _setting(
        True,
        "Go on where no words followed",
        "The agent only pauses at first. Final words end its speech; without them it goes on from where it paused.",
    )
    false_interruption_timeout_s: float = _setting(
        2.0,
        "Go on after a silence of",
        "How long words are waited for before the agent goes on.",
        unit="s",
        minimum=0,
        maximum=60,
        step=0.1,
    )


@dataclass(frozen=True, slots=True)
class Background:
    """What plays behind the conversation."""

    ambient: str = _setting(
        "", "Ambient sound", 'A built-in clip\'s name or a file; "" is none. It plays while the session runs.'
    )
    ambient_volume: float = _setting(
        1.0,
        "Level of the ambient sound",
        "A factor: 1 is as recorded, 0.5 is 6 dB less.",
        unit="×",
        minimum=0,
        maximum=4,
        step=0.05,
    )
    thinking: str = _setting(
        "",
        "Sound while the agent thinks",
        'A built-in clip\'s name or a file; "" is none. It bridges the wait for an answer.',
    )
    thinking_volume: float = _setting(
        1.0,
        "Level of the thinking sound",
        "A factor: 1 is as recorded, 0.5 is 6 dB less.",
        unit="×",
        minimum=0,
        maximum=4,
        step=0.05,
    )
    duck_db: float = _setting(
        0.0,
        "Lower it under the agent's voice by",
        "0 leaves it as loud; -12 is a quarter of the amplitude.",
        unit="dB",
        minimum=-60,
        maximum=0,
        step=1,
    )
    duck_attack_s: float = _setting(
        0.05,
        "Lowered within",
        "In a straight line in decibels, as the release. 0.05 s is within the voice's first sound.",
        unit="s",
        minimum=0.01,
        maximum=5,
        step=0.01,
    )
    duck_release_s: float = _setting(
        0.4, "Raised again within", "Slowly enough not to be noticed.", unit="s", minimum=0.01, maximum=10, step=0.05
    )
    duck_for_user: bool = _setting(
        False, "Lower it under the user's voice too", "So that the person is not disturbed while speaking."
    )


@dataclass(frozen=True, slots=True)
class Change:
    path: str
    old: Any
    new: Any

    def __str__(self) -> str:
        return f"{self.path} {self.old} → {self.new}"


@dataclass(frozen=True, slots=True)
class Tuning:
    """All settings. Immutable: `replace` makes a changed one.

    Raises:
        TuningError: a value is out of its range, or of the wrong type.
    """

    volume: Volume = field(default_factory=Volume)
    pronunciation: Pronunciation = field(default_factory=Pronunciation)
    preemption: Preemption = field(default_factory=Preemption)
    endpointing: Endpointing = field(default_factory=Endpointing)
    interruption: Interruption = field(default_factory=Interruption)
    background: Background = field(default_factory=Background)

    def __post_init__(self) -> None:
        for group in fields(self):
            value = getattr(self, group.name)
            if not isinstance(value, _GROUPS[group.name]):
                raise TuningError(f"{group.name} must be a {_GROUPS[group.name].__name__}, not {value!r}")
            for name in _SETTINGS[group.name]:
                _check(f"{group.name}.{name}", getattr(value, name))
        if self.endpointing.max_delay_s < self.endpointing.min_delay_s:
            raise TuningError(
                f"endpointing.max_delay_s ({self.endpointing.max_delay_s:g} s) is below "
                f"endpointing.min_delay_s ({self.endpointing.min_delay_s:g} s)"
            )

    def get(self, path: str) -> Any:
        """The value at a dotted path."""
        group, name = _split(path)
        return getattr(getattr(self, group), name)

    def replace(self, changes: Mapping[str, Any]) -> Tuning:
        """A tuning with the values at these dotted paths changed, all of them or none."""
        groups: dict[str, dict[str, Any]] = {}
        for path, value in changes.items():
            group, name = _split(path)
            groups.setdefault(group, {})[name] = _coerce(path, value)
        return replace(self, **{group: replace(getattr(self, group), **values) for group, values in groups.items()})

    def diff(self, other: Tuning) -> list[Change]:
        """What `other` has changed against this tuning, in the order of the settings."""
        changed = ((path, old, other.get(path)) for path, old in self.walk())
        return [Change(path, plain(old), plain(new)) for path, old, new in changed if new is not old and new != old]

    def walk(self) -> Iterator[tuple[str, Any]]:
        """Every dotted path with its value."""
        for group, names in _SETTINGS.items():
            value = getattr(self, group)
            for name in names:
                yield f"{group}.{name}", getattr(value, name)

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """Nested plain values, as JSON and TOML hold them."""
        return {
            group: {name: plain(getattr(getattr(self, group), name)) for name in names}
            for group, names in _SETTINGS.items()
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Tuning:
        """A tuning from nested values; what is left out has its default."""
        changes: dict[str, Any] = {}
        for group, settings in values.items():
            if group not in _SETTINGS:
                raise TuningError(f"there is no group {group!r}{_nearest(group, list(_SETTINGS))}")
            if not isinstance(settings, Mapping):
                raise TuningError(f"{group} is a group of settings, not {settings!r}")
            changes.update({f"{group}.{name}": value for name, value in settings.items()})
        return cls().replace(changes)

    def to_toml(self) -> str:
        import tomlkit

        return tomlkit.dumps(self.as_dict())

    @classmethod
    def from_toml(cls, text: str) -> Tuning:
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise TuningError(f"not TOML: {error}") from error
        return cls.from_dict({group: value for group, value in values.items() if group != FINDINGS})

    @classmethod
    def load(cls, path: str | Path) -> Tuning:
        """Read a TOML file. Errors name the file."""
        return read_settings(path, cls.from_toml)

    def save(self, path: str | Path) -> None:
        Path(path).write_text(self.to_toml(), encoding="utf-8")


def read_settings(path: str | Path, read: Callable[[str], T]) -> T:
    """What `read` makes of a file's text. Errors name the file.

    Raises:
        TuningError: it cannot be read, or holds something else.
    """
    try:
        return read(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise TuningError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise TuningError(f"{path}: {error}") from error


def info(path: str) -> SettingInfo:
    """What a person needs to know of the setting at a dotted path."""
    group, name = _split(path)
    return _SETTINGS[group][name][0]


def paths() -> list[str]:
    """Every dotted path, in order."""
    return [f"{group}.{name}" for group, names in _SETTINGS.items() for name in names]


def parse_assignment(text: str) -> tuple[str, Any]:
    """A path and a value from `PATH=VALUE`, the value as TOML writes it; bare words are text.

    Raises:
        TuningError: no "=", or no such path, or a value that the setting does not take.
    """
    path, separator, raw = text.partition("=")
    path, raw = path.strip(), raw.strip()
    if not separator:
        raise TuningError(f"{text!r} is not of the form PATH=VALUE")
    _split(path)
    try:
        value = tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        value = raw
    return path, _coerce(path, value)


def plain(value: Any) -> Any:
    """A value as JSON and TOML hold it."""
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    return value.plain() if isinstance(value, Entry) else value


def _describe() -> tuple[dict[str, type], dict[str, dict[str, tuple[SettingInfo, Any]]]]:
    groups: dict[str, type] = {}
    settings: dict[str, dict[str, tuple[SettingInfo, Any]]] = {}
    for group, kind in get_type_hints(Tuning).items():
        assert isinstance(kind, type) and is_dataclass(kind)
        groups[group] = kind
        hints = get_type_hints(kind)
        settings[group] = {f.name: (f.metadata["info"], hints[f.name]) for f in fields(kind)}
    return groups, settings


_GROUPS, _SETTINGS = _describe()


def _nearest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.4)
    return f"; did you mean {close[0]!r}?" if close else ""


def _split(path: str) -> tuple[str, str]:
    group, _, name = path.partition(".")
    if name not in _SETTINGS.get(group, {}):
        raise TuningError(f"there is no setting {path!r}{_nearest(path, paths())}")
    return group, name


def _coerce(path: str, value: Any) -> Any:
    """The value in its setting's own type, where nothing is lost by that."""
    group, name = _split(path)
    kind = _SETTINGS[group][name][1]
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, Mapping):
        return MappingProxyType(dict(value))
    return value


def _check(path: str, value: Any) -> None:
    group, name = _split(path)
    info, kind = _SETTINGS[group][name]
    if kind is bool:
        good = isinstance(value, bool)
    elif kind in (int, float):
        good = isinstance(value, int if kind is int else (int, float)) and not isinstance(value, bool)
    elif kind is str:
        good = isinstance(value, str)
        if good and info.choices and value not in info.choices:
            raise TuningError(f"{path} is one of {', '.join(info.choices)}, not {value!r}")
    else:
        term, said = get_args(kind)
        good = isinstance(value, Mapping) and all(isinstance(k, term) and isinstance(v, said) for k, v in value.items())
    if not good:
        raise TuningError(f"{path} takes {_KINDS.get(kind, 'a table of text to text')}, not {value!r}")
    if kind in (int, float):
        _check_range(path, value, info)


def _check_range(path: str, value: float, info: SettingInfo) -> None:
    low = -math.inf if info.minimum is None else info.minimum
    high = math.inf if info.maximum is None else info.maximum
    if not low <= value <= high:  # NaN too
        unit = f" {info.unit}" if info.unit else ""
        raise TuningError(f"{path} = {value} is out of its range, {low:g} to {high:g}{unit}")


_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
