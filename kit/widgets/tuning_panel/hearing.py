"""What a page wants to hear, made behind its back: one thing after another, on a thread that comes and goes."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from .auditions import Auditions
from .homes import Home, voice_of
from .words import Row, Sounds, entry_of

logger = logging.getLogger("kit")


class Worker:
    """Does one thing after another on a thread that is there only while there is something to do."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Callable[[], object]] = deque()
        self._working = False
        self._closed = False

    def do(self, work: Callable[[], object]) -> None:
        """Soon, in order; not after the end."""
        with self._lock:
            if self._closed:
                return
            self._waiting.append(work)
            if self._working:
                return
            self._working = True
        threading.Thread(target=self._run, name="kit-panel", daemon=True).start()

    def close(self) -> None:
        """Nothing more begins; what is being done ends by itself."""
        with self._lock:
            self._closed = True
            self._waiting.clear()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._working = False
                    return
                work = self._waiting.popleft()
            try:
                work()
            except Exception:
                logger.exception("something that a panel wanted could not be made")


class Hearing:
    """Answers a page by `tell`: "sound" or "unheard", and "sounds" for words in IPA."""

    def __init__(self, home: Home, worker: Worker, tell: Callable[..., None]) -> None:
        self._home = home
        self._worker = worker
        self._tell = tell
        self._auditions = Auditions(home)
        self._sounds: Sounds | None = None

    def play(self, asked: Mapping[str, Any], sample: str) -> None:
        """The sound that is asked for; `sample` is the sentence to say."""
        self._worker.do(lambda: self._play(asked, sample))

    def spell(self, rows: list[Row]) -> None:
        """How these rows sound."""
        self._worker.do(lambda: self._spell(rows))

    def _play(self, asked: Mapping[str, Any], sample: str) -> None:
        try:
            sound = self._auditions.make(asked, sample)
        except Exception as error:  # whatever a voice or a file raises is told where it was asked for
            self._tell("unheard", id=asked.get("id"), text=str(error) or type(error).__name__)
        else:
            self._tell("sound", id=asked.get("id"), about=sound.about, buffers=[sound.wav])

    def _spell(self, rows: list[Row]) -> None:
        try:
            told = self._voice_sounds().of([entry_of(row) for row in rows])
        except Exception as error:
            told = {str(row.get("term")): {"now": "", "then": "", "note": str(error)} for row in rows}
        self._tell("sounds", sounds=told)

    def _voice_sounds(self) -> Sounds:
        """By the session's voice, if it can tell, or else the local one."""
        if self._sounds is None:
            voices = (voice_of(session) for session in (self._home.session, None))
            self._sounds = Sounds(next(voice.phonemes for voice in voices if hasattr(voice, "phonemes")))
        return self._sounds
