"""What a realtime server hears of the user: where speech begins and ends, and its words."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ...realtime import RealtimeEvent, RealtimeWarning, UserSpeechEnded, UserSpeechStarted, UserTranscript
from .realtime_responses import Event

MOST_WAITING = 3
"""Transcripts that wait for an earlier one. Where more would, the earlier one is not coming."""

_CLEARED = "cleared"
"""In the place of an item: a turn that is not going to be one."""


class Hearing:
    """Tells it by `put`. `failure` makes a text of a reason, without secrets in it.

    The server writes turns down side by side; their transcripts are told in the order of the turns, one for each.
    """

    def __init__(self, put: Callable[[RealtimeEvent], object], failure: Callable[[str], str]) -> None:
        self._put = put
        self._failure = failure
        self._padding_s = 0.0
        self._silence_s = 0.0
        self._transcribes = False
        self._speaking = False
        self._turns: deque[str] = deque()
        self._growing: dict[str, str] = {}
        self._final: dict[str, str] = {}

    def configured(self, session: Event) -> None:
        """`session`: as the server tells it, with its own defaults filled in."""
        sound = (session.get("audio") or {}).get("input") or {}
        detection = sound.get("turn_detection") or session.get("turn_detection") or {}
        self._padding_s = (detection.get("prefix_padding_ms") or 0) / 1000
        self._silence_s = (detection.get("silence_duration_ms") or 0) / 1000
        self._transcribes = bool(sound.get("transcription") or session.get("input_audio_transcription"))

    def started(self, event: Event) -> None:
        """The server tells the beginning of its padding before the speech."""
        self._speaking = True
        self._put(UserSpeechStarted(event["audio_start_ms"] / 1000 + self._padding_s))

    def stopped(self, event: Event) -> None:
        """The server tells the end of the silence behind the speech."""
        self._speaking = False
        self._put(UserSpeechEnded(max(0.0, event["audio_end_ms"] / 1000 - self._silence_s)))

    def cleared(self) -> None:
        """What was said until now is forgotten: of a speech that is under way the server may never tell the end."""
        if self._speaking:
            self._speaking = False
            self._put(UserSpeechEnded())
            if self._transcribes:
                self._turns.append(_CLEARED)
                self._told(_CLEARED, "")

    def committed(self, event: Event) -> None:
        if self._transcribes:
            self._turns.append(event["item_id"])

    def transcript_grows(self, event: Event) -> None:
        item = event["item_id"]
        self._growing[item] = self._growing.get(item, "") + (event.get("delta") or "")
        text = self._growing[item].strip()
        if text and (not self._turns or self._turns[0] == item):
            self._put(UserTranscript(text, final=False))

    def transcribed(self, event: Event) -> None:
        self._told(event["item_id"], event["transcript"].strip())

    def not_transcribed(self, event: Event) -> None:
        said = (event.get("error") or {}).get("message") or "no reason was told"
        self._put(RealtimeWarning(self._failure(f"the user's speech was not transcribed: {said}")))
        self._told(event["item_id"], "")

    def _told(self, item: str, text: str) -> None:
        self._growing.pop(item, None)
        if item not in self._turns:
            self._put(UserTranscript(text))
            return
        self._final[item] = text
        while self._turns and (self._turns[0] in self._final or len(self._final) > MOST_WAITING):
            self._put(UserTranscript(self._final.pop(self._turns.popleft(), "")))
