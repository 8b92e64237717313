"""The eSpeak NG library, called by ctypes: text in, samples and the events that time them out.

The library is one global machine, so there is one `Library` in a process, behind a lock, with one worker thread.
Speaking leaves traces in it that are heard in what it says next (its pitch wavers on and on), so it is loaded afresh
for every text, and its noise seeded: then the same text always gives the same samples. Loading takes about 5 ms, a
voice's dictionary as much again; both are done ahead, after each text, for the same voice.
(Where the system keeps a library in memory when it is closed, as with musl, samples can differ by that wavering.)
"""

from __future__ import annotations

import _ctypes
import ctypes
import functools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .missing import missing

SAMPLE_RATE = 22_050

_SYNCHRONOUS = 2
_PHONEME_EVENTS, _PHONEME_IPA, _DO_NOT_EXIT = 1, 2, 0x8000
_UTF8, _SSML, _PHONEMES, _END_PAUSE = 1, 0x10, 0x100, 0x1000
_WORD, _PHONEME = 1, 7
_RATE, _PITCH, _RANGE = 1, 3, 4
_AS_IPA = 2
_SEED = 1


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("_x", ctypes.c_ubyte),
        ("_score", ctypes.c_int),
        ("_spare", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """`voice`: an identifier of the library, with "+" and a variant's name behind it or not."""

    voice: str
    rate_wpm: int
    pitch: int
    pitch_range: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A word or a phoneme that begins at `sample`. `position` is the word's first character in the text."""

    sample: int
    position: int
    ipa: str | None
    """None for a word."""


@dataclass(frozen=True, slots=True)
class Speech:
    """`samples`: 16-bit mono, as bytes, with the pause behind it that another sentence would follow."""

    samples: bytes
    marks: list[Mark]


class Library:
    """eSpeak NG as `espeakng-loader` brings it.

    Raises:
        EngineMissing: `espeakng-loader` is not installed.
        RuntimeError: the library does not find its data.
    """

    def __init__(self) -> None:
        try:
            import espeakng_loader
        except ImportError as error:
            raise missing("eSpeak NG", "espeakng-loader", "local") from error
        self.executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="espeak")
        self._path = espeakng_loader.get_library_path()
        self._data = Path(espeakng_loader.get_data_path())
        self._lock = threading.Lock()
        self._callback = _Callback(self._on_samples)
        self._samples: list[bytes] = []
        self._marks: list[Mark] = []
        self._loaded: ctypes.CDLL | None = None
        self._used = False
        self._chosen: VoiceSettings | None = None
        self._voices = self._list_voices()

    @property
    def voices(self) -> dict[str, str]:
        """Identifiers of the voices by their language codes, names and identifiers, all in lower case."""
        return self._voices

    @functools.cached_property
    def variants(self) -> list[str]:
        """What can stand behind the "+" of a voice."""
        return sorted(path.name for path in (self._data / "voices" / "!v").iterdir())

    def speak(self, text: str, settings: VoiceSettings, *, ssml: bool = False) -> Speech:
        """Speak a text. With `ssml` it also reads SSML, and phonemes in eSpeak's own notation inside `[[…]]`."""
        encoded = _encode(text)
        flags = _UTF8 | _END_PAUSE | (_SSML | _PHONEMES if ssml else 0)
        with self._lock:
            library = self._fresh(settings)
            self._used = True
            self._samples, self._marks = [], []
            _check(library.espeak_Synth(encoded, len(encoded), 0, 1, 0, flags, None, None), "speak")
            speech = Speech(b"".join(self._samples), self._marks)
        self.executor.submit(self._prepare, settings)
        return speech

    def phonemes(self, text: str, settings: VoiceSettings) -> str:
        """The text in the International Phonetic Alphabet, its clauses joined by blanks."""
        buffer = ctypes.c_char_p(_encode(text))
        clauses = []
        with self._lock:
            library = self._fresh(settings)
            self._used = True
            while buffer.value is not None:
                clauses.append(library.espeak_TextToPhonemes(ctypes.byref(buffer), _UTF8, _AS_IPA) or b"")
        return " ".join(clause.decode().strip() for clause in clauses if clause.strip())

    def _prepare(self, settings: VoiceSettings) -> None:
        with self._lock:
            self._fresh(settings)

    def _fresh(self, settings: VoiceSettings) -> ctypes.CDLL:
        """The library as just loaded, with this voice chosen and nothing else done."""
        if self._loaded is None or self._used or self._chosen != settings:
            self._unload()
            self._loaded = self._load()
            self._used, self._chosen = False, settings
            self._loaded.espeak_ng_SetRandSeed(_SEED)
            _choose(self._loaded, settings)
        return self._loaded

    def _unload(self) -> None:
        if self._loaded is not None:
            self._loaded.espeak_Terminate()
            _close(self._loaded)
            self._loaded = None

    def _load(self) -> ctypes.CDLL:
        library = ctypes.CDLL(self._path)
        integer, unsigned, pointer = ctypes.c_int, ctypes.c_uint, ctypes.c_void_p
        library.espeak_Initialize.argtypes = [integer, integer, ctypes.c_char_p, integer]
        library.espeak_SetVoiceByName.argtypes = [ctypes.c_char_p]
        library.espeak_Synth.argtypes = [
            ctypes.c_char_p, ctypes.c_size_t, unsigned, integer, unsigned, unsigned, pointer, pointer,
        ]  # fmt: skip
        library.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_char_p), integer, integer]
        library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        library.espeak_ng_SetRandSeed.argtypes = [ctypes.c_long]
        library.espeak_ListVoices.argtypes = [pointer]
        library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        options = _PHONEME_EVENTS | _PHONEME_IPA | _DO_NOT_EXIT
        rate = library.espeak_Initialize(_SYNCHRONOUS, 0, os.fsencode(self._data), options)
        if rate != SAMPLE_RATE:
            raise RuntimeError(f"eSpeak NG cannot use its data in {self._data} (espeak_Initialize returned {rate})")
        library.espeak_SetSynthCallback(self._callback)
        return library

    def _list_voices(self) -> dict[str, str]:
        library = self._load()
        listed = library.espeak_ListVoices(None)
        found: dict[str, tuple[int, str]] = {}
        for index in range(10_000):
            if not listed[index]:
                break
            voice = listed[index].contents
            identifier = voice.identifier.decode()
            for priority, name in [(0, identifier), (0, voice.name.decode()), *_languages(voice)]:
                found[name.lower()] = min(found.get(name.lower(), (priority, identifier)), (priority, identifier))
        library.espeak_Terminate()
        _close(library)
        return {name: identifier for name, (_, identifier) in sorted(found.items())}

    def _on_samples(self, samples: Any, count: int, events: Any) -> int:
        if samples and count:
            self._samples.append(ctypes.string_at(samples, count * 2))
        index = 0
        while kind := events[index].type:
            event = events[index]
            if kind == _WORD:
                self._marks.append(Mark(event.sample, event.text_position - 1, None))
            elif kind == _PHONEME and event.id.string:
                self._marks.append(Mark(event.sample, event.text_position - 1, event.id.string.decode(errors="ignore")))
            index += 1
        return 0


@functools.cache
def library() -> Library:
    """The one library of the process, loaded on the first call."""
    return Library()


def _encode(text: str) -> bytes:
    """As the library reads it, character for character."""
    return text.replace("\0", " ").encode(errors="replace") + b"\0"


def _languages(voice: _Voice) -> list[tuple[int, str]]:
    """The language codes of a voice, each behind its priority; the lowest is the best.

    In memory: a priority's byte, the code, a zero byte, and so on, and a zero byte at the end.
    """
    codes = []
    at = voice.languages
    while priority := ctypes.string_at(at, 1)[0]:
        code = ctypes.string_at(at + 1)
        codes.append((priority, code.decode()))
        at += len(code) + 2
    return codes


def _choose(library: ctypes.CDLL, settings: VoiceSettings) -> None:
    _check(library.espeak_SetVoiceByName(settings.voice.encode()), f"take the voice {settings.voice!r}")
    parameters = ((_RATE, settings.rate_wpm), (_PITCH, settings.pitch), (_RANGE, settings.pitch_range))
    for parameter, value in parameters:
        _check(library.espeak_SetParameter(parameter, value, 0), f"set parameter {parameter} to {value}")


def _close(library: ctypes.CDLL) -> None:
    if os.name == "nt":
        _ctypes.FreeLibrary(library._handle)  # type: ignore[attr-defined]
    else:
        _ctypes.dlclose(library._handle)


def _check(status: int, what: str) -> None:
    if status:
        raise RuntimeError(f"eSpeak NG cannot {what} (status {status})")
